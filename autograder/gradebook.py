"""nbgrader's gradebook: the official notebooks go in once, then every graded submission."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades, SaveCells

from autograder.course import Lesson
from autograder.errors import GradingError

# nbgrader's own use of SQLAlchemy, which works and warns
warnings.filterwarnings("ignore", module=r"nbgrader\.")


def open_gradebook(url: str, lessons: list[Lesson]) -> None:
    """Enter the lessons' cells and points into the gradebook at `url`, as nbgrader does."""
    # nbgrader starts `alembic` by its bare name: let it find the one of this Python
    here = str(Path(sys.executable).parent)
    if here not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", os.defpath)])
    try:
        with Gradebook(url) as gradebook:
            for lesson in lessons:
                gradebook.update_or_create_assignment(lesson.name)
        for lesson in lessons:
            notebook = nbformat.read(lesson.path, as_version=4)
            SaveCells().preprocess(notebook, _resources(lesson.name, url))
    except RuntimeError as error:  # nbgrader: cells changed although there are submissions
        raise GradingError(f"the gradebook {url} belongs to another edition: {error}") from None
    except Exception as error:
        raise GradingError(f"cannot open the gradebook {url}: {_first_line(error)}") from None


def save(notebook: nbformat.NotebookNode, student: str, lesson: str, url: str) -> float:
    """Save the executed notebook's marks for one student; return the score in the gradebook."""
    with Gradebook(url) as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(lesson, student)
    SaveAutoGrades().preprocess(notebook, _resources(lesson, url, student))
    with Gradebook(url) as gradebook:
        return gradebook.find_submission(lesson, student).score


def url_of(named: str, folder: Path) -> str:
    """A database URL: `named` itself, a path as SQLite, or a fresh gradebook.db in `folder`."""
    if "://" in named:
        return named
    return f"sqlite:///{(Path(named) if named else folder / 'gradebook.db').resolve()}"


def _resources(lesson: str, url: str, student: str = "") -> dict:
    names = {"assignment": lesson, "notebook": lesson, "student": student, "db_url": url}
    return {"nbgrader": names, "unique_key": lesson}


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
