"""Checks of lesson 02: softmax that neither overflows nor divides by 0, and what rounding costs."""

from __future__ import annotations

import numpy as np

from flashlab.checks import harness

MAX_FIRST = "exp overflows: subtract the maximum of the whole row from every score first."
START = (
    "All scores are far below 0 here. Start the maximum at -inf, not at 0, and take it of the "
    "scores as they are, without abs."
)
BOUND = "The bound is 2 max|plain - exact| + floor: it moves with the plain error."


def overflow_inputs__break(breaks_fp16, breaks_fp32) -> None:
    """The naive softmax overflows in float16 and in float32, on scores within the limits."""
    harness.answered(breaks_fp16=breaks_fp16, breaks_fp32=breaks_fp32)
    for name, value, dtype, limit in (
        ("breaks_fp16", breaks_fp16, np.float16, 12),
        ("breaks_fp32", breaks_fp32, np.float32, 90),
    ):
        try:
            x = np.asarray(value, np.float64)
        except (TypeError, ValueError):
            harness.fail(f"{name} is {value!r}", "Write a list of numbers.")
        if x.ndim != 1 or not 1 <= x.size <= 8:
            harness.fail(f"{name} has shape {x.shape}", "Write a list of 1 to 8 numbers.")
        if not np.isfinite(x).all():
            harness.fail(f"{name} holds inf or NaN", "The scores themselves must be finite.")
        if np.abs(x).max() > limit:
            harness.fail(f"{name} reaches {np.abs(x).max():g}", f"The limit is {limit}.")
        with np.errstate(all="ignore"):
            total = np.exp(x.astype(dtype)).sum(dtype=dtype)
        if np.isfinite(total):
            harness.fail(
                f"the sum of exp({name}) is {total:.5g}, which is finite",
                f"The largest {np.dtype(dtype)} is {np.finfo(dtype).max:.5g}: exp must pass it.",
            )
    harness.passed("the naive softmax overflows on both")


def safe_softmax_hbm__values(safe_softmax_hbm) -> None:
    """softmax(x) for any length and block; finite for huge and for very negative scores."""
    kinds = ("random", "huge", "negative", "climbing", "falling", "peak")
    check_softmax(safe_softmax_hbm, kinds, mistakes)
    harness.passed("softmax(x), four lengths, scores from -300 to 120")


def safe_softmax_hbm__bytes(safe_softmax_hbm) -> None:
    """x is read three times and y is written once."""
    why = "One pass each for maximum, sum and weights; each block is read once a pass."
    check_passes(safe_softmax_hbm, 3, why)
    harness.passed("16 bytes for each score")


def logsumexp__values(logsumexp) -> None:
    """ln of the sum of exponentials, for small, huge, very negative and partly masked scores."""
    for kind in ("huge", "negative", "random", "masked"):
        for n in (1, harness.vary(37)):
            x = scores(kind, n)
            value = harness.call(logsumexp, x).value
            if value is None:
                harness.fail("logsumexp returned None", "Is the last line a `return`?")
            if not isinstance(value, (float, np.floating, np.ndarray)) or np.ndim(value):
                harness.fail(f"logsumexp returned {type(value).__name__}", "Return one number.")
            x64 = x.astype(np.float64)
            m = x64.max()
            right = m + np.log(np.exp(x64 - m).sum())
            total = np.exp(x64 - m).sum()
            plain = x.max() + np.log(np.exp(x - x.max()).sum())
            harness.compare(
                np.array([value]), np.array([right]), np.array([plain]), np.float32,
                name="logsumexp", on=f"{kind} scores, n = {n}",
                hypotheses=[
                    ("The maximum is not put back: add m.", np.array([np.log(total)])),
                    ("The logarithm of the sum is missing.", np.array([m + total])),
                    ("That is the maximum alone: add ln of the sum.", np.array([m])),
                    ("Add the maximum, do not subtract it.", np.array([np.log(total) - m])),
                    ("Add the logarithm, do not subtract it.", np.array([m - np.log(total)])),
                    ("That is the base-2 logarithm.", np.array([m + np.log2(total)])),
                    ("That is the logarithm of the mean.", np.array([right - np.log(n)])),
                ],
                if_not_finite=_not_finite(value, m),
            )  # fmt: skip
    harness.passed("four kinds of scores")


