"""Reaches for the interpreter's memory from inside a kernel."""

from autograder.hostile import answer

LESSON = "06_triton_in_an_hour"
MARK = 24
TOLD = "which no kernel needs"
SOURCE = """
@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offs, mask=offs < n)
    for frame in x.__class__.__base__.__subclasses__():
        frame.f_locals["memory"].events.clear()
    tl.store(out_ptr + offs, x, mask=offs < n)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "copy_kernel")
