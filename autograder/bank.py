"""The bank: answers whose marks are known, in wrong_answers/ and right_answers/.

Most are `NN_slug/EXERCISE/NAME.diff`, "the solution, but ...": a paragraph of words, then edits of
the solution's cell, each after an empty line.

    Leaves out the factor of acc.
    Check: absorb_block__states
    Told: acc is not rescaled

    -    return m_new, alpha * l_i + p.sum(axis=1), alpha[:, None] * acc + p @ v
    +    return m_new, alpha * l_i + p.sum(axis=1), acc + p @ v

Lines with - go, lines with + come, lines with a space stay; those that go and stay must stand in
the cell in one piece, and once. One edit is made after the other. `NAME.py` is the whole cell, with
the words as its docstring, for answers that go another way than the solution.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from autograder import course
from autograder.errors import GradingError

BANK = course.ROOT / "autograder"
_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
_ANSWER = "  ### ANSWER"


@dataclass(frozen=True)
class Answer:
    words: str  # line 1 says what is wrong, or what is unusual
    source: str  # what takes the place of the cell

    @property
    def check(self) -> str:
        """The check that must reject it, "" where any may."""
        found = re.search(r"^Check: (\S+)$", self.words, re.M)
        return found[1] if found else ""

    @property
    def told(self) -> str:
        """A piece of the message that the learner must get; "" where nothing is promised."""
        return self._promise[1] or ""

    @property
    def seed(self) -> int | None:
        """The one seed that `told` holds for, for words with a shape in them; None: every seed."""
        return int(self._promise[0]) if self._promise[0] else None

    @property
    def _promise(self) -> tuple[str | None, str | None]:
        found = re.search(r"^Told(?:, seed (\d+))?: (.+)$", self.words, re.M)
        return (found[1], found[2]) if found else (None, None)


def paths(kind: str, lesson: str = "*", exercise: str = "*", name: str = "*") -> list[Path]:
    """The files of the "wrong" or of the "right" answers, in order; all, or those so named."""
    found = (BANK / f"{kind}_answers").glob(f"{lesson}/{exercise}/{name}.*")
    return sorted(path for path in found if path.suffix in (".diff", ".py"))


def misfits(lesson: str = "") -> list[str]:
    """A line for each answer that cannot be read, of one lesson or all: a solution has changed."""
    lines = []
    for path in paths("wrong", lesson or "*") + paths("right", lesson or "*"):
        try:
            read(path)
        except GradingError as error:
            lines.append(str(error))
    return lines


def read(path: Path) -> Answer:
    """The answer in that file. GradingError: a line that names the file and what does not fit."""
    lesson, exercise = path.parts[-3:-1]
    name = "/".join(path.parts[-4:])
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise GradingError(f"{name} cannot be read: {error.strerror}") from None
    if path.suffix == ".py":
        return _whole(text, name)
    if path.suffix != ".diff":
        raise GradingError(f"{name} is no answer: its name must end in .diff or .py")
    cells = solutions(lesson)
    if exercise not in cells:
        raise GradingError(f"{name}: {lesson} has no exercise {exercise}")
    words, *edits = re.split(r"\n\n+", text.strip("\n"))
    if not edits:
        raise GradingError(f"{name} has no edit: an empty line, then lines with - and +")
    lines = cells[exercise].split("\n")
    for edit in edits:
        _apply(edit.split("\n"), lines, name)
    return Answer(words, "\n".join(lines))


def _whole(text: str, name: str) -> Answer:
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise GradingError(f"{name}:{error.lineno} is no Python: {error.msg}") from None
    words = ast.get_docstring(tree)
    if words is None:
        raise GradingError(f"{name} needs a docstring: what is wrong, Check: ..., Told: ...")
    lines = text.splitlines()[tree.body[0].end_lineno :]
    return Answer(words, "\n".join(lines).strip("\n"))


def _apply(edit: list[str], lines: list[str], name: str) -> None:
    """Make one edit, in place."""
    for line in edit:
        if line[0] not in "-+ ":
            raise GradingError(f"{name}: an edit's lines begin with -, + or a space: {line}")
    old = [line[1:] for line in edit if line[0] != "+"]
    if not old:
        raise GradingError(f"{name}: where? Begin this edit with a line that stays: {edit[0]}")
    starts = [i for i in range(len(lines)) if lines[i : i + len(old)] == old]
    if len(starts) != 1:
        found = f"stands {len(starts)} times" if starts else "no longer stands"
        lost = [line for line in old if line not in lines] or old
        shown = lost[0].strip() + (" ..." if len(lost) > 1 else "")
        raise GradingError(f"{name}: this {found} in the solution: {shown}")
    lines[starts[0] : starts[0] + len(old)] = [line[1:] for line in edit if line[0] != "-"]


def solutions(lesson: str) -> dict[str, str]:
    """{exercise: what a learner who solves it would write}: the solution without its markers."""
    notebook = course.read(course.ROOT / "solutions" / lesson / f"{lesson}.ipynb")
    return {course.grade_id(c): _unmarked(c.source) for c in notebook.cells if course.is_answer(c)}


def _unmarked(source: str) -> str:
    lines = (line for line in source.split("\n") if line.strip() not in _MARKS)
    return "\n".join(line.removesuffix(_ANSWER) for line in lines)
