"""Products summed without the matrix unit, one k at a time."""


@triton.jit
def matmul_kernel(
    a_ptr, b_ptr, c_ptr, M, N, K,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    row, col = offs_m < M, offs_n < N
    acc = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    for k in range(K):
        a = tl.load(a_ptr + offs_m * K + k, mask=row, other=0.0).to(tl.float32)
        b = tl.load(b_ptr + k * N + offs_n, mask=col, other=0.0).to(tl.float32)
        acc += a[:, None] * b[None, :]
    at = offs_m[:, None] * N + offs_n[None, :]
    tl.store(c_ptr + at, acc, mask=row[:, None] & col[None, :])
