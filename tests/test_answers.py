"""Is every planted mistake rejected in its promised words, every unusual right answer accepted?

`autograder.prove` answers that. Below it: would it notice if the answer were no?
"""

import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from autograder import bank, cli, course, prove

LESSON = "00_start_here"
RIGHT = "def tile_bytes(rows, columns, itemsize):\n    return rows * columns * itemsize\n"
WRONG = "def tile_bytes(rows, columns, itemsize):\n    return rows * columns\n"
CHECK = "tile_bytes__any_size"


@pytest.mark.parametrize("proof", prove.proofs(), ids=lambda p: f"{p.kind}-{p.name}")
def test_does_the_proof_hold(proof):
    assert proof.problem() == ""


def test_has_every_exercise_enough_of_both():
    for lesson in course.lessons().values():
        for exercise in lesson.answers:
            for kind, least in (("wrong", 6), ("right", 2)):
                there = bank.paths(kind, lesson.name, exercise)
                assert len(there) >= least, (kind, lesson.name, exercise)


def test_is_no_answer_without_its_exercise():
    known = {(lesson.name, e) for lesson in course.lessons().values() for e in lesson.answers}
    for path in bank.BANK.glob("*_answers/*/*/*.*"):
        assert tuple(path.parts[-3:-1]) in known, os.fspath(path)
        assert path.suffix in (".diff", ".py"), os.fspath(path)
        assert len(list(path.parent.glob(f"{path.stem}.*"))) == 1, f"{path} stands there twice"


def test_does_the_readme_quote_the_checks_word_for_word():
    readme = " ".join((course.ROOT / "README.md").read_text("utf-8").split())
    quoted = {"k_unmasked": "ragged", "q_inside_the_loop": "bytes", "whole_rows": "fits"}
    for answer, check in quoted.items():
        [path] = bank.paths("wrong", "07_flash_forward", "flash_forward_kernel", answer)
        told = prove.told_of(path, 0)[1][f"flash_forward_kernel__{check}"]
        words = " ".join(told.partition("\n  On ")[0].split())
        assert words in readme, words


# --------------------------------------------------------------------------------------------------
# Would it notice?


def answer(tmp_path, code: str, docstring: str = ""):
    path = tmp_path / LESSON / "tile_bytes" / "an_answer.py"
    path.parent.mkdir(parents=True)
    path.write_text(f'"""An answer.\n{docstring}\n"""\n\n\n{code}')
    return path


@pytest.mark.parametrize(
    ("code", "promise", "problem"),
    [
        (WRONG, "Told: number of elements", ""),
        (RIGHT, "Told: multiply by itemsize", "every check passes it"),
        (WRONG, "Told: divide by itemsize", "promised 'divide by itemsize', told: tile_bytes is"),
        (WRONG, "", "promises no text"),
        (WRONG, "Check: tile_bytes__other\nTold: x", f"passes it; rejected by {CHECK}"),
        ("raise ValueError('no')", "Told: x", "tile_bytes: ValueError: no"),
        (WRONG, "Told, seed 0: divide", "promised 'divide'"),
    ],
)
def test_would_a_wrong_answer_that_gets_away_be_seen(code, promise, problem, tmp_path):
    found = prove.wrong(answer(tmp_path, code, promise), 0)
    assert problem in found and bool(problem) == bool(found)


def test_may_words_be_promised_for_one_seed(tmp_path):
    assert prove.wrong(answer(tmp_path, WRONG, "Told, seed 0: divide"), 7) == ""


@pytest.mark.parametrize("seed", prove.SEEDS)
def test_would_a_right_answer_that_is_rejected_be_seen(seed, tmp_path):
    assert prove.right(answer(tmp_path, WRONG), seed).startswith(f"{CHECK}: ")
    assert prove.right(answer(tmp_path / "again", RIGHT), seed) == ""


@pytest.fixture
def with_cell(tmp_path, monkeypatch):
    """A function that puts lesson 00 with another source of one cell in the place of the course."""

    def change(top: str, cell_id: str, source: str) -> None:
        path = course.ROOT / top / LESSON / f"{LESSON}.ipynb"
        notebook = json.loads(path.read_text("utf-8"))
        next(c for c in notebook["cells"] if c["id"] == cell_id)["source"] = source
        changed = tmp_path / top / LESSON / path.name
        changed.parent.mkdir(parents=True)
        changed.write_text(json.dumps(notebook))
        monkeypatch.setattr(course, "ROOT", tmp_path)

    return change


def test_would_a_check_that_writes_on_stderr_be_seen(with_cell):
    with_cell("solutions", CHECK, "import sys\nprint('hm', file=sys.stderr)")
    assert prove.solved(LESSON, 0) == f"{CHECK}: wrote on stderr: hm"


def test_would_a_solution_that_breaks_be_seen(with_cell):
    with_cell("solutions", "try-tile-bytes", "1 / 0")
    assert prove.solved(LESSON, 0) == "try-tile-bytes: ZeroDivisionError: division by zero"


