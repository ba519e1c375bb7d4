"""Has a kernel that never ends."""

from autograder.hostile import answer

LESSON = "06_triton_in_an_hour"
MARK = 25
TOLD = "copy_kernel ran for more than"
SOURCE = """
@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = 0
    while i < 1:
        i = i * 1
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "copy_kernel")
