"""The instrumented interpreter: bytes equal to the closed forms, every fault told, nothing left."""

import inspect
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import interpreter_kernels as kernels
import judged_kernels
import nbformat
import pytest
import torch
import triton
import triton.language as tl
from nbclient import NotebookClient

import flashlab
from flashlab.cards import CARDS
from flashlab.errors import FlashlabError
from flashlab.interpreter import LaunchError, NotMetered, Unfinished
from flashlab.kernels import flash_backward, flash_forward, matmul, row_softmax
from flashlab.traffic import cdiv, flash2_traffic

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def random(*shape, dtype=torch.float32, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


# --------------------------------------------------------------------------------------------------
# Bytes


def near(got, expected, dtype):
    """Within some units in the last place of what the dtype can hold."""
    eps = torch.finfo(dtype).eps
    worst = (got.double() - expected).abs().max()
    assert worst <= 16 * eps * max(1.0, expected.abs().max()), worst  # NaN compares false


def plain(q, k, v, causal=False):
    n = q.shape[-2]
    s = q.double() @ k.double().transpose(-1, -2) * q.shape[-1] ** -0.5
    if causal:
        s = s.masked_fill(~torch.ones(n, n, dtype=torch.bool).tril(), float("-inf"))
    return torch.softmax(s, -1) @ v.double()


def moved(meter):
    """Bytes by tensor, read and written together."""
    return {a.lower(): sum(kinds.values()) for a, kinds in meter.traffic.by_array().items()}


def keys_read(n, block_m, causal):
    """Keys that the query tiles read, added up: all of them, or those up to the diagonal."""
    return sum(min(n, i + block_m) if causal else n for i in range(0, n, block_m))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1, 32, 16), (1, 2, 65, 16), (2, 1, 17, 40), (1, 1, 50, 64)])
