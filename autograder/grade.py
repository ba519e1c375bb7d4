"""Grade submissions one after the other; whatever one of them does, the next gets its turn."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader import utils

from autograder.bench import make_bench, remove_bench
from autograder.collect import Submission
from autograder.course import Lesson, grade_id, is_check
from autograder.execute import execute
from autograder.learner import Learner
from autograder.sandbox import Isolation, Limits, Sandbox, find_isolation
from autograder.transplant import transplant

# errors whose text says it all
_OWN = ("CheckFailed", "NotDefined", "NotReached", "Stopped")


@dataclass
class Verdict:
    """One check of one submission."""

    check: str
    states: str  # what the check states: its cell's docstring
    points: float
    out_of: float
    reason: str = ""  # why points were lost, in the check's words

    @property
    def exercise(self) -> str:
        return self.check.split("__")[0]


@dataclass
class Result:
    """One graded submission."""

    student: str
    lesson: str
    source: str  # the file's name as handed in
    verdicts: list[Verdict] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    notebook: nbformat.NotebookNode | None = None
    seconds: float = 0.0  # that grading took

    @property
    def points(self) -> float:
        return sum(v.points for v in self.verdicts)

    @property
    def out_of(self) -> float:
        return sum(v.out_of for v in self.verdicts)


class Grader:
    """Grades submissions one after the other, each in a sandbox of its own. A context manager.

    known: the released lessons by name. seed: the checks draw their inputs from it.
    isolation: see `find_isolation`; by default that of this machine, or GradingError.
    """

    def __init__(
        self,
        known: dict[str, Lesson],
        seed: int,
        limits: Limits | None = None,
        isolation: Isolation | None = None,
    ) -> None:
        self.known, self.seed = known, seed
        self.limits = limits or Limits()
        self.isolation = isolation or find_isolation()
        self._bench = Path(tempfile.mkdtemp(prefix="bench-"))

    def __enter__(self) -> Grader:
        make_bench(self._bench)
        return self

    def __exit__(self, *exc) -> None:
        remove_bench(self._bench)

    def grade(self, submission: Submission) -> Result:
        """Transplant, run and judge one submission; unreadable ones get 0 and a word."""
        start = time.monotonic()
        result = Result(submission.student, submission.lesson, submission.path.name)
        lesson = self.known.get(submission.lesson)
        if submission.problem or submission.cells is None or lesson is None:
            problem = submission.problem or "fits no lesson"
            result.remarks.append(f"{submission.path.name} {problem}")
            points = lesson.points if lesson else {}
            result.verdicts = [Verdict(c, "", 0, p, result.remarks[0]) for c, p in points.items()]
            return result
        notebook, result.remarks = transplant(submission.cells, lesson)
        learner = Learner(lambda: Sandbox(self.isolation, self._bench, self.limits), self.limits)
        try:
            result.remarks += execute(notebook, lesson.name, learner, self.seed)
        finally:
            learner.close()
        result.notebook = notebook
        result.verdicts = [verdict_of(cell) for cell in notebook.cells if is_check(cell)]
        result.seconds = time.monotonic() - start
        return result


def grade_one(submission: Submission, known: dict[str, Lesson], seed: int, **limits) -> Result:
    """One submission in a grader of its own; limits: those of `Limits`."""
    with Grader(known, seed, Limits(**limits)) as grader:
        return grader.grade(submission)


def verdict_of(cell: nbformat.NotebookNode) -> Verdict:
    """What nbgrader makes of an executed check cell, and the check's own reason."""
    points, out_of = utils.determine_grade(cell)
    errors = [out for out in cell.outputs if out.output_type == "error"]
    reason = errors[0].evalue if errors else ""
    if errors and errors[0].ename not in (*_OWN, "NotImplementedError"):
        reason = f"{errors[0].ename}: {reason}"
    if errors and errors[0].ename == "NotImplementedError":
        reason = "not answered yet"
    return Verdict(grade_id(cell), _statement(cell.source), points or 0.0, out_of, reason)


def _statement(source: str) -> str:
    return source.strip().splitlines()[0].strip('"') if source.strip() else ""
