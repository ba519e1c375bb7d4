"""Instances take every third element or so."""


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) + tl.num_programs(0) * tl.arange(0, BLOCK)
    inside = offs < n
    tl.store(out_ptr + offs, tl.load(x_ptr + offs, mask=inside), mask=inside)
