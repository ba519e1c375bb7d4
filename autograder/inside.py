"""The inside of the sandbox: runs a learner's cells, and calls their functions when asked to.

Nothing here is trusted: code of the learner's may change any of it. So it judges nothing. It gets
inputs, gives back what came out, and reads and writes HBM by asking the grader for every tile.

Started as `python -I -c "..." ` with pipes as stdin and stdout; see autograder/sandbox.py.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import resource
import sys

import numpy as np

from autograder.frames import Channel, Closed, FrameError, dump, load
from autograder.held import Finder
from autograder.read import NotANotebook, parse
from flashlab import memory
from flashlab.checks.observe import READY_MADE, fault_of, observe
from flashlab.memory import Board, HbmArray

PRINTED = 1 << 18  # characters that one cell may print; what comes after is counted only
TEXT = 4000  # characters of an error's message


def main(room: int = 0) -> None:
    """Serve until the pipe ends. room: bytes that may be taken from here on; 0: no such limit."""
    channel = take_pipes()
    sys.meta_path.insert(0, Finder())
    server = _Server(channel)
    if room:
        server.shell = _shell()
        _leave_room(room)
    server.say({"ready": True})
    with contextlib.suppress(Closed):
        while True:
            server.serve_one()


def _leave_room(room: int) -> None:
    """Bound the address space: the operating system does, whatever code says of its memory."""
    np.ones((64, 64)) @ np.ones((64, 64))  # BLAS takes its buffers now
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + room, size + room))


def take_pipes() -> Channel:
    """The two pipes, out of the way of code that reads stdin or writes to stdout."""
    read_fd, write_fd = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    return Channel(read_fd, write_fd)


class _Server:
    """One learner's namespace and the questions that may be asked about it."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.shell = None
        self.id = 0  # of the question that is being answered

    def say(self, message: dict) -> None:
        self.channel.send(dump({**message, "id": self.id}))

    def ask(self, message: dict) -> dict:
        """A question of ours in the middle of an answer: a tile of HBM, a function of the check's.

        What is refused on the other side is raised here.
        """
        self.say(message)
        reply = load(*self.channel.receive(), self.remote_function)
        if "refused" in reply:
            raise _error_named(reply["refused"])(reply.get("why", ""))
        return reply

    def serve_one(self) -> None:
        head, body = self.channel.receive(max_body=1 << 30)
        message = load(head, body, self.remote_function)
        self.id = message.pop("id")
        answer = getattr(self, "do_" + message.pop("do"))
        try:
            reply = answer(**message)
        except Closed:
            raise
        except BaseException as error:
            reply = {"fault": _fault(error)}
        try:
            self.say(reply)
        except Closed:
            raise
        except BaseException as error:  # too large, or an object that cannot be looked at
            self.say({"fault": _fault(error, f"the result cannot be handed over: {error}")})

    # ----------------------------------------------------------------------------------------------

    def do_run(self, source: str) -> dict:
        """Run one cell; what it printed, showed and raised."""
        self.shell = self.shell or _shell()
        return self.shell.run(source)

    def do_look(self, name: str) -> dict:
        """What stands under `name`: a function, or a value."""
        scope = self.shell.user_ns if self.shell else {}
        if name not in scope:
            return {"missing": True}
        value = scope[name]
        return {"function": True} if callable(value) else {"value": value}

    def do_call(self, name: str, args: list, kwargs: dict, watch_memory: bool) -> dict:
        function = self.shell.user_ns[name]
        with _quiet():
            return _outcome(lambda: observe(function, args, kwargs, watch_memory), function)

    def do_measure(self, name: str, arrays: list, args: list, sram_bytes: int | None) -> dict:
        """Call a function on HBM arrays [(name, shape, dtype)] whose content stays outside."""

        function, board = self.shell.user_ns[name], Board(sram_bytes)
        hbm = [HbmArray(*array, self, board) for array in arrays]
        board.install()
        try:
            with _quiet():
                reply = _outcome(lambda: observe(function, (*hbm, *args)), function)
        finally:
            board.remove()
        return {**reply, "sram_peak_bytes": board.peak_bytes}

    def do_cells(self, notebook) -> dict:
        """The cells of a notebook too large to be read outside; `notebook`: its bytes."""
        try:
            return {"cells": parse(notebook.data)}
        except NotANotebook as problem:
            return {"problem": str(problem)}

    # ----------------------------------------------------------------------------------------------
    # the port of an HbmArray

    def read(self, name, region, line=0, sram_bytes=0):
        return self.ask({"do": "read", "args": [name, region, line, sram_bytes]})["tile"]

    def write(self, name, region, value, line=0, sram_bytes=0) -> None:
        self.ask({"do": "write", "args": [name, region, value, line, sram_bytes]})

    def remote_function(self, number: int):
        """A function that the check hands in: its code stays outside."""

        def function(*args, **kwargs):
            call = {"do": "callback", "number": number, "args": list(args), "kwargs": kwargs}
            return self.ask(call)["value"]

        return function


