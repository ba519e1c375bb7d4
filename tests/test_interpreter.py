"""The instrumented interpreter: bytes equal to the closed forms, every fault told, nothing left."""

import pickle

import pytest
import torch
import triton
import triton.language as tl

import flashlab
from flashlab.interpreter.faults import LaunchError, Unfinished
from flashlab.kernels import flash_forward
from flashlab.traffic import cdiv, flash2_traffic

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def random(*shape, dtype=torch.float32, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


# --------------------------------------------------------------------------------------------------
# Bytes


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1, 32, 16), (1, 2, 65, 32), (2, 3, 40, 16)], ids=str)
def test_are_the_bytes_of_the_forward_those_of_the_closed_form(shape, dtype):
    batch, heads, n, d = shape
    q, k, v = (random(*shape, dtype=DTYPES[dtype], seed=s) for s in range(3))
    config = dict(BLOCK_M=32, BLOCK_N=16, num_warps=4, num_stages=1)
    with flashlab.metered(outputs=("out", "lse")) as meter:
        flash_forward(q, k, v, config=config)
    expected = flash2_traffic(n, n, d, 32, q.element_size(), lse_itemsize=4)
    moved = {a.lower(): sum(kinds.values()) for a, kinds in meter.traffic.by_array().items()}
    assert moved == {a: batch * heads * nbytes for a, nbytes in expected.items()}
    assert meter.launches[0].programs == batch * heads * cdiv(n, 32)


# --------------------------------------------------------------------------------------------------
# Faults: one kernel, and MODE plants one mistake


@triton.jit
def faulty(x, out, n, d, BM: tl.constexpr, BD: tl.constexpr, MODE: tl.constexpr):
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    cols = tl.arange(0, BD)
    p = x + rows[:, None] * d + cols[None, :]
    o = out + rows[:, None] * d + cols[None, :]
    inside = rows[:, None] < n
    t = tl.zeros((BM, BD), tl.float32)
    if MODE == "no mask":
        t = tl.load(p)
    elif MODE == "columns only":
        t = tl.load(p, mask=(rows[:, None] >= 0) & (cols[None, :] < d - 1))
    elif MODE == "one too wide":
        t = tl.load(p, mask=rows[:, None] <= n)
    elif MODE == "far away":
        t = tl.load(p + (1 << 28), mask=inside)
    elif MODE == "before the start":
        t = tl.load(p - d, mask=inside)
    elif MODE == "from a number":
        t = tl.load((rows[:, None] + cols[None, :]).to(tl.int64).to(tl.pointer_type(tl.float32)))
    elif MODE == "reads the output":
        t = tl.load(o, mask=inside)
    elif MODE == "if":
        if inside:
            t += 1
    elif MODE == "and":
        t = tl.load(p, mask=inside and (cols[None, :] < d))
    elif MODE == "not":
        t = tl.load(p, mask=not inside)
    elif MODE == "chained":
        t = tl.load(p, mask=0 <= rows[:, None] < n)
    elif MODE == "ternary":
        t = t if inside else t + 1
    elif MODE == "small dot":
        t = tl.load(p, mask=inside, other=0.0)
        t = tl.dot(tl.trans(t), t)
    elif MODE == "no such name":
        t = t + nowhere  # noqa: F821
    elif MODE == "stub":
        tl.static_assert(False, "YOUR CODE HERE")
    elif MODE == "same place":
        o = out + tl.arange(0, BM)[:, None] * d + cols[None, :]
    elif MODE == "overlap":
        o = out + (rows - tl.program_id(0))[:, None] * d + cols[None, :]
    elif MODE == "neighbour":
        tl.store(o, t, mask=inside)
        t = tl.load(o - d, mask=inside & (rows[:, None] > 0), other=0.0)
    elif MODE == "colliding lanes":
        o = out + rows[:, None] * d + cols[None, :] // 2
        t = t + cols[None, :]
    if MODE == "store without mask":
        tl.store(o, t)
    elif MODE == "atomics":
        tl.atomic_add(o, t, mask=inside)
    elif MODE == "last column":
        tl.store(o, t, mask=inside & (cols[None, :] < d - 1))
    elif MODE != "no store":
        tl.store(o, t, mask=inside)


