"""Lesson 06 asks which kernels the compiler refuses. Is the key right?"""

import linecache

import pytest

from flashlab.checks import harness, kernels
from flashlab.checks import lesson_06_triton_in_an_hour as check
from flashlab.checks.kernels import Launch, Output, Tensor
from tests.conftest import ROOT
from tools.lesson_source import read_lesson

DOUBLES = """\
@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + offs, 2 * tl.load(x_ptr + offs, mask=offs < n), mask=offs < n)
"""


def run_cell(name: str, source: str, scope: dict) -> None:
    name = f"<ipython-input-{name}>"
    linecache.cache[name] = (1, None, source.splitlines(True), name)
    exec(compile(source, name, "exec"), scope)


@pytest.fixture(scope="module")
def suspects():
    """The kernels sum_a, sum_b ... of the lesson, as its cells define them."""
    import triton
    import triton.language as tl

    lesson = read_lesson(ROOT / "lessons" / "06_triton_in_an_hour.py", ROOT)
    scope = {"triton": triton, "tl": tl}
    for cell in lesson.cells:
        if cell.id.endswith("suspects"):
            run_cell(cell.id, cell.source, scope)
    return {name[-1]: value for name, value in scope.items() if name.startswith("sum_")}


def test_does_every_suspect_have_its_words(suspects):
    assert sorted(suspects) == sorted(check.LETTERS)


@pytest.mark.parametrize("letter", sorted(check.LETTERS))
def test_does_the_interpreter_pass_it_and_the_compiler_say_what_the_key_says(letter, suspects):
    x = [(i - 10) / 8 for i in range(50)]
    args = {"x_ptr": Tensor(x), "out_ptr": Output((1,)), "n": 50}
    launch = Launch((1,), args, {"BLOCK": 16})
    got = kernels.run(suspects[letter], launch).outputs["out_ptr"]
    assert got[0] == sum(x)  # eighths: exact in float32
    for card in ("A100", "H100"):
        refused = bool(kernels.report(suspects[letter], launch, card).error)
        assert refused == (letter in check.REFUSED)


def test_does_a_check_of_compilation_say_that_it_saw_no_values(monkeypatch, capsys):
    import torch
    import triton
    import triton.language as tl

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    scope = {"triton": triton, "tl": tl}
    run_cell("doubles", DOUBLES, scope)
    with pytest.raises(harness.CheckFailed):
        check.copy_kernel__values(scope["copy_kernel"])
    check.copy_kernel__gpu(scope["copy_kernel"])
    assert "values are not checked here" in capsys.readouterr().out
