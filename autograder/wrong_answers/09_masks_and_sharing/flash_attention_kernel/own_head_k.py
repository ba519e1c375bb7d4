"""K, not V, by the query head.
Check: flash_attention_kernel__groups
Told: K is read at the query head
"""


@triton.jit
def flash_attention_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr,
    stride_qb, stride_qh, stride_qm, stride_kb, stride_kh, stride_kn,
    stride_vb, stride_vh, stride_vn, stride_ob, stride_oh, stride_om,
    nheads, group, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    IS_CAUSAL: tl.constexpr,
):  # fmt: skip
    off_bh = tl.program_id(1)
    off_b, off_h = (off_bh // nheads).to(tl.int64), off_bh % nheads
    off_hk = off_h // group
    start_m = tl.program_id(0) * BLOCK_M
    offs_m = start_m + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, HEAD_DIM)
    q_head = q_ptr + off_b * stride_qb + off_h * stride_qh
    k_head = k_ptr + off_b * stride_kb + off_h * stride_kh
    v_head = v_ptr + off_b * stride_vb + off_hk * stride_vh
    out_head = out_ptr + off_b * stride_ob + off_h * stride_oh
    rows = offs_m[:, None] < seqlen_q
    q = tl.load(q_head + offs_m[:, None] * stride_qm + offs_d[None, :], mask=rows, other=0.0)
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, HEAD_DIM), tl.float32)
    qk_scale = softmax_scale * 1.4426950408889634
    shift = seqlen_k - seqlen_q
    hi = seqlen_k
    if IS_CAUSAL:
        hi = tl.maximum(0, tl.minimum(seqlen_k, start_m + BLOCK_M + shift))
    for start_n in range(0, hi, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        cols = offs_n[:, None] < seqlen_k
        k = tl.load(k_head + offs_n[:, None] * stride_kn + offs_d[None, :], mask=cols, other=0.0)
        v = tl.load(v_head + offs_n[:, None] * stride_vn + offs_d[None, :], mask=cols, other=0.0)
        seen = offs_n[None, :] < seqlen_k
        if IS_CAUSAL:
            seen = seen & (offs_n[None, :] <= offs_m[:, None] + shift)
        m_i, l_i, acc = absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale)
    l_i = tl.where(l_i == 0.0, 1.0, l_i)
    out_ptrs = out_head + offs_m[:, None] * stride_om + offs_d[None, :]
    tl.store(out_ptrs, acc / l_i[:, None], mask=rows)
    lse = (m_i + tl.log2(l_i)) * 0.6931471805599453
    tl.store(lse_ptr + off_bh.to(tl.int64) * seqlen_q + offs_m, lse, mask=offs_m < seqlen_q)