def _not_finite(value, m: float) -> str:
    if value != -np.inf:
        return "Subtract the maximum before exp and put it back at the end."
    if m < 0:
        return "The maximum is below 0 here: take the maximum of the scores alone, not with 0."
    return "The answer is -inf only where all scores are: ask whether the maximum is -inf."


def logsumexp__all_masked(logsumexp) -> None:
    """-inf, not NaN, when every score is -inf: the sum is 0."""
    for n in (1, harness.vary(5)):
        value = harness.call(logsumexp, np.full(n, -np.inf, np.float32)).value
        if not (np.ndim(value) == 0 and value is not None and value == -np.inf):
            why = "The sum is 0 and ln 0 = -inf. Treat m = -inf first: -inf - -inf is NaN."
            harness.fail(f"logsumexp returned {value} on {n} scores of -inf", why)
    harness.passed("-inf for a row without a score, where -inf - (-inf) would be NaN")


def round_mantissa__nearest(round_mantissa) -> None:
    """Nearest neighbour with `bits` mantissa bits, for positive and negative numbers."""
    g = harness.rng("round")
    for bits in (7, 10, 3):
        x = (g.standard_normal(200) * 10.0 ** g.integers(-6, 7, 200)).astype(np.float32)
        x = (x.view(np.uint32) | np.uint32(1)).view(np.float32)  # never halfway between neighbours
        _compare_round(round_mantissa, x, bits, "random numbers")
    harness.passed("3, 7 and 10 mantissa bits")


def round_mantissa__ties(round_mantissa) -> None:
    """Halfway between two neighbours, the one whose last kept bit is 0."""
    for bits in (7, 10):
        odd_halves = 2 * harness.rng("tie", bits).permutation(40)[:20] + 1
        x = (1 + odd_halves / 2 ** (bits + 1)).astype(np.float32)
        x = np.concatenate([x, np.nextafter(x[:4], np.float32(4))])  # just above a tie: goes up
        _compare_round(round_mantissa, np.concatenate([x, -x]), bits, "ties")
    harness.passed("ties go to even")


def accepts__right_ones(accepts) -> None:
    """Errors up to twice the plain error plus the floor are accepted, at every magnitude."""
    for size in (1e-4, 1.0, 1e4):
        for factor in (0.0, 0.9, 1.9):
            if not _verdict(accepts, *_with_error(size, factor)):
                what = f"{factor} times the plain error, numbers around {size:g}"
                harness.fail(f"accepts rejects {what}", BOUND)
    exact = _exact(1.0)
    step = 1e-3 * np.array([1, -1, 0.5, 0.2, -0.4, 0.1])
    if not _verdict(accepts, exact + 1.9 * np.roll(step, 3), exact + step, exact, 0.0):
        why = "Compare the two largest errors, wherever they stand, not entry with entry."
        harness.fail("accepts rejects an error at another entry than the plain one's", why)
    exact = np.ones(5)
    got = exact + 0.5e-3
    if not _verdict(accepts, got, exact.copy(), exact, 1e-3):
        harness.fail("accepts rejects an error of half the floor, plain is exact", "Add the floor.")
    got = _exact(1.0)
    if not _verdict(accepts, got - 0.05, got + 0.05, got, 0.0):
        harness.fail("accepts rejects an error below exact", "Take the absolute error of both.")
    for plain, floor, error in ((0.25, 0.125, 0.625), (0.125, 0.25, 0.4375)):
        if not _verdict(accepts, *_errors(error, plain), floor):
            why = "The bound is 2 max|plain - exact| + floor: the two are added, and <= takes it."
            what = f"an error of {error}, plain {plain}, floor {floor}"
            harness.fail(f"accepts rejects {what}", why)
    harness.passed("right results at three magnitudes")


