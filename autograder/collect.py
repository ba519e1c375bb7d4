"""Find the submissions in what an instructor points at; say in words what cannot be read."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.course import Lesson
from autograder.errors import GradingError
from autograder.read import NotANotebook, parse

MAX_BYTES = 256 << 20  # a larger file is not opened
SMALL_BYTES = 8 << 20  # a larger one is parsed in the sandbox only
_LESSON_NAME = re.compile(r"\d\d_\w+")


@dataclass
class Submission:
    """One notebook that somebody handed in. `problem`: why it cannot be graded, or ""."""

    student: str
    path: Path
    lesson: str = ""  # "" until it has been read
    problem: str = ""
    sha: str = ""  # SHA-256 of the file
    only: str = ""  # the one exercise that is to be graded
    received: str = ""  # when it came in, ISO 8601 in UTC; by default the file's own time


def collect(where: Path, known: dict[str, Lesson], only: str = "") -> list[Submission]:
    """The submissions below `where`: STUDENT/NN_slug.ipynb, loose STUDENT.ipynb, or one notebook.

    nbgrader's STUDENT/NN_slug/NN_slug.ipynb is found as well, and another file name is taken for
    the lesson that its cells are of. known: the released lessons. only: grade this lesson alone; a
    loose notebook is taken for it. Raises GradingError when there is nothing to grade.
    """
    if not where.exists():
        raise GradingError(f"there is no folder or notebook {where}")
    found = []
    for path in _paths(where):
        submission = _submission(path, where, known, only)
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


def _paths(where: Path) -> list[Path]:
    if where.is_file():
        return [where]
    found = [p for depth in ("*", "*/*", "*/*/*") for p in where.glob(f"{depth}.ipynb")]
    ours = [p for p in found if not any(n.startswith(".") for n in p.relative_to(where).parts)]
    # a notebook that is named like a lesson comes before its copies
    return sorted(ours, key=lambda p: (p.relative_to(where).parts[:-1], _is_copy(p), p.name))


def _is_copy(path: Path) -> bool:
    return not _LESSON_NAME.fullmatch(path.stem)


def _submission(path: Path, where: Path, known, only: str) -> Submission | None:
    """The submission at `path`, or None when it belongs to another lesson than `only`."""
    named = path.stem if path.stem in known else ""
    if where.is_dir() and path.parent != where:
        student = path.relative_to(where).parts[0]
    else:
        student = path.resolve().parent.name if _LESSON_NAME.fullmatch(path.stem) else path.stem
    if not str(path).isprintable():  # bytes that are no UTF-8, or an escape for the terminal
        path, student = Path(_printable(path)), _printable(student)
        return Submission(student, path, named or only, "has an unprintable name: rename it")
    submission = Submission(student, path, named or only)
    changed = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    submission.received = changed.isoformat(timespec="seconds")
    try:
        content = read(path)
        submission.sha = hashlib.sha256(content).hexdigest()
        if not submission.lesson and len(content) <= SMALL_BYTES:
            submission.lesson = guess_lesson(parse(content), known)
    except NotANotebook as problem:
        submission.problem = str(problem)
    if only and submission.lesson != only:
        return None
    return submission


def _printable(name) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in os.fspath(name))


def read(path: Path) -> bytes:
    """The bytes of the notebook at `path`; raises NotANotebook."""
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
        return opened.read(MAX_BYTES + 1)


def guess_lesson(cells: list[dict], known: dict[str, Lesson]) -> str:
    """The lesson whose answer cells the notebook has most of. Raises NotANotebook: it has none."""
    there = {c["grade_id"] for c in cells} | {c["id"] for c in cells}
    best = max(known.values(), key=lambda x: len(there & set(x.answers)), default=None)
    if best is None or not there & set(best.answers):
        raise NotANotebook("fits no lesson; name it NN_lesson.ipynb or say --lesson")
    return best.name
