"""Tensor descriptors: bounds and padding are theirs."""


@triton.jit
def flash_forward_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    BLOCK_D: tl.constexpr = triton.next_power_of_2(HEAD_DIM)
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    start_m = tl.program_id(0) * BLOCK_M
    q_desc = tl.make_tensor_descriptor(
        q_ptr, [seqlen_q, HEAD_DIM], [HEAD_DIM, 1], [BLOCK_M, BLOCK_D]
    )
    k_desc = tl.make_tensor_descriptor(
        k_ptr, [seqlen_k, HEAD_DIM], [HEAD_DIM, 1], [BLOCK_N, BLOCK_D]
    )
    v_desc = tl.make_tensor_descriptor(
        v_ptr, [seqlen_k, HEAD_DIM], [HEAD_DIM, 1], [BLOCK_N, BLOCK_D]
    )
    out_desc = tl.make_tensor_descriptor(
        out_ptr, [seqlen_q, HEAD_DIM], [HEAD_DIM, 1], [BLOCK_M, BLOCK_D]
    )
    q = q_desc.load([start_m, 0])
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, BLOCK_D), tl.float32)
    for start_n in range(0, seqlen_k, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        k = k_desc.load([start_n, 0])
        v = v_desc.load([start_n, 0])
        qk = softmax_scale * tl.dot(q, tl.trans(k), input_precision="ieee")
        qk = tl.where(offs_n[None, :] < seqlen_k, qk, float("-inf"))
        m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v)
    out_desc.store([start_m, 0], (acc / l_i[:, None]).to(out_ptr.dtype.element_ty))
    tl.store(lse_ptr + offs_m, m_i + tl.log(l_i), mask=offs_m < seqlen_q)
