"""Without the helper."""


@triton.jit
def flash_whole_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n, offs_d = tl.arange(0, BLOCK_N), tl.arange(0, HEAD_DIM)
    q = tl.load(q_ptr + offs_m[:, None] * HEAD_DIM + offs_d[None, :])
    k_ptrs = k_ptr + offs_n[:, None] * HEAD_DIM + offs_d[None, :]
    v_ptrs = v_ptr + offs_n[:, None] * HEAD_DIM + offs_d[None, :]
    m_i = tl.full((BLOCK_M,), -1e30, tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, HEAD_DIM), tl.float32)
    for _ in range(seqlen_k // BLOCK_N):
        qk = tl.dot(q, tl.load(k_ptrs).T, input_precision="ieee") * softmax_scale
        m_ij = tl.maximum(m_i, tl.max(qk, 1))
        p, alpha = tl.exp(qk - m_ij[:, None]), tl.exp(m_i - m_ij)
        l_i = l_i * alpha + tl.sum(p, 1)
        v = tl.load(v_ptrs)
        acc = acc * alpha[:, None] + tl.dot(p.to(v.dtype), v, input_precision="ieee")
        m_i = m_ij
        k_ptrs += BLOCK_N * HEAD_DIM
        v_ptrs += BLOCK_N * HEAD_DIM
    out = acc / l_i[:, None]
    out_ptrs = out_ptr + offs_m[:, None] * HEAD_DIM + offs_d[None, :]
    tl.store(out_ptrs, out.to(out_ptr.dtype.element_ty))
