"""Loads x twice.
Check: copy_kernel__values
Told: x is loaded twice
"""


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offs < n
    x = tl.load(x_ptr + offs, mask=inside)
    y = tl.load(x_ptr + offs, mask=inside, other=0.0)
    tl.store(out_ptr + offs, (x + y) / 2, mask=inside)
