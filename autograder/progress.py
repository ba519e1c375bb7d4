"""How far a grading is, on stderr: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


class Progress:
    """Call it with every result. Remaining time comes from the rate of this run.

    what: of which there are so many, in a word.
    """

    def __init__(self, done: int, total: int, what: str = "") -> None:
        self.done, self.total, self.first = done, total, done
        self._what = f" {what}" if what else ""
        self._start, self._said = time.monotonic(), 0.0
        self._bar = sys.stderr.isatty()

    def __call__(self, result: object = None) -> None:
        self.done += 1
        now = time.monotonic()
        last = self.done >= self.total
        if not last and now - self._said < (0.1 if self._bar else 5):
            return
        self._said = now
        print(self._line(now - self._start), end="\r" if self._bar and not last else "\n",
              file=sys.stderr, flush=True)  # fmt: skip

    def _line(self, seconds: float) -> str:
        rate = (self.done - self.first) / max(seconds, 1e-9)
        left = (self.total - self.done) / rate
        filled = 24 * self.done // self.total
        bar = f"[{'#' * filled}{'.' * (24 - filled)}] " if self._bar else ""
        done = f"{self.done} of {self.total}{self._what}"
        return f"{bar}{done}, {rate:.2g} a second, about {clock(left)} left"


def on_terminal(total: int, what: str) -> Callable:
    """A progress bar where there is a terminal to show it on, else nothing."""
    return Progress(0, total, what) if sys.stderr.isatty() else lambda result=None: None


def clock(seconds: float) -> str:
    """1:02:03, or 2:03."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
