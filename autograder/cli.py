"""`python -m autograder grade FOLDER` and `prove`: what an instructor types."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from pathlib import Path

from autograder import course, gradebook, prove, report
from autograder.collect import collect
from autograder.errors import GradingError
from autograder.grade import Grader
from autograder.sandbox import Limits, find_isolation

SAMPLE_CLASS = Path(__file__).resolve().parent / "sample_class"


def main(arguments: list[str] | None = None) -> int:
    """0 when grading worked, whatever the marks; 2 with one line on stderr when it could not.

    `prove` returns 1 when a proof fails.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except GradingError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nautograder: stopped; what was graded is in the gradebook", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autograder", description=__doc__)
    commands = parser.add_subparsers(required=True)
    g = commands.add_parser("grade", help="grade a folder of submissions, or one notebook")
    what = "folder of STUDENT/NN_lesson.ipynb or STUDENT.ipynb; default: the sample class"
    g.add_argument("folder", nargs="?", type=Path, default=SAMPLE_CLASS, help=what)
    g.add_argument("--lesson", default="", help="this lesson only, such as 01_naive_attention")
    g.add_argument("--out", type=Path, default=Path("grades"), help="folder for what comes back")
    g.add_argument("--gradebook", default="", help="a gradebook to add to: a path or a URL")
    g.add_argument("--seed", type=int, help="the checks' inputs; default: drawn, and printed")
    g.add_argument("--seconds", type=float, default=Limits.cell_seconds, help="limit of one cell")
    g.add_argument(
        "--trust-submissions", action="store_true", help="run them without isolation, as you"
    )
    g.set_defaults(run=_grade)
    p = commands.add_parser(
        "prove", help="grade every answer whose marks are known; 1 if one fails"
    )
    p.add_argument("--lesson", default="", help="this lesson only, such as 01_naive_attention")
    p.set_defaults(run=_prove)
    return parser


def _grade(options) -> int:
    known = course.lessons()
    if options.lesson:
        course.find_lesson(options.lesson)
    submissions = collect(options.folder, known, options.lesson)
    isolation = find_isolation(options.trust_submissions, (options.folder, options.out))
    out = _fresh(options.out)
    url = gradebook.url_of(options.gradebook, out)
    wanted = {s.lesson for s in submissions} & set(known)
    gradebook.open_gradebook(url, [known[name] for name in sorted(wanted)])
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31 - 1) + 1
    results, start = [], time.monotonic()
    limits = Limits(cell_seconds=options.seconds, total_seconds=8 * options.seconds)
    with Grader(known, seed, limits, isolation) as grader:
        for i, submission in enumerate(submissions, 1):
            result = grader.grade(submission)
            if result.notebook is not None:
                gradebook.save(result.notebook, result.student, result.lesson, url)
            results.append(result)
            report.write(results, out)
            left = (time.monotonic() - start) / i * (len(submissions) - i)
            line = f"{i} of {len(submissions)}: {result.student}, about {left:.0f} s left"
            print(line, file=sys.stderr, flush=True)
    print(report.table(results))
    print(f"\nseed {seed}; marks, feedback and gradebook are in {out}/")
    return 0


def _prove(options) -> int:
    if options.lesson:
        course.find_lesson(options.lesson)
    text, proven = prove.prove(prove.proofs(options.lesson))
    print(text)
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
