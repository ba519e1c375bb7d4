"""What the kernels of lesson 09 share: words for their mistakes, and what is asked of all."""

from __future__ import annotations

import re

import numpy as np

from flashlab.checks import harness, heads

LOG2E = float(np.log2(np.e))
SCALE = 0.3
WHY = {
    "zeros": "Keys behind the end enter the softmax with score 0: set them to -inf where not seen.",
    "undivided": "acc is never divided by l_i: divide once, after the loop.",
    "unscaled": "The scores are not scaled: give absorb_tile softmax_scale * log2(e).",
    "no_log2e": "absorb_tile wants its scale in base 2: softmax_scale * log2(e).",
    "strict": "A query sees its own key, too: j <= i + shift, not <.",
    "lse2": "That is the log-sum-exp in base 2: multiply by ln(2) for the natural one.",
    "mixed": "Half of it is converted: the natural one is (m_i + log2(l_i)) * ln(2), all of it.",
}
WHOLE = "A visited block is loaded whole: in the mask of the load compare with the length of k."
MISSING = "Blocks that are seen are not visited."
Q_EACH_TIME = "q is loaded for every tile of keys: once, before the loop, would do."
NAN = heads.NAN + " Or is absorb_tile lesson 08's? There a row that sees nothing gives NaN."


def because(text: str, why: str) -> harness.CheckFailed:
    """A fault's text with another likely cause."""
    if "Likely cause: " not in text:
        return harness.CheckFailed(f"{text}\n  Likely cause: {why}")
    return harness.CheckFailed(re.sub(r"(Likely cause: ).*", lambda m: m[1] + why, text))


def check_products(kernel, run) -> None:
    """Fail where a product got float32, in a run on 16-bit inputs."""
    wide, total = run.products.get("fp32", 0), sum(run.products.values())
    if wide:
        harness.fail(
            f"{harness.name_of(kernel)} multiplies float32 in {wide} of its {total} products, "
            "though q, k and v are float16: the tensor cores do not take those",
            "Is q, k or v turned into float32 first? absorb_tile takes them as they come.",
        )


def check_idle(kernel, run, on: str) -> None:
    """Fail where a block of k or v was visited only to load nothing."""
    for tensor in ("k_ptr", "v_ptr"):
        if count := run.idle.get(tensor, 0):
            harness.fail(
                f"{harness.name_of(kernel)} loads {tensor} without one lane switched on, {count} "
                f"time{'s' * (count > 1)} on {on}",
                "The bytes are saved, the work is not: the loop must not visit those blocks.",
            )


def q_each_time(row: int, M: int, BLOCK_M: int, blocks: list[int]) -> list[tuple[str, int]]:
    """Bytes of q, loaded for each of a tile's blocks, or once before as well. row: of one query."""
    return [
        (Q_EACH_TIME, row * sum(min(BLOCK_M, M - t * BLOCK_M) * (n + before)
                                for t, n in enumerate(blocks)))
        for before in (0, 1)
    ]  # fmt: skip


def wrong_lse(exact: np.ndarray, s: np.ndarray) -> list:
    """Hypotheses on the base of a log-sum-exp of the scores s."""
    m = s.max(axis=-1)
    rest = exact - np.where(np.isneginf(m), 0, m)
    return [
        (WHY["lse2"], exact * LOG2E),
        (WHY["mixed"], m + rest * LOG2E),
        (WHY["mixed"], m * LOG2E + rest),
    ]


def cdiv_each(a: np.ndarray, b: int) -> np.ndarray:
    """Ceiling of a / b, entry by entry."""
    return -(-a // b)
