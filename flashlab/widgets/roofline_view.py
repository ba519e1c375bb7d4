"""The roofline on the page."""

from __future__ import annotations

from math import log10

from flashlab.cards import CARDS
from flashlab.widgets.board import Board, layout
from flashlab.widgets.palette import BLUE, VERMILION
from flashlab.widgets.roofline import (
    LOOKS,
    XS,
    YS,
    controls,
    names_of_roofs,
    roofline_picture,
    still,
)


class Roofline(Board):
    """One line a card, the chosen one thick; one mark a way, its hover says what bounds it."""

    def __init__(self, state: dict, measured: list[dict]) -> None:
        self.measured = measured
        super().__init__(controls(), state)

    def layout_of(self) -> dict:
        ticks = [0.1, 1, 10, 100, 1000, 10_000]
        words = [f"{v:,g}" for v in ticks]
        made = layout(
            460,
            xaxis={"type": "log", "range": [log10(XS[0]), log10(XS[1]) + 0.85],
                   "title": {"text": "FLOP per byte of HBM traffic"},
                   "tickvals": ticks[1:], "ticktext": words[1:]},
            yaxis={"type": "log", "range": [log10(v) for v in YS],
                   "title": {"text": "TFLOP/s, 16-bit"},
                   "tickvals": ticks[:-1], "ticktext": words[:-1]},
        )  # fmt: skip
        return made | {"hovermode": "closest"}

    def picture(self) -> dict:
        return roofline_picture(self.values, self.measured)

    def add_traces(self) -> None:
        for name in CARDS:
            self.figure.add_scatter(
                name=name, mode="lines", hoverinfo="skip",
                line={"color": "rgba(127,127,127,.7)", "width": 1},
            )  # fmt: skip
        names = names_of_roofs()
        self.figure.add_scatter(
            x=[XS[1]] * len(names), y=list(names.values()), text=[f" {n}" for n in names],
            name="names", mode="text", textposition="middle right", textfont={"size": 11},
            hoverinfo="skip",
        )  # fmt: skip
        hover = {"hovertemplate": "%{hovertext}<extra></extra>"}
        for name, (colour, shape) in LOOKS.items():
            mark = {"color": colour, "symbol": shape, "size": 13}
            self.figure.add_scatter(name=name, mode="markers", marker=mark, **hover)
        for run in self.measured:
            mark = {"symbol": "x-thin", "size": 12, "line": {"width": 3, "color": VERMILION}}
            self.figure.add_scatter(
                name=run["name"], mode="markers+text", text=[f"  {run['name']}"], marker=mark,
                textposition="middle right", **hover,
            )  # fmt: skip

    def show(self, picture: dict) -> None:
        lines = {trace.name: trace for trace in self.figure.data}
        for name, roof in picture["roofs"].items():
            line, chosen = lines[name], name == picture["card"]
            line.x, line.y = roof["x"], roof["y"]
            line.line.color = BLUE if chosen else "rgba(127,127,127,.7)"
            line.line.width = 4 if chosen else 1
        for point in picture["points"]:
            mark = lines[point["name"]]
            mark.x, mark.y = [point["intensity"]], [point["tflops"]]
            mark.hovertext = [point["words"]]

    def legend(self, picture: dict) -> list[dict]:
        ways = [{"label": n, "colour": c, "mark": shape} for n, (c, shape) in LOOKS.items()]
        return [{"label": f"roof of {picture['card']}", "colour": BLUE, "dash": ""}, *ways]

    def data_shown(self, picture: dict) -> dict:
        keep = ("name", "intensity", "tflops", "bound")
        points = [{key: p[key] for key in keep} for p in picture["points"]]
        return {"card": picture["card"], "ridge": picture["ridge"], "points": points}

    def still(self) -> tuple[str, str]:
        picture = self.picture()
        return still(picture), picture["sentence"]
