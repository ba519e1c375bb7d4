"""The traffic explorer on the page."""

from __future__ import annotations

from math import log10

from flashlab.widgets.board import Board, layout, stroke
from flashlab.widgets.chart import size
from flashlab.widgets.palette import ARRAYS, METHODS
from flashlab.widgets.traffic_explorer import (
    LABELS,
    MARKS,
    NAMES,
    SEQLENS,
    TENSORS,
    controls,
    start,
    still,
    traffic_picture,
)

CROSS = "#CC3311"


class TrafficExplorer(Board):
    """Above: the bytes at this N, by tensor. Below: bytes over N, a mark at this N."""

    def __init__(self, measured: list[dict]) -> None:
        self.measured = measured
        super().__init__(controls(measured), start(measured))

    def layout_of(self) -> dict:
        least = min([p["N"] for p in self.measured] + [SEQLENS[0]])
        low = min([p["bytes"] for p in self.measured] + [2000]) / 2
        ticks, sizes = [10**k for k in range(6)], [10.0**k for k in range(1, 15, 2)]
        return layout(
            380,
            xaxis={"type": "log", "range": [log10(0.8 * least), 5.25], "tickvals": ticks,
                   "ticktext": [f"{n:,}" for n in ticks], "title": {"text": "N (tokens)"}},
            yaxis={"type": "log", "range": [log10(low), 14], "tickvals": sizes,
                   "ticktext": [size(v) for v in sizes], "title": {"text": "bytes moved"}},
        )  # fmt: skip

    def picture(self) -> dict:
        return traffic_picture(self.values, self.measured)

    def add_traces(self) -> None:
        figure = self.figure
        figure.add_scatter(
            x=[1, 1], y=[1, 1e14], name="N", mode="lines", hoverinfo="skip",
            line={"color": "rgba(127,127,127,.7)", "width": 1},
        )  # fmt: skip
        for method, name in NAMES.items():
            line = {"color": METHODS[method], "width": 2.5}
            figure.add_scatter(name=name, mode="lines", line=line)
        colours = [METHODS[m] for m in NAMES]
        figure.add_scatter(
            name="here", mode="markers", marker={"color": colours, "size": 12, "opacity": 1},
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
        figure.add_scatter(
            name="measured", mode="markers+text", textposition="top right", visible=False,
            marker={"symbol": "x-thin", "size": 14, "line": {"width": 3, "color": CROSS}},
            hovertemplate="%{text}: %{y:,} bytes<extra></extra>",
        )  # fmt: skip

    def show(self, picture: dict) -> None:
        traces = {trace.name: trace for trace in self.figure.data}
        totals, rows = picture["totals"], dict(zip(NAMES, picture["split"], strict=True))
        for method, name in NAMES.items():
            curve = traces[name]
            curve.x, curve.y = picture["seqlens"], picture["curves"][method]
            curve.line.dash = stroke(rows[method]["dash"])
        here, measured = traces["here"], traces["measured"]
        here.x, here.y = [picture["N"]] * len(NAMES), [totals[m] for m in NAMES]
        here.marker.symbol = [MARKS[m] + "-open" * row["over"] for m, row in rows.items()]
        here.text = [f"{NAMES[m]}: {size(totals[m])}" for m in NAMES]
        traces["N"].x = [picture["N"]] * 2
        measured.x = [p["N"] for p in picture["measured"]]
        measured.y = [p["bytes"] for p in picture["measured"]]
        measured.text = [p["title"] for p in picture["measured"]]
        measured.visible = bool(picture["measured"])

    def legend(self, picture: dict) -> list[dict]:
        used = [t for t in TENSORS if any(picture["parts"][m][t] for m in NAMES)]
        named = [
            {"label": LABELS.get(t, t.upper()), "colour": ARRAYS[t], "mark": "square"} for t in used
        ]
        cross = {"label": "measured", "colour": CROSS, "mark": "cross"}
        return named + [cross] * bool(picture["measured"])

    def data_shown(self, picture: dict) -> dict:
        keep = ("N", "totals", "ratio", "held", "measured")
        return {key: picture[key] for key in keep} | {"fits": picture["chip"]["fits"]}

    def still(self) -> tuple[str, str]:
        picture = self.picture()
        return still(picture), picture["sentence"]
