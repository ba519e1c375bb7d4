"""The online-softmax stepper: a row of scores, block by block, and what the update makes of it.

`frames(scores, block, update)` runs the learner's update once and holds each state against the
truth in float64; `draw(frames, n)` draws the state after n blocks.
"""

from __future__ import annotations

from math import exp, inf, isfinite, isnan

import numpy as np

from flashlab.widgets import svg
from flashlab.widgets.palette import BLUE, ORANGE, VERMILION

LENGTH = 12
ORDERS = {
    "random": "random",
    "falling": "falling",
    "rising": "rising",
    "equal": "all equal",
    "outlier": "one outlier",
    "huge": "around -200 and 200",
    "masked": "first block masked",
    "own": "your scores",
}
BLOCKS = [1, 2, 3, 4, 5, 6, 12, 16]
START = {"order": "random", "block": 3}
WIDTH, HEIGHT = 810, 386
LEFT, RIGHT = 44, 520  # of both rows of bars
STYLE = """
.fl-svg .score, .fl-svg .term { stroke: var(--fl-ink); stroke-width: .6; }
.fl-svg .unseen { fill-opacity: 0; stroke-dasharray: 2 2; }
.fl-svg .old { fill-opacity: .45; }
.fl-svg .was { fill: none; stroke: var(--fl-ink); stroke-dasharray: 3 2; }
.fl-svg .max { stroke: var(--fl-ink); stroke-width: 2; }
.fl-svg .max.before { stroke-width: 1.2; stroke-dasharray: 5 4; }
.fl-svg .wrong { fill-opacity: .55; stroke: var(--fl-ink); stroke-width: 2; stroke-dasharray: 6 3; }
.fl-svg .broken { fill: none; stroke: var(--fl-paper); stroke-width: 5; }
.fl-svg .yours { fill: var(--fl-ink); fill-opacity: .35; stroke: var(--fl-ink); }
"""


def row_of(order: str, block: int, own=None) -> np.ndarray:
    """The scores of a preset, (LENGTH,) float32; every one is the same each time."""
    g = np.random.default_rng(7)
    if order == "own":
        return np.asarray(own, np.float32)
    row = {
        "random": lambda: g.normal(0, 1.5, LENGTH),
        "falling": lambda: np.linspace(3, -3, LENGTH),
        "rising": lambda: np.linspace(-3, 3, LENGTH),
        "equal": lambda: np.full(LENGTH, 1.5),
        "outlier": lambda: np.where(np.arange(LENGTH) == 8, 6.0, g.normal(0, 1, LENGTH)),
        "huge": lambda: g.normal(0, 1, LENGTH) + np.where(np.arange(LENGTH) < 6, -200, 200),
        "masked": lambda: np.where(np.arange(LENGTH) < block, -inf, g.normal(0, 1.5, LENGTH)),
    }[order]()
    return row.astype(np.float32)


def frames(scores: np.ndarray, block: int, update=None) -> list[dict]:
    """The states after 0, 1, 2 ... blocks, the truth and the learner's, as plain data.

    update: (m, l, x) -> (m, l), called once a block on a copy, with the state that it returned
    before. What it raises ends its part: `fault` says so.
    """
    x = scores.astype(np.float64)
    out = [_frame(x, 0, 0, 0.0, None)]
    state, fault = ((-inf, 0.0) if update else None), ""
    for start in range(0, len(x), block):
        stop = min(start + block, len(x))
        before = state
        if state is not None:
            try:
                with np.errstate(all="ignore"):
                    m, l = update(*state, scores[start:stop].copy())
                    state = float(m), float(l)
            except NotImplementedError:
                state, fault = None, "your update is not written yet; this is the right one"
            except Exception as error:
                state, fault = None, f"your update raised {type(error).__name__}: {error}"
        one = _frame(x, start, stop, block, state)
        if state is not None:
            one["why"] = _why(before, state, x[start:stop], one)
        one["fault"] = fault
        out.append(one)
    return out


def _frame(x: np.ndarray, start: int, stop: int, block: int, state) -> dict:
    """What is true after the scores before `stop`; the last block begins at `start`."""
    m_before, m = (float(x[:n].max(initial=-inf)) for n in (start, stop))
    shift = m if isfinite(m) else 0.0
    shift_before = m_before if isfinite(m_before) else 0.0
    terms = [exp(v - shift) for v in x[:stop]]
    l = sum(terms)
    yours = None if state is None else list(state)
    right = yours is None or (_near(yours[0], m) and _near(yours[1], l))
    return {
        "start": start, "stop": stop, "m": m, "m_before": m_before, "l": l,
        "alpha": exp(m_before - shift) if isfinite(m_before) else 0.0,
        "terms": terms, "terms_before": [exp(v - shift_before) for v in x[:start]],
        "yours": yours, "right": right, "why": "", "fault": "",
    }  # fmt: skip