FAULTS = {  # MODE: (kind, first bad element, pieces of the text)
    "no mask": ("out-of-bounds", "x[100, 0]", ["out-of-bounds load: x[100, 0] does not exist",
        "x is 100x16 float32", "in faulty: t = tl.load(p)", "Program instance (12, 0, 0)",
        "64 of 128 active lanes", "there is no mask, and dimension 0 of x has 100 entries"]),
    "columns only": ("out-of-bounds", "x[100, 0]", ["covers the columns but not the rows"]),
    "one too wide": ("out-of-bounds", "x[100, 0]", ["16 of 80 active lanes", "is it <= where <"]),
    "far away": ("out-of-bounds", "x[16777216, 0]", ["the offset is far too large"]),
    "before the start": ("out-of-bounds", "x[-1, 0]", ["16 elements before its start",
        "the offset is below 0"]),
    "from a number": ("foreign-pointer", "", ["load through a pointer that belongs to no argument",
        "start from an argument"]),
    "reads the output": ("read-before-write", "out[0, 0]", ["nothing has been stored to out[0, 0]",
        "keep sums in the kernel's own variables (acc)"]),
    "if": ("tile-truth", "", ["`if` asks for the truth of a tile of shape (8, 1)", "tl.where"]),
    "and": ("tile-truth", "", ["`and` asks", "use `&`, each side in parentheses"]),
    "not": ("tile-truth", "", ["`not` asks", "use `~`"]),
    "chained": ("tile-truth", "", ["a chained comparison asks", "(a <= b) & (b < c)"]),
    "ternary": ("tile-truth", "", ["`a if condition else b` asks", "tl.where(condition, a, b)"]),
    "small dot": ("small-dot", "", ["(16, 8) times (8, 16) has K = 8", "pad K to 16"]),
    "no such name": ("error", "", ["NameError: name 'nowhere' is not defined", "t = t + nowhere"]),
    "stub": ("unfinished", "", ["the kernel still has a stub"]),
    "same place": ("write-race", "out[0, 0]", ["by program instances (0, 0, 0) and (1, 0, 0)",
        "they differ in tl.program_id(0) only"]),
    "overlap": ("write-race", "out[7, 0]", ["16 of 128 active lanes", "their tiles overlap"]),
    "neighbour": ("read-race", "out[7, 0]", ["was written by program instance (0, 0, 0)",
        "split the kernel into two launches"]),
    "colliding lanes": ("write-race", "out[0, 0]", ["puts different values into out[0, 0]",
        "two lanes of the tile have the same address"]),
    "store without mask": ("out-of-bounds", "out[100, 0]", ["out-of-bounds store: out[100, 0]"]),
    "atomics": ("read-before-write", "out[0, 0]", ["zero out before the launch"]),
    "last column": ("never-written", "out[0, 15]", ["100 of 1,600 elements of out (100x16 float32)",
        "out lacks entries 15 to 15 of dimension 1", "the last column"]),
    "no store": ("never-written", "out[0, 0]", ["no tl.store to out was run"]),
}  # fmt: skip


@pytest.mark.parametrize("mode", FAULTS)
def test_is_a_planted_fault_told(mode):
    kind, element, pieces = FAULTS[mode]
    x, out = random(100, 16), torch.zeros(100, 16)
    with pytest.raises(flashlab.KernelFault) as raised:
        with flashlab.metered(outputs="out") as meter:
            faulty[(triton.cdiv(100, 8),)](x, out, 100, 16, BM=8, BD=16, MODE=mode)
    fault = raised.value
    assert meter.fault is fault and isinstance(fault, flashlab.interpreter.faults.FlashlabError)
    assert (fault.kind, fault.element) == (kind, element)
    for piece in pieces:
        assert piece in str(fault)
    assert isinstance(fault, NotImplementedError) == (mode == "stub")
    copy = pickle.loads(pickle.dumps(fault))
    assert (type(copy), str(copy), copy.index) == (type(fault), str(fault), fault.index)


def test_does_a_grid_that_rounds_down_show_its_tail():
    x, out = random(100, 16), torch.zeros(100, 16)
    with pytest.raises(flashlab.KernelFault) as raised, flashlab.metered(outputs="out"):
        faulty[(100 // 8,)](x, out, 100, 16, BM=8, BD=16, MODE="")
    assert raised.value.element == "out[96, 0]"
    assert "lacks entries 96 to 99 of dimension 0, its tail" in str(raised.value)
    assert "triton.cdiv(100, BLOCK)" in str(raised.value)


def test_is_an_unfinished_kernel_unfinished():
    assert issubclass(Unfinished, flashlab.KernelFault)


@pytest.mark.parametrize(
    "grid, text",
    [
        ((100 / 8,), "the grid must be whole numbers, got 12.5; triton.cdiv(n, BLOCK) rounds up"),
        (13, "the grid must be a tuple like (13,), got 13"),
    ],
)
def test_is_a_grid_that_is_none_refused(grid, text):
    with pytest.raises(LaunchError, match="grid") as raised, flashlab.metered():
        faulty[grid](random(100, 16), torch.zeros(100, 16), 100, 16, BM=8, BD=16, MODE="")
    assert text in str(raised.value)


# --------------------------------------------------------------------------------------------------
# Nothing left behind


def language():
    """Everything that a launch changes: triton.language, the builder, the kernels' classes."""
    from triton.runtime import autotuner, interpreter, jit

    owners = [tl, tl.core, tl.math, tl.standard, tl.core.tensor, tl.core.dtype, interpreter]
    owners += [tl.core.tensor_descriptor_base, interpreter.interpreter_builder, jit.JITFunction]
    owners += [interpreter.InterpretedFunction, interpreter.ReduceOps, interpreter.ScanOps]
    owners += [autotuner.Autotuner]
    return {(str(o), name): v for o in owners for name, v in vars(o).items() if "grid_" not in name}


@pytest.mark.parametrize("mode", ["", "no mask", "no such name", "if"])
def test_is_all_as_before(mode):
    names, before = set(globals()), language()
    try:
        with flashlab.metered():
            faulty[(13,)](random(100, 16), torch.zeros(100, 16), 100, 16, BM=8, BD=16, MODE=mode)
    except flashlab.KernelFault:
        pass
    after = language()
    assert after.keys() == before.keys()
    assert [k for k in before if before[k] is not after[k]] == []
    assert set(globals()) == names
