"""Attention in float64, untiled and obviously right: what every answer is held against."""

from __future__ import annotations

import numpy as np


def scores(q, k, softmax_scale: float, mask=None) -> np.ndarray:
    """Scaled scores S = softmax_scale * Q K^T in float64, -inf where `mask` is False.

    q: (..., seqlen_q, head_dim); k: (..., seqlen_k, head_dim); mask: broadcastable to
    (..., seqlen_q, seqlen_k), True where a query may see a key. Returns (..., seqlen_q, seqlen_k).
    """
    q, k = np.asarray(q, np.float64), np.asarray(k, np.float64)
    s = softmax_scale * (q @ np.swapaxes(k, -1, -2))
    return s if mask is None else np.where(mask, s, -np.inf)


def logsumexp(s) -> np.ndarray:
    """Natural log of the sum of exp over the last axis, in float64; -inf for a row of -inf.

    s: (..., n). Returns (...,).
    """
    s = np.asarray(s, np.float64)
    m = s.max(axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isneginf(m), 0.0, m)
    with np.errstate(divide="ignore"):
        return (m + np.log(np.exp(s - m).sum(axis=-1, keepdims=True)))[..., 0]


def softmax(s) -> np.ndarray:
    """Softmax over the last axis in float64; a row of -inf gives zeros, not NaN."""
    s = np.asarray(s, np.float64)
    lse = logsumexp(s)[..., None]
    return np.exp(s - np.where(np.isneginf(lse), 0.0, lse))


def attention(q, k, v, softmax_scale: float | None = None, mask=None) -> np.ndarray:
    """softmax(softmax_scale * Q K^T) V in float64. A fully masked row gives 0.

    q: (..., seqlen_q, head_dim); k, v: (..., seqlen_k, head_dim); softmax_scale defaults to
    1 / sqrt(head_dim) (Vaswani et al. 2017, arXiv 1706.03762, section 3.2.1).
    Returns (..., seqlen_q, head_dim).
    """
    scale = 1 / np.sqrt(np.shape(q)[-1]) if softmax_scale is None else softmax_scale
    return softmax(scores(q, k, scale, mask)) @ np.asarray(v, np.float64)


def attention_lse(q, k, softmax_scale: float | None = None, mask=None) -> np.ndarray:
    """Natural log-sum-exp of each row of scores, float64, shape (..., seqlen_q)."""
    scale = 1 / np.sqrt(np.shape(q)[-1]) if softmax_scale is None else softmax_scale
    return logsumexp(scores(q, k, scale, mask))


def attention_grads(q, k, v, do, softmax_scale: float | None = None, mask=None):
    """Gradients (dq, dk, dv) of sum(out * do) in float64.

    With delta = rowsum(do * out): dv = P^T do, ds = P * (do V^T - delta), dq = scale * ds K,
    dk = scale * ds^T Q (FlashAttention-2, arXiv 2307.08691, section 2.3).
    """
    q, k, v, do = (np.asarray(x, np.float64) for x in (q, k, v, do))
    scale = 1 / np.sqrt(q.shape[-1]) if softmax_scale is None else softmax_scale
    p = softmax(scores(q, k, scale, mask))
    delta = (do * (p @ v)).sum(axis=-1, keepdims=True)
    ds = p * (do @ np.swapaxes(v, -1, -2) - delta)
    dv = np.swapaxes(p, -1, -2) @ do
    return scale * (ds @ k), scale * (np.swapaxes(ds, -1, -2) @ q), dv


def causal_mask(seqlen_q: int, seqlen_k: int) -> np.ndarray:
    """True where query i may see key j, aligned bottom-right: j <= i + seqlen_k - seqlen_q.

    seqlen_q = 2, seqlen_k = 4:   1 1 1 0
                                  1 1 1 1
    """
    return np.tri(seqlen_q, seqlen_k, seqlen_k - seqlen_q, dtype=bool)
