"""The tile player's drawing: where everything stands, and one panel as SVG."""

from __future__ import annotations

from flashlab.widgets import svg
from flashlab.widgets.trace import frame, label_of, place_of

WIDTH = 470  # of one panel, in SVG units
BAR = 250  # of the longest bar in the ledger
TALL = 200  # of all the arrays in HBM, at most
STYLE = """
.fl-svg .cell { stroke: var(--fl-ink); stroke-width: .6; fill-opacity: .2; }
.fl-svg .cell.unwritten { fill-opacity: 0; stroke-dasharray: 2 2; }
.fl-svg .cell.moving { fill-opacity: 1; stroke-width: 2.5; stroke-dasharray: none; }
.fl-svg .slot { fill-opacity: 0; stroke: var(--fl-line); stroke-dasharray: 2 2; }
.fl-svg .slot.held { fill-opacity: .8; stroke: var(--fl-ink); stroke-dasharray: none; }
.fl-svg .slot.moving { fill-opacity: 1; stroke-width: 2.5; }
.fl-svg .way { stroke: var(--fl-ink); stroke-width: 1.8; fill: none; }
.fl-svg .head-of-way { fill: var(--fl-ink); }
.fl-svg .tick { opacity: .3; }
.fl-svg .tick.past { opacity: 1; }
.fl-svg .bar { fill: var(--fl-ink); fill-opacity: .75; }
.fl-svg .made { stroke: var(--fl-ink); stroke-width: 14; stroke-dasharray: 1.5 2.5; }
.fl-svg .frame { fill: none; stroke: var(--fl-line); }
.fl-svg .here { stroke: var(--fl-ink); stroke-width: 2; }
.fl-svg .move { stroke: var(--fl-paper); stroke-width: 5; paint-order: stroke; font-weight: 600; }
.fl-svg [data-tick] { cursor: pointer; }
.fl-svg .count { font-size: 10.5px; text-anchor: middle; }
"""


def place(panels: list[dict]) -> None:
    """Give every array, slot, arrow and tick its place; the same scale in all panels."""
    sizes: dict[str, tuple[int, int]] = {}
    for panel in panels:
        for a in panel["arrays"]:
            rows, columns = sizes.get(a["name"], (1, 1))
            sizes[a["name"]] = max(rows, a["rows"][-1]), max(columns, a["columns"][-1])
    names = sorted(sizes, key=place_of)
    unit, spots, hbm_height = _arrange([sizes[n] for n in names])
    where = dict(zip(names, spots, strict=True))
    longest = max([len(p["steps"]) for p in panels] + [1])
    most = max([sum(s["nbytes"] for s in p["steps"]) for p in panels] + [1])
    tallest = max([s["nbytes"] for p in panels for s in p["steps"]] + [1])
    room = max([p["capacity"] or p["peak"] for p in panels] + [1])
    shelves = []
    for panel in panels:
        boxes = [_box(s["rows"], s["columns"], unit) for s in panel["slots"]]
        wide = [(max(w, 6.2 * s["letters"]), h + 14)
                for (w, h), s in zip(boxes, panel["slots"], strict=True)]  # fmt: skip
        shelves.append((boxes, *_flow(wide, gap=14, above=6)))
    hbm_top, sram_height = 90, max(height for *_, height in shelves)
    sram_top = hbm_top + hbm_height + 12 + 44
    gauge = sram_top + sram_height + 12
    for panel, (boxes, spots, _) in zip(panels, shelves, strict=True):
        for a in panel["arrays"]:
            x, y = where[a["name"]]
            a["box"] = [x + 10, y + hbm_top, *_box(a["rows"][-1], a["columns"][-1], unit)]
        for slot, box, (x, y) in zip(panel["slots"], boxes, spots, strict=True):
            slot["box"] = [x + 10, y + sram_top, *box]
        absent = [n for n in names if n not in {a["name"] for a in panel["arrays"]}]
        panel["absent"] = [
            [label_of(n), where[n][0] + 10, where[n][1] + hbm_top, *_box(*sizes[n], unit)]
            for n in absent
        ]
        panel["wide"], panel["bar"], panel["unit"] = WIDTH, BAR, unit
        panel["scales"] = {"trips": longest, "bytes": most, "trip_bytes": tallest, "sram": room}
        panel["tops"] = {
            "hbm": hbm_top, "hbm_height": hbm_height + 12, "sram": sram_top,
            "sram_height": sram_height + 6, "gauge": gauge, "time": gauge + 64,
            "height": gauge + 106,
        }  # fmt: skip
        for step in panel["steps"]:
            step["way"] = _way(panel, step)


