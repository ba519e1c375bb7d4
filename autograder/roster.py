"""Who is in the class, who of them handed in nothing, and whose files are nobody's.

From a table that Canvas or Moodle exports, or one's own, or from the students whom the gradebook
has already.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autograder.errors import GradingError, listed
from autograder.grade import Result
from autograder.tables import read_table

# what tables call their columns (Canvas, Moodle, nbgrader, one's own): what they hold
_COLUMNS = {
    "name": ("student", "name", "full name", "student name"),
    "first": ("first name", "firstname", "given name"),
    "last": ("last name", "lastname", "surname", "family name"),
    "login": ("username", "user name", "login", "login id", "sis login id", "user"),
    "id": ("id", "student id", "user id", "lms user id", "canvas user id"),
    "sis": ("sis user id", "sis id"),
    "number": ("id number", "student number", "matriculation number"),
    "email": ("email", "e-mail", "email address", "mail"),
    "participant": ("identifier",),
    "section": ("section",),
}
MISSING = "nothing handed in"
_NAMED = {title: column for column, titles in _COLUMNS.items() for title in titles}
_NOBODY = {"points possible", "student, test", "test student"}  # rows of Canvas's own


@dataclass(frozen=True)
class Person:
    """A line of the roster; "" for what it does not say."""

    name: str = ""
    first: str = ""
    last: str = ""
    login: str = ""
    id: str = ""  # Canvas's number, or whatever a column ID has
    sis: str = ""
    number: str = ""  # Moodle's "ID number"
    email: str = ""
    participant: str = ""  # Moodle's "Participant 12345"
    section: str = ""

    @property
    def label(self) -> str:
        last, _, first = map(str.strip, self.name.partition(","))
        full = f"{first} {last}".strip() or f"{self.first} {self.last}".strip()
        return full or self.login or self.email or self.number or self.sis or self.id

    def ids(self) -> set[str]:
        """What only this person is called."""
        told = (self.login, self.id, self.sis, self.number, self.email, self.participant)
        return {text.casefold() for text in told if text}

    def names(self) -> set[str]:
        """What others may be called too: letters and digits alone, in either order."""
        last, comma, first = self.name.partition(",")
        told = [self.name, *self.ids(), *(i.partition("@")[0] for i in self.ids())]
        told += [f"{first} {last}"] if comma else []
        if self.first and self.last:
            told += [f"{self.first} {self.last}", f"{self.last} {self.first}"]
        return {_letters(text) for text in told} - {""}


def read_roster(path: Path) -> list[Person]:
    """The people of a CSV file; raises GradingError where it has no column of students."""
    rows = read_table(path, "--roster")
    if not rows:
        raise GradingError(f"--roster {path}: is empty; say a column of students")
    columns = [_NAMED.get(re.sub(r"[\s_]+", " ", title.casefold())) for title in rows[0]]
    if any(columns):
        rows = rows[1:]
    elif max(map(len, rows)) == 1:  # names alone, and no title
        columns = ["name"]
    if not set(columns) - {None, "section"}:
        raise GradingError(
            f"--roster {path}: no column is of students; its first line must name one, such as "
            f"student, username or email; it has: {listed(rows[0])}"
        )
    people = [_person(columns, row) for row in rows]
    people = [p for p in people if p.label and p.name.casefold() not in _NOBODY]
    if not people:
        raise GradingError(f"--roster {path}: has no student in it")
    return list(dict.fromkeys(people))


def _person(columns: list[str | None], row: list[str]) -> Person:
    told: dict[str, str] = {}
    for column, cell in zip(columns, row, strict=False):
        if column and cell:
            told.setdefault(column, cell)
    return Person(**told)


def of_gradebook(book) -> list[Person]:
    """The students of an nbgrader gradebook."""
    return [
        Person(
            first=s.first_name or "",
            last=s.last_name or "",
            login=s.id,
            email=s.email or "",
            id=s.lms_user_id or "",
        )
        for s in book.students
    ]


def plain(people: list[Person]) -> list[dict]:
    """As JSON has it; `Person(**row)` reads it."""
    return [{name: text for name, text in asdict(p).items() if text} for p in people]


class Roster:
    """People, found by what a submission's folder or file calls them."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = list(people)
        self._ids, self._names = defaultdict(list), defaultdict(list)
        for person in self.people:
            for text in person.ids():
                self._ids[text].append(person)
            for text in person.names():
                self._names[text].append(person)

    def find(self, student: str, number: str = "") -> list[Person]:
        """Nobody, one, or several of one name. number: see `Result.number`."""
        if number and len(found := self._ids.get(number.casefold(), [])) == 1:
            return found
        for name in (student, re.sub(r" \([^()]*\)$", "", student)):  # "ada (group A)"
            if found := self._ids.get(name.casefold()) or self._names.get(_letters(name)):
                return found
        return []

    def as_called(self, told: dict[str, str], students: list[str]) -> dict[str, str]:
        """`told` of people by any name of theirs, by what their submissions are called."""
        ones = {s: found[0] for s in students if len(found := self.find(s)) == 1}
        called = {person: student for student, person in ones.items()}

        def of(name: str) -> str:
            found = [] if name in students else self.find(name)
            return called.get(found[0], name) if len(found) == 1 else name

        return {of(name): value for name, value in told.items()}


