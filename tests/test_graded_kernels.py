"""Is a kernel graded from its source as it is in a notebook, and is nothing else of it run?"""

import inspect
import textwrap
import time
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
import triton
import triton.language as tl

from autograder import course, kernel_source, plain
from autograder.bench import make_bench
from autograder.frames import FrameError, dump, load
from autograder.judge import lift
from autograder.kernel_source import Refused
from autograder.kernels import KernelHost, StandIn, host_limits
from autograder.sandbox import Limits, Sandbox, Stopped, find_isolation
from flashlab.checks import harness, kernels
from flashlab.checks.kernels import Launch, Output, Tensor

ROOT = Path(__file__).resolve().parents[1]
LIMITS = Limits(cell_seconds=20)

pytestmark = pytest.mark.timeout(200)


@triton.jit
def helper(x, factor):
    return x * factor


@triton.jit
def scale_kernel(x_ptr, out_ptr, n, factor, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offs, mask=offs < n)
    tl.store(out_ptr + offs, helper(x, factor), mask=offs < n)


def source_of(kernel, old="", new=""):
    text = textwrap.dedent(inspect.getsource(kernel.fn))
    assert old in text
    return text.replace(old, new)


CELLS = [
    "import triton\nimport triton.language as tl",
    "%%time\n!ls\n\n" + source_of(helper),
    source_of(scale_kernel),
]


def launch(n=37):
    x = np.random.default_rng(0).standard_normal(n)
    args = {"x_ptr": Tensor(x, "float16"), "out_ptr": Output((n,), "float16"), "n": n}
    return Launch((-(-n // 16),), {**args, "factor": 2.5}, {"BLOCK": 16})


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    bench = make_bench(tmp_path_factory.mktemp("host"), host=True)
    made = KernelHost(
        lambda: Sandbox(find_isolation(), bench, host_limits(LIMITS), host=True), LIMITS
    )
    yield made
    made.close()


def stand_in(host, cells, name="scale_kernel"):
    host.begin()
    host.start_clock()
    return StandIn(host, lift(cells, name))


# --------------------------------------------------------------------------------------------------
# Lifting


def test_are_a_kernels_helpers_constants_and_names_of_triton_taken_and_no_more():
    cells = [
        "from triton import language as T, jit\nSCALE = T.constexpr(2.0)\nOTHER = 3\nprint('x')",
        "@jit\ndef unused(x):\n    pass",
        "@jit\ndef low(x):\n    return x * SCALE",
        "@jit\ndef kernel(p):\n    T.store(p, low(T.load(p)))",
        "alias = kernel",
    ]
    for name in ("kernel", "alias"):
        made = lift(cells, name)
        assert sorted(f[0] for f in made.functions) == ["kernel", "low"]
        assert made.constants == {"SCALE": "T.constexpr(2.0)"} and "T" in made.modules
        assert [f[1:3] for f in made.functions if f[0] == "low"] == [[2, 2]]


def test_are_long_cells_and_deep_expressions_passed_over():
    kernel, long = "@triton.jit\ndef kernel(p):\n    pass\n", "#" * (1 << 16)
    assert lift(["deep = " + "1 + " * 1500 + "1", kernel], "kernel")
    assert lift([long + "\nkernel = 1", kernel], "kernel")
    assert lift([kernel + long], "kernel") is None
    assert lift([kernel + long[:-100]] * 8 + ["kernel = 1" + 600 * "#"], "kernel"), (
        "no room for the last"
    )


@pytest.mark.parametrize(
    "after",
    [
        "kernel = None",
        "def kernel(p):\n    pass",
        "kernel, x = make()",
        "kernel = triton.jit(other)",
    ],
)
def test_is_a_name_that_is_no_kernel_any_more_left_alone(after):
    cells = ["@triton.jit\ndef kernel(p):\n    pass", after]
    assert lift(cells[:1], "kernel") and lift(cells, "kernel") is None
    assert lift(["def f(:", "kernel = 1"], "kernel") is None


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "x = p.__class__",
        "tl.core.os.system('x')",
        "x = p.handle.data",
        "tl.math.core.os",
        "triton.runtime.x",
        "p[0] = 1",
        "p.dtype = 1",
        "f = lambda: 1",
        "x = [y for y in p]",
        "x = f'{p}'",
        "tl.store(*p)",
        "tl.store(**p)",
        "(tl.store)(p)(p)",
        "with p:\n        pass",
        "def inner():\n        pass",
        "x = (y := p)",
        "x = __import__('os')",
        "global x",
        "x = {1: 2}",
        "x = b'x'",
        "yield p",
        "del p",
        "tl.inline_asm_elementwise('x', 'y', [], tl.int32, True, 1)",
        "try:\n        pass\n    finally:\n        pass",
    ],
)
def test_is_python_that_no_kernel_needs_refused_by_its_line(line):
    with pytest.raises(Refused, match=r"kernel is graded from its source .* line \d+ of its cell"):
        lift([f"@triton.jit\ndef kernel(p):\n    pass\n    {line}"], "kernel")


@pytest.mark.parametrize("header", ["p=print(1)", "p: print(1)", "*p", "**p", "p=tl.core"])
def test_is_code_in_the_header_refused(header):
    with pytest.raises(Refused):
        lift([f"@triton.jit\ndef kernel({header}):\n    pass"], "kernel")


def test_may_every_kernel_of_the_course_be_lifted():
    seen = 0
    for lesson in course.lessons().values():
        notebook = course.read(ROOT / "solutions" / lesson.name / lesson.path.name)
        cells = [c.source for c in notebook.cells if c.cell_type == "code"]
        found = kernel_source._Found()
        for n, source in enumerate(cells):
            found.read(source, n)
        for name in found.functions:
            assert lift(cells, name).functions
            seen += 1
    assert seen >= 10


def test_are_the_names_of_triton_language_that_may_be_used_its_own():
    unknown = {n for n in kernel_source.LANGUAGE if not hasattr(tl, n)}
    assert len(unknown) < 15, unknown  # of other versions


# --------------------------------------------------------------------------------------------------
# As plain data


def carried(message):
    frame = dump(message)
    cut = 8 + int.from_bytes(frame[:4], "little")
    return load(frame[8:cut], frame[cut:])


def test_do_launches_and_runs_cross_unchanged():
    x = np.arange(6.0).reshape(2, 3)
    args = {"a": Tensor(x, "bfloat16", (1, 0)), "b": Output((2,), "float32"), "n": 3, "s": 0.5}
    args |= {"far": Tensor(x, wide=2**30), "away": Output((2, 3), wide=2**30)}
    told = Launch((2, 1), args, {"B": 16, "ON": True, "KIND": "x"}, 8, 3)
    back = plain.launch_of(carried(plain.of_launch(told)))
    assert str(back) == str(told) and back.options == told.options
    run = kernels.observe_kernel(scale_kernel, launch())
    again = plain.run_of(carried(plain.of_run(run)))
    assert again.traffic == run.traffic and again.outputs["out_ptr"].dtype == np.float16
    assert np.array_equal(again.outputs["out_ptr"], run.outputs["out_ptr"])
    counted = kernels.KernelRun(idle={"k_ptr": 3}, products={"fp16": 8})
    assert plain.run_of(carried(plain.of_run(counted))) == counted
    assert plain.run_of(carried(plain.of_run(kernels.KernelRun()))) == kernels.KernelRun()
    for spoilt in ({}, {"arrays": 3}, {**plain.of_run(run), "event_kind": np.array([9])}):
        with pytest.raises(FrameError):
            plain.run_of(carried(spoilt))


# --------------------------------------------------------------------------------------------------
# The harness


def test_is_a_kernel_observed_and_compiled_as_in_the_notebook(host):
    kernel, given = stand_in(host, CELLS), launch()
    near, far = kernels.run(scale_kernel, given), kernels.run(kernel, given)
    assert np.array_equal(near.outputs["out_ptr"], far.outputs["out_ptr"])
    assert near.traffic.by_array() == far.traffic.by_array()
    mine, theirs = (kernels.report(k, given, "H100") for k in (kernel, scale_kernel))
    assert astuple(mine) == astuple(theirs) and mine.registers > 0
    assert kernels.native(kernel, given) is None
    kernels.check_compiles(kernel, given)
    assert kernels.check_fits(kernel, given, "A100").can_launch


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "mask=offs < n)\n    tl.store",
            "mask=offs <= n)\n    tl.store",
            "Line 4 of the cell, in scale_kernel",
        ),
        ("n, factor", "n, m", r"takes \(x_ptr, out_ptr, n, m, BLOCK\), expected"),
        ("tl.store(out_ptr", "tl.store(x_ptr", "x_ptr"),
        ("helper(x, factor)", "help(x, factor)", "help"),
    ],
)
def test_is_a_wrong_kernel_told_as_in_the_notebook(old, new, told, host):
    cells = [*CELLS[:2], source_of(scale_kernel, old, new).replace("x, m)", "x, factor)")]
    with pytest.raises(harness.CheckFailed, match=told):
        kernels.run(stand_in(host, cells), launch())


