"""`python -m autograder prove`: does every answer whose marks are known get exactly those marks?

A proof is one thing that must hold. It is run in process, on the built notebooks, and returns ""
or what is wrong. Proofs that share a row are counted together:

    solved          all cells run, every check passes in silence
    untouched       no check passes, and NotImplementedError is all that a learner meets
    wrong answers   an answer of the bank is rejected, in the words that it promises; every exercise
                    has one
    right answers   an unusual right answer passes all checks of the whole notebook

A further kind of proof is a function that yields `Proof`s, added to `KINDS`. What one grading of
many submissions proves is a function that yields (proof, problem), in `GRADINGS`:

    the bank, graded    the same answers, handed in: wrong ones lose points in their exercise alone
    hostile cases       attacks and faults get the marks that honest work gets (autograder/hostile)
"""

from __future__ import annotations

import contextlib
import copy
import io
import linecache
import multiprocessing
import os
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from autograder import bank, course, hostile
from autograder.progress import on_terminal
from autograder.sandbox import Limits
from flashlab.checks import harness

SEEDS = (0, 7)  # what a notebook draws, and what a grader might


@dataclass(frozen=True)
class Proof:
    """`judge(*args)` returns "" when what `name` says holds, else what is wrong. Picklable."""

    lesson: str
    kind: str  # with `lesson`, the row of the table that it counts in
    name: str
    judge: Callable[..., str]
    args: tuple[Any, ...]

    def problem(self) -> str:
        """What is wrong, or "". A judge that itself breaks is a problem too."""
        try:
            return self.judge(*self.args)
        except Exception as error:
            return f"{type(error).__name__}: {error}"


def prove(
    proofs: list[Proof], graded: list[tuple[Proof, str]] = (), jobs: int | None = None
) -> tuple[str, bool]:
    """(the table of all proofs, is everything proven?).

    graded: proofs that are judged already, each with its problem. jobs: processes, default one a
    core.
    """
    ignore = signal.SIGINT, signal.SIG_IGN  # a Ctrl-C is ours to handle
    pool = ProcessPoolExecutor(jobs or os.cpu_count(), initializer=signal.signal, initargs=ignore)
    problems, progress = [], on_terminal(len(proofs), "proofs")
    try:
        for problem in pool.map(Proof.problem, proofs, chunksize=4):
            problems.append(problem)
            progress()
    except BaseException:
        for process in multiprocessing.active_children():
            process.kill()
        pool.shutdown(cancel_futures=True)  # waits for those: two that wait for one lose its end
        raise
    pool.shutdown()
    proofs = proofs + [proof for proof, _ in graded]
    problems += [problem for _, problem in graded]
    return table(proofs, problems), not any(problems)


def table(proofs: list[Proof], problems: list[str]) -> str:
    """One line a row, `lesson  kind  N of N`, a total, and below it what is wrong, by name."""
    rows: dict[tuple[str, str], list[bool]] = {}
    for proof, problem in zip(proofs, problems, strict=True):
        rows.setdefault((proof.lesson, proof.kind), []).append(not problem)
    rows["all", ""] = [not problem for problem in problems]
    first, second = (max(len(key[i]) for key in rows) for i in (0, 1))
    lines = [
        f"{lesson:<{first}}  {kind:<{second}}  {sum(held):>4} of {len(held)}"
        for (lesson, kind), held in rows.items()
    ]
    told = [
        f"\n{proof.name}:\n  {problem}"
        for proof, problem in zip(proofs, problems, strict=True)
        if problem
    ]
    return "\n".join(lines + told)


# --------------------------------------------------------------------------------------------------
# The proofs


def proofs(lesson: str = "") -> list[Proof]:
    """All proofs, or those of one lesson, in the order of the table."""
    found = [proof for kind in KINDS for proof in kind()]
    return sorted((p for p in found if lesson in ("", p.lesson)), key=lambda p: p.lesson)


def whole_lessons() -> Iterator[Proof]:
    for name in course.lessons():
        for seed in SEEDS:
            yield Proof(name, "solved", f"{name} solved, seed {seed}", solved, (name, seed))
        yield Proof(name, "untouched", f"{name} untouched", untouched, (name,))


def bank_answers() -> Iterator[Proof]:
    for lesson, exercise in _without("wrong"):
        name = f"{lesson}/{exercise}"
        problem = f"no wrong answer: what do its checks reject? Add wrong_answers/{name}/BUG.diff"
        yield Proof(lesson, "wrong answers", name, str, (problem,))
    for kind, judge in (("wrong", wrong), ("right", right)):
        for path in bank.paths(kind):
            lesson, exercise = path.parts[-3:-1]
            for seed in SEEDS:
                name = f"{lesson}/{exercise}/{path.stem}, seed {seed}"
                yield Proof(lesson, f"{kind} answers", name, judge, (path, seed))