def _arrange(sizes: list[tuple[int, int]]):
    """(SVG units an element, places, height): one row of arrays if that is not too small."""
    widest = max([columns for _, columns in sizes] + [1])
    for rows_of_arrays in (1, 2, 9):
        for unit in [*range(22, 1, -1), *(2**-k for k in range(16))]:
            boxes = [_box(*size, unit) for size in sizes]
            spots, height = _flow(boxes, gap=18, above=20)
            used = len({y for _, y in spots})
            if used <= rows_of_arrays and height <= TALL and widest * unit <= WIDTH - 20:
                if unit >= min(6, 96 / widest) or rows_of_arrays == 9:
                    return unit, spots, height
    raise AssertionError("arrays of one unit fit")


def _box(rows: int, columns: int, unit: float) -> tuple[float, float]:
    return max(columns * unit, 8.0), max(rows * unit, 8.0)


def _flow(boxes: list[tuple[float, float]], gap: float, above: float):
    """Places from left to right, wrapped like words; and the height of it all."""
    x, y, tall, spots = 0.0, above, 0.0, []
    for width, height in boxes:
        if x and x + width > WIDTH - 20:
            x, y, tall = 0.0, y + tall + above, 0.0
        spots.append((x, y))
        x, tall = x + width + gap, max(tall, height)
    return spots, y + tall


def cell_box(array: dict, cell: int) -> tuple[float, float, float, float]:
    """x, y, width, height of one drawn tile."""
    x, y, width, height = array["box"]
    rows, columns = array["rows"], array["columns"]
    i, j = divmod(cell, len(columns) - 1)
    sx, sy = width / columns[-1], height / rows[-1]
    return (
        x + columns[j] * sx, y + rows[i] * sy,
        (columns[j + 1] - columns[j]) * sx, (rows[i + 1] - rows[i]) * sy,
    )  # fmt: skip


def _way(panel: dict, step: dict) -> list[float]:
    """The arrow of one access: from the tile to its slot, or back; shortened at both ends."""
    boxes = [cell_box(panel["arrays"][step["array"]], c) for c in step["cells"]]
    left, right = min(b[0] for b in boxes), max(b[0] + b[2] for b in boxes)
    x, y, w, _ = panel["slots"][step["slot"]]["box"]
    upper = [(left + right) / 2, max(b[1] + b[3] for b in boxes) + 1]
    lower = [x + w / 2, y - 1]
    ends = [*upper, *lower] if step["kind"] == 0 else [*lower, *upper]
    return [round(v, 1) for v in ends]


def draw(panel: dict, n: int) -> str:
    """One panel after n accesses, as SVG in the colours of the page."""
    now = frame(panel, n)
    n = now["trips"]
    tops = panel["tops"]
    inside = [
        svg.text(0, 16, panel["title"], class_="head", font_size=15),
        *_ledger(panel, now),
        svg.rect(0.5, tops["hbm"] - 4, WIDTH - 1, tops["hbm_height"], rx=6, class_="panel"),
        svg.text(WIDTH - 1, tops["hbm"] - 9, "HBM", class_="small head", text_anchor="end"),
        svg.rect(0.5, tops["sram"] - 4, WIDTH - 1, tops["sram_height"], rx=6, class_="panel"),
        svg.text(WIDTH - 1, tops["sram"] - 9, "SRAM", class_="small head", text_anchor="end"),
        *_absent(panel),
        *[part for a, array in enumerate(panel["arrays"]) for part in _matrix(array, a, now)],
        *_shelf(panel, now),
        *_arrow(panel, n),
        svg.text(8, tops["sram"] - 18, now["said"], class_="move", data_move=""),
        *_sram_gauge(panel, now),
        *_timeline(panel, n),
    ]
    sentence = f"{panel['title']}: {now['said']}; {now['bytes']:,} bytes so far."
    return svg.picture(WIDTH, tops["height"], sentence, *inside)


def _ledger(panel: dict, now: dict) -> list[str]:
    out = []
    for y, what, total in ((24, "trips", len(panel["steps"])),
                           (46, "bytes", sum(s["nbytes"] for s in panel["steps"]))):  # fmt: skip
        scale = BAR / panel["scales"][what]
        out += [
            svg.text(0, y + 14, what, class_="faint"),
            svg.rect(44, y + 3, total * scale, 14, class_="frame"),
            svg.rect(44, y + 3, now[what] * scale, 14, class_="bar", data_bar=what),
            svg.tag(
                "text",
                svg.tag("tspan", f"{now[what]:,}", class_="big", data_number=what),
                svg.tag("tspan", f" of {total:,}", class_="faint"),
                x=52 + total * scale,
                y=y + 16,
            ),
        ]
    return out


def _absent(panel: dict) -> list[str]:
    """An array that only another panel has: an empty place."""
    out = []
    for label, x, y, width, height in panel["absent"]:
        out += [
            svg.rect(x, y, width, height, class_="ghost"),
            svg.text(
                x + width / 2, y - 5, f"no {label}", class_="small faint", text_anchor="middle"
            ),
        ]
    return out


