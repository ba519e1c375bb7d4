"""nbgrader's gradebook: the official notebooks go in once, then every graded submission.

One process writes. SQLite by default; any database that SQLAlchemy and nbgrader take by its URL.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader.api import Assignment, Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties, SaveCells
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from traitlets.config import Config

from autograder.course import Lesson
from autograder.errors import GradingError, first_line
from autograder.grade import Result

# nbgrader's own use of SQLAlchemy, which works and warns
warnings.filterwarnings("ignore", module=r"nbgrader\.")


class Marks:
    """The gradebook at `url`, open for writing. A context manager.

    due: when the lessons are due, in UTC. late: nbgrader's rule for what comes later, a method of
    its LateSubmissionPlugin ("none", "zero") or the name of a plugin class, "module.Class".
    """

    def __init__(
        self, url: str, known: dict[str, Lesson], due: datetime | None = None, late: str = "none"
    ) -> None:
        self.url, self.known, self.due = url, known, due
        self._late = late_rule(late)
        self._entered: set[str] = set()
        # nbgrader starts `alembic` by its bare name: let it find the one of this Python
        here = str(Path(sys.executable).parent)
        if here not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", os.defpath)])
        try:
            self.gradebook = Gradebook(url)
        except ModuleNotFoundError as error:
            raise GradingError(
                f"{error} for {shown(url)}: pip install 'flashlab[postgres]'"
            ) from None
        except NoSuchModuleError:
            raise GradingError(
                f"cannot open the gradebook {shown(url)}: SQLAlchemy knows no such database; "
                "say a path, or a URL such as postgresql+psycopg://user@host/name"
            ) from None
        except Exception as error:
            raise GradingError(
                f"cannot open the gradebook {shown(url)}: {first_line(error)}"
            ) from None

    def enter(self, lesson: Lesson) -> None:
        """Enter the lesson's cells and points, as nbgrader does, once."""
        if lesson.name in self._entered:
            return
        names = {"assignment": lesson.name, "notebook": lesson.name, "student": ""}
        resources = {"nbgrader": {**names, "db_url": self.url}, "unique_key": lesson.name}
        try:
            known = {} if self.due is None else {"duedate": self.due}
            self.gradebook.update_or_create_assignment(lesson.name, **known)
            SaveCells().preprocess(nbformat.read(lesson.path, as_version=4), resources)
        except RuntimeError as error:  # nbgrader: cells changed although there are submissions
            raise GradingError(
                f"the gradebook {shown(self.url)} belongs to another edition: {error}"
            ) from None
        except Exception as error:
            raise GradingError(
                f"cannot write to the gradebook {shown(self.url)}: {first_line(error)}"
            ) from None
        self.gradebook.db.expire_all()
        self._entered.add(lesson.name)

    def save(self, result: Result, received: datetime | None = None, given=()) -> None:
        """Save one submission's marks in one transaction, and note its score and any penalty.

        A manual score stays, and its cell is marked for review, as nbgrader does. given: scores
        and comments by hand (`by_hand.ByHand`) that are entered first.
        """
        if result.lesson not in self.known:
            result.score = 0.0
            return
        self.enter(self.known[result.lesson])
        book, points = self.gradebook, {v.check: v.points for v in result.verdicts}
        book.update_or_create_student(result.student)
        when = {} if received is None else {"timestamp": received}
        submission = book.update_or_create_submission(result.lesson, result.student, **when)
        for row in given:
            self._enter_by_hand(row)
        for notebook in submission.notebooks:
            notebook.late_submission_penalty = None
            for grade in notebook.grades:
                grade.auto_score = points.get(grade.name, 0.0)
                grade.needs_manual_grade = grade.manual_score is not None
            for comment in notebook.comments:
                empty = comment.name in result.unanswered
                comment.auto_comment = "No response." if empty else None
        book.db.commit()
        result.late = max(0.0, submission.total_seconds_late)
        if result.late:
            self._penalise(result)
        result.penalty = min(submission.score, submission.late_submission_penalty or 0.0)
        result.score = submission.score - result.penalty

    def handed_in(self) -> list[tuple[str, str]]:
        """(student, lesson) of every submission in it, earlier gradings' too."""
        rows = self.gradebook.db.query(SubmittedAssignment.student_id, Assignment.name)
        rows = rows.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        return [(student, lesson) for student, lesson in rows]

    def _enter_by_hand(self, row) -> None:
        """Where nobody has given anything in this gradebook."""
        where = row.cell, row.lesson, row.lesson, row.student
        try:
            if row.comment is not None:
                comment = self.gradebook.find_comment(*where)
                comment.manual_comment = comment.manual_comment or row.comment
            else:
                grade = self.gradebook.find_grade(*where)
                if grade.manual_score is None and grade.extra_credit is None:
                    grade.manual_score, grade.extra_credit = row.score, row.extra
        except MissingEntry:  # a cell that this edition has no more
            pass

    def _penalise(self, result: Result) -> None:
        """nbgrader's own rule for late submissions, whatever class it is set to."""
        names = {"assignment": result.lesson, "notebook": result.lesson, "student": result.student}
        rule = AssignLatePenalties(config=self._late)
        rule.log.setLevel("ERROR")
        resources = {"nbgrader": {**names, "db_url": self.url}}
        try:
            rule.preprocess(nbformat.v4.new_notebook(), resources)
        except SQLAlchemyError:
            raise
        except Exception as error:  # a plugin's own mistake
            raise GradingError(
                f"the rule for late work failed on {result.student}'s {result.lesson}: "
                f"{type(error).__name__}: {first_line(error)}"
            ) from None
        self.gradebook.db.expire_all()

    def __enter__(self) -> Marks:
        return self

    def __exit__(self, *exc) -> None:
        self.gradebook.close()


def late_rule(late: str) -> Config:
    """The configuration of `--late`; raises GradingError."""
    config = Config()
    if "." not in late:
        config.LateSubmissionPlugin.penalty_method = late
        if late not in LateSubmissionPlugin.penalty_method.values:
            raise GradingError(
                f"--late {late}: there is no such rule; say none, zero, or a plugin of yours as "
                "module.Class"
            )
        return config
    config.AssignLatePenalties.plugin_class = late
    module, _, name = late.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        why = f"there is no module {error.name}; PYTHONPATH says where Python looks for one"
    except Exception as error:
        why = f"{module} cannot be imported: {type(error).__name__}: {first_line(error)}"
    else:
        if isinstance(found, type) and issubclass(found, LateSubmissionPlugin):
            return config
        why = f"{module} has no class {name} made from nbgrader.plugins.LateSubmissionPlugin"
    raise GradingError(f"--late {late}: {why}")


def url_of(named: str, folder: Path) -> str:
    """A database URL: `named` itself, a path as SQLite, or a fresh gradebook.db in `folder`."""
    if "://" in named:
        return named
    return f"sqlite:///{(Path(named) if named else folder / 'gradebook.db').resolve()}"


def shown(url: str) -> str:
    """`url` without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return url


def has_password(url: str) -> bool:
    return shown(url) != url
