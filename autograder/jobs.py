"""The durable queue of one grading: what is to do, what is done, what is in the gradebook.

An SQLite file in the folder of the grading. One process writes to it; it may be killed at any
moment. A job is `done` when its result stands here, and `saved` when the gradebook has it too.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.collect import Submission
from autograder.errors import GradingError
from autograder.grade import Result
from autograder.names import number_of

TRIES = 3  # times that a job may end its worker
_SCHEMA = """
create table if not exists about (name text primary key, value text);
create table if not exists job (
    id integer primary key,
    student text, lesson text, path text, problem text, sha text, received text,
    tries integer default 0,
    only_exercise text default '', earlier text,
    result text,
    saved integer default 0, score real, penalty real, late real,
    note text default '',
    unique (student, path, sha)
);
create table if not exists by_hand (student text, lesson text, given text);
"""


@dataclass
class Job:
    """One submission in the queue."""

    id: int
    submission: Submission
    tries: int


class Jobs:
    """The queue in `folder/queue.db`. Raises GradingError when another process has it open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = (folder / "queue.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise GradingError(f"another grading is running in {folder}") from None
        self._db = sqlite3.connect(folder / "queue.db", isolation_level=None)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=full")
        self._db.executescript(_SCHEMA)
        there = {row[1] for row in self._db.execute("pragma table_info(job)")}
        older = ("penalty", "real"), ("late", "real"), ("note", "text default ''")
        for name, kind in older:
            if name not in there:
                self._db.execute(f"alter table job add column {name} {kind}")

    def about(self) -> dict:
        """What was written with `describe`; {} for a new queue."""
        rows = self._db.execute("select name, value from about").fetchall()
        return {name: self._read(value) for name, value in rows}

    def describe(self, **about) -> None:
        rows = [(name, json.dumps(value)) for name, value in about.items()]
        self._db.executemany("insert or replace into about values (?, ?)", rows)

    def add(self, submissions: list[Submission]) -> None:
        """Enter what is not in yet. A file that changed since takes the place of what it was.

        So does another file that is now the newest of its student and lesson.
        """
        with self._transaction():
            for s in submissions:
                key = s.student, str(s.path), s.sha
                self._db.execute("delete from job where student = ? and path = ? and sha != ?", key)
                if s.lesson:
                    self._db.execute(
                        "delete from job where student = ? and path != ? and lesson = ?",
                        (*key[:2], s.lesson),
                    )
                self._db.execute(
                    "insert or ignore into job (student, path, sha, lesson, problem, received, "
                    "only_exercise, note) values (?, ?, ?, ?, ?, ?, ?, ?)",
                    (*key, s.lesson, s.problem, s.received, s.only, s.note),
                )

    def again(self, student: str = "", exercise: str = "") -> int:
        """Put graded jobs back into the queue, all or a student's; how many.

        exercise: keep the earlier verdicts of all others.
        """
        where = "result is not null and (? = '' or student = ?)"
        if exercise:
            where += " and instr(result, ?)"  # the checks' names begin with it
        words = [student, student] + ([f'"check": "{exercise}__'] if exercise else [])
        (count,) = self._db.execute(f"select count(*) from job where {where}", words).fetchone()
        self._db.execute(
            "update job set earlier = result, result = null, saved = 0, tries = 0, "
            f"only_exercise = ? where {where}",
            [exercise, *words],
        )
        return count

    def gone(self, student: str = "") -> list[str]:
        """Paths that are no longer there, of all or of a student."""
        paths = self._db.execute(
            "select path from job where problem = '' and (? = '' or student = ?) order by path",
            (student, student),
        )
        return [path for (path,) in paths if not os.path.lexists(path)]

    def arrived(self, times: dict[str, str]) -> list[str]:
        """Note when students' work came in; returned are those who are none of ours."""
        with self._transaction():
            for student, when in times.items():
                self._db.execute(
                    "update job set received = ?, saved = 0 "
                    "where student = ? and received is not ?",
                    (when, student, when),
                )
        ours = set(self.students())
        return [student for student in times if student not in ours]

    def save_again(self) -> None:
        """What is graded goes into the gradebook once more, without being graded again."""
        self._db.execute("update job set saved = 0")

    def waiting(self) -> list[Job]:
        """The jobs without a result; those that ended a worker come last."""
        rows = self._db.execute(
            "select id, tries, student, path, lesson, problem, sha, only_exercise, received, note "
            "from job where result is null order by tries, id"
        )
        return [
            Job(id, Submission(student, Path(path), *rest), tries)
            for id, tries, student, path, *rest in rows
        ]

    def died(self, job: Job) -> int:
        """A worker died of this job; how many did by now."""
        job.tries += 1
        self._db.execute("update job set tries = ? where id = ?", (job.tries, job.id))
        return job.tries

    def finish(self, job: Job, result: Result) -> Result:
        """The job has its result; returned is what counts, other exercises' verdicts kept."""
        row = self._db.execute("select only_exercise, earlier from job where id = ?", (job.id,))
        exercise, earlier = row.fetchone()
        if job.submission.note:
            result.remarks.append(job.submission.note)
        if exercise and earlier:
            new = {v.check: v for v in result.verdicts if v.exercise == exercise}
            result.verdicts = [new.get(v.check, v) for v in self._result(earlier).verdicts]
        self._db.execute(
            "update job set result = ?, lesson = ?, only_exercise = '', earlier = null "
            "where id = ?",
            (json.dumps(result.plain()), result.lesson, job.id),
        )
        return result

    def unsaved(self) -> Iterator[tuple[int, Result, str, datetime | None]]:
        """(job, result, SHA-256, arrival) of what is graded and not in the gradebook yet."""
        rows = self._db.execute(
            "select id, result, sha, received from job where result is not null and not saved"
        )
        for id, text, sha, received in rows.fetchall():
            when = datetime.fromisoformat(received) if received else None
            yield id, self._result(text), sha or "", when

    def saved(self, id: int, result: Result, given: list[str]) -> None:
        """The gradebook has it, with this score and these of the rows `by_hand`."""
        with self._transaction():
            self._db.execute(
                "update job set saved = 1, score = ?, penalty = ?, late = ? where id = ?",
                (result.score, result.penalty, result.late, id),
            )
            self._db.executemany("delete from by_hand where given = ?", [(g,) for g in given])

    def results(self) -> Iterator[Result]:
        """Every result, by lesson and student."""
        return (result for result, _ in self.graded())

    def graded(self) -> Iterator[tuple[Result, str]]:
        """Every result, by lesson and student, with its file's SHA-256."""
        rows = self._db.execute(
            "select result, score, penalty, late, path, sha from job where result is not null "
            "order by lesson, student, path"
        )
        for text, score, penalty, late, path, sha in rows:
            result = self._result(text)
            result.score, result.penalty, result.late = score, penalty or 0.0, late or 0.0
            result.number = number_of(Path(path))
            yield result, sha or ""

    def keep_by_hand(self, rows: list[tuple[str, str, str]]) -> None:
        """(student, lesson, what was given by hand) of an earlier grading."""
        self._db.executemany("insert into by_hand values (?, ?, ?)", rows)

    def by_hand(self, student: str = "", lesson: str = "") -> list[str]:
        """What is in no gradebook of this folder yet: all, or one submission's."""
        rows = self._db.execute(
            "select given from by_hand where ? = '' or (student = ? and lesson = ?)",
            (student, student, lesson),
        )
        return [given for (given,) in rows]

    def students(self) -> list[str]:
        return [s for (s,) in self._db.execute("select distinct student from job order by student")]

    def counts(self) -> tuple[int, int]:
        """(jobs with a result, jobs)."""
        return self._db.execute("select count(result), count(*) from job").fetchone()

    def _read(self, text: str, make=lambda value: value):
        """What was written as JSON; raises GradingError where something else stands there."""
        try:
            return make(json.loads(text))
        except (ValueError, TypeError, KeyError):
            raise GradingError(
                f"the queue in {self._folder} is damaged, or of another edition: name another "
                "folder with --out"
            ) from None

    def _result(self, text: str) -> Result:
        return self._read(text, Result.of)

    def _transaction(self):
        self._db.execute("begin immediate")
        return self._db  # commits at the end of the with block, rolls back when it raises

    def close(self) -> None:
        self._db.close()
        self._lock.close()
