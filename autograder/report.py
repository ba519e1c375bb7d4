"""What comes back: a table for the terminal, CSV, JSON, and a page for every learner.

A learner's text never reaches a page unescaped: what a submission prints stays letters.
"""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
import textwrap
from pathlib import Path

import nbformat

from autograder.grade import Result, Verdict

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_COLUMNS = ("student", "lesson", "check", "points", "out_of", "reason")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ text-align: left; vertical-align: top; padding: .4rem; border-top: 1px solid #bbb }}
td.points {{ white-space: nowrap }}
.lost {{ border-left: 4px solid #d55e00 }} .won {{ border-left: 4px solid #009e73 }}
pre {{ white-space: pre-wrap; margin: .3rem 0 0; font-size: .9em }}
</style></head><body>
<h1>{title}</h1>
<p><strong>{points} of {out_of} points</strong></p>
{remarks}
<table><tr><th>Property</th><th>Points</th></tr>
{rows}
</table></body></html>
"""


def table(results: list[Result], width: int | None = None) -> str:
    """Student, exercise, points and the first reason for a lost point, one line an exercise."""
    width = width or shutil.get_terminal_size((110, 24)).columns
    rows = [("student", "exercise", "points", "first reason for a lost point")]
    for result in sorted(results, key=lambda r: (r.lesson, r.student)):
        name = f"{result.student}"
        for exercise in dict.fromkeys(v.exercise for v in result.verdicts):
            ours = [v for v in result.verdicts if v.exercise == exercise]
            reason = next((v.reason for v in ours if v.reason), "")
            rows.append((name, exercise, _of(ours), _one_line(reason)))
        total = f"{_number(result.points)} of {_number(result.out_of)}"
        rows.append((name, f"= {result.lesson or '?'}", total, "; ".join(result.remarks)))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    room = max(30, width - sum(widths) - 6)
    lines = []
    for row in rows:
        cells = [f"{cell:<{w}}" for cell, w in zip(row[:3], widths, strict=True)]
        lines.append(
            "  ".join([*cells, textwrap.shorten(row[3], room, placeholder=" ...")]).rstrip()
        )
    return "\n".join(lines)


def write(results: list[Result], folder: Path) -> None:
    """grades.csv, grades.json, feedback/STUDENT/LESSON.html and graded/STUDENT/LESSON.ipynb."""
    with (folder / "grades.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for r in results:
            for v in r.verdicts:
                row = (r.student, r.lesson, v.check, v.points, v.out_of, _one_line(v.reason))
                writer.writerow([_no_formula(cell) for cell in row])
    (folder / "grades.json").write_text(json.dumps([_plain(r) for r in results], indent=1) + "\n")
    for result in results:
        name = f"{_file_name(result.lesson or Path(result.source).stem)}"
        page = folder / "feedback" / _file_name(result.student) / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(feedback(result), encoding="utf-8")
        if result.notebook is not None:
            graded = folder / "graded" / _file_name(result.student) / f"{name}.ipynb"
            graded.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(result.notebook, graded)


def feedback(result: Result) -> str:
    """One learner's page: every property, whether it holds, and why not."""
    remarks = "".join(f"<p>{html.escape(remark)}</p>" for remark in result.remarks)
    return _PAGE.format(
        title=html.escape(f"{result.lesson or result.source}: {result.student}"),
        points=_number(result.points),
        out_of=_number(result.out_of),
        remarks=remarks,
        rows="\n".join(_row(v) for v in result.verdicts),
    )


def _row(v: Verdict) -> str:
    reason = f"<pre>{html.escape(_ANSI.sub('', v.reason))}</pre>" if v.reason else ""
    kind = "lost" if v.points < v.out_of else "won"
    words = f"<code>{html.escape(v.exercise)}</code> {html.escape(v.states)}"
    marks = f"{_number(v.points)} of {_number(v.out_of)}"
    return f'<tr><td class="{kind}">{words}{reason}</td><td class="points">{marks}</td></tr>'


def _plain(r: Result) -> dict:
    return {
        "student": r.student,
        "lesson": r.lesson,
        "source": r.source,
        "points": r.points,
        "out_of": r.out_of,
        "remarks": r.remarks,
        "checks": [
            {"check": v.check, "points": v.points, "out_of": v.out_of, "reason": v.reason}
            for v in r.verdicts
        ],
    }


def _of(verdicts: list[Verdict]) -> str:
    got, out_of = sum(v.points for v in verdicts), sum(v.out_of for v in verdicts)
    return f"{_number(got)} of {_number(out_of)}"


def _number(x: float) -> str:
    return f"{x:g}"


def _one_line(text: str) -> str:
    return " ".join(_ANSI.sub("", text).split())[:2000]


def _no_formula(cell):
    """A spreadsheet runs what begins with = + - @: keep a learner's text text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name).lstrip(".") or "_"
