"""Scores and comments that a person gave, from an earlier grading of the same students.

They are read from its gradebook before its folder is put aside, wait in the new queue, and go into
the new gradebook with the submission that they are of, if its answer is the same.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Comment, Grade, Gradebook
from sqlalchemy import or_

from autograder.errors import GradingError, first_line
from autograder.grade import Result
from autograder.gradebook import shown, url_of
from autograder.jobs import Jobs


@dataclass
class ByHand:
    """What a person gave one cell of one student. `answer`: see `answer_of`."""

    student: str
    lesson: str
    cell: str
    answer: str
    score: float | None = None
    extra: float | None = None
    comment: str | None = None

    @property
    def exercise(self) -> str:
        return self.cell.split("__")[0]

    def text(self) -> str:
        return json.dumps(vars(self))


def answer_of(result: Result, exercise: str, sha: str) -> str:
    """The answer's text, "" as released; the file's SHA-256 where it could not be read."""
    if exercise in result.answers or exercise in result.unanswered:
        return result.answers.get(exercise, "")
    return f"file {sha}"


def earlier(folder: Path, named: str) -> list[ByHand]:
    """What was given by hand in the grading in `folder`, and what it had from those before it.

    named: the URL of a gradebook that was named now, for one whose password is not kept. Raises
    GradingError when the earlier gradebook cannot be read.
    """
    if not (folder / "queue.db").exists():
        return []
    with closing(Jobs(folder)) as jobs:
        about = jobs.about()
        found = {_key(h): h for h in map(_load, jobs.by_hand())}
        graded = {(r.student, r.lesson): (r, sha) for r, sha in jobs.graded()}
    if not about:
        return []
    url = about.get("gradebook") or (named if about.get("password") else url_of("", folder))
    if not url:
        raise GradingError(
            f"the gradebook of the grading in {folder} has a password: say --gradebook, for the "
            "scores by hand in it, or another folder with --out"
        )
    for given in _given(url, folder):
        if (given.student, given.lesson) in graded:
            result, sha = graded[given.student, given.lesson]
            given.answer = answer_of(result, given.exercise, sha)
            found[_key(given)] = given
    return list(found.values())


def _given(url: str, folder: Path) -> list[ByHand]:
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:") and not path.exists():
        return []
    try:
        with Gradebook(url) as book:
            scored = or_(Grade.manual_score.is_not(None), Grade.extra_credit.is_not(None))
            rows = [_of(g, score=g.manual_score, extra=g.extra_credit)
                    for g in book.db.query(Grade).filter(scored)]  # fmt: skip
            said = book.db.query(Comment).filter(Comment.manual_comment.is_not(None))
            return rows + [_of(c, comment=c.manual_comment) for c in said]
    except Exception as error:
        raise GradingError(
            f"cannot read the scores by hand in {shown(url)}, the gradebook of the grading in "
            f"{folder} ({first_line(error)}): name another folder with --out"
        ) from None


def _of(row: Grade | Comment, **given) -> ByHand:
    return ByHand(row.student.id, row.assignment.name, row.name, "", **given)


def _key(h: ByHand) -> tuple:
    return h.student, h.lesson, h.cell, h.comment is None


def _load(text: str) -> ByHand:
    return ByHand(**json.loads(text))


def keep(jobs: Jobs, given: list[ByHand]) -> None:
    """Let it wait in the queue for its submissions."""
    jobs.keep_by_hand([(h.student, h.lesson, h.text()) for h in given])


def that_holds(jobs: Jobs, result: Result, sha: str) -> list[ByHand]:
    """What waits for this submission and was given for the same answer."""
    waits = map(_load, jobs.by_hand(result.student, result.lesson))
    return [h for h in waits if h.answer == answer_of(result, h.exercise, sha)]


def told(jobs: Jobs, own: bool) -> str:
    """Whose answers changed since somebody graded them by hand; "" for nobody's.

    own: this grading has a gradebook of its own, where such scores are not.
    """
    graded = {(r.student, r.lesson) for r in jobs.results()}
    waits = [h for h in map(_load, jobs.by_hand()) if (h.student, h.lesson) in graded]
    if not waits:
        return ""
    named = ", ".join(dict.fromkeys(f"{h.student} {h.cell}" for h in waits))
    then = "not carried over" if own else "to be looked at again"
    return f"given by hand before the answer changed, so {then}: {named}"
