"""Lesson 07 asks which tests catch three mistakes. Is the key right, of real kernels?"""

import linecache

import pytest

from flashlab import traffic
from flashlab.checks import harness, kernels
from flashlab.checks import lesson_07_flash_forward as check
from tests.conftest import ROOT
from tools.lesson_source import read_lesson

SIZES = {1: (64, 64), 2: (32, 48), 3: (48, 20), 4: (20, 48)}
MISTAKES = {
    "a": ("tl.where(offs_n[None, :] < seqlen_k, qk, float('-inf'))", "qk"),
    "b": ("range(0, seqlen_k, BLOCK_N)", "range(0, seqlen_q, BLOCK_N)"),
    "c": ("< seqlen_q", "< seqlen_k"),
    "none": ("", ""),
}


def kernel_with(old: str, new: str):
    """The lesson's forward kernel with one mistake."""
    import triton
    import triton.language as tl

    lesson = read_lesson(ROOT / "lessons" / "07_flash_forward.py", ROOT)
    scope = {"__name__": "cell", "triton": triton, "tl": tl}
    for cell in lesson.cells:
        if cell.id in ("absorb_block", "flash_forward_kernel"):
            source = cell.source.replace('float("-inf")', "float('-inf')")
            if cell.id == "flash_forward_kernel":
                assert old in source
                source = source.replace(old, new)
            name = f"<ipython-input-{cell.id}-{abs(hash(source))}>"
            linecache.cache[name] = (1, None, source.splitlines(True), name)
            exec(compile(source, name, "exec"), scope)
    return scope["flash_forward_kernel"]


@pytest.mark.parametrize("letter", MISTAKES)
def test_do_these_tests_and_no_others_catch_it(letter):
    kernel = kernel_with(*MISTAKES[letter])
    caught = []
    for number, sizes in SIZES.items():
        launch = check.launch_of((*sizes, 16, 16, 16))
        try:
            check.compare_out(kernel, kernels.run(kernel, launch).outputs, launch, "random")
        except harness.CheckFailed:
            caught.append(number)
    assert tuple(caught) == check.CATCH.get(letter, ())


def test_does_the_question_name_these_sizes():
    lesson = read_lesson(ROOT / "lessons" / "07_flash_forward.py", ROOT)
    asked = next(cell.source for cell in lesson.cells if cell.id == "ask-blind")
    assert " · ".join(f"{n}: {sizes}" for n, sizes in SIZES.items()) in asked


def test_are_bytes_held_against_the_formula_and_not_against_what_is_said():
    class MovesNothing:
        __name__ = "flash_forward_kernel"

        def __observe_kernel__(self, launch, tf32):
            return kernels.KernelRun()

    def forward_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize):
        if seqlen_q == 32:  # what that kernel moves
            return dict.fromkeys(("q", "k", "v", "out", "lse"), 0)
        return traffic.flash2_traffic(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, 4)

    with pytest.raises(harness.CheckFailed, match="forward_bytes is not right yet"):
        check.flash_forward_kernel__bytes(MovesNothing(), forward_bytes)