@dataclass
class Attendance:
    """What a roster says of a grading."""

    person: dict[str, Person] = field(default_factory=dict)  # of each student who handed in
    missing: dict[str, list[Person]] = field(default_factory=dict)  # of each lesson
    strangers: list[str] = field(default_factory=list)  # students in no line of it
    unclear: list[str] = field(default_factory=list)  # in several lines

    def called(self, person: Person) -> str:
        """As this person's submissions are called, else as the roster has it."""
        return next((s for s, p in self.person.items() if p == person), person.label)

    def absent(self) -> list[Person]:
        """Those of whom there is nothing at all."""
        there = set(self.person.values())
        people = dict.fromkeys(p for missing in self.missing.values() for p in missing)
        return [p for p in people if p not in there]

    def results(self, results: list[Result]) -> list[tuple[Result, float]]:
        """(an empty result, points possible) of everything that was not handed in."""
        out_of = {lesson: 0.0 for lesson in self.missing}
        for r in results:
            out_of[r.lesson] = max(r.out_of, out_of.get(r.lesson, 0.0))
        return [
            (Result(self.called(p), lesson, "", remarks=[MISSING]), out_of[lesson])
            for lesson, people in self.missing.items()
            for p in people
        ]

    def lines(self) -> list[str]:
        """For the terminal and the class report, a line each."""
        lines = [
            f"{lesson}: nothing handed in by {len(people)}: {listed(map(self.called, people))}"
            for lesson, people in self.missing.items()
            if people
        ]
        if self.strangers:
            lines.append(f"handed in, but not in the roster: {listed(self.strangers)}")
        if self.unclear:
            lines.append(f"several in the roster have that name: {listed(self.unclear)}")
        return lines


def attendance(
    roster: Roster, results: list[Result], elsewhere: Iterable[tuple[str, str]] = ()
) -> Attendance:
    """Who handed in what. elsewhere: (student, lesson) that earlier gradings had."""
    told = Attendance()
    for r in results:
        found = roster.find(r.student, r.number)
        if len(found) == 1:
            told.person[r.student] = found[0]
        elif r.student not in (others := told.unclear if found else told.strangers):
            others.append(r.student)
    there = {(told.person[r.student], r.lesson) for r in results if r.student in told.person}
    for student, lesson in elsewhere:
        there |= {(p, lesson) for p in roster.find(student)}
    for lesson in sorted({r.lesson for r in results if r.lesson}):
        missing = [p for p in roster.people if (p, lesson) not in there]
        told.missing[lesson] = sorted(missing, key=lambda p: p.label.casefold())
    return told


def _letters(text: str) -> str:
    """What Canvas makes of a name in a file's name: "Lovelace, Ada" is lovelaceada."""
    return "".join(c for c in text.casefold() if c.isalnum())
