"""Does the build make the right notebooks, always the same, and never give an answer away?"""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import jupytext
import nbclient
import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import compute_checksum

from tests.conftest import GOLDEN, ROOT
from tools import lesson_source
from tools.build_lessons import differing, main, readme_with_table, render, setup_source
from tools.lesson_source import (
    KERNEL_STUB,
    STUB,
    Cell,
    Lesson,
    LessonError,
    clear_answers,
    read_lesson,
)

# (root, source) of every lesson there is; the golden one is always there
SOURCES = [
    (root, path) for root in (GOLDEN, ROOT) for path in sorted((root / "lessons").glob("*.py"))
]
NAMES = [path.stem for _, path in SOURCES]


@pytest.fixture
def course(tmp_path) -> Path:
    """A copy of the golden course: sources and built notebooks."""
    return Path(shutil.copytree(GOLDEN, tmp_path / "golden"))


def cells_of(root: Path, top: str, name: str) -> list:
    return nbformat.read(root / top / name / f"{name}.ipynb", as_version=4).cells


# --------------------------------------------------------------------------------------------------
# What is built


def test_is_the_golden_course_built_as_it_was(course):
    for top in ("solutions", "course"):
        shutil.rmtree(course / top)
    assert main([], course) == 0
    for name in ("solutions/01_golden/01_golden.ipynb", "course/01_golden/01_golden.ipynb"):
        assert (course / name).read_bytes() == (GOLDEN / name).read_bytes(), name
    assert (course / "README.md").read_bytes() == (GOLDEN / "README.md").read_bytes()


def test_are_two_builds_byte_identical():
    assert render(GOLDEN) == render(GOLDEN)


def test_does_check_name_the_files_that_differ(course, capsys):
    assert main(["--check"], course) == 0
    source = course / "lessons" / "01_golden.py"
    source.write_text(source.read_text().replace("Bytes are trips", "A byte is a trip"))
    before = (course / "course/01_golden/01_golden.ipynb").read_bytes()
    assert main(["--check"], course) == 1
    err = capsys.readouterr().err
    assert "course/01_golden/01_golden.ipynb is not up to date; run `make build`" in err
    assert "solutions/01_golden/01_golden.ipynb is not up to date" in err
    assert "README" not in err
    assert (course / "course/01_golden/01_golden.ipynb").read_bytes() == before


def test_is_every_cell_marked_for_nbgrader():
    solution = {cell.id: cell for cell in cells_of(GOLDEN, "solutions", "01_golden")}
    released = {cell.id: cell for cell in cells_of(GOLDEN, "course", "01_golden")}
    assert list(solution) == list(released)
    assert list(released)[:2] == ["title", "setup"]
    setup, answer, check = (released[i] for i in ("setup", "tile_bytes", "tile_bytes__values"))
    assert setup.metadata.nbgrader.locked and setup.metadata.editable is False
    assert answer.metadata.nbgrader.solution and not answer.metadata.nbgrader.grade
    assert "editable" not in answer.metadata and answer.metadata.deletable is False
    assert check.metadata.nbgrader.points == 2 and check.metadata.editable is False
    assert released["slider"].metadata.tags == ["figure"]
    for cell in (setup, answer, check):
        assert cell.metadata.nbgrader.checksum == compute_checksum(cell)
    MetadataValidator().validate_nb(
        nbformat.read(GOLDEN / "course/01_golden/01_golden.ipynb", as_version=4)
    )


def test_does_a_twin_replace_its_cell_in_its_own_edition_only():
    english, japanese = render(GOLDEN), render(GOLDEN, lang="ja")
    en = nbformat.reads(english[Path("course/01_golden/01_golden.ipynb")], as_version=4)
    ja = nbformat.reads(japanese[Path("course-ja/01_golden/01_golden.ipynb")], as_version=4)
    assert [cell.id for cell in en.cells][0] == "title"
    assert [cell.id for cell in ja.cells][0] == "title-ja"
    assert [cell.id for cell in en.cells][1:] == [cell.id for cell in ja.cells][1:]
    assert "冷蔵庫" in ja.cells[0].source and "course-ja/01_golden" in ja.cells[0].source
    assert not any("冷蔵庫" in cell.source for cell in en.cells)


