"""Is every mistake of the person who grades one line that says what to do, and nothing harmed?"""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from made_class import LESSON, RIGHT, ROOT, grade, hand_in, scores

from autograder import cli, course
from autograder.collect import collect
from autograder.jobs import Jobs

pytestmark = pytest.mark.timeout(200)


def told(capfd):
    """The one line that was said."""
    (line,) = capfd.readouterr().err.splitlines()
    return line


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to work in, with class/ada."""
    hand_in(tmp_path / "class", "ada", RIGHT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["class", "--out", "class"], "class/ holds the submissions; name another folder"),
        (["class/ada", "--out", "class"], "class/ holds the submissions; name another folder"),
        (["class", "--out", "."], "./ holds the submissions"),
        ([f"class/ada/{LESSON}.ipynb", "--out", "class/ada"], "class/ada/ holds the submissions"),
        (["class", "--out", "other"], "other/ holds other files; name a folder of its own"),
        (["class", "--out", "a.zip"], "a.zip is a file; name a folder with --out"),
        (["class", "--out", "a.zip/x"], "cannot write to a.zip/x: not a directory"),
        (["a.zip"], "a.zip is no notebook (.ipynb); unpack an archive, name its folder"),
        (["class", "--seed", "-5"], "--seed: '-5' is no seed: a whole number from 0 to 2**31 - 1"),
        (["class", "--seed", str(1 << 31)], "is no seed: a whole number from 0 to 2**31 - 1"),
        (["class", "--due", "0001-01-01T00:00+09:00"], "is no time such as 2026-10-31T23:59"),
        (["class", "--gradebook", "class"], "/class: unable to open database file"),
        (["class", "--gradebook", "a.zip"], "/a.zip: file is not a database"),
    ],
)
def test_is_a_wrong_place_or_number_one_line_and_nothing_moved(words, line, here, capfd):
    (here / "a.zip").write_text("PK, for one")
    (here / "other").mkdir()
    (here / "other" / "thesis.txt").write_text("all of it")
    before = sorted(here.rglob("*"))
    try:
        assert grade(*words) == 2
    except SystemExit as stop:
        assert stop.code == 2
    assert line in told(capfd)
    assert sorted(here.rglob("*")) == before


def test_is_a_grading_beside_the_submissions_not_graded_itself(here, capfd):
    assert grade(".") == grade(".") == 0
    assert scores(here / "grades") == scores(here / "grades.1") == {"ada": 2}
    os.chdir(here / "grades")
    assert grade("../class", "--out", ".") == 2
    assert "you are in " in capfd.readouterr().err.splitlines()[-1]
    assert (here / "grades" / "queue.db").exists()


def test_is_a_folder_that_cannot_be_opened_told_and_the_others_graded(here, monkeypatch, capfd):
    hand_in(here / "class", "ben", RIGHT)
    scandir = os.scandir

    def closed(path):  # root may open everything
        if Path(path).name in shut:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    shut = {"ben"}
    found = collect(Path("class"), course.lessons())
    assert {s.student: s.problem for s in found} == {
        "ada": "",
        "ben": "is a folder that cannot be opened",
    }
    shut = {"class"}
    assert grade("class") == 2
    assert told(capfd) == "autograder: class cannot be opened: say who may read it, with chmod"


def test_is_a_late_rule_that_stumbles_one_line_and_a_harsh_one_bounded(here, monkeypatch, capfd):
    (here / "ours.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n"
        "class Rule(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
        "        return 1 / 0\n"
        "class Harsh(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
        "        return score + 5\n"
    )
    monkeypatch.syspath_prepend(here)
    assert grade("class", "--late", "ours.Rule", "--due", "2020-01-01T00:00+00:00") == 2
    line = capfd.readouterr().err.splitlines()[-1]
    why = "ZeroDivisionError: division by zero"
    assert line == f"autograder: the rule for late work failed on ada's {LESSON}: {why}"
    assert cli.main(["regrade", "grades", "--late", "ours.Harsh"]) == 0
    assert scores(here / "grades") == {"ada": 0}, "a rule takes no more than there is"


def test_is_a_damaged_queue_one_line(tmp_path, capfd):
    with closing(Jobs(tmp_path)) as jobs:
        jobs.describe(folder="/", lesson="", seed=1)
        jobs._db.execute("insert into job (student, path, result) values ('x', '/', '{}')")
    assert cli.main(["regrade", str(tmp_path)]) == 2
    assert "is damaged, or of another edition: name another folder with --out" in told(capfd)
    with closing(Jobs(tmp_path)) as jobs:
        jobs._db.execute("update about set value = 'nonsense'")
    assert cli.main(["regrade", str(tmp_path)]) == 2
    assert "is damaged" in told(capfd)


def test_can_a_terminal_without_unicode_show_every_name(tmp_path):
    for name, points in (("a", 1), ("b", 2)):
        (tmp_path / name).mkdir()
        checks = [{"check": "x", "points": points, "reason": ""}]
        results = [{"student": "李", "lesson": "01", "checks": checks}]
        (tmp_path / name / "grades.json").write_text(json.dumps(results))
    words = [sys.executable, "-m", "autograder", "compare", tmp_path / "a", tmp_path / "b"]
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\\u674e 01 x: 1 -> 2\n", "")
