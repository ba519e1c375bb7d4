"""Made-up measurements for lesson 08's speed_report, and a comparison of what it says."""

from __future__ import annotations

import numpy as np

from flashlab.cards import card
from flashlab.checks import harness


def measured(n: int, causal: bool, seqlen: int = 1024):
    """Arguments of a made-up measurement: one slow call among ours, a card of the table."""
    g = harness.rng("measured", n, causal, seqlen)
    one = card("H100" if n else "A100")
    batch, nheads, d = int(g.choice((3, 4))), int(g.integers(5, 9)), 128
    work = 4 * batch * nheads * seqlen**2 * d / 1e12 * 1000  # ms at 1 TFLOP/s
    roof = min(one.tflops_16bit, seqlen / 2 * one.hbm_gb_per_s / 1000)
    ours = [float(x) for x in work / (0.4 * roof) * (1 + 0.05 * g.random(7))]
    ours[0] *= 30  # the call that compiled
    theirs = [float(x) for x in work / (0.3 * roof) * (1 + 0.05 * g.random(7))]
    theirs[0] *= 20
    return (ours, theirs, batch, nheads, seqlen, d, causal, one.tflops_16bit,
            float(one.hbm_gb_per_s))  # fmt: skip


def rate_of(args) -> float:
    ours, _, batch, nheads, N, d, causal, *_ = args
    flops = 4 * batch * nheads * N**2 * d * (0.5 if causal else 1)
    return flops / float(np.median(ours)) / 1e9


def sizes_of(args) -> str:
    _, _, batch, nheads, N, d, causal, peak, gb = args
    return (
        f"batch {batch}, {nheads} heads, N = {N}, d = {d}, causal={causal}, peak {peak:g} TFLOP/s, "
        f"{gb:g} GB/s"
    )


def report_of(speed_report, args) -> tuple[float, float, float, float]:
    value = harness.call(speed_report, *args).value
    if not isinstance(value, (tuple, list)) or len(value) != 4:
        what = f"{len(value)} values" if isinstance(value, (tuple, list)) else type(value).__name__
        harness.fail(
            f"speed_report returned {what}", "Return four numbers: median_ms, tflops, ratio, share."
        )
    return tuple(value)


def expect(name: str, value, right: float, wrong: dict[str, float], on: str) -> None:
    """Fail unless the number is right; name the first of `wrong` that it agrees with."""
    try:
        got = float(value)
    except (TypeError, ValueError):
        harness.fail(f"{name} of speed_report is {value!r}, not a number")
    if np.isclose(got, right, rtol=1e-6):
        return
    why = next((text for text, x in wrong.items() if np.isclose(got, x, rtol=1e-6)), "")
    harness.fail(f"{name} is wrong on {on}: got {got:.6g}, expected {right:.6g}", why.strip())


def all_close(got: list, expected: list) -> bool:
    try:
        return bool(np.allclose(np.asarray(got, np.float64), expected, rtol=1e-6, atol=0))
    except (TypeError, ValueError):  # not numbers, which `expect` will say
        return False
