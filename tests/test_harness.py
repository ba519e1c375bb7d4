"""The harness of the checks: does it judge what it says, quietly, and without telling answers?"""

import ast
import gc
import warnings

import numpy as np
import pytest

from flashlab.checks import harness, lesson_01_naive_attention, planted
from flashlab.checks.observe import observe
from tests.conftest import ROOT


def told(fn, *args, **kwargs) -> str:
    with pytest.raises(harness.CheckFailed) as failure:
        fn(*args, **kwargs)
    return str(failure.value)


def test_may_expected_values_be_minus_infinity():
    expected = np.array([-np.inf, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning on stderr would cost a graded check its points
        harness.compare(expected, expected, expected, np.float32, name="lse", on="x")
        for wrong in (np.nan, 0.0, np.inf):
            got = np.array([wrong, 1.0])
            text = told(harness.compare, got, expected, expected, np.float32, name="lse", on="x")
            assert "1 of 2 entries are off; first at [0]" in text
        text = told(harness.compare, -expected, expected, expected, np.float32, name="lse", on="x")
        assert "2 of 2 entries are off" in text
        nothing = np.full(3, -np.inf)
        harness.compare(nothing, nothing, nothing, np.float32, name="lse", on="x")


def test_does_a_paper_answer_that_is_wrong_stay_a_question():
    whys = {3: "That is three.", None: "Add up."}
    harness.numbers("total", 1.875, 1.875, whys)
    assert told(harness.numbers, "total", 3, 1.875, whys).endswith("not right. That is three.")
    assert told(harness.numbers, "total", 2, 1.875, whys).endswith("not right. Add up.")
    for wrong in (2, [1.0, 2.0], "many", None, [[1, 2], 3]):
        assert "875" not in told(harness.numbers, "total", wrong, 1.875, whys)


def test_does_a_drawn_size_keep_its_tiles_and_stay_ragged_or_whole():
    for n, block in ((17, 16), (55, 16), (64, 16), (3, 16)):
        drawn = set()
        for seed in range(30):
            with harness.seeded(seed):
                drawn.add(harness.vary_within(n, block, 3, "size"))
        assert {(-(-x // block), x % block == 0) for x in drawn} == {(-(-n // block), n == 64)}
        assert n in drawn and (len(drawn) > 2 or n == 64) and max(drawn) <= n + 3


def test_are_the_wrong_merges_wrong_and_the_right_ones_right():
    states = [(-np.inf, 0.0), (0.5, 1.7), (0.5, 1.0), (-3.0, 2.0), (-3.0, 1.0), (1000.0, 1.5)]
    for way in planted.WAYS:
        right = all(
            np.allclose(planted.Merge(way)(a, b), planted.Merge("right")(a, b))
            for a in states
            for b in states
        )
        assert right == (way in planted.RIGHT), way


def by_log_sum_exp(q, k, v, softmax_scale, dtype=np.float32):
    """Attention whose weights are exp(s - lse): right, and rounded at the size of the scores."""
    s = (softmax_scale * np.einsum("id,jd->ij", q, k)).astype(dtype)
    m = s.max(axis=1, keepdims=True)
    lse = m + np.log(np.exp(s - m).sum(axis=1, keepdims=True))
    return np.einsum("ij,jd->id", np.exp(s - lse), v)


def test_may_a_right_answer_round_at_the_size_of_its_scores():
    check = lesson_01_naive_attention.naive_attention__huge_scores
    for seed in range(40):
        with harness.seeded(seed):
            check(by_log_sum_exp)
            assert "are off" in told(check, lambda *x: by_log_sum_exp(*x, dtype=np.float16))


def test_is_what_the_collector_closes_no_call_of_the_learner_s():
    scope = {"__name__": "flashlab.checks.lesson_09_masks_and_sharing"}
    exec("def guesses():\n    yield 1\n    yield 2", scope)
    cycle = [scope["guesses"]()]  # as the frame of a check that failed
    next(cycle[0])
    cycle.append(cycle)
    gc.disable()
    del cycle
    try:
        assert observe(gc.collect).ready_made == []
    finally:
        gc.enable()


def test_is_no_answer_a_generator():
    """The harness does not look at generators: none may hold an answer."""
    package = ROOT / "flashlab"
    files = [package / "reference.py", package / "tiled.py", package / "traffic.py"]
    files += [package / "cards.py", *(package / "kernels").glob("*.py")]
    files += (package / "checks").glob("lesson_*.py")
    for file in files:
        nodes = ast.walk(ast.parse(file.read_text("utf-8")))
        assert not any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in nodes), file
