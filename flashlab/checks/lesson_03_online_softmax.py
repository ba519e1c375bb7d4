"""Checks of lesson 03: the state (m, l) of an online softmax, its update and its merge."""

from __future__ import annotations

import numpy as np

from flashlab.checks import harness
from flashlab.checks import lesson_02_softmax as softmax
from flashlab.checks.planted import RIGHT, Merge

KINDS = ("random", "ascending", "descending", "equal", "huge", "negative")
EMPTY = "-inf - (-inf) is NaN. Where the new maximum is -inf, subtract 0 instead."
FROM_EMPTY = "The state before is (-inf, 0): its factor is exp(-inf) = 0, and inf times 0 is NaN."
WHY = {
    "l": "The old sum is not rescaled: multiply l by exp(m - m_new).",
    "inverse": "The factor is upside down: it is exp(m - m_new), never above 1.",
    "block": "That is the maximum of one part alone: take the larger of the two.",
    "old": "The new terms subtract the old maximum: they too are written with m_new.",
    "own": "The new terms subtract the block's own maximum: they too are written with m_new.",
    "unshifted": "The new terms are exp(x) alone: they too are written with m_new.",
    "all": "The new terms are rescaled too: the factor belongs to the old sum alone.",
    "last": "Only the last block counts: the old sum is lost.",
    "zero": "The maximum is never below 0 here: start from -inf, and take no maximum with 0.",
    "early": "The weights are written with the m and l of that moment: wait for the final ones.",
}
UNITS = {
    np.log(2): "Write it in units of ln 2.",
    3 * np.log(2): "Write it in units of ln 2.",
    None: "It is the largest of the scores seen so far.",
}


def hand_trace_online__first_block(m_first, l_first) -> None:
    """Maximum, in units of ln 2, and sum of the scores ln 2 and 0."""
    harness.answered(m_first=m_first, l_first=l_first)
    harness.numbers("m_first", m_first, 1, UNITS | {2: "That is exp(m): write m itself."})
    whys = {
        3: "Subtract the maximum before you take the exponentials.",
        None: "Add exp(score - maximum) of both scores.",
    }
    harness.numbers("l_first", l_first, 1.5, whys)
    harness.passed("the state after the first block")


def hand_trace_online__second_block(m_second, alpha, l_second) -> None:
    """Maximum, factor of the old sum, and sum after the scores 3 ln 2 and 2 ln 2."""
    harness.answered(m_second=m_second, alpha=alpha, l_second=l_second)
    harness.numbers("m_second", m_second, 3, UNITS | {8: "That is exp(m): write m itself."})
    whys = {
        4: "That is exp(m_new - m_old): the factor is never above 1.",
        np.exp(-2): "m is in units of ln 2: the factor is 2^(m_old - m_new).",
        -2: "That is the exponent, in units of ln 2: take exp.",
        None: "It is exp of the old maximum minus the new one.",
    }
    harness.numbers("alpha", alpha, 0.25, whys)
    whys = {
        3: "The old sum is not rescaled: multiply it by alpha.",
        7.5: "The old sum is multiplied by the inverse of the factor.",
        15: "Subtract the maximum before you take the exponentials.",
        0.75: "The factor belongs to the old sum alone.",
        1.5: "That is the second block alone: add the old sum, rescaled.",
        1.88: "Write it to four digits, or as a fraction.",
        None: "Rescale the old sum, add the new terms.",
    }
    harness.numbers("l_second", l_second, 1.875, whys)
    harness.passed("the state after the second block")


def hand_trace_online__weights(weights) -> None:
    """The softmax of the four scores."""
    harness.answered(weights=weights)
    e = np.array([2.0, 1, 8, 4])
    whys = {
        tuple(e / 8): "They do not add up to 1: divide by the final sum.",
        tuple(e): "They do not add up to 1: divide by the sum of all four.",
        tuple(np.round(e / 15, 2)): "Write them to four digits, or as fractions.",
        (2 / 3, 1 / 3, 2 / 3, 1 / 3): "Each block is normalised by itself.",
        (2 / 3, 1 / 3, 8 / 15, 4 / 15): "The first two use the old state: take the final m and l.",
        None: "They are exp(score - m) / l, with the final m and l.",
    }
    harness.numbers("weights", weights, e / 15, whys)
    harness.passed("four weights that add up to 1")


