"""Reach the verdict of one check cell, here, where the learner's code cannot reach.

A check cell is a docstring and one call, `check.NAME(...)`. The call is read from the official
notebook; its arguments are names of the learner's, which are looked up in the sandbox.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import warnings

import nbformat
import numpy as np

from autograder.errors import GradingError
from autograder.kernel_source import Refused, lift
from autograder.kernels import KernelHost, StandIn
from autograder.learner import Learner, Missing, clean
from autograder.sandbox import Stopped
from flashlab.checks import harness

REASON = 4000  # characters
UNREADABLE = "gave something this check cannot read"


def judge(
    cell, lesson: str, learner: Learner, host: KernelHost, seed: int
) -> list[nbformat.NotebookNode]:
    """The outputs of the check cell: its line on stdout, or one error that says why not.

    seed: the check draws its inputs from it. Raises GradingError when the cell is no check cell.
    """
    function, call = check_of(cell.source, lesson)
    printed, error = io.StringIO(), None
    try:
        with learner.cell():
            host.start_clock()
            args = [_value(arg, learner, host) for arg in call.args]
            kwargs = {k.arg: _value(k.value, learner, host) for k in call.keywords}
            with contextlib.redirect_stdout(printed), harness.seeded(seed), _no_warnings():
                function(*args, **kwargs)
    except harness.CheckFailed as failure:
        error = "CheckFailed", str(failure)
    except NotImplementedError as stub:
        error = "NotImplementedError", str(stub)
    except GradingError:
        raise
    except Stopped as stop:
        error = "Stopped", f"{_subject(call)} {stop}"
    except Refused as refused:
        error = "CheckFailed", str(refused)
    except Missing as missing:
        error = "NameError", f"{missing} is not defined"
    except Exception as unexpected:  # a value that no check thought of: the learner's to mend
        what = f"{type(unexpected).__name__}: {unexpected}"
        error = "CheckFailed", f"{_subject(call)} {UNREADABLE} ({what})."
    if error is None:
        text = clean(printed.getvalue(), REASON)
        return [nbformat.v4.new_output("stream", name="stdout", text=text)] if text else []
    return [error_output(error[0], clean(error[1], REASON))]


def check_of(source: str, lesson: str):
    """(the function of flashlab.checks, the call's syntax tree) of an official check cell."""
    body = ast.parse(source).body
    call = body[-1].value if len(body) == 2 and isinstance(body[-1], ast.Expr) else None
    named = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    if not named or not isinstance(call.func.value, ast.Name) or call.func.value.id != "check":
        raise GradingError(f"{lesson}: a check cell is a docstring and one call of check.NAME")
    module = importlib.import_module(f"flashlab.checks.lesson_{lesson}")
    return getattr(module, call.func.attr), call


def error_output(kind: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("error", ename=kind, evalue=text, traceback=[f"{kind}: {text}"])


def _value(node: ast.expr, learner: Learner, host: KernelHost):
    """An argument of the call: a name of the learner's, a constant, or a list or dict of them."""
    if isinstance(node, ast.Name):
        kernel = lift(learner.sources, node.id)
        return learner.look(node.id) if kernel is None else StandIn(host, kernel)
    if isinstance(node, (ast.List, ast.Tuple)):
        values = [_value(item, learner, host) for item in node.elts]
        return values if isinstance(node, ast.List) else tuple(values)
    if isinstance(node, ast.Dict):
        keys = [ast.literal_eval(key) for key in node.keys]
        return dict(zip(keys, (_value(v, learner, host) for v in node.values), strict=True))
    return ast.literal_eval(node)


def _subject(call: ast.Call) -> str:
    """Whose fault it is: the names in the call."""
    names = [node.id for arg in call.args for node in ast.walk(arg) if isinstance(node, ast.Name)]
    return ", ".join(names) or "the code"


@contextlib.contextmanager
def _no_warnings():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
