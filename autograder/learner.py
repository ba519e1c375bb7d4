"""A learner's namespace, seen from outside: values come over as plain data, functions as proxies.

A proxy has what `flashlab.checks.observe` and `flashlab.memory` ask for, so that a check cannot
tell it from the function itself. Of what comes back only values are believed, and they are
compared outside; the HBM of the two-level memory stays outside altogether.
"""

from __future__ import annotations

import re
import secrets
import time
import warnings
from collections.abc import Callable
from contextlib import contextmanager

import numpy as np

from autograder.frames import FrameError, without_data
from autograder.sandbox import Limits, Sandbox, Stopped, TookTooLong
from flashlab.checks.observe import Fault, Outcome
from flashlab.memory import Run, TwoLevelMemory

LONG_SEQLEN = 8192  # of a function that gets little room
ROOM = 2 * LONG_SEQLEN**2  # bytes: half of its N x N scores
MAX_TRIPS = 100_000  # tiles and calls back, of one call
_UNPRINTABLE = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|[^\S \n]|[\x00-\x09\x0b-\x1f\x7f-\x9f]"
    r"|[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"  # unseen, or turning what comes after
)


class Missing(Exception):
    """The learner's namespace has no such name."""


def clean(text, longest: int = 600) -> str:
    """A learner's text for a report: without control characters, and not longer than `longest`."""
    text = _UNPRINTABLE.sub("", text) if isinstance(text, str) else ""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= longest else text[: longest - 4] + " ..."


def told(text, longest: int = 600) -> str:
    """A text that comes out of a check: `clean`, and without the check's inputs."""
    return without_data(clean(text, longest))


class Learner:
    """Runs cells and answers for names. Starts a new process, with the same cells, when one ends.

    A cell that ended its process is left out the next time: it costs what it would have defined.
    """

    def __init__(self, start: Callable[[int], Sandbox], limits: Limits) -> None:
        """start(room): a new process; room: bytes that it may take beyond what it starts with, or 0
        for no such limit."""
        self.limits = limits
        self._start, self._sandbox = start, None
        self._cells: list[str] = []  # sources that ran and did not end the process
        self.sources: list[str] = []  # all that were to be run
        self._end = time.monotonic() + limits.total_seconds
        self._deadline, self._starts = self._end, 0

    @contextmanager
    def cell(self):
        """Everything inside the block together may take `cell_seconds`, replays not counted."""
        self._start_clock()
        try:
            yield
        finally:
            self._deadline = self._end

    def _start_clock(self) -> None:
        self._deadline = min(self._end, time.monotonic() + self.limits.cell_seconds)

    def run(self, source: str) -> dict:
        """Run one cell: {"outputs": [...], "printed": characters}. Raises Stopped."""
        self.sources.append(source)
        with self.cell():
            reply = self.ask({"do": "run", "source": source})
        self._cells.append(source)
        return reply

    def look(self, name: str):
        """The value under `name`, or a `Function`. Raises Missing, Stopped."""
        reply = self.ask({"do": "look", "name": name})
        if reply.get("missing"):
            raise Missing(name)
        if reply.get("function"):
            return Function(self, name)
        if "value" not in reply:
            raise Stopped(f"made {name} a value that cannot be read")
        value = reply["value"]
        return without_data(value) if isinstance(value, str) else value

    def ask(self, message: dict, answers: dict | None = None) -> dict:
        """The answer to `message`; `answers[what](asked)` serve what the code asks meanwhile."""
        return self._ask(self._running(), message, answers)

    def _ask(self, sandbox: Sandbox, message: dict, answers: dict | None = None) -> dict:
        message = {**message, "id": secrets.token_hex(8)}  # what comes under no id is no answer
        handed: list[Callable] = []
        try:
            self._patient(sandbox.send, message, keep=lambda f: handed.append(f) or len(handed) - 1)
        except FrameError as error:
            raise Stopped(f"is too large to be run ({error})") from None
        answers = {"callback": lambda asked: _call_back(handed, asked), **(answers or {})}
        for _ in range(MAX_TRIPS):
            reply = self._patient(sandbox.receive)
            if reply.get("id") != message["id"]:
                continue
            serve = answers.get(_word(reply.get("do")))
            if serve is None:
                return reply
            self._patient(sandbox.send, _served(serve, reply))
        self.close()
        raise Stopped(f"made more than {MAX_TRIPS:,} trips")

    def _patient(self, act, *args, **kwargs):
        try:
            return act(*args, deadline=self._deadline, **kwargs)
        except TookTooLong:
            if self._deadline >= self._end:
                raise Stopped(self._used_up()) from None
            seconds = f"{self.limits.cell_seconds:g}"
            raise Stopped(f"ran for more than {seconds} s and was stopped") from None

    def _running(self) -> Sandbox:
        """The process; a new one, in the state that the cells leave, when there is none."""
        while self._sandbox is None or not self._sandbox.alive:
            if time.monotonic() >= self._end:
                raise Stopped(self._used_up())
            if self._starts > self.limits.restarts:
                raise Stopped(f"ended or hung {self._starts} times")
            self._sandbox = self._start(0)
            self._starts += 1
            self._replay()
        return self._sandbox

    def ask_in_little_room(self, message: dict) -> dict:
        """The answer of a process in the same state that has only ROOM bytes for everything."""
        self.close()
        self._sandbox = self._start(ROOM)
        try:
            self._replay()
            return self._ask(self._sandbox, message)
        finally:
            self.close()

    def _replay(self) -> None:
        cells, self._cells = self._cells, []
        for i, source in enumerate(cells):
            self._start_clock()
            try:
                self._ask(self._sandbox, {"do": "run", "source": source})
            except Stopped:
                self._cells += cells[i + 1 :]  # it did not end its process before: leave it out
                return
            self._cells.append(source)
        self._start_clock()

    def _used_up(self) -> str:
        return f"used up its {self.limits.total_seconds:g} s"

    def close(self) -> None:
        if self._sandbox is not None:
            self._sandbox.kill()
            self._sandbox = None


