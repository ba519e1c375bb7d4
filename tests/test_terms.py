"""When was it due, when did it come in, how long does it take: is all that told, and kept?"""

import time
from datetime import datetime

import pytest
from made_class import LESSON, RIGHT, WRONG, grade, hand_in, refused, scores
from nbgrader.api import Gradebook

from autograder import cli
from autograder.progress import Progress, pace
from autograder.tables import read_arrivals, read_table, utc

pytestmark = pytest.mark.timeout(200)
ARRIVALS = "student,time\nearly,2026-05-01T10:00+00:00\nlate,2026-05-03T10:00+02:00\n"
DUE = "2026-05-02T00:00+00:00"


@pytest.fixture
def late(tmp_path):
    """(folder of a class of two, a file of when their work came)."""
    for student in ("early", "late"):
        hand_in(tmp_path / "class", student, RIGHT)
    (tmp_path / "arrivals.csv").write_text(ARRIVALS)
    return tmp_path / "class", tmp_path / "arrivals.csv"


def test_can_a_regrade_be_told_what_the_first_grading_was_not(late, tmp_path, capfd):
    folder, arrivals = late
    out = tmp_path / "out"
    assert grade(folder, "--out", out) == 0
    assert scores(out) == {"early": 2, "late": 2}
    words = ["regrade", str(out), "--student", "early"]
    told = ["--due", DUE, "--late", "zero", "--received", str(arrivals)]
    assert cli.main(words + told) == 0
    assert scores(out) == {"early": 2, "late": 0}, "it is everybody's due date"
    assert "late: 0 of 2 count" in capfd.readouterr().out
    assert "late. <strong>0 of 2" in (out / "feedback/late" / f"{LESSON}.html").read_text()
    assert cli.main(["regrade", str(out)]) == 0
    assert scores(out) == {"early": 2, "late": 0}, "and it stays"
    assert cli.main(["regrade", str(out), "--due", "2026-05-04T00:00+00:00"]) == 0
    assert scores(out) == {"early": 2, "late": 2}
    with Gradebook(f"sqlite:///{out}/gradebook.db") as book:
        assert book.find_submission(LESSON, "late").total_seconds_late == 0


def test_does_a_grading_that_goes_on_hear_of_the_due_date(late, tmp_path, monkeypatch):
    folder, arrivals = late
    out = tmp_path / "out"

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("autograder.bulk.run", stopped)
        assert grade(folder, "--out", out) == 130
    assert grade(folder, "--out", out, "--due", DUE, "--late", "zero", "--received", arrivals) == 0
    assert scores(out) == {"early": 2, "late": 0}


def test_is_a_name_that_handed_in_nothing_told(late, tmp_path, capfd):
    folder, arrivals = late
    arrivals.write_text(ARRIVALS + "latte,2026-05-03T10:00+02:00\nnobody,\n")
    assert grade(folder, "--received", arrivals, "--out", tmp_path / "out") == 0
    told = "autograder: --received names who handed in nothing here: latte\n"
    assert told in capfd.readouterr().err
    assert cli.main(["regrade", str(tmp_path / "out"), "--received", str(arrivals)]) == 0
    assert told in capfd.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"student,time\nada,yesterday\n", "'yesterday' is no time such as 2026-10-31T23:59"),
        (b"student,time\n", "has no student with a time; its lines are student,time, such as ada"),
        (b"PK\x03\x04\xff\xfe\x00", "is no CSV file in UTF-8"),
        (b"", "has no student with a time"),
    ],
)
def test_is_a_bad_list_of_arrivals_one_line(content, told, tmp_path, capfd):
    assert told in refused("--received", content, tmp_path, capfd)


def test_is_a_time_without_a_zone_this_machines(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "JST-9")
        time.tzset()
        assert utc("2026-10-31T23:59") == utc("2026-10-31T23:59+09:00")
    time.tzset()
    assert utc("2026-10-31T23:59+09:00") == datetime(2026, 10, 31, 14, 59)


def test_are_commas_semicolons_and_tabs_read(tmp_path):
    for mark in ",;\t":
        (tmp_path / "a.csv").write_text(f"\ufeffada{mark}2026-05-01T10:00+02:00 \r\n{mark}\r\n")
        assert read_arrivals(tmp_path / "a.csv") == {"ada": "2026-05-01T08:00:00"}
    (tmp_path / "a.csv").write_text('name;more\n"Li; Jan";x\n')
    assert read_table(tmp_path / "a.csv", "") == [["name", "more"], ["Li; Jan", "x"]]


def test_are_marks_safe_from_a_regrade_without_the_files(tmp_path, capfd):
    hand_in(tmp_path / "class", "ada", RIGHT)
    out = tmp_path / "out"
    assert grade(tmp_path / "class", "--out", out) == 0
    (tmp_path / "class").rename(tmp_path / "elsewhere")
    capfd.readouterr()
    assert cli.main(["regrade", str(out)]) == 2
    said = capfd.readouterr().err
    assert "is no longer there, so nothing is graded" in said and f"ada/{LESSON}.ipynb" in said
    (tmp_path / "elsewhere").rename(tmp_path / "class")
    assert cli.main(["regrade", str(out)]) == 0
    assert scores(out) == {"ada": 2}


# --------------------------------------------------------------------------------------------------
# How long it takes


def test_is_the_time_that_is_left_honest_from_the_first_on():
    # four at a time, 8 s each, after 20 s in which processes started
    finished = [(28.0 + 8 * (i // 4), 8.0) for i in range(40)]
    for n in range(1, 41):
        seconds = (40 - n) * pace(finished[:n], 4)
        assert abs(seconds - 8 * (40 - n) / 4) <= 8 * (40 - n) / 4 * 0.3, n


def test_does_the_time_that_is_left_follow_the_pace_of_late():
    slow = [(2.0 * i, 2.0) for i in range(10)]
    fast = [(20 + 0.5 * i, 0.5) for i in range(10)]
    assert pace(slow, 1) == 2 and pace(fast, 1) == 0.5
    assert pace([(3.0 * i, 2.0) for i in range(9)], 4) == 3, "what comes between them counts"
    assert pace([(1.0, 0.0)], 2) == 0, "nobody could read it"


class Done:
    def __init__(self, seconds):
        self.seconds = seconds


def test_does_the_bar_say_what_is_left_and_then_what_it_took(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr("autograder.progress.time.monotonic", lambda: now[0])
    bar = Progress(10, 14, jobs=2)
    for seconds in (30, 10, 10, 0):
        now[0] += seconds
        bar(Done(12.0))
    assert capsys.readouterr().err.splitlines() == [
        "11 of 14, 0.17 a second, about 0:18 left",
        "12 of 14, 0.17 a second, about 0:12 left",
        "13 of 14, 0.17 a second, about 0:06 left",
        "14 of 14, took 0:50",
    ]


def test_is_a_class_of_unreadable_files_counted_too(tmp_path, capfd):
    for student in ("ada", "ben"):
        hand_in(tmp_path / "class", student, WRONG).write_text("")
    assert grade(tmp_path / "class", "--out", tmp_path / "out") == 0
    assert "2 of 2, took 0:0" in capfd.readouterr().err
