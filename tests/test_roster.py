"""Who handed in nothing, and whose file is nobody's: is that told, whatever the roster's layout?"""

import csv
import json

import pytest
from made_class import LESSON, RIGHT, WRONG, grade, hand_in, refused
from nbgrader.api import Gradebook

from autograder import cli
from autograder.class_report import write_class
from autograder.errors import GradingError
from autograder.grade import Result
from autograder.roster import Person, Roster, attendance, plain, read_roster

pytestmark = pytest.mark.timeout(200)
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework (1)
    Points Possible,,,,,10
"Lovelace, Ada",1235,u1,ada,A,
"Turing, Alan",1236,u2,alan,A,
"Student, Test",9,,test,A,
"""
MOODLE = """\
First name,Last name,ID number,Email address,Groups
Ada,Lovelace,n1,ada@x.org,A
Jürgen,Müller,n2,jm@x.org,A
"""
WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade
Participant 11,Jan Li,jl@x.org,Submitted,
Participant 12,Jan Li,jan@x.org,No submission,
"""
NBGRADER = "id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,,77\n"


def people(text, tmp_path):
    (tmp_path / "roster.csv").write_text(text)
    return read_roster(tmp_path / "roster.csv")


@pytest.mark.parametrize(
    ("text", "student", "number", "label"),
    [
        (CANVAS, "lovelaceada", "1235", "Ada Lovelace"),
        (CANVAS, "turingalan", "", "Alan Turing"),
        (CANVAS, "ada", "", "Ada Lovelace"),
        (CANVAS, "U2", "", "Alan Turing"),
        (CANVAS, "Alan Turing", "", "Alan Turing"),
        (MOODLE, "Jürgen Müller", "Participant 5", "Jürgen Müller"),
        (MOODLE, "n1", "", "Ada Lovelace"),
        (MOODLE, "jm", "", "Jürgen Müller"),
        (MOODLE, "Lovelace Ada (group A)", "", "Ada Lovelace"),
        (WORKSHEET, "Jan Li (Participant 12)", "Participant 12", "Jan Li"),
        ("SIS Login ID,Student\nada@x.org,Lovelace\n", "ada", "", "Lovelace"),
        (NBGRADER, "ada", "", "Ada Lovelace"),
        ("ada\nben\n", "ben", "", "ben"),
        ("student\nada\n", "ada", "", "ada"),
        ("\ufeffUsername;Section\r\nada;A\r\n", "ada", "", "ada"),
    ],
)
def test_is_a_student_found_in_the_table(text, student, number, label, tmp_path):
    (found,) = Roster(people(text, tmp_path)).find(student, number)
    assert found.label == label


def test_are_rows_that_are_nobody_left_out(tmp_path):
    assert [p.login for p in people(CANVAS, tmp_path)] == ["ada", "alan"]
    assert people("name\nada\nada\n\n", tmp_path) == [Person(name="ada")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"Vorname,Nachname\nAda,Lovelace\n", "no column is of students; its first line must name"),
        (b"Section\nA\n", "no column is of students"),
        (b"", "is empty"),
        (b"student\n", "has no student in it"),
        (b"PK\x03\x04\xff\xfe", "is no CSV file in UTF-8"),
    ],
)
def test_is_a_bad_roster_one_line(content, told, tmp_path, capfd):
    assert told in refused("--roster", content, tmp_path, capfd)


