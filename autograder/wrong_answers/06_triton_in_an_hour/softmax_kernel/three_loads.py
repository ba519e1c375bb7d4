"""Loads the row for each pass.
Check: softmax_kernel__bytes
Told: x is loaded 3 times
"""


@triton.jit
def softmax_kernel(x_ptr, out_ptr, n_cols, BLOCK: tl.constexpr):
    cols = tl.arange(0, BLOCK)
    inside = cols < n_cols
    offs = tl.program_id(0) * n_cols + cols
    s = tl.load(x_ptr + offs, mask=inside, other=float("-inf")).to(tl.float32)
    m = tl.max(s, 0)
    s = tl.load(x_ptr + offs, mask=inside, other=float("-inf")).to(tl.float32)
    l = tl.sum(tl.exp(s - m), 0)
    s = tl.load(x_ptr + offs, mask=inside, other=float("-inf")).to(tl.float32)
    p = tl.exp(s - m)
    tl.store(out_ptr + offs, p / l, mask=inside)
