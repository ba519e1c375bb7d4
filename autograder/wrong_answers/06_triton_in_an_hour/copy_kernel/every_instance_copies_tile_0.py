"""No program_id: all copy the same tile.
Check: copy_kernel__values
Told: stored to by program instances (0, 0, 0) and (1, 0, 0)
"""


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.arange(0, BLOCK)
    inside = offs < n
    x = tl.load(x_ptr + offs, mask=inside)
    tl.store(out_ptr + offs, x, mask=inside)
