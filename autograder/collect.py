"""Find the submissions in what an instructor points at; say in words what cannot be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.course import Lesson, grade_id
from autograder.errors import GradingError

MAX_BYTES = 256 << 20  # a larger file is not opened
_LESSON_NAME = re.compile(r"\d\d_\w+")


@dataclass
class Submission:
    """One notebook that somebody handed in. `problem`: why it cannot be graded, or ""."""

    student: str
    path: Path
    lesson: str = ""
    notebook: nbformat.NotebookNode | None = None
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
    if path.is_symlink():
        submission.problem = "is a symbolic link, not a notebook"
    elif path.stat().st_size > MAX_BYTES:
        submission.problem = f"is larger than {MAX_BYTES >> 20} MB"
    elif path.stat().st_size == 0:
        submission.problem = "is empty"
    else:
        _parse(submission)
    if submission.notebook is not None and not submission.lesson:
        submission.lesson = _guess_lesson(submission.notebook, known)
        if not submission.lesson:
            submission.problem = "fits no lesson; name it NN_lesson.ipynb or say --lesson"
    return submission


def _parse(submission: Submission) -> None:
    try:
        text = submission.path.read_text(encoding="utf-8")
        notebook = nbformat.reads(text, as_version=4)
        cells = notebook.cells
        if not all(isinstance(c.source, str) and hasattr(c.metadata, "get") for c in cells):
            raise ValueError
    except UnicodeDecodeError:
        submission.problem = "is not text (UTF-8)"
    except OSError as error:
        submission.problem = f"cannot be read: {error.strerror}"
    except nbformat.reader.NotJSONError:
        submission.problem = "is not JSON: not a notebook, or cut off while it was saved"
    except Exception:  # whatever a broken file makes nbformat raise, the class goes on
        submission.problem = "is JSON, but not a notebook"
    else:
        submission.notebook = notebook


def _guess_lesson(notebook: nbformat.NotebookNode, known: dict[str, Lesson]) -> str:
    """The lesson whose answer cells the notebook has most of, "" when it has none."""
    there = {grade_id(cell) for cell in notebook.cells} | {c.get("id") for c in notebook.cells}
    best = max(known.values(), key=lambda x: len(there & set(x.answers)), default=None)
    return best.name if best and there & set(best.answers) else ""
