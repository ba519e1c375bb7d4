"""Runs code in a default argument, an annotation and a decorator."""

from autograder.hostile import answer

LESSON = "06_triton_in_an_hour"
MARK = 24
TOLD = "code in the header"
SOURCE = """
import os


def owned(kernel):
    os.system("touch /tmp/owned")
    return kernel


@owned
@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr, x: os.system("touch /tmp/owned") = 1):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + offs, tl.load(x_ptr + offs, mask=offs < n), mask=offs < n)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "copy_kernel")