def test_is_a_roster_that_is_not_there_one_line(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(GradingError, match="--roster .*: (no such file|is a directory)"):
            read_roster(path)


def test_is_a_name_that_two_have_neither_ones(tmp_path):
    roster = Roster(people(WORKSHEET, tmp_path))
    told = attendance(roster, [Result("Jan Li", LESSON, "x")])
    assert told.lines() == [
        f"{LESSON}: nothing handed in by 2: Jan Li, Jan Li",
        "several in the roster have that name: Jan Li",
    ]


def test_is_each_lesson_missed_by_who_did_not_hand_it_in(tmp_path):
    roster = Roster([Person(name=name) for name in "cba"])
    results = [Result("a", "01", "x"), Result("b", "01", "x"), Result("b", "02", "x")]
    told = attendance(roster, results, [("c", "02")])
    assert told.lines() == ["01: nothing handed in by 1: c", "02: nothing handed in by 1: a"]
    assert [p.name for p in told.absent()] == ["c"]


def test_are_arrivals_known_by_any_name(tmp_path):
    roster = Roster(people(CANVAS, tmp_path))
    told = {"Ada Lovelace": "1", "zed": "2", "u2": "3", "nobody": "4"}
    found = roster.as_called(told, ["lovelaceada", "zed"])
    assert found == {"lovelaceada": "1", "zed": "2", "u2": "3", "nobody": "4"}


def test_does_a_roster_survive_being_kept(tmp_path):
    for text in (CANVAS, MOODLE, WORKSHEET, NBGRADER):
        found = people(text, tmp_path)
        assert [Person(**row) for row in json.loads(json.dumps(plain(found)))] == found


def test_are_the_missing_in_every_table_and_strangers_named(tmp_path, capfd):
    out, roster = tmp_path / "out", tmp_path / "roster.csv"
    hand_in(tmp_path / "class", "ada", RIGHT)
    hand_in(tmp_path / "class", "zed", WRONG)
    roster.write_text(CANVAS)
    arrivals = tmp_path / "arrivals.csv"
    arrivals.write_text("name,time\nAda Lovelace,2026-05-03T10:00+02:00\n")
    words = ["--received", arrivals, "--due", "2026-05-02T00:00+00:00"]
    assert grade(tmp_path / "class", "--roster", roster, "--out", out, *words) == 0
    assert "<td>1 d 8 h</td>" in (out / "class.html").read_text(), "and who is late"
    told = [f"{LESSON}: nothing handed in by 1: Alan Turing",
            "handed in, but not in the roster: zed"]  # fmt: skip
    assert "\n\n".join(told) in capfd.readouterr().out
    roster.unlink()
    assert cli.main(["regrade", str(out), "--student", "zed"]) == 0
    assert "\n\n".join(told) in capfd.readouterr().out, "a regrade knows the roster"
    rows = list(csv.reader((out / "canvas.csv").open()))
    assert rows[2:] == [
        ["Lovelace, Ada", "1235", "u1", "ada", "A", "2.0"],
        ["zed", "", "", "zed", "", "0.0"],
        ["Turing, Alan", "1236", "u2", "alan", "A", ""],
    ]
    rows = list(csv.reader((out / "moodle.csv").open()))
    assert [row[:2] for row in rows[1:]] == [["ada", "2.0"], ["zed", "0.0"], ["alan", ""]]
    rows = list(csv.reader((out / "grades.csv").open()))
    assert rows[-1] == ["Alan Turing", LESSON, "", "0.0", "2.0", "nothing handed in"]
    last = json.loads((out / "grades.json").read_text())[-1]
    assert (last["student"], last["score"], last["out_of"]) == ("Alan Turing", 0, 2)
    page = (out / "class.html").read_text()
    assert "<td>Alan Turing</td>" in page and all(f"<p>{line}</p>" in page for line in told)


def test_is_a_name_of_the_roster_escaped(tmp_path):
    told = attendance(Roster([Person(name="<b>Al</b>")]), [Result("ada", LESSON, "x")])
    write_class([Result("ada", LESSON, "x")], 3, tmp_path / "class.html", told)
    page = (tmp_path / "class.html").read_text()
    assert "<b>" not in page and page.count("&lt;b&gt;Al&lt;/b&gt;") == 2, "told, and in the table"


def test_has_moodle_what_it_finds_people_by(tmp_path):
    from autograder.export import write_moodle

    results = [Result("Ada Lovelace", LESSON, "x")]
    told = attendance(Roster(people(MOODLE, tmp_path)), results)
    write_moodle(results, tmp_path / "moodle.csv", told)
    rows = list(csv.reader((tmp_path / "moodle.csv").open()))
    assert [row[:4] for row in rows] == [
        ["Username", "ID number", "Email address", LESSON],
        ["Ada Lovelace", "n1", "ada@x.org", "0"],
        ["Jürgen Müller", "n2", "jm@x.org", ""],
    ]


def test_are_the_gradebooks_students_missed_too(tmp_path, capfd):
    book = tmp_path / "term.db"
    with Gradebook(f"sqlite:///{book}") as gradebook:
        gradebook.add_student("emmy", first_name="Emmy", last_name="Noether")
    words = ["--gradebook", book, "--out", tmp_path / "out"]
    ada = hand_in(tmp_path / "class", "ada", RIGHT)
    assert grade(ada, *words) == 0
    assert f"{LESSON}: nothing handed in by 1: Emmy Noether\n" in capfd.readouterr().out
    assert grade(hand_in(tmp_path / "class", "emmy", RIGHT), *words) == 0
    said = capfd.readouterr().out
    assert "nothing handed in" not in said, "ada did, in an earlier grading"
