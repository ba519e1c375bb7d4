"""Tiled attention in NumPy, forward: what the learner has by the end of lesson 04.

Later lessons import it, so that none depends on another notebook's state. A learner's function
that calls it is told so (`flashlab.checks.observe.ANSWER_MODULES`).
"""

from __future__ import annotations

import numpy as np


def absorb_block(m_i, l_i, acc, qk, v):
    """The state (m_i, l_i, acc) of some rows after one more block of keys.

    m_i, l_i: (rows,) running maximum and running sum; acc: (rows, head_dim), not divided by l_i;
    qk: (rows, cols) scaled scores, -inf where a key may not be seen; v: (cols, head_dim).
    Returns new arrays. The empty state is (-inf, 0, 0); a row that saw no key stays in it.
    """
    m_new = np.maximum(m_i, qk.max(axis=1))
    shift = np.where(np.isneginf(m_new), 0, m_new)
    alpha = np.exp(m_i - shift)
    p = np.exp(qk - shift[:, None])
    return m_new, alpha * l_i + p.sum(axis=1), alpha[:, None] * acc + p @ v


def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    """(out, lse) of attention, one (BLOCK_M, BLOCK_N) tile of scores at a time.

    q: (seqlen_q, head_dim); k, v: (seqlen_k, head_dim). Returns out (seqlen_q, head_dim) and lse
    (seqlen_q,), natural log. FlashAttention-2 (arXiv 2307.08691), Algorithm 1.
    """
    out = np.empty((len(q), v.shape[1]), q.dtype)
    lse = np.empty(len(q), q.dtype)
    tiled_attention_hbm(q, k, v, out, lse, softmax_scale, BLOCK_M, BLOCK_N)
    return out, lse


def tiled_attention_hbm(q, k, v, out, lse, softmax_scale, BLOCK_M, BLOCK_N):
    """The same on a two-level memory: reads tiles of q, k, v, writes each tile of out and lse once.

    lse: an HBM array, or None: not stored. Needs no more SRAM than
    `sram_room(BLOCK_M, BLOCK_N, head_dim, itemsize)`.
    """
    for i in range(0, len(q), BLOCK_M):
        rows = slice(i, min(i + BLOCK_M, len(q)))
        q_tile = q[rows]
        m_i = np.full(len(q_tile), -np.inf, q_tile.dtype)
        l_i = np.zeros(len(q_tile), q_tile.dtype)
        acc = np.zeros((len(q_tile), v.shape[1]), q_tile.dtype)
        for j in range(0, len(k), BLOCK_N):
            cols = slice(j, min(j + BLOCK_N, len(k)))
            qk = softmax_scale * (q_tile @ k[cols].T)
            m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v[cols])
        out[rows] = acc / l_i[:, None]
        if lse is not None:
            lse[rows] = m_i + np.log(l_i)


def flash1_attention_hbm(q, k, v, out, m, l, softmax_scale, BLOCK_M, BLOCK_N):  # noqa: E741
    """Key tiles outside (FlashAttention, arXiv 2205.14135, Algorithm 1) on a two-level memory.

    out: (seqlen_q, head_dim), m, l: (seqlen_q,), HBM arrays that hold 0, -inf and 0 at the start.
    Each visit of a tile of queries reads and writes its rows of all three; out is divided by l.
    """
    for j in range(0, len(k), BLOCK_N):
        cols = slice(j, min(j + BLOCK_N, len(k)))
        k_tile, v_tile = k[cols], v[cols]
        for i in range(0, len(q), BLOCK_M):
            rows = slice(i, min(i + BLOCK_M, len(q)))
            qk = softmax_scale * (q[rows] @ k_tile.T)
            m_i, l_i = m[rows], l[rows]
            acc = out[rows] * l_i[:, None]
            m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v_tile)
            out[rows] = acc / l_i[:, None]
            m[rows], l[rows] = m_i, l_i


def sram_room(BLOCK_M: int, BLOCK_N: int, head_dim: int, itemsize: int) -> int:
    """Bytes of SRAM that a NumPy version gets: tiles, temporaries, and a second tile of K and V.

    Five (BLOCK_M, head_dim) tiles (Q, accumulators), four (BLOCK_N, head_dim) (K and V, the old
    ones still there), four (BLOCK_M, BLOCK_N) (scores and weights), sixteen numbers a row.
    """
    tiles = 5 * BLOCK_M * head_dim + 4 * BLOCK_N * head_dim + 4 * BLOCK_M * BLOCK_N
    return itemsize * (tiles + 16 * BLOCK_M)
