"""Attacks and faults: each file here spoils a good submission and states the mark that it must get.

A case has a docstring, `MARK` (points) and `edit(notebook, folder)`: notebook is the solved
notebook of `LESSON` (01 where it names none) as parsed JSON, to be changed in place; folder is the
student's own, empty. What edit returns is written instead: bytes, or False for nothing. `TOLD`:
words that the report must have. `FILE`: another file name.
"""

from __future__ import annotations

import copy
import importlib
import json
import os
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder import bank, bulk, course
from autograder.collect import collect
from autograder.grade import Result
from autograder.gradebook import Marks
from autograder.jobs import Jobs
from autograder.progress import on_terminal
from autograder.sandbox import Limits, find_isolation
from autograder.worker import settings_of

LESSON = "01_naive_attention"
CORES = os.cpu_count() or 1
LIMITS = Limits(cell_seconds=3, total_seconds=60, memory_bytes=1 << 30)
# scores 0 in naive_attention, 6 points, and nothing else
WRONG = "def naive_attention(q, k, v, softmax_scale):\n    return 0 * q"


# --------------------------------------------------------------------------------------------------
# What cases are written with


def cell(notebook: dict, name: str) -> dict:
    """The cell with that id."""
    return next(c for c in notebook["cells"] if c["id"] == name)


def answer(notebook: dict, source: str, name: str = "naive_attention") -> None:
    """Replace the answer cell `name`."""
    cell(notebook, name)["source"] = source


def add(notebook: dict, source: str, before: str = "") -> None:
    """Add a code cell before the cell `before`, or at the end."""
    made = {"cell_type": "code", "id": f"mine-{len(notebook['cells'])}", "metadata": {}}
    made |= {"source": source, "outputs": [], "execution_count": None}
    cells = notebook["cells"]
    cells.insert(cells.index(cell(notebook, before)) if before else len(cells), made)


def marks(notebook: dict) -> Iterator[dict]:
    """nbgrader's metadata of every cell that has some."""
    return (c["metadata"]["nbgrader"] for c in notebook["cells"] if "nbgrader" in c["metadata"])


# --------------------------------------------------------------------------------------------------
# Running them


@dataclass
class Handled:
    """One case and what became of it."""

    name: str
    title: str
    expected: float
    got: float | None  # None: no result at all
    problem: str = ""  # in words, "" when it was handled

    @property
    def ok(self) -> bool:
        return not self.problem


def cases() -> dict[str, object]:
    """The cases by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}


def run_all(folder: Path, jobs: int = CORES, seed: int = 7, only: str = "") -> list[Handled]:
    """Grade every case beside 20 honest submissions, in one run, below the empty `folder`.

    The last entry is the honest class: its marks are those that it gets alone. only: one case.
    """
    chosen = {n: c for n, c in cases().items() if only in ("", n)}
    honest, mixed = folder / "honest", folder / "class"
    for top in (honest, mixed):
        _write_honest(top)
    for name, case in chosen.items():
        _write(case, mixed / name)
    words = {honest: "honest submissions", mixed: "hostile and honest submissions"}
    alone, together = (graded(top, seed, LIMITS, jobs, what=words[top]) for top in words)
    handled = [_judge(name, case, together.get(name)) for name, case in chosen.items()]
    before = {s: r.points for s, r in alone.items()}
    after = {s: r.points for s, r in together.items() if s in alone}
    problem = "" if before == after and len(before) == 20 else f"{before} became {after}"
    title = "20 honest submissions in the same run keep their marks"
    return [*handled, Handled("honest", title, sum(before.values()), sum(after.values()), problem)]


def _judge(name: str, case, result: Result | None) -> Handled:
    title = case.__doc__.strip().splitlines()[0]
    if result is None:
        return Handled(name, title, case.MARK, None, "no result")
    problem = ""
    if result.points != case.MARK:
        reasons = [v.reason for v in result.verdicts if v.reason]
        problem = f"{result.points:g} points instead of {case.MARK}: {reasons[:2]}"
    told = " ".join([*result.remarks, *(v.reason for v in result.verdicts)])
    if getattr(case, "TOLD", "") not in told:
        problem = f"{case.TOLD!r} is not told: {told[:300]}"
    return Handled(name, title, case.MARK, result.points, problem)


def graded(
    folder: Path,
    seed: int,
    limits: Limits,
    jobs: int = CORES,
    only: dict[str, str] | None = None,
    what: str = "submissions",
) -> dict[str, Result]:
    """{student: result} of one run as the command line does it, beside `folder`.

    only: {student: the one exercise that is graded}. what: for the progress bar on a terminal.
    """
    out, known = folder.with_name(folder.name + "-graded"), course.lessons()
    out.mkdir()
    queue = Jobs(out)
    submissions = collect(folder, known)
    for submission in submissions:
        submission.only = (only or {}).get(submission.student, "")
    queue.add(submissions)
    settings = settings_of(seed, limits, find_isolation(hide=(folder, out)))
    with Marks(f"sqlite:///{out}/gradebook.db", known) as book:
        progress = on_terminal(len(submissions), what, jobs)
        bulk.run(queue, bulk.here(settings, jobs), book, out, progress)
    results = {}
    for result in queue.results():  # a second notebook of the same student counts for nothing
        results.setdefault(result.student, result)
        results[result.student] = max(results[result.student], result, key=lambda r: r.points)
    queue.close()
    return results


def _write(case, folder: Path) -> None:
    folder.mkdir(parents=True)
    lesson = getattr(case, "LESSON", LESSON)
    notebook = _solved(lesson)
    made = case.edit(notebook, folder)
    path = folder / getattr(case, "FILE", f"{lesson}.ipynb")
    if made is None:
        path.write_text(json.dumps(notebook), encoding="utf-8", errors="surrogatepass")
    elif made is not False:
        path.write_bytes(made)


def _write_honest(folder: Path) -> None:
    """ada to dora of the sample class, and 16 who made one mistake of the bank each."""
    here = Path(__file__).resolve().parents[1]
    mistakes = bank.paths("wrong", LESSON)
    found = {
        p.parent.name: p.read_bytes() for p in (here / "sample_class").glob(f"*/{LESSON}.ipynb")
    }
    for path in mistakes[:: len(mistakes) // 16][:16]:
        notebook = _solved(LESSON)
        answer(notebook, bank.read(path).source, path.parent.name)
        found[f"{path.parent.name}-{path.stem}"] = json.dumps(notebook).encode()
    for student, content in found.items():
        (folder / f"honest-{student}").mkdir(parents=True)
        (folder / f"honest-{student}" / f"{LESSON}.ipynb").write_bytes(content)


def _solved(lesson: str) -> dict:
    path = course.ROOT / "solutions" / lesson / f"{lesson}.ipynb"
    notebook = copy.deepcopy(json.loads(path.read_text(encoding="utf-8")))
    for c in notebook["cells"]:
        c["source"] = "".join(c["source"])
    return notebook