def remarks(lesson: str = "") -> list[str]:
    """What is thin, but no fault: only our own right answer, where other exercises have more."""
    return [
        f"{name}/{exercise}: no right answer but the solution"
        for name, exercise in _without("right")
        if lesson in ("", name) and bank.paths("right", name)
    ]


def _without(kind: str) -> Iterator[tuple[str, str]]:
    """(lesson, exercise) where checks give points and the bank has no answer of that kind."""
    for lesson in course.lessons().values():
        graded = {check.partition("__")[0] for check in lesson.points}
        for exercise in lesson.answers:
            if exercise in graded and not bank.paths(kind, lesson.name, exercise):
                yield lesson.name, exercise


def bank_graded(lesson: str) -> Iterator[tuple[Proof, str]]:
    """Every answer of the bank as a submission: the sandbox changes no verdict."""
    chosen = {}
    for path in bank.paths("right", lesson or "*") + bank.paths("wrong", lesson or "*"):
        notebook = course.read(
            course.ROOT / "solutions" / path.parts[-3] / f"{path.parts[-3]}.ipynb"
        )
        notebook = copy.deepcopy(notebook)
        for cell in notebook.cells:
            if course.grade_id(cell) == path.parts[-2]:
                cell.source = bank.read(path).source
        chosen["-".join(path.with_suffix("").parts[-4:])] = path, nbformat.writes(notebook)
    with tempfile.TemporaryDirectory(prefix="prove-", ignore_cleanup_errors=True) as folder:
        for student, (path, text) in chosen.items():
            handed_in = Path(folder) / "class" / student / f"{path.parts[-3]}.ipynb"
            handed_in.parent.mkdir(parents=True)
            handed_in.write_text(text, "utf-8")
        only = {student: path.parts[-2] for student, (path, _) in chosen.items()}
        results = hostile.graded(
            Path(folder) / "class", SEEDS[1], Limits(), only=only, what="answers of the bank"
        )
    for student, (path, _) in chosen.items():
        kind = path.parts[-4].removesuffix("_answers")
        proof = Proof(path.parts[-3], f"{kind} answers, graded", f"{student}, graded", str, ())
        yield proof, _graded_problem(results[student], path, kind)


def _graded_problem(result, path: Path, kind: str) -> str:
    ours = [v for v in result.verdicts if v.exercise == path.parts[-2]]
    lost = {v.check: v.reason for v in ours if v.points < v.out_of}
    if kind == "right":
        return f"lost {lost}" if lost else ""
    answer = bank.read(path)
    if not lost or (answer.check and answer.check not in lost):
        return f"{answer.check or 'every check'} passes it"
    if answer.seed in (None, SEEDS[1]) and not any(answer.told in why for why in lost.values()):
        return f"promised {answer.told!r}, told: {' / '.join(lost.values())}"
    return ""


def hostile_cases(lesson: str) -> Iterator[tuple[Proof, str]]:
    if lesson not in ("", hostile.LESSON):
        return
    with tempfile.TemporaryDirectory(prefix="prove-", ignore_cleanup_errors=True) as folder:
        for case in hostile.run_all(Path(folder)):
            name = f"hostile/{case.name}: {case.title}"
            yield Proof(hostile.LESSON, "hostile cases", name, str, ()), case.problem


def graded(lesson: str = "") -> list[tuple[Proof, str]]:
    """What gradings prove, all or one lesson's: (proof, problem)."""
    found = [pair for grading in GRADINGS for pair in grading(lesson)]
    return sorted(found, key=lambda pair: pair[0].lesson)


KINDS: list[Callable[[], Iterator[Proof]]] = [whole_lessons, bank_answers]
GRADINGS: list[Callable[[str], Iterator[tuple[Proof, str]]]] = [bank_graded, hostile_cases]


def solved(lesson: str, seed: int) -> str:
    """Every cell of the solution runs, and every check passes without a word on stderr."""
    return _faults(run(_notebook("solutions", lesson), seed))


def untouched(lesson: str) -> str:
    """Of the notebook as released, no check passes and all errors are NotImplementedError."""
    results = run(_notebook("course", lesson), 0)
    passes = [r.cell for r in results if r.is_check and r.error is None]
    if passes:
        return f"{passes[0]} passes before anything is done"
    return next(
        (r.words for r in results if not isinstance(r.error, NotImplementedError | None)), ""
    )


