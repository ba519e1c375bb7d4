"""One row of the tile after the other."""


@triton.jit
def row_max_kernel(x_ptr, out_ptr, M, N, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    offs_n = tl.arange(0, BLOCK_N)
    start = tl.program_id(0) * BLOCK_M
    for i in range(start, tl.minimum(start + BLOCK_M, M)):
        x = tl.load(x_ptr + i * N + offs_n, mask=offs_n < N, other=float("-inf"))
        tl.store(out_ptr + i, tl.max(x, 0))
