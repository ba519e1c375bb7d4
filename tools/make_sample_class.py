"""Make autograder/sample_class/ from the lessons and the bank of wrong answers.

Ada has solved everything, Ben half of it, Cem has handed in the notebook as he got it, and Dora has
made two mistakes in each notebook. Ada and Dora have gone on to a second lesson.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from autograder import bank, course  # noqa: E402

SAMPLE_CLASS = ROOT / "autograder" / "sample_class"
FIRST, SECOND = "01_naive_attention", "03_online_softmax"
DONE_BY_BEN = ("hand_trace", "naive_attention", "attention_flops")
MISTAKES_OF_DORA = {
    FIRST: {"naive_attention": "no_max", "naive_attention_hbm": "reads_k_twice"},
    SECOND: {"update": "l_not_rescaled", "merge_laws_hold": "laws_only"},
}


def sample_class() -> dict[Path, str]:
    """{path: text} of all submissions."""
    first, second = bank.solutions(FIRST), bank.solutions(SECOND)
    ben = {name: first[name] for name in DONE_BY_BEN}
    submissions = {
        ("ada", FIRST): first,
        ("ada", SECOND): second,
        ("ben", FIRST): ben,
        ("cem", FIRST): {},
        ("dora", FIRST): first | _mistakes(FIRST),
        ("dora", SECOND): second | _mistakes(SECOND),
    }
    return {
        SAMPLE_CLASS / student / f"{lesson}.ipynb": _submission(lesson, answers)
        for (student, lesson), answers in submissions.items()
    }


def _submission(lesson: str, answers: dict[str, str]) -> str:
    notebook = nbformat.read(ROOT / "course" / lesson / f"{lesson}.ipynb", as_version=4)
    for cell in notebook.cells:
        if course.grade_id(cell) in answers:
            cell.source = answers[course.grade_id(cell)]
    return nbformat.writes(notebook) + "\n"


def _mistakes(lesson: str) -> dict[str, str]:
    """{answer cell: Dora's}, out of the bank."""
    found = {e: bank.paths("wrong", lesson, e, bug) for e, bug in MISTAKES_OF_DORA[lesson].items()}
    return {exercise: bank.read(path).source for exercise, [path] in found.items()}


if __name__ == "__main__":
    for path, text in sample_class().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(path.relative_to(ROOT))
