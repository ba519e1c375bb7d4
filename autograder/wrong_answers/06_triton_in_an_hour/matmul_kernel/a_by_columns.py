"""Reads a as if it were stored by columns.
Check: matmul_kernel__values
Told: a is read as if it were stored by columns
"""


@triton.jit
def matmul_kernel(
    a_ptr, b_ptr, c_ptr, M, N, K,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    row, col = offs_m[:, None] < M, offs_n[None, :] < N
    acc = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    for start_k in range(0, K, BLOCK_K):
        offs_k = start_k + tl.arange(0, BLOCK_K)
        a_ptrs = a_ptr + offs_m[:, None] + offs_k[None, :] * M
        b_ptrs = b_ptr + offs_k[:, None] * N + offs_n[None, :]
        a = tl.load(a_ptrs, mask=row & (offs_k[None, :] < K), other=0.0)
        b = tl.load(b_ptrs, mask=col & (offs_k[:, None] < K), other=0.0)
        acc = tl.dot(a, b, acc, input_precision="ieee")
    c_ptrs = c_ptr + offs_m[:, None] * N + offs_n[None, :]
    tl.store(c_ptrs, acc, mask=row & col)
