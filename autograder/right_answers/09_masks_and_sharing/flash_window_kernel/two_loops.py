"""Two loops with a helper."""


@triton.jit
def walk(
    q, k_ptr, v_ptr, m_i, l_i, acc, start, stop, offs_m, seqlen, scale,
    WINDOW: tl.constexpr, SINKS: tl.constexpr, HEAD_DIM: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    i, d = offs_m[:, None], tl.arange(0, HEAD_DIM)[None, :]
    for first in range(start, stop, BLOCK_N):
        n = first + tl.arange(0, BLOCK_N)
        k = tl.load(k_ptr + n[:, None] * HEAD_DIM + d, mask=n[:, None] < seqlen, other=0.0)
        v = tl.load(v_ptr + n[:, None] * HEAD_DIM + d, mask=n[:, None] < seqlen, other=0.0)
        j = n[None, :]
        seen = (j < seqlen) & (j <= i) & ((i - j < WINDOW) | (j < SINKS))
        m_i, l_i, acc = absorb_tile(q, k, v, m_i, l_i, acc, seen, scale)
    return m_i, l_i, acc


@triton.jit
def flash_window_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr, seqlen, softmax_scale,
    WINDOW: tl.constexpr, SINKS: tl.constexpr,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    first = tl.program_id(0) * BLOCK_M
    m = first + tl.arange(0, BLOCK_M)
    at = m[:, None] * HEAD_DIM + tl.arange(0, HEAD_DIM)[None, :]
    q = tl.load(q_ptr + at, mask=m[:, None] < seqlen, other=0.0)
    m_i = tl.zeros((BLOCK_M,), tl.float32) - float("inf")
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, HEAD_DIM), tl.float32)
    scale = softmax_scale * 1.4426950408889634
    lo = tl.maximum((first - WINDOW + 1) // BLOCK_N * BLOCK_N, 0)
    if first - WINDOW + 1 < 0:
        lo = 0
    sink_end = tl.minimum(tl.cdiv(SINKS, BLOCK_N) * BLOCK_N, lo)
    m_i, l_i, acc = walk(
        q, k_ptr, v_ptr, m_i, l_i, acc, 0, sink_end, m, seqlen, scale, WINDOW, SINKS, HEAD_DIM,
        BLOCK_N,
    )  # fmt: skip
    m_i, l_i, acc = walk(
        q, k_ptr, v_ptr, m_i, l_i, acc, lo, tl.minimum(first + BLOCK_M, seqlen), m, seqlen, scale,
        WINDOW, SINKS, HEAD_DIM, BLOCK_N,
    )  # fmt: skip
    tl.store(out_ptr + at, acc / l_i[:, None], mask=m[:, None] < seqlen)
    tl.store(lse_ptr + m, (m_i + tl.log2(l_i)) * 0.6931471805599453, mask=m < seqlen)