def test_would_points_for_nothing_be_seen(with_cell):
    with_cell("course", CHECK, '"""Nothing."""')
    assert prove.untouched(LESSON) == f"{CHECK} passes before anything is done"


def test_would_another_error_of_an_untouched_lesson_be_seen(with_cell):
    with_cell("course", "try-tile-bytes", "tile_bites(1)")
    assert prove.untouched(LESSON).startswith("try-tile-bytes: NameError")


def holds() -> str:
    return ""


def fails() -> str:
    return "it does not"


def breaks() -> str:
    raise OSError("no such thing")


def some(*judges):
    return lambda: (prove.Proof(LESSON, "kind", j.__name__, j, ()) for j in judges)


def test_is_it_all_in_one_table(monkeypatch, capsys):
    monkeypatch.setattr(prove, "KINDS", [some(holds, fails), some(breaks)])
    monkeypatch.setattr(prove, "GRADINGS", [])
    assert cli.main(["prove"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [LESSON, "kind", "1", "of", "3"]
    assert lines[1].split() == ["all", "1", "of", "3"]
    assert lines[2:] == ["", "fails:", "  it does not", "", "breaks:", "  OSError: no such thing"]
    monkeypatch.setattr(prove, "KINDS", [some(holds)])
    assert cli.main(["prove", "--lesson", LESSON]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["all", "1", "of", "1"]


@pytest.fixture
def bank_of(tmp_path, monkeypatch):
    """A function that makes a bank of these files, {path: text}, the one that is proven."""

    def make(files: dict[str, str]) -> None:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        monkeypatch.setattr(bank, "BANK", tmp_path)
        monkeypatch.setattr(prove, "KINDS", [prove.bank_answers])
        monkeypatch.setattr(prove, "GRADINGS", [])

    return make


def test_is_an_exercise_without_a_wrong_answer_not_proven(bank_of, capsys):
    bank_of({f"right_answers/{LESSON}/tile_bytes/plain.py": f'"""Ours."""\n\n\n{RIGHT}'})
    assert cli.main(["prove", "--lesson", LESSON]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [LESSON, "wrong", "answers", "0", "of", "1"]
    assert lines[1].split() == [LESSON, "right", "answers", "2", "of", "2"]
    assert lines[-2:] == [
        f"{LESSON}/tile_bytes:",
        "  no wrong answer: what do its checks reject? "
        f"Add wrong_answers/{LESSON}/tile_bytes/BUG.diff",
    ]


def test_is_an_exercise_told_that_alone_has_no_right_answer(bank_of):
    bank_of({"right_answers/02_softmax/accepts/plain.py": '"""Ours."""\n'})
    assert prove.remarks(LESSON) == []
    others = [e for e in course.find_lesson("02_softmax").answers if e != "accepts"]
    told = [f"02_softmax/{e}: no right answer but the solution" for e in others]
    assert others and prove.remarks() == prove.remarks("02_softmax") == told


def test_are_all_answers_told_at_once_that_no_longer_fit(bank_of, capsys):
    old, there = "-    return rows\n", f"wrong_answers/{LESSON}/tile_bytes"
    bank_of({f"{there}/{name}.diff": f"Words.\nTold: x\n\n{old}" for name in "ab"})
    assert cli.main(["prove", "--lesson", LESSON]) == 1
    words = "this no longer stands in the solution: return rows"
    assert capsys.readouterr().out.splitlines() == [f"{there}/{n}.diff: {words}" for n in "ab"]


def test_does_a_check_that_accepts_everything_make_prove_fail(tmp_path):
    for name in ("autograder", "flashlab"):
        shutil.copytree(course.ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__py*"))
    for top in ("course", "solutions"):
        shutil.copytree(course.ROOT / top / LESSON, tmp_path / top / LESSON)
    with (tmp_path / f"flashlab/checks/lesson_{LESSON}.py").open("a") as file:
        file.write(f"\n\ndef {CHECK}(*anything):\n    pass\n")
    words = [sys.executable, "-m", "autograder", "prove", "--lesson", LESSON]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    rows = re.findall(r"(wrong answers(?:, graded)?) +(\d+) of (\d+)", done.stdout)
    assert [name for name, *_ in rows] == ["wrong answers", "wrong answers, graded"]
    assert all(int(held) < int(n) for _, held, n in rows), done.stdout
    assert f"{CHECK} passes it" in done.stdout or "every check passes it" in done.stdout


@pytest.mark.timeout(30)
def test_do_proofs_stop_at_once():
    def stop(number, frame):
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(KeyboardInterrupt):
            prove.prove([prove.Proof(LESSON, "kind", str(i), sleeps, ()) for i in range(9)])
    finally:
        signal.signal(signal.SIGALRM, previous)
    assert not multiprocessing.active_children()


def sleeps() -> str:
    time.sleep(100)
    return ""


def test_is_an_unknown_lesson_one_line(capsys):
    assert cli.main(["prove", "--lesson", "99_none"]) == 2
    assert capsys.readouterr().err.startswith("autograder: there is no lesson '99_none'")
