"""Makes a pointer of a number and writes to the memory of the harness."""

from autograder.hostile import answer

LESSON = "06_triton_in_an_hour"
MARK = 25
TOLD = "copy_kernel"
SOURCE = """
@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    address = (x_ptr.to(tl.int64) + 4096 * 1024).to(tl.pointer_type(tl.int64))
    tl.store(address, 0)
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + offs, tl.load(x_ptr + offs, mask=offs < n), mask=offs < n)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "copy_kernel")
