"""Put a learner's answers into a fresh official notebook.

Only the sources of answer cells and of cells that the learner added are taken. Checks, points, the
set-up cell, outputs and all metadata are the instructor's, whatever the submission says.
"""

from __future__ import annotations

import ast
import copy
import warnings
from collections import defaultdict

import nbformat

from autograder.course import Lesson, grade_id, is_answer

MAX_ADDED = 200  # cells of the learner's own


def transplant(cells: list[dict], lesson: Lesson) -> tuple[nbformat.NotebookNode, list[str]]:
    """(the official notebook with the learner's answers, remarks in words).

    cells: the submission, as `autograder.read.cells_of` gives it. Answer cells are matched by
    nbgrader id, by cell id, and, where both are gone, by the names that they define. A cell found
    twice counts once: the last one that differs from the release. A cell's type does not matter.
    Added code cells keep their place in the order.
    """
    official = copy.deepcopy(lesson.notebook)
    names = [grade_id(cell) or cell.get("id") for cell in official.cells]
    answers = {n: c for n, c in zip(names, official.cells, strict=True) if is_answer(c)}
    found, added = _take_apart(cells, names, [c.source for c in official.cells])
    remarks = []
    for name, cell in answers.items():
        sources = found.get(name)
        if not sources:
            places = [*added.values(), *(s for n, s in found.items() if n not in answers)]
            others = [c.source for n, c in answers.items() if n != name]
            sources = _by_definition(cell.source, others, places)
            if sources:
                remarks.append(f"the answer cell {name} lost its name: found by what it defines")
        changed = [s for s in sources if s.strip() != cell.source.strip()]
        if not sources:
            remarks.append(f"the answer cell {name} is missing")
        if len(sources) > 1:
            remarks.append(f"the answer cell {name} is there {len(sources)} times")
        if changed:
            cell.source = changed[-1]
    count = sum(map(len, added.values()))
    if count > MAX_ADDED:
        remarks.append(f"{count} added cells, of which {MAX_ADDED} are run")
    official.cells = _woven(official.cells, names, added)
    return official, remarks


def _take_apart(cells: list[dict], names: list[str], sources: list[str]):
    """({official cell: sources}, {official cell before them: sources of added code cells})."""
    released = {s.strip(): n for s, n in zip(sources, names, strict=True)}
    found, added = defaultdict(list), defaultdict(list)
    anchor = ""
    for cell in cells:
        source = cell["source"]
        name = next((n for n in (cell["grade_id"], cell["id"]) if n in names), "")
        name = name or released.get(source.strip(), "")  # an official cell that lost its name
        if name:
            anchor = name
            found[name].append(source)
        elif cell["type"] == "code" and source.strip():
            added[anchor].append(source)
    return found, added


def _by_definition(stub: str, others: list[str], places: list[list[str]]) -> list[str]:
    """Sources that define what the stub defines and no other stub's; they leave their places."""
    wanted = _defined(stub)
    foreign = set().union(*map(_defined, others)) - wanted
    hits = []
    for sources in places:
        for source in list(sources):
            defined = _defined(source)
            if wanted and wanted <= defined and not defined & foreign:
                hits.append(source)
                sources.remove(source)
    return hits


def _defined(source: str) -> set[str]:
    """Names that the cell's top level defines; none where it is no plain Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        names |= {t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)}
    return names


def _woven(official: list, names: list[str], added: dict) -> list:
    """The official cells with the added ones, each after the cell that it stood behind."""
    room, cells = MAX_ADDED, []
    for anchor, cell in [("", None), *zip(names, official, strict=True)]:
        cells += [cell] if cell is not None else []
        for source in added.get(anchor, [])[:room]:
            made = nbformat.v4.new_code_cell(source)
            made["id"] = f"added-{MAX_ADDED - room}"
            cells.append(made)
            room -= 1
    return cells
