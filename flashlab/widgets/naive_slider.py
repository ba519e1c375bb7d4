"""The first slider: the learner's own byte formula over N, beside what no attention can avoid."""

from __future__ import annotations

from flashlab.widgets import svg
from flashlab.widgets.chart import LogChart, legend, size
from flashlab.widgets.palette import GREY, VERMILION

SEQLENS = [2**k for k in range(4, 18)]  # 16 to 131,072
HEAD_DIMS = [16, 32, 64, 128, 256]
START = {"N": 1024, "head_dim": 64}
ITEMSIZE = 4
LEAST = "9 4 2 4"  # the dash of what no attention can avoid


def naive_state(naive_traffic_bytes, N: int, head_dim: int) -> dict:
    """What the picture shows, as plain data: the curve, the least possible, the point at N, words.

    naive_traffic_bytes: (seqlen_q, seqlen_k, head_dim, itemsize) -> bytes, the learner's own; it is
    drawn as it is, right or wrong.
    """
    total = [naive_traffic_bytes(n, n, head_dim, ITEMSIZE) for n in SEQLENS]
    least = [4 * n * head_dim * ITEMSIZE for n in SEQLENS]
    here, needed = naive_traffic_bytes(N, N, head_dim, ITEMSIZE), 4 * N * head_dim * ITEMSIZE
    share = 1 - needed / here if here else 0.0
    words = f"N = {N:,}, head_dim = {head_dim}: {here:,} bytes; {share:.1%} of them are S and P."
    rows = [[f"{n:,}", f"{a:,}", f"{b:,}"] for n, a, b in zip(SEQLENS, total, least, strict=True)]
    head = ["N", "your formula", "Q, K, V and O alone"]
    return {
        "total": total, "least": least, "here": (N, here), "share": share, "sentence": words,
        "gauges": [], "table": {"caption": "Bytes, float32, one head", "head": head, "rows": rows},
    }  # fmt: skip


def still(state: dict) -> str:
    """Both curves and the point at N as one SVG."""
    chart = LogChart(80, 60, 560, 260, (12, 180_000), (1e3, 1e13))
    names = [("your formula", VERMILION, ""), ("Q, K, V and O alone", GREY, LEAST)]
    inside = legend(30, 22, names)
    inside += chart.axes("N (tokens)", "bytes, float32", lambda v: f"{v:,.0f}", size)
    for key, colour, dash in (("total", VERMILION, ""), ("least", GREY, LEAST)):
        ys = [min(max(y, 1e3), 1e13) for y in state[key]]
        inside.append(chart.curve(SEQLENS, ys, colour, dash))
    N, here = state["here"]
    inside.append(chart.mark(N, min(max(here, 1e3), 1e13), VERMILION, "diamond"))
    inside.append(svg.text(30, 384, state["sentence"]))
    return svg.standalone(680, 400, state["sentence"], *inside)