# --------------------------------------------------------------------------------------------------
# update


def update__values(update) -> None:
    """m and l after each block are those of all scores seen, for six kinds of scores."""
    for kind in KINDS:
        x = softmax.scores(kind, harness.vary(17, 3, kind))
        for i, j in ((5, 6), (6, len(x)), (0, 5)):  # a full state tells more about a mistake
            _check_update(update, x, i, j, f"{kind} scores, {i} seen before, {j - i} new")
    harness.passed("m and l after one more block, six kinds of scores")


def update__nothing_seen(update) -> None:
    """A block that is masked (all -inf), before and after other scores, changes nothing."""
    x = softmax.scores("ascending", 8)  # the maximum moves after the first score
    masked = np.full(harness.vary(4, 2), -np.inf, np.float32)
    for scores, start, on in (
        (masked, 0, "a masked block, nothing seen before"),
        (np.concatenate([masked, x]), len(masked), "scores after a masked block"),
        (np.concatenate([x, masked]), len(x), "a masked block after 8 scores"),
        (np.concatenate([x[:2], masked, x[2:]]), 1, "a block that is partly masked"),
    ):
        _check_update(update, scores, start, len(scores), on)
    harness.passed("masked blocks change nothing")


def _check_update(fn, x, start: int, stop: int, on: str) -> None:
    before, block = _state_of(x[:start].astype(np.float64)), x[start:stop]
    name = harness.name_of(fn)
    got = _state(harness.call(fn, *before, block), name)
    exact, plain = _state_of(x[:stop].astype(np.float64)), _state_of(x[:stop])
    with np.errstate(all="ignore"):
        wrong = {bug: _update(*before, block.astype(np.float64), bug) for bug in WHY}
    not_finite = FROM_EMPTY if np.isneginf(before[0]) else WHY["inverse"]
    _compare_states(
        got, exact, plain, name, on, [(WHY[bug], state) for bug, state in wrong.items()],
        EMPTY if np.isneginf(exact[0]) or np.isneginf(block).any() else not_finite,
    )  # fmt: skip


def _compare_states(got, exact, plain, name: str, on: str, wrong, if_not_finite: str) -> None:
    """Fail unless the state `got` is `exact`; wrong: [(likely why, state)]."""
    if np.isneginf(exact[0]) and got[0] != exact[0]:
        why = EMPTY if np.isnan(got[0]) else "It is -inf there, and only what is subtracted is 0."
        harness.fail(f"the m of {name} is {got[0]:g} on {on}, where no score was seen", why)
    for i, (part, why) in enumerate((("m", WHY["block"]), ("l", if_not_finite))):
        harness.compare(
            np.array([got[i]]), np.array([exact[i]]), np.array([plain[i]]), np.float32,
            name=f"the {part} of {name}", on=on, if_not_finite=why,
            hypotheses=[(text, np.array([state[i]])) for text, state in wrong],
        )  # fmt: skip


def _state(outcome, name: str) -> tuple[float, float]:
    value = outcome.value
    if value is None:
        harness.fail(f"{name} returned None", "Is the last line a `return`?")
    if isinstance(value, np.ndarray):
        value = list(value)
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        what = f"{len(value)} values" if isinstance(value, (tuple, list)) else type(value).__name__
        harness.fail(f"{name} returned {what}", "Return two numbers: m and l.")
    for part, x in zip("ml", value, strict=True):
        if isinstance(x, bool) or not isinstance(x, (int, float, np.number)):
            kind = f"an array of shape {x.shape}" if isinstance(x, np.ndarray) else type(x).__name__
            harness.fail(f"the {part} of {name} is {kind}", "It is one number: max() and sum().")
    return float(value[0]), float(value[1])


