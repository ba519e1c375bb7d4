"""The page for the instructor: how the class did, why points were lost, what took long."""

from __future__ import annotations

import html
import re
import statistics
from collections import Counter, defaultdict
from pathlib import Path

from autograder.grade import Result
from autograder.report import STYLE, number
from autograder.similar import nearly_identical

REASONS = 5  # shown of each exercise
_NUMBERS = re.compile(r"[-+]?\d[\d.,e+-]*|\bnan\b|\binf\b")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The class</title><style>{style}</style></head>
<body><h1>The class</h1>
<p>{count} submissions, graded with seed {seed}. Feedback for each learner is in
<code>feedback/</code>.</p>
{lessons}
{alike}
</body></html>
"""


def write_class(results: list[Result], seed: int, path: Path) -> None:
    """class.html of a whole grading."""
    by_lesson = defaultdict(list)
    for result in results:
        by_lesson[result.lesson or "no lesson"].append(result)
    page = _PAGE.format(
        style=STYLE,
        count=len(results),
        seed=seed,
        lessons="\n".join(_lesson(name, group) for name, group in sorted(by_lesson.items())),
        alike=_alike(nearly_identical(results)),
    )
    path.write_text(page, encoding="utf-8")


def _lesson(name: str, results: list[Result]) -> str:
    points = [r.points for r in results]
    out_of = max(r.out_of for r in results)
    parts = [
        f"<h2>{html.escape(name)}</h2>",
        f"<p>{len(results)} submissions, median {number(statistics.median(points))} of "
        f"{number(out_of)} points.</p>",
        _histogram(points, out_of),
    ]
    for exercise in dict.fromkeys(v.exercise for r in results for v in r.verdicts):
        parts.append(_exercise(exercise, results))
    return "\n".join([*parts, _times(results), _not_read(results)])


def _exercise(exercise: str, results: list[Result]) -> str:
    totals, reasons, examples = Counter(), Counter(), {}
    for result in results:
        ours = [v for v in result.verdicts if v.exercise == exercise]
        got, out_of = sum(v.points for v in ours), sum(v.out_of for v in ours)
        totals["all" if got == out_of else "none" if got == 0 else "some"] += 1
        for kind, text in {_kind(v.reason): v.reason for v in ours if v.reason}.items():
            reasons[kind] += 1
            examples.setdefault(kind, text)
    spread = ", ".join(f"{totals[k]} {k}" for k in ("all", "some", "none"))
    rows = [
        f"<tr><td>{n}</td><td>{html.escape(' '.join(examples[kind].split())[:400])}</td></tr>"
        for kind, n in reasons.most_common(REASONS)
    ]
    table = f"<table>{''.join(rows)}</table>" if rows else ""
    return f"<h3><code>{html.escape(exercise)}</code>: points {spread}</h3>{table}"


def _kind(reason: str) -> str:
    """A reason without its numbers, so that the same mistake counts as one."""
    return _NUMBERS.sub("#", " ".join(reason.split()))


def _histogram(points: list[float], out_of: float) -> str:
    bins = Counter(min(9, int(10 * p / out_of)) if out_of else 0 for p in points)
    tallest = max(bins.values())
    rows = []
    for i in range(10):
        low, high = number(round(i * out_of / 10, 1)), number(round((i + 1) * out_of / 10, 1))
        width = 100 * bins[i] / tallest
        bar = f'<div class="bar" style="width:{width:.0f}%"></div>'
        rows.append(f"<tr><td>{low} to {high}</td><td>{bins[i]}</td><td class=wide>{bar}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def _times(results: list[Result]) -> str:
    seconds = sorted(((r.seconds, r.student) for r in results), reverse=True)
    slow = ", ".join(f"{html.escape(student)} {s:.1f} s" for s, student in seconds[:5])
    middle = statistics.median(s for s, _ in seconds)
    return f"<p>Time for one submission: median {middle:.1f} s; longest: {slow}.</p>"


def _not_read(results: list[Result]) -> str:
    lines = [f"{r.student}: {'; '.join(r.remarks)}" for r in results if r.remarks]
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f"<h3>Remarks</h3><ul>{items}</ul>" if items else ""


def _alike(pairs: list[tuple[str, str, str, float]]) -> str:
    if not pairs:
        return ""
    rows = "".join(
        f"<tr><td>{html.escape(lesson)}</td><td>{html.escape(one)}</td>"
        f"<td>{html.escape(other)}</td><td>{share:.0%}</td></tr>"
        for lesson, one, other, share in pairs[:200]
    )
    return (
        "<h2>Nearly the same code</h2><p>Names, comments and layout left out. Information only: "
        "short right answers look alike.</p>"
        f"<table>{rows}</table>"
    )
