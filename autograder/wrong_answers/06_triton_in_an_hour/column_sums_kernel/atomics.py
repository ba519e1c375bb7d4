"""Atomics, on an output that holds nothing.
Check: column_sums_kernel__values
Told: an atomic adds to what stands there
"""


@triton.jit
def column_sums_kernel(x_ptr, out_ptr, M, N, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    for start_n in range(0, N, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        inside = (offs_m[:, None] < M) & (offs_n[None, :] < N)
        x = tl.load(x_ptr + offs_m[:, None] * N + offs_n[None, :], mask=inside, other=0.0)
        tl.atomic_add(out_ptr + offs_n, tl.sum(x, 0), mask=offs_n < N)
