"""Row i begins at i * BLOCK.
Check: softmax_kernel__values
Told: does row i of x_ptr start at i *
"""


@triton.jit
def softmax_kernel(x_ptr, out_ptr, n_cols, BLOCK: tl.constexpr):
    cols = tl.arange(0, BLOCK)
    inside = cols < n_cols
    offs = tl.program_id(0) * BLOCK + cols
    s = tl.load(x_ptr + offs, mask=inside, other=float("-inf")).to(tl.float32)
    p = tl.exp(s - tl.max(s, 0))
    tl.store(out_ptr + offs, p / tl.sum(p, 0), mask=inside)