def right(path: Path, seed: int) -> str:
    """With this answer in the place of ours, the whole notebook still gets full marks.

    With the other seeds, the exercise does.
    """
    lesson, exercise = path.parts[-3:-1]
    answers = {exercise: bank.read(path).source}
    only = "" if seed == SEEDS[0] else exercise
    return _faults(run(_notebook("solutions", lesson), seed, answers, only, tries=False))


def wrong(path: Path, seed: int) -> str:
    """This answer is rejected by the check, and in the words, that it promises."""
    answer = bank.read(path)
    check, told = answer.check, answer.told
    if not told:
        return "it promises no text: add a line `Told: ...`"
    broken, failed = told_of(path, seed, check)
    if check and not broken and not failed:  # what rejects it, then?
        broken, failed = told_of(path, seed)
    if broken or not failed:
        return broken or "every check passes it"
    if check and check not in failed:
        return f"{check} passes it; rejected by {', '.join(failed)}"
    texts = [failed[check]] if check else list(failed.values())
    if answer.seed in (None, seed) and not any(told in text for text in texts):
        return f"promised {told!r}, told: {' / '.join(texts)}"
    return ""


def told_of(path: Path, seed: int, check: str = "") -> tuple[str, dict[str, str]]:
    """(what broke before any check or "", {check: what it told}) of this answer's exercise.

    check: the one that is run, "" for all of them.
    """
    lesson, exercise = path.parts[-3:-1]
    answers = {exercise: bank.read(path).source}
    notebook = _notebook("solutions", lesson)
    results = run(notebook, seed, answers, exercise, tries=False, check=check)
    broken = next((r.words for r in results if r.error and not r.is_check), "")
    return broken, {r.cell: str(r.error) for r in results if r.is_check and r.error}


# --------------------------------------------------------------------------------------------------
# Running a notebook in process


@dataclass(frozen=True)
class CellResult:
    cell: str
    is_check: bool
    error: Exception | None
    stderr: str

    @property
    def words(self) -> str:
        """`cell: what went wrong`."""
        text = "".join(traceback.format_exception_only(self.error)).strip() if self.error else ""
        return f"{self.cell}: {text or 'wrote on stderr: ' + self.stderr.strip()}"


def run(
    notebook: nbformat.NotebookNode,
    seed: int,
    answers: dict[str, str] | None = None,
    only: str = "",
    tries: bool = True,
    check: str = "",
) -> list[CellResult]:
    """Run the code cells in one namespace, in order, and go on after errors.

    answers: {answer cell: source that takes its place}. only: an exercise; no other checks are run,
    and nothing after the last of its own. tries: run the cells that are there to try things, too.
    check: with `only`, the one check of that exercise that is run.
    """
    scope: dict[str, Any] = {"__name__": "__main__"}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not tries:
        cells = [cell for cell in cells if "try" not in cell.metadata.get("tags", [])]
    if only:
        wanted = [c for c in cells if course.is_check(c) and _exercise(c) == only]
        wanted = [c for c in wanted if check in ("", course.grade_id(c))]
        cells = [c for c in cells if not course.is_check(c) or c in wanted]
        cells = cells[: cells.index(wanted[-1]) + 1] if wanted else []
    # kernels run in the interpreter, whatever the machine: triton asks once, when it is imported
    env = {"NBGRADER_EXECUTION": "autograde", "TRITON_INTERPRET": "1"}
    with mock.patch.dict(os.environ, env), harness.seeded(seed):
        return [
            _run_cell(cell, (answers or {}).get(course.grade_id(cell)), scope) for cell in cells
        ]


def _run_cell(cell, answer: str | None, scope: dict) -> CellResult:
    source = TransformerManager().transform_cell(cell.source if answer is None else answer)
    filename = f"<ipython-input-{cell.id}>"  # so that messages say "the cell"
    # a message shows the line from here, and Triton reads a kernel's source
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    error, stderr = None, io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(stderr):
        try:
            exec(compile(source, filename, "exec"), scope)
        except Exception as caught:
            error = caught.with_traceback(None)
    return CellResult(cell.id, course.is_check(cell), error, stderr.getvalue())


def _faults(results: list[CellResult]) -> str:
    """The first error, or the first check that is not silent on stderr."""
    faults = [r.words for r in results if r.error or (r.is_check and r.stderr)]
    return faults[0] if faults else ""


def _notebook(top: str, lesson: str) -> nbformat.NotebookNode:
    return course.read(course.ROOT / top / lesson / f"{lesson}.ipynb")


def _exercise(cell) -> str:
    return course.grade_id(cell).partition("__")[0]
