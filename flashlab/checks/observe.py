"""Run a learner's function once and write down everything that happened, without judging it.

The same `observe` runs in the notebook and inside the grader's sandbox. What it returns is plain
data, so that a grader can carry it across a process border and judge it on the other side: give
`observe` an object with an `__observe__(args, kwargs, watch_memory)` method and it is asked
instead of called.
"""

from __future__ import annotations

import inspect
import linecache
import os
import sys
import tracemalloc
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Ready-made attention, by the name of the function that is finally called.
READY_MADE = {
    "scaled_dot_product_attention",
    "_scaled_dot_product_flash_attention",
    "_scaled_dot_product_efficient_attention",
    "_scaled_dot_product_cudnn_attention",
    "_native_multi_head_attention",
    "multi_head_attention_forward",
    "flex_attention",
    "flash_attn_func",
}
# Modules of this package that hold answers: a learner who calls them has not written one.
ANSWER_MODULES = (
    "flashlab.reference",
    "flashlab.tiled",
    "flashlab.kernels",
    "flashlab.checks.lesson_",
)
# The same, of modules that hold other things too.
ANSWER_FUNCTIONS = {
    "flashlab.cards.attainable_tflops",
    "flashlab.traffic.attention_flops",
    "flashlab.traffic.compulsory_traffic",
    "flashlab.traffic.naive_traffic",
    "flashlab.traffic.flash1_traffic",
    "flashlab.traffic.flash2_traffic",
    "flashlab.traffic.flash_traffic_bytes",
}
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARIES = (os.path.dirname(os.__file__), "<frozen", "<__array_function__")


@dataclass
class Fault:
    """An exception that the learner's code raised: its type, message and the learner's own line."""

    kind: str
    message: str
    line: int = 0  # 0: not known
    source: str = ""


@dataclass
class Outcome:
    """What one call did. Plain data only."""

    value: Any = None
    fault: Fault | None = None
    ready_made: list[str] = field(default_factory=list)  # ready-made attention that was called
    changed: list[int] = field(default_factory=list)  # positions of arguments changed in place
    peak_bytes: int = 0  # largest memory in use above the start, where it was watched


def observe(fn, args=(), kwargs=None, watch_memory: bool = False) -> Outcome:
    """Call `fn` on copies of `args` and report. NotImplementedError (a stub) passes through.

    args, kwargs: arrays, numbers, strings, tuples of numbers, and functions of such
    (`flashlab.checks.planted`). Arrays are copied first: neither a change in place nor a kept
    reference can reach the caller's arrays.
    """
    kwargs = dict(kwargs or {})
    if hasattr(fn, "__observe__"):
        return fn.__observe__(args, kwargs, watch_memory)
    given = [_copy(a) for a in args]
    kwargs = {name: _copy(a) for name, a in kwargs.items()}
    watch = _CallWatch()
    outcome = Outcome()
    if watch_memory:
        tracemalloc.start()
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(), watch:
            warnings.simplefilter("ignore")
            outcome.value = fn(*given, **kwargs)
    except NotImplementedError:
        raise
    except Exception as error:
        outcome.fault = fault_of(error)
    finally:
        if watch_memory:
            outcome.peak_bytes = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    outcome.ready_made = watch.found
    outcome.changed = [
        i for i, (a, g) in enumerate(zip(args, given, strict=True)) if not _same(a, g)
    ]
    return outcome


def fault_of(error: BaseException) -> Fault:
    """The fault with the innermost line that is the learner's own, not a library's."""
    line, source = 0, ""
    traceback = error.__traceback__
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if is_learners_file(filename):
            line = traceback.tb_lineno
            source = linecache.getline(filename, line).strip()
        traceback = traceback.tb_next
    return Fault(type(error).__name__, str(error), line, source)


def learners_frame():
    """The innermost running frame that is the learner's own, or None."""
    frame = sys._getframe(1)
    while frame is not None and not is_learners_file(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def is_learners_file(filename: str) -> bool:
    """True for a notebook cell or a script, False for installed packages and for flashlab."""
    return not filename.startswith((_PACKAGE, *_LIBRARIES)) and "site-packages" not in filename


class _CallWatch:
    """Profiles the calls made inside the block and keeps the names of ready-made attention."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def __enter__(self):
        self._before = sys.getprofile()
        sys.setprofile(self._on_event)
        return self

    def __exit__(self, *exc) -> None:
        sys.setprofile(self._before)

    def _on_event(self, frame, event: str, arg) -> None:
        if event == "c_call":
            name = getattr(arg, "__name__", "")
            if name in READY_MADE:
                self._keep(name)
        elif event == "call" and not frame.f_code.co_flags & inspect.CO_GENERATOR:
            # a generator is resumed to be closed, too, whenever the collector finds one that an
            # earlier check left; no answer is a generator
            name = frame.f_code.co_name
            module = frame.f_globals.get("__name__", "")
            if name in READY_MADE:
                self._keep(name)
            elif module.startswith(ANSWER_MODULES) or f"{module}.{name}" in ANSWER_FUNCTIONS:
                self._keep(f"{module}.{name}")

    def _keep(self, name: str) -> None:
        if name not in self.found:
            self.found.append(name)


def _copy(a):
    return a.copy() if isinstance(a, np.ndarray) else a


def _same(a, b) -> bool:
    """Bit for bit, whatever the strides: a NaN is the same as itself."""
    return not isinstance(a, np.ndarray) or a.tobytes() == b.tobytes()
