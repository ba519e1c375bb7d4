"""The words of lesson 08 for mistakes in its kernel and in absorb_tile."""

from __future__ import annotations

import numpy as np

LOG2E = float(np.log2(np.e))
WHY = {
    "unscaled": "The scores are not scaled: multiply q k^T by qk_scale.",
    "twice": "The scale is applied twice.",
    "no_log2e": (
        "exp2 is given scores in base e: the scale must hold log2(e), softmax_scale * log2(e)."
    ),
    "base_e": (
        "tl.exp is given scores in base 2: with log2(e) in the scale it must be tl.exp2, twice."
    ),
    "zeros": "Keys behind the end enter the softmax with score 0: set them to -inf where not seen.",
    "l": "l_i is not rescaled: multiply the old sum by alpha too.",
    "acc": "acc is not rescaled: multiply the old accumulator by alpha too.",
    "inverse": "The factor is upside down: it is exp2(m_i - m_new), never above 1.",
    "block": "m_new is the maximum of the tile alone: take the larger of it and m_i.",
    "forgets": "Only the new tile counts: l_i and acc must be added to, not replaced.",
    "undivided": "acc is never divided by l_i: divide once, after the loop.",
    "tail": "The last, partial tile of keys is missing: range(0, seqlen_k, BLOCK_N) takes it.",
    "m0": "m_i starts at 0: start from -inf.",
    "kv": "K is read with the strides of V: they differ. Each tensor has its own.",
    "vk": "V is read with the strides of K: they differ. Each tensor has its own.",
    "kq": "K is read with the strides of Q: they differ. Each tensor has its own.",
    "oq": "out is stored with the strides of Q: they differ. Each tensor has its own.",
    "length": "k and v have seqlen_k rows, not seqlen_q: compare offs_n with seqlen_k.",
    "gaps": "The layout is taken for granted: use the strides, not seqlen and HEAD_DIM.",
    "batch": "Every batch gives the result of batch 0: add off_b * stride_qb, and so for k and v.",
    "head": "Every head gives the result of head 0: add off_h * stride_qh, and so for k and v.",
    "lse2": "That is the log-sum-exp in base 2: multiply by ln(2) for the natural one.",
    "mixed": (
        "m_i is in base 2 and log(l_i) in base e: add log2(l_i) first, then multiply by ln(2)."
    ),
    "order": (
        "lse comes out in another order of heads than q has: count heads first, batch = "
        "tl.program_id(1) // nheads, head = the rest."
    ),
    "log": "That is log(l_i) alone: the maximum was taken out before, add m_i.",
    "half": (
        "The error has the size of 16-bit rounding: acc and the sums must be kept in float32, and "
        "scores must not be rounded."
    ),
    "l_rounded": (
        "p was rounded before the sum: add up the float32 p for l_i, and round it for tl.dot only."
    ),
    "widened": (
        "p and v reach the second product in float32, where the tensor cores want 16 bits: "
        "p.to(v.dtype), and v as it comes."
    ),
    "tf32": (
        "The products are tf32, although INPUT_PRECISION is ieee: pass it on, "
        "input_precision=INPUT_PRECISION, to both."
    ),
}


def nearby(got: np.ndarray, exact: np.ndarray):
    """`got` itself where it is off by no more than 16-bit rounding: a hypothesis about types."""
    off = np.abs(got - exact).max() / np.abs(exact).max()
    return got if off < 2e-2 else np.full_like(got, np.nan)
