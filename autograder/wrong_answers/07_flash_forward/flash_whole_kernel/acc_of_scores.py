"""acc has the shape of the scores.
Check: flash_whole_kernel__values
Told: acc has the shape of the product
"""


@triton.jit
def flash_whole_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, HEAD_DIM)
    tile_m = offs_m[:, None] * HEAD_DIM + offs_d[None, :]
    q = tl.load(q_ptr + tile_m)
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    for start_n in range(0, seqlen_k, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        tile_n = offs_n[:, None] * HEAD_DIM + offs_d[None, :]
        k = tl.load(k_ptr + tile_n)
        v = tl.load(v_ptr + tile_n)
        qk = softmax_scale * tl.dot(q, tl.trans(k), input_precision="ieee")
        m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v)
    tl.store(out_ptr + tile_m, acc / l_i[:, None])