class Function:
    """A learner's function, which stays where it is."""

    __long_seqlen__ = LONG_SEQLEN

    def __init__(self, learner: Learner, name: str) -> None:
        self.__name__ = name
        self._learner = learner

    def __observe__(self, args, kwargs, watch_memory: bool) -> Outcome:
        """Call it once; see `flashlab.checks.observe.observe`."""
        message = {"do": "call", "name": self.__name__, "args": list(args), "kwargs": kwargs}
        message["watch_memory"] = bool(watch_memory)
        longest = max((len(a) for a in args if isinstance(a, np.ndarray) and a.ndim), default=0)
        if not watch_memory or longest < LONG_SEQLEN:
            return self._outcome(self._learner.ask(message), len(args))
        outcome = self._outcome(self._learner.ask_in_little_room(message), len(args))
        if outcome.fault is not None and outcome.fault.kind == "MemoryError":
            outcome.fault, outcome.peak_bytes = None, ROOM + 1
        return outcome

    def __measure__(self, inputs, outputs, args, sram_bytes) -> Run:
        """Call it on a two-level memory whose HBM is ours; see `flashlab.memory.measure`."""
        memory = TwoLevelMemory(sram_bytes)
        arrays = [memory.hbm(name, a) for name, a in inputs.items()]
        arrays += [memory.hbm_output(name, *spec) for name, spec in outputs.items()]
        told = [(a.name, a.shape, a.dtype.str) for a in arrays]
        message = {"do": "measure", "name": self.__name__, "arrays": told, "args": list(args)}
        shapes = {a.name: a.shape for a in arrays}
        answers = {
            "read": lambda asked: {"tile": memory.read(*_read_args(asked, shapes))},
            "write": lambda asked: {"done": memory.write(*_write_args(asked, shapes))},
        }
        reply = self._learner.ask({**message, "sram_bytes": sram_bytes}, answers)
        run = memory.result(outputs)
        run.traffic.sram_peak_bytes = _count(reply.get("sram_peak_bytes"))
        run.outcome = self._outcome(reply, len(args))
        return run

    def _outcome(self, reply: dict, n_args: int) -> Outcome:
        outcome = _outcome(reply, n_args)
        fault = outcome.fault
        if fault is not None and not any(fault.source in s for s in self._learner.sources):
            fault.source = ""  # no line of theirs
        return outcome


# --------------------------------------------------------------------------------------------------
# What comes back, piece by piece


def _outcome(reply: dict, n_args: int) -> Outcome:
    """The outcome that the sandbox reports; a stub's NotImplementedError is raised."""
    if "not_implemented" in reply:
        raise NotImplementedError(told(reply["not_implemented"]))
    fault = reply.get("fault")
    if isinstance(fault, list) and len(fault) == 4:
        kind, message, line, source = fault
        fault = Fault(told(kind, 60), told(message), _count(line), clean(source, 200))
    elif fault is not None or "value" not in reply:
        fault = Fault("Error", "something that cannot be told")
    ready_made = [told(name, 100) for name in _list(reply.get("ready_made"))][:5]
    changed = sorted({i for i in map(_count, _list(reply.get("changed"))) if i < n_args})
    peak = _count(reply.get("peak_bytes"))
    return Outcome(reply.get("value"), fault, ready_made, changed, peak)


def _served(serve: Callable, asked: dict) -> dict:
    """The answer to what the code asks in the middle of a call; what it may not is told to it."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return serve(asked)
    except Exception as error:
        return {"refused": type(error).__name__, "why": str(error)[:2000]}


def _call_back(handed: list[Callable], asked: dict) -> dict:
    """Call one of the functions that the check handed in, on the learner's arguments."""
    function = handed[_index(asked.get("number"), len(handed))]
    return {"value": function(*_list(asked.get("args")), **asked.get("kwargs", {}))}


def _read_args(asked: dict, shapes: dict) -> tuple:
    name, region, line, sram_bytes = asked["args"]
    return name, _region(region, shapes[name]), _count(line), _count(sram_bytes)


def _write_args(asked: dict, shapes: dict) -> tuple:
    name, region, value, line, sram_bytes = asked["args"]
    region = _region(region, shapes[name])
    value = np.asarray(value)
    if value.dtype.kind not in "fiub":
        raise TypeError(f"{name} takes numbers, not {value.dtype}")
    if value.shape not in ((), tuple(b - a for a, b in region)):
        raise ValueError(f"a tile of shape {value.shape} does not fit {name}")
    return name, region, value, _count(line), _count(sram_bytes)


def _region(region, shape: tuple[int, ...]) -> tuple:
    pairs = [(_count(a), _count(b)) for a, b in region]
    for (a, b), n in zip(pairs, shape, strict=True):
        if not a <= b <= n:
            raise IndexError("outside the array")
    return tuple(pairs)


def _count(value) -> int:
    """A whole number from 0 to 2**48; 0 for anything else."""
    good = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return int(value) if good and 0 <= value <= 1 << 48 else 0


def _index(value, n: int) -> int:
    if not isinstance(value, int) or not 0 <= value < n:
        raise IndexError("no such function")
    return value


def _list(value) -> list:
    return list(value) if isinstance(value, (list, tuple)) else []


def _word(value) -> str:
    return value if isinstance(value, str) else ""
