"""Read a notebook that anybody may have written: its cells' sources and ids, and nothing else.

Outputs, attachments and the rest of the metadata are left where they are. Any notebook format is
read that keeps cells in a list: version 4 and later, and version 3 with its worksheets.
"""

from __future__ import annotations

import json

MAX_CELLS = 2000
MAX_SOURCE = 1 << 18  # characters of one cell


class NotANotebook(Exception):
    """The text is one phrase that follows the file's name: "is JSON, but not a notebook"."""


def parse(content: bytes | memoryview) -> list[dict]:
    """The cells (`cells_of`) of a notebook's bytes; raises NotANotebook."""
    if not bytes(content[:1000]).strip():
        raise NotANotebook("is empty")
    try:
        return cells_of(json.loads(str(content, "utf-8-sig")))
    except UnicodeDecodeError:
        raise NotANotebook("is not text (UTF-8)") from None
    except (ValueError, RecursionError):
        raise NotANotebook("is not JSON: not a notebook, or cut off while it was saved") from None


def cells_of(document) -> list[dict]:
    """[{"type", "source", "id", "grade_id"}] of a parsed notebook; "" where something is missing.

    Raises NotANotebook when there is no list of cells, or when there are too many of them.
    """
    if not isinstance(document, dict):
        raise NotANotebook("is JSON, but not a notebook")
    cells = document.get("cells")
    if cells is None and isinstance(document.get("worksheets"), list):
        sheets = [sheet for sheet in document["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    if not isinstance(cells, list):
        raise NotANotebook("is JSON, but not a notebook")
    if len(cells) > MAX_CELLS:
        raise NotANotebook(f"has {len(cells):,} cells, more than {MAX_CELLS:,}")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def _cell(cell: dict) -> dict:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    found = mark.get("grade_id") if isinstance(mark, dict) else None
    return {
        "type": _text(cell.get("cell_type"), 20),
        "source": _text(source, MAX_SOURCE),
        "id": _text(cell.get("id"), 200),
        "grade_id": _text(found, 200),
    }


def _text(value, longest: int) -> str:
    """A string that can be written as UTF-8, cut at `longest`; "" for anything else."""
    text = value[:longest] if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8")


def _list(value) -> list:
    return value if isinstance(value, list) else []
