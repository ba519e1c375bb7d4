"""How far a grading is, on stderr: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence

WINDOW = 8  # of those that finished last, for each that runs at a time


def pace(finished: Sequence[tuple[float, float]], jobs: int) -> float:
    """Seconds from one to the next, from those that finished last.

    finished: (when it finished; how long it took), both in seconds, in order. jobs: how many run at
    a time. While there are few, the time that they took counts, `jobs` at a time: the wait for the
    first one, while processes start, does not come again. Then it is how fast they came.
    """
    if len(finished) > 2 * jobs:
        return (finished[-1][0] - finished[0][0]) / (len(finished) - 1)
    return statistics.fmean(took for _, took in finished) / jobs


class Progress:
    """Call it with every result, or without where nobody knows how long one took.

    what: of which there are so many, in a word. jobs: how many are graded at a time.
    """

    def __init__(self, done: int, total: int, what: str = "", jobs: int = 1) -> None:
        self.done, self.total = done, total
        self._what = f" {what}" if what else ""
        self._jobs = max(1, min(jobs, total - done))
        self._finished: deque = deque(maxlen=WINDOW * self._jobs)
        self._start = self._last = time.monotonic()
        self._said = 0.0
        self._bar = sys.stderr.isatty()
        if self._bar and done < total:
            print(self._so_far(), end="\r", file=sys.stderr, flush=True)

    def __call__(self, result=None) -> None:
        self.done += 1
        now = time.monotonic()
        self._finished.append((now, now - self._last if result is None else result.seconds))
        self._last = now
        last = self.done >= self.total
        if not last and now - self._said < (0.1 if self._bar else 5):
            return
        self._said = now
        end = ("\x1b[K" if self._bar else "") + ("\n" if last or not self._bar else "\r")
        print(self._line(now), end=end, file=sys.stderr, flush=True)

    def _line(self, now: float) -> str:
        if self.done >= self.total:
            return f"{self._so_far()}, took {clock(now - self._start)}"
        each = pace(self._finished, self._jobs)
        if not each:  # none of them could be read
            return self._so_far()
        left = clock((self.total - self.done) * each)
        return f"{self._so_far()}, {1 / each:.2g} a second, about {left} left"

    def _so_far(self) -> str:
        filled = 24 * self.done // self.total
        bar = f"[{'#' * filled}{'.' * (24 - filled)}] " if self._bar else ""
        return f"{bar}{self.done} of {self.total}{self._what}"


def on_terminal(total: int, what: str, jobs: int = 1) -> Callable:
    """A progress bar where there is a terminal to show it on, else nothing."""
    return Progress(0, total, what, jobs) if sys.stderr.isatty() else lambda result=None: None


def clock(seconds: float) -> str:
    """1:02:03, or 2:03."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
