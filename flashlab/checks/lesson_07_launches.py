"""Launches of lesson 07's two kernels on one head, and what must come out."""

from __future__ import annotations

import numpy as np

from flashlab import reference
from flashlab.checks import harness, kernels
from flashlab.checks import lesson_04_tiles as tiles
from flashlab.checks.kernels import Launch, Output, Tensor
from flashlab.checks.lesson_07_common import OVERFLOW, SCALE, WHY, tf32_fits
from flashlab.checks.lesson_07_mistakes import arrays, mistakes
from flashlab.traffic import cdiv

DROPPED = (
    "l is still 0 at the end, and 0 / 0 is NaN. absorb_block returns the new state: "
    "m_i, l_i, acc = absorb_block(...)."
)
WHERE = "tl.where(condition, a, b) is a where the condition holds: are a and b exchanged?"
NAN = f"A lane without other= holds nothing defined: other=0.0 in the loads. Or: {OVERFLOW}"
FAR = (
    "All scores lie below -100,000 there. A running maximum that starts at 0, or at another "
    "number, stays there, exp underflows and l is 0: start from -inf."
)
GHOSTS = "Or ghosts, with the score 0, enter the maximum: give them -inf before tl.max."
FINITE = (
    "All scores lie below -100,000 there. A number that stands for -inf, in m_i, for the ghosts "
    'or as a least score, is larger than they are: float("-inf") is not.'
)
LARGE = (
    "acc grows beyond 65,504 there, the largest float16: divide it in float32, and let the store "
    "round the quotient."
)


def sizes_like(shape, n: int) -> tuple[int, ...]:
    """A ragged shape, another one at grading time that shows the same mistakes."""
    seqlen_q, seqlen_k, _, BLOCK_M, BLOCK_N = shape
    if (seqlen_q, seqlen_k) == (1, 1):
        return shape
    # instances that disturb each other are two; whole tiles stay whole, a ghost is another mistake
    rows = harness.vary_within(seqlen_q, BLOCK_M, 2, n)
    return (rows, harness.vary_within(seqlen_k, BLOCK_N, 2, n, 1), *shape[2:])


def launch_of(sizes, dtype: str = "float32", kind: str = "random", lse: bool = True) -> Launch:
    seqlen_q, seqlen_k, d, BLOCK_M, BLOCK_N = sizes
    made = {"far below zero": "random", "rise and fall": "equal", "large values": "equal"}
    made = made.get(kind, kind)
    q, k, v = harness.attention_inputs(made, seqlen_q, seqlen_k, d)
    if kind == "far below zero":
        q, k = np.abs(q) + 1, -np.abs(k) - 80_000  # no number that stands for -inf is below
    elif kind == "large values":  # equal weights: acc grows beyond what float16 holds
        v += 140
    elif kind == "rise and fall":  # all weights alike: acc grows to 4 * seqlen_k, and back
        v += 8 * np.sign(seqlen_k / 2 - np.arange(seqlen_k) - 0.5)[:, None].astype(np.float32)
    args = {"q_ptr": Tensor(q, dtype), "k_ptr": Tensor(k, dtype), "v_ptr": Tensor(v, dtype)}
    args |= {"out_ptr": Output(q.shape, dtype)}
    args |= {"lse_ptr": Output((seqlen_q,))} if lse else {}
    args |= {"seqlen_q": seqlen_q, "seqlen_k": seqlen_k, "softmax_scale": SCALE}
    blocks = {"HEAD_DIM": d, "BLOCK_M": BLOCK_M, "BLOCK_N": BLOCK_N}
    return Launch((cdiv(seqlen_q, BLOCK_M),), args, blocks)


def on_input(launch: Launch, kind: str) -> str:
    q, k = launch.args["q_ptr"], launch.args["k_ptr"]
    blocks = ", ".join(f"{n} = {b}" for n, b in launch.constexprs.items())
    return f"{kind} inputs, q {q.shape}, k and v {k.shape} {q.dtype}, {blocks}"


