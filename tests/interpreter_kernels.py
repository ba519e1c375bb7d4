"""Kernels that only the tests need: naive attention in three steps, attention with descriptors."""

import triton
import triton.language as tl


@triton.jit
def scores_kernel(q, k, s, n, scale, D: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr):
    """One tile of s = q k^T * scale. q, k: (heads, n, D); s: (heads, n, n)."""
    head = tl.program_id(2)
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    cols = tl.program_id(1) * BN + tl.arange(0, BN)
    d = tl.arange(0, D)
    q_tile = tl.load(
        q + head * n * D + rows[:, None] * D + d[None, :], mask=rows[:, None] < n, other=0.0
    )
    k_tile = tl.load(
        k + head * n * D + cols[:, None] * D + d[None, :], mask=cols[:, None] < n, other=0.0
    )
    tile = tl.dot(q_tile, tl.trans(k_tile), input_precision="ieee") * scale
    inside = (rows[:, None] < n) & (cols[None, :] < n)
    tl.store(
        s + head * n * n + rows[:, None] * n + cols[None, :], tile.to(s.dtype.element_ty), inside
    )


@triton.jit
def weighted_sum_kernel(p, v, out, n, D: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr):
    """BM rows of out = p v. p: (heads, n, n); v, out: (heads, n, D)."""
    head = tl.program_id(1)
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    d = tl.arange(0, D)
    acc = tl.zeros((BM, D), tl.float32)
    for start in range(0, n, BN):
        cols = start + tl.arange(0, BN)
        inside = (rows[:, None] < n) & (cols[None, :] < n)
        p_tile = tl.load(p + head * n * n + rows[:, None] * n + cols[None, :], inside, other=0.0)
        v_tile = tl.load(
            v + head * n * D + cols[:, None] * D + d[None, :], mask=cols[:, None] < n, other=0.0
        )
        acc = tl.dot(p_tile, v_tile, acc, input_precision="ieee")
    at = out + head * n * D + rows[:, None] * D + d[None, :]
    tl.store(at, acc.to(out.dtype.element_ty), mask=rows[:, None] < n)


@triton.jit
def described_kernel(
    q, k, v, out, n, scale,
    D: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, IS_CAUSAL: tl.constexpr,
):  # fmt: skip
    """BM rows of attention; tensors are (heads, n, D), each head has descriptors of its own."""
    head, start_m = tl.program_id(1), tl.program_id(0) * BM
    q_d = tl.make_tensor_descriptor(q + head * n * D, [n, D], [D, 1], [BM, D])
    k_d = tl.make_tensor_descriptor(k + head * n * D, [n, D], [D, 1], [BN, D])
    v_d = tl.make_tensor_descriptor(v + head * n * D, [n, D], [D, 1], [BN, D])
    o_d = tl.make_tensor_descriptor(out + head * n * D, [n, D], [D, 1], [BM, D])
    rows = start_m + tl.arange(0, BM)
    q_tile = q_d.load([start_m, 0])
    m_i = tl.full((BM,), -1e30, tl.float32)
    l_i = tl.zeros((BM,), tl.float32)
    acc = tl.zeros((BM, D), tl.float32)
    hi = n
    if IS_CAUSAL:
        hi = min(n, start_m + BM)
    for start_n in range(0, hi, BN):
        cols = start_n + tl.arange(0, BN)
        qk = tl.dot(q_tile, k_d.load([start_n, 0]).T, input_precision="ieee") * scale
        seen = cols[None, :] < n
        if IS_CAUSAL:
            seen = seen & (cols[None, :] <= rows[:, None])
        qk = tl.where(seen, qk, float("-inf"))
        m_ij = tl.maximum(m_i, tl.max(qk, 1))
        p = tl.exp(qk - m_ij[:, None])
        alpha = tl.exp(m_i - m_ij)
        l_i = l_i * alpha + tl.sum(p, 1)
        v_tile = v_d.load([start_n, 0])
        acc = tl.dot(p.to(v_tile.dtype), v_tile, acc * alpha[:, None], input_precision="ieee")
        m_i = m_ij
    o_d.store([start_m, 0], (acc / l_i[:, None]).to(out.dtype.element_ty))
