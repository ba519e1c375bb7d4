"""`python -m autograder grade FOLDER` and `prove`: what an instructor types."""

from __future__ import annotations

import argparse
import csv
import os
import secrets
import signal
import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from autograder import bulk, course, gradebook, prove, report
from autograder.class_report import write_class
from autograder.collect import Submission, collect
from autograder.errors import GradingError
from autograder.export import compare
from autograder.jobs import Jobs
from autograder.progress import Progress, clock
from autograder.sandbox import Isolation, Limits, find_isolation
from autograder.worker import settings_of

SAMPLE_CLASS = Path(__file__).resolve().parent / "sample_class"
TABLE = 60  # submissions whose every exercise is printed


def main(arguments: list[str] | None = None) -> int:
    """0 when grading worked, whatever the marks; 2 with one line on stderr when it could not.

    `prove` returns 1 when a proof fails.
    """
    options = _parser().parse_args(arguments)
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return options.run(options)
    except GradingError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:  # a full disk, a broken queue.db
        print(f"autograder: {gradebook.first_line(error)}{_goes_on_from_here(options)}",
              file=sys.stderr)  # fmt: skip
        return 2
    except KeyboardInterrupt:
        goes_on = (
            "; the same command goes on from here" if options.run in (_grade, _regrade) else ""
        )
        print(f"\nautograder: stopped{goes_on}", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, previous)


def _goes_on_from_here(options) -> str:
    return "; the same command goes on from here" if options.run in (_grade, _regrade) else ""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}; --help says more\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m autograder", description=__doc__)
    commands = parser.add_subparsers(required=True)
    g = commands.add_parser("grade", help="grade a folder of submissions, or one notebook")
    what = "folder of STUDENT/NN_lesson.ipynb or STUDENT.ipynb; default: the sample class"
    g.add_argument("folder", nargs="?", type=Path, default=SAMPLE_CLASS, help=what)
    g.add_argument("--lesson", default="", help="this lesson only, such as 01_naive_attention")
    g.add_argument("--out", type=Path, default=Path("grades"), help="folder for what comes back")
    g.add_argument("--seed", type=int, help="the checks' inputs; default: drawn, and printed")
    g.add_argument("--due", type=_due, help="late after this, such as 2026-10-31T23:59+09:00")
    what = "CSV of student,time of arrival; default: each file's own time"
    g.add_argument("--received", type=Path, help=what)
    _shared(g)
    g.set_defaults(run=_grade)
    r = commands.add_parser("regrade", help="grade again what is in the folder of a grading")
    r.add_argument("out", type=Path, help="that folder")
    r.add_argument("--student", default="", help="this student only")
    r.add_argument("--exercise", default="", help="this exercise only; other marks stay")
    _shared(r)
    r.set_defaults(run=_regrade)
    c = commands.add_parser("compare", help="what changed from one grading to another")
    c.add_argument("before", type=Path, help="a grading's folder")
    c.add_argument("after", type=Path, help="another's")
    c.set_defaults(run=_compare)
    p = commands.add_parser(
        "prove", help="grade every answer whose marks are known; 1 if one fails"
    )
    p.add_argument("--lesson", default="", help="this lesson only, such as 01_naive_attention")
    p.set_defaults(run=_prove)
    return parser


