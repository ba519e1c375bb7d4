"""Whole tiles without a mask first, then the tail."""


@triton.jit
def visit(
    q, k_head, v_head, m_i, l_i, acc, lo, hi, end, stride_kn, stride_vn, qk_scale,
    HEAD_DIM: tl.constexpr, BLOCK_N: tl.constexpr, TAIL: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    offs_d = tl.arange(0, HEAD_DIM)
    for start in range(lo, hi, BLOCK_N):
        n = start + tl.arange(0, BLOCK_N)
        k_ptrs = k_head + n[:, None] * stride_kn + offs_d[None, :]
        v_ptrs = v_head + n[:, None] * stride_vn + offs_d[None, :]
        if TAIL:
            k = tl.load(k_ptrs, mask=n[:, None] < end, other=0.0)
            v = tl.load(v_ptrs, mask=n[:, None] < end, other=0.0)
        else:
            k, v = tl.load(k_ptrs), tl.load(v_ptrs)
        m_i, l_i, acc = absorb_tile(q, k, v, m_i, l_i, acc, (n < end)[None, :], qk_scale, PRECISION)
    return m_i, l_i, acc


@triton.jit
def flash_heads_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr,
    stride_qb, stride_qh, stride_qm, stride_kb, stride_kh, stride_kn,
    stride_vb, stride_vh, stride_vn, stride_ob, stride_oh, stride_om,
    nheads, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    INPUT_PRECISION: tl.constexpr,
):  # fmt: skip
    bh = tl.program_id(1).to(tl.int64)
    b, h = bh // nheads, bh % nheads
    m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    d = tl.arange(0, HEAD_DIM)[None, :]
    inside = (m < seqlen_q)[:, None]
    q = tl.load(
        q_ptr + b * stride_qb + h * stride_qh + m[:, None] * stride_qm + d, mask=inside, other=0.0
    )
    k_head = k_ptr + b * stride_kb + h * stride_kh
    v_head = v_ptr + b * stride_vb + h * stride_vh
    m_i = tl.full((BLOCK_M,), -float("inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, HEAD_DIM), tl.float32)
    scale = softmax_scale / 0.6931471805599453
    whole = seqlen_k // BLOCK_N * BLOCK_N
    m_i, l_i, acc = visit(
        q, k_head, v_head, m_i, l_i, acc, 0, whole, seqlen_k, stride_kn, stride_vn, scale,
        HEAD_DIM, BLOCK_N, False, INPUT_PRECISION,
    )  # fmt: skip
    m_i, l_i, acc = visit(
        q, k_head, v_head, m_i, l_i, acc, whole, seqlen_k, seqlen_k, stride_kn, stride_vn, scale,
        HEAD_DIM, BLOCK_N, True, INPUT_PRECISION,
    )  # fmt: skip
    acc *= (1 / l_i)[:, None]
    o_ptrs = out_ptr + b * stride_ob + h * stride_oh + m[:, None] * stride_om + d
    tl.store(o_ptrs, acc.to(out_ptr.dtype.element_ty), mask=inside)
    lse = m_i * 0.6931471805599453 + tl.log(l_i)
    tl.store(lse_ptr + bh * seqlen_q + m, lse, mask=m < seqlen_q)
