"""The first slider on the page."""

from __future__ import annotations

from flashlab.widgets.board import Board, layout, stroke
from flashlab.widgets.chart import size
from flashlab.widgets.naive_slider import HEAD_DIMS, LEAST, SEQLENS, START, naive_state, still
from flashlab.widgets.palette import GREY, VERMILION

TICKS = [10.0**k for k in range(3, 14, 2)]


class NaiveSlider(Board):
    """Two curves over N, log axes, and a mark at the N that is chosen."""

    def __init__(self, naive_traffic_bytes) -> None:
        self.formula = naive_traffic_bytes
        words = [f"{n:,}" for n in SEQLENS]
        sliders = [
            {"name": "N", "label": "N", "options": SEQLENS, "words": words},
            {"name": "head_dim", "label": "head_dim", "options": HEAD_DIMS},
        ]
        super().__init__(sliders, START)

    def layout_of(self) -> dict:
        seqlens = [10**k for k in range(1, 6)]
        return layout(
            380,
            xaxis={"type": "log", "range": [1.1, 5.25], "title": {"text": "N (tokens)"},
                   "tickvals": seqlens, "ticktext": [f"{n:,}" for n in seqlens]},
            yaxis={"type": "log", "range": [3, 13], "title": {"text": "bytes, float32"},
                   "tickvals": TICKS, "ticktext": [size(v) for v in TICKS]},
        )  # fmt: skip

    def picture(self) -> dict:
        return naive_state(self.formula, **self.values)

    def add_traces(self) -> None:
        for name, line in (
            ("your formula", {"color": VERMILION, "width": 2.5}),
            ("Q, K, V and O alone", {"color": GREY, "width": 2.5, "dash": stroke(LEAST)}),
        ):
            self.figure.add_scatter(x=SEQLENS, name=name, mode="lines", line=line)
        self.figure.add_scatter(
            name="here",
            mode="markers",
            marker={"color": VERMILION, "size": 13, "symbol": "diamond"},
        )

    def show(self, picture: dict) -> None:
        total, least, here = self.figure.data
        total.y, least.y = picture["total"], picture["least"]
        here.x, here.y = [picture["here"][0]], [picture["here"][1]]

    def legend(self, picture: dict) -> list[dict]:
        return [
            {"label": "your formula", "colour": VERMILION, "dash": ""},
            {"label": "Q, K, V and O alone", "colour": GREY, "dash": LEAST},
            {"label": "at this N", "colour": VERMILION, "mark": "diamond"},
        ]

    def data_shown(self, picture: dict) -> dict:
        return {"here": picture["here"], "share": picture["share"]}

    def still(self) -> tuple[str, str]:
        picture = self.picture()
        return still(picture), picture["sentence"]
