"""`python -m autograder grade FOLDER` and `prove`: what an instructor types."""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
import time
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from autograder import bank, course, prove
from autograder.errors import GradingError, first_line
from autograder.export import compare
from autograder.grading import grade, regrade
from autograder.progress import clock
from autograder.sandbox import Limits
from autograder.tables import utc

SAMPLE_CLASS = Path(__file__).resolve().parent / "sample_class"


def main(arguments: list[str] | None = None) -> int:
    """0 when grading worked, whatever the marks; 2 with one line on stderr when it could not.

    `prove` returns 1 when a proof fails.
    """
    options = _parser().parse_args(arguments)
    goes_on = options.run in (grade, regrade)
    goes_on = "; the same command goes on from here" if goes_on else ""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return options.run(options)
    except GradingError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:  # a full disk, a broken queue.db
        print(f"autograder: {first_line(error)}{goes_on}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nautograder: stopped{goes_on}", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, previous)


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
    g.add_argument("--seed", type=_seed, help="the checks' inputs; default: drawn, and printed")
    _shared(g, "none")
    g.set_defaults(run=grade)
    r = commands.add_parser("regrade", help="grade again what is in the folder of a grading")
    r.add_argument("out", type=Path, help="that folder")
    r.add_argument("--student", default="", help="this student only")
    r.add_argument("--exercise", default="", help="this exercise only; other marks stay")
    _shared(r, "what this grading has")
    r.set_defaults(run=regrade)
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


def _shared(parser: argparse.ArgumentParser, default: str) -> None:
    """default: of what a grading remembers."""
    add = parser.add_argument
    what = "late after this, such as 2026-10-31T23:59+09:00"
    add("--due", type=_due, help=f"{what}; default: {default}")
    what = 'for late work: nbgrader\'s "none" or "zero", or a plugin, "module.Class"'
    add("--late", default="", help=f"{what}; default: {default}")
    what = "CSV of student,time of arrival; default: each file's own time"
    add("--received", type=Path, help=what)
    what = "CSV of who is in the class, such as Canvas's or Moodle's; says who handed in nothing"
    add("--roster", type=Path, help=what)
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
    add("--trust-submissions", action="store_true", help="run them without isolation, as you")


def _jobs(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of submissions: 1 or more")
    return int(text)


def _seed(text: str) -> int:
    if not (text.isdecimal() and len(text) < 11 and int(text) < 1 << 31):
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: a whole number from 0 to 2**31 - 1")
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
        return utc(text)
    except ValueError:
        what = f"{text!r} is no time such as 2026-10-31T23:59+09:00"
        raise argparse.ArgumentTypeError(what) from None


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