def compare_out(kernel, outputs, launch: Launch, kind: str) -> float:
    """Hold an output against float64 attention; the likely why comes from one mistake each."""
    got = outputs["out_ptr"]
    q, k, v = arrays(launch)
    dtype = launch.args["q_ptr"].dtype
    exact = reference.attention(q, k, v, SCALE)
    hypotheses = [(WHY[bug], wrong) for bug, wrong in mistakes(launch).items()]
    hypotheses += tf32_fits(got, exact, dtype)
    if kind == "rise and fall" and np.abs(got - exact).max() < 0.5:
        hypotheses.append((WHY["half_acc"], got))
    return harness.compare(
        got, exact, _plain(q, k, v, dtype), dtype,
        name=harness.name_of(kernel), on=on_input(launch, kind), hypotheses=hypotheses,
        if_not_finite=_why_not_finite(outputs, kind),
        ulps=_largest_score(q, k),  # each rounding of a score
    )  # fmt: skip


def compare_lse(kernel, got, launch: Launch, kind: str) -> None:
    q, k, v = arrays(launch)
    exact = reference.attention_lse(q, k, SCALE)
    m, l, _ = tiles.state_of((q @ k.T * np.float32(SCALE)).astype(np.float64), v, np.float64)  # noqa: E741
    blocks = launch.constexprs["BLOCK_M"], launch.constexprs["BLOCK_N"]

    def tiled(bug: str):
        return lambda: tiles.tiled_with_bug(q, k, v, SCALE, *blocks, bug)[1]

    hypotheses = [(WHY["lse2"], exact / np.log(2)), (WHY["lse"], np.log(l)), (WHY["sum"], l)]
    hypotheses += [(WHY["m"], m), (WHY["log2"], m + np.log2(l))]
    bugs = ("zeros", "tail", "l", "inverse", "last", "swapped", "returned")
    hypotheses += [(WHY[bug], tiled(bug)) for bug in bugs]
    for bug, seen in (("other_length", cdiv(len(q), blocks[1])), ("first_block", 1)):
        hypotheses += [(WHY[bug], reference.attention_lse(q, k[: seen * blocks[1]], SCALE))]
    hypotheses += [("m is counted twice, or l is taken with another maximum.", exact + m)]
    hypotheses += [(WHY["m_plus_l"], m + l), (WHY["m_times"], m * np.log(l))]
    hypotheses += [(WHY["m_minus"], m - np.log(l)), (WHY["lse_scaled"], SCALE * exact)]
    hypotheses += [(WHY["lse_unscaled"], m / SCALE + np.log(l))]
    if len(k) % blocks[1]:
        hypotheses += [(WHY["one_ghost"], np.logaddexp(exact, 0))]
    far = kind == "far below zero"
    if far and (got > 0.9 * exact).all():
        hypotheses += [(FINITE, got)]
    harness.compare(
        got, exact, kernels.plain_lse(q, k, SCALE), "float32",
        name=f"lse of {harness.name_of(kernel)}", on=on_input(launch, kind), hypotheses=hypotheses,
        if_not_finite=f"{FAR} {GHOSTS}" if far else NAN,
    )  # fmt: skip


def _plain(q, k, v, dtype: str) -> np.ndarray:
    """Plain attention with float32 scores; weights and output are rounded to `dtype`."""
    s = SCALE * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p = kernels.rounded(p / p.sum(axis=1, keepdims=True), dtype).astype(np.float32)
    return np.asarray(kernels.rounded(p @ v, dtype), np.float32)


def _largest_score(q, k) -> float:
    return float(np.abs(q @ k.T).max() * SCALE)


def _why_not_finite(outputs, kind: str) -> str:
    out, lse = outputs["out_ptr"], outputs.get("lse_ptr")
    if kind == "far below zero":
        return FAR if lse is None else f"{FAR} {GHOSTS}"
    if kind == "large values":
        return LARGE
    if lse is None:
        return f"{DROPPED} Or: {OVERFLOW}" if np.isnan(out).all() else OVERFLOW
    if np.isneginf(lse).all():
        return DROPPED
    return f"{WHERE} Or: {OVERFLOW}" if np.isnan(lse).all() else NAN
