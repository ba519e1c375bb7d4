"""The page for the instructor: how the class did, why points were lost, what took long."""

from __future__ import annotations

import html
import math
import re
import statistics
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from autograder.course import title_of
from autograder.grade import UNANSWERED, Result
from autograder.report import STYLE, doubts, number, place_of
from autograder.roster import MISSING, Attendance
from autograder.similar import nearly_identical

REASONS = 5  # shown of each exercise
_NUMBERS = re.compile(r"[-+]?\d[\d.,e+-]*|\bnan\b|\binf\b")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The class</title>
<meta name="viewport" content="width=device-width"><style>{style}
h2 {{ display: block; font-size: 1.3rem; margin-top: 2.5rem }}
h3 {{ font-size: 1rem; margin: 1.6rem 0 .3rem }}
.students td {{ padding: .2rem .7rem .2rem 0 }} .students td.n {{ white-space: nowrap }}
.students summary {{ overflow-wrap: anywhere }} .students ul {{ padding-left: 1.2rem }}
</style></head><body>
<h1>The class</h1>
<p class="soft">{count} submissions, graded with seed {seed}. Each learner's page is in
<code>feedback/</code>.</p>
{told}
{lessons}
{alike}
</body></html>
"""


def write_class(
    results: list[Result], seed: int, path: Path, told: Attendance | None = None
) -> None:
    """class.html of a whole grading. told: what the roster says, if there is one."""
    told = told or Attendance()
    by_lesson = defaultdict(list)
    for result in results:
        by_lesson[result.lesson or "no lesson"].append(result)
    page = _PAGE.format(
        style=STYLE,
        count=len(results),
        seed=seed,
        told="".join(f"<p>{html.escape(s)}</p>" for s in [*told.lines(), *doubts(results)]),
        lessons="\n".join(
            _lesson(name, group, [told.called(p) for p in told.missing.get(name, ())])
            for name, group in sorted(by_lesson.items())
        ),
        alike=_alike(nearly_identical(results)),
    )
    path.write_text(page, encoding="utf-8")


def _lesson(name: str, results: list[Result], missing: list[str]) -> str:
    points = [r.counts for r in results]
    out_of = max(r.out_of for r in results)
    exercises = dict.fromkeys(v.exercise for r in results for v in r.verdicts)
    return "\n".join(
        [
            f"<h2>{html.escape(title_of(name))}</h2>",
            f"<p>{len(results)} submissions, median {number(statistics.median(points))} of "
            f"{number(out_of)} points{_what_counts(results)}.</p>",
            _histogram(points, out_of),
            "<h3>Exercises: who has the points</h3>" if exercises else "",
            _table(_spread(exercise, results) for exercise in exercises),
            *(_reasons(exercise, results) for exercise in exercises),
            _times(results),
            _students(results, missing),
        ]
    )


def _what_counts(results: list[Result]) -> str:
    kinds = {"late penalties": "penalty", "scores by hand": "by_hand"}
    there = [kind for kind, name in kinds.items() if any(getattr(r, name) for r in results)]
    return f" ({' and '.join(there)} included)" if there else ""


def _students(results: list[Result], missing: list[str]) -> str:
    """A line each, by name: the points that count, how late, and what was wrong, folded."""
    differs, late = any(r.counts != r.points for r in results), any(r.late for r in results)
    heads = ["student", "points", *["by the checks"] * differs, *["late"] * late, "problems"]
    rows = []
    for r in results:
        name, of = html.escape(r.student), number(r.out_of)
        cells = [f'<td><a href="feedback/{quote(place_of(r))}.html">{name}</a></td>']
        cells += [f'<td class="n">{number(r.counts)} of {of}</td>']
        cells += [f'<td class="n">{number(r.points)}</td>'] * differs
        less = f", {number(r.penalty)} less" if r.penalty else ""
        cells += [f"<td>{_span(r.late)}{less}</td>" if r.late else "<td></td>"] * late
        rows.append((r.student, "".join([*cells, f"<td>{_problems(r)}</td>"])))
    for name in missing:
        empty = "<td></td>" * (differs + late)
        cells = f'<td>{html.escape(name)}</td><td class="n">0</td>{empty}<td>{MISSING}</td>'
        rows.append((name, cells))
    rows.sort(key=lambda row: (row[0].casefold(), row[0]))
    head = "".join(f"<th>{text}</th>" for text in heads)
    table = _table([head, *(cells for _, cells in rows)])
    return f'<h3>Students</h3><div class="students">{table}</div>'


def _problems(result: Result) -> str:
    """What is to be said of a submission in one line, and below it, folded, each exercise."""
    told, brief = [html.escape(remark) for remark in result.remarks], [*result.remarks]
    for exercise in dict.fromkeys(v.exercise for v in result.verdicts):
        ours = [v for v in result.verdicts if v.exercise == exercise]
        got, out_of = sum(v.points for v in ours), sum(v.out_of for v in ours)
        reason = next((v.reason for v in ours if v.reason), "")
        if got < out_of and reason not in result.remarks:
            points = f"{number(got)} of {number(out_of)}"
            why = html.escape(" ".join(reason.split())[:300])
            told.append(f"<code>{html.escape(exercise)}</code> {points}: {why}")
            brief.append(f"{exercise} {points}")
    if not told:
        return ""
    short = html.escape(textwrap.shorten("; ".join(brief), 110, placeholder=" ..."))
    items = "".join(f"<li>{line}</li>" for line in told)
    return f"<details><summary>{short}</summary><ul>{items}</ul></details>"


def _span(seconds: float) -> str:
    """2 d 3 h, 3 h 20 min, or 20 min: rounded up to a minute."""
    minutes = math.ceil(seconds / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _spread(exercise: str, results: list[Result]) -> str:
    """How many have all, some and none of an exercise's points: in words and as a bar."""
    totals = Counter()
    for result in results:
        ours = [v for v in result.verdicts if v.exercise == exercise]
        got, out_of = sum(v.points for v in ours), sum(v.out_of for v in ours)
        empty = {v.reason for v in ours} == {UNANSWERED}
        none = "not answered" if empty else "none"
        totals["all" if got == out_of else none if got == 0 else "some"] += 1
    kinds = ("all", "some", "none", "not answered")
    words = ", ".join(f"{totals[kind]} {kind}" for kind in kinds if totals[kind])
    all_, some = (100 * totals[k] / len(results) for k in ("all", "some"))
    bar = f'<i class="won" style="width:{all_:.0f}%"></i><i class="some" style="width:{some:.0f}%">'
    return (
        f"<td><code>{html.escape(exercise)}</code></td><td>{words}</td>"
        f'<td class="mid"><div class="bar">{bar}</i></div></td>'
    )


