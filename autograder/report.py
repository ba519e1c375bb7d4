"""What comes back: a table for the terminal, CSV, JSON, and a page for every learner.

A learner's text never reaches a page unescaped: what a submission prints stays letters.
"""

from __future__ import annotations

import csv
import hashlib
import html
import json
import re
import shutil
import statistics
import textwrap
from pathlib import Path

from autograder.export import no_formula, write_canvas, write_moodle
from autograder.grade import Result, Verdict

_COLUMNS = ("student", "lesson", "check", "points", "out_of", "reason")
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .4rem; border-top: 1px solid #bbb }
td.points { white-space: nowrap } td.wide { width: 70% }
.lost { border-left: 4px solid #d55e00 } .won { border-left: 4px solid #009e73 }
.bar { background: #0072b2; height: .9em }
pre { white-space: pre-wrap; margin: .3rem 0 0; font-size: .9em }
"""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>{style}</style></head><body>
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
        total = f"{number(result.points)} of {number(result.out_of)}"
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


def summary(results: list[Result]) -> str:
    """One line a lesson, and every submission with a remark: for a class too large for a table."""
    lines = []
    for lesson in sorted({r.lesson for r in results}):
        ours = [r for r in results if r.lesson == lesson]
        out_of = max(r.out_of for r in ours)
        full = sum(r.points == r.out_of for r in ours)
        middle = statistics.median(r.points for r in ours)
        lines.append(
            f"{lesson or '?'}: {len(ours)} submissions, median {number(middle)} of "
            f"{number(out_of)} points, {full} with all"
        )
    told = [f"  {r.student}: {'; '.join(r.remarks)}" for r in results if r.remarks]
    more = [f"  and {len(told) - 20} more, see class.html"] if len(told) > 20 else []
    return "\n".join([*lines, *told[:20], *more])


def write(results: list[Result], folder: Path) -> None:
    """grades.csv, grades.json, canvas.csv and moodle.csv of a whole grading."""
    with (folder / "grades.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for r in results:
            for v in r.verdicts:
                row = (r.student, r.lesson, v.check, v.points, v.out_of, _one_line(v.reason))
                writer.writerow([no_formula(cell) for cell in row])
    with (folder / "grades.json").open("w", encoding="utf-8") as file:
        file.write(json.dumps([_plain(r) for r in results], indent=1) + "\n")
    write_canvas(results, folder / "canvas.csv")
    write_moodle(results, folder / "moodle.csv")


def write_notebook(result: Result, notebook: str, folder: Path) -> None:
    """graded/STUDENT/LESSON.ipynb."""
    _at(folder / "graded", result, ".ipynb").write_text(notebook, encoding="utf-8")


def write_feedback(result: Result, folder: Path) -> None:
    """feedback/STUDENT/LESSON.html."""
    _at(folder / "feedback", result, ".html").write_text(feedback(result), encoding="utf-8")


def _at(folder: Path, result: Result, ending: str) -> Path:
    name = _file_name(result.lesson or Path(result.source).stem)
    path = folder / _file_name(result.student) / f"{name}{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def feedback(result: Result) -> str:
    """One learner's page: every property, whether it holds, and why not."""
    remarks = "".join(f"<p>{html.escape(remark)}</p>" for remark in result.remarks)
    return _PAGE.format(
        style=STYLE,
        title=html.escape(f"{result.lesson or result.source}: {result.student}"),
        points=number(result.points),
        out_of=number(result.out_of),
        remarks=remarks,
        rows="\n".join(_row(v) for v in result.verdicts),
    )


def _row(v: Verdict) -> str:
    reason = f"<pre>{html.escape(v.reason)}</pre>" if v.reason else ""
    kind = "lost" if v.points < v.out_of else "won"
    words = f"<code>{html.escape(v.exercise)}</code> {html.escape(v.states)}"
    marks = f"{number(v.points)} of {number(v.out_of)}"
    return f'<tr><td class="{kind}">{words}{reason}</td><td class="points">{marks}</td></tr>'


def _plain(r: Result) -> dict:
    return {
        "student": r.student,
        "lesson": r.lesson,
        "source": r.source,
        "points": r.points,
        "out_of": r.out_of,
        "score": r.points if r.score is None else r.score,
        "seconds": round(r.seconds, 2),
        "remarks": r.remarks,
        "checks": [
            {"check": v.check, "points": v.points, "out_of": v.out_of, "reason": v.reason}
            for v in r.verdicts
        ],
    }


def _of(verdicts: list[Verdict]) -> str:
    got, out_of = sum(v.points for v in verdicts), sum(v.out_of for v in verdicts)
    return f"{number(got)} of {number(out_of)}"


def number(x: float) -> str:
    return f"{x:g}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:2000]


def _file_name(name: str) -> str:
    """`name` as a file's name; a name that had to be changed gets a mark of its own."""
    safe = re.sub(r"[^\w.-]", "_", name)[:80].lstrip(".") or "_"
    if safe == name:
        return safe
    return f"{safe}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"