def test_are_the_bytes_of_the_forward_those_of_the_closed_form(shape, dtype, causal):
    batch, heads, n, d = shape
    q, k, v = (random(*shape, dtype=DTYPES[dtype], seed=s) for s in range(3))
    config = dict(BLOCK_M=32, BLOCK_N=16, num_warps=4, num_stages=1)
    with flashlab.metered(outputs=("out", "lse")) as meter:
        out, _ = flash_forward(q, k, v, causal=causal, config=config)
    expected = flash2_traffic(n, n, d, 32, q.element_size(), lse_itemsize=4)
    expected["k"] = expected["v"] = keys_read(n, 32, causal) * d * q.element_size()
    assert moved(meter) == {a: batch * heads * nbytes for a, nbytes in expected.items()}
    assert meter.traffic.hbm_bytes == batch * heads * sum(expected.values())
    assert meter.launches[0].programs == batch * heads * cdiv(n, 32)
    near(out, plain(q, k, v, causal), DTYPES[dtype])


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("heads, n, d", [(1, 64, 16), (2, 41, 32)])
def test_are_the_bytes_through_descriptors_the_same(heads, n, d, dtype, causal):
    q, k, v = (random(heads, n, d, dtype=DTYPES[dtype], seed=s) for s in range(3))
    out = torch.empty_like(q)
    with flashlab.metered(outputs="out") as meter:
        kernels.described_kernel[(cdiv(n, 32), heads)](
            q, k, v, out, n, d**-0.5, D=d, BM=32, BN=16, IS_CAUSAL=causal
        )
    row, keys = d * q.element_size(), keys_read(n, 32, causal)
    expected = {"q": n * row, "k": keys * row, "v": keys * row, "out": n * row}
    assert moved(meter) == {a: heads * nbytes for a, nbytes in expected.items()}
    near(out, plain(q, k, v, causal), DTYPES[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("heads, n", [(1, 32), (1, 45), (3, 20)])
def test_are_the_bytes_of_three_kernels_those_of_naive_attention(heads, n, dtype):
    d, block = 16, 16
    q, k, v = (random(heads, n, d, dtype=DTYPES[dtype], seed=s) for s in range(3))
    s, out = torch.empty(heads, n, n, dtype=q.dtype), torch.empty_like(q)
    tiles = cdiv(n, block)
    with flashlab.metered(outputs=("s", "out")) as meter:
        kernels.scores_kernel[(tiles, tiles, heads)](q, k, s, n, d**-0.5, D=d, BM=block, BN=block)
        p = row_softmax(s.view(heads * n, n)).view(heads, n, n)
        kernels.weighted_sum_kernel[(tiles, heads)](p, v, out, n, D=d, BM=block, BN=block)
    assert [x.kernel for x in meter.launches][0::2] == ["scores_kernel", "weighted_sum_kernel"]
    # as naive_traffic, but tiles of s read q and k anew, and tiles of out read v anew; a tensor
    # keeps the name it had first, so p is the softmax's out, and out the third kernel's
    item = q.element_size()
    row, scores = heads * n * d * item, heads * n * n * item
    expected = {"q": tiles * row, "k": tiles * row, "v": tiles * row, "out@3": row}
    assert moved(meter) == expected | {"s": 2 * scores, "out": 2 * scores}
    # the softmax saw s as (heads * n, n); boxes are of the shape that the record names
    assert all(len(e.region) == len(meter.traffic.arrays[e.array].shape) for e in meter.trace())
    near(out, plain(q, k, v), DTYPES[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("M, N, K", [(32, 32, 32), (17, 33, 65), (40, 7, 50)])
def test_are_the_bytes_of_a_tiled_matmul_those_of_the_closed_form(M, N, K, dtype):
    a, b = random(M, K, dtype=DTYPES[dtype], seed=1), random(K, N, dtype=DTYPES[dtype], seed=2)
    config = dict(BLOCK_M=16, BLOCK_N=32, BLOCK_K=16, num_warps=4, num_stages=1)
    with flashlab.metered(outputs="c") as meter:
        product = matmul(a, b, config=config)
    item = a.element_size()
    expected = {"a": M * K * cdiv(N, 32), "b": K * N * cdiv(M, 16), "c": M * N}
    assert moved(meter) == {x: n * item for x, n in expected.items()}
    near(product, a.double() @ b.double(), DTYPES[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows, cols", [(1, 1), (5, 64), (3, 77)])
def test_does_the_row_softmax_move_each_element_twice(rows, cols, dtype):
    x = random(rows, cols, dtype=DTYPES[dtype])
    with flashlab.metered(outputs="out") as meter:
        y = row_softmax(x)
    assert set(moved(meter).values()) == {x.numel() * x.element_size()}
    near(y, torch.softmax(x.double(), -1), DTYPES[dtype])


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch, heads, n", [(1, 1, 32), (2, 1, 41)])
def test_are_the_bytes_of_the_backward_those_of_the_closed_form(batch, heads, n, dtype, causal):
    d, block = 16, 16
    shape = (batch, heads, n, d)
    q, k, v, do = (random(*shape, dtype=DTYPES[dtype], seed=s) for s in range(4))
    one = dict(BLOCK_M=block, BLOCK_N=block, num_warps=4, num_stages=1)
    out, lse = flash_forward(q, k, v, causal=causal, config=one)
    with flashlab.metered(outputs=("delta", "dk", "dv", "dq")) as meter:
        flash_backward(q, k, v, out, lse, do, causal=causal, config={"dkdv": one, "dq": one})
    row, tiles, bh = d * q.element_size(), cdiv(n, block), batch * heads
    # a key tile reads the queries from its own first row on, in causal attention
    queries = sum(n - (j if causal else 0) for j in range(0, n, block))
    keys = keys_read(n, block, causal)
    expected = {
        "out": n * row,  # delta
        "do": (n + queries + n) * row,  # delta, dk and dv, dq
        "q": (queries + n) * row,
        "k": (n + keys) * row,
        "v": (n + keys) * row,
        "lse": (queries + n) * 4,
        "delta": (n + queries + n) * 4,
        "dk": n * row,
        "dv": n * row,
        "dq": n * row,
    }
    assert moved(meter) == {a: bh * nbytes for a, nbytes in expected.items()}
    assert meter.launches[1].programs == bh * tiles


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
    assert meter.fault is fault and isinstance(fault, FlashlabError)
    assert (fault.kind, fault.element) == (kind, element)
    for piece in pieces:
        assert piece in str(fault)
    assert isinstance(fault, NotImplementedError) == (mode == "stub")
    copy = pickle.loads(pickle.dumps(fault))
    assert (type(copy), str(copy), copy.index) == (type(fault), str(fault), fault.index)


@triton.jit
def strayed(x, out, n, d, BM: tl.constexpr, BD: tl.constexpr, MODE: tl.constexpr):
    """x, out: (n, d), n = 40, d = 16."""
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    cols = tl.program_id(1) * BD + tl.arange(0, BD)
    at = rows[:, None] * d + cols[None, :]
    inside = rows[:, None] < n
    t = tl.zeros((BM, BD), tl.float32)
    if MODE == "32 bits":
        at += (rows[:, None] + 1) * (1 << 30) * 2
    elif MODE == "stride twice":
        at += (rows[:, None] + 1) * d * (1 << 22)
    elif MODE == "another stride":
        at = rows[:, None] + cols[None, :] * 48
    elif MODE == "another length":
        inside = rows[:, None] < n + 8
    elif MODE == "too long":
        inside = rows[:, None] < n + 4
    elif MODE == "too many" or MODE == "too many, masked":
        at += 8 * d
    elif MODE == "every other":
        inside = inside & (rows[:, None] % 2 == 1)
    elif MODE == "middle":
        inside = inside & ((rows[:, None] < 8) | (rows[:, None] >= 20))
    elif MODE == "corner":
        inside = inside & ((rows[:, None] < 8) | (cols[None, :] < 4))
    if MODE == "wider":
        t += tl.load((x + 1 + at // 2).to(tl.pointer_type(tl.int64)), mask=inside)
    elif MODE == "too many":
        t = tl.load(x + at)
    elif MODE == "mixed":
        at = tl.arange(0, BM)[:, None] * d + cols[None, :]
        if tl.program_id(0) == 0:
            tl.store(out + at, t)
        else:
            tl.atomic_add(out + at, t)
    elif MODE == "neither axis":
        if tl.program_id(0) == tl.program_id(1):
            tl.store(out + tl.arange(0, BM), tl.sum(t, 1))
    else:
        t = tl.load(x + at, inside)
    if MODE != "neither axis":
        tl.store(out + at, t, mask=inside)


STRAYS = {  # MODE: (kind, first bad element, pieces of the text)
    "32 bits": ("out-of-bounds", "x[-134217728, 0]", ["below 0; has a 32-bit product overflowed?"]),
    "stride twice": ("out-of-bounds", "x[4194304, 0]", ["the offset is far too large"]),
    "another stride": ("out-of-bounds", "x[42, 0]", ["along axis 1 the tile steps by 48 elements",
        "(strides (16, 1)); is it another tensor's stride?", "33 elements past its end"]),
    "another length": ("out-of-bounds", "x[40, 0]", ["the mask lets all rows of this tile"]),
    "too long": ("out-of-bounds", "x[40, 0]", ["the mask lets the rows run too far"]),
    "too many": ("out-of-bounds", "x[40, 0]", ["does the grid have too many program instances"]),
    "too many, masked": ("out-of-bounds", "x[40, 0]", ["another length than this tensor's"]),
    "wider": ("misaligned", "x[0, 1]", ["multiples of 8", "cast to a wider type"]),
    "mixed": ("write-race", "out[0, 0]", ["by an atomic of another", "atomics for all of it"]),
    "neither axis": ("write-race", "out[0, 0]", ["does not tell them apart"]),
    "every other": ("never-written", "out[0, 0]", ["is the offset multiplied by the block size?"]),
    "middle": ("never-written", "out[8, 0]", ["out lacks entries 8 to 19 of dimension 0",
        "does every program instance store its own part?"]),
    "corner": ("never-written", "out[8, 4]", ["is the mask of the store too tight"]),
}  # fmt: skip


@pytest.mark.parametrize("mode", STRAYS)
def test_is_the_cause_of_a_stray_address_told(mode):
    kind, element, pieces = STRAYS[mode]
    x, out = random(40, 16), torch.zeros(40, 16)
    with pytest.raises(flashlab.KernelFault) as raised, flashlab.metered():
        with flashlab.metered(outputs="out" if kind == "never-written" else ()):
            strayed[(3, 2)](x, out, 40, 16, BM=16, BD=8, MODE=mode)
    assert (raised.value.kind, raised.value.element) == (kind, element)
    for piece in pieces:
        assert piece in str(raised.value)


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
# What is recorded


def test_does_a_record_name_program_line_step_and_region():
    x, out = random(64), torch.empty(3)
    with flashlab.metered(outputs="out") as meter:
        kernels.two_loops_kernel[(3,)](x, out, 64, BLOCK=16)
    near(out, x.double().sum() + x[:16].double().sum(), torch.float32)
    trace = meter.trace(program=(1,))
    assert [(e.array, e.kind, e.loop_step, e.region) for e in trace] == [
        *(("x", "read", i, ((16 * i, 16 * i + 16),)) for i in range(4)),
        ("x", "read", 0, ((0, 16),)),
        ("out", "write", 0, ((1, 2),)),
    ]
    assert [e.step for e in trace] == list(range(6, 12))
    lines, first = inspect.getsourcelines(kernels.two_loops_kernel.fn)
    at = {text.strip(): first + i for i, text in enumerate(lines)}
    loop = at["acc += tl.load(x + start + tl.arange(0, BLOCK))"]
    assert {(e.function, e.line) for e in trace[:4]} == {("two_loops_kernel", loop)}
    assert trace[4].function == "first_tile"
    assert meter.by_line()["two_loops_kernel", loop] == 3 * 64 * 4
    assert meter.traffic.by_program() == {(i, 0, 0): (64 + 16 + 1) * 4 for i in range(3)}
    assert meter.traffic.by_loop_step() == {0: 3 * 33 * 4, 1: 3 * 64, 2: 3 * 64, 3: 3 * 64}
    assert meter.trace(array="out", program=(2,))[0].nbytes == 4
    assert len(meter.trace(line=loop)) == 12


def test_is_a_region_the_box_of_a_strided_view():
    whole, out = random(4, 6, 40), torch.empty(2, 3, 32)
    x = whole[1:3, ::2, 4:36]  # (2, 3, 32) of strides (240, 80, 1)
    with flashlab.metered(outputs="out") as meter:
        kernels.rows_kernel[(2,)](x, out, 6, 80, 32, BM=4, D=32)
    assert torch.equal(out, x)
    boxes = [e.region for e in meter.trace(array="x")]
    assert boxes == [((0, 2), (0, 3), (0, 32)), ((1, 2), (1, 3), (0, 32))]
    assert moved(meter) == {"x": 2 * 3 * 32 * 4, "out": 2 * 3 * 32 * 4}


def test_are_distinct_bytes_and_sectors_counted_on_request():
    x, out = random(4096), torch.zeros(4096)
    with flashlab.metered(sectors=True) as meter:
        kernels.copy_kernel[(2,)](x, out, 64, 16, BLOCK=32)
    assert meter.traffic.read_bytes("x") == meter.unique_bytes("x") == 64 * 4
    assert meter.sectors("x") == meter.sectors("out") == 64  # one 32-byte sector for 4 bytes
    with flashlab.metered(sectors=True) as meter:
        for _ in range(3):
            kernels.copy_kernel[(2,)](x, out, 64, 1, BLOCK=32)
    assert (meter.traffic.read_bytes("x"), meter.unique_bytes("x")) == (3 * 256, 256)
    assert meter.sectors("x") == 3 * 8
    with flashlab.metered() as meter, pytest.raises(FlashlabError, match="sectors=True"):
        meter.sectors("x")


def test_does_a_meter_show_a_table():
    x, out = random(100, 16), torch.zeros(100, 16)
    with flashlab.metered(outputs="out") as meter:
        faulty[(13,)](x, out, 100, 16, BM=8, BD=16, MODE="")
    text, shown = str(meter), meter._repr_mimebundle_()
    assert text.startswith("faulty, 13 program instances\narray")
    assert shown["text/plain"] == text
    assert shown["text/html"].count("<tr>") == 4 and "<td>6,400</td>" in shown["text/html"]
    assert "100x16 float32" in shown["text/html"]


def test_are_nested_and_repeated_blocks_counted_each_for_itself():
    x, out = random(64), torch.empty(64)

    def run():
        kernels.copy_kernel[(2,)](x, out, 64, 1, BLOCK=32)

    with flashlab.metered() as outer:
        run()
        with flashlab.metered(outputs="out") as inner:
            run()
            run()
        assert inner.traffic.hbm_bytes == 4 * 256
        assert [e.step for e in inner.traffic.events] == list(range(8))
        with pytest.raises(FlashlabError, match="open already"), outer:
            pass
        # the output is empty again in a second block, and a second block is not used to the first
        with pytest.raises(flashlab.KernelFault, match="never written"), inner:
            kernels.copy_kernel[(1,)](x, out, 64, 1, BLOCK=32)
        assert out[32:].isnan().all()
    assert outer.traffic.hbm_bytes == 7 * 256
    assert [x.programs for x in outer.launches] == [2, 2, 2, 1]
    with outer:
        run()
    assert outer.traffic.hbm_bytes == 512 and outer.fault is None
    assert not outer.session.arguments  # it lets go of the tensors


def test_is_an_output_that_no_kernel_has_refused():
    with pytest.raises(FlashlabError, match="names 'o', but no kernel .* there were out, x"):
        with flashlab.metered(outputs=("out", "o")):
            kernels.copy_kernel[(2,)](random(64), torch.empty(64), 64, 1, BLOCK=32)


def test_does_a_tensor_in_a_tuple_or_a_descriptor_count():
    x, y, out = random(20), random(20, seed=1), torch.empty(20)
    with flashlab.metered(outputs="out") as meter:
        kernels.pairs_kernel[(1,)]((x, y), out, 20, BLOCK=32)
    assert torch.equal(out, x + y)
    assert moved(meter) == {"pairs": 80, "pairs[1]": 80, "out": 80}


def test_may_one_load_point_into_two_tensors():
    x, y, out = random(32), random(32, seed=1), torch.empty(32)
    with flashlab.metered(outputs="out") as meter:
        kernels.choose_kernel[(1,)](x, y, out, BLOCK=32)
    assert torch.equal(out[::2], x[::2]) and torch.equal(out[1::2], y[1::2])
    assert moved(meter) == {"x": 64, "y": 64, "out": 128}


@pytest.mark.parametrize("dtype", DTYPES)
def test_is_an_atomic_counted_once_and_right(dtype):
    x, out = random(50, dtype=DTYPES[dtype]), torch.zeros(4, dtype=DTYPES[dtype])
    with flashlab.metered() as meter:
        kernels.histogram_kernel[(4,)](x, out, 50, BINS=4, BLOCK=16)
    near(out, torch.stack([x.double()[i::4].sum() for i in range(4)]), DTYPES[dtype])
    assert meter.traffic.hbm_atomic_bytes == meter.traffic.hbm_read_bytes == x.nbytes


def test_are_tickets_and_compare_and_swap_right():
    tickets, out = torch.zeros(2, dtype=torch.int32), torch.zeros(5, dtype=torch.int32)
    with flashlab.metered(outputs="out") as meter:
        kernels.count_kernel[(5,)](tickets, out)
    assert (tickets.tolist(), out.tolist()) == ([5, 7], [1, 2, 3, 4, 5])
    assert meter.traffic.hbm_atomic_bytes == 5 * 8


def test_does_an_autotuned_kernel_run_with_its_first_or_a_given_configuration():
    x, out = random(100), torch.empty(100)
    for config, programs in [(None, 7), ({"BLOCK": 32}, 4), (triton.Config({"BLOCK": 128}), 1)]:
        with flashlab.metered(outputs="out", config=config) as meter:
            kernels.tuned_kernel[lambda meta: (triton.cdiv(meta["n"], meta["BLOCK"]),)](x, out, 100)
        assert torch.equal(out, x) and meter.launches[0].programs == programs


# --------------------------------------------------------------------------------------------------
# Numbers

BINARY = ["add", "sub", "mul", "div", "maximum", "minimum", "where", "neg", "abs", "exp", "scale"]


def exact(op, a, b):
    """The operation in float64."""
    a, b = a.double(), b.double()
    return {
        "add": a + b, "sub": a - b, "mul": a * b, "div": a / b, "maximum": torch.maximum(a, b),
        "minimum": torch.minimum(a, b), "where": torch.minimum(a, b), "neg": -a, "abs": a.abs(),
        "exp": a.exp(), "scale": a * torch.tensor(0.3, dtype=torch.bfloat16).double(),
        "sum": a.sum().expand(64), "max": a.max().expand(64), "min": a.min().expand(64),
        "argmax": a.argmax().double().expand(64), "cumsum": a.cumsum(0),
        "clamp": a.clamp(-0.5, 0.5), "fma": a * b + a,
    }[op]  # fmt: skip


@pytest.mark.parametrize("op", BINARY)
def test_is_bf16_rounded_to_the_nearest(op):
    a, b = random(64, dtype=torch.bfloat16, seed=1), random(64, dtype=torch.bfloat16, seed=2)
    out = torch.empty(64, dtype=torch.bfloat16)
    with flashlab.metered(outputs="out"):
        kernels.arithmetic_kernel[(1,)](a, b, out, OP=op, N=64)
    assert torch.equal(out, exact(op, a, b).float().bfloat16())


@pytest.mark.parametrize("op", ["sum", "max", "min", "argmax", "cumsum", "clamp", "fma"])
def test_are_bf16_reductions_within_a_rounding_of_float64(op):
    a, b = random(64, dtype=torch.bfloat16, seed=1), random(64, dtype=torch.bfloat16, seed=2)
    out = torch.empty(64, dtype=torch.float32)
    with flashlab.metered(outputs="out"):
        kernels.arithmetic_kernel[(1,)](a, b, out, OP=op, N=64)
    expected = exact(op, a, b)
    assert (out.double() - expected).abs().max() <= expected.abs().max() * 2**-8


def test_is_float32_to_bf16_that_of_torch_ties_and_specials_included():
    bits = torch.arange(0, 2**32, 65521 * 16, dtype=torch.int64).to(torch.int32)
    ties = torch.tensor([0x3F808000, 0x3F818000, 0x7F7FFFFF, 0x7F800000, 0x7FC00000, 1 << 31])
    x = torch.cat([bits, ties.to(torch.int32), torch.zeros(4096, dtype=torch.int32)])[:4096]
    x = x.view(torch.float32)
    out = torch.empty(4096, dtype=torch.bfloat16)
    with flashlab.metered():
        kernels.arithmetic_kernel[(1,)](x, x, out, OP="maximum", N=4096)
    same = (out == x.bfloat16()) | (out.isnan() & x.isnan())
    assert same.all(), x[~same][:4]


def test_is_a_bf16_dot_that_of_float64():
    a, b = (random(32, 32, dtype=torch.bfloat16, seed=s) for s in (1, 2))
    c = torch.empty(32, 32)
    with flashlab.metered(outputs="c"):
        kernels.dot_kernel[(1,)](a, b, c, N=32, PRECISION="ieee")
    near(c, a.double() @ b.double(), torch.float32)


def test_is_tf32_emulated_on_request_only():
    a, b = (random(32, 32, seed=s) for s in (1, 2))
    expected, error = a.double() @ b.double(), {}
    for tf32, precision in [(False, "tf32"), (True, "tf32"), (True, "ieee"), (True, "tf32x3")]:
        c = torch.empty(32, 32)
        with flashlab.metered(tf32=tf32):
            kernels.dot_kernel[(1,)](a, b, c, N=32, PRECISION=precision)
        error[tf32, precision] = (c - expected).abs().max().item()
    rounded = error.pop((True, "tf32"))
    assert 1e-4 < rounded < 1e-1 and max(error.values()) < 1e-5


def test_are_masked_off_lanes_without_other_visible():
    x, y, out = random(8), random(8, seed=1), torch.zeros(16)
    with flashlab.metered():
        kernels.pairs_kernel[(1,)]((x, y), out, 8, BLOCK=16)
        assert torch.equal(out[:8], x + y) and not out[8:].any()
        undefined_sum_kernel[(1,)](x, out, 8, BLOCK=16)
    assert out[0].isnan()  # a GPU gives what the register held


@triton.jit
def undefined_sum_kernel(x, out, n, BLOCK: tl.constexpr):
    i = tl.arange(0, BLOCK)
    tl.store(out, tl.sum(tl.load(x + i, mask=i < n), 0))


def test_are_min_and_max_of_tiles_what_the_compiler_makes_of_them():
    x, y, out = random(32), random(32, seed=1), torch.empty(32)
    with flashlab.metered(outputs="out"):
        kernels.smaller_kernel[(1,)](x, y, out, N=32)
    assert torch.equal(out, torch.minimum(x, y).clamp(min=0))


# --------------------------------------------------------------------------------------------------
# Faults that need more than one kernel


def test_is_the_last_heads_row_named_and_not_a_head_that_does_not_exist():
    q, k, v = (random(1, 2, 40, 16, seed=s) for s in range(3))
    with pytest.raises(flashlab.KernelFault) as raised, flashlab.metered():
        unmasked_rows[(2, 2)](q, torch.empty_like(q), 40, BM=32, D=16)
    assert raised.value.element == "q[0, 1, 40, 0]"
    assert "dimension 2 of q has 40 entries" in raised.value.cause


@triton.jit
def unmasked_rows(q, out, n, BM: tl.constexpr, D: tl.constexpr):
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    at = tl.program_id(1) * n * D + rows[:, None] * D + tl.arange(0, D)[None, :]
    tl.store(out + at, tl.load(q + at), mask=rows[:, None] < n)


@pytest.mark.parametrize(
    "by, element, text",
    [
        (-1, "x[31]", "x[31] is read here and was written by program instance (0, 0, 0)"),
        (1, "x[32]", "x[32] is written here and was read by program instance (0, 0, 0)"),
    ],
)
def test_is_a_race_through_one_tensor_given_twice_told(by, element, text):
    x = random(64)
    with pytest.raises(flashlab.KernelFault) as raised, flashlab.metered():
        kernels.shift_kernel[(2,)](x, x, 64, BY=by, BLOCK=32)
    assert (raised.value.kind, raised.value.element) == ("read-race", element)
    assert text in str(raised.value)
    with flashlab.metered(races=False):
        kernels.shift_kernel[(2,)](x, x, 64, BY=by, BLOCK=32)


def test_may_the_next_launch_read_what_the_last_one_wrote():
    x, y = random(64), torch.empty(64)
    with flashlab.metered(outputs="out") as meter:
        kernels.shift_kernel[(2,)](x, y, 64, BY=0, BLOCK=32)
        kernels.shift_kernel[(2,)](y, torch.empty(64), 64, BY=0, BLOCK=32)
    assert meter.traffic.hbm_bytes == 4 * 256
    assert set(meter.traffic.arrays) == {"x", "out", "out@2"}


def test_may_program_instances_share_what_a_lock_protects():
    lock, total = torch.zeros(1, dtype=torch.int32), torch.zeros(1)
    with flashlab.metered():
        kernels.locked_kernel[(3,)](lock, total)
    assert (lock.item(), total.item()) == (0, 3)


def test_is_the_memory_between_the_rows_of_a_view_out_of_bounds():
    qkv = random(10, 3, 16)
    q = qkv[:, 0]
    with flashlab.metered() as meter:
        kernels.rows_kernel[(1,)](q, torch.empty(10, 16), 10, 48, 16, BM=16, D=16)
    assert meter.traffic.read_bytes("x") == 640
    with pytest.raises(flashlab.KernelFault) as raised, flashlab.metered():
        kernels.rows_kernel[(1,)](q, torch.empty(10, 16), 10, 16, 16, BM=16, D=16)
    assert (raised.value.kind, raised.value.access) == ("out-of-bounds", "load")
    assert "between the elements of this view" in str(raised.value)


@pytest.mark.parametrize(
    "spread, stride, told",
    [
        (2**31, 2**31, ""),  # such a stride is a 64-bit number by itself
        (2**30, 2**30, "2^32 elements are missing: a 32-bit product overflowed"),
        (2**31, 2**31 + 16, "between the elements of this view"),
        (2**31, 16, "between the elements of this view"),
    ],
)
def test_are_offsets_beyond_32_bits_seen_without_the_memory_for_them(spread, stride, told):
    x, out = random(3, 16), torch.empty(3, 16)
    meter = flashlab.metered(outputs="out", spread={"x": spread, "out": spread})

    def run():
        with meter:
            kernels.rows_kernel[(3,)](x, out, 3, stride, stride, BM=1, D=16)

    if told:
        with pytest.raises(flashlab.KernelFault, match=re.escape(told)) as raised:
            run()
        assert (raised.value.kind, raised.value.tensor) == ("out-of-bounds", "x")
        return
    run()
    assert torch.equal(out, x)
    assert moved(meter) == {"x": 3 * 64, "out": 3 * 64}
    boxes = [e.region for e in meter.trace(array="out")]
    assert boxes == [((i, i + 1), (0, 16)) for i in range(3)]


def test_is_a_view_with_smaller_elements_checked_too():
    whole = torch.zeros(64, dtype=torch.int32)
    halves = whole.view(torch.int16)
    with flashlab.metered(outputs="out") as meter:
        kernels.copy_kernel[(2,)](torch.ones(64, dtype=torch.int32), whole, 64, 1, BLOCK=32)
        kernels.copy_kernel[(4,)](halves, torch.zeros(128, dtype=torch.int16), 128, 1, BLOCK=32)
    assert meter.traffic.hbm_bytes == 4 * 256
    with pytest.raises(flashlab.KernelFault) as raised, flashlab.metered(outputs="out"):
        kernels.copy_kernel[(1,)](halves, whole, 64, 1, BLOCK=32)
    assert raised.value.kind == "read-before-write" and raised.value.element == "x[0]"


def test_is_half_an_element_written_not_an_element_written():
    whole = torch.zeros(8, dtype=torch.int32)
    with pytest.raises(flashlab.KernelFault) as raised, flashlab.metered(outputs="whole"):
        kernels.halves_kernel[(1,)](whole, whole.view(torch.int16), 3, BLOCK=16)
    assert (raised.value.kind, raised.value.element) == ("never-written", "whole[1]")


def test_are_input_and_output_in_one_storage_kept_apart():
    both = random(128)
    x, out = both[:64], both[64:]
    with flashlab.metered(outputs="out", sectors=True) as meter:
        kernels.copy_kernel[(2,)](x, out, 64, 1, BLOCK=32)
    assert torch.equal(x, out) and meter.unique_bytes("x") == meter.unique_bytes("out") == 256


def test_is_an_endless_loop_ended():
    with pytest.raises(flashlab.KernelFault) as raised, flashlab.metered(timeout=0.2):
        endless_x = torch.zeros(2)
        kernels.endless_kernel[(1,)](endless_x)
    assert raised.value.kind == "too-long" and "a loop that does not end" in str(raised.value)


def test_does_a_compiler_check_of_shapes_name_the_line():
    with pytest.raises(flashlab.KernelFault) as raised, flashlab.metered():
        misfit[(1,)](torch.zeros(64), BLOCK=32)
    fault = raised.value
    assert fault.kind == "error" and fault.code == "b = a + tl.zeros((16,), tl.float32)"
    assert "incompatible dimensions" in str(fault)


@triton.jit
def misfit(x, BLOCK: tl.constexpr):
    a = tl.load(x + tl.arange(0, BLOCK))
    b = a + tl.zeros((16,), tl.float32)
    tl.store(x + tl.arange(0, BLOCK), b)


@pytest.mark.parametrize(
    "args, text",
    [
        (lambda x: (x,), "missing a required argument: 'out'"),
        (lambda x: (x, x.to("meta"), 1, 1, 32), "out is on meta, and the interpreter runs on the"),
        (lambda x: (x.numpy(), x, 1, 1, 32), "x is a NumPy array; kernels take torch tensors"),
    ],
)
def test_is_a_launch_with_wrong_arguments_refused(args, text):
    with pytest.raises(LaunchError) as raised, flashlab.metered():
        kernels.copy_kernel[(1,)](*args(random(32)))
    assert text in str(raised.value) and "\n" not in str(raised.value)


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


# --------------------------------------------------------------------------------------------------
# Interpreter and compiler: a kernel has passed when both accept it


def test_do_interpreter_and_compiler_judge_the_table_as_it_says():
    table = judged_kernels.table()
    assert list(table) == list(judged_kernels.KERNELS) and len(table) >= 80
    found = {name: judged_kernels.judge(k) for name, k in judged_kernels.KERNELS.items()}
    kinds = {name: row[2].partition(":")[0] for name, row in found.items()}
    assert {n: row[:2] for n, row in found.items()} == {n: row[:2] for n, row in table.items()}
    assert kinds == {name: row[2].partition(":")[0] for name, row in table.items()}


@pytest.mark.parametrize(
    "name, cause",
    [
        ("adds_tiles_that_do_not_fit", "is a [:, None] missing"),
        ("forgets_a_constexpr", "mark the size as tl.constexpr"),
        ("assigns_into_a_tile", "use tl.where"),
        ("indexes_like_numpy", "a tensor argument is a pointer"),
        ("indexes_a_tile", "a tile has no single elements"),
        ("multiplies_tiles_that_do_not_fit", "is a tl.trans missing?"),
        ("multiplies_with_the_at_sign", "write tl.dot(a, b)"),
        ("ranges_over_no_power_of_two", "triton.next_power_of_2"),
        ("calls_numpy", "there is only triton.language"),
        ("calls_torch", "there is only triton.language"),
    ],
)
def test_is_what_triton_refuses_put_in_other_words(name, cause):
    with pytest.raises(flashlab.KernelFault) as raised, flashlab.metered():
        judged_kernels.KERNELS[name][(2,)](**judged_kernels.arguments())
    fault = raised.value
    assert fault.kind == "error" and cause in fault.cause
    assert fault.function == name and fault.line and fault.code


# --------------------------------------------------------------------------------------------------
# In a real notebook, and in processes of every kind

SETUP = """\
import flashlab
DEVICE = flashlab.device()
import torch
import triton
import triton.language as tl
x, out = torch.arange(64, dtype=torch.float32), torch.empty(64)
def run(**options):
    with flashlab.metered(outputs="out", **options) as meter:
        kernel[(2,)](x, out, 64, BLOCK=32)
    return meter
"""
HELPER = "@triton.jit\ndef helper(x):\n    return x * FACTOR"
KERNEL = """\
@triton.jit
def kernel(x, out, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    a = tl.load(x + i + SHIFT, mask=i < n, other=0.0)
    tl.store(out + i, helper(a), mask=i < n)
"""


def execute(cells, env):
    """The cells' text output and error, from one real Jupyter kernel."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = NotebookClient(book, timeout=120, kernel_name="python3", allow_errors=True)
    client.execute(env=env)
    return book.cells


def said(cell):
    return "".join(o.get("text", "") for o in cell.outputs)


def failed(cell):
    """The traceback that the learner sees, without colours."""
    text = "\n".join(line for o in cell.outputs for line in o.get("traceback", ()))
    return re.sub("\x1b" + r"\[[0-9;]*m", "", text)


@pytest.mark.parametrize("interpret", ["0", "1"])
def test_does_all_of_it_work_in_a_notebook(kernel_env, interpret):
    env = {k: v for k, v in kernel_env.items() if k != "TRITON_INTERPRET"}
    setup = SETUP
    if interpret == "0":  # as with a GPU: kernels are made for it, here the tensors are on the CPU
        guard = "import flashlab.interpreter.launch\nflashlab.interpreter.launch.guard()"
        setup = SETUP.replace("DEVICE = flashlab.device()", guard)
    cells = [
        setup,
        "FACTOR = tl.constexpr(2)\nSHIFT = tl.constexpr(0)",
        HELPER,
        KERNEL,
        "names = set(globals())\nmeter = run()\n"
        "print(torch.equal(out, 2 * x), sorted(set(globals()) - names), sorted(meter.by_line()))",
        "FACTOR = tl.constexpr(3)\nrun()\nprint(torch.equal(out, 3 * x))",
        HELPER.replace("FACTOR", "FACTOR + 1"),
        "run()\nprint(torch.equal(out, 3 * x + 1))",
        KERNEL.replace("BLOCK: tl", "\n        BLOCK: tl").replace("helper(a)", "a"),
        "print(sorted(run().by_line()), torch.equal(out, x))",
        "SHIFT = tl.constexpr(1 << 28)",
        "run()",
        "kernel[(2,)](x, out, 64, BLOCK=32)",  # not metered, checked all the same
        "SHIFT = tl.constexpr(0)\nrun()\nprint('alive', torch.equal(out, x))",
        "meter",
    ]
    done = execute(cells, env)
    assert not [failed(c) for i, c in enumerate(done) if failed(c) and i not in (11, 12)]
    assert said(done[4]) == "True ['meter', 'names'] [('kernel', 4), ('kernel', 5)]\n"
    assert (said(done[5]), said(done[7])) == ("True\n", "True\n")
    assert said(done[9]) == "[('kernel', 5), ('kernel', 6)] True\n"
    for cell in done[11:13]:
        assert failed(cell).startswith("KernelFault: out-of-bounds load: x[268435456] does not")
        assert "Line 5 of the cell, in kernel: a = tl.load(x + i + SHIFT, mask" in failed(cell)
        assert "Traceback" not in failed(cell) and failed(cell).count("\n") == 3
    assert said(done[13]) == "alive True\n"
    (shown,) = done[14].outputs
    assert "<table>" in shown["data"]["text/html"] and "kernel, 2" in shown["data"]["text/plain"]


def python(code, **variables):
    """What this code prints, in a fresh process."""
    env = {k: v for k, v in os.environ.items() if k not in ("TRITON_INTERPRET", "FLASHLAB_DEVICE")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**env, **variables}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_does_device_choose_in_time_and_say_when_it_is_too_late():
    code = (
        "import flashlab, flashlab.errors\n"
        "try:\n    print(flashlab.device({choice}))\n"
        "except flashlab.errors.FlashlabError as error:\n    print(error)\n"
        "import os\nprint(os.environ.get('TRITON_INTERPRET'))\n"
    )
    choose = code.format(choice="")
    assert python(choose) == "cpu\n1\n"
    late = python("import triton\n" + choose)
    assert late.startswith("triton was imported before flashlab.device()") and "Restart" in late
    assert late.endswith("None\n") and late.count("\n") == 2
    assert python("import triton\n" + choose, TRITON_INTERPRET="1") == "cpu\n1\n"
    assert "torch finds no GPU" in python(code.format(choice='"cuda"'))
    assert "not 'gpu'" in python(choose, FLASHLAB_DEVICE="gpu")
    gpu = "import torch\ntorch.cuda.is_available = lambda: True\n" + choose
    assert python(gpu) == "cuda\nNone\n"
    assert python(gpu, FLASHLAB_DEVICE="cpu") == "cpu\nNone\n"
    assert python(gpu, TRITON_INTERPRET="1") == "cpu\n1\n"  # the interpreter was asked for
    missing = python("import sys\nsys.modules['triton'] = None\n" + choose)
    assert missing.startswith("triton is not installed, and kernels need it")
    metered = choose.replace("device", "metered")
    assert python("import sys\nsys.modules['torch'] = None\n" + metered).startswith("torch is not")


COMPILED = f"""\
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import torch, flashlab, triton
import interpreter_kernels as kernels
import judged_kernels
from flashlab.compiler import compile as compiler

def interpret():
    x, out = torch.arange(64.0), torch.empty(64)
    with flashlab.metered(outputs="out") as meter:
        kernels.copy_kernel[(2,)](x, out, 64, 1, BLOCK=32)
        kernels.tuned_kernel[lambda meta: (triton.cdiv(64, meta["BLOCK"]),)](x, out, 64)
    return meter.traffic.hbm_bytes, torch.equal(out, x)

def compile():
    compiler._answers.clear()
    x = torch.empty(64)
    reports = flashlab.compile_for(kernels.copy_kernel, "all", args=(x, x, 64, 1), BLOCK=32)
    return [r.error for r in reports if r.error], len(reports)

print(interpret(), compile(), interpret(), compile())
"""


@pytest.mark.parametrize("interpret", ["0", "1"])
def test_is_one_file_interpreted_and_compiled_for_every_card_in_one_process(interpret):
    # with TRITON_INTERPRET=0 this is what a machine with a GPU does with CPU tensors
    ran, made = "(1024, True)", f"([], {len(CARDS)})"
    assert python(COMPILED, TRITON_INTERPRET=interpret) == f"{ran} {made} {ran} {made}\n"
    turned = COMPILED.replace("interpret(), compile(), interpret(), compile()", "compile()")
    turned += "print(interpret(), compile())\n"
    assert python(turned, TRITON_INTERPRET=interpret) == f"{made}\n{ran} {made}\n"


@pytest.fixture
def unguarded():
    """Whatever called flashlab.device() in this process earlier took the launcher over."""
    from flashlab.interpreter import launch

    guarded = launch._guarded
    if guarded:
        launch.remove()
        launch._guarded = False
    yield
    if guarded:
        launch.guard()


def test_is_a_native_launch_run_and_said_not_to_be_metered(monkeypatch, unguarded):
    """No GPU here: the kernel's own launcher is replaced by one that notes the call."""
    from triton.runtime.jit import JITFunction

    called = []
    monkeypatch.setattr(JITFunction, "run", lambda self, *args, **kwargs: called.append(args))
    native = JITFunction(kernels.copy_kernel.fn)
    there = torch.empty(64, device="meta")
    with flashlab.metered(outputs="out") as meter:
        native[(2,)](there, there, 64, 1, BLOCK=32)
    assert len(called) == 1 and meter.native
    assert "ran on the GPU, where bytes are not metered" in str(meter)
    assert "not metered" in meter._repr_html_()
    with pytest.raises(NotMetered, match="launch it with CPU tensors"):
        _ = meter.traffic
    x, out = random(64), torch.empty(64)
    with flashlab.metered(outputs="out") as meter:  # the same kernel, on the CPU
        native[(2,)](x, out, 64, 1, BLOCK=32)
    assert torch.equal(out, x) and meter.traffic.hbm_bytes == 512 and len(called) == 1
