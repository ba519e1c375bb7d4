"""FlashAttention, backward: delta, then dK and dV, then dQ, each owned by one program instance.

P is made again from Q, K and the saved log-sum-exp instead of being kept; with
delta = rowsum(dO * O) the gradient of the scores is dS = P * (dO V^T - delta)
(FlashAttention-2, arXiv 2307.08691, Algorithm 2). Two walks, one along the queries for dK and dV,
one along the keys for dQ, cost 7 matrix products instead of 5 but need no atomics, so that the
result is the same in every run.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from flashlab.kernels.configs import backward_config
from flashlab.kernels.layout import check_qkv, precision_of, unit_last_stride


@triton.jit
def delta_kernel(
    out, do, delta,
    stride_ob, stride_oh, stride_om, stride_gb, stride_gh, stride_gm,
    nheads, seqlen_q,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr, BLOCK_M: tl.constexpr,
):  # fmt: skip
    off_bh = tl.program_id(0)
    off_b, off_h = (off_bh // nheads).to(tl.int64), off_bh % nheads
    offs_m = tl.program_id(1) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, BLOCK_D)
    rows = (offs_m[:, None] < seqlen_q) & (offs_d[None, :] < HEAD_DIM)
    o_ptrs = out + off_b * stride_ob + off_h * stride_oh
    g_ptrs = do + off_b * stride_gb + off_h * stride_gh
    o = tl.load(o_ptrs + offs_m[:, None] * stride_om + offs_d[None, :], mask=rows, other=0.0)
    g = tl.load(g_ptrs + offs_m[:, None] * stride_gm + offs_d[None, :], mask=rows, other=0.0)
    delta_i = tl.sum(o.to(tl.float32) * g.to(tl.float32), 1)
    tl.store(delta + off_bh.to(tl.int64) * seqlen_q + offs_m, delta_i, mask=offs_m < seqlen_q)


@triton.jit
def _load_statistics(lse_row, delta_row, offs_m, seqlen_q):
    """Of BLOCK_M queries: log-sum-exp in units of log2, and delta.

    A row that saw no key, or lies beyond the end, gets +inf: then P = exp2(s - inf) = 0.
    """
    inside = offs_m < seqlen_q
    lse2 = tl.load(lse_row + offs_m, mask=inside, other=float("inf")) * 1.4426950408889634
    lse2 = tl.where(lse2 == float("-inf"), float("inf"), lse2)
    return lse2, tl.load(delta_row + offs_m, mask=inside, other=0.0)


@triton.jit
def _visit_query_tiles(
    dk, dv, k, v, q_head, do_head, lse_row, delta_row, stride_qm, stride_gm,
    cols, offs_d, lo, hi, seqlen_q, causal_shift, qk_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr,
    MASKED: tl.constexpr, INPUT_PRECISION: tl.constexpr,
):  # fmt: skip
    """Add to dk, dv what the queries lo ... hi - 1 give; everything is held transposed."""
    for start_m in range(lo, hi, BLOCK_M):
        offs_m = start_m + tl.arange(0, BLOCK_M)
        rows = (offs_m[:, None] < seqlen_q) & (offs_d[None, :] < HEAD_DIM)
        q_ptrs = q_head + offs_m[:, None] * stride_qm + offs_d[None, :]
        q = tl.load(q_ptrs, mask=rows, other=0.0)  # (BLOCK_M, BLOCK_D)
        lse2, delta_i = _load_statistics(lse_row, delta_row, offs_m, seqlen_q)
        qk_t = tl.dot(k, tl.trans(q), input_precision=INPUT_PRECISION)  # (BLOCK_N, BLOCK_M)
        p_t = tl.exp2(qk_t * qk_scale - lse2[None, :])
        if MASKED:
            p_t = tl.where(cols[:, None] <= offs_m[None, :] + causal_shift, p_t, 0.0)
        do_ptrs = do_head + offs_m[:, None] * stride_gm + offs_d[None, :]
        do = tl.load(do_ptrs, mask=rows, other=0.0)
        dv = tl.dot(p_t.to(do.dtype), do, dv, input_precision=INPUT_PRECISION)
        dp_t = tl.dot(v, tl.trans(do), input_precision=INPUT_PRECISION)
        ds_t = p_t * (dp_t - delta_i[None, :])
        dk = tl.dot(ds_t.to(q.dtype), q, dk, input_precision=INPUT_PRECISION)
    return dk, dv


@triton.jit
def dkdv_kernel(
    Q, K, V, do, dk, dv, lse, delta,
    stride_qb, stride_qh, stride_qm, stride_kb, stride_kh, stride_kn,
    stride_vb, stride_vh, stride_vn, stride_gb, stride_gh, stride_gm,
    nheads_k, group, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    IS_CAUSAL: tl.constexpr, INPUT_PRECISION: tl.constexpr,
):  # fmt: skip
    # this program instance owns BLOCK_N keys of one key/value head; dk and dv are contiguous
    off_bh = tl.program_id(0)
    off_b, off_hk = (off_bh // nheads_k).to(tl.int64), off_bh % nheads_k
    start_n = tl.program_id(1) * BLOCK_N
    cols = start_n + tl.arange(0, BLOCK_N)
    offs_d = tl.arange(0, BLOCK_D)
    inside = (cols[:, None] < seqlen_k) & (offs_d[None, :] < HEAD_DIM)
    k_head = K + off_b * stride_kb + off_hk * stride_kh
    v_head = V + off_b * stride_vb + off_hk * stride_vh
    k = tl.load(k_head + cols[:, None] * stride_kn + offs_d[None, :], mask=inside, other=0.0)
    v = tl.load(v_head + cols[:, None] * stride_vn + offs_d[None, :], mask=inside, other=0.0)
    dk_acc = tl.zeros((BLOCK_N, BLOCK_D), tl.float32)
    dv_acc = tl.zeros((BLOCK_N, BLOCK_D), tl.float32)
    qk_scale = softmax_scale * 1.4426950408889634  # log2(e)

    # causal: queries below lo see none of these keys, queries from mid on see them all
    causal_shift = seqlen_k - seqlen_q
    lo = 0
    mid = 0
    if IS_CAUSAL:
        lo = tl.maximum(0, start_n - causal_shift) // BLOCK_M * BLOCK_M
        sees_all = tl.maximum(0, start_n + BLOCK_N - 1 - causal_shift)
        mid = tl.minimum(seqlen_q, tl.cdiv(sees_all, BLOCK_M) * BLOCK_M)

    for g in range(0, group):  # the query heads that share this key/value head
        off_h = off_hk * group + g
        q_head = Q + off_b * stride_qb + off_h * stride_qh
        do_head = do + off_b * stride_gb + off_h * stride_gh
        row = (off_b * nheads_k * group + off_h) * seqlen_q
        if IS_CAUSAL:
            dk_acc, dv_acc = _visit_query_tiles(
                dk_acc, dv_acc, k, v, q_head, do_head, lse + row, delta + row,
                stride_qm, stride_gm, cols, offs_d, lo, mid, seqlen_q, causal_shift, qk_scale,
                HEAD_DIM, BLOCK_M, True, INPUT_PRECISION,
            )  # fmt: skip
        dk_acc, dv_acc = _visit_query_tiles(
            dk_acc, dv_acc, k, v, q_head, do_head, lse + row, delta + row,
            stride_qm, stride_gm, cols, offs_d, mid, seqlen_q, seqlen_q, causal_shift, qk_scale,
            HEAD_DIM, BLOCK_M, False, INPUT_PRECISION,
        )  # fmt: skip

    tile = off_bh.to(tl.int64) * seqlen_k * HEAD_DIM
    tile += cols[:, None] * HEAD_DIM + offs_d[None, :]
    dk_acc = dk_acc * softmax_scale
    tl.store(dk + tile, dk_acc.to(dk.dtype.element_ty), mask=inside)
    tl.store(dv + tile, dv_acc.to(dv.dtype.element_ty), mask=inside)


@triton.jit
def _visit_key_tiles(
    dq, q, do, lse2, delta_i, k_head, v_head, stride_kn, stride_vn,
    offs_m, offs_d, lo, hi, seqlen_k, causal_shift, qk_scale,
    HEAD_DIM: tl.constexpr, BLOCK_N: tl.constexpr,
    MASKED: tl.constexpr, IS_CAUSAL: tl.constexpr, INPUT_PRECISION: tl.constexpr,
):  # fmt: skip
    """Add to dq what the keys lo ... hi - 1 give."""
    for start_n in range(lo, hi, BLOCK_N):
        cols = start_n + tl.arange(0, BLOCK_N)
        inside = offs_d[None, :] < HEAD_DIM
        if MASKED:
            inside = inside & (cols[:, None] < seqlen_k)
        k = tl.load(k_head + cols[:, None] * stride_kn + offs_d[None, :], mask=inside, other=0.0)
        v = tl.load(v_head + cols[:, None] * stride_vn + offs_d[None, :], mask=inside, other=0.0)
        qk = tl.dot(q, tl.trans(k), input_precision=INPUT_PRECISION)  # (BLOCK_M, BLOCK_N)
        p = tl.exp2(qk * qk_scale - lse2[:, None])
        if MASKED:
            seen = cols[None, :] < seqlen_k
            if IS_CAUSAL:
                seen = seen & (cols[None, :] <= offs_m[:, None] + causal_shift)
            p = tl.where(seen, p, 0.0)
        dp = tl.dot(do, tl.trans(v), input_precision=INPUT_PRECISION)
        ds = p * (dp - delta_i[:, None])
        dq = tl.dot(ds.to(k.dtype), k, dq, input_precision=INPUT_PRECISION)
    return dq


@triton.jit
def dq_kernel(
    Q, K, V, do, dq, lse, delta,
    stride_qb, stride_qh, stride_qm, stride_kb, stride_kh, stride_kn,
    stride_vb, stride_vh, stride_vn, stride_gb, stride_gh, stride_gm,
    nheads, group, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_D: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    IS_CAUSAL: tl.constexpr, INPUT_PRECISION: tl.constexpr,
):  # fmt: skip
    # this program instance owns BLOCK_M queries of one head; dq is contiguous
    off_bh = tl.program_id(0)
    off_b, off_h = (off_bh // nheads).to(tl.int64), off_bh % nheads
    off_hk = off_h // group
    start_m = tl.program_id(1)
    if IS_CAUSAL:  # the longest rows first
        start_m = tl.num_programs(1) - 1 - start_m
    offs_m = start_m * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, BLOCK_D)
    rows = (offs_m[:, None] < seqlen_q) & (offs_d[None, :] < HEAD_DIM)
    q_head = Q + off_b * stride_qb + off_h * stride_qh
    do_head = do + off_b * stride_gb + off_h * stride_gh
    k_head = K + off_b * stride_kb + off_hk * stride_kh
    v_head = V + off_b * stride_vb + off_hk * stride_vh
    q = tl.load(q_head + offs_m[:, None] * stride_qm + offs_d[None, :], mask=rows, other=0.0)
    g = tl.load(do_head + offs_m[:, None] * stride_gm + offs_d[None, :], mask=rows, other=0.0)
    row = off_bh.to(tl.int64) * seqlen_q
    lse2, delta_i = _load_statistics(lse + row, delta + row, offs_m, seqlen_q)
    dq_acc = tl.zeros((BLOCK_M, BLOCK_D), tl.float32)
    qk_scale = softmax_scale * 1.4426950408889634  # log2(e)

    # as in the forward: whole tiles that every row sees, then those that need masks
    causal_shift = seqlen_k - seqlen_q
    hi = seqlen_k
    mid = seqlen_k // BLOCK_N * BLOCK_N
    if IS_CAUSAL:
        hi = tl.maximum(0, tl.minimum(hi, (start_m + 1) * BLOCK_M + causal_shift))
        seen_by_first_row = tl.maximum(0, start_m * BLOCK_M + causal_shift + 1)
        mid = tl.minimum(mid, seen_by_first_row // BLOCK_N * BLOCK_N)
    dq_acc = _visit_key_tiles(
        dq_acc, q, g, lse2, delta_i, k_head, v_head, stride_kn, stride_vn,
        offs_m, offs_d, 0, mid, seqlen_k, causal_shift, qk_scale,
        HEAD_DIM, BLOCK_N, False, IS_CAUSAL, INPUT_PRECISION,
    )  # fmt: skip
    dq_acc = _visit_key_tiles(
        dq_acc, q, g, lse2, delta_i, k_head, v_head, stride_kn, stride_vn,
        offs_m, offs_d, mid, hi, seqlen_k, causal_shift, qk_scale,
        HEAD_DIM, BLOCK_N, True, IS_CAUSAL, INPUT_PRECISION,
    )  # fmt: skip
    tile = row * HEAD_DIM + offs_m[:, None] * HEAD_DIM + offs_d[None, :]
    dq_acc = dq_acc * softmax_scale
    tl.store(dq + tile, dq_acc.to(dq.dtype.element_ty), mask=rows)


def flash_backward(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    out: torch.Tensor,
    lse: torch.Tensor,
    do: torch.Tensor,
    *,
    causal: bool = False,
    softmax_scale: float | None = None,
    input_precision: str = "ieee",
    config: dict | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(dq, dk, dv), contiguous, in the dtype of q.

    q, k, v, causal, softmax_scale, input_precision: as given to `flash_forward`; out, lse: what it
    returned; do: gradient of out, same shape. config: {"dkdv": {...}, "dq": {...}}, each with
    BLOCK_M, BLOCK_N, num_warps, num_stages; default: what `backward_config` picks for the card.
    Raises ValueError on shapes, dtypes or scales that do not fit.
    """
    softmax_scale = check_qkv(q, k, v, softmax_scale)
    if out.shape != q.shape or do.shape != q.shape or lse.shape != q.shape[:3]:
        raise ValueError(
            f"out and do must have q's shape {tuple(q.shape)} and lse its first three; got "
            f"{tuple(out.shape)}, {tuple(do.shape)}, {tuple(lse.shape)}"
        )
    q, k, v, out, do = (unit_last_stride(x) for x in (q, k, v, out, do))
    lse = lse.contiguous()
    batch, nheads, seqlen_q, head_dim = q.shape
    nheads_k, seqlen_k = k.shape[1:3]
    dq, dk, dv = (torch.empty(x.shape, dtype=x.dtype, device=x.device) for x in (q, k, v))
    if not q.numel() or not k.numel():
        return dq.zero_(), dk.zero_(), dv.zero_()
    delta = torch.empty_like(lse)
    head = dict(HEAD_DIM=head_dim, BLOCK_D=max(16, triton.next_power_of_2(head_dim)))
    delta_kernel[(batch * nheads, triton.cdiv(seqlen_q, 64))](
        out, do, delta, *out.stride()[:3], *do.stride()[:3], nheads, seqlen_q, BLOCK_M=64, **head
    )
    config = config or backward_config(head_dim, q.dtype, causal, q.device)
    strides = [*q.stride()[:3], *k.stride()[:3], *v.stride()[:3], *do.stride()[:3]]
    sizes = [nheads // nheads_k, seqlen_q, seqlen_k, softmax_scale]
    shared = dict(**head, IS_CAUSAL=causal, INPUT_PRECISION=precision_of(q.dtype, input_precision))
    dkdv_kernel[(batch * nheads_k, triton.cdiv(seqlen_k, config["dkdv"]["BLOCK_N"]))](
        q, k, v, do, dk, dv, lse, delta, *strides, nheads_k, *sizes, **shared, **config["dkdv"]
    )
    dq_kernel[(batch * nheads, triton.cdiv(seqlen_q, config["dq"]["BLOCK_M"]))](
        q, k, v, do, dq, lse, delta, *strides, nheads, *sizes, **shared, **config["dq"]
    )
    return dq, dk, dv