def _shared(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--gradebook", default="", help="a gradebook to add to: a path or a URL")
    add("--jobs", type=_jobs, default=os.cpu_count() or 1, help="submissions at a time")
    add("--scheduler", default="", help="grade on the Dask cluster of this scheduler")
    add("--seconds", type=_seconds, default=Limits.cell_seconds, help="limit of one cell")
    what = 'for late work: nbgrader\'s "none" or "zero", or a plugin, "module.Class"'
    add("--late", default="none", help=what)
    add("--trust-submissions", action="store_true", help="run them without isolation, as you")


def _jobs(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of submissions: 1 or more")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds, such as 30")
    return seconds


def _due(text: str) -> datetime:
    try:
        return _time(text)
    except ValueError:
        what = f"{text!r} is no time such as 2026-10-31T23:59+09:00"
        raise argparse.ArgumentTypeError(what) from None


def _time(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when.astimezone(UTC).replace(tzinfo=None)


# --------------------------------------------------------------------------------------------------
# grade


def _grade(options) -> int:
    known = course.lessons()
    if options.lesson:
        course.find_lesson(options.lesson)
    submissions = collect(options.folder, known, options.lesson)
    _note_arrivals(submissions, options.received)
    isolation = find_isolation(options.trust_submissions, (options.folder, options.out))
    fresh = not _goes_on(options)
    out = _fresh(options.out) if fresh else options.out
    with closing(Jobs(out)) as jobs:
        if fresh:
            seed = options.seed if options.seed is not None else secrets.randbelow(2**31 - 1) + 1
            url = gradebook.url_of(options.gradebook, out)
            jobs.describe(folder=str(options.folder.resolve()), lesson=options.lesson, seed=seed)
            kept = "" if gradebook.has_password(url) else url
            jobs.describe(gradebook=kept, due=options.due and options.due.isoformat())
        else:
            done, total = jobs.counts()
            print(f"going on in {out}/: {done} of {total} are graded", file=sys.stderr)
        jobs.add(submissions)
        return _finish(options, out, jobs, isolation)


def _regrade(options) -> int:
    if not (options.out / "queue.db").exists():
        raise GradingError(f"{options.out} holds no grading: there is no queue.db in it")
    with closing(Jobs(options.out)) as jobs:
        folder = Path(jobs.about()["folder"])
        isolation = find_isolation(options.trust_submissions, (folder, options.out))
        _url(options, jobs, options.out)  # before anything is put back
        if not jobs.again(options.student, options.exercise) and not jobs.waiting():
            named = " ".join(filter(None, (options.student, options.exercise)))
            raise GradingError(f"nothing in {options.out} to grade again for {named or 'anybody'}")
        return _finish(options, options.out, jobs, isolation)


def _finish(options, out: Path, jobs: Jobs, isolation: Isolation) -> int:
    """Grade what waits, write the reports, print the table."""
    about, known = jobs.about(), course.lessons()
    url = _url(options, jobs, out)
    due = datetime.fromisoformat(about["due"]) if about.get("due") else None
    limits = Limits(cell_seconds=options.seconds, total_seconds=8 * options.seconds)
    settings = settings_of(about["seed"], limits, isolation)
    with gradebook.Marks(url, known, due, options.late) as marks:
        if options.scheduler:
            from autograder.cluster import there

            engine = there(options.scheduler, settings)
        else:
            engine = bulk.here(settings, options.jobs)
        try:
            bulk.run(jobs, engine, marks, out, Progress(*jobs.counts()))
        finally:
            results = list(jobs.results())
            report.write(results, out)
    write_class(results, about["seed"], out / "class.html")
    print(report.table(results) if len(results) <= TABLE else report.summary(results))
    print(f"\nseed {about['seed']}; marks, feedback and gradebook are in {out}/")
    return 0


def _url(options, jobs: Jobs, out: Path) -> str:
    """The gradebook that is named now, or was when this grading began."""
    url = gradebook.url_of(options.gradebook, out) if options.gradebook else ""
    url = url or jobs.about().get("gradebook")
    if not url:
        raise GradingError("say --gradebook once more: its password is not kept")
    return url


def _goes_on(options) -> bool:
    """Does the folder hold the same grading, not at its end?"""
    if not (options.out / "queue.db").exists():
        return False
    with closing(Jobs(options.out)) as jobs:
        about, (done, total) = jobs.about(), jobs.counts()
    same = about.get("folder") == str(options.folder.resolve())
    same = same and about.get("lesson") == options.lesson and about.get("seed")
    return bool(same and done < total and options.seed in (None, about["seed"]))


def _note_arrivals(submissions: list[Submission], path: Path | None) -> None:
    """Replace the files' own times by those of a CSV file."""
    if path is None:
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if len(row) >= 2]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GradingError(f"cannot read {path}: {error}") from None
    times = {}
    for n, (student, when, *_) in enumerate(rows):
        try:
            times[student] = _time(when.strip()).isoformat()
        except ValueError:
            if n:  # the first line may be names of columns
                raise GradingError(
                    f"{path}: {when!r} is no time such as 2026-10-31T23:59"
                ) from None
    for submission in submissions:
        submission.received = times.get(submission.student, submission.received)


def _compare(options) -> int:
    lines = compare(options.before, options.after)
    print("\n".join(lines) or "no difference")
    return 0


def _prove(options) -> int:
    if options.lesson:
        course.find_lesson(options.lesson)
    start = time.monotonic()
    text, proven = prove.prove(prove.proofs(options.lesson), prove.graded(options.lesson))
    print(text)
    print(f"took {clock(time.monotonic() - start)}", file=sys.stderr)
    return 0 if proven else 1


def _fresh(out: Path) -> Path:
    """An empty folder `out`; what stood there is kept as out.1, out.2, ..."""
    if out.exists() and not out.is_dir():
        raise GradingError(f"{out} is a file; name a folder with --out")
    if out.is_dir() and any(out.iterdir()):
        n = 1
        while (kept := out.with_name(f"{out.name}.{n}")).exists():
            n += 1
        out.rename(kept)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GradingError(f"cannot write to {out}: {error.strerror}") from None
    return out
