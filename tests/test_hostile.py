"""Does every attack and every fault get the mark that honest work gets, and harm nobody else?"""

import re
from pathlib import Path

import pytest

from autograder import course, hostile

pytestmark = pytest.mark.timeout(600)
NAMES = sorted(hostile.cases())
LEFT = ("owned", "left")  # files


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """({case: what became of it}, the folder) of one run of everything."""
    assert outside() == [], "left by an earlier run: remove it"
    folder = tmp_path_factory.mktemp("hostile")
    return {h.name: h for h in hostile.run_all(folder)}, folder


def outside():
    """What the cases try to leave, where it came to be on this machine."""
    places = ["/tmp", "/var/tmp", "/dev/shm", Path.home(), course.ROOT, Path.cwd(), "/"]
    return [str(p) for place in places for n in LEFT if (p := Path(place, n)).exists()]


def test_do_the_cases_try_to_leave_these():
    sources = " ".join(c.SOURCE for c in hostile.cases().values() if hasattr(c, "SOURCE"))
    assert all(f"/{n}" in sources for n in LEFT) and sources.count("/tmp/owned") >= 3


@pytest.mark.parametrize("name", [*NAMES, "honest"])
def test_does_the_case_get_its_mark(name, graded):
    assert graded[0][name].ok, graded[0][name].problem


def test_does_nothing_of_them_run_or_show_in_what_comes_back(graded):
    pages = [*graded[1].rglob("*.html")]
    assert len(pages) > 2 * 20 + len(NAMES) - 5
    for page in pages:
        text = page.read_text()
        assert "<script" not in text and "<img" not in text and "\u202e" not in text, page
        assert len(text) < 30_000, page
    for name in ("inputs_leaked", "inputs_in_names", "kernel_inputs_leaked"):
        (leaked,) = graded[1].glob(f"class-graded/feedback/{name}/*.html")
        assert re.search(r"\[+ *#", leaked.read_text()), "the error's text, without the input"
        assert not re.search(r"-?\d\.\d{5}", leaked.read_text()), name
    assert outside() == []


def test_are_there_attacks_and_faults_enough_and_is_each_described():
    cases = hostile.cases()
    assert len(cases) >= 120
    for name, case in cases.items():
        assert case.__doc__.strip().endswith("."), name
        lesson = course.find_lesson(getattr(case, "LESSON", hostile.LESSON))
        assert 0 <= case.MARK <= sum(lesson.points.values()), name


def test_is_a_case_that_got_away_with_it_told(tmp_path, monkeypatch):
    case = hostile.cases()["points_raised"]
    monkeypatch.setattr(case, "MARK", 26)
    told, honest = hostile.run_all(tmp_path, only="points_raised")
    assert not told.ok and "20 points instead of 26" in told.problem
    assert honest.ok
