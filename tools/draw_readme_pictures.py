"""Draw the README's pictures: docs/overview.svg, whose numbers are flashlab's closed forms, and
docs/tile_player.svg, one step of what the tile player shows when it is given nothing.

python tools/draw_readme_pictures.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flashlab.traffic import flash2_traffic, naive_traffic  # noqa: E402
from flashlab.widgets.examples import example  # noqa: E402
from flashlab.widgets.tile_drawing import still  # noqa: E402
from flashlab.widgets.tile_player import TITLES, panels  # noqa: E402

SEQLEN, HEAD_DIM, BLOCK_M, ITEMSIZE = 4096, 64, 128, 2  # one head, float16
# Okabe-Ito: told apart with any colour vision
BLUE, ORANGE, GREEN, RED, GREY, INK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#E4E7EB",
    "#1F2933",
)
WIDTH, HEIGHT = 880, 400
TILES, SIDE, TOP = 8, 22, 96  # tiles a side, pixels of one, y of the first
ROW, COLUMN = 3, 5  # the tile that is being worked on
STEP = 11  # of the film: both sides load their second tile of K


def main() -> None:
    parts = [*_hbm(), *_sram(), *_scores(), *_bars()]
    title = "FlashAttention keeps one tile of the scores on chip instead of writing them all to HBM"
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{title}" font-family="system-ui, Helvetica, Arial, sans-serif" '
        f'font-size="14" fill="{INK}">',
        f"<title>{title}</title>",
        '<defs><marker id="head" markerWidth="8" markerHeight="8" refX="6" refY="3" orient="auto">'
        f'<path d="M0,0 L6,3 L0,6 z" fill="{INK}"/></marker></defs>',
        rect(0, 0, WIDTH, HEIGHT, "#FFFFFF", rx=10),
        *parts,
        "</svg>",
    ]
    docs = ROOT / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "overview.svg").write_text("\n".join(svg) + "\n", encoding="utf-8")
    film = still(panels(list(example()), list(TITLES)), STEP)
    (docs / "tile_player.svg").write_text(film + "\n", encoding="utf-8")


def rect(x, y, width, height, fill="none", stroke="none", rx=0, dash="") -> str:
    extra = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{rx}" fill="{fill}" '
        f'stroke="{stroke}"{extra}/>'
    )


def text(x, y, words, size=14, weight="normal", anchor="middle") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{words}</text>'
    )


def arrow(x1, y1, x2, y2) -> str:
    return (
        f'<path d="M{x1:g},{y1:g} L{x2:g},{y2:g}" stroke="{INK}" stroke-width="1.5" fill="none" '
        'marker-end="url(#head)"/>'
    )


def _panel(x, width, title, subtitle) -> list[str]:
    return [
        rect(x, 16, width, 276, "#F7F8FA", "#CBD2D9", rx=8),
        text(x + width / 2, 38, title, 15, "bold"),
        text(x + width / 2, 56, subtitle, 12),
    ]


def _hbm() -> list[str]:
    """Q, K, V and O as columns of tiles; the tiles in use are coloured."""
    parts = _panel(20, 268, "HBM", "the refrigerator: large, far away")
    columns = [("Q", ROW, BLUE), ("K", COLUMN, ORANGE), ("V", COLUMN, GREEN), ("O", ROW, RED)]
    for n, (name, used, colour) in enumerate(columns):
        x = 44 + 60 * n
        parts.append(text(x + 20, TOP - 8, name, 14, "bold"))
        for tile in range(TILES):
            fill = colour if tile == used else GREY
            parts.append(rect(x, TOP + SIDE * tile, 40, SIDE - 2, fill))
    return parts


def _sram() -> list[str]:
    """The tiles on chip: inputs on top, the state of the online softmax below."""
    parts = _panel(326, 228, "SRAM", "the cutting board: small, close")
    for n, (name, colour) in enumerate([("Q", BLUE), ("K", ORANGE), ("V", GREEN)]):
        x = 346 + 66 * n
        parts += [rect(x, 80, 56, 28, colour), text(x + 28, 124, f"{name} tile", 12)]
    parts += [
        rect(414, 138, 52, 52, "#CC79A7"),
        text(440, 206, "one tile of scores", 12),
        rect(350, 222, 28, 28, "#FFFFFF", INK),
        text(364, 241, "m", 13),
        rect(386, 222, 28, 28, "#FFFFFF", INK),
        text(400, 241, "l", 13),
        rect(422, 222, 108, 28, RED),
        text(440, 268, "running maximum, sum and output", 12),
        arrow(290, 94, 324, 94),
        arrow(324, 236, 290, 236),
        text(307, 86, "load", 11),
        text(307, 228, "store", 11),
    ]
    return parts


def _scores() -> list[str]:
    """The N x N scores: finished tiles, the one at work, and those to come. None is stored."""
    parts = _panel(592, 268, "Q K&#7488;, N x N", "computed tile by tile, never in HBM")
    left = 592 + (268 - TILES * SIDE) / 2
    for row in range(TILES):
        for column in range(TILES):
            x, y = left + SIDE * column, TOP - 14 + SIDE * row
            done = row < ROW or (row == ROW and column < COLUMN)
            if (row, column) == (ROW, COLUMN):
                parts.append(rect(x, y, SIDE - 2, SIDE - 2, "#CC79A7"))
            elif done:
                parts.append(rect(x, y, SIDE - 2, SIDE - 2, GREY))
            else:
                parts.append(
                    rect(x + 0.5, y + 0.5, SIDE - 3, SIDE - 3, "none", "#9AA5B1", dash="2 2")
                )
    parts.append(text(726, 282, "grey: done and dropped; dashed: to come", 12))
    return parts


def _bars() -> list[str]:
    naive = sum(naive_traffic(SEQLEN, SEQLEN, HEAD_DIM, ITEMSIZE).values())
    flash = sum(flash2_traffic(SEQLEN, SEQLEN, HEAD_DIM, BLOCK_M, ITEMSIZE).values())
    scale = 520 / naive
    head = f"Bytes moved for N = {SEQLEN:,}, head_dim = {HEAD_DIM}, float16, one head"
    parts = [text(20, 320, f"{head}, query tiles of {BLOCK_M} rows", 13, "bold", "start")]
    for n, (name, count) in enumerate([("naive attention", naive), ("FlashAttention", flash)]):
        y = 332 + 28 * n
        colour = "#7B8794" if n == 0 else BLUE
        parts += [
            text(140, y + 15, name, 13, anchor="end"),
            rect(150, y, count * scale, 20, colour),
            text(158 + count * scale, y + 15, f"{count / 1e6:.1f} MB", 13, anchor="start"),
        ]
    return parts


if __name__ == "__main__":
    main()
