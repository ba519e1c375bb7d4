"""Lesson 06 asks which kernels the compiler refuses. Is the key right?"""

import linecache

import pytest

from flashlab.checks import kernels
from flashlab.checks import lesson_06_triton_in_an_hour as check
from flashlab.checks.kernels import Launch, Output, Tensor
from tests.conftest import ROOT
from tools.lesson_source import read_lesson


@pytest.fixture(scope="module")
def suspects():
    """The kernels sum_a, sum_b ... of the lesson, as its cells define them."""
    import triton
    import triton.language as tl

    lesson = read_lesson(ROOT / "lessons" / "06_triton_in_an_hour.py", ROOT)
    scope = {"triton": triton, "tl": tl}
    for cell in lesson.cells:
        if cell.id.endswith("suspects"):
            name = f"<ipython-input-{cell.id}>"
            linecache.cache[name] = (1, None, cell.source.splitlines(True), name)
            exec(compile(cell.source, name, "exec"), scope)
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
