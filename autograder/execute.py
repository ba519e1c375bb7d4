"""Run a submission from its first cell to its last, and judge each check where it stands.

The learner's cells run in a sandbox (`autograder.sandbox`); the checks run here. What a cell prints
is kept up to a limit. A cell that never ends, or ends its process, costs what it would have
defined; the cells after it run in a new process.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection

import nbformat

from autograder.course import exercise_of, grade_id, is_answer, is_check
from autograder.frames import without_data
from autograder.judge import error_output, judge
from autograder.kernels import KernelHost
from autograder.learner import Learner, clean
from autograder.sandbox import Stopped

OUTPUT_BYTES = 1 << 20  # of a whole notebook
# code that names these can bind names that it does not mention
_BINDERS = {"exec", "eval", "globals", "locals", "vars", "setattr", "get_ipython", "__import__"}
SHOWN = 8  # remarks about cells that stopped


def execute(
    notebook: nbformat.NotebookNode,
    lesson: str,
    learner: Learner,
    host: KernelHost,
    seed: int,
    only: str = "",
    unanswered: Collection[str] = (),
) -> list[str]:
    """Run `notebook` in place for `learner`, its kernels in `host`; return remarks in words.

    notebook: the official one with the learner's answers in it. seed: the checks' inputs. only:
    the one exercise whose checks are to be judged. unanswered: answer cells as they were released.
    """
    run = _Run(notebook, learner)
    empty = run.without_answer(notebook, unanswered)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if is_check(cell) and only not in ("", exercise_of(cell)):
            cell.outputs = [error_output("NotGraded", "not graded this time")]
        elif is_check(cell) and exercise_of(cell) in empty:
            cell.outputs = [error_output("NotImplementedError", "not answered yet")]
        elif is_check(cell):
            cell.outputs = run.explained(cell, judge(cell, lesson, learner, host, seed))
        elif not run.may_be_left_out(cell):
            run.run(cell)
    return run.remarks()


class _Run:
    def __init__(self, notebook: nbformat.NotebookNode, learner: Learner) -> None:
        self.learner = learner
        self.room, self.printed, self.count = OUTPUT_BYTES, 0, 0
        self.held = False  # an official cell asked for what is not here
        self.stopped: dict[str, str] = {}  # cell -> why its process ended
        self.errors: dict[str, str] = {}  # cell -> what it raised
        self.needed = set()  # names that the learner's own cells read
        for cell in notebook.cells:
            if cell.cell_type == "code" and _is_learners(cell):
                self.needed |= _names(cell.source, ast.Load)

    def without_answer(self, notebook, unanswered: Collection[str]) -> set[str]:
        """Those of the unanswered exercises that no other cell of the learner's answers."""
        stubs = {grade_id(c): _names(c.source, ast.Store) for c in notebook.cells if is_answer(c)}
        elsewhere = set()
        for cell in notebook.cells:
            if _is_learners(cell) and grade_id(cell) not in unanswered:
                elsewhere |= _may_bind(cell.source)
        return {n for n in unanswered if stubs.get(n) and not elsewhere & {*stubs[n], "*"}}

    def may_be_left_out(self, cell) -> bool:
        """A picture of the learner's function is not looked at, unless their cells build on it."""
        tags = cell.metadata.get("tags", [])
        return (
            "try" in tags
            and not _is_learners(cell)
            and not (_names(cell.source, ast.Store) & self.needed)
        )

    def run(self, cell) -> None:
        name = grade_id(cell) or cell.get("id", "")
        self.count += 1
        cell.execution_count = self.count
        try:
            reply = self.learner.run(cell.source)
        except Stopped as stop:
            self.stopped[name] = f"a cell {stop}"
            cell.outputs = [error_output("Stopped", f"This cell {stop}.")]
            return
        printed = reply.get("printed")
        self.printed += printed if isinstance(printed, int) else 0
        found = reply.get("outputs")
        for output in found if isinstance(found, list) else []:
            self.keep(cell, name, output)

    def keep(self, cell, name: str, output) -> None:
        """Add one output to the cell while there is room for it."""
        if not isinstance(output, list) or len(output) < 2 or self.room <= 0:
            return
        kind, text = str(output[0]), clean(output[1], OUTPUT_BYTES)
        if kind == "error" and not _is_learners(cell) and self.for_want_of_something(output):
            note = "[not run while work is graded]\n"
            made = nbformat.v4.new_output("stream", name="stdout", text=note)
        elif kind == "error":
            made = _error(output)
            self.errors[name] = f"{made.ename}: {made.evalue}"
            text = "".join(made.traceback)
        elif kind in ("stdout", "stderr"):
            made = nbformat.v4.new_output("stream", name=kind, text=text[: self.room])
        elif kind == "result":
            data = {"text/plain": text[: self.room]}
            made = nbformat.v4.new_output("execute_result", data=data, execution_count=self.count)
        else:
            data = {"text/plain": text[: self.room]}
            made = nbformat.v4.new_output("display_data", data=data)
        self.room -= len(text)
        cell.outputs.append(made)
        if self.room <= 0:
            note = f"[output cut off here: more than {OUTPUT_BYTES >> 20} MB]\n"
            cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=note))

    def for_want_of_something(self, output: list) -> bool:
        """Did an official cell fail because of what is held back, or of a cell that did?"""
        self.held = self.held or "HeldBack" in str(output)
        return "HeldBack" in str(output) or (self.held and output[1] == "NameError")

    def explained(self, cell, outputs: list) -> list:
        """The check's outputs; where a name is missing, also why."""
        if not outputs or outputs[0].get("ename") != "NameError":
            return outputs
        exercise, reason = exercise_of(cell), outputs[0].evalue
        if exercise in self.stopped:
            return [error_output("NotReached", f"not reached: {self.stopped[exercise]}")]
        if exercise in self.errors:
            reason += f": its cell stopped with {without_data(self.errors[exercise])}"
        elif self.stopped:
            return [error_output("NotReached", f"not reached: {next(iter(self.stopped.values()))}")]
        return [error_output("NotDefined", reason)]

    def remarks(self) -> list[str]:
        said = list(dict.fromkeys(self.stopped.values()))[:SHOWN]
        if self.printed > OUTPUT_BYTES:
            said.append(f"printed {self.printed / 1e6:.0f} MB, cut off at 1 MB")
        return said


def _error(output: list) -> nbformat.NotebookNode:
    kind, text = clean(output[1], 60), clean(output[2] if len(output) > 2 else "", 600)
    lines = output[3] if len(output) > 3 and isinstance(output[3], list) else []
    trace = [clean(line, 2000) for line in lines[:40]]
    return nbformat.v4.new_output("error", ename=kind, evalue=text, traceback=trace)


def _is_learners(cell) -> bool:
    """An answer cell or one that the learner added."""
    mark = cell.metadata.get("nbgrader", {})
    return bool(mark.get("solution")) or cell.get("id", "").startswith("added-")


def _names(source: str, use: type) -> set[str]:
    """Names that `source` binds or loads; none where it is no plain Python."""
    tree = _parsed(source)
    nodes = [] if tree is None else list(ast.walk(tree))
    found = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, use)}
    if use is ast.Store:
        found |= {n.name for n in nodes if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
        found |= {(n.asname or n.name).partition(".")[0] for n in nodes if isinstance(n, ast.alias)}
    return found


def _may_bind(source: str) -> set[str]:
    """Names that `source` binds; with "*" where it could bind any."""
    if _parsed(source) is None or _names(source, ast.Load) & _BINDERS:
        return {"*"}
    return _names(source, ast.Store)


def _parsed(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
