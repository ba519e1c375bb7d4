"""What the checks of lesson 07 share: the words for mistakes, and the scale of the scores."""

from __future__ import annotations

import numpy as np

from flashlab.checks import lesson_04_tiles as tiles

SCALE = 0.45  # no 1 / sqrt(head_dim): a kernel that computes its own is found out
ENDS = (128, 256, 512, 1024, 2048, 4096)  # where a loop over the keys may end, written as a number
WHY = {
    **{bug: text for bug, text in tiles.WHY.items() if bug not in ("tail", "zeros")},
    **{
        f"ends_{n}": f"The loop over the keys ends at {n:,}: there are seqlen_k of them."
        for n in ENDS
    },
    "tail": "The last, partial tile of keys is missing: range(0, seqlen_k, BLOCK_N) takes it.",
    "zeros": (
        "Keys that do not exist have the score 0, and exp(0 - m) enters l: give them -inf with "
        "tl.where, a mask on the load does not."
    ),
    "twice": "softmax_scale is applied twice.",
    "on_v": "softmax_scale belongs to the scores, not to v or to the output.",
    "own": "The kernel takes 1 / sqrt(HEAD_DIM) for the scale: multiply by softmax_scale.",
    "inverse_scale": "The scores are divided by softmax_scale: multiply by it.",
    "base2": "That is 2 to the power of the scores: exp2 needs them times log2(e).",
    "tf32": (
        "The error has the size of tf32 or float16. tl.dot cuts float32 to tf32 unless it is told "
        'otherwise: input_precision="ieee" in both products; scores, m, l and acc stay float32.'
    ),
    "half_acc": (
        "Something that is carried along has the type of the inputs: m, l and acc stay float32."
    ),
    "log2": "m is natural and l is taken with log2: tl.log is the natural logarithm.",
    "one": "That is one maximum for all rows: each row has its own, tl.max(qk, 1).",
    "one_sum": "That is one sum for all rows: each row has its own, tl.sum(p, 1).",
    "late": (
        "The new part of acc is multiplied by alpha too: rescale the old acc before tl.dot adds to "
        "it."
    ),
    "l_for_m": "That is l: absorb_block returns m_new, l_new, acc_new, in this order.",
    "rounded_acc": "acc is rounded to the type of v: only the weights are, acc stays float32.",
    "swapped": "absorb_block takes m_i, l_i, acc, in this order: m and l have changed places.",
    "returned": "absorb_block returns m, l, acc, in this order: m and l have changed places.",
    "last": (
        "Only the last block of keys counts: hand m, l and acc on from block to block, to "
        "absorb_block and from it, in this order."
    ),
    "v_from_k": "v is loaded from k_ptr.",
    "one_ghost": "One ghost is let through: key seqlen_k does not exist, < is meant and not <=.",
    "column": (
        "tl.where masks rows of qk: the keys lie along its columns, offs_n[None, :] < seqlen_k."
    ),
    "keys_of_block_m": "A tile of keys has BLOCK_N of them: offs_n is made with BLOCK_M.",
    "steps_of_block_m": "A tile of keys has BLOCK_N of them: the loop goes on by BLOCK_M.",
    "half_scores": "The scores are rounded to the type of the inputs: they stay float32.",
    "m_plus_l": "That is m + l: the log-sum-exp is m + log(l).",
    "m_times": "That is m times log(l): the log-sum-exp is m + log(l).",
    "m_minus": "That is m - log(l): the log-sum-exp is m + log(l).",
    "lse_unscaled": (
        "softmax_scale is missing in m: the log-sum-exp is that of the scaled scores."
    ),
    "lse_scaled": "softmax_scale is applied to the LSE: it belongs to the scores, before all else.",
    "lost": "The old acc is lost: hand it to tl.dot, rescaled, or add to it.",
    "other_mask": "Keys from seqlen_q on are masked off: k and v have seqlen_k rows.",
    "m": "That is m alone: the log-sum-exp is m + log(l).",
    "no_transpose": "tl.dot(q, k) multiplies with k as it lies: turn it, tl.trans(k).",
    "first_block": (
        "Only the first tile of keys counts: its offsets move on with start_n, which counts keys, "
        "not tiles."
    ),
    "own_block": "An instance sees one tile of keys only: it needs all, from 0 to seqlen_k.",
    "v_still": "v stays at its first tile: its offsets move on with start_n, as those of k do.",
    "other_length": "The loop over the keys ends at seqlen_q: there are seqlen_k of them.",
    "columns": "k is read as if stored by columns: element (n, d) lies at n * HEAD_DIM + d.",
    "stride": "A row of k and v has HEAD_DIM elements: row n begins at n * HEAD_DIM.",
    "unrounded_l": (
        "l is the sum of rounded weights: add up p itself, round only what goes into tl.dot."
    ),
}
OVERFLOW = (
    "exp overflows, or -inf meets -inf: the factor of the old terms is exp(m_i - m_new), never "
    "above 1, and m_new is the maximum of each row so far."
)


def tf32_fits(got, exact, dtype: str) -> list:
    """The hypothesis that float32 was cut to tf32, where the error has that size."""
    error = np.abs(got - exact).max() / max(np.abs(exact).max(), 1e-30)
    return [(WHY["tf32"], got)] if dtype == "float32" and 1e-5 < error < 1e-2 else []