def _near(a: float, b: float) -> bool:
    return a == b or abs(a - b) <= 1e-5 * max(1.0, abs(b))


def _why(before: tuple, state: tuple, x: np.ndarray, true: dict) -> str:
    """The likely mistake of one step, given the learner's own state before it; empty if right."""
    (m0, l0), (m, l) = before, state
    if isnan(m) or isnan(l):
        return "NaN: -inf minus -inf? Subtract 0 where the maximum is -inf."
    m_new = max(m0, float(x.max()))
    if not _near(m, m_new):
        only = _near(m, float(x.max())) and "the maximum of this block alone; keep the larger one"
        return f"m is {m:.4g}, not {m_new:.4g}" + (f": {only}." if only else ".")
    with np.errstate(all="ignore"):
        new = float(np.exp(x - (m_new if isfinite(m_new) else 0.0)).sum())
        alpha = float(np.exp(m0 - m_new)) if isfinite(m0) else 0.0
        from_old = float(np.exp(x - m0).sum())
        inverse = l0 / alpha + new if alpha else inf
    mistakes = [
        (l0 + new, "the old sum was not rescaled: multiply it by alpha"),
        (inverse, "the old sum was divided by alpha: turn the exponent round"),
        (alpha * (l0 + new), "the new terms were rescaled too: alpha is for the old sum alone"),
        (alpha * l0 + from_old, "the new terms were measured from the old maximum"),
        (new, "the old sum was forgotten"),
        (alpha * l0, "the new terms were forgotten"),
    ]
    if _near(l, alpha * l0 + new):
        return "" if true["right"] else "this step is right, but the state before was not"
    found = [words for value, words in mistakes if isfinite(value) and _near(l, value)]
    return found[0] if found else f"l is {l:.4g}, not {alpha * l0 + new:.4g}"


# --------------------------------------------------------------------------------------------------
# The drawing


def words(one: dict, number: int, blocks: int) -> str:
    """One sentence with the numbers of a frame."""
    if number == 0:
        return f"Nothing seen yet: m = -inf, l = 0. {blocks} blocks to come."
    said = f"Block {number} of {blocks}: m = {one['m']:.4g}, l = {one['l']:.4g}"
    if number > 1:
        said += f"; the old sum is multiplied by alpha = {one['alpha']:.3g}"
    if one["yours"] is not None:
        m, l = one["yours"]
        said += f". Yours: m = {m:.4g}, l = {l:.4g}, " + ("right" if one["right"] else "WRONG")
    note = one["why"] or one["fault"]
    return f"{said}: {note.rstrip('.')}." if note else f"{said}."


def draw(scores: np.ndarray, states: list[dict], n: int, still: bool = False) -> str:
    """The picture after n blocks: scores and running maximum, their terms, the sum."""
    n = max(0, min(n, len(states) - 1))
    one = states[n]
    inside = [
        *_scores(scores, one),
        *_terms(scores, one),
        *_sums(states, one),
        *_numbers(one, n, len(states) - 1),
    ]
    sentence = words(one, n, len(states) - 1)
    if still:
        framed = svg.tag("g", *inside, transform="translate(12 8)")
        return svg.standalone(WIDTH + 24, HEIGHT + 16, sentence, framed, style=STYLE)
    return svg.picture(WIDTH, HEIGHT, sentence, *inside)


def _columns(scores) -> tuple[float, float]:
    pace = (RIGHT - LEFT) / max(len(scores), 1)
    return pace, pace * 0.8


def _class_of(j: int, one: dict) -> tuple[str, str]:
    if j >= one["stop"]:
        return "unseen", ORANGE
    return ("now", ORANGE) if j >= one["start"] else ("old", BLUE)


def _scores(scores, one: dict) -> list[str]:
    """Bars up and down from the smallest score's level, and the running maximum as a line."""
    top, height, (pace, wide) = 34, 130, _columns(scores)
    finite = [float(v) for v in scores if isfinite(v)] or [0.0]
    low, high = min(finite), max(finite)
    room = (high - low) or 1.0
    low -= 0.12 * room

    def y(v: float) -> float:
        return top + height * (1 - (v - low) / (1.12 * room))

    out = [
        svg.text(0, 16, "scores x and the running maximum m", class_="head"),
        svg.rect(LEFT - 4, top - 6, RIGHT - LEFT + 8, height + 12, class_="panel"),
        svg.text(LEFT - 8, y(high) + 4, f"{high:.3g}", class_="small faint", text_anchor="end"),
        svg.text(LEFT - 8, y(min(finite)) + 4, f"{min(finite):.3g}", class_="small faint",
                 text_anchor="end"),
    ]  # fmt: skip
    for j, v in enumerate(scores):
        kind, colour = _class_of(j, one)
        x = LEFT + j * pace + (pace - wide) / 2
        if not isfinite(v):
            out.append(svg.text(x + wide / 2, top + height, "-inf", class_="small faint",
                                text_anchor="middle"))  # fmt: skip
            continue
        out.append(
            svg.rect(x, y(v), wide, top + height - y(v), fill=colour, class_=f"score {kind}")
        )
    if isfinite(one["m"]):
        level = y(one["m"])
        out.append(svg.line(LEFT - 4, level, RIGHT + 4, level, class_="max"))
        out.append(svg.text(RIGHT + 8, level + 4, "m", class_="small head"))
    if isfinite(one["m_before"]) and one["m_before"] != one["m"]:
        before = y(one["m_before"])
        out.append(svg.line(LEFT - 4, before, RIGHT + 4, before, class_="max before"))
        beside = max(before, y(one["m"]) + 13) + 4
        out.append(svg.text(RIGHT + 8, beside, "old m", class_="small head"))
    return out


