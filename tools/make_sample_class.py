"""Make autograder/sample_class/ from the lessons and the bank of wrong answers.

Ada has solved everything, Ben half of it, Cem has handed in the notebook as he got it, and Dora has
made two mistakes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from autograder.course import grade_id, is_answer  # noqa: E402

LESSON = "01_naive_attention"
SAMPLE_CLASS = ROOT / "autograder" / "sample_class"
DONE_BY_BEN = ("hand_trace", "naive_attention", "attention_flops")
MISTAKES_OF_DORA = {"naive_attention": "no_max", "naive_attention_hbm": "reads_k_twice"}


def sample_class() -> dict[Path, str]:
    """{path: text} of the four submissions."""
    solved = nbformat.read(ROOT / "solutions" / LESSON / f"{LESSON}.ipynb", as_version=4)
    answers = {grade_id(c): c.source for c in solved.cells if is_answer(c)}
    for name, source in answers.items():
        lines = source.splitlines()
        kept = [line for line in lines if line.strip() not in (_BEGIN, _END)]
        answers[name] = "\n".join(line.removesuffix("  " + _ANSWER) for line in kept)
    bugs = {exercise: _wrong(exercise, bug) for exercise, bug in MISTAKES_OF_DORA.items()}
    students = {
        "ada": answers,
        "ben": {name: answers[name] for name in DONE_BY_BEN},
        "cem": {},
        "dora": answers | bugs,
    }
    return {
        SAMPLE_CLASS / student / f"{LESSON}.ipynb": _submission(theirs)
        for student, theirs in students.items()
    }


_BEGIN, _END, _ANSWER = (f"### {word}" for word in ("BEGIN SOLUTION", "END SOLUTION", "ANSWER"))


def _submission(answers: dict[str, str]) -> str:
    notebook = nbformat.read(ROOT / "course" / LESSON / f"{LESSON}.ipynb", as_version=4)
    for cell in notebook.cells:
        if grade_id(cell) in answers:
            cell.source = answers[grade_id(cell)]
    return nbformat.writes(notebook) + "\n"


def _wrong(exercise: str, bug: str) -> str:
    path = ROOT / "autograder" / "wrong_answers" / LESSON / exercise / f"{bug}.py"
    return path.read_text().split('"""\n', 1)[1].strip()


if __name__ == "__main__":
    for path, text in sample_class().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(path.relative_to(ROOT))
