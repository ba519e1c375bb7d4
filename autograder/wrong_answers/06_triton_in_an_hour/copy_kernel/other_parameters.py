"""Another name for a parameter.
Check: copy_kernel__values
Told: Keep the names and the order
"""


@triton.jit
def copy_kernel(src_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offs < n
    x = tl.load(src_ptr + offs, mask=inside)
    tl.store(out_ptr + offs, x, mask=inside)