def accepts__wrong_ones(accepts) -> None:
    """Errors above the bound are rejected, at every magnitude; NaN and inf too."""
    cases = []
    for size in (1e-4, 1.0, 1e4):
        for factor in (2.2, -2.2, 40.0, 2.01):
            what = f"{factor} times the plain error, numbers around {size:g}"
            cases.append((_with_error(size, factor), f"accepts takes {what}", BOUND))
    for bad in (np.nan, np.inf):
        exact = _exact(1.0)
        got = exact.copy()
        got[2] = bad
        args = got, exact + 0.01, exact, 0.1
        cases.append(
            (args, f"accepts takes {bad} for right", "Ask error <= allowed: NaN fails it.")
        )
    exact = _exact(1.0)
    got = exact.copy()
    got[3] += 0.05
    what = "accepts misses one wrong entry among right ones"
    cases.append(((got, exact + 0.01, exact, 0.0), what, "Take the largest error."))
    args, what = (exact - 0.05, exact + 0.01, exact, 0.0), "accepts takes a result far too low"
    cases.append((args, what, "Take the absolute value of the error."))
    for plain, floor, error in ((0.25, 0.125, 0.6875), (0.125, 0.25, 0.5625)):
        why = "The bound is 2 max|plain - exact| + floor, with nothing added: the floor once, "
        why += "and no tolerance relative to the numbers."
        what = f"an error of {error}, plain {plain}, floor {floor}, numbers around 2**20"
        cases.append(((*_errors(error, plain), floor), f"accepts takes {what}", why))
    # among right ones, in an order that is drawn: counting the calls tells nobody what comes
    right = [(_with_error(size, 0.0), "", "") for size in (1e-4, 1.0, 1e4, 1e-2, 1e2, 10.0)]
    order = harness.shuffled(range(len(cases) + len(right)), "results")
    verdicts = {i: _verdict(accepts, *(cases + right)[i][0]) for i in order}
    for i, (_, what, why) in enumerate(cases):
        if verdicts[i]:
            harness.fail(what, why)
    if not sum(verdicts[len(cases) + i] for i in range(len(right))) > len(right) // 2:
        harness.fail("accepts rejects results without any error", "Saying False is no test.")
    harness.passed("wrong results at three magnitudes, NaN, inf, a single entry")


def _exact(size: float) -> np.ndarray:
    return size * harness.rng("exact").standard_normal(6)


def _errors(got: float, plain: float):
    """(got, plain, exact) with these largest errors, exact in float64, at different entries."""
    exact = 2.0**20 + np.arange(6)
    step = np.array([0, 1, -0.5, 0, 0.25, 0])
    return exact + got * np.roll(step, 1), exact - plain * step, exact


def _with_error(size: float, factor: float):
    """(got, plain, exact, floor 0): got is off by `factor` times the plain error."""
    exact = _exact(size)
    step = 1e-3 * size * np.array([1, -1, 0.5, 0.2, -0.4, 0.1])
    return exact + factor * step, exact + step, exact, 0.0


def _verdict(fn, got, plain, exact, floor) -> bool:
    value = harness.call(fn, got, plain, exact, floor).value
    if not isinstance(value, (bool, np.bool_)):
        harness.fail(f"accepts returned {type(value).__name__}", "Return True or False.")
    return bool(value)


def _compare_round(fn, x, bits: int, on: str) -> None:
    outcome = harness.call(fn, x, bits)
    got = harness.array_of(outcome, "round_mantissa", x.shape)
    if got.dtype != np.float32:
        harness.fail(
            f"round_mantissa returned {got.dtype}", "Turn the bits back: u.view(np.float32)."
        )
    expected = _round(x, bits)
    if np.array_equal(got, expected):
        return
    drop = np.uint32(23 - bits)
    u = x.view(np.uint32)
    half = np.uint32(1 << int(drop - 1))
    why = ""
    for text, wrong in (
        ("That truncates: add about half of the last kept bit first.", (u >> drop) << drop),
        (
            "A tie went up: it goes to the neighbour whose last kept bit is 0.",
            ((u + half) >> drop) << drop,
        ),
        (
            "A tie went down: it goes to the neighbour whose last kept bit is 0.",
            ((u + half - np.uint32(1)) >> drop) << drop,
        ),
        (
            "That rounds away from zero, always.",
            ((u + np.uint32((1 << int(drop)) - 1)) >> drop) << drop,
        ),
        ("Nothing is rounded.", u),
        ("One bit too few is kept.", _round(x, bits - 1).view(np.uint32)),
        ("One bit too many is kept.", _round(x, bits + 1).view(np.uint32)),
        ("That always keeps 7 bits: `bits` is the caller's.", _round(x, 7).view(np.uint32)),
    ):
        if not why and np.array_equal(got, wrong.view(np.float32)):
            why = text
    i = int(np.argmax(got != expected))
    what = f"round_mantissa is wrong on {on}, {bits} bits: {x[i]:.9g} became {got[i]:.9g}"
    harness.fail(f"{what}, expected {expected[i]:.9g}", why)


def _round(x: np.ndarray, bits: int) -> np.ndarray:
    """x to `bits` mantissa bits; np.rint takes ties to even."""
    fraction, exponent = np.frexp(x.astype(np.float64))
    return np.ldexp(np.rint(fraction * 2.0 ** (bits + 1)), exponent - bits - 1).astype(np.float32)


