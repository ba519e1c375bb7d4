"""The tile has n elements; its size must be a constexpr.
Check: copy_kernel__gpu
Told: arange's arguments must be of type tl.constexpr
"""


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.arange(0, n)
    inside = offs < n
    x = tl.load(x_ptr + offs, mask=inside)
    tl.store(out_ptr + offs, x, mask=inside)
