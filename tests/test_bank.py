"""Does an answer that is written as edits become the cell that was meant, and what if it cannot?"""

import re

import pytest

from autograder import bank, course
from autograder.errors import GradingError

LESSON, EXERCISE = "01_naive_attention", "naive_traffic_bytes"
WORDS = "One crossing.\nCheck: naive_traffic_bytes__elements\nTold: crosses twice"


@pytest.fixture
def write(tmp_path):
    """A function that writes an answer and returns its path."""

    def written(text: str, exercise: str = EXERCISE, name: str = "an_answer.diff"):
        path = tmp_path / "wrong_answers" / LESSON / exercise / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return written


def test_is_it_the_solution_but_for_its_edits(write):
    edits = (
        "-    scores_and_weights = 4 * seqlen_q * seqlen_k\n"
        "+    scores_and_weights = 2 * seqlen_q * seqlen_k\n\n"
        "     return (inputs_and_output + scores_and_weights) * itemsize\n"
        "+    # never reached\n"
    )
    answer = bank.read(write(f"{WORDS}\n\n{edits}"))
    solution = bank.solutions(LESSON)[EXERCISE]
    expected = solution.replace("= 4 *", "= 2 *") + "\n    # never reached"
    assert answer.source == expected != solution
    assert (answer.words, answer.check) == (WORDS, "naive_traffic_bytes__elements")
    assert (answer.told, answer.seed) == ("crosses twice", None)


def test_has_a_solution_no_markers():
    for lesson in course.lessons():
        for source in bank.solutions(lesson).values():
            assert "###" not in source
            compile(source, lesson, "exec")


def test_is_a_python_file_the_whole_cell(write):
    code = "def naive_traffic_bytes(*sizes):\n    return 4\n"
    answer = bank.read(write(f'"""Four.\n\nTold, seed 7: 4\n"""\n\n\n{code}', name="four.py"))
    assert (answer.source, answer.told, answer.seed) == (code.strip(), "4", 7)


TWO = "    scores_and_weights = 4 * seqlen_q * seqlen_k"


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        ("-    scores = 1", "this no longer stands in the solution: scores = 1"),
        (f"-{TWO} ", f"this no longer stands in the solution: {TWO.strip()}"),
        (
            "     # 3. bytes\n-    # 2. elements of S and P: how often does each cross?",
            "this no longer stands in the solution: # 3. bytes ...",
        ),
        (f"-{TWO}\n+{TWO}\n+{TWO}\n\n-{TWO}", f"this stands 2 times in the solution: {TWO[4:]}"),
        ("+    return 0", "where? Begin this edit with a line that stays: +    return 0"),
        (f"-{TWO}\nreturn 0", "an edit's lines begin with -, + or a space: return 0"),
        ("", "has no edit: an empty line, then lines with - and +"),
    ],
)
def test_is_an_edit_that_does_not_fit_one_clear_line(edits, problem, write):
    with pytest.raises(GradingError) as told:
        bank.read(write(f"{WORDS}\n\n{edits}"))
    assert "\n" not in str(told.value)
    assert str(told.value).startswith(f"wrong_answers/{LESSON}/{EXERCISE}/an_answer.diff")
    assert str(told.value).endswith(problem)


def test_is_a_file_that_is_no_answer_one_clear_line(write):
    edits = f"{WORDS}\n\n-{TWO}"
    for path, problem in (
        (write(edits, "another"), f"{LESSON} has no exercise another"),
        (write(edits, name="notes.txt"), "its name must end in .diff or .py"),
        (write("x = 1\n", name="bare.py"), "needs a docstring"),
        (write('"""Words."""\nx =\n', name="broken.py"), ":2 is no Python: invalid syntax"),
        (write("").with_name("missing.diff"), "cannot be read: No such file or directory"),
    ):
        with pytest.raises(GradingError, match=re.escape(problem)) as told:
            bank.read(path)
        assert path.name in str(told.value) and "\n" not in str(told.value)


def test_does_each_answer_still_fit_the_solution():
    for path in bank.paths("wrong") + bank.paths("right"):
        answer = bank.read(path)
        assert answer.source != bank.solutions(path.parts[-3])[path.parts[-2]], path
