"""Find the submissions in what an instructor points at; say in words what cannot be read."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Lesson
from autograder.errors import GradingError
from autograder.read import NotANotebook, cells_of

MAX_BYTES = 256 << 20  # a larger file is not opened
_LESSON_NAME = re.compile(r"\d\d_\w+")


@dataclass
class Submission:
    """One notebook that somebody handed in. `problem`: why it cannot be graded, or ""."""

    student: str
    path: Path
    lesson: str = ""
    cells: list[dict] | None = None  # see autograder.read
    problem: str = ""


def collect(where: Path, known: dict[str, Lesson], only: str = "") -> list[Submission]:
    """The submissions below `where`: STUDENT/NN_slug.ipynb, loose STUDENT.ipynb, or one notebook.

    known: the released lessons. only: grade this lesson alone; a loose notebook is taken for it.
    Raises GradingError when there is nothing to grade.
    """
    if not where.exists():
        raise GradingError(f"there is no folder or notebook {where}")
    if where.is_file():
        paths = [where]
    else:
        paths = sorted(p for p in where.glob("*.ipynb")) + sorted(where.glob("*/*.ipynb"))
    found = []
    for path in paths:
        submission = _read(path, known, only, alone=where.is_file())
        if submission is not None:
            found.append(submission)
    if not found:
        what = f"notebook of lesson {only}" if only else "notebook (.ipynb)"
        raise GradingError(
            f"no {what} in {where}; expected STUDENT/NN_lesson.ipynb or STUDENT.ipynb in it"
        )
    seen: dict[tuple[str, str], Path] = {}
    for submission in found:
        key = submission.student, submission.lesson
        if submission.lesson and key in seen:
            submission.problem = f"handed in twice: {seen[key].name} is graded, this one is not"
        seen.setdefault(key, submission.path)
    return found


def _read(path: Path, known: dict[str, Lesson], only: str, alone: bool) -> Submission | None:
    """The submission at `path`, or None when it belongs to another lesson than `only`."""
    named = path.stem if path.stem in known else ""
    in_folder = bool(_LESSON_NAME.fullmatch(path.stem)) and (alone or path.parent.name != "")
    student = path.resolve().parent.name if in_folder else path.stem
    if named and only and named != only:
        return None
    submission = Submission(student, path, named or only)
    try:
        submission.cells = read(path)
    except NotANotebook as problem:
        submission.problem = str(problem)
        return submission
    if not submission.lesson:
        submission.lesson = _guess_lesson(submission.cells, known)
        if not submission.lesson:
            submission.problem = "fits no lesson; name it NN_lesson.ipynb or say --lesson"
    return submission


def read(path: Path) -> list[dict]:
    """The cells (`autograder.read.cells_of`) of the notebook at `path`; raises NotANotebook."""
    if path.is_symlink() or path.parent.is_symlink():
        raise NotANotebook("is a symbolic link, not a notebook")
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NotANotebook(f"cannot be read: {error.strerror}") from None
    with open(file, "rb") as opened:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            raise NotANotebook("is no file, so no notebook")
        if about.st_size > MAX_BYTES:
            raise NotANotebook(f"is larger than {MAX_BYTES >> 20} MB")
        return parse(opened.read(MAX_BYTES + 1))


def parse(content: bytes) -> list[dict]:
    """The cells of a notebook's bytes; raises NotANotebook."""
    if not content.strip():
        raise NotANotebook("is empty")
    try:
        return cells_of(json.loads(content.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise NotANotebook("is not text (UTF-8)") from None
    except (ValueError, RecursionError):
        raise NotANotebook("is not JSON: not a notebook, or cut off while it was saved") from None


def _guess_lesson(cells: list[dict], known: dict[str, Lesson]) -> str:
    """The lesson whose answer cells the notebook has most of, "" when it has none."""
    there = {c["grade_id"] for c in cells} | {c["id"] for c in cells}
    best = max(known.values(), key=lambda x: len(there & set(x.answers)), default=None)
    return best.name if best and there & set(best.answers) else ""
