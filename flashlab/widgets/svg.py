"""A few functions that write SVG: enough for pictures that need no kernel and no browser script."""

from __future__ import annotations

from html import escape

from flashlab.widgets.palette import INK, LINE, PAPER, SVG_STYLE


def tag(name: str, *inside: str, **attributes) -> str:
    """One element. `class_` is `class`, `stroke_width` is `stroke-width`; None leaves one out."""
    words = [
        f'{key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    ]
    return f"<{' '.join([name, *words])}>{''.join(inside)}</{name}>"


def rect(x, y, width, height, **attributes) -> str:
    return tag("rect", x=x, y=y, width=width, height=height, **attributes)


def text(x, y, words, **attributes) -> str:
    return tag("text", escape(str(words)), x=x, y=y, **attributes)


def line(x1, y1, x2, y2, **attributes) -> str:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def picture(width: float, height: float, sentence: str, *inside: str, **attributes) -> str:
    """An <svg> without a background: the page that shows it gives paper and ink."""
    return tag(
        "svg",
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        width=width,
        class_="fl-svg",
        role="img",
        aria_label=sentence,
        **attributes,
    )


def standalone(width: float, height: float, sentence: str, *inside: str, style: str = "") -> str:
    """The same on paper of its own: readable wherever it is shown, in a dark page too."""
    paper = rect(0, 0, width, height, rx=6, fill=PAPER)
    head = tag("title", escape(sentence)) + tag("style", SVG_STYLE + style)
    fixed = f"--fl-ink:{INK};--fl-line:{LINE};--fl-paper:{PAPER}"
    return picture(width, height, sentence, head, paper, *inside, style=fixed)


def _number(value) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
