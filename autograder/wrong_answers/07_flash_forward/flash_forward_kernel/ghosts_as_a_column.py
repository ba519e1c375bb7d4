"""Keys as a column in tl.where.
Check: flash_forward_kernel__ragged
Told: the keys lie along its columns
"""


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
    for start_n in range(0, seqlen_k, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        tile_n = offs_n[:, None] * HEAD_DIM + offs_d[None, :]
        inside_n = (offs_n[:, None] < seqlen_k) & (offs_d[None, :] < HEAD_DIM)
        k = tl.load(k_ptr + tile_n, mask=inside_n, other=0.0)
        v = tl.load(v_ptr + tile_n, mask=inside_n, other=0.0)
        qk = softmax_scale * tl.dot(q, tl.trans(k), input_precision="ieee")
        qk = tl.where(offs_n[:, None] < seqlen_k, qk, float("-inf"))
        m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v)
    tl.store(out_ptr + tile_m, acc / l_i[:, None], mask=inside_m)
    tl.store(lse_ptr + offs_m, m_i + tl.log(l_i), mask=offs_m < seqlen_q)
