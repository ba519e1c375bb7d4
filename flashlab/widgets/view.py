"""The thin part of every widget: a view on anywidget, and what stands where no view can live."""

from __future__ import annotations

import functools
from pathlib import Path

import anywidget
import traitlets

from flashlab.widgets.palette import PAGE_STYLE, SVG_STYLE


def script(*names: str) -> str:
    """The JavaScript of a view: common.js, then its own files."""
    here = Path(__file__).parent
    return "\n".join((here / f"{name}.js").read_text("utf-8") for name in ("common", *names))


def told(method):
    """An observer whose exception is shown in the view; ipywidgets would swallow it."""

    @functools.wraps(method)
    def observer(self, change=None):
        self.trouble = ""
        try:
            method(self)
        except Exception as error:
            self.trouble = f"{type(error).__name__}: {error}"

    return observer


class Shown:
    """Adds a picture and a sentence to what a widget displays: for pages without a kernel."""

    _ipython_display_ = None  # ipywidgets 7 has one, which bypasses the bundle

    def still(self) -> tuple[str, str]:
        """(svg, sentence) of the present state."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs) -> dict:
        picture, sentence = self.still()
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {
            "application/vnd.jupyter.widget-view+json": view,
            "image/svg+xml": picture,
            "text/plain": sentence,
        }


class View(Shown, anywidget.AnyWidget):
    """A view with controls. `values` holds their state; `trouble` is shown in red."""

    _css = PAGE_STYLE + SVG_STYLE
    controls = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)
