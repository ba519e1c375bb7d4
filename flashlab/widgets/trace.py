"""A trace as plain data for the tile player: matrices in tiles, slots of the SRAM, steps.

`trace(traffic, title)` makes it, `frame(panel, n)` says what there is to see after n accesses.
tile_player.js has the same `frame`; a test holds the two against each other.
"""

from __future__ import annotations

from bisect import bisect_left
from math import prod

from flashlab.errors import FlashlabError
from flashlab.traffic import Event, Traffic
from flashlab.widgets.palette import colour_of, plain_name

MAX_STEPS = 2000  # accesses that are shown
MAX_CELLS = 4096  # tiles of one array that are drawn
ORDER = ("q", "k", "v", "s", "p", "out", "lse")
VECTORS = ("lse", "m", "l", "delta")  # one number a row, whatever the leading dimensions
KINDS = ("read", "write", "atomic")
_VERBS = ("load", "store", "update")


def trace(traffic: Traffic, title: str) -> dict:
    """Arrays with their tiles, slots of the SRAM, and the first MAX_STEPS accesses. For JSON."""
    shapes, events = _as_matrices(traffic)
    names = sorted(shapes, key=place_of)
    arrays = [_array(name, shapes[name], events) for name in names]
    number = {name: n for n, name in enumerate(names)}
    slots, lying = _lying(events, number, arrays, traffic)
    metered = any(e.sram_bytes for e in events)
    several = len({e.program for e in events}) > 1
    steps = []
    for n, (event, (moving, held)) in enumerate(zip(events, lying, strict=True)):
        array, kind = arrays[number[event.array]], KINDS.index(event.kind)
        said = f"trip {n + 1:,} of {len(events):,}: {_VERBS[kind]} "
        said += f"{_words_of(array, event.region)}, {event.nbytes:,} bytes"
        said += f", program {_program(event.program)}" if several else ""
        steps.append(
            {
                "array": number[event.array],
                "kind": kind,
                "cells": _cells(array, event.region),
                "nbytes": event.nbytes,
                "line": f"{event.function}:{event.line}",
                "slot": moving,
                "held": [one[:4] for one in held],  # slot, words, rows, columns
                "gauge": _gauge(event, held, slots, traffic, metered),
                "said": said,
            }
        )
    return {
        "title": title,
        "arrays": arrays,
        "slots": slots,
        "steps": steps,
        "peak": traffic.sram_peak_bytes,
        "capacity": traffic.sram_capacity_bytes,
        "cut": traffic.trips - len(events),
        "source": {f"{of}:{n}": words for (of, n), words in traffic.source.items() if words},
        "table": [
            [arrays[number[name]]["label"], kinds["read"], kinds["write"] + kinds["atomic"]]
            for name, kinds in traffic.by_array().items()
        ],
    }


def _as_matrices(traffic: Traffic) -> tuple[dict, list[Event]]:
    """Shapes and events with at least two dimensions: a vector is a column, row sums are too."""

    def columns(name: str, n: int) -> int:
        """Dimensions of one entry to add at the end."""
        return max(2 - n, 1 if plain_name(name) in VECTORS else 0)

    shapes = {
        name: a.shape + (1,) * columns(name, len(a.shape)) for name, a in traffic.arrays.items()
    }

    def whole(name: str, region):
        return tuple(region) + ((0, 1),) * (len(shapes[name]) - len(region))

    events = [
        e._replace(region=whole(e.array, e.region), held=tuple((n, whole(n, r)) for n, r in e.held))
        for e in traffic.events[:MAX_STEPS]
    ]
    return shapes, events


def _program(program: tuple[int, int, int]) -> tuple[int, ...]:
    """Without the dimensions that most grids do not have."""
    used = 3 if program[2] else 2
    return program[:used]


def place_of(name: str) -> int:
    """Where an array stands in the row of arrays."""
    name = plain_name(name)
    return ORDER.index(name) if name in ORDER else len(ORDER)


def label_of(name: str) -> str:
    name = plain_name(name)
    return {"out": "O", "lse": "LSE"}.get(name, name.upper() if len(name) == 1 else name)


def _gauge(event: Event, held, slots, traffic: Traffic, metered: bool) -> dict:
    """Bytes in SRAM: [array, bytes] of each loaded tile, then what was made there; in words."""
    if not metered:
        return {
            "parts": [],
            "made": 0,
            "words": "not metered here: the compiler decides what lies in SRAM",
        }
    parts = [[slots[slot]["array"], size] for slot, *_, size in held if size]
    made = max(0, event.sram_bytes - sum(size for _, size in parts))
    limit = traffic.sram_capacity_bytes
    words = f"{event.sram_bytes:,} " + (f"of {limit:,} bytes" if limit else "bytes")
    words += f": {event.sram_bytes - made:,} loaded, {made:,} made here (striped)"
    return {"parts": parts, "made": made, "words": words}


def _array(name: str, shape: tuple[int, ...], events: list[Event]) -> dict:
    """One array as a matrix, leading dimensions stacked, cut where the events' tiles begin."""
    regions = [e.region for e in events if e.array == name]
    rows, columns = prod(shape[:-1]), shape[-1]
    row_cuts, column_cuts = {0, rows}, {0, columns}
    for region in regions:
        for a, b in _rows(region, shape):
            row_cuts |= {a, b}
        column_cuts |= set(region[-1])
    if (len(row_cuts) - 1) * (len(column_cuts) - 1) > MAX_CELLS:
        raise FlashlabError(
            f"{label_of(name)} is moved in more than {MAX_CELLS:,} different pieces, too many to "
            "draw: play a run with a smaller N."
        )
    first = next((e.kind for e in events if e.array == name), "read")
    return {
        "name": plain_name(name),
        "label": label_of(name),
        "colour": colour_of(name),
        "shape": list(shape),
        "rows": sorted(row_cuts),
        "columns": sorted(column_cuts),
        "made_here": first == "write",  # nothing stands there before the first store
    }


