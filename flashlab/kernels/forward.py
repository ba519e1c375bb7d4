"""FlashAttention, forward: one program instance makes BLOCK_M rows of the output.

It walks over K and V in tiles of BLOCK_N keys and keeps, for each of its rows, the running maximum
m_i, the running sum l_i and the unnormalised output acc (Milakov & Gimelshein 2018, arXiv
1805.02867; Dao et al. 2022, arXiv 2205.14135; loop order of Dao 2023, arXiv 2307.08691).

Five things make it fast and change no result:
- exp2 with log2(e) folded into the scale, since the hardware's exponential is base 2;
- the walk is split in two: first the tiles that every row sees whole, without any mask, then the
  few on the diagonal or at the end of K, with masks;
- acc is divided by l_i once, at the end;
- in causal attention the longest rows start first, so that no program instance is left over late;
- otherwise the tiles of one head run together, so that its K and V are fetched from HBM about once
  and from L2 after that.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from flashlab.kernels.configs import forward_config
from flashlab.kernels.layout import check_qkv, precision_of, unit_last_stride


@triton.jit
def _visit_key_tiles(
    q, acc, m_i, l_i, k_ptrs, v_ptrs, stride_kn, stride_vn,
    offs_m, offs_n, offs_d, lo, hi, seqlen_k, causal_shift, qk_scale,
    HEAD_DIM: tl.constexpr, BLOCK_N: tl.constexpr,
    MASKED: tl.constexpr, IS_CAUSAL: tl.constexpr, INPUT_PRECISION: tl.constexpr,
):  # fmt: skip
    """Online softmax over the keys lo, lo + 1, ... hi - 1; lo is a multiple of BLOCK_N."""
    for start_n in range(lo, hi, BLOCK_N):
        start_n = tl.multiple_of(start_n, BLOCK_N)
        k_tile, v_tile = k_ptrs + start_n * stride_kn, v_ptrs + start_n * stride_vn
        cols = start_n + offs_n  # (BLOCK_N,)
        if MASKED:
            inside = (cols[:, None] < seqlen_k) & (offs_d[None, :] < HEAD_DIM)
            k = tl.load(k_tile, mask=inside, other=0.0)
        elif HEAD_DIM == k_ptrs.shape[1]:
            k = tl.load(k_tile)
        else:
            k = tl.load(k_tile, mask=offs_d[None, :] < HEAD_DIM, other=0.0)
        # scores in units of log2: exp(softmax_scale * s) = exp2(qk_scale * s)
        qk = tl.dot(q, tl.trans(k), input_precision=INPUT_PRECISION)  # (BLOCK_M, BLOCK_N)
        if MASKED:
            seen = cols[None, :] < seqlen_k
            if IS_CAUSAL:
                seen = seen & (cols[None, :] <= offs_m[:, None] + causal_shift)
            qk = tl.where(seen, qk, float("-inf"))
        m_ij = tl.maximum(m_i, tl.max(qk, 1) * qk_scale)
        m_safe = m_ij
        if MASKED:  # a row that has seen no key yet: -inf - -inf would be NaN
            m_safe = tl.where(m_ij == float("-inf"), 0.0, m_ij)
        p = tl.exp2(qk * qk_scale - m_safe[:, None])
        alpha = tl.exp2(m_i - m_safe)  # <= 1: brings the old sums to the new maximum
        l_i = l_i * alpha + tl.sum(p, 1)
        acc = acc * alpha[:, None]
        if MASKED:
            v = tl.load(v_tile, mask=inside, other=0.0)
        elif HEAD_DIM == v_ptrs.shape[1]:
            v = tl.load(v_tile)
        else:
            v = tl.load(v_tile, mask=offs_d[None, :] < HEAD_DIM, other=0.0)
        acc = tl.dot(p.to(v.dtype), v, acc, input_precision=INPUT_PRECISION)
        m_i = m_ij
    return acc, m_i, l_i


@triton.jit
def flash_forward_kernel(
    Q, K, V, out, lse,
    stride_qb, stride_qh, stride_qm, stride_kb, stride_kh, stride_kn,
    stride_vb, stride_vh, stride_vn, stride_ob, stride_oh, stride_om,
    nheads, group, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    IS_CAUSAL: tl.constexpr, INPUT_PRECISION: tl.constexpr,
):  # fmt: skip
    # which head, and which of its query tiles
    n_tiles = tl.cdiv(seqlen_q, BLOCK_M)
    if IS_CAUSAL:  # the longest rows of all heads first
        n_bh = tl.num_programs(0) // n_tiles
        off_bh = tl.program_id(0) % n_bh
        start_m = n_tiles - 1 - tl.program_id(0) // n_bh
    else:  # one head after the other: its K and V stay in L2
        off_bh = tl.program_id(0) // n_tiles
        start_m = tl.program_id(0) % n_tiles
    off_b, off_h = (off_bh // nheads).to(tl.int64), off_bh % nheads
    off_hk = off_h // group  # `group` query heads share one key/value head

    offs_m = start_m * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.arange(0, BLOCK_N)
    offs_d = tl.arange(0, BLOCK_D)  # BLOCK_D: head_dim rounded up to a power of two
    q_ptrs = Q + off_b * stride_qb + off_h * stride_qh
    q_ptrs += offs_m[:, None] * stride_qm + offs_d[None, :]
    k_ptrs = K + off_b * stride_kb + off_hk * stride_kh
    k_ptrs += offs_n[:, None] * stride_kn + offs_d[None, :]
    v_ptrs = V + off_b * stride_vb + off_hk * stride_vh
    v_ptrs += offs_n[:, None] * stride_vn + offs_d[None, :]
    rows = (offs_m[:, None] < seqlen_q) & (offs_d[None, :] < HEAD_DIM)
    q = tl.load(q_ptrs, mask=rows, other=0.0)  # (BLOCK_M, BLOCK_D), read once

    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, BLOCK_D), tl.float32)
    qk_scale = softmax_scale * 1.4426950408889634  # log2(e)

    # keys 0 ... mid - 1 are whole tiles that every row sees; keys mid ... hi - 1 need masks
    causal_shift = seqlen_k - seqlen_q  # bottom-right: row i sees key j when j <= i + shift
    hi = seqlen_k
    mid = seqlen_k // BLOCK_N * BLOCK_N
    if IS_CAUSAL:
        hi = tl.maximum(0, tl.minimum(hi, (start_m + 1) * BLOCK_M + causal_shift))
        seen_by_first_row = tl.maximum(0, start_m * BLOCK_M + causal_shift + 1)
        mid = tl.minimum(mid, seen_by_first_row // BLOCK_N * BLOCK_N)
    acc, m_i, l_i = _visit_key_tiles(
        q, acc, m_i, l_i, k_ptrs, v_ptrs, stride_kn, stride_vn,
        offs_m, offs_n, offs_d, 0, mid, seqlen_k, causal_shift, qk_scale,
        HEAD_DIM, BLOCK_N, False, IS_CAUSAL, INPUT_PRECISION,
    )  # fmt: skip
    acc, m_i, l_i = _visit_key_tiles(
        q, acc, m_i, l_i, k_ptrs, v_ptrs, stride_kn, stride_vn,
        offs_m, offs_n, offs_d, mid, hi, seqlen_k, causal_shift, qk_scale,
        HEAD_DIM, BLOCK_N, True, IS_CAUSAL, INPUT_PRECISION,
    )  # fmt: skip

    # a row that saw no key has l_i = 0: its output is 0 and its log-sum-exp -inf
    l_i = tl.where(l_i == 0.0, 1.0, l_i)
    acc = acc / l_i[:, None]
    lse_i = (m_i + tl.log2(l_i)) * 0.6931471805599453  # ln(2): back to the natural log
    tl.store(lse + off_bh.to(tl.int64) * seqlen_q + offs_m, lse_i, mask=offs_m < seqlen_q)
    o_ptrs = out + off_b * stride_ob + off_h * stride_oh
    o_ptrs += offs_m[:, None] * stride_om + offs_d[None, :]
    tl.store(o_ptrs, acc.to(out.dtype.element_ty), mask=rows)


def flash_forward(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    *,
    causal: bool = False,
    softmax_scale: float | None = None,
    input_precision: str = "ieee",
    config: dict | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention and its natural log-sum-exp: out (batch, nheads, seqlen_q, head_dim), lse
    (batch, nheads, seqlen_q) float32.

    q: (batch, nheads, seqlen_q, head_dim); k, v: (batch, nheads_k, seqlen_k, head_dim) with
    nheads a multiple of nheads_k; any strides; head_dim 16 to 128; fp16, bf16 or fp32.
    causal: aligned bottom-right. softmax_scale: positive, default 1 / sqrt(head_dim).
    input_precision: "ieee" or "tf32", for fp32. config: BLOCK_M, BLOCK_N, num_warps, num_stages;
    default: what `forward_config` picks for the card. A row that sees no key gives 0 and -inf.
    Raises ValueError on shapes, dtypes or scales that do not fit.
    """
    softmax_scale = check_qkv(q, k, v, softmax_scale)
    q, k, v = (unit_last_stride(x) for x in (q, k, v))
    batch, nheads, seqlen_q, head_dim = q.shape
    nheads_k, seqlen_k = k.shape[1:3]
    out = torch.empty(q.shape, dtype=q.dtype, device=q.device)
    lse = torch.empty((batch, nheads, seqlen_q), dtype=torch.float32, device=q.device)
    config = config or forward_config(head_dim, q.dtype, causal, q.device)
    grid = (batch * nheads * triton.cdiv(seqlen_q, config["BLOCK_M"]),)
    if out.numel():
        flash_forward_kernel[grid](
            q, k, v, out, lse,
            *q.stride()[:3], *k.stride()[:3], *v.stride()[:3], *out.stride()[:3],
            nheads, nheads // nheads_k, seqlen_q, seqlen_k, softmax_scale,
            HEAD_DIM=head_dim, BLOCK_D=max(16, triton.next_power_of_2(head_dim)),
            IS_CAUSAL=causal, INPUT_PRECISION=precision_of(q.dtype, input_precision), **config,
        )  # fmt: skip
    return out, lse