def _state_of(x: np.ndarray) -> tuple[float, float]:
    """(m, l) from the definition, in the dtype of x."""
    m = x.max(initial=-np.inf)
    return float(m), float(np.exp(x - (0 if m == -np.inf else m)).sum())


def _update(m, l, x, bug: str):
    """One more block, with one mistake."""
    m_new = max(m, x.max(), 0.0) if bug == "zero" else max(m, x.max())
    m_new = x.max() if bug == "block" else m_new
    alpha = 1 if bug == "l" else np.exp(m_new - m if bug == "inverse" else m - m_new)
    alpha = 0 if m == -np.inf or bug == "last" else alpha
    p = np.exp(x - {"old": m, "own": x.max(), "unshifted": 0}.get(bug, m_new)).sum()
    return m_new, alpha * (l + p) if bug == "all" else alpha * l + p


# --------------------------------------------------------------------------------------------------
# online_softmax_hbm


def online_softmax_hbm__values(online_softmax_hbm) -> None:
    """softmax(x) for any length, block and order; finite for huge and very negative scores."""
    softmax.check_softmax(online_softmax_hbm, KINDS, _mistakes)
    harness.passed("softmax(x), four lengths, six kinds of scores")


def online_softmax_hbm__bytes(online_softmax_hbm) -> None:
    """x is read twice and y is written once."""
    why = "One pass for the state, one for the weights; each block is read once a pass."
    softmax.check_passes(online_softmax_hbm, 2, why)
    harness.passed("12 bytes for each score")


def _mistakes(x: np.ndarray, block: int) -> list[harness.Hypothesis]:
    found = []
    with np.errstate(all="ignore"):
        for bug in ("l", "inverse", "last", "early"):
            m, l, early = -np.inf, 0.0, []
            for i in range(0, len(x), block):
                m, l = _update(m, l, x[i : i + block], bug)
                early.append(np.exp(x[i : i + block] - m) / l)
            found.append((WHY[bug], np.concatenate(early) if bug == "early" else np.exp(x - m) / l))
    return found + softmax.mistakes(x, block)


# --------------------------------------------------------------------------------------------------
# merge

PLANTED = {
    "not_rescaled": (
        "adds l1 + l2 without factors",
        "It obeys all three laws, and its meaning is wrong: compare with state_of(x + y).",
    ),
    "inverse": (
        "has the factors upside down",
        "It is symmetric and associative: compare with state_of(x + y), maxima apart.",
    ),
    "left_only": (
        "rescales the left sum only",
        "Compare with state_of(x + y), and merge(a, b) with merge(b, a), maxima apart.",
    ),
    "unit_of_left": (
        "keeps the left maximum instead of the larger one",
        "Compare both m and l, with the smaller maximum on the left.",
    ),
    "start_at_zero": (
        "takes the maximum of m1, m2 and 0",
        "It is right as long as a score above 0 was seen: try scores below 0.",
    ),
    "ties": (
        "loses one of the sums when the maxima are equal",
        "Try two states with the same m, each with an l of its own.",
    ),
    "empty_nan": ("gives NaN for two empty states", "The identity is a state too: merge it."),
    "no_shift": (
        "takes exp(m) without a shift, so that it overflows",
        "Try a state with m = 1000: it is allowed.",
    ),
    "mean": ("halves the sum", "Compare with state_of(x + y)."),
    "one_percent": (
        "is 1% off",
        "Right ones differ in the last digits only: leave np.allclose its own tolerances.",
    ),
}
MERGE_WHY = {
    "left_only": "The sum of b is not rescaled: either maximum may be the larger one.",
    "not_rescaled": "The sums have different units: multiply each by exp(its own m - m).",
    "inverse": "The factors are upside down: exp(its own m - m), never above 1.",
    "unit_of_left": "The result's m is a's: take the larger maximum.",
    "start_at_zero": "The maximum is never below 0 here: take the larger of the two, nothing else.",
    "mean": "That is half of the sum: the two sums are added.",
}
NO_SHIFT = "exp(m) overflows: take exp(its own m - m), which is never above 1."


