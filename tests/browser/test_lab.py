"""Does a learner's session work in real JupyterLab: run, be told what is wrong, solve, play?"""

from __future__ import annotations

import nbformat
import pytest

from autograder import bank, course
from tests.conftest import GOLDEN, ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

WRONG = "def tile_bytes(rows, columns, itemsize):\n    return rows * columns\n\n\ntrips = 24"
RIGHT = WRONG.replace("rows * columns", "rows * columns * itemsize")
STUBS = {"NotImplementedError", "Unfinished"}  # of a function; of a kernel, told by a check
# the golden lesson and all that are there
COURSE = [
    path for root in (GOLDEN, ROOT) for path in sorted((root / "course").glob("*/??_*.ipynb"))
]
COURSE = [path for path in COURSE if path.stem == path.parent.name]


def no_trouble(notebook) -> None:
    assert notebook.console_errors == []
    assert notebook.outside_requests == []


def test_can_a_learner_fail_be_told_why_and_solve(notebook):
    notebook.open("01_golden/01_golden.ipynb")
    notebook.run_all()
    names = {name for _, name, _ in notebook.errors()}
    assert names and names <= STUBS

    notebook.set_source("tile_bytes", WRONG)
    assert notebook.run("tile_bytes") == []
    notebook.run("tile_bytes__values")
    told = notebook.text("tile_bytes__values")
    assert "tile_bytes(1, 1, 4) is 1, not 4. Did you leave out itemsize?" in told
    assert "Traceback" not in told
    notebook.screenshot("golden-wrong")

    notebook.set_source("tile_bytes", RIGHT)
    notebook.run("tile_bytes")
    notebook.run("tile_bytes__values")
    notebook.run("tile_bytes__trips")
    assert notebook.text("tile_bytes__values") == "passed: bytes of a tile\n"
    assert notebook.text("tile_bytes__trips") == "passed: 24 trips\n"
    notebook.run_all()
    assert notebook.errors() == []
    no_trouble(notebook)


def test_do_sliders_reach_both_ends_by_keyboard(notebook):
    notebook.open("01_golden/01_golden.ipynb")
    notebook.run("setup")
    notebook.run("slider")
    slider = notebook.page.get_by_role("slider").first
    label = notebook.page.locator(".widget-label", has_text="scores")
    for key, words in [("End", "64 x 64 = 4096 scores"), ("Home", "8 x 8 = 64 scores")]:
        slider.focus()
        slider.press(key)
        label.get_by_text(words).or_(label.filter(has_text=words)).first.wait_for()
    notebook.screenshot("golden-slider")
    assert notebook.errors() == []
    no_trouble(notebook)


@pytest.mark.parametrize("path", COURSE, ids=[path.stem for path in COURSE])
def test_does_each_lesson_run_untouched(path, notebook):
    """Every cell, one after the other: no error but NotImplementedError; sliders to both ends."""
    notebook.open(f"{path.parent.name}/{path.name}")
    code = [c.id for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    for cell_id in code:
        notebook.run(cell_id)
    assert {name for _, name, _ in notebook.errors()} <= STUBS
    sliders = notebook.page.get_by_role("slider")
    for n in range(sliders.count()):
        for key in ("Home", "End"):
            sliders.nth(n).focus()
            sliders.nth(n).press(key)
    notebook.wait_until_idle()
    notebook.screenshot(path.stem)
    assert {name for _, name, _ in notebook.errors()} <= STUBS
    no_trouble(notebook)


def test_does_lesson_01_name_a_learners_mistake(notebook):
    """No softmax_scale: the check says what the bank of wrong answers promises; then solved."""
    wrong = bank.read(*bank.paths("wrong", "01_naive_attention", "naive_attention", "no_scale"))
    right = bank.solutions("01_naive_attention")["naive_attention"]
    points = course.find_lesson("01_naive_attention").points
    checks = [check for check in points if check.startswith("naive_attention__")]

    notebook.open("01_naive_attention/01_naive_attention.ipynb")
    notebook.run("setup")
    notebook.set_source("naive_attention", wrong.source)
    notebook.run("naive_attention")
    for check in checks:
        notebook.run(check)
    told = " ".join(message for _, _, message in notebook.errors())
    assert wrong.told in told
    notebook.screenshot("01-wrong")

    notebook.set_source("naive_attention", right)
    notebook.run("naive_attention")
    for check in checks:
        notebook.run(check)
        assert notebook.text(check).startswith("passed: ")
    assert notebook.errors() == []
    no_trouble(notebook)
