"""The instructor's side: which lessons there are, their official notebooks, checks and points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat

from autograder.errors import GradingError

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Lesson:
    """One lesson as released: the notebook that answers are put into."""

    name: str
    path: Path

    @property
    def notebook(self) -> nbformat.NotebookNode:
        return read(self.path)

    @property
    def title(self) -> str:
        """As its first cell has it: "01 Naive attention and its bytes"."""
        return self.notebook.cells[0].source.splitlines()[0].lstrip("# ")

    @property
    def points(self) -> dict[str, int]:
        """{check cell's id: points}, in the notebook's order."""
        return {
            grade_id(cell): int(cell.metadata.nbgrader.points)
            for cell in self.notebook.cells
            if is_check(cell)
        }

    @property
    def answers(self) -> list[str]:
        """Ids of the cells that learners fill in."""
        return [grade_id(cell) for cell in self.notebook.cells if is_answer(cell)]


def lessons(root: Path = ROOT) -> dict[str, Lesson]:
    """The released lessons by name."""
    paths = sorted((root / "course").glob("*/*.ipynb"))
    return {p.stem: Lesson(p.stem, p) for p in paths if p.stem == p.parent.name}


def find_lesson(name: str, root: Path = ROOT) -> Lesson:
    known = lessons(root)
    if name not in known:
        raise GradingError(f"there is no lesson {name!r}; there are: {', '.join(known) or 'none'}")
    return known[name]


def title_of(name: str) -> str:
    """The lesson's title; `name` itself where there is no such lesson."""
    known = lessons()
    return known[name].title if name in known else name


def grade_id(cell) -> str:
    """The cell's nbgrader id, "" where it has none; whatever stands in the metadata."""
    mark = cell.metadata.get("nbgrader", {})
    found = mark.get("grade_id", "") if hasattr(mark, "get") else ""
    return found if isinstance(found, str) else ""


def exercise_of(cell) -> str:
    """The exercise that a check cell belongs to."""
    return grade_id(cell).partition("__")[0]


def is_check(cell) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def is_answer(cell) -> bool:
    mark = cell.metadata.get("nbgrader", {})
    return bool(mark.get("solution")) and not mark.get("grade")


@cache
def _read_cached(path: Path, _changed: float) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def read(path: Path) -> nbformat.NotebookNode:
    return _read_cached(path, path.stat().st_mtime)
