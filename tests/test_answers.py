"""Is every planted mistake rejected with its promised words, every unusual right answer accepted?

An answer file takes the place of its exercise's cell in the solved lesson. The cells before it run
first, then the exercise's checks, in process and with the notebook's seed and another one.
"""

import ast
import contextlib
import functools
import io
import os
import re
from pathlib import Path

import numpy as np
import pytest

from flashlab.checks import harness
from tools.lesson_source import read_lesson

ROOT = Path(__file__).resolve().parents[1]
BANK = ROOT / "autograder"


def answers(kind):
    return sorted((BANK / f"{kind}_answers").glob("*/*/*.py"))


def name(path):
    return "/".join(path.with_suffix("").parts[-3:])


@functools.cache
def lesson_cells(slug):
    lesson = read_lesson(ROOT / "lessons" / f"{slug}.py", ROOT)
    return [cell for cell in lesson.edition() if cell.kind != "prose"]


def run_checks(path, seed):
    """{check id: None or the failure's text} of one answer file."""
    import importlib

    import flashlab

    slug, exercise = path.parts[-3], path.parts[-2]
    check = importlib.import_module(f"flashlab.checks.lesson_{slug}")
    scope = {"np": np, "flashlab": flashlab, "check": check, "__name__": "__main__"}
    verdicts = {}
    for cell in lesson_cells(slug):
        if cell.kind == "check" and cell.id.split("__")[0] == exercise:
            with contextlib.redirect_stdout(io.StringIO()), harness.seeded(seed):
                try:
                    exec(compile(cell.source, f"<{cell.id}>", "exec"), scope)
                    verdicts[cell.id] = None
                except harness.CheckFailed as failure:
                    verdicts[cell.id] = str(failure)
        elif cell.kind == "exercise":
            ours = cell.id == exercise
            code = compile(path.read_text() if ours else cell.source, f"<{cell.id}>", "exec")
            exec(code, scope)
        elif cell.kind == "code" and "try" not in cell.tags and not verdicts:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.source, f"<{cell.id}>", "exec"), scope)
    assert verdicts, f"{slug} has no check for {exercise}"
    return verdicts


def promises(path):
    """(the check that must reject it or None, the words the learner must be told)."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    check = re.search(r"^Check: (\S+)$", text, re.M)
    told = re.search(r"^Told: (.+)$", text, re.M)
    return check and check[1], told and told[1]


@pytest.mark.parametrize("path", answers("wrong"), ids=name)
@pytest.mark.parametrize("seed", [0, 7])
def test_is_the_wrong_answer_told_what_is_wrong(path, seed, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    check, told = promises(path)
    assert told, "the docstring promises no text"
    verdicts = run_checks(path, seed)
    failures = {i: text for i, text in verdicts.items() if text is not None}
    assert failures, "every check passes it"
    if check:
        assert check in failures, f"{check} passes it; failed: {failures}"
        failures = {check: failures[check]}
    if seed == 0 or not told.startswith("is wrong on rows"):
        assert any(told in text for text in failures.values()), failures


@pytest.mark.parametrize("path", answers("right"), ids=name)
@pytest.mark.parametrize("seed", [0, 7])
def test_does_the_unusual_right_answer_get_full_marks(path, seed, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert set(run_checks(path, seed).values()) == {None}


def test_has_every_exercise_enough_of_both():
    for lesson in sorted((ROOT / "lessons").glob("*.py")):
        for cell in lesson_cells(lesson.stem):
            if cell.kind == "exercise":
                there = f"{lesson.stem}/{cell.id}"
                assert len(list((BANK / "wrong_answers" / there).glob("*.py"))) >= 6, there
                assert len(list((BANK / "right_answers" / there).glob("*.py"))) >= 2, there


def test_is_no_answer_without_its_exercise():
    known = {(p.stem, c.id) for p in (ROOT / "lessons").glob("*.py") for c in lesson_cells(p.stem)}
    for path in answers("wrong") + answers("right"):
        assert tuple(path.parts[-3:-1]) in known, os.fspath(path)
