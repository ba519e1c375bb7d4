"""What fits where, on the page: a thread compiles, the map fills."""

from __future__ import annotations

import contextvars
import threading

import traitlets
from IPython.display import update_display

from flashlab.widgets.palette import PAGE_STYLE, SVG_STYLE
from flashlab.widgets.view import View, script, told
from flashlab.widgets.what_fits import controls, fits_picture, still

STYLE = """
.fl-map { border-spacing: 4px; }
.fl .fl-map { border-collapse: separate; margin: 6px 0; }
.fl .fl-map th { border: 0; text-align: center; padding: 2px 6px; font-weight: 600; }
.fl .fl-map td { border: 0; padding: 0; vertical-align: top; }
.fl .fl-map button {
  width: 11.6em; height: 7.6em; text-align: left; padding: 4px 8px; font-size: 12.5px;
  line-height: 1.3; white-space: pre-line; vertical-align: top; display: block;
}
.fl .fl-map .fits { background: color-mix(in srgb, #009E73 22%, transparent); }
.fl .fl-map .spills {
  background: color-mix(in srgb, #E69F00 26%, transparent); border: 3px solid #E69F00;
}
.fl .fl-map .no, .fl .fl-map .error {
  background: color-mix(in srgb, #D55E00 20%, transparent); border: 2px dashed #D55E00;
}
.fl .fl-map .waiting, .fl .fl-map .slow { opacity: .6; }
.fl .fl-map [aria-pressed=true] { outline: 3px solid var(--fl-ink); outline-offset: 1px; }
.fl-beside { display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: flex-start; }
.fl .fl-report {
  flex: 1 1 320px; min-width: 0; white-space: pre-wrap; font-size: 12.5px; color: inherit;
  background: none; margin: 28px 0 0; padding: 0 0 0 12px; border-left: 3px solid var(--fl-line);
}
.fl progress { width: 240px; accent-color: var(--fl-accent); }
"""


UNFINISHED = "Not finished: the kernel still has its stub. Write it, then run this cell again."


class WhatFits(View):
    """`fields` holds the map, `done` of `total` are compiled, `running`: more will come."""

    _esm = script("what_fits")
    _css = PAGE_STYLE + SVG_STYLE + STYLE
    fields = traitlets.List().tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    columns = traitlets.List().tag(sync=True)
    done = traitlets.Int().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    running = traitlets.Bool().tag(sync=True)
    sentence = traitlets.Unicode().tag(sync=True)

    def __init__(self, compile_one, start: dict, rows, columns, reference: bool) -> None:
        self._compile_one, self._blocks = compile_one, (list(rows), list(columns))
        self._asked, self._reports = 0, {}
        self._lock = threading.Lock()
        self._incomplete = False  # the picture that the notebook keeps
        self.finished = threading.Event()
        super().__init__(controls=controls(reference), values=start)

    @traitlets.observe("values")
    @told
    def _another_map(self) -> None:
        self._asked += 1
        self._reports = {}
        self.finished.clear()
        self._show(running=True)
        # the context of the cell, so that what the thread sends belongs to its output
        context = contextvars.copy_context()
        job = (self._compile_all, self._asked, dict(self.values))
        threading.Thread(target=context.run, args=job, daemon=True).start()

    def _compile_all(self, asked: int, state: dict) -> None:
        """In the thread: every field, small blocks first, until another map is asked for."""
        rows, columns = self._blocks
        try:
            for m, n in sorted(((m, n) for m in rows for n in columns), key=lambda b: b[0] * b[1]):
                slow = any(self._too_slow(a, b) and a <= m and b <= n for a, b in self._reports)
                report = "skipped" if slow else self._compile_one(state, m, n)
                if asked != self._asked:
                    return
                if "YOUR CODE HERE" in (getattr(report, "error", None) or ""):
                    self.trouble = UNFINISHED
                    break
                self._reports[m, n] = report
                self._show(running=True)
        except Exception as error:
            self.trouble = f"{type(error).__name__}: {error}"
        self._show(running=False)
        with self._lock:
            self.finished.set()
            renew, self._incomplete = self._incomplete, False
        if renew:  # once: some pages draw the whole output again
            update_display(self.picture_output(), raw=True, display_id=self.still_id)

    def _too_slow(self, m: int, n: int) -> bool:
        report = self._reports[m, n]
        return report != "skipped" and report.error_kind == "Timeout"

    def _show(self, running: bool) -> None:
        picture = fits_picture(self.values, dict(self._reports), *self._blocks)
        with self.hold_sync():
            for name in ("fields", "rows", "columns", "done", "total", "sentence"):
                setattr(self, name, picture[name])
            self.running = running

    def report(self, BLOCK_M: int, BLOCK_N: int):
        """The compiler's Report of one field, or None while it is not there."""
        return self._reports.get((BLOCK_M, BLOCK_N))

    def still(self) -> tuple[str, str]:
        picture = fits_picture(self.values, dict(self._reports), *self._blocks)
        return still(picture, self.values), picture["sentence"]

    def _ipython_display_(self, **kwargs) -> None:
        self.finished.wait(1.0)  # what is cached is there by then
        with self._lock:
            super()._ipython_display_(**kwargs)
            self._incomplete = not self.finished.is_set()