def check_softmax(fn, kinds: tuple[str, ...], mistakes) -> None:
    """Fail unless `fn(x, y, block)` leaves softmax(x) in y, for four lengths and all `kinds`.

    mistakes: a function of (x, block) that returns hypotheses.
    """
    for n, block in ((8, 8), (harness.vary(203, 9), 16), (harness.vary(70, 5), 7), (3, 8)):
        for kind in kinds:
            x = scores(kind, n)
            run = _run(fn, x, block)
            expected = softmax(x.astype(np.float64))
            lse = x.max() + np.log(np.exp(x - x.max()).sum())  # in float32: right, and less exact
            plain = max(softmax(x), np.exp(x - lse), key=lambda p: np.abs(p - expected).max())
            harness.compare(
                run.outputs["y"], expected, plain, np.float32,
                name=f"y of {harness.name_of(fn)}", on=f"{kind} scores, n = {n}, block = {block}",
                hypotheses=mistakes(x.astype(np.float64), block),
                if_not_finite=START if kind == "negative" else MAX_FIRST,
            )  # fmt: skip


def check_passes(fn, reads: int, why: str) -> None:
    """Fail unless `fn(x, y, block)` reads x `reads` times and writes y once."""
    for n, block in ((harness.vary(203, 9), 16), (harness.vary(70, 5), 7)):
        moved = _run(fn, scores("random", n), block).traffic.by_array()
        for array, kind, times in (
            ("x", "read", reads), ("x", "write", 0), ("y", "read", 0), ("y", "write", 1)
        ):  # fmt: skip
            got = moved.get(array, {}).get(kind, 0) / (4 * n)
            if got != times:
                past = {"read": "read", "write": "written"}[kind]
                harness.fail(f"{array} is {past} {got:g} times on n = {n}, expected {times}", why)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max())
    return e / e.sum()


def scores(kind: str, n: int) -> np.ndarray:
    """(n,) float32: random, huge (up to 100), negative (near -300), ascending, descending, equal,
    masked (every second one -inf), climbing and falling (by 240), peak (100 amid -100)."""
    x = harness.rng("scores", kind, n).standard_normal(n)
    if kind == "huge":
        x = 100 * x / np.abs(x).max()
        x[0] = 100
    elif kind == "negative":
        x -= 300
    elif kind == "climbing":
        x = np.linspace(-120, 120, n)
    elif kind == "falling":
        x = np.linspace(120, -120, n)
    elif kind == "peak":  # inside a block, neither its first score nor its last
        x -= 100
        x[n // 2 + 1 if n // 2 % 7 == 0 else n // 2] = 100
    elif kind == "ascending":
        x.sort()
    elif kind == "descending":
        x = -np.sort(-x)
    elif kind == "equal":
        x[:] = x[0]
    elif kind == "masked":
        x[1::2] = -np.inf
    return x.astype(np.float32)


def _run(fn, x: np.ndarray, block: int):
    outputs = {"y": (x.shape, np.float32)}
    return harness.call_on_memory(fn, {"x": x}, outputs, (block,), 8 * 4 * block)


def mistakes(x: np.ndarray, block: int) -> list[harness.Hypothesis]:
    """What the usual mistakes of a softmax in blocks leave in y."""
    parts = [x[i : i + block] for i in range(0, len(x), block)]
    m = x.max()
    total = np.exp(x - m).sum()
    return [
        ("The weights are not divided by their sum.", np.exp(x - m)),
        ("The sum is shifted, the weights are not: exp(score - m) in both.", np.exp(x) / total),
        (
            "The weights are shifted, the sum is not: exp(score - m) in both.",
            softmax(x) / np.exp(m),
        ),
        (
            "Each block is normalised by itself: the sum runs over all blocks.",
            np.concatenate([softmax(p) for p in parts]),
        ),
        (
            "The sum holds the last block only: add up, total += ...",
            np.exp(x - m) / np.exp(parts[-1] - m).sum(),
        ),
        (
            "Each block subtracts its own maximum: use the maximum of the whole row.",
            np.concatenate([np.exp(p - p.max()) for p in parts])
            / sum(np.exp(p - p.max()).sum() for p in parts),
        ),
        (
            "The sum and the weights are shifted by different maxima.",
            np.exp(x - m) / sum(np.exp(p - p.max()).sum() for p in parts),
        ),
    ]
