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

from autograder.course import title_of
from autograder.export import no_formula, write_canvas, write_moodle
from autograder.grade import UNANSWERED, Result, Verdict
from autograder.judge import UNREADABLE
from autograder.roster import Attendance

_COLUMNS = ("student", "lesson", "check", "points", "out_of", "reason")
STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #666; --line: #ddd; --page: #fff;
  --won: #00795a; --lost: #b34700; --bar: #0072b2; --none: #c8c8c8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --soft: #aaa; --line: #444;
  --page: #1a1a1a; --won: #3fc79a; --lost: #ff9a57; --bar: #5ab4e6; --none: #555 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2.5rem auto;
  padding: 0 1rem; color: var(--ink); background: var(--page) }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 }
h2 { font-size: 1.05rem; margin: 2rem 0 .3rem; display: flex; justify-content: space-between }
h2 span, .points { white-space: nowrap; font-variant-numeric: tabular-nums }
p, ul { margin: .4rem 0 } .soft { color: var(--soft) }
.end { margin-top: 2rem } code { font-size: .95em }
.total { font-size: 1.25rem; margin: 1rem 0 .4rem }
.bar { display: flex; height: .6rem; border-radius: .3rem; overflow: hidden; min-width: 6rem;
  background: var(--none) }
.bar i { background: var(--bar) } .bar i.won { background: var(--won) }
.bar i.some { background: var(--lost) }
ul.checks { list-style: none; padding: 0; border-bottom: 1px solid var(--line) }
.checks li { display: grid; grid-template-columns: 1.6rem 1fr auto; gap: 0 .4rem;
  padding: .45rem 0; border-top: 1px solid var(--line) }
.checks b { text-align: center } .won > b { color: var(--won) } .lost > b { color: var(--lost) }
.reason { grid-column: 2 / 4; white-space: pre-wrap; overflow-wrap: anywhere;
  border-left: 3px solid var(--lost); padding-left: .7rem; margin: .3rem 0 }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0;
  border-top: 1px solid var(--line) }
td.n { text-align: right; font-variant-numeric: tabular-nums; width: 3rem }
td.wide, td.mid { vertical-align: middle } td.wide { width: 60% }
"""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}: {student}</title>
<meta name="viewport" content="width=device-width"><style>{style}</style></head><body>
<h1>{title}</h1>
<p class="soft">{student}</p>
<p class="total"><strong>{points} of {out_of} points</strong></p>
<div class="bar"><i class="won" style="width:{share:.0f}%"></i></div>
{remarks}
{exercises}
<p class="soft end">The checks drew inputs and sizes of their own, so the numbers differ from those
in your notebook. What the same check says there has the same cause.</p>
</body></html>
"""
_MARKS = {"won": ("&#10003;", "holds"), "lost": ("&#10007;", "does not hold"),
          "open": ("&ndash;", "not answered")}  # fmt: skip


def table(results: list[Result], width: int | None = None) -> str:
    """Student, exercise, points and the first reason for a lost point, one line an exercise."""
    width = width or shutil.get_terminal_size((110, 24)).columns
    rows = [("student", "exercise", "points", "first reason for a lost point")]
    for result in sorted(results, key=lambda r: (r.lesson, r.student)):
        name = f"{result.student}"
        refused = all(v.reason in result.remarks for v in result.verdicts)
        for exercise in dict.fromkeys(v.exercise for v in result.verdicts if not refused):
            ours = [v for v in result.verdicts if v.exercise == exercise]
            reason = next((v.reason for v in ours if v.reason), "")
            rows.append((name, exercise, _of(ours), _one_line(reason)))
        total = f"{number(result.points)} of {number(result.out_of)}"
        said = [*filter(None, [counted(result)]), *result.remarks]
        rows.append((name, f"= {result.lesson or '?'}", total, "; ".join(said)))
        rows.append(("", "", "", ""))
    return _aligned(rows, width)


def _aligned(rows: list[tuple[str, str, str, str]], width: int) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    room = max(30, width - sum(widths) - 6)
    lines = []
    for row in rows:
        cells = [f"{cell:<{w}}" for cell, w in zip(row[:3], widths, strict=True)]
        lines.append(
            "  ".join([*cells, textwrap.shorten(row[3], room, placeholder=" ...")]).rstrip()
        )
    return "\n".join(lines).rstrip()


def summary(results: list[Result]) -> str:
    """One line a lesson, and every submission with a remark: for a class too large for a table."""
    lines = []
    for lesson in sorted({r.lesson for r in results}):
        ours = [r for r in results if r.lesson == lesson]
        out_of = max(r.out_of for r in ours)
        full = sum(r.counts >= r.out_of for r in ours)
        middle = statistics.median(r.counts for r in ours)
        lines.append(
            f"{lesson or '?'}: {len(ours)} submissions, median {number(middle)} of "
            f"{number(out_of)} points, {full} with all"
        )
    told = [(r.student, [*filter(None, [counted(r)]), *r.remarks]) for r in results]
    told = [f"  {student}: {'; '.join(said)}" for student, said in told if said]
    more = [f"  and {len(told) - 20} more, see class.html"] if len(told) > 20 else []
    return "\n".join([*lines, *told[:20], *more])


def roll(results: list[Result], width: int | None = None) -> str:
    """One line a submission: student, lesson, the points that count, and what there is to say."""
    width = width or shutil.get_terminal_size((110, 24)).columns
    rows = [("student", "lesson", "points", "")]
    for r in sorted(results, key=lambda r: (r.lesson, r.student.casefold())):
        said = "; ".join([*filter(None, [counted(r)]), *r.remarks]) or first_reason(r)
        points = f"{number(r.counts)} of {number(r.out_of)}"
        rows.append((r.student, r.lesson or "?", points, said))
    return _aligned(rows, width)


