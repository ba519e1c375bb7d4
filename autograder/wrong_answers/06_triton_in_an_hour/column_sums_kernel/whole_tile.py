"""Adds up the whole tile.
Check: column_sums_kernel__values
Told: one sum for the whole tile
"""


@triton.jit
def column_sums_kernel(x_ptr, out_ptr, M, N, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    offs_n = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)
    acc = tl.zeros((BLOCK_N,), tl.float32)
    for start_m in range(0, M, BLOCK_M):
        offs_m = start_m + tl.arange(0, BLOCK_M)
        inside = (offs_m[:, None] < M) & (offs_n[None, :] < N)
        x = tl.load(x_ptr + offs_m[:, None] * N + offs_n[None, :], mask=inside, other=0.0)
        acc += tl.sum(x)
    tl.store(out_ptr + offs_n, acc, mask=offs_n < N)