def _outcome(observe, function) -> dict:
    """What `observe` found, as plain data."""
    try:
        outcome = observe()
    except NotImplementedError as error:
        return {"not_implemented": str(error)[:TEXT]}
    except BaseException as error:  # SystemExit, KeyboardInterrupt: the check goes on outside
        return {"fault": _fault(error)}
    ready_made = [name for name in outcome.ready_made if not name.endswith((">", "__"))]
    if outcome.fault is not None and outcome.fault.kind == "HeldBack":
        # what it asked for is not here; that it asked is enough
        named = set(getattr(getattr(function, "__code__", None), "co_names", ()))
        ready_made += sorted(named & READY_MADE)
        outcome.fault = None if ready_made else outcome.fault
    fault = outcome.fault and [
        outcome.fault.kind,
        outcome.fault.message[:TEXT],
        outcome.fault.line,
        outcome.fault.source[:TEXT],
    ]
    return {
        "value": outcome.value,
        "fault": fault,
        "ready_made": ready_made,
        "changed": outcome.changed,
        "peak_bytes": outcome.peak_bytes,
    }


def _fault(error: BaseException, message: str = "") -> list:
    fault = fault_of(error)
    return [fault.kind, (message or fault.message)[:TEXT], fault.line, fault.source[:TEXT]]


def _error_named(kind: str):
    """The exception class of that name: flashlab's own, Python's, else RuntimeError."""
    found = getattr(memory, kind, None) or getattr(builtins, kind, None)
    return found if isinstance(found, type) and issubclass(found, Exception) else RuntimeError


@contextlib.contextmanager
def _quiet():
    """What a function prints while it is checked goes nowhere: it could be a hidden input."""
    with contextlib.redirect_stdout(_Nowhere()), contextlib.redirect_stderr(_Nowhere()):
        yield


class _Nowhere(io.TextIOBase):
    def write(self, text) -> int:
        return len(text)


# --------------------------------------------------------------------------------------------------
# IPython


def _shell():
    """An InteractiveShell as a notebook's kernel has: magics, top-level await, display."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Hook(DisplayHook):
        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict, md_dict=None) -> None:
            self.shell.kept.add("result", format_dict.get("text/plain", ""))

    class Publisher(DisplayPublisher):
        def publish(self, data, metadata=None, **kwargs) -> None:
            self.shell.kept.add("display", data.get("text/plain", ""))

    class Shell(InteractiveShell):
        kept = _Kept()

        def run(self, source: str) -> dict:
            self.kept = _Kept()
            out, err = _Printer(self.kept, "stdout"), _Printer(self.kept, "stderr")
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                self.run_cell(source, store_history=True)
            return {"outputs": self.kept.outputs, "printed": self.kept.printed}

        def _showtraceback(self, etype, evalue, stb) -> None:
            text = [str(line)[:TEXT] for line in stb][:40]
            self.kept.outputs.append(["error", etype.__name__, str(evalue)[:TEXT], text])

        def init_display_formatter(self) -> None:
            super().init_display_formatter()
            self.display_formatter.active_types = ["text/plain"]

        def enable_gui(self, gui=None) -> None:
            pass

    Shell.displayhook_class = Hook
    Shell.display_pub_class = Publisher
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    return Shell.instance(config=settings)


class _Kept:
    """Outputs of one cell, bounded: errors, or [stdout, stderr, result or display; text]."""

    def __init__(self) -> None:
        self.outputs: list = []
        self.printed = 0

    def add(self, kind: str, text: str) -> None:
        room = max(0, PRINTED - self.printed)
        self.printed += len(text)
        text = text[:room]
        if not text or len(self.outputs) > 500:
            return
        if self.outputs and self.outputs[-1][0] == kind and kind.startswith("std"):
            self.outputs[-1][1] += text
        else:
            self.outputs.append([kind, text])


class _Printer(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, kept: _Kept, kind: str) -> None:
        self.kept, self.kind = kept, kind

    def writable(self) -> bool:
        return True

    def write(self, text) -> int:
        self.kept.add(self.kind, str(text))
        return len(text)


if __name__ == "__main__":
    with contextlib.suppress(FrameError):
        main()
    sys.exit(0)
