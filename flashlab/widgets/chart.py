"""Charts as SVG: what a page without a kernel shows in the place of a plotly figure."""

from __future__ import annotations

import math

from flashlab.widgets import svg

UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def size(nbytes: float) -> str:
    """Bytes in words, decimal units as HBM has them: 9,216 B, 33.6 MB."""
    if nbytes < 10_000:
        return f"{nbytes:,.0f} B"
    for unit, name in UNITS:
        if nbytes >= unit:
            scaled = nbytes / unit
            return f"{scaled:.3g} {name}" if scaled < 999.5 else f"{scaled:,.0f} {name}"
    raise AssertionError("10,000 bytes are more than 1 kB")


def short(value: float) -> str:
    """Three digits without an exponent: 0.0312, 4.5, 2,050."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


class LogChart:
    """Axes of powers of ten in a box of the picture: `at(x, y)` gives the place of a point."""

    def __init__(self, left, top, width, height, xs, ys) -> None:
        """xs, ys: (smallest, largest) of each axis, powers of ten need not be met."""
        self.box = left, top, width, height
        self.xs, self.ys = ([math.log10(v) for v in pair] for pair in (xs, ys))

    def at(self, x: float, y: float) -> tuple[float, float]:
        left, top, width, height = self.box
        (x0, x1), (y0, y1) = self.xs, self.ys
        across = (math.log10(x) - x0) / (x1 - x0)
        up = (math.log10(y) - y0) / (y1 - y0)
        return left + width * across, top + height * (1 - up)

    def axes(self, x_words: str, y_words: str, x_name, y_name) -> list[str]:
        """Frame, grid and labels; x_name, y_name: a value in words."""
        left, top, width, height = self.box
        out = [svg.rect(left, top, width, height, class_="panel")]
        for k in range(math.ceil(self.xs[0]), math.floor(self.xs[1]) + 1):
            x, _ = self.at(10.0**k, 10 ** self.ys[0])
            out.append(svg.line(x, top, x, top + height, class_="grid"))
            words = x_name(10.0**k)
            out.append(svg.text(x, top + height + 16, words, class_="small", text_anchor="middle"))
        step = max(1, round((self.ys[1] - self.ys[0]) / 6))
        for k in range(math.ceil(self.ys[0]), math.floor(self.ys[1]) + 1, step):
            _, y = self.at(10 ** self.xs[0], 10.0**k)
            out.append(svg.line(left, y, left + width, y, class_="grid"))
            out.append(
                svg.text(left - 6, y + 4, y_name(10.0**k), class_="small", text_anchor="end")
            )
        out.append(svg.text(left + width / 2, top + height + 34, x_words, text_anchor="middle"))
        out.append(svg.text(left - 50, top - 10, y_words))
        return out

    def curve(self, xs, ys, colour: str, dash: str = "", width: float = 2.5) -> str:
        points = " ".join(
            "{:.1f},{:.1f}".format(*self.at(x, y)) for x, y in zip(xs, ys, strict=True)
        )
        return svg.tag("polyline", points=points, fill="none", stroke=colour, stroke_width=width,
                       stroke_dasharray=dash or None)  # fmt: skip

    def mark(
        self, x: float, y: float, colour: str, shape: str = "circle", radius: float = 5
    ) -> str:
        """A mark with an outline in the paper's colour: circle, square, diamond or cross."""
        cx, cy = self.at(x, y)
        look = dict(fill=colour, stroke="var(--fl-paper)", stroke_width=1.5)
        if shape == "circle":
            return svg.tag("circle", cx=cx, cy=cy, r=radius, **look)
        if shape == "square":
            return svg.rect(cx - radius, cy - radius, 2 * radius, 2 * radius, **look)
        r = radius * 1.3
        if shape == "diamond":
            d = f"M{cx - r},{cy} L{cx},{cy - r} L{cx + r},{cy} L{cx},{cy + r} z"
            return svg.tag("path", d=d, **look)
        d = f"M{cx - r},{cy - r} L{cx + r},{cy + r} M{cx - r},{cy + r} L{cx + r},{cy - r}"
        return svg.tag("path", d=d, fill="none", stroke="var(--fl-ink)", stroke_width=2.5)


def legend(x: float, y: float, entries: list[tuple[str, str, str]]) -> list[str]:
    """One row: (words, colour, dash) each."""
    out = []
    for words, colour, dash in entries:
        out.append(svg.line(x, y - 4, x + 24, y - 4, stroke=colour, stroke_width=3,
                            stroke_dasharray=dash or None))  # fmt: skip
        out.append(svg.text(x + 30, y, words))
        x += 30 + 7.2 * len(words) + 18
    return out