def test_is_a_stub_not_answered(host):
    stub = 'tl.static_assert(False, "YOUR CODE HERE")'
    cells = [CELLS[0], source_of(helper, "return x * factor", stub), CELLS[2]]
    with pytest.raises(NotImplementedError, match="still has a stub"):
        kernels.run(stand_in(host, cells), launch())


def test_are_builtins_out_of_reach_though_the_source_may_name_them(host):
    cells = [*CELLS[:2], source_of(scale_kernel, "helper(x, factor)", "eval('1')")]
    with pytest.raises(harness.CheckFailed, match="name 'eval' is not defined"):
        kernels.run(stand_in(host, cells), launch())


def test_does_the_harness_come_back_after_a_kernel_that_never_ends(host):
    endless = "\n    while n > 0:\n        n = n * 1\n"
    cells = [*CELLS[:2], source_of(scale_kernel, "\n    offs", endless + "    offs")]
    kernel = stand_in(host, cells)
    host._deadline -= host._seconds - 2
    with pytest.raises(Stopped, match="ran for more than"):
        kernels.run(kernel, launch())
    host.end()
    assert kernels.run(stand_in(host, CELLS), launch()).fault is None


def test_do_the_kernels_of_one_submission_have_an_end_together(host):
    kernel = stand_in(host, CELLS)
    assert kernels.run(kernel, launch()).fault is None
    host._end = time.monotonic() - 1
    host.start_clock()
    with pytest.raises(Stopped, match="had used up their 480 s"):
        kernels.run(kernel, launch())
    host.end()
    assert kernels.run(stand_in(host, CELLS), launch()).fault is None, "the next one begins anew"


def test_does_every_submission_get_a_copy_of_its_own(host):
    for _ in range(3):
        assert kernels.run(stand_in(host, CELLS), launch()).fault is None
        host.end()
        assert host._sandbox.alive and not host._serves
