"""Asks a tile with `if`.
Check: copy_kernel__values
Told: only a scalar can branch
"""


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offs < n
    if inside:
        x = tl.load(x_ptr + offs)
    tl.store(out_ptr + offs, x, mask=inside)
