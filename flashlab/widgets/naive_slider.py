"""The first slider: the learner's own byte formula over N, with a cursor. Plotly, one figure."""

from __future__ import annotations

import os

SEQLENS = [2**i for i in range(4, 18)]  # 16 to 131,072
HEAD_DIMS = [16, 32, 64, 128, 256]


def naive_state(naive_traffic_bytes, seqlen: int, head_dim: int, itemsize: int = 4) -> dict:
    """What the picture shows, as plain data: the curve, the least possible, the cursor, a sentence.

    naive_traffic_bytes: (seqlen_q, seqlen_k, head_dim, itemsize) -> bytes, the learner's own.
    """
    total = [naive_traffic_bytes(n, n, head_dim, itemsize) for n in SEQLENS]
    least = [4 * n * head_dim * itemsize for n in SEQLENS]
    here, needed = naive_traffic_bytes(seqlen, seqlen, head_dim, itemsize), 4 * seqlen * head_dim
    share = 1 - needed * itemsize / here if here else 0.0
    return {
        "seqlens": SEQLENS,
        "total": total,
        "least": least,
        "cursor": (seqlen, here),
        "text": (
            f"N = {seqlen:,}, head_dim = {head_dim}: {here:,} bytes; "
            f"{share:.0%} of them are S and P."
        ),
    }


def naive_traffic_slider(naive_traffic_bytes):
    """Sliders for N and head_dim over the bytes that `naive_traffic_bytes` predicts.

    Works in JupyterLab and Colab. While a notebook is being graded it shows its sentence only.
    """
    state = naive_state(naive_traffic_bytes, 1024, 64)
    if os.environ.get("NBGRADER_EXECUTION"):
        print(state["text"])
        return None

    import ipywidgets as widgets
    import plotly.graph_objects as go

    figure = go.FigureWidget(
        data=[
            go.Scatter(x=state["seqlens"], y=state["total"], name="your formula", mode="lines"),
            go.Scatter(
                x=state["seqlens"],
                y=state["least"],
                name="Q, K, V and O alone",
                mode="lines",
                line={"dash": "dash"},
            ),  # fmt: skip
            go.Scatter(
                x=[state["cursor"][0]],
                y=[state["cursor"][1]],
                name="here",
                mode="markers",
                marker={"size": 12, "symbol": "diamond"},
            ),  # fmt: skip
        ],
        layout={
            "height": 360,
            "margin": {"l": 60, "r": 20, "t": 20, "b": 50},
            "colorway": ["#0072B2", "#009E73", "#D55E00"],
            "xaxis": {"type": "log", "title": {"text": "N (tokens)"}, "range": [1.1, 5.2]},
            "yaxis": {"type": "log", "title": {"text": "bytes, float32"}, "range": [3, 12.5]},
            "legend": {"orientation": "h", "y": 1.12},
        },
    )
    style = {"description_width": "80px"}
    seqlen = widgets.SelectionSlider(
        options=SEQLENS, value=1024, description="N", style=style, continuous_update=True
    )
    head_dim = widgets.SelectionSlider(
        options=HEAD_DIMS, value=64, description="head_dim", style=style, continuous_update=True
    )
    words = widgets.Label(state["text"])

    def redraw(_=None):
        try:
            new = naive_state(naive_traffic_bytes, seqlen.value, head_dim.value)
        except Exception as error:  # the learner's function: an observer would swallow it
            words.value = f"naive_traffic_bytes raised {type(error).__name__}: {error}"
            return
        with figure.batch_update():
            figure.data[0].y, figure.data[1].y = new["total"], new["least"]
            figure.data[2].x, figure.data[2].y = [new["cursor"][0]], [new["cursor"][1]]
        words.value = new["text"]

    seqlen.observe(redraw, names=["value"])
    head_dim.observe(redraw, names=["value"])
    return widgets.VBox([widgets.HBox([seqlen, head_dim]), words, figure])