def first_reason(result: Result) -> str:
    """The exercise that lost points first, and why; "" where none did."""
    lost = next((v for v in result.verdicts if v.reason), None)
    return f"{lost.exercise}: {_one_line(lost.reason)}" if lost else ""


def doubts(results: list[Result]) -> list[str]:
    """A line for each check that broke, in its own code, on the answers of two learners or more."""
    met: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        for verdict in result.verdicts:
            if UNREADABLE in verdict.reason:
                met.setdefault((result.lesson, verdict.check), []).append(result)
    return [
        f"{lesson}: the check {check} could not read the answers of {len(who)} learners, such as "
        f"{who[0].student}: the check itself may be wrong; see their pages"
        for (lesson, check), who in sorted(met.items())
        if len(who) > 1
    ]


def write(results: list[Result], folder: Path, told: Attendance | None = None) -> None:
    """grades.csv, grades.json, canvas.csv and moodle.csv of a whole grading.

    told: who of a roster handed in nothing: 0 points here, an empty cell for Canvas and Moodle.
    """
    missing = told.results(results) if told else []
    with (folder / "grades.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for r in results:
            for v in r.verdicts:
                row = (r.student, r.lesson, v.check, v.points, v.out_of, _one_line(v.reason))
                writer.writerow([no_formula(cell) for cell in row])
        for r, out_of in missing:
            row = (r.student, r.lesson, "", 0.0, out_of, r.remarks[0])
            writer.writerow([no_formula(cell) for cell in row])
    with (folder / "grades.json").open("w", encoding="utf-8") as file:
        plain = [_plain(r) for r in results]
        plain += [{**_plain(r), "out_of": out_of} for r, out_of in missing]
        file.write(json.dumps(plain, indent=1) + "\n")
    write_canvas(results, folder / "canvas.csv", told)
    write_moodle(results, folder / "moodle.csv", told)


def write_notebook(result: Result, notebook: str, folder: Path) -> None:
    """graded/STUDENT/LESSON.ipynb."""
    _at(folder / "graded", result, ".ipynb").write_text(notebook, encoding="utf-8")


def write_feedback(result: Result, folder: Path) -> None:
    """feedback/STUDENT/LESSON.html."""
    _at(folder / "feedback", result, ".html").write_text(feedback(result), encoding="utf-8")


def place_of(result: Result) -> str:
    """STUDENT/LESSON, as its files are called below feedback/ and graded/."""
    name = result.lesson or Path(result.source).stem
    return f"{_file_name(result.student)}/{_file_name(name)}"


def _at(folder: Path, result: Result, ending: str) -> Path:
    path = folder / f"{place_of(result)}{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def feedback(result: Result) -> str:
    """One learner's page: every property, whether it holds, and why not."""
    remarks = "".join(f"<li>{html.escape(remark)}</li>" for remark in result.remarks)
    title = title_of(result.lesson) if result.lesson else result.source
    return _PAGE.format(
        style=STYLE,
        title=html.escape(title),
        student=html.escape(result.student),
        points=number(result.points),
        out_of=number(result.out_of),
        share=100 * result.points / (result.out_of or 1),
        remarks=_counted(result) + (f"<ul>{remarks}</ul>" if remarks else ""),
        exercises="\n".join(
            _exercise(name, [v for v in result.verdicts if v.exercise == name], result.remarks)
            for name in dict.fromkeys(v.exercise for v in result.verdicts)
        ),
    )


def counted(result: Result) -> str:
    """What the gradebook makes of the points, where that is something else: how much, and why."""
    why = ["late"] if result.penalty else []
    why += ["graded by hand"] if result.by_hand else []
    score = f"{number(result.counts)} of {number(result.out_of)} count"
    return f"{', '.join(why)}: {score}" if why else ""


def _counted(result: Result) -> str:
    """The same for the learner."""
    late, more = result.penalty, result.by_hand
    told = [f"{number(late)} points less, as this was handed in late."] if late else []
    if more:
        told.append(f"{number(abs(more))} points {'more' if more > 0 else 'less'}, given by hand.")
    score = f"<strong>{number(result.counts)} of {number(result.out_of)} count.</strong>"
    return f"<p>{' '.join(told)} {score}</p>" if told else ""


def _exercise(name: str, verdicts: list[Verdict], said: list[str]) -> str:
    """said: reasons that stand on the page already."""
    rows = "\n".join(_row(v, v.reason not in said) for v in verdicts)
    head = f"<h2><code>{html.escape(name)}</code><span>{_of(verdicts)}</span></h2>"
    return f'{head}\n<ul class="checks">{rows}</ul>'


def _row(v: Verdict, tell: bool) -> str:
    kind = "won" if v.points >= v.out_of else "open" if v.reason == UNANSWERED else "lost"
    sign, means = _MARKS[kind]
    reason = f'<p class="reason">{html.escape(v.reason)}</p>' if kind == "lost" and tell else ""
    states = html.escape(v.states or v.check.partition("__")[2])
    states += ' <span class="soft">Not answered yet.</span>' if kind == "open" else ""
    points = f'<span class="points">{number(v.points)} of {number(v.out_of)}</span>'
    mark = f'<b role="img" aria-label="{means}" title="{means}">{sign}</b>'
    return f'<li class="{kind}">{mark}<span>{states}</span>{points}{reason}</li>'


def _plain(r: Result) -> dict:
    return {
        "student": r.student,
        "lesson": r.lesson,
        "source": r.source,
        "points": r.points,
        "out_of": r.out_of,
        "score": r.counts,
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
