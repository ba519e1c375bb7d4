"""A plotly figure under controls of our own: curves that people read values off."""

from __future__ import annotations

import ipywidgets
import plotly.graph_objects as go
import traitlets

from flashlab.widgets.palette import LINE
from flashlab.widgets.view import Shown, View, script, told

BUTTONS = [
    "zoom",
    "pan",
    "select",
    "lasso",
    "zoomin",
    "zoomout",
    "autoscale",
    "resetscale",
    "toimage",
]
# plotly writes its colours into the drawing; here the page's win, so that dark is dark
STYLE = """
.fl-board { overflow-x: auto; max-width: 1080px; }
.fl-board .js-plotly-plot .main-svg { background: transparent !important; }
.fl-board .js-plotly-plot text {
  fill: var(--jp-content-font-color0, var(--colab-primary-text-color, #1F2933)) !important;
}
.fl-board .js-plotly-plot .hoverlayer text { fill: #1F2933 !important; }
.fl-board .js-plotly-plot .hoverlayer path { fill: #FFFFFF !important; }
.fl-headline { font-size: 15px; }
.fl-headline b { font-size: 22px; margin-right: 6px; font-variant-numeric: tabular-nums; }
.fl-rows {
  display: grid; grid-template-columns: 15.5em minmax(60px, 1fr) 14em; gap: 5px 12px;
  align-items: center; max-width: 920px; margin: 6px 0;
}
.fl-rows > * { min-width: 0; }
.fl-row { display: contents; }
.fl-row .fl-words { font-variant-numeric: tabular-nums; }
.fl-key { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
.fl-keys { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 6px 0; }
.fl-key svg { flex: none; }
.fl-bar { height: 14px; border: 1px solid var(--fl-line); border-radius: 2px; overflow: hidden; }
.fl-bar span { display: block; height: 100%; background: var(--fl-accent); }
.fl-split { height: 18px; display: flex; position: relative; }
.fl-split span { box-shadow: inset -.5px 0 var(--fl-paper); }
.fl-bar.over { border: 2px dashed #D55E00; }
.fl-gauge .over span {
  background: repeating-linear-gradient(45deg, #D55E00 0 4px, transparent 4px 8px);
}
.fl-split.over span { mask: repeating-linear-gradient(45deg, #000 0 6px, transparent 6px 9px); }
"""
NARROW, WIDTH = 420, 920  # of a figure, by the room that the page has
AXIS = {
    "gridcolor": "rgba(127,127,127,.3)",
    "linecolor": LINE,
    "zeroline": False,
    "automargin": False,
}


class Knobs(View):
    """What stands above the figure. `shown` is what the figure shows, as plain data."""

    _esm = script("knobs")
    _css = View._css + STYLE
    headline = traitlets.List().tag(sync=True)  # a number, and what it is of
    legend = traitlets.List().tag(sync=True)  # lines and marks: {"label", "colour", "dash", "mark"}
    split = traitlets.List().tag(sync=True)  # the same with "words", "over" and "parts" of a bar
    gauges = traitlets.List().tag(sync=True)
    limits = traitlets.List([NARROW, WIDTH]).tag(sync=True)
    room = traitlets.List([WIDTH, 0]).tag(sync=True)  # pixels for the figure, how often asked for
    sentence = traitlets.Unicode().tag(sync=True)
    table = traitlets.Dict({"head": [], "rows": [], "caption": ""}).tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)
    board: Board

    @traitlets.observe("values")
    @told
    def _moved(self) -> None:
        if hasattr(self, "board"):
            self.board.redraw()

    @traitlets.observe("room")
    @told
    def _resized(self) -> None:
        if hasattr(self, "board"):
            pixels, asked = self.room
            # a busy figure can drop a change, and plotly sends none twice: again, a pixel narrower
            self.board.figure.layout.width = pixels - asked % 2


class Board(Shown, ipywidgets.VBox):
    """Knobs over a figure. A subclass says what the picture is and how the figure shows it."""

    def __init__(self, controls: list[dict], values: dict) -> None:
        self.knobs = Knobs(controls=controls, values=values)
        self.figure = go.Figure(layout=self.layout_of())
        self.add_traces()
        self.redraw()
        # a widget only now, complete: inside a box it takes no changes before it is displayed
        self.figure = go.FigureWidget(self.figure)
        super().__init__([self.knobs, self.figure])
        self.add_class("fl-board")
        self.knobs.board = self

    @property
    def values(self) -> dict:
        return self.knobs.values

    def set(self, **values) -> None:
        """Move sliders from code; what is unknown raises KeyError."""
        unknown = set(values) - set(self.values)
        if unknown:
            raise KeyError(f"no slider {', '.join(sorted(unknown))}")
        self.knobs.values = {**self.values, **values}

    def _ipython_display_(self, **kwargs) -> None:
        self.figure._repr_mimebundle_()  # plotly hands over what changed since it was made
        self.knobs.stands_for = self.still_id
        super()._ipython_display_(**kwargs)

    def redraw(self) -> None:
        """The picture of the present values, in words and in the figure, each in one message."""
        picture = self.picture()
        with self.knobs.hold_sync():
            self.knobs.sentence = picture["sentence"]
            self.knobs.gauges, self.knobs.table = picture["gauges"], picture["table"]
            self.knobs.headline, self.knobs.split = (
                picture.get(k, []) for k in ("headline", "split")
            )
            self.knobs.legend = self.legend(picture)
            self.knobs.shown = self.data_shown(picture)
        with self.figure.batch_update():
            self.show(picture)

    def picture(self) -> dict:
        raise NotImplementedError

    def layout_of(self) -> dict:
        raise NotImplementedError

    def add_traces(self) -> None:
        raise NotImplementedError

    def show(self, picture: dict) -> None:
        raise NotImplementedError

    def legend(self, picture: dict) -> list[dict]:
        """What lines and marks mean, where `split` does not say it."""
        return []

    def data_shown(self, picture: dict) -> dict:
        return {}


def stroke(dash: str) -> str:
    """A dash as plotly writes it, from what SVG writes."""
    return dash.replace(" ", "px,") + "px" if dash else "solid"


def layout(height: int, **axes) -> dict:
    """What all figures have in common: no paper, no buttons, nothing that a drag could disturb."""
    return {
        "height": height,
        "width": WIDTH,
        "margin": {"l": 90, "r": 20, "t": 16, "b": 60},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(127,127,127,.06)",
        "font": {"size": 13},
        "dragmode": False,
        "modebar": {"remove": BUTTONS},
        "showlegend": False,  # the page says it above, where there is room and a theme
        **{name: {**AXIS, "fixedrange": True, **axis} for name, axis in axes.items()},
    }
