"""Exchanges eight bytes in an element of four, behind the end of the output."""

from autograder.hostile import answer

LESSON = "06_triton_in_an_hour"
MARK = 24
TOLD = "the pointer"
SOURCE = """
@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + offs, tl.load(x_ptr + offs, mask=offs < n), mask=offs < n)

    tl.atomic_cas(out_ptr + n - 1, tl.full((), 0, tl.int64), tl.full((), 7, tl.int64))
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "copy_kernel")
