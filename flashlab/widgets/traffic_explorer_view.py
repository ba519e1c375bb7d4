"""The traffic explorer on the page."""

from __future__ import annotations

from math import log10

from flashlab.widgets.board import Board, layout
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

DASHES = {"naive": "solid", "flash1": "dash", "flash2": "solid", "compulsory": "dashdot"}
BYTES = [10.0**k for k in range(3, 15, 2)]
CROSS = "#CC3311"
TOP = 160  # of the bars' axis, per cent of naive


class TrafficExplorer(Board):
    """Left: bytes over N. Right: the bytes at this N by tensor, as per cent of naive's."""

    def __init__(self, measured: list[dict]) -> None:
        self.measured = measured
        super().__init__(controls(measured), start(measured))

    def layout_of(self) -> dict:
        ticks = [10**k for k in range(6)]
        least = min([p["N"] for p in self.measured] + [SEQLENS[0]])
        made = layout(
            430,
            xaxis={
                "type": "log", "range": [log10(0.8 * least), 5.25], "domain": [0, 0.54],
                "tickvals": ticks, "ticktext": [f"{n:,}" for n in ticks],
                "title": {"text": "N (tokens)"},
            },
            yaxis={
                "type": "log", "range": [3, 14], "tickvals": BYTES,
                "ticktext": [size(v) for v in BYTES], "title": {"text": "bytes moved"},
            },
            xaxis2={
                "range": [0, TOP], "domain": [0.73, 1], "anchor": "y2", "ticksuffix": " %",
                "title": {"text": "of naive's bytes at this N"},
            },
            yaxis2={"anchor": "x2", "range": [3.6, -0.6], "tickvals": [*range(len(NAMES))]},
        )  # fmt: skip
        below = {"orientation": "h", "xanchor": "right", "x": 1, "yanchor": "top", "y": -0.19,
                 "traceorder": "normal"}  # fmt: skip
        return made | {"barmode": "stack", "bargap": 0.35, "legend2": below}

    def picture(self) -> dict:
        return traffic_picture(self.values, self.measured)

    def add_traces(self) -> None:
        figure = self.figure
        figure.add_scatter(
            x=[1, 1], y=[1e3, 1e14], name="N", mode="lines", showlegend=False, hoverinfo="skip",
            line={"color": "rgba(127,127,127,.7)", "width": 1},
        )  # fmt: skip
        for method, name in NAMES.items():
            figure.add_scatter(
                x=SEQLENS, name=name, mode="lines", line={"color": METHODS[method], "width": 2.5}
            )
            figure.add_scatter(
                name=f"{name} here", mode="markers", showlegend=False,
                marker={"color": METHODS[method], "symbol": MARKS[method], "size": 11},
                hovertemplate=f"{name}: %{{text}}<extra></extra>",
            )  # fmt: skip
        figure.add_scatter(
            name="measured", mode="markers+text", textposition="bottom right", visible=False,
            marker={"symbol": "x-thin", "size": 14, "line": {"width": 3, "color": CROSS}},
            hovertemplate="%{text}: %{y:,} bytes<extra></extra>",
        )  # fmt: skip
        for tensor in TENSORS:
            figure.add_bar(
                y=[*range(len(NAMES))], name=LABELS.get(tensor, tensor.upper()), orientation="h",
                xaxis="x2", yaxis="y2", legend="legend2", marker={"color": ARRAYS[tensor]},
                hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
            )  # fmt: skip

    def show(self, picture: dict) -> None:
        traces = {trace.name: trace for trace in self.figure.data}
        parts, totals = picture["parts"], picture["totals"]
        missing = [m.startswith("flash") and not picture["chip"]["fits"] for m in NAMES]
        for (method, name), no in zip(NAMES.items(), missing, strict=True):
            curve, here = traces[name], traces[f"{name} here"]
            curve.y, curve.opacity = picture["curves"][method], 0.75 if no else 1
            curve.line.dash = "dot" if no else DASHES[method]
            here.x, here.y = [picture["N"]], [totals[method]]
            here.marker.symbol = MARKS[method] + ("-open" if no else "")
            here.text = [size(totals[method])]
        traces["N"].x = [picture["N"]] * 2
        measured = traces["measured"]
        measured.x = [p["N"] for p in picture["measured"]]
        measured.y = [p["bytes"] for p in picture["measured"]]
        measured.text = [p["title"] for p in picture["measured"]]
        measured.visible = bool(picture["measured"])
        for tensor in TENSORS:
            bar = traces[LABELS.get(tensor, tensor.upper())]
            bar.x = [100 * parts[m][tensor] / totals["naive"] for m in NAMES]
            bar.customdata = [size(parts[m][tensor]) for m in NAMES]
            bar.marker.pattern.shape = ["/" if no else "" for no in missing]
        self.figure.layout.yaxis2.ticktext = [
            f"{name}<br><b>{size(totals[m])}</b>" + ("<br>does not fit" if no else "")
            for (m, name), no in zip(NAMES.items(), missing, strict=True)
        ]

    def data_shown(self, picture: dict) -> dict:
        keep = ("N", "totals", "ratio", "held", "measured")
        return {key: picture[key] for key in keep} | {"fits": picture["chip"]["fits"]}

    def still(self) -> tuple[str, str]:
        picture = self.picture()
        return still(picture), picture["sentence"]