def _reasons(exercise: str, results: list[Result]) -> str:
    """The most frequent reasons for a lost point of an exercise."""
    reasons, examples = Counter(), {}
    for result in results:
        ours = [v for v in result.verdicts if v.exercise == exercise and v.reason]
        ours = [v for v in ours if v.reason != UNANSWERED]
        for kind, text in {_kind(v.reason): v.reason for v in ours}.items():
            reasons[kind] += 1
            examples.setdefault(kind, text)
    if not reasons:
        return ""
    rows = (
        f'<td class="n">{n}</td><td>{html.escape(" ".join(examples[kind].split())[:400])}</td>'
        for kind, n in reasons.most_common(REASONS)
    )
    return f"<h3><code>{html.escape(exercise)}</code>: why points were lost</h3>{_table(rows)}"


def _table(rows: Iterable[str]) -> str:
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _kind(reason: str) -> str:
    """A reason without its numbers, so that the same mistake counts as one."""
    return _NUMBERS.sub("#", " ".join(reason.split()))


def _histogram(points: list[float], out_of: float) -> str:
    """How many have how many points, in at most ten steps of whole points."""
    step = max(1, math.ceil((out_of + 1) / 10))
    bins = Counter(int(p // step) for p in points)
    tallest, rows = max(bins.values()), []
    for i in range(int(out_of // step) + 1):
        low, high = i * step, min((i + 1) * step - 1, int(out_of))
        words = f"{low} to {high}" if high > low else f"{low}"
        bar = f'<i style="width:{100 * bins[i] / tallest:.0f}%"></i>'
        rows.append(
            f'<td>{words} points</td><td class="n">{bins[i] or ""}</td>'
            f'<td class="wide"><div class="bar" style="background:none">{bar}</div></td>'
        )
    return _table(rows)


def _times(results: list[Result]) -> str:
    seconds = sorted(((r.seconds, r.student) for r in results), reverse=True)
    slow = ", ".join(f"{html.escape(student)} {s:.1f} s" for s, student in seconds[:5])
    middle = statistics.median(s for s, _ in seconds)
    return f"<p>Time for one submission: median {middle:.1f} s; longest: {slow}.</p>"


def _alike(pairs: list[tuple[str, str, str, float]]) -> str:
    if not pairs:
        return ""
    rows = (
        f"<td>{html.escape(title_of(lesson))}</td><td>{html.escape(one)}</td>"
        f'<td>{html.escape(other)}</td><td class="n">{share:.0%}</td>'
        for lesson, one, other, share in pairs[:200]
    )
    return (
        "<h2>Nearly the same code</h2><p>Names, comments and layout left out. Information only: "
        f"short right answers look alike.</p>{_table(rows)}"
    )