def _rows(region, shape) -> list[tuple[int, int]]:
    """The ranges of stacked rows that a region covers."""
    starts = [0]
    for (a, b), n in zip(region[:-2], shape[:-2], strict=True):
        starts = [s * n + i for s in starts for i in range(a, b)]
    (a, b), n = region[-2], shape[-2]
    return [(s * n + a, s * n + b) for s in starts]


def _cells(array: dict, region) -> list[int]:
    """Numbers of the drawn tiles that a region covers, row by row."""
    rows, columns = array["rows"], array["columns"]
    left, right = (bisect_left(columns, x) for x in region[-1])
    return [
        i * (len(columns) - 1) + j
        for a, b in _rows(region, array["shape"])
        for i in range(bisect_left(rows, a), bisect_left(rows, b))
        for j in range(left, right)
    ]


def _words_of(array: dict, region) -> str:
    """`K[0:2]`, `S[0:2, 2:4]`, `Q[1, 0:32]`: dimensions of one entry, or whole ones at the end, are
    left out."""
    shape, parts = array["shape"], list(region)
    while len(parts) > 1 and tuple(parts[-1]) == (0, shape[len(parts) - 1]):
        parts.pop()
    words = [
        str(a) if b == a + 1 and axis < len(shape) - 2 else f"{a}:{b}"
        for axis, (a, b) in enumerate(parts)
        if shape[axis] > 1 or axis == len(parts) - 1
    ]
    return f"{array['label']}[{', '.join(words)}]"


def _lying(events: list[Event], number: dict, arrays: list[dict], traffic: Traffic):
    """The SRAM's slots, and for each step (slot of the moving tile, [slot, words, rows, columns,
    bytes] held).

    A tile stays in its slot until it is gone. Where the trace does not say what is in SRAM (a
    kernel's registers are not metered) a tile is kept until its line loads the next one.
    """
    metered = any(e.sram_bytes for e in events)
    slots: list[dict] = []
    lying: dict[int, tuple] = {}  # slot -> (array, region, line)
    out, program = [], None
    for e in events:
        if metered:
            wanted = list(e.held)
            for slot, (array, region, _) in list(lying.items()):
                if (array, region) in wanted:
                    wanted.remove((array, region))
                else:
                    del lying[slot]
            for array, region in wanted:  # a tile whose read is not among the steps
                lying[_free(slots, lying, number[array])] = (array, region, ("", 0))
        else:
            for slot, (array, _, line) in list(lying.items()):
                again = e.kind == "read" and (array, line) == (e.array, (e.function, e.line))
                if e.program != program or again:
                    del lying[slot]
        program = e.program
        moving = _free(slots, lying, number[e.array])
        here = {**lying, moving: (e.array, e.region, (e.function, e.line))}
        if e.kind == "read":
            lying = here
        held = []
        for slot, (name, region, _) in sorted(here.items()):
            array = arrays[number[name]]
            rows, columns = _extent(region, array["shape"])
            words, nbytes = _words_of(array, region), rows * columns * traffic.arrays[name].itemsize
            slots[slot]["rows"] = max(slots[slot]["rows"], rows)
            slots[slot]["columns"] = max(slots[slot]["columns"], columns)
            slots[slot]["letters"] = max(slots[slot]["letters"], len(words))
            held.append([slot, words, rows, columns, nbytes if slot in lying else 0])
        out.append((moving, held))
    by_array = sorted(range(len(slots)), key=lambda n: slots[n]["array"])
    new = {old: n for n, old in enumerate(by_array)}
    steps = [(new[m], sorted([new[slot], *rest] for slot, *rest in held)) for m, held in out]
    return [slots[n] for n in by_array], steps


def _free(slots: list[dict], lying: dict, array: int) -> int:
    """The first slot of an array that holds nothing; a new one if there is none."""
    for n, slot in enumerate(slots):
        if slot["array"] == array and n not in lying:
            return n
    slots.append({"array": array, "rows": 1, "columns": 1, "letters": 1})
    return len(slots) - 1


def _extent(region, shape) -> tuple[int, int]:
    rows = sum(b - a for a, b in _rows(region, shape))
    return rows, region[-1][1] - region[-1][0]


# --------------------------------------------------------------------------------------------------
# What there is to see after n accesses (tile_player.js has the same)

START = {
    "array": -1,
    "cells": [],
    "slot": -1,
    "held": [],
    "line": "",
    "gauge": {"parts": [], "made": 0, "words": ""},
    "said": "nothing has moved yet",
}


def frame(panel: dict, n: int) -> dict:
    """After n accesses: running counts, how often each tile has crossed, what lies in the SRAM."""
    n = max(0, min(n, len(panel["steps"])))
    crossed = [[0] * ((len(a["rows"]) - 1) * (len(a["columns"]) - 1)) for a in panel["arrays"]]
    written = [[not a["made_here"]] * len(c) for a, c in zip(panel["arrays"], crossed, strict=True)]
    nbytes = 0
    for step in panel["steps"][:n]:
        nbytes += step["nbytes"]
        for cell in step["cells"]:
            crossed[step["array"]][cell] += 1
            if step["kind"]:
                written[step["array"]][cell] = True
    now = panel["steps"][n - 1] if n else START
    return {
        "trips": n,
        "bytes": nbytes,
        "crossed": crossed,
        "written": written,
        **{key: now[key] for key in START},
    }


def totals(panel: dict) -> dict:
    """Trips and bytes of all steps shown."""
    return {"trips": len(panel["steps"]), "bytes": sum(s["nbytes"] for s in panel["steps"])}
