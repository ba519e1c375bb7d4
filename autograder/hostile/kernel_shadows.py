"""Has constants that bear the names of the harness, and a kernel that is right."""

from autograder.hostile import answer

LESSON = "06_triton_in_an_hour"
MARK = 28
SOURCE = """
constexpr = 5
MASKED = 3
kernel = launch = scope = BLOCK = 0
__builtins__ = {}


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + offs, tl.load(x_ptr + offs, mask=offs < n), mask=offs < n)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "copy_kernel")
