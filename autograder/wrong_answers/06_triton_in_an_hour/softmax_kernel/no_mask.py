"""Loads and stores without a mask.
Check: softmax_kernel__values
Told: a ragged tile run on into the next row
"""


@triton.jit
def softmax_kernel(x_ptr, out_ptr, n_cols, BLOCK: tl.constexpr):
    cols = tl.arange(0, BLOCK)
    offs = tl.program_id(0) * n_cols + cols
    s = tl.load(x_ptr + offs).to(tl.float32)
    p = tl.exp(s - tl.max(s, 0))
    tl.store(out_ptr + offs, p / tl.sum(p, 0))
