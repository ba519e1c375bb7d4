"""The online-softmax stepper on the page."""

from __future__ import annotations

import traitlets

from flashlab.widgets.palette import PAGE_STYLE, SVG_STYLE
from flashlab.widgets.softmax_stepper import BLOCKS, ORDERS, STYLE, draw, frames, row_of, words
from flashlab.widgets.view import View, script, told


class SoftmaxStepper(View):
    """`step` is the number of blocks seen; `pictures` and `sentences` hold one for each."""

    _esm = script("softmax_stepper")
    _css = PAGE_STYLE + SVG_STYLE + STYLE
    pictures = traitlets.List().tag(sync=True)
    sentences = traitlets.List().tag(sync=True)
    table = traitlets.Dict().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)

    def __init__(self, update, scores, start: dict) -> None:
        self.update, self.own = update, scores
        orders = [order for order in ORDERS if order != "own" or scores is not None]
        super().__init__(
            controls=[
                {"name": "order", "label": "scores", "kind": "choice", "options": orders,
                 "words": [ORDERS[order] for order in orders]},
                {"name": "block", "label": "scores in a block", "options": BLOCKS},
            ],
            values=start,
        )  # fmt: skip

    @traitlets.observe("values")
    @told
    def _another_row(self) -> None:
        block = self.values["block"]
        row = row_of(self.values["order"], block, self.own)
        self.states = frames(row, block, self.update)
        self.row, last = row, len(self.states) - 1
        with self.hold_sync():
            self.pictures = [draw(row, self.states, n) for n in range(last + 1)]
            self.sentences = [words(one, n, last) for n, one in enumerate(self.states)]
            self.table = self._table()
            self.step = 0

    def _table(self) -> dict:
        mine = any(one["yours"] for one in self.states)
        head = ["blocks seen", "m", "alpha", "l", *(["your m", "your l", "right"] if mine else [])]
        rows = []
        for n, one in enumerate(self.states):
            row = [str(n), *(f"{one[key]:.6g}" for key in ("m", "alpha", "l"))]
            if mine:
                yours = [f"{v:.6g}" for v in one["yours"] or ()] or ["-", "-"]
                row += [*yours, "yes" if one["yours"] and one["right"] else "-" if n == 0 else "no"]
            rows.append(row)
        return {"caption": "The state after each block", "head": head, "rows": rows}

    def still(self) -> tuple[str, str]:
        n = self.step or len(self.states) - 1
        return draw(self.row, self.states, n, still=True), self.sentences[n]
