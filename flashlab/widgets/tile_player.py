"""The tile player: the trace of a run, tile by tile, as a film that one steps through."""

from __future__ import annotations

from flashlab.traffic import Traffic
from flashlab.widgets.tile_drawing import draw, place
from flashlab.widgets.trace import trace

TITLES = ("three steps", "tiles")
CONTROLS = [
    {
        "kind": "presets",
        "label": "Cases",
        "presets": [
            ["N = 4, 2 x 2", {"N": 4, "BLOCK_M": 2, "BLOCK_N": 2}],
            ["taller tiles", {"N": 8, "BLOCK_M": 4, "BLOCK_N": 2}],
            ["wider tiles", {"N": 8, "BLOCK_M": 2, "BLOCK_N": 4}],
            ["nothing divides", {"N": 7, "BLOCK_M": 3, "BLOCK_N": 2}],
            ["block larger than N", {"N": 3, "BLOCK_M": 4, "BLOCK_N": 8}],
        ],
    },
    {"name": "N", "label": "N", "options": list(range(1, 9))},
    {"name": "BLOCK_M", "label": "BLOCK_M", "options": list(range(1, 9))},
    {"name": "BLOCK_N", "label": "BLOCK_N", "options": list(range(1, 9))},
]


def panels(traffics: list[Traffic], titles: list[str]) -> list[dict]:
    """One panel a trace, as plain data with a drawing of step 0; all on the same scales."""
    out = [trace(traffic, title) for traffic, title in zip(traffics, titles, strict=True)]
    place(out)
    for one in out:
        one["svg"] = draw(one, 0)
    return out


def sentence(traffics: list[Traffic], titles: list[str]) -> str:
    """What the film shows, in numbers."""
    runs = zip(titles, traffics, strict=True)
    return "; ".join(f"{name}: {t.trips:,} trips, {t.hbm_bytes:,} bytes" for name, t in runs) + "."
