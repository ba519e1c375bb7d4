"""Marks in the layouts that learning platforms import, and the difference of two gradings."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

from autograder.errors import GradingError
from autograder.grade import Result
from autograder.roster import Attendance, Person


def no_formula(cell):
    """A spreadsheet runs what begins with = + - @: keep a learner's text text."""
    return f"'{cell}" if isinstance(cell, str) and cell and cell[0] in "=+-@\t\r" else cell


def write_canvas(results: list[Result], path: Path, told: Attendance | None = None) -> None:
    """Canvas's gradebook import: one row a student, one column a lesson, points possible first.

    Students are matched by what the roster says of them, else by ID where Canvas named the files,
    else by SIS Login ID: name their folders so. Who handed in nothing has an empty cell, as Canvas
    has a rule of its own for missing work.
    """
    told = told or Attendance()
    table, lessons = _table(results)
    ids = {r.student: r.number for r in results if r.number.isdecimal()}
    fixed = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    possible = ["    Points Possible", "", "", "", ""]
    rows = [[*fixed, *lessons], [*possible, *lessons.values()]]
    for student, marks in table.items():
        id, p = ids.get(student, ""), told.person.get(student)
        who = [student, id, "", "" if id else student, ""]
        if p and (p.id or p.login or p.sis):
            who = [p.name or p.label, p.id or id, p.sis, p.login, p.section]
        rows.append([*who, *(marks.get(n, "") for n in lessons)])
    for p in told.absent():
        login = p.login or ("" if p.id or p.sis else p.label)
        rows.append([p.name or p.label, p.id, p.sis, login, p.section, *("" for _ in lessons)])
    _write(rows, path)


def write_moodle(results: list[Result], path: Path, told: Attendance | None = None) -> None:
    """Moodle's grade import (Grades, Import, CSV file): username, then one column a lesson.

    A feedback column stands behind each, with the first reason for a lost point. Where Moodle
    named the files, a column Identifier has its "Participant 12345", whose number belongs to one
    assignment: it is empty for a student who has several. What a roster says, ID number and Email
    address, stands in columns of its own. Who handed in nothing has an empty cell.
    """
    told = told or Attendance()
    table, lessons = _table(results)
    numbers = defaultdict(set)
    for r in results:
        if r.number.startswith("Participant"):
            numbers[r.student].add(r.number)
    people = [*told.person.values(), *told.absent()]
    known = ["Identifier"] if numbers or any(p.participant for p in people) else []
    more = {"ID number": "number", "Email address": "email"}
    more = {title: n for title, n in more.items() if any(getattr(p, n) for p in people)}
    reasons = {
        (r.student, r.lesson): next((v.reason for v in r.verdicts if v.reason), "") for r in results
    }
    heads = [text for n in lessons for text in (n, f"{n} (Feedback)")]
    rows = [["Username", *known, *more, *heads]]
    for student, marks in table.items():
        ours, p = numbers.get(student, ()), told.person.get(student, Person())
        number = "" if len(ours) > 1 else max(ours, default=p.participant)
        row = [p.login or student, *(number for _ in known)]
        row += [getattr(p, n) for n in more.values()]
        for n in lessons:
            row += [marks.get(n, ""), " ".join(reasons.get((student, n), "").split())]
        rows.append(row)
    for p in told.absent():
        row = [p.login or p.label, *(p.participant for _ in known)]
        rows.append([*row, *(getattr(p, n) for n in more.values()), *("" for _ in heads)])
    _write(rows, path)


def _table(results: list[Result]):
    """({student: {lesson: score}}, {lesson: points possible})."""
    table, lessons = defaultdict(dict), {}
    for r in sorted(results, key=lambda r: (r.student, r.lesson)):
        if r.lesson:
            table[r.student].setdefault(r.lesson, r.counts)
            lessons[r.lesson] = max(r.out_of, lessons.get(r.lesson, 0))
    return table, dict(sorted(lessons.items()))


def _write(rows: list[list], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([no_formula(cell) for cell in row] for row in rows)


def compare(before: Path, after: Path) -> list[str]:
    """What changed between two gradings' folders, a line each: a check's points, a submission."""
    old, new = _checks(before), _checks(after)
    lines = []
    for key in sorted(old.keys() | new.keys()):
        name = " ".join(key)
        if key not in old or key not in new:
            lines.append(f"{name}: only in {before if key in old else after}")
        elif old[key][0] != new[key][0]:
            reason = new[key][1] or old[key][1]
            lines.append(
                f"{name}: {old[key][0]:g} -> {new[key][0]:g}  {' '.join(reason.split())}".rstrip()
            )
    return lines


def _checks(folder: Path) -> dict[tuple[str, str, str], tuple[float, str]]:
    try:
        results = json.loads((folder / "grades.json").read_text(encoding="utf-8"))
        return {
            (r["student"], r["lesson"], c["check"]): (c["points"], c["reason"])
            for r in results
            for c in r["checks"]
        }
    except (OSError, ValueError, KeyError, TypeError):
        raise GradingError(f"{folder} holds no grading: there is no grades.json in it") from None
