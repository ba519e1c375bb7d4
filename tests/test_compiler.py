"""Compiling for a card that is not there: the known figures, the words, and every way to fail."""

import ast
import inspect
import subprocess
import sys

import nbformat
import pytest
import torch
import triton
import triton.language as tl
from nbclient import NotebookClient
from triton.compiler.errors import CompilationError

from flashlab.cards import CARDS, UnknownCard, card
from flashlab.compiler import compile as compile_module
from flashlab.compiler import compile_for, compile_source, occupancy, process
from flashlab.compiler.reference import forward_signature, forward_source
from flashlab.compiler.report import Report, Reports
from flashlab.compiler.worker import said_by_compiler

KB = 1024
FACTOR = tl.constexpr(3.0)


@triton.jit
def scaled(x):
    return x * FACTOR


@triton.jit
def scale_kernel(x, out, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + offs, scaled(tl.load(x + offs, mask=offs < n)), mask=offs < n)


@triton.jit
def broken_kernel(x, BLOCK: tl.constexpr):
    offs = tl.arange(0, BLOCK)
    tl.store(x + offs, nowhere_defined)  # noqa: F821


@triton.autotune([triton.Config({"BLOCK": 256}, num_warps=8), triton.Config({"BLOCK": 64})], ["n"])
@triton.jit
def tuned_kernel(x, n, BLOCK: tl.constexpr):
    offs = tl.arange(0, BLOCK)
    tl.store(x + offs, 0.0, mask=offs < n)


def forward(cards, block_m, block_n):
    return compile_source(
        forward_source(), "flash_forward_kernel", cards, signature=forward_signature("fp16"),
        num_warps=4, num_stages=3, HEAD_DIM=64, BLOCK_D=64, BLOCK_M=block_m, BLOCK_N=block_n,
        IS_CAUSAL=False, INPUT_PRECISION="ieee",
    )  # fmt: skip


