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
.fl-gauges { margin: 6px 0; }
.fl-gauge { display: grid; grid-template-columns: 17em 220px auto; gap: 10px; align-items: center; }
.fl-bar { height: 13px; border: 1px solid var(--fl-line); }
.fl-bar span { display: block; height: 100%; background: var(--fl-accent); }
.fl-bar.over { border: 2px dashed #D55E00; }
.fl-bar.over span {
  background: repeating-linear-gradient(45deg, #D55E00 0 4px, transparent 4px 8px);
}
"""
WIDTH = 920  # a figure inside a box does not find the page's width by itself
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
    gauges = traitlets.List().tag(sync=True)
    sentence = traitlets.Unicode().tag(sync=True)
    table = traitlets.Dict({"head": [], "rows": [], "caption": ""}).tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)
    board: Board

    @traitlets.observe("values")
    @told
    def _moved(self) -> None:
        if hasattr(self, "board"):
            self.board.redraw()


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

    def data_shown(self, picture: dict) -> dict:
        return {}


def layout(height: int, **axes) -> dict:
    """What all figures have in common: no paper, no buttons, nothing that a drag could disturb."""
    return {
        "height": height,
        "width": WIDTH,
        "margin": {"l": 90, "r": 20, "t": 46, "b": 90},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(127,127,127,.06)",
        "font": {"size": 13},
        "dragmode": False,
        "modebar": {"remove": BUTTONS},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        **{name: {**AXIS, "fixedrange": True, **axis} for name, axis in axes.items()},
    }
