"""One tile of scores for lesson 07's absorb_block: a launch of its bench, and what comes out."""

from __future__ import annotations

import numpy as np

from flashlab.checks import harness, kernels
from flashlab.checks import lesson_04_tiles as tiles
from flashlab.checks.kernels import Launch, Output, Tensor
from flashlab.checks.lesson_07_common import OVERFLOW, SCALE, WHY, tf32_fits


def absorb_launch(kind: str, dtype: str, first: int):
    """One tile of scores after `first` keys; and all scores and rows of v up to its end."""
    rows, cols, d = 16, 32, 64  # all different, so that a lost [:, None] is seen
    q, k, v = harness.attention_inputs(kind, rows, first + cols, d, np.float32, "absorb")
    s = (SCALE * (q @ k.T)).astype(np.float32)
    v = np.asarray(kernels.rounded(v, dtype), np.float32)
    if first == 0:
        s[:, -5:] = -np.inf  # keys that do not exist
    state = tiles.state_of(s[:, :first], v[:first])
    args = dict(zip(("m_ptr", "l_ptr", "acc_ptr"), map(Tensor, state), strict=True))
    args |= {"qk_ptr": Tensor(s[:, first:]), "v_ptr": Tensor(v[first:], dtype)}
    args |= {"m_out_ptr": Output((rows,)), "l_out_ptr": Output((rows,))}
    args |= {"acc_out_ptr": Output((rows, d))}
    return Launch((1,), args, {"ROWS": rows, "COLS": cols, "HEAD_DIM": d}), s, v


def compare_state(outputs, s, v, first: int, dtype: str, on: str) -> bool:
    """Hold a state against float64; True where the weights were not rounded for v."""
    exact = tiles.state_of(s, v, np.float64)
    plain = _rounded_state(s, v, first, dtype)
    bugs = ("block", "one", "inverse", "divide", "l", "acc")
    wrong = {b: tiles.state_of(s, v, np.float64, b, first) for b in bugs if first}
    on += f", {first} keys seen before"
    for i, part in enumerate(("m", "l", "acc")):
        hypotheses = [(WHY[b], state[i]) for b, state in wrong.items()]
        p = np.exp(s[:, first:].astype(np.float64) - exact[0][:, None])
        if part == "m":
            hypotheses.append((WHY["l_for_m"], exact[1]))
        if part == "l":
            alpha_l = exact[1] - p.sum(1)
            hypotheses.append((WHY["one_sum"], alpha_l + p.sum()))
        if part == "l":
            m0, l0, _ = tiles.state_of(s[:, :first], v[:first], np.float64)
            m = exact[0]
            in_two = np.exp2(m0 - m) * l0 + np.exp2(s[:, first:] - m[:, None]).sum(1)
            hypotheses.append((WHY["base2"], in_two))
        if part == "l" and dtype != "float32":
            hypotheses.append((WHY["unrounded_l"], _rounded_state(s, v, first, dtype, True)[1]))
        if part == "acc":
            got = outputs["acc_out_ptr"]
            new = p @ v[first:]
            hypotheses.append((WHY["lost"], new))
            if first:
                alpha = np.exp(s[:, :first].max(1) - exact[0])[:, None]
                hypotheses.append((WHY["late"], exact[2] - new + alpha * new))
            hypotheses += tf32_fits(got, exact[2], dtype)
        harness.compare(
            outputs[f"{part}_out_ptr"], exact[i], plain[i], dtype if part == "acc" else "float32",
            name=f"{part} of absorb_block", on=on, hypotheses=hypotheses,
            if_not_finite=OVERFLOW,
        )  # fmt: skip
    return dtype != "float32" and _unrounded(outputs["acc_out_ptr"], exact[2], plain[2], dtype, on)


def _unrounded(got, exact, plain, dtype: str, on: str) -> bool:
    """Whether acc is that of weights that were not rounded; fail where acc itself was rounded.

    plain: acc of rounded weights. A weight that lies between two float16 may go either way, so
    that a few entries may differ: the middle one must not.
    """
    near = 2e-5 * np.sqrt(np.mean(exact**2))
    apart, wide = np.median(np.abs(got - plain)), np.median(np.abs(got - exact))
    if min(apart, wide) > near:
        bug = kernels.rounded(plain, dtype)
        why = harness.likely_why(got.astype(np.float64), plain, [(WHY["rounded_acc"], bug)])
        what = f"acc of absorb_block is off by the rounding of {dtype} on {on}"
        harness.fail(f"{what}: {apart:.1e} in the middle", why)
    return bool(wide < apart and apart > near)


def _rounded_state(s, v, first: int, dtype: str, rounded_sum: bool = False):
    """The state in float32 with the weights rounded to `dtype` for the product with v."""
    m0, l0, acc0 = tiles.state_of(s[:, :first], v[:first])
    m = np.maximum(m0, s[:, first:].max(1))
    alpha = np.exp(m0 - m)
    p = np.exp(s[:, first:] - m[:, None])
    weights = np.asarray(kernels.rounded(p, dtype), np.float32)
    l_new = alpha * l0 + (weights if rounded_sum else p).sum(1)
    return m, l_new, alpha[:, None] * acc0 + weights @ v[first:]
