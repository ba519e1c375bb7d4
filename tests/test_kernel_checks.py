"""Do the checks of kernels accept a right one and name each mistake of a wrong one?

Each wrong kernel is the right one with one line changed.
"""

import dataclasses
import inspect
import linecache
import textwrap

import numpy as np
import pytest
import torch
import triton
import triton.language as tl

from flashlab.checks import harness, kernels
from flashlab.checks.kernels import Launch, Output, Tensor


@triton.jit
def scale_kernel(x_ptr, out_ptr, n, factor, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offs < n
    x = tl.load(x_ptr + offs, mask=inside)
    tl.store(out_ptr + offs, (x * factor).to(out_ptr.dtype.element_ty), mask=inside)


@triton.jit
def copy2d_kernel(x_ptr, out_ptr, stride_m, stride_n, M, N: tl.constexpr, BLOCK: tl.constexpr):
    offs_m = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    offs_n = tl.arange(0, N)
    inside = offs_m[:, None] < M
    x = tl.load(x_ptr + offs_m[:, None] * stride_m + offs_n[None, :] * stride_n, mask=inside)
    tl.store(out_ptr + offs_m[:, None] * N + offs_n[None, :], x, mask=inside)


@triton.jit
def dot_kernel(x_ptr, out_ptr, B: tl.constexpr):
    offs = tl.arange(0, B)[:, None] * B + tl.arange(0, B)[None, :]
    x = tl.load(x_ptr + offs)
    tl.store(out_ptr + offs, tl.dot(x, tl.trans(x)))


def plain_function(x_ptr, out_ptr, n, factor, BLOCK):
    pass


def edited(old, new, kernel=scale_kernel):
    """The kernel with `old` replaced, as a cell of its own would define it."""
    text = textwrap.dedent(inspect.getsource(kernel.fn))
    assert old in text
    text = text.replace(old, new)
    name = f"<ipython-input-{abs(hash(text))}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope = {"triton": triton, "tl": tl}
    exec(compile(text, name, "exec"), scope)
    return scope[kernel.fn.__name__]


def launch(n=37, block=16, dtype="float32"):
    x = np.random.default_rng(0).standard_normal(n)
    args = {"x_ptr": Tensor(x, dtype), "out_ptr": Output((n,), dtype), "n": n, "factor": 2.5}
    return Launch((-(-n // block),), args, {"BLOCK": block})


def told(kernel, given=None):
    with pytest.raises(harness.CheckFailed) as failure:
        kernels.run(kernel, given or launch())
    return str(failure.value)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_is_a_right_kernel_observed_to_the_byte(dtype):
    given = launch(dtype=dtype)
    run = kernels.run(scale_kernel, given)
    size = 37 * kernels.ITEMSIZE[dtype]
    bytes_of = {"x_ptr": size, "out_ptr": size}
    assert kernels.check_bytes(scale_kernel, run, bytes_of, on="n = 37") == 2 * size
    x = given.args["x_ptr"].array
    exact = 2.5 * x.astype(np.float64)
    plain = kernels.rounded(2.5 * np.asarray(x, np.float32), dtype)
    kernels.compare(run.outputs["out_ptr"], exact, plain, dtype, name="scale_kernel", on="n = 37")
    with pytest.raises(harness.CheckFailed, match="scale_kernel is wrong on n = 37"):
        wrong = run.outputs["out_ptr"] * 1.03
        kernels.compare(wrong, exact, plain, dtype, name="scale_kernel", on="n = 37")


def test_are_accesses_without_an_active_lane_counted():
    given = launch()
    assert kernels.run(scale_kernel, given).idle == {}
    more = dataclasses.replace(given, grid=(given.grid[0] + 2,))
    assert kernels.run(scale_kernel, more).idle == {"x_ptr": 2, "out_ptr": 2}


def test_is_each_fault_told_in_its_own_words():
    said = told(edited("x_ptr + offs, mask=inside", "x_ptr + offs"))
    assert said.startswith("scale_kernel: out-of-bounds load: x_ptr[37] does not exist")
    assert said.endswith("On x_ptr, out_ptr (37,) float32; n = 37, factor = 2.5, BLOCK = 16.")
    assert "x_ptr[37]" in said
    assert "never written" in told(edited("offs < n", "offs < n - 1"))
    assert "race" in told(edited("tl.program_id(0) * BLOCK + tl", "tl"))
    assert "wrote to x_ptr, which is an input" in told(
        edited("tl.store(out_ptr + offs", "tl.store(x_ptr + offs, x + 1, mask=inside)\n    "
               "tl.store(out_ptr + offs")
    )  # fmt: skip
    assert "Keep the names and the order" in told(edited("factor, BLOCK", "BLOCK"))
    assert "Keep the names and the order" in told(edited("n, factor,", "factor, n,"))
    assert "no Triton kernel. Write @triton.jit" in told(plain_function)


def test_is_a_stub_not_answered_and_not_wrong():
    stub = edited("inside = offs < n", 'tl.static_assert(False, "YOUR CODE HERE")')
    with pytest.raises(NotImplementedError):
        kernels.run(stub, launch())
    with pytest.raises(NotImplementedError):
        kernels.check_compiles(stub, launch())


def test_are_too_many_bytes_named_with_their_likely_cause():
    twice = edited("inside = offs < n", "inside = offs < n\n    y = tl.load(x_ptr + offs, inside)")
    run = kernels.run(twice, launch())
    expected = {"x_ptr": 148, "out_ptr": 148}
    with pytest.raises(harness.CheckFailed, match="x_ptr crosses 2 times its size, 1 would do"):
        kernels.check_bytes(twice, run, expected, on="n = 37")
    whys = {"x_ptr": [("not this one", 1), ("Read x once.", 296)]}
    with pytest.raises(harness.CheckFailed, match="296 bytes of x_ptr .* not 148. Read x once."):
        kernels.check_bytes(twice, run, expected, on="n = 37", whys=whys)


def test_do_strides_say_where_the_elements_lie():
    x = np.arange(20 * 16, dtype=np.float32).reshape(20, 16)
    for order, steps in [(None, (16, 1)), ((1, 0), (1, 20))]:
        tensor = Tensor(x, "float32", order)
        assert kernels.strides(tensor) == steps
        args = {"x_ptr": tensor, "out_ptr": Output((20, 16))}
        args |= {"stride_m": steps[0], "stride_n": steps[1], "M": 20}
        given = Launch((2,), args, {"N": 16, "BLOCK": 16})
        assert (kernels.run(copy2d_kernel, given).outputs["out_ptr"] == x).all()
        assert kernels.describe(given) == (
            "On x_ptr, out_ptr (20, 16) float32; M = 20, N = 16, BLOCK = 16."
        )


def test_does_the_compiler_refuse_what_the_interpreter_lets_pass():
    kernels.check_compiles(scale_kernel, launch())
    early = edited("    inside", "    for i in range(3):\n        if i == 2:\n            break\n"
                   "    inside")  # fmt: skip
    kernels.run(early, launch())
    with pytest.raises(harness.CheckFailed) as failure:
        kernels.check_compiles(early, launch())
    assert "does not compile for the A100 (sm_80), whatever the interpreter says" in str(
        failure.value
    )
    assert "break" in str(failure.value).lower()
    assert "Likely cause: a loop runs to its end" in str(failure.value)


def test_is_the_larger_of_two_told_from_the_largest_of_a_tile():
    reduced = edited("    inside", "    n = tl.max(n, tl.max(offs, 0))\n    inside")
    with pytest.raises(harness.CheckFailed) as failure:
        kernels.check_compiles(reduced, launch())
    said = str(failure.value)  # the fault is in Triton's own tl.max: the line is the learner's
    assert "of the cell" in said and "n = tl.max(n, tl.max(offs, 0))" in said
    assert "Likely cause: tl.max, tl.min and tl.sum take one tile" in said


def test_does_a_kernel_that_cannot_fit_a_card_say_so():
    def square(n):
        args = {"x_ptr": Tensor(np.ones((n, n)), "float16"), "out_ptr": Output((n, n))}
        return Launch((1,), args, {"B": n}, num_warps=8)

    assert kernels.check_fits(dot_kernel, square(32), "L4").can_launch
    with pytest.raises(harness.CheckFailed, match="cannot be launched with B = 256.*an L4 has 99"):
        kernels.check_fits(dot_kernel, square(256), "L4")


def test_is_bfloat16_rounded_as_torch_rounds_it():
    x = np.random.default_rng(1).standard_normal(4096).astype(np.float32)
    x = np.concatenate([x, [np.nan, np.inf, -np.inf, 0.0, 3.4e38, 1.00390625]]).astype(np.float32)
    theirs = torch.from_numpy(x).to(torch.bfloat16).float().numpy()
    np.testing.assert_array_equal(kernels.rounded(x, "bfloat16"), theirs)


def test_is_a_stand_in_asked_instead():
    class StandIn:
        __name__ = "scale_kernel"

        def __observe_kernel__(self, launch, tf32):
            return kernels.KernelRun(outputs={"out_ptr": np.zeros(3)})

        def __report__(self, launch, card):
            return kernels.report(scale_kernel, launch, card)

    assert (kernels.run(StandIn(), launch()).outputs["out_ptr"] == 0).all()
    kernels.check_compiles(StandIn(), launch())
    assert kernels.native(StandIn(), launch()) is None


def test_is_a_card_without_bf16_left_alone_with_it(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (7, 5))

    class Kernel:
        __name__ = "scale_kernel"

        def __getitem__(self, grid):
            raise RuntimeError("launched")

    monkeypatch.setattr(kernels, "_to_torch", lambda a, device: a)
    assert kernels.native(Kernel(), launch(dtype="bfloat16")) is None
    with pytest.raises(harness.CheckFailed, match="failed on the GPU: RuntimeError: launched"):
        kernels.native(Kernel(), launch(dtype="float16"))


def test_is_plain_attention_near_the_truth_and_zero_for_a_masked_row():
    g = np.random.default_rng(2)
    q, k, v = (g.standard_normal((2, 9, 16)) for _ in range(3))
    mask = np.tri(9, dtype=bool)
    mask[0] = False
    from flashlab import reference

    exact = reference.attention(q, k, v, 0.25, mask)
    for dtype, error in [("float32", 1e-6), ("float16", 5e-3), ("bfloat16", 4e-2)]:
        got = kernels.plain_attention(q, k, v, 0.25, dtype, mask)
        assert np.abs(got - exact).max() < error
        assert (got[:, 0] == 0).all()
    lse = kernels.plain_lse(q, k, 0.25, mask)
    np.testing.assert_allclose(lse, reference.attention_lse(q, k, 0.25, mask), rtol=1e-5)
