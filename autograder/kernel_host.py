"""The grader's own harness for kernels: runs and compiles what was lifted, in a sandbox of its own.

No cell of a notebook runs here, only kernels that `autograder.kernel_source` let pass: what this
process says of bytes, races and registers is what it saw. Verdicts are reached outside.
"""

from __future__ import annotations

import contextlib
import linecache
from dataclasses import asdict

from autograder import plain
from autograder.frames import Closed, dump, load
from autograder.inside import take_pipes
from autograder.kernel_source import BUILTINS


def main() -> None:
    channel = take_pipes()
    channel.send(dump({"ready": True}))
    made: dict[str, object] = {}
    with contextlib.suppress(Closed):
        while True:
            message = load(*channel.receive())
            reply = _answer(message, made)
            channel.send(dump({**reply, "id": message["id"]}))


def _answer(message: dict, made: dict) -> dict:
    from flashlab.checks import harness, kernels

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
