"""Pointers in variables, the mask by another comparison."""


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    start = tl.program_id(0) * BLOCK
    lanes = tl.arange(0, BLOCK)
    left = n - start
    x_ptrs = x_ptr + start + lanes
    tl.store(out_ptr + start + lanes, tl.load(x_ptrs, lanes < left, other=0.0), lanes < left)