@pytest.mark.parametrize("triton", [False, True])
def test_does_the_setup_cell_import_what_the_lesson_needs(triton):
    lesson = Lesson("06_x", "lessons/06_x.py", 5, triton=triton)
    lesson.cells = [Cell(1, "check", "a__b", "")]
    source = setup_source(lesson, {"repository": "o/r", "branch": "b"})
    ast.parse(re.sub(r"%pip .*", "pass", source))
    assert "from flashlab.checks import lesson_06_x as check" in source
    assert ("import triton.language as tl" in source) == triton
    if triton:  # where kernels run is settled before anything imports triton, the checks included
        words = ["flashlab.device()", "import torch", "import triton\n", "flashlab.checks"]
        assert [source.index(word) for word in words] == sorted(source.index(w) for w in words)
    package = "flashlab[triton]" if triton else "flashlab"
    assert f'%pip install -q "{package} @ git+https://github.com/o/r@b"' in source


def test_does_jupytext_read_a_lesson_as_the_build_does():
    path = GOLDEN / "lessons" / "01_golden.py"
    fmt = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    theirs = jupytext.reads(path.read_text("utf-8"), fmt=fmt).cells[1:]  # without the header
    ours = read_lesson(path, GOLDEN).cells
    assert [cell.source for cell in theirs] == [cell.source for cell in ours]


# --------------------------------------------------------------------------------------------------
# Stubs


def test_does_a_triton_kernel_get_a_stub_that_triton_can_compile():
    source = """\
@triton.jit
def kernel(x_ptr, BLOCK: tl.constexpr):
    offs = tl.arange(0, BLOCK)
    for i in range(2):
        ### BEGIN SOLUTION
        secret(offs)
        ### END SOLUTION


@triton.autotune(configs=[])
@triton.jit
def tuned(x_ptr):
    ### BEGIN SOLUTION
    secret(x_ptr)
    ### END SOLUTION


def launch(x):
    ### BEGIN SOLUTION
    kernel[(1,)](x, BLOCK=16)
    ### END SOLUTION


bytes_per_tile = 4 * 16  ### ANSWER"""
    stub = clear_answers(source)
    assert "secret" not in stub and "[(1,)]" not in stub and "16" not in stub
    assert stub.count(KERNEL_STUB) == 2 and stub.count(STUB) == 1
    assert f"    for i in range(2):\n        {KERNEL_STUB}\n" in stub
    assert stub.endswith("bytes_per_tile = ...")
    ast.parse(stub)


# --------------------------------------------------------------------------------------------------
# No answer in course/


def answer_lines(root: Path, path: Path) -> set[str]:
    """Every line of an answer that stands nowhere outside the answers, stripped."""
    inside, outside = set(), set()
    for cell in read_lesson(path, root).cells:
        in_answer = False
        for line in cell.source.split("\n"):
            text = line.strip()
            if text == lesson_source.BEGIN:
                in_answer = True
            elif text == lesson_source.END:
                in_answer = False
            elif text.endswith(lesson_source.ANSWER):
                inside.add(text.removesuffix(lesson_source.ANSWER).strip())
            else:
                (inside if in_answer and cell.kind == "exercise" else outside).add(text)
    return inside - outside - {""}


def leaks(answers: set[str], notebook: str) -> list[str]:
    """The answer lines that a notebook's text holds: short ones as whole lines, others anywhere."""
    cells = nbformat.reads(notebook, as_version=4).cells
    lines = {line.strip() for cell in cells for line in cell.source.split("\n")}
    everything = "\n".join(lines)
    return sorted(a for a in answers if a in lines or (len(a) >= 20 and a in everything))