def test_is_shared_memory_what_was_measured_and_are_the_tensor_cores_named():
    reports = forward(["T4", "A100", "L4", "H100"], 128, 64)
    assert [r.shared_bytes // KB for r in reports] == [64, 48, 48, 64]
    assert [set(r.tensor_core) for r in reports] == [set(), {"mma"}, {"mma"}, {"wgmma"}]
    assert all(r.can_launch for r in reports), reports
    assert reports["t4"].spill_bytes > 0


def test_does_a_block_that_does_not_fit_say_so():
    reports = forward(["T4", "A100", "L4", "H100"], 128, 128)
    assert [r.shared_bytes // KB for r in reports] == [96, 80, 80, 112]
    assert [r.can_launch for r in reports] == [False, True, True, True]
    assert reports["T4"].why == "needs 96 KB of shared memory; a T4 has 64 KB a block"
    assert "cannot launch: needs 96 KB" in str(reports["T4"])


def test_do_all_cards_compile_in_one_process():
    first = process._process
    reports = forward("all", 32, 32)
    assert [r.card.name for r in reports] == list(CARDS)
    assert not [r.error for r in reports if r.error]
    assert set(reports["MI300"].tensor_core) == {"mfma"}
    assert reports["MI300"].registers > 0
    assert first is None or process._process is first
    assert str(reports).count("\n") == len(CARDS)


def test_is_occupancy_what_the_hand_gets():
    # 164 KB an SM; a block holds 80 + 1: two. Registers: 64 x 32 = 2,048 a warp, so 8 for each of
    # 4 schedulers, 32 warps, 8 blocks.
    o = occupancy(card("A100"), 80 * KB, 64, 4)
    assert (o.blocks_per_sm, o.limited_by, o.warps_per_sm) == (2, "shared memory", 8)
    # 200 x 32 = 6,400 registers a warp, two in a scheduler's 16,384: 8 warps, 2 blocks of 4
    o = occupancy(card("A100"), 16 * KB, 200, 4)
    assert (o.blocks_per_sm, o.limited_by, o.warps_per_sm) == (2, "registers", 8)
    assert str(o) == "2 blocks an SM, limited by registers (8 of 64 warps, 12 %)"
    # 2 x 82 KB would fill the SM to the last byte, but each block costs 1 KB more
    assert occupancy(card("A100"), 82 * KB, 64, 4).blocks_per_sm == 1
    # 97 registers are handed out as 104: 104 x 32 = 3,328 a warp, 4 in 16,384 (of 3,104 it were 5)
    assert occupancy(card("A100"), KB, 97, 4).blocks_per_sm == 4


def test_is_a_compilers_message_letters_on_the_page():
    page = Reports([Report("<b>", card("T4"), error="line 3: a <b> c")])._repr_html_()
    assert "<b>" not in page and page.count("&lt;b&gt;") == 3, "name, row and message"


def test_is_an_unknown_card_refused():
    with pytest.raises(UnknownCard, match="unknown card 'V100'; known are T4, "):
        compile_for(scale_kernel, "V100", args=(), BLOCK=64)


def test_does_a_compiler_error_show_the_line():
    report = compile_for(broken_kernel, "A100", signature={"x": "*fp32"}, BLOCK=64)
    lines, first = inspect.getsourcelines(broken_kernel.fn)
    at = next(i for i, text in enumerate(lines) if "nowhere_defined" in text)
    assert not report.can_launch and report.error_kind
    assert f"line {first + at} of {__file__}, in broken_kernel: tl.store(" in report.error
    assert "nowhere_defined" in report.error.splitlines()[-1]


def test_can_a_kernel_be_interpreted_and_compiled_in_either_order():
    x = torch.arange(100, dtype=torch.float32)
    args = (x, torch.empty_like(x), 100)

    def interpreted():
        args[1].fill_(-1)
        scale_kernel[(2,)](*args, BLOCK=64)
        return torch.equal(args[1], 3 * x)

    def compiled():
        compile_module._answers.clear()
        return compile_for(scale_kernel, "A100", args=args, BLOCK=64).can_launch

    process.stop()
    assert compiled() and interpreted() and compiled() and interpreted()


def test_does_an_autotuned_kernel_take_its_first_configuration():
    report = compile_for(tuned_kernel, "H100", signature={"x": "*fp32", "n": "i32"})
    assert (report.error, report.constexprs["BLOCK"], report.num_warps) == ("", 256, 8)


@pytest.mark.parametrize(
    "body, timeout, kind",
    [("import os; os.abort()", 60, "CompilerCrash"), ("import time; time.sleep(99)", 1, "Timeout")],
)
def test_does_a_compiler_that_dies_come_back(body, timeout, kind):
    job = dict(module=body, key="dies", name="none")
    assert process.ask(job, timeout)["error"]["kind"] == kind
    compile_module._answers.clear()
    assert compile_for(tuned_kernel, "A100", signature={"x": "*fp32", "n": 64}).can_launch


def test_is_a_missing_triton_one_clear_line():
    code = (
        "import sys\n"
        "sys.modules['triton'] = None\n"
        "from flashlab.compiler import CompilerUnavailable, compile_source\n"
        "text = '@triton.jit\\ndef k(x):\\n    pass\\n'\n"
        "try:\n"
        "    compile_source(text, card='T4', signature={'x': '*fp32'})\n"
        "except CompilerUnavailable as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.startswith("triton is not installed here") and done.stdout.count("\n") == 1


def test_does_a_notebook_find_helper_and_constant_in_other_cells(kernel_env):
    cells = [
        "import triton, triton.language as tl\nfrom flashlab import compile_for",
        "FACTOR = tl.constexpr(2)",
        "@triton.jit\ndef helper(x):\n    return x * FACTOR",
        "@triton.jit\ndef kernel(x, BLOCK: tl.constexpr):\n"
        "    at = x + tl.arange(0, BLOCK)\n    tl.store(at, helper(tl.load(at)))",
        "print(compile_for(kernel, 'A100', signature={'x': '*fp32'}, BLOCK=64).can_launch)",
        "@triton.jit\ndef wrong(x, BLOCK: tl.constexpr):\n    tl.store(x, missing)",
        "print(compile_for(wrong, 'A100', signature={'x': '*fp32'}, BLOCK=64).error)",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(book, timeout=120, kernel_name="python3").execute(env=kernel_env)
    said = ["".join(o.get("text", "") for o in c.outputs) for c in book.cells]
    assert said[4] == "True\n"
    assert said[6].startswith("line 3 of the cell, in wrong: tl.store(x, missing)\n")


def test_is_a_fault_told_whose_source_triton_leaves_out():
    theirs = CompilationError("def mine(): pass\n", ast.parse("x").body[0], "in mine")
    theirs.__cause__ = CompilationError(None, ast.parse("\n\nx").body[0], "no such thing")
    said = said_by_compiler(theirs, "def mine(): pass")
    assert (said["message"], said["function"], said["line"]) == (
        "no such thing", "def mine(): pass\n", 1
    )  # fmt: skip
