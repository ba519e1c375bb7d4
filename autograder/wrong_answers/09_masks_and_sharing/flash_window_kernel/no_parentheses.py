"""& before |.
Check: flash_window_kernel__values
Told: & binds before |
"""


@triton.jit
def flash_window_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr, seqlen, softmax_scale,
    WINDOW: tl.constexpr, SINKS: tl.constexpr,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    start_m = tl.program_id(0) * BLOCK_M
    offs_m, offs_d = start_m + tl.arange(0, BLOCK_M), tl.arange(0, HEAD_DIM)
    rows = offs_m[:, None] < seqlen
    q_offs = offs_m[:, None] * HEAD_DIM + offs_d[None, :]
    q = tl.load(q_ptr + q_offs, mask=rows, other=0.0)
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, HEAD_DIM), tl.float32)
    qk_scale = softmax_scale * 1.4426950408889634
    lo = tl.maximum(start_m - WINDOW + 1, 0) // BLOCK_N * BLOCK_N
    hi = tl.minimum(start_m + BLOCK_M, seqlen)
    sink_end = tl.minimum((SINKS + BLOCK_N - 1) // BLOCK_N * BLOCK_N, lo)
    for start_n in range(0, sink_end, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        offs = offs_n[:, None] * HEAD_DIM + offs_d[None, :]
        cols = offs_n[:, None] < seqlen
        k = tl.load(k_ptr + offs, mask=cols, other=0.0)
        v = tl.load(v_ptr + offs, mask=cols, other=0.0)
        j, i = offs_n[None, :], offs_m[:, None]
        seen = (j < seqlen) & (j <= i) & (j > i - WINDOW) | (j < SINKS)
        m_i, l_i, acc = absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale)
    for start_n in range(lo, hi, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        offs = offs_n[:, None] * HEAD_DIM + offs_d[None, :]
        cols = offs_n[:, None] < seqlen
        k = tl.load(k_ptr + offs, mask=cols, other=0.0)
        v = tl.load(v_ptr + offs, mask=cols, other=0.0)
        j, i = offs_n[None, :], offs_m[:, None]
        seen = (j < seqlen) & (j <= i) & (j > i - WINDOW) | (j < SINKS)
        m_i, l_i, acc = absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale)
    l_i = tl.where(l_i == 0.0, 1.0, l_i)
    tl.store(out_ptr + q_offs, acc / l_i[:, None], mask=rows)
    lse = (m_i + tl.log2(l_i)) * 0.6931471805599453
    tl.store(lse_ptr + offs_m, lse, mask=offs_m < seqlen)