@pytest.mark.parametrize(("root", "path"), SOURCES, ids=NAMES)
def test_does_no_answer_reach_course(root, path):
    answers = answer_lines(root, path)
    assert answers
    released = (root / "course" / path.stem / f"{path.stem}.ipynb").read_text("utf-8")
    solved = (root / "solutions" / path.stem / f"{path.stem}.ipynb").read_text("utf-8")
    assert leaks(answers, released) == []
    assert "SOLUTION" not in released and lesson_source.ANSWER not in released
    assert leaks(answers, solved)  # the same search finds answers where there are some


@pytest.mark.parametrize("top", ["course", "solutions"])
def test_is_nothing_but_notebooks_built(top):
    strays = [
        path
        for root in (GOLDEN, ROOT)
        for path in (root / top).glob("*/*.py")
        if "checkpoint" not in str(path)
    ]
    assert strays == []


# --------------------------------------------------------------------------------------------------
# Running the notebooks


def errors_of(path: Path, env: dict, folder: Path) -> list[tuple[str, str, str, list[str]]]:
    """(cell id, error name, message) of all errors of a run that goes on after errors."""
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=240, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=env)
    return [
        (cell.id, output.ename, output.evalue, output.traceback)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


@pytest.mark.parametrize(("root", "path"), SOURCES, ids=NAMES)
def test_does_an_untouched_notebook_fail_in_one_way_only(root, path, kernel_env, tmp_path):
    notebook = root / "course" / path.stem / f"{path.stem}.ipynb"
    errors = errors_of(notebook, kernel_env, tmp_path)
    # Unfinished, a NotImplementedError too, is what a kernel's stub and every check raise
    names = {name for _, name, *_ in errors}
    assert names and names <= {"NotImplementedError", "Unfinished"}, errors
    failed = {cell for cell, *_ in errors}
    checks = {cell.id for cell in read_lesson(path, root).cells if cell.kind == "check"}
    assert checks <= failed, f"checks that pass before anything is done: {checks - failed}"
    long = [cell for cell, *_, lines in errors if cell in checks and "\n" in "".join(lines)]
    assert not long, f"checks that show more than one line: {long}"


@pytest.mark.parametrize(("root", "path"), SOURCES, ids=NAMES)
def test_does_a_solved_notebook_run_without_an_error(root, path, kernel_env, tmp_path):
    notebook = root / "solutions" / path.stem / f"{path.stem}.ipynb"
    assert errors_of(notebook, kernel_env, tmp_path) == []


# --------------------------------------------------------------------------------------------------
# Mistakes in a lesson: one line each, with the file and the line

RIGHT = '''\
# lesson: minutes=5

# %% [markdown] id="title"
# # 01 Small
# words

# %% exercise="a"
def a(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check="a__b" points=2
"""a doubles."""
check.a__b(a)
'''

MISTAKES = {
    "no header": ("# lesson: minutes=5\n", "\n", 1, "no line `# lesson: minutes=60`"),
    "unknown setting": ("minutes=5", "minutes=5 hours=1", 1, "unknown setting 'hours'"),
    "wrong setting": ("minutes=5", 'minutes="5"', 1, "minutes must be a whole number"),
    "wrong gpu": ("minutes=5", 'minutes=5 gpu="yes"', 1, "gpu must be one of no, optional"),
    "code above": ("minutes=5\n", "minutes=5\nx = 1", 2, "only comments may stand"),
    "no title": ("# # 01", "# 01", 3, "the first cell must be the title"),
    "no id": ('id="title"', "", 3, "this cell has no id"),
    "two ids": ('id="title"', 'id="title" check="a__b"', 3, "has both id and check"),
    "odd id": ('id="title"', 'id="The Title"', 3, 'id must be a "quoted" name'),
    "reserved id": ('id="title"', 'id="setup"', 3, "set-up cell's"),
    "same id": ('exercise="a"', 'exercise="title"', 7, '"title" is already used in line 3'),
    "not quoted": ('exercise="a"', "exercise=a", 7, 'write exercise="a", quoted'),
    "unknown attribute": ('exercise="a"', 'exercize="a"', 7, "unknown attribute 'exercize'"),
    "words": ('exercise="a"', "exercise a", 7, "cannot read `exercise a`"),
    "twice": ('exercise="a"', 'exercise="a" exercise="a"', 7, "exercise is given twice"),
    "unknown marker": ('# %% exercise="a"', "# %%% exercise", 7, "unknown marker `# %%% exercise`"),
    "raw cell": ('[markdown] id="title"', '[raw] id="title"', 3, "cannot read `[raw]"),
    "exercise in prose": ('# %% exercise="a"', '# %% [markdown] exercise="a"', 7, "hold code"),
    "tags": ('exercise="a"', 'exercise="a" tags="x"', 7, "tags must be a list"),
    "no points": (" points=2", "", 13, 'check "a__b" has no points'),
    "points 0": ("points=2", "points=0", 13, 'check "a__b" has no points'),
    "points elsewhere": ('exercise="a"', 'exercise="a" points=1', 7, "points belong to checks"),
    "no check": ('# %% check="a__b" points=2', '# %% id="c"', 7, 'exercise "a" has no check'),
    "no exercise": ('check="a__b"', 'check="c__b"', 13, 'check "c__b" belongs to no exercise'),
    "no property": ('check="a__b"', 'check="a"', 13, "already used in line 7"),
    "not in the module": ("a__b", "a__c", 13, 'check "a__c" is not a function of flashlab/checks/'),
    "no docstring": ('"""a doubles."""\n', "", 13, "must begin with a docstring"),
    "two calls": ("check.a__b(a)", "check.a__b(a)\nprint(a)", 13, "must be one call check.a__b("),
    "other call": ("check.a__b(a)", "check.b(a)", 13, "must be one call check.a__b("),
    "not a bare name": ("check.a__b(a)", "check.a__b(a(2))", 13, "bare names of answers"),
    "keyword": ("check.a__b(a)", "check.a__b(f=a)", 13, "bare names of answers"),
    "no argument": ("check.a__b(a)", "check.a__b()", 13, "bare names of answers"),
    "unknown name": ("check.a__b(a)", "check.a__b(b)", 13, "no cell above defines b"),
    "marker in prose": ("# words", "# write ### BEGIN SOLUTION", 5, '"BEGIN SOLUTION" in prose'),
    "end in prose": ("# words", "# the END SOLUTION mark", 5, '"END SOLUTION" in prose'),
    "hidden tests": ("# words", "# BEGIN HIDDEN TESTS", 5, '"HIDDEN TESTS" in prose'),
    "answer in check": ("a doubles.", "### ANSWER", 14, '"### ANSWER" in check'),
    "no end": ("    ### END SOLUTION\n", "", 9, "### BEGIN SOLUTION has no ### END SOLUTION"),
    "no begin": ("    ### BEGIN SOLUTION\n", "", 10, "without a ### BEGIN SOLUTION above"),
    "nested": ("return 2 * x", "### BEGIN SOLUTION", 10, "the one in line 9 has no end"),
    "marker with words": ("### END SOLUTION", "### END SOLUTION here", 11, "on a line of its own"),
    "answer of two lines": ("def a(x):", "x = (  ### ANSWER\n3)\ndef a(x):", 8, "of one line"),
    "answer to nothing": ("def a(x):", "f(24)  ### ANSWER\ndef a(x):", 8, "an answer of one line"),
    "no answer": (
        "    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
        "    pass",
        7,
        'exercise "a" has no answer',
    ),
    "not Python": ("def a(x):", "def a(x:", 8, 'cell "a": '),
    "empty cell": ("# # 01 Small\n# words\n", "", 3, 'cell "title" is empty'),
    "prose that is code": ("# words", "words", 5, "a line of prose begins with `# `"),
    "long cell": ("# words", "# words\n" * 25, 3, 'cell "title" has 26 lines; the limit is 25'),
    "unknown language": ('id="title"', 'id="title" lang="xx"', 3, "unknown lang 'xx'"),
    "code twin": ('exercise="a"', 'exercise="a" lang="ja"', 7, "shared by all languages"),
    "twin of nothing": (
        "# %% exercise",
        '# %% [markdown] id="z" lang="ja"\n# x\n# %% exercise',
        7,
        '"z-ja" is the twin of no prose cell',
    ),
}


def small_course(root: Path, source: str) -> Path:
    (root / "lessons").mkdir(parents=True)
    (root / "flashlab" / "checks").mkdir(parents=True)
    (root / "pyproject.toml").write_text((GOLDEN / "pyproject.toml").read_text())
    (root / "lessons" / "01_small.py").write_text(source)
    checks = root / "flashlab" / "checks" / "lesson_01_small.py"
    checks.write_text("def a__b(a):\n    assert a(2) == 4\n")
    return root


def test_is_the_lesson_right_that_the_mistakes_are_planted_in(tmp_path, capsys):
    root = small_course(tmp_path, RIGHT)
    assert main([], root) == 0
    assert capsys.readouterr().out == "2 notebooks, 2 files changed\n"


@pytest.mark.parametrize(("old", "new", "line", "words"), MISTAKES.values(), ids=list(MISTAKES))
def test_is_a_mistake_told_in_one_line_with_its_place(old, new, line, words, tmp_path, capsys):
    assert old in RIGHT
    root = small_course(tmp_path, RIGHT.replace(old, new))
    assert main([], root) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"lessons/01_small.py:{line}: ") and err.count("\n") == 1, err
    assert words in err
    assert not (root / "course").exists() and not (root / "solutions").exists()


