"""Put a learner's answers into a fresh official notebook.

Only the sources of answer cells and of cells that the learner added are taken. Checks, points, the
set-up cell, outputs and all metadata are the instructor's, whatever the submission says.
"""

from __future__ import annotations

import copy

import nbformat

from autograder.course import Lesson, grade_id, is_answer


def transplant(
    submitted: nbformat.NotebookNode, lesson: Lesson
) -> tuple[nbformat.NotebookNode, list[str]]:
    """(the official notebook with the learner's answers, remarks in words).

    Answer cells are matched by nbgrader id, then by cell id. A cell found twice counts once: the
    last one that differs from the release. Added code cells keep their place in the order.
    """
    official = copy.deepcopy(lesson.notebook)
    by_id = {grade_id(cell) or cell.get("id"): cell for cell in official.cells}
    candidates, extras = _take_apart(submitted, by_id)
    remarks, cells = [], list(extras.get("", []))
    for cell in official.cells:
        name = grade_id(cell) or cell.get("id")
        if is_answer(cell):
            sources = candidates.get(name, [])
            changed = [s for s in sources if s.strip() != cell.source.strip()]
            if not sources:
                remarks.append(f"the answer cell {name} is missing")
            if len(sources) > 1:
                remarks.append(f"the answer cell {name} is there {len(sources)} times")
            if changed:
                cell.source = changed[-1]
        cells.append(cell)
        cells += extras.get(name, [])
    official.cells = cells
    return official, remarks


def _take_apart(submitted, by_id: dict) -> tuple[dict[str, list[str]], dict[str, list]]:
    """(sources by answer cell, the learner's added code cells by the official cell before them)."""
    candidates: dict[str, list[str]] = {}
    extras: dict[str, list] = {}
    anchor = ""
    for cell in submitted.cells:
        name = grade_id(cell) if grade_id(cell) in by_id else cell.get("id", "")
        if name in by_id:
            anchor = name
            if is_answer(by_id[name]):
                candidates.setdefault(name, []).append(cell.source)
        elif cell.cell_type == "code" and cell.source.strip():
            added = nbformat.v4.new_code_cell(cell.source)
            added["id"] = f"added-{sum(map(len, extras.values()))}"
            extras.setdefault(anchor, []).append(added)
    return candidates, extras
