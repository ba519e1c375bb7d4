"""A plain Python helper, which the compiler cannot call.
Check: softmax_kernel__gpu
Told: a function without @triton.jit
"""


def weights(s):
    return tl.exp(s - tl.max(s, 0))


@triton.jit
def softmax_kernel(x_ptr, out_ptr, n_cols, BLOCK: tl.constexpr):
    cols = tl.arange(0, BLOCK)
    inside = cols < n_cols
    offs = tl.program_id(0) * n_cols + cols
    s = tl.load(x_ptr + offs, mask=inside, other=float("-inf")).to(tl.float32)
    p = weights(s)
    tl.store(out_ptr + offs, p / tl.sum(p, 0), mask=inside)
