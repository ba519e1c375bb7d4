"""The thin part of every widget: a view on anywidget, and what stands where no view can live."""

from __future__ import annotations

import functools
import uuid
from html import escape
from pathlib import Path
from urllib.parse import quote

import anywidget
import traitlets
from IPython.display import display

from flashlab.widgets.palette import PAGE_STYLE, SVG_STYLE

SAFE = " <>=/:;,.!?@*()[]{}'$+-_~|^`"  # what a data URL in double quotes may hold as it is
# JupyterLab puts "Loading" or an error where a view's kernel has gone
DEAD_VIEW = (
    ".jp-OutputArea-child:has(.fl-still) + .jp-OutputArea-child "
    "> .jp-OutputArea-output:not(:has(.fl)) { visibility: hidden; height: 0; padding: 0; }"
)


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
    """A widget that leaves a picture in the notebook, for whoever opens it without a kernel.

    Two outputs: the picture as HTML, which a page shows that trusts nothing, and the view. The view
    hides the picture while it lives; the picture hides what stands in the place of a dead view.
    """

    def still(self) -> tuple[str, str]:
        """(svg, sentence) of the present state."""
        raise NotImplementedError

    @functools.cached_property
    def still_id(self) -> str:
        return f"fl-{uuid.uuid4().hex[:12]}"

    def outputs(self) -> list[dict]:
        """The two bundles of a display: the picture, the view."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return [
            self.picture_output(),
            {
                "application/vnd.jupyter.widget-view+json": view,
                "text/plain": "Run this cell to move the picture.",
            },
        ]

    def picture_output(self) -> dict:
        picture, sentence = self.still()
        source = f"data:image/svg+xml,{quote(picture, safe=SAFE)}"
        alternative = escape(sentence)
        return {
            "text/html": f'<style>{DEAD_VIEW}</style><div class="fl-still {self.still_id}">'
            f'<img src="{source}" alt="{alternative}"/></div>',
            "text/plain": sentence,
        }

    def _ipython_display_(self, **kwargs) -> None:
        picture, view = self.outputs()
        display(picture, raw=True, display_id=self.still_id)
        display(view, raw=True)


class View(Shown, anywidget.AnyWidget):
    """A view with controls. `values` holds their state; `trouble` is shown in red."""

    _css = PAGE_STYLE + SVG_STYLE
    controls = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)
    stands_for = traitlets.Unicode().tag(sync=True)  # the picture that the view hides

    def _ipython_display_(self, **kwargs) -> None:
        self.stands_for = self.still_id
        super()._ipython_display_(**kwargs)