def _terms(scores, one: dict) -> list[str]:
    """The terms exp(x - m): when m rises, all old ones shrink by alpha (dashed: what they were)."""
    top, height, (pace, wide) = 216, 120, _columns(scores)
    base = top + height
    out = [
        svg.text(0, top - 18, "terms exp(x - m), each at most 1", class_="head"),
        svg.rect(LEFT - 4, top - 6, RIGHT - LEFT + 8, height + 12, class_="panel"),
        svg.text(LEFT - 8, top + 4, "1", class_="small faint", text_anchor="end"),
        svg.text(LEFT - 8, base + 4, "0", class_="small faint", text_anchor="end"),
    ]
    for j, term in enumerate(one["terms"]):
        kind, colour = _class_of(j, one)
        x = LEFT + j * pace + (pace - wide) / 2
        out.append(svg.rect(x, base - height * term, wide, height * term, fill=colour,
                            class_=f"term {kind}"))  # fmt: skip
        if j < one["start"] and one["terms_before"][j] > term + 1e-9:
            was = height * one["terms_before"][j]
            out.append(svg.rect(x, base - was, wide, was, class_="was"))
    return out


def _sums(states: list[dict], one: dict) -> list[str]:
    """Two columns: the right sum, old part and new; and the learner's."""
    x, top, height = 580, 34, 302
    most = 1.2 * max(s["l"] for s in states) or 1.0
    base, unit = top + height, height / most
    old = sum(one["terms"][: one["start"]])
    was = sum(one["terms_before"])
    out = [
        svg.text(x, 16, "sum l", class_="head"),
        svg.rect(x - 6, top - 6, 116, height + 12, class_="panel"),
        svg.rect(x, base - old * unit, 48, old * unit, fill=BLUE, class_="term old"),
        svg.rect(
            x, base - one["l"] * unit, 48, (one["l"] - old) * unit, fill=ORANGE, class_="term"
        ),
        svg.text(x + 24, base + 22, "right", class_="small", text_anchor="middle"),
    ]
    if was > old + 1e-9:
        tall = min(was * unit, height)
        out.append(svg.rect(x, base - tall, 48, tall, class_="was"))
    if one["yours"] is not None:
        l = one["yours"][1]
        tall = min(max(l, 0.0) * unit, height) if not isnan(l) else height
        look = {"class_": "yours"} if one["right"] else {"class_": "wrong", "fill": VERMILION}
        out.append(svg.rect(x + 56, base - tall, 48, tall, **look))
        if l * unit > height:  # a broken bar: it goes on beyond the panel
            zigzag = f"M{x + 52},{top + 20} l14,-8 14,8 14,-8 14,8"
            out.append(svg.tag("path", d=zigzag, class_="broken"))
        out.append(svg.text(x + 80, base + 22, "yours", class_="small", text_anchor="middle"))
    return out


def _numbers(one: dict, n: int, blocks: int) -> list[str]:
    x = 706
    rows = [("m", one["m"]), ("alpha", one["alpha"]), ("l", one["l"])]
    out = [svg.text(x, 16, f"block {n} of {blocks}", class_="head")]
    for k, (name, value) in enumerate(rows):
        out.append(svg.text(x, 52 + 46 * k, name, class_="faint"))
        out.append(svg.text(x, 72 + 46 * k, f"{value:.4g}", class_="big"))
    if one["yours"] is not None:
        m, l = one["yours"]
        verdict = "yours: right" if one["right"] else "yours: wrong"
        out.append(svg.text(x, 204, verdict, class_="head"))
        out.append(svg.text(x, 222, f"m {m:.4g}"))
        out.append(svg.text(x, 240, f"l {l:.4g}"))
    note = one["why"] or one["fault"]
    if note:
        out.append(svg.text(0, HEIGHT - 6, note, class_="head"))
    return out
