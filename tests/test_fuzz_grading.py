"""Is there a mutated notebook that makes the grader stumble, hang, or give what nobody earned?

FUZZ=2000 python -m pytest tests/test_fuzz_grading.py      # the long run
"""

import copy
import json
import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder import course
from autograder.collect import Submission
from autograder.grade import Grader
from autograder.report import feedback
from autograder.sandbox import Limits
from autograder.transplant import transplant

EXAMPLES = int(os.environ.get("FUZZ", "40"))
LESSON = "00_start_here"
LIMITS = Limits(cell_seconds=5, total_seconds=30)
SOLVED = json.loads((course.ROOT / "solutions" / LESSON / f"{LESSON}.ipynb").read_text("utf-8"))

pytestmark = pytest.mark.timeout(7200)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3),
    max_leaves=6,
) | st.sampled_from([[], {}, "code", "markdown", 10**30, -1, "tile_bytes", {"nbgrader": {}}])
lines = st.text(max_size=30) | st.sampled_from(
    [
        "1 / 0", "import os; os._exit(1)", "raise SystemExit", "%reset -f", "!exit 1", "\t  x", "(",
        "exit()", "tile_bytes = None", "%%bash\nls", "print('x' * 10**6)", "def f(:", "\x00",
        "\ud800",
        "check = None", "import sys; sys.stdout = None", "await x", "?", "raise KeyboardInterrupt",
        "globals().clear()", "import builtins; builtins.print = None", "del np", "%%timeit\n",
    ]
)  # fmt: skip


def places(tree, path=()):
    """Every place in a JSON document, as the keys that lead there."""
    yield path
    for key in (
        tree if isinstance(tree, dict) else range(len(tree) if isinstance(tree, list) else 0)
    ):
        yield from places(tree[key], (*path, key))


PLACES = [p for p in places(SOLVED) if p]
CELLS = [p for p in PLACES if p[0] == "cells" and len(p) == 2]


def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


@st.composite
def json_mutants(draw):
    """The solved notebook, some of its values gone, changed, doubled or wrapped."""
    notebook = copy.deepcopy(SOLVED)
    for _ in range(draw(st.integers(1, 6))):
        path = draw(st.sampled_from(PLACES))
        try:
            parent, key = at(notebook, path[:-1]), path[-1]
            what = draw(st.sampled_from(["gone", "changed", "doubled", "wrapped"]))
            if what == "gone":
                del parent[key]
            elif what == "changed":
                parent[key] = copy.deepcopy(draw(values))
            elif what == "wrapped":
                parent[key] = [parent[key]]
            elif isinstance(parent, list):
                parent.insert(key, copy.deepcopy(parent[key]))
            else:
                parent[str(key) + "2"] = copy.deepcopy(parent[key])
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    return json.dumps(notebook).encode()


@st.composite
def cell_mutants(draw):
    """The solved notebook, its cells mixed, retyped, renamed, and their sources spoilt."""
    notebook = copy.deepcopy(SOLVED)
    cells = notebook["cells"]
    for _ in range(draw(st.integers(1, 5))):
        i, j = (draw(st.integers(0, len(cells) - 1)) for _ in range(2))
        what = draw(st.sampled_from(["swap", "double", "retype", "rename", "line", "lost", "add"]))
        if what == "swap":
            cells[i], cells[j] = cells[j], cells[i]
        elif what == "double":
            cells.insert(i, copy.deepcopy(cells[j]))
        elif what == "retype":
            cells[i]["cell_type"] = draw(st.sampled_from(["code", "markdown", "raw", "x"]))
        elif what == "rename":
            cells[i]["id"] = draw(st.text(max_size=5) | st.just(cells[j]["id"]))
            cells[i]["metadata"] = draw(st.just({}) | st.just(cells[j]["metadata"]))
        elif what == "line":
            source = "".join(cells[i]["source"]).splitlines()
            source.insert(draw(st.integers(0, len(source))), draw(lines))
            cells[i]["source"] = "\n".join(source)
        elif what == "lost" and len(cells) > 1:
            del cells[i]
        else:
            made = {"cell_type": "code", "id": "mine", "metadata": {}, "source": draw(lines)}
            cells.insert(i, made)
    return json.dumps(notebook).encode("utf-8", "surrogatepass")


@st.composite
def byte_mutants(draw):
    """The solved notebook's text, cut, or with bytes changed."""
    content = bytearray(json.dumps(SOLVED).encode())
    if draw(st.booleans()):
        del content[draw(st.integers(0, len(content))) :]
    for _ in range(draw(st.integers(0, 5))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        content[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=4))
    return bytes(content)


@pytest.fixture(scope="module")
def grader():
    with Grader(course.lessons(), seed=3, limits=LIMITS) as made:
        yield made


anything = settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@anything
@given(json_mutants() | cell_mutants() | byte_mutants())
def test_does_every_mutant_get_a_mark_in_time(grader, content):
    start = time.monotonic()
    result = grader.grade(Submission("eve", course.ROOT / "x.ipynb", LESSON), content)
    assert time.monotonic() - start < 60
    assert result.out_of == 2 and 0 <= result.points <= 2
    assert result.points == 2 or all(v.reason for v in result.verdicts), "lost without a reason"
    text = json.dumps(result.plain()) + feedback(result)
    assert "Traceback" not in text and "stumble" not in text
    (text + (json.dumps(result.notebook) if result.notebook else "")).encode()


@settings(max_examples=10 * EXAMPLES, deadline=None)
@given(json_mutants() | cell_mutants())
def test_are_checks_and_points_the_instructors_whatever_is_handed_in(content):
    from autograder.read import NotANotebook, parse

    try:
        cells = parse(content)
    except NotANotebook:
        return
    lesson = course.lessons()[LESSON]
    notebook, _ = transplant(cells, lesson)
    ours = [c for c in notebook.cells if not c.get("id", "").startswith("added-")]
    for mine, official in zip(ours, lesson.notebook.cells, strict=True):
        assert mine.metadata == official.metadata and mine.cell_type == official.cell_type
        assert course.is_answer(official) or mine.source == official.source