def _matrix(array: dict, number: int, now: dict) -> list[str]:
    x, y, width, height = array["box"]
    out = [svg.text(x, y - 5, array["label"], class_="small head")]
    for cell, count in enumerate(now["crossed"][number]):
        moving = number == now["array"] and cell in now["cells"]
        words = ["cell", "" if now["written"][number][cell] else "unwritten", "moving" * moving]
        left, top, w, h = cell_box(array, cell)
        out.append(
            svg.rect(left, top, w, h, fill=array["colour"], class_=" ".join(filter(None, words)),
                     data_cell=f"{number}:{cell}")
        )  # fmt: skip
        if w >= 13 and h >= 13:
            shown = str(count) if count and not moving else ""
            out.append(
                svg.text(left + w / 2, top + h / 2 + 4, shown, class_="count",
                         data_count=f"{number}:{cell}")
            )  # fmt: skip
    return out


def _shelf(panel: dict, now: dict) -> list[str]:
    held = {slot: [words, *size] for slot, words, *size in now["held"]}
    out = []
    for n, slot in enumerate(panel["slots"]):
        array, (x, y, _, height) = panel["arrays"][slot["array"]], slot["box"]
        words, rows, columns = held.get(n, [array["label"], slot["rows"], slot["columns"]])
        classes = ["slot", "held" * (n in held), "moving" * (n == now["slot"])]
        out += [
            svg.rect(x, y, *_box(rows, columns, panel["unit"]), fill=array["colour"],
                     class_=" ".join(filter(None, classes)), data_slot=n),
            svg.text(x, y + height + 12, words,
                     class_="small" if n in held else "small faint", data_slot_words=n),
        ]  # fmt: skip
    return out


def _arrow(panel: dict, n: int) -> list[str]:
    way = panel["steps"][n - 1]["way"] if n else None
    path, tip = arrow(way) if way else ("", "")
    return [
        svg.tag("path", d=path, class_="way", data_way=""),
        svg.tag("path", d=tip, class_="head-of-way", data_tip=""),
    ]


def arrow(way: list[float]) -> tuple[str, str]:
    """Paths of the line and of its head."""
    x1, y1, x2, y2 = way
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    bx, by = x2 - 9 * ux, y2 - 9 * uy
    left, right = (bx - 4 * uy, by + 4 * ux), (bx + 4 * uy, by - 4 * ux)
    point = "{:.1f},{:.1f}".format
    return (
        f"M{point(x1, y1)} L{point(bx, by)}",
        f"M{point(x2, y2)} L{point(*left)} L{point(*right)} z",
    )


def _sram_gauge(panel: dict, now: dict) -> list[str]:
    y, scale = panel["tops"]["gauge"], WIDTH / panel["scales"]["sram"]
    inside, x = [], 0.0
    for array, size in now["gauge"]["parts"]:
        colour = panel["arrays"][array]["colour"]
        inside.append(svg.rect(x, y, size * scale, 14, fill=colour))
        x += size * scale
    made = now["gauge"]["made"] * scale
    inside.append(svg.line(x, y + 7, x + made, y + 7, class_="made"))
    room = (panel["capacity"] or panel["peak"]) * scale
    return [
        svg.tag("g", *inside, data_gauge=""),
        svg.rect(0.5, y, max(room - 1, 0), 14, class_="frame"),
        svg.text(0, y + 29, now["gauge"]["words"], class_="small", data_gauge_words=""),
    ]


def _timeline(panel: dict, n: int) -> list[str]:
    """Every access as a bar: loads hang down, stores stand up, their area is the bytes."""
    y, pace = panel["tops"]["time"], WIDTH / panel["scales"]["trips"]
    tallest, out = panel["scales"]["trip_bytes"], []
    for i, step in enumerate(panel["steps"]):
        height = max(20 * step["nbytes"] / tallest, 1.5)
        top = y if step["kind"] == 0 else y - height
        colour = panel["arrays"][step["array"]]["colour"]
        past = "tick past" if i < n else "tick"
        out.append(
            svg.rect(i * pace + pace * 0.1, top, pace * 0.8, height, fill=colour, class_=past,
                     data_tick=i)
        )  # fmt: skip
    return [
        *out,
        svg.line(0, y, WIDTH, y, class_="grid"),
        svg.line(n * pace, y - 22, n * pace, y + 22, class_="here", data_here=""),
        svg.text(
            0, y + 36, "one bar a trip: stores stand up, loads hang down", class_="small faint"
        ),
    ]


def still(panels: list[dict], n: int) -> str:
    """All panels side by side after n accesses, as one picture on paper of its own."""
    gap, height = 20, max((p["tops"]["height"] for p in panels), default=0)
    inside = [
        svg.tag("g", draw(panel, n), transform=f"translate({10 + i * (WIDTH + gap)} 10)")
        for i, panel in enumerate(panels)
    ]
    words = " ".join(f"{p['title']}: {frame(p, n)['said']}." for p in panels)
    width = 20 + len(panels) * (WIDTH + gap) - gap
    return svg.standalone(width, height + 20, words, *inside, style=STYLE)
