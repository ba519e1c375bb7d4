"""Makes its kernel by exec, so that its source is nowhere."""

from autograder.hostile import answer

LESSON = "06_triton_in_an_hour"
MARK = 24
TOLD = "copy_kernel is no Triton kernel"
SOURCE = """
SOURCE = "def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):\\n    pass"
exec(SOURCE)
copy_kernel = triton.jit(copy_kernel)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "copy_kernel")
