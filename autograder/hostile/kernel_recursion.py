"""Has a kernel that calls itself."""

from autograder.hostile import answer

LESSON = "06_triton_in_an_hour"
MARK = 24
TOLD = "copy_kernel"
SOURCE = """
@triton.jit
def again(n):
    return again(n) + 1


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    n = again(n)
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + offs, tl.load(x_ptr + offs, mask=offs < n), mask=offs < n)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "copy_kernel")
