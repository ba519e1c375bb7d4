"""The maximum of the columns.
Check: row_max_kernel__values
Told: tl.sum go along the other axis
"""


@triton.jit
def row_max_kernel(x_ptr, out_ptr, M, N, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.arange(0, BLOCK_N)
    x_ptrs = x_ptr + offs_m[:, None] * N + offs_n[None, :]
    inside = (offs_m[:, None] < M) & (offs_n[None, :] < N)
    x = tl.load(x_ptrs, mask=inside, other=float("-inf"))
    tl.store(out_ptr + offs_m, tl.max(x, 0), mask=offs_m < M)