def merge__values(merge) -> None:
    """The state of both together, for maxima that are close, equal and far apart."""
    g = harness.rng("merge")
    for shift, on in ((0.0, "random states"), (-50.0, "m near -50"), (1000.0, "m near 1000")):
        for apart in (0.0, 2.0, -2.0, 3.0, -3.0, 5.0, -5.0, 8.0, -8.0, 12.0, -12.0, 60.0, -60.0):
            m1 = shift + float(g.standard_normal())
            a, b = (m1, 1 + float(8 * g.random())), (m1 + apart, 1 + float(8 * g.random()))
            _check_merge(merge, a, b, f"{on}, m2 - m1 = {apart:g}")
    harness.passed("39 pairs of states")


def merge__identity(merge) -> None:
    """(-inf, 0) changes nothing, on either side, and itself neither."""
    empty = (-np.inf, 0.0)
    for a in ((1.5, 2.25), (-300.0, 1.0), empty):
        _check_merge(merge, a, empty, "the empty state on the right")
        _check_merge(merge, empty, a, "the empty state on the left")
    harness.passed("(-inf, 0) is the identity")


def _check_merge(fn, a, b, on: str) -> None:
    name = harness.name_of(fn)
    got = _state(harness.call(fn, a, b), name)
    exact = plain = Merge("right")(a, b)
    wrong = [(why, Merge(way)(a, b)) for way, why in MERGE_WHY.items()]
    why = EMPTY
    if a[1] and b[1]:
        lse = np.logaddexp(*(np.float32(m) + np.log(np.float32(l)) for m, l in (a, b)))
        plain = exact[0], np.exp(lse - np.float32(exact[0]))  # float32: right, and less exact
        wrong.append(("That is the log-sum-exp: return m and l.", (exact[0], float(lse))))
        why = NO_SHIFT
    _compare_states(got, exact, plain, name, f"{on}: {_words(a)} and {_words(b)}", wrong, why)


def _words(state) -> str:
    return f"({state[0]:.4g}, {state[1]:.4g})"


# --------------------------------------------------------------------------------------------------
# merge_laws_hold


def merge_laws_hold__catches(merge_laws_hold) -> None:
    """False for every planted wrong merge."""
    # among right ones, in an order that is drawn: counting the calls tells nobody what comes
    ways = harness.shuffled([*PLANTED, *3 * RIGHT], "merges")
    held = [(way, _holds(merge_laws_hold, Merge(way))) for way in ways]
    for way, (mistake, why) in PLANTED.items():
        if (way, True) in held:
            harness.fail(f"merge_laws_hold takes a merge for right that {mistake}", why)
    if all(any(not ok for way, ok in held if way == right) for right in RIGHT):
        harness.fail(
            "merge_laws_hold rejects every merge, the right ones too",
            "Saying False is no test: begin with one that a right merge passes.",
        )
    harness.passed(f"{len(PLANTED)} wrong merges caught")


def merge_laws_hold__accepts(merge_laws_hold) -> None:
    """True for right merges, which differ in the last digits."""
    for way in RIGHT:
        if not _holds(merge_laws_hold, Merge(way)):
            how = {"logarithms": "computes with logarithms", "float32": "keeps l in float32"}
            harness.fail(
                f"merge_laws_hold rejects a right merge that {how.get(way, 'is exact to 1e-15')}",
                "Equal means np.allclose(state, state). Does `==` stand somewhere, or is an empty "
                "list handed to max? The order of a pair matters to neither side.",
            )
    harness.passed(f"{len(RIGHT)} right merges accepted")


def _holds(fn, merge) -> bool:
    value = harness.call(fn, merge).value
    if not isinstance(value, (bool, np.bool_)):
        harness.fail(
            f"merge_laws_hold returned {type(value).__name__}", "Return True or False, at the end."
        )
    return bool(value)


# --------------------------------------------------------------------------------------------------
# Bugs, and the scores that show them


