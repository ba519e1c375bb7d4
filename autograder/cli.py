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

from autograder import bank, bulk, by_hand, course, gradebook, prove, report
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
LISTED = 20  # names that an error lists


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
    g.add_argument(
        "--out", type=Path, default=Path("grades"), help="for what comes back; default: grades"
    )
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
    add(
        "--jobs",
        type=_jobs,
        default=os.cpu_count() or 1,
        help="submissions at a time; default: %(default)s, one a core",
    )
    add("--scheduler", default="", help="grade on the Dask cluster of this scheduler")
    add(
        "--seconds",
        type=_seconds,
        default=Limits.cell_seconds,
        help="limit of one cell; default: %(default)g",
    )
    what = (
        'for late work: nbgrader\'s "none" or "zero", or a plugin, "module.Class"; default: none, '
    )
    add("--late", default="", help=f"{what}or what this grading began with")
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
    client = _tried(options)
    if _goes_on(options):
        with closing(Jobs(options.out)) as jobs:
            done, total = jobs.counts()
            print(f"going on in {options.out}/: {done} of {total} are graded", file=sys.stderr)
            jobs.add(submissions)
            return _finish(options, options.out, jobs, isolation, client)
    named = gradebook.url_of(options.gradebook, options.out) if options.gradebook else ""
    given = by_hand.earlier(options.out, named)
    out = _fresh(options.out)
    with closing(Jobs(out)) as jobs:
        seed = options.seed if options.seed is not None else secrets.randbelow(2**31 - 1) + 1
        by_hand.keep(jobs, given)
        secret = gradebook.has_password(named)
        jobs.describe(gradebook="" if secret else named, password=secret, late=options.late)
        jobs.describe(due=options.due and options.due.isoformat(), lesson=options.lesson)
        jobs.describe(folder=str(options.folder.resolve()), seed=seed)
        jobs.add(submissions)
        return _finish(options, out, jobs, isolation, client)


def _regrade(options) -> int:
    if not (options.out / "queue.db").exists():
        raise GradingError(f"{options.out} holds no grading: there is no queue.db in it")
    with closing(Jobs(options.out)) as jobs:
        folder = Path(jobs.about()["folder"])
        isolation = find_isolation(options.trust_submissions, (folder, options.out))
        exercises = dict.fromkeys(v.exercise for r in jobs.results() for v in r.verdicts)
        _known("student", options.student, jobs.students())
        _known("exercise", options.exercise, list(exercises))
        client = _tried(options)
        _url(options, jobs, options.out)  # before anything is put back
        if not jobs.again(options.student, options.exercise) and not jobs.waiting():
            named = " ".join(filter(None, (options.student, options.exercise)))
            raise GradingError(f"nothing in {options.out} to grade again for {named or 'anybody'}")
        return _finish(options, options.out, jobs, isolation, client)


def _known(what: str, name: str, there: list[str]) -> None:
    if name and name not in there:
        more = f" and {len(there) - LISTED} more" if len(there) > LISTED else ""
        names = ", ".join(there[:LISTED]) or "none"
        raise GradingError(f"there is no {what} {name!r}; there are: {names}{more}")


def _tried(options):
    """Try what was named before anything is written; the scheduler's client, if there is one."""
    if options.late:
        gradebook.late_rule(options.late)
    if options.gradebook:
        gradebook.Marks(gradebook.url_of(options.gradebook, options.out), {}).gradebook.close()
    if not options.scheduler:
        return None
    from autograder.cluster import connect

    return connect(options.scheduler)


def _finish(options, out: Path, jobs: Jobs, isolation: Isolation, client) -> int:
    """Grade what waits, write the reports, print the table. client: Dask's, or None."""
    about, known = jobs.about(), course.lessons()
    url = _url(options, jobs, out)
    due = datetime.fromisoformat(about["due"]) if about.get("due") else None
    limits = Limits(cell_seconds=options.seconds, total_seconds=8 * options.seconds)
    settings = settings_of(about["seed"], limits, isolation)
    late = options.late or about.get("late") or "none"
    waiting = len(jobs.by_hand())
    with gradebook.Marks(url, known, due, late) as marks:
        if client is not None:
            from autograder.cluster import there

            engine = there(client, settings)
        else:
            engine = bulk.here(settings, options.jobs)
        try:
            bulk.run(jobs, engine, marks, out, Progress(*jobs.counts()))
        finally:
            results = list(jobs.results())
            report.write(results, out)
    write_class(results, about["seed"], out / "class.html")
    print(report.table(results) if len(results) <= TABLE else report.summary(results))
    if kept := waiting - len(jobs.by_hand()):
        print(f"\ngiven by hand in an earlier grading, and carried over: {kept}")
    own = not (options.gradebook or about.get("gradebook") or about.get("password"))
    if told := by_hand.told(jobs, own):
        print(f"\n{told}")
    print(f"\nseed {about['seed']}; marks, feedback and gradebook are in {out}/")
    return 0


def _url(options, jobs: Jobs, out: Path) -> str:
    """The gradebook that is named now, or was when this grading began."""
    about = jobs.about()
    if about.get("password") and not options.gradebook:
        raise GradingError("say --gradebook once more: its password is not kept")
    return (not options.gradebook and about.get("gradebook")) or gradebook.url_of(
        options.gradebook, out
    )


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
    except OSError as error:
        raise GradingError(f"--received {gradebook.first_line(error)}") from None
    except (UnicodeDecodeError, csv.Error):
        raise GradingError(f"--received {path}: is no CSV file in UTF-8") from None
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
    if misfits := bank.misfits(options.lesson):
        print("\n".join(misfits))
        return 1
    start = time.monotonic()
    text, proven = prove.prove(prove.proofs(options.lesson), prove.graded(options.lesson))
    print("\n".join([text, *prove.remarks(options.lesson)]))
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
        print(f"the earlier grading is in {kept}/", file=sys.stderr)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GradingError(f"cannot write to {gradebook.first_line(error)}") from None
    return out
