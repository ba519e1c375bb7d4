"""The grader's own harness for kernels: runs and compiles what was lifted, in a sandbox of its own.

A copy of the process serves one submission. No cell of a notebook runs here, only kernels that
`autograder.kernel_source` let pass: what it says of bytes, races and registers is what it saw.
Verdicts are reached outside.
"""

from __future__ import annotations

import contextlib
import ctypes
import linecache
import os
from dataclasses import asdict

from autograder import plain
from autograder.frames import Closed, dump, load
from autograder.inside import take_pipes
from autograder.kernel_source import BUILTINS
from flashlab.checks import harness, kernels
from flashlab.compiler import process


def main(room: int) -> None:
    """Load everything once; then a fresh copy of this process for each submission."""
    channel = take_pipes()
    import flashlab.interpreter.meter  # noqa: F401  torch and triton with it

    _PR_SET_DUMPABLE = 4
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0)  # no copy may write to another's memory
    channel.send(dump({"ready": True}))
    with contextlib.suppress(Closed):
        while load(*channel.receive())["do"] == "begin":
            child = os.fork()
            if child == 0:
                with contextlib.suppress(Closed):
                    _serve(channel)
                process.stop()
                os._exit(0)
            os.waitpid(child, 0)
            channel.send(dump({"ended": True}))


def _serve(channel) -> None:
    made: dict[str, object] = {}
    while (message := load(*channel.receive()))["do"] != "end":
        channel.send(dump(_answer(message, made)))


def _answer(message: dict, made: dict) -> dict:
    try:
        key = repr(message["kernel"])
        if key not in made:
            made[key] = _kernel(message["kernel"])
        kernel, launch = made[key], plain.launch_of(message["launch"])
        if message["do"] == "observe":
            return plain.of_run(kernels.observe_kernel(kernel, launch, message["tf32"]))
        report = asdict(kernels.report(kernel, launch, message["card"]))
        return {"report": {**report, "card": report["card"]["name"]}}
    except NotImplementedError as error:
        return {"not_implemented": str(error)}
    except harness.CheckFailed as error:
        return {"check_failed": str(error)}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def _kernel(lifted: dict):
    """The kernel itself, made of its source, with nothing else in reach."""
    import builtins

    import triton
    import triton.language as tl

    scope = {"__name__": "lesson", "__builtins__": {n: getattr(builtins, n) for n in BUILTINS}}
    scope |= dict.fromkeys(lifted["triton"], triton) | dict.fromkeys(lifted["modules"], tl)
    for name, number, line, text in lifted["functions"]:
        # as in its cell: the same lines, @triton.jit just above
        cell = "\n" * (line - 2) + "@triton.jit\n" + text
        file = f"<ipython-input-{number}-{name}>"
        linecache.cache[file] = (len(cell), None, cell.splitlines(keepends=True), file)
        exec(compile(cell, file, "exec"), scope)
    for _ in lifted["constants"]:  # one may name another: as many rounds as there are
        for name, text in lifted["constants"].items():
            with contextlib.suppress(NameError):
                scope[name] = eval(compile(text, "<constant>", "eval"), scope)
    return scope[lifted["name"]]
