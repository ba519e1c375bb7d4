"""First the whole tiles without a mask for keys, then the last one."""


@triton.jit
def walk(
    q, m_i, l_i, acc, k_ptr, v_ptr, offs_d, lo, hi, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_N: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    for start_n in range(lo, hi, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        tile_n = offs_n[:, None] * HEAD_DIM + offs_d[None, :]
        inside = offs_d[None, :] < HEAD_DIM
        if MASKED:
            inside = inside & (offs_n[:, None] < seqlen_k)
        k = tl.load(k_ptr + tile_n, mask=inside, other=0.0)
        v = tl.load(v_ptr + tile_n, mask=inside, other=0.0)
        qk = softmax_scale * tl.dot(q, tl.trans(k), input_precision="ieee")
        if MASKED:
            qk = tl.where(offs_n[None, :] < seqlen_k, qk, float("-inf"))
        m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v)
    return m_i, l_i, acc


@triton.jit
def flash_forward_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    BLOCK_D: tl.constexpr = triton.next_power_of_2(HEAD_DIM)
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, BLOCK_D)
    tile_m = offs_m[:, None] * HEAD_DIM + offs_d[None, :]
    inside_m = (offs_m[:, None] < seqlen_q) & (offs_d[None, :] < HEAD_DIM)
    q = tl.load(q_ptr + tile_m, mask=inside_m, other=0.0)
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, BLOCK_D), tl.float32)
    whole = seqlen_k // BLOCK_N * BLOCK_N
    m_i, l_i, acc = walk(
        q, m_i, l_i, acc, k_ptr, v_ptr, offs_d, 0, whole, seqlen_k, softmax_scale,
        HEAD_DIM, BLOCK_N, False,
    )  # fmt: skip
    m_i, l_i, acc = walk(
        q, m_i, l_i, acc, k_ptr, v_ptr, offs_d, whole, seqlen_k, seqlen_k, softmax_scale,
        HEAD_DIM, BLOCK_N, True,
    )  # fmt: skip
    tl.store(out_ptr + tile_m, acc / l_i[:, None], mask=inside_m)
    tl.store(lse_ptr + offs_m, m_i + tl.log(l_i), mask=offs_m < seqlen_q)
