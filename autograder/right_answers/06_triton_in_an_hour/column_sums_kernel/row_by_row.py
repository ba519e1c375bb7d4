"""One row at a time."""


@triton.jit
def column_sums_kernel(x_ptr, out_ptr, M, N, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    offs_n = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)
    acc = tl.zeros((BLOCK_N,), tl.float32)
    for i in range(M):
        acc += tl.load(x_ptr + i * N + offs_n, mask=offs_n < N, other=0.0)
    tl.store(out_ptr + offs_n, acc, mask=offs_n < N)
