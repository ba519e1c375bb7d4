"""One more block is visited, with loads masked off.
Check: flash_decode_kernel__bytes
Told: without one lane
"""


@triton.jit
def flash_decode_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, seqlen_k, softmax_scale,
    GROUP: tl.constexpr, HEAD_DIM: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    pid = tl.program_id(0).to(tl.int64)
    offs_g, offs_d = tl.arange(0, 16), tl.arange(0, HEAD_DIM)
    rows = offs_g[:, None] < GROUP
    q_offs = (pid * GROUP + offs_g[:, None]) * HEAD_DIM + offs_d[None, :]
    q = tl.load(q_ptr + q_offs, mask=rows, other=0.0)
    start = pid * seqlen_k * HEAD_DIM
    m_i = tl.full((16,), float("-inf"), tl.float32)
    l_i = tl.zeros((16,), tl.float32)
    acc = tl.zeros((16, HEAD_DIM), tl.float32)
    for start_n in range(0, seqlen_k + BLOCK_N, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        offs = start + offs_n[:, None] * HEAD_DIM + offs_d[None, :]
        cols = offs_n[:, None] < seqlen_k
        k = tl.load(k_ptr + offs, mask=cols, other=0.0)
        v = tl.load(v_ptr + offs, mask=cols, other=0.0)
        seen = offs_n[None, :] < seqlen_k
        m_i, l_i, acc = absorb_tile(
            q, k, v, m_i, l_i, acc, seen, softmax_scale * 1.4426950408889634
        )
    tl.store(out_ptr + q_offs, acc / l_i[:, None], mask=rows)
