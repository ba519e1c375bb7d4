"""Raises errors in a kernel whose text is the hidden input."""

from autograder.hostile import answer

LESSON = "06_triton_in_an_hour"
MARK = 24
TOLD = "error in the kernel"
SOURCE = """
@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offs, mask=offs < n)
    tl.static_assert(False, "%s" % x)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "copy_kernel")
