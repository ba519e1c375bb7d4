"""A class of made-up students for the grader's tests: the shortest lesson, right or wrong."""

import json
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from autograder import cli, course

ROOT = Path(__file__).resolve().parents[1]
LESSON = "00_start_here"
RIGHT = "def tile_bytes(rows, columns, itemsize):\n    return rows * columns * itemsize"
WRONG = "def tile_bytes(rows, columns, itemsize):\n    return rows * columns"


def notebook_with(source):
    notebook = nbformat.read(ROOT / "course" / LESSON / f"{LESSON}.ipynb", as_version=4)
    for cell in notebook.cells:
        if course.grade_id(cell) == "tile_bytes":
            cell.source = source
    return notebook


def hand_in(folder, student, source):
    path = folder / student / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook_with(source), path)
    return path


def make_class(folder, n):
    """n submissions; the mark of each, 2 or 0."""
    marks = {}
    for i in range(n):
        hand_in(folder, f"s{i:03}", RIGHT if i % 3 else WRONG)
        marks[f"s{i:03}"] = 2 if i % 3 else 0
    return marks


def grade(*words):
    return cli.main(["grade", "--jobs", "1", *map(str, words)])


def marks_in(out):
    with Gradebook(f"sqlite:///{out}/gradebook.db") as book:
        return {s.student.id: s.score for s in book.assignment_submissions(LESSON)}


def scores(out):
    return {r["student"]: r["score"] for r in json.loads((out / "grades.json").read_text())}


def refused(option, content, folder, capfd):
    """What `grade` says to a table that it cannot use: one line, before anything is written."""
    hand_in(folder / "class", "ada", RIGHT)
    (folder / "table.csv").write_bytes(content)
    assert grade(folder / "class", option, folder / "table.csv", "--out", folder / "out") == 2
    said = capfd.readouterr().err
    assert said.startswith(f"autograder: {option} {folder}/table.csv: ") and said.count("\n") == 1
    assert not (folder / "out").exists()
    return said
