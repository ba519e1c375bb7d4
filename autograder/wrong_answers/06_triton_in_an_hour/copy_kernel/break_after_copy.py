"""A loop with `break`, which the compiler does not know.
Check: copy_kernel__gpu
Told: unsupported AST node type: Break
"""


@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offs < n
    for _turn in range(0, n):
        x = tl.load(x_ptr + offs, mask=inside)
        tl.store(out_ptr + offs, x, mask=inside)
        break