def exposing_scores__all(exposes_a, exposes_b, exposes_c) -> None:
    """Each list makes its update give a softmax that is off by 0.01 or more."""
    harness.answered(exposes_a=exposes_a, exposes_b=exposes_b, exposes_c=exposes_c)
    for name, value, bug in (
        ("exposes_a", exposes_a, "inverse"), ("exposes_b", exposes_b, "zero"),
        ("exposes_c", exposes_c, "l"),
    ):  # fmt: skip
        x = _short_list(name, value)
        with np.errstate(all="ignore"):
            off = np.abs(_stream(x, bug) - softmax.softmax(x.astype(np.float64))).max()
        if not off < 0.01:
            continue
        moves = (np.maximum.accumulate(x)[1:] > np.maximum.accumulate(x)[:-1]).any()
        if bug == "zero":
            why = "A shift that is too large cancels out in m and l, until exp rounds to 0."
            if x.max() > 0:
                why = "A score above 0 was seen: from then on the maximum is right."
        elif len(x) == 1:
            why = "With one score the maximum never moves: the factor is never needed."
        elif not moves:
            why = "The maximum never moves after the first score, so the factor is 1 all the time."
        else:
            why = "The maximum moves, but too little weight stands before it."
        harness.fail(f"update_{name[-1]} is right on {name}, off by {off:.1e}", why)
    harness.passed("three bugs, each shown by its scores")


def _short_list(name: str, value) -> np.ndarray:
    try:
        x = np.asarray(value, np.float32)
    except (TypeError, ValueError):
        harness.fail(f"{name} is {value!r}", "Write a list of numbers.")
    if x.ndim != 1 or not 1 <= x.size <= 6:
        harness.fail(f"{name} has shape {x.shape}", "Write a list of 1 to 6 numbers.")
    if not np.isfinite(x).all() or np.abs(x).max() > 300:
        harness.fail(f"{name} reaches {np.abs(x).max():g}", "Stay between -300 and 300.")
    return x


def _stream(x: np.ndarray, bug: str) -> np.ndarray:
    """softmax_with of the notebook: float32, one score at a time."""
    m, l = (np.float32(0), np.float32(0)) if bug == "zero" else (x[0], np.float32(1))
    for score in x if bug == "zero" else x[1:]:
        m_new = max(m, score)
        factor = np.exp(m_new - m) if bug == "inverse" else np.exp(m - m_new)
        m, l = m_new, (l if bug == "l" else factor * l) + np.exp(score - m_new)
    return np.exp(x - m) / l


def missed_share__sorted(missed_ascending, missed_descending, missed_equal) -> None:
    """Shares of draws that miss bug C: scores in ascending order, in descending order, equal."""
    answers = {
        "missed_ascending": (missed_ascending, 0, "Each block brings a new maximum."),
        "missed_descending": (missed_descending, 1, "After the first block no maximum is new."),
        "missed_equal": (missed_equal, 1, "Equal scores do not move the maximum."),
    }
    harness.answered(**{name: value for name, (value, _, _) in answers.items()})
    for name, (value, expected, why) in answers.items():
        harness.numbers(name, value, expected, why)
    harness.passed("ascending, descending and equal scores")


def missed_share__random(missed_random, missed_four_rows) -> None:
    """Shares of draws that miss bug C: random order, one row and four."""
    harness.answered(missed_random=missed_random, missed_four_rows=missed_four_rows)
    whys = {
        0.75: "That is the share that shows it. Asked is the share that misses it.",
        0.125: "The largest score may be either of the two in the first block.",
        0.5: "The largest score is equally likely to be in any of the blocks, not just two.",
        None: "It is missed when the largest of the 8 scores is in the first block.",
    }
    harness.numbers("missed_random", missed_random, 0.25, whys)
    whys = {
        0.004: "Write it to four digits, or as a fraction.",
        0.25: "All four rows must come out right, each by its own luck.",
        1.0: "Four rows cannot be missed more often than one: multiply.",
        0.0625: "There are four rows: multiply the share of one by itself four times in all.",
        None: "The rows are independent: multiply their shares.",
    }
    harness.numbers("missed_four_rows", missed_four_rows, 1 / 256, whys, rtol=0.02)
    harness.passed("one row in four, four rows in 256")
