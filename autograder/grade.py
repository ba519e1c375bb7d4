"""Grade one submission: read it, put its answers into the official notebook, run, judge."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
import numpy as np

from autograder import collect, kernel_source
from autograder.bench import make_bench, remove_bench
from autograder.collect import Submission
from autograder.course import Lesson, grade_id, is_answer, is_check
from autograder.execute import execute
from autograder.frames import FrameError
from autograder.kernels import KernelHost, host_limits
from autograder.learner import Learner, clean
from autograder.read import NotANotebook, parse
from autograder.sandbox import Isolation, Limits, Sandbox, Stopped, find_isolation
from autograder.transplant import transplant

UNANSWERED = "not answered yet"  # a verdict's reason
# errors whose text says it all
_OWN = ("CheckFailed", "NotDefined", "NotGraded", "NotReached", "Stopped")


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
    unanswered: list[str] = field(default_factory=list)  # answer cells as they were released
    answers: dict[str, str] = field(default_factory=dict)  # the others' sources
    seconds: float = 0.0  # that grading took
    score: float | None = None  # in the gradebook: less a late penalty, or a manual score
    penalty: float = 0.0  # for coming late; `score` is what it leaves
    late: float = 0.0  # seconds after the due date
    number: str = ""  # the student's in Canvas ("1235") or Moodle ("Participant 12345")

    @property
    def points(self) -> float:
        return sum(v.points for v in self.verdicts)

    @property
    def out_of(self) -> float:
        return sum(v.out_of for v in self.verdicts)

    @property
    def counts(self) -> float:
        """The points that count in the end: less what late work lost, with scores by hand."""
        return self.points if self.score is None else self.score

    @property
    def by_hand(self) -> float:
        """Points more, or less, that somebody gave in the gradebook."""
        return 0.0 if self.score is None else round(self.score + self.penalty - self.points, 6)

    def plain(self) -> dict:
        """Everything but the notebook, as JSON has it."""
        kept = {k: v for k, v in vars(self).items() if k not in ("notebook", "verdicts")}
        return {**kept, "verdicts": [asdict(v) for v in self.verdicts]}

    @classmethod
    def of(cls, plain: dict) -> Result:
        verdicts = [Verdict(**v) for v in plain["verdicts"]]
        return cls(**{**plain, "verdicts": verdicts})


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
        self._host = KernelHost(self._host_sandbox, self.limits)

    def __enter__(self) -> Grader:
        make_bench(self._bench / "learner")
        return self

    def __exit__(self, *exc) -> None:
        self._host.close()
        remove_bench(self._bench)

    def grade(self, submission: Submission, content: bytes | None = None) -> Result:
        """Grade one submission; one that cannot be read gets 0 and a word.

        content: the notebook's bytes, where its path is another machine's.
        """
        start = time.monotonic()
        result = Result(submission.student, submission.lesson, submission.path.name)
        try:
            if submission.problem:
                raise NotANotebook(submission.problem)
            cells = self._cells(collect.read(submission.path) if content is None else content)
            result.lesson = result.lesson or collect.guess_lesson(cells, self.known)
        except NotANotebook as problem:
            return refuse(result, f"{result.source} {problem}", self.known)
        lesson = self.known[result.lesson]
        if other := _other_lesson(cells, lesson, self.known):
            return refuse(result, f"this is lesson {other}, not {lesson.name}", self.known)
        notebook, result.remarks = transplant(cells, lesson)
        self._note_answers(result, notebook, lesson)
        learner = Learner(self._sandbox, self.limits)
        only = submission.only
        self._host.begin()
        try:
            result.remarks += execute(
                notebook, lesson.name, learner, self._host, self.seed, only, result.unanswered
            )
        finally:
            learner.close()
            self._host.end()
            kernel_source.forget()
        result.notebook = notebook
        result.verdicts = [verdict_of(cell) for cell in notebook.cells if is_check(cell)]
        result.seconds = time.monotonic() - start
        return result

    def _sandbox(self, room: int = 0) -> Sandbox:
        return Sandbox(self.isolation, self._bench / "learner", self.limits, room)

    def _host_sandbox(self) -> Sandbox:
        """The harness of kernels."""
        bench = self._bench / "host"
        if not bench.exists():
            make_bench(bench, host=True)
        return Sandbox(self.isolation, bench, host_limits(self.limits), host=True)

    def _cells(self, content: bytes) -> list[dict]:
        """The notebook's cells; a large notebook is read in a sandbox, where memory is bounded."""
        if len(content) <= collect.SMALL_BYTES:
            return parse(content)
        with self._sandbox() as sandbox:
            deadline = time.monotonic() + self.limits.cell_seconds
            message = {"do": "cells", "id": "", "notebook": np.frombuffer(content, np.uint8)}
            try:
                sandbox.send(message, deadline, max_body=collect.MAX_BYTES)
                reply = sandbox.receive(deadline)
            except (Stopped, FrameError):
                raise NotANotebook("takes too much memory or time to be read") from None
        if not isinstance(reply.get("cells"), list):
            raise NotANotebook(clean(reply.get("problem")) or "takes too much memory to be read")
        return reply["cells"]

    def _note_answers(self, result: Result, notebook, lesson: Lesson) -> None:
        released = {grade_id(c): c.source for c in lesson.notebook.cells if is_answer(c)}
        for cell in notebook.cells:
            if is_answer(cell) and cell.source == released[grade_id(cell)]:
                result.unanswered.append(grade_id(cell))
            elif is_answer(cell):
                result.answers[grade_id(cell)] = cell.source


def _other_lesson(cells: list[dict], lesson: Lesson, known: dict[str, Lesson]) -> str:
    """The lesson that the cells are of where none is of `lesson` alone; else ""."""
    try:
        guess = known[collect.guess_lesson(cells, known)]
    except NotANotebook:
        return ""
    there = {c["grade_id"] for c in cells} | {c["id"] for c in cells}
    ours = there & set(lesson.answers)
    return guess.name if guess != lesson and ours <= set(guess.answers) else ""


def refuse(result: Result, reason: str, known: dict[str, Lesson]) -> Result:
    """0 points in everything, with one reason."""
    lesson = known.get(result.lesson)
    result.remarks.append(clean(reason))
    result.verdicts = [
        Verdict(check, "", 0.0, points, result.remarks[-1])
        for check, points in (lesson.points if lesson else {}).items()
    ]
    return result


def verdict_of(cell: nbformat.NotebookNode) -> Verdict:
    """nbgrader's rule, an error costs all points of its cell, and the check's own reason."""
    errors = [out for out in cell.outputs if out.output_type == "error"]
    out_of = float(cell.metadata.nbgrader.points)
    reason = errors[0].evalue if errors else ""
    if errors and errors[0].ename not in (*_OWN, "NotImplementedError"):
        reason = f"{errors[0].ename}: {reason}"
    if errors and errors[0].ename == "NotImplementedError":
        reason = UNANSWERED
    points = 0.0 if errors else out_of
    return Verdict(grade_id(cell), _statement(cell.source), points, out_of, reason)


def _statement(source: str) -> str:
    return source.strip().splitlines()[0].strip('"') if source.strip() else ""
