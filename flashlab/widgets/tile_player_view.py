"""The tile player on the page."""

from __future__ import annotations

import traitlets

from flashlab.traffic import Traffic
from flashlab.widgets.examples import example
from flashlab.widgets.palette import PAGE_STYLE, SVG_STYLE
from flashlab.widgets.tile_drawing import STYLE, still
from flashlab.widgets.tile_player import CONTROLS, TITLES, panels, sentence
from flashlab.widgets.view import View, script, told


class TilePlayer(View):
    """`step` is the number of accesses that have been made; `panels` what each side shows."""

    _esm = script("tile_player")
    _css = PAGE_STYLE + SVG_STYLE + STYLE
    panels = traitlets.List().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)

    def __init__(self, traffics: list[Traffic], titles: list[str], example: bool) -> None:
        super().__init__(panels=panels(traffics, titles))
        self.traffics, self.titles = traffics, titles
        if example:
            self.controls, self.values = CONTROLS, CONTROLS[0]["presets"][0][1]
            self.observe(self._another_case, names=["values"])

    @told
    def _another_case(self) -> None:
        self.traffics, self.titles = list(example(**self.values)), list(TITLES)
        with self.hold_sync():
            self.panels = panels(self.traffics, self.titles)
            self.step = 0

    def still(self) -> tuple[str, str]:
        # without a kernel nothing can be played: show the last step, where all is counted
        step = self.step or max((len(p["steps"]) for p in self.panels), default=0)
        return still(self.panels, step), sentence(self.traffics, self.titles)
