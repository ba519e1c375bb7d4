"""Grade submissions one after the other; whatever one of them does, the next gets its turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import nbformat
from nbgrader import utils

from autograder import gradebook
from autograder.collect import Submission
from autograder.course import Lesson, grade_id, is_check
from autograder.execute import CELL_SECONDS, execute
from autograder.transplant import transplant


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

    @property
    def points(self) -> float:
        return sum(v.points for v in self.verdicts)

    @property
    def out_of(self) -> float:
        return sum(v.out_of for v in self.verdicts)


def grade(
    submissions: list[Submission],
    known: dict[str, Lesson],
    gradebook_url: str,
    seed: int,
    cell_seconds: int = CELL_SECONDS,
) -> Iterator[Result]:
    """Grade each submission and save it in the gradebook; yield the results as they come."""
    for submission in submissions:
        result = grade_one(submission, known, seed, cell_seconds)
        if result.notebook is not None:
            gradebook.save(result.notebook, result.student, result.lesson, gradebook_url)
        yield result


def grade_one(
    submission: Submission, known: dict[str, Lesson], seed: int, cell_seconds: int = CELL_SECONDS
) -> Result:
    """Transplant, run and read the verdicts of one submission; unreadable ones get 0 and a word."""
    result = Result(submission.student, submission.lesson, submission.path.name)
    lesson = known.get(submission.lesson)
    if submission.problem or submission.notebook is None or lesson is None:
        problem = submission.problem or "fits no lesson"
        result.remarks.append(f"{submission.path.name} {problem}")
        points = lesson.points if lesson else {}
        result.verdicts = [Verdict(c, "", 0, p, result.remarks[0]) for c, p in points.items()]
        return result
    notebook, remarks = transplant(submission.notebook, lesson)
    result.remarks = remarks + execute(notebook, seed, cell_seconds)
    result.notebook = notebook
    result.verdicts = [verdict_of(cell) for cell in notebook.cells if is_check(cell)]
    return result


def verdict_of(cell: nbformat.NotebookNode) -> Verdict:
    """What nbgrader makes of an executed check cell, and the check's own reason."""
    points, out_of = utils.determine_grade(cell)
    errors = [out for out in cell.outputs if out.output_type == "error"]
    reason = errors[0].evalue if errors else ""
    if errors and errors[0].ename not in ("CheckFailed", "NotReached", "NotImplementedError"):
        reason = f"{errors[0].ename}: {reason}"
    if errors and errors[0].ename == "NotImplementedError":
        reason = "not answered yet"
    return Verdict(grade_id(cell), _statement(cell.source), points or 0.0, out_of, reason)


def _statement(source: str) -> str:
    return source.strip().splitlines()[0].strip('"') if source.strip() else ""
