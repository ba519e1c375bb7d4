"""A learner's kernel, seen from outside: what checks ask of it, a harness of our own answers.

The kernel is lifted from the cells (`autograder.kernel_source`) and sent as text to a process that
runs nothing else (`autograder.kernel_host`). The learner's own process is not asked.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace

from autograder import plain
from autograder.errors import GradingError
from autograder.frames import FrameError
from autograder.kernel_source import Kernel
from autograder.learner import clean, told
from autograder.sandbox import Limits, Sandbox, Stopped, TookTooLong
from flashlab.cards import card as card_named
from flashlab.checks.harness import CheckFailed
from flashlab.checks.kernels import KernelRun, Launch
from flashlab.compiler.report import Report

# times `cell_seconds` and `total_seconds`: interpreting and compiling take longer than NumPy does
SECONDS, TOTAL = 4, 2


def host_limits(limits: Limits) -> Limits:
    """What the harness of kernels may use, for a submission with these limits."""
    return replace(limits, memory_bytes=4 << 30, processes=128, file_bytes=64 << 20)


class KernelHost:
    """The harness: started when a kernel is first looked at, again after it had to be ended.

    It serves one submission after the other, each with a copy of the process; `end` ends a copy.
    """

    def __init__(self, start: Callable[[], Sandbox], limits: Limits) -> None:
        self._start, self._sandbox, self._serves = start, None, False
        self._seconds, self._total = SECONDS * limits.cell_seconds, TOTAL * limits.total_seconds
        self._deadline = self._end = 0.0

    def begin(self) -> None:
        """The next submission begins: its kernels have their time."""
        self._end = time.monotonic() + self._total

    def start_clock(self) -> None:
        """The next check begins: it has its time."""
        self._deadline = min(self._end, time.monotonic() + self._seconds)

    def ask(self, message: dict) -> dict:
        """The answer to `message`. Raises Stopped, and what the check itself would raise there."""
        start = time.monotonic()
        if start >= self._end:
            raise Stopped(self._used_up())
        if self._sandbox is None or not self._sandbox.alive:
            self._sandbox, self._serves = self._start(), False
            self._end += time.monotonic() - start
            self.start_clock()
        try:
            if not self._serves:
                self._sandbox.send({"do": "begin"}, self._deadline)
                self._serves = True
            self._sandbox.send(message, self._deadline)
            reply = self._sandbox.receive(self._deadline)
        except TookTooLong:
            if self._deadline >= self._end:
                raise Stopped(self._used_up()) from None
            raise Stopped(f"ran for more than {self._seconds:g} s and was stopped") from None
        except FrameError as error:
            raise GradingError(f"a launch is too large to be graded: {error}") from None
        if "not_implemented" in reply:
            raise NotImplementedError(clean(reply["not_implemented"]))
        if "check_failed" in reply:
            raise CheckFailed(clean(reply["check_failed"], 4000))
        if "failed" in reply:
            why = clean(reply["failed"]).rstrip(": ")
            raise CheckFailed(f"The kernel cannot be used: {why}.")
        return reply

    def _used_up(self) -> str:
        return f"came after this notebook's kernels had used up their {self._total:g} s"

    def end(self) -> None:
        """The submission is done: its copy of the process ends."""
        if self._serves and self._sandbox.alive:
            deadline = time.monotonic() + 10
            with contextlib.suppress(Stopped):  # it is started again
                self._sandbox.send({"do": "end"}, deadline)
                self._sandbox.receive(deadline)
        self._serves = False

    def close(self) -> None:
        if self._sandbox is not None:
            self._sandbox.kill()
            self._sandbox = None


class StandIn:
    """What a check gets in the place of a kernel; see `flashlab.checks.kernels`."""

    def __init__(self, host: KernelHost, kernel: Kernel) -> None:
        self.__name__ = kernel.name
        self._host, self._kernel = host, kernel.plain()

    def __observe_kernel__(self, launch: Launch, tf32: bool) -> KernelRun:
        message = {"do": "observe", "kernel": self._kernel, "launch": plain.of_launch(launch)}
        try:
            run = plain.run_of(self._host.ask({**message, "tf32": bool(tf32)}))
        except FrameError as error:
            raise Stopped(f"gave an answer that cannot be read ({error})") from None
        if run.fault is not None:
            own = "error in the kernel" in run.fault.message  # their text: it may quote the input
            run.fault.message = (told if own else clean)(run.fault.message, 4000)
        return run

    def __report__(self, launch: Launch, card: str) -> Report:
        message = {"do": "report", "kernel": self._kernel, "launch": plain.of_launch(launch)}
        told = self._host.ask({**message, "card": card})["report"]
        return Report(**{**told, "card": card_named(told["card"])})