def test_is_a_notebook_with_too_many_cells_refused(tmp_path, capsys):
    more = "".join(f'# %% id="c{n}"\n{n}\n\n' for n in range(45))
    root = small_course(tmp_path, RIGHT + more)
    assert main([], root) == 1
    assert "49 cells; the limit is 48" in capsys.readouterr().err


def test_are_the_mistakes_of_all_lessons_told_at_once(tmp_path, capsys):
    root = small_course(tmp_path, RIGHT.replace(" points=2", ""))
    (root / "lessons" / "02_other.py").write_text(RIGHT.replace('id="title"', ""))
    assert main([], root) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "lessons/01_small.py:13",
        "lessons/02_other.py:3",
    ]


def test_is_a_lesson_that_does_not_exist_told_in_one_line(course, capsys):
    assert main(["07"], course) == 1
    assert capsys.readouterr().err == "no lesson '07'; there are: 01_golden\n"
    assert main(["01"], course) == 0


# --------------------------------------------------------------------------------------------------
# What a build does to what is there


def test_does_a_mistake_leave_everything_as_it_was(course):
    source = course / "lessons" / "01_golden.py"
    source.write_text(source.read_text().replace("points=1", ""))
    before = {p: p.read_bytes() for p in course.rglob("*") if p.is_file()}
    assert main([], course) == 1
    assert {p: p.read_bytes() for p in course.rglob("*") if p.is_file()} == before


def test_is_a_learners_work_kept(course, capsys):
    path = course / "course" / "01_golden" / "01_golden.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].execution_count = 7
    nbformat.write(notebook, path)
    mine = path.read_bytes()
    assert main([], course) == 0
    assert path.with_name("01_golden.yours-1.ipynb").read_bytes() == mine
    assert path.read_bytes() == (GOLDEN / "course/01_golden/01_golden.ipynb").read_bytes()
    assert "course/01_golden/01_golden.yours-1.ipynb" in capsys.readouterr().out


def test_does_a_lesson_that_is_gone_leave_no_notebook(course):
    (course / "lessons" / "01_golden.py").rename(course / "lessons" / "02_other.py")
    checks = course / "flashlab" / "checks"
    (checks / "lesson_01_golden.py").rename(checks / "lesson_02_other.py")
    assert main([], course) == 0
    assert {p.stem for p in course.glob("course/*/*.ipynb")} == {"02_other"}
    assert "02_other" in (course / "README.md").read_text()
    assert "01_golden" not in (course / "README.md").read_text()
    assert differing(course, render(course)) == []


def test_are_lost_table_markers_told():
    with pytest.raises(LessonError, match="README.md:1: needs one"):
        readme_with_table("# no markers\n", "| table |")
