"""Whole blocks without a mask first, then the diagonal."""


@triton.jit
def walk(
    q, k_head, v_head, m_i, l_i, acc, lo, hi, offs_m, shift, seqlen_k, stride_kn, stride_vn, scale,
    HEAD_DIM: tl.constexpr, BLOCK_N: tl.constexpr, MASKED: tl.constexpr, IS_CAUSAL: tl.constexpr,
):  # fmt: skip
    d = tl.arange(0, HEAD_DIM)[None, :]
    for start in range(lo, hi, BLOCK_N):
        n = start + tl.arange(0, BLOCK_N)
        k_ptrs, v_ptrs = k_head + n[:, None] * stride_kn + d, v_head + n[:, None] * stride_vn + d
        seen = (n >= 0)[None, :]
        if MASKED:
            k = tl.load(k_ptrs, mask=n[:, None] < seqlen_k, other=0.0)
            v = tl.load(v_ptrs, mask=n[:, None] < seqlen_k, other=0.0)
            seen = (n < seqlen_k)[None, :]
            if IS_CAUSAL:
                seen = seen & (n[None, :] - shift <= offs_m[:, None])
        else:
            k, v = tl.load(k_ptrs), tl.load(v_ptrs)
        m_i, l_i, acc = absorb_tile(q, k, v, m_i, l_i, acc, seen, scale)
    return m_i, l_i, acc


@triton.jit
def flash_attention_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr,
    stride_qb, stride_qh, stride_qm, stride_kb, stride_kh, stride_kn,
    stride_vb, stride_vh, stride_vn, stride_ob, stride_oh, stride_om,
    nheads, group, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    IS_CAUSAL: tl.constexpr,
):  # fmt: skip
    bh = tl.program_id(1).to(tl.int64)
    b, h = bh // nheads, bh % nheads
    first = tl.program_id(0) * BLOCK_M
    offs_m = first + tl.arange(0, BLOCK_M)
    d = tl.arange(0, HEAD_DIM)[None, :]
    inside = (offs_m < seqlen_q)[:, None]
    q_ptrs = q_ptr + b * stride_qb + h * stride_qh + offs_m[:, None] * stride_qm + d
    q = tl.load(q_ptrs, mask=inside, other=0.0)
    k_head = k_ptr + b * stride_kb + h // group * stride_kh
    v_head = v_ptr + b * stride_vb + h // group * stride_vh
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, HEAD_DIM), tl.float32)
    scale = softmax_scale * 1.4426950408889634
    shift = seqlen_k - seqlen_q
    hi, whole = seqlen_k, seqlen_k // BLOCK_N * BLOCK_N
    if IS_CAUSAL:
        last = tl.minimum(first + BLOCK_M, seqlen_q) - 1
        hi = tl.maximum(last + shift + 1, 0)
        whole = tl.maximum(tl.minimum(whole, (first + shift + 1) // BLOCK_N * BLOCK_N), 0)
    m_i, l_i, acc = walk(
        q, k_head, v_head, m_i, l_i, acc, 0, whole, offs_m, shift, seqlen_k, stride_kn, stride_vn,
        scale, HEAD_DIM, BLOCK_N, False, IS_CAUSAL,
    )  # fmt: skip
    m_i, l_i, acc = walk(
        q, k_head, v_head, m_i, l_i, acc, whole, hi, offs_m, shift, seqlen_k, stride_kn, stride_vn,
        scale, HEAD_DIM, BLOCK_N, True, IS_CAUSAL,
    )  # fmt: skip
    nothing = m_i == float("-inf")
    out = tl.where(nothing[:, None], 0.0, acc / tl.where(nothing, 1.0, l_i)[:, None])
    lse = tl.where(nothing, m_i, m_i * 0.6931471805599453 + tl.log(tl.where(nothing, 1.0, l_i)))
    o_ptrs = out_ptr + b * stride_ob + h * stride_oh + offs_m[:, None] * stride_om + d
    tl.store(o_ptrs, out.to(out_ptr.dtype.element_ty), mask=inside)
    tl.store(lse_ptr + bh * seqlen_q + offs_m, lse, mask=offs_m < seqlen_q)
