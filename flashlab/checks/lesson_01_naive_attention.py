"""Checks of lesson 01: attention as it is written in the textbooks, and the bytes it moves."""

from __future__ import annotations

import numpy as np

from flashlab import reference, traffic
from flashlab.checks import harness

# (seqlen_q, seqlen_k, head_dim): square, odd, fewer keys than queries and the reverse
SHAPES = ((4, 6, 3), (17, 17, 8), (16, 48, 32), (33, 5, 3))
OVERFLOW = (
    "exp overflows float32 above 88.7, float64 above 709.8. Subtract each row's maximum from the "
    "scores before exp: the softmax does not change."
)
LEVELS = (
    "exp underflows to 0 for a whole row there, and 0 / 0 is NaN. Subtract the maximum of the row "
    "itself (axis=1), with its sign: not that of the whole matrix, not its absolute value."
)
COLUMN = (
    "{0}(axis=1) has shape (N,), and NumPy lines it up with the columns: key j gets the number of "
    "query j. keepdims=True keeps a column."
)
ONE_SUM = "One sum for the whole matrix: each row has its own."
IN_PLACE = "Work on a copy: `q = q * scale` makes a new array, `q *= scale` changes the caller's."


def hand_trace__scores(exp_scores_row2, row_sum_row2) -> None:
    """exp(S) and its sum for query 2 of the worked example."""
    harness.answered(exp_scores_row2=exp_scores_row2, row_sum_row2=row_sum_row2)
    q, k, _ = worked_example()
    expected = np.exp(q @ k.T)[2]
    whys = {
        tuple((q @ k.T)[2]): "These are the scores S. Take exp of each: exp(a * ln 2) = 2 ** a.",
        tuple(expected / expected.sum()): "These are the probabilities P, already divided by the "
        "row's sum.",
        None: "S[2, j] is the dot product of q4[2] and k4[j], and exp(a * ln 2) = 2 ** a.",
    }
    harness.numbers("exp_scores_row2", exp_scores_row2, expected, whys)
    why = "Add the four numbers of exp_scores_row2."
    harness.numbers("row_sum_row2", row_sum_row2, expected.sum(), why)
    harness.passed("exp(S) of query 2 and its sum")


def hand_trace__output(out_row2) -> None:
    """The output row of query 2: the values, weighted by P."""
    harness.answered(out_row2=out_row2)
    q, k, v = worked_example()
    p = reference.softmax(q @ k.T)
    whys = {
        tuple((np.exp(q @ k.T) @ v)[2]): "The weights are not divided by their sum yet.",
        tuple(v.mean(0)): "That is the plain mean of V. Query 2 prefers key 3 to the others.",
        None: "Weigh the rows of V with exp(S[2]) divided by its sum, and add them up.",
    }
    harness.numbers("out_row2", out_row2, (p @ v)[2], whys, rtol=1e-4)
    harness.passed("the output of query 2")


def hand_trace__trips(trips_scores, trips_softmax, trips_output) -> None:
    """Loads and stores of 2x2 tiles in each of the three steps, N = 4."""
    harness.answered(
        trips_scores=trips_scores, trips_softmax=trips_softmax, trips_output=trips_output
    )
    harness.numbers(
        "trips_scores", trips_scores, 12,
        "Each tile of S needs a tile of Q and a tile of K, and is stored.",
    )  # fmt: skip
    whys = {
        4: "S has four tiles and P has four: every one crosses.",
        12: "A tile of S is loaded once: both of a row lie on the board together.",
        None: "Every tile of S is loaded, and every tile of P is stored.",
    }
    harness.numbers("trips_softmax", trips_softmax, 8, whys)
    once = "Each tile of O is stored once, after both products, and never loaded."
    whys = {
        8: "These are the loads. Each tile of O is stored, too.",
        6: "Each tile of P meets a tile of V: that must be loaded too.",
        12: once, 16: once, 18: once,
        20: "O is 4x2: two tiles, not four.",
        None: "Each tile of O needs a row of tiles of P and a column of tiles of V, and is stored "
        "once.",
    }  # fmt: skip
    harness.numbers("trips_output", trips_output, 10, whys)
    harness.passed("12 + 8 + 10 = 30 trips")


def naive_attention__values(naive_attention) -> None:
    """softmax(softmax_scale Q K^T) V within the 2x rule, for square and other shapes."""
    worst = 0.0
    for shape in SHAPES:
        sizes = tuple(harness.vary(n, 2, i) for i, n in enumerate(shape))
        for kind in ("random", "ascending", "equal"):
            worst = max(worst, _check_values(naive_attention, kind, *sizes))
    harness.passed(f"{3 * len(SHAPES)} inputs, largest error {worst:.1e}")


def naive_attention__huge_scores(naive_attention) -> None:
    """Finite and right when the scores reach 100, then 800: exp overflows float32, then float64."""
    worst = max(
        _check_values(naive_attention, kind, harness.vary(24), harness.vary(31), 16)
        for kind in ("levels", "huge", "outlier")
    )
    q, k, v = _far_scores(harness.vary(24), harness.vary(31), 16)
    on = f"scores up to {(q @ k.T).max():.0f}, q {q.shape}, k and v {k.shape}"
    worst = max(worst, _compare_naive(naive_attention, q, k, v, 1.0, on))
    harness.passed(f"scores up to {(q @ k.T).max():.0f}, largest error {worst:.1e}")


def naive_attention__scale(naive_attention) -> None:
    """softmax_scale is the caller's: any number, not always 1 / sqrt(head_dim)."""
    q, k, v = harness.attention_inputs("random", harness.vary(9, 1), harness.vary(12, 1), 8)
    for scale in (0.05, 0.9):
        _compare_naive(naive_attention, q, k, v, scale, f"random inputs with scale {scale}")
    harness.passed("two other scales")


def _far_scores(seqlen_q: int, seqlen_k: int, head_dim: int):
    """(q, k, v) whose scores, at scale 1, are 0, 32, 64 ... in each row, in some order.

    Whole numbers are exact in float32, and a gap of 32 leaves one weight: no order of the sums, no
    log-sum-exp rounds. With 24 keys or more the largest is beyond 709, where exp overflows float64.
    """
    g = harness.rng("far", seqlen_q, seqlen_k)
    q = 32 * np.eye(head_dim, dtype=np.float32)[np.arange(seqlen_q) % head_dim]
    k = np.stack([g.permutation(seqlen_k) for _ in range(head_dim)], axis=1).astype(np.float32)
    return q, k, g.standard_normal((seqlen_k, head_dim), dtype=np.float32)


def _check_values(fn, kind: str, seqlen_q: int, seqlen_k: int, head_dim: int) -> float:
    q, k, v = harness.attention_inputs(kind, seqlen_q, seqlen_k, head_dim)
    scale = 1 / np.sqrt(head_dim)
    on = f"{kind} inputs, q {q.shape}, k and v {k.shape}"
    return _compare_naive(fn, q, k, v, float(scale), on)


def _compare_naive(fn, q, k, v, scale: float, on: str) -> float:
    name = harness.name_of(fn)
    outcome = harness.call(fn, q, k, v, scale, why_changed=IN_PLACE)
    shape = (len(q), v.shape[1])
    hints = {
        (len(q), len(k)): "That is the shape of P: multiply it by V.",
        (len(k), v.shape[1]): "There is one output row for each query, not for each key.",
        v.shape[::-1]: "Transpose it.",
    }
    got = harness.array_of(outcome, name, shape, hints)
    expected = harness.exact_attention(q, k, v, scale)
    plain = harness.plain_attention(q, k, v, scale)
    return harness.compare(
        got, expected, plain, np.float32,
        name=name, on=on, hypotheses=mistakes(q, k, v, scale),
        if_not_finite=_why_not_finite(got, on), ulps=_largest_score(q, k, scale),
    )  # fmt: skip


def _largest_score(q, k, scale: float) -> float:
    return float(np.abs(q @ k.T).max() * scale)


def _why_not_finite(got: np.ndarray, kind: str) -> str:
    """Levels rise with the rows: the last row overflows, or the first ones underflow."""
    return LEVELS if kind.startswith("levels") and np.isfinite(got[-1]).all() else OVERFLOW


def mistakes(q, k, v, scale: float) -> list[harness.Hypothesis]:
    """What the usual mistakes return on these inputs, with the words for each."""
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    s = q @ k.T
    d = q.shape[1]

    def over_queries():
        e = np.exp(scale * s - (scale * s).max(0))
        return e / e.sum(0) @ v

    def one_sum(row_maximum):
        e = np.exp(scale * s - (scale * s).max(1 if row_maximum else None, keepdims=True))
        return e / e.sum() @ v

    def column_lost(where):
        if len(q) != len(k):
            return np.zeros(0)
        e = np.exp(scale * s - (scale * s).max(1, keepdims=where != "max"))
        return e / e.sum(1, keepdims=where == "max") @ v

    twice = "The scores are scaled twice."
    if np.isclose(scale * scale, 1 / d):
        twice = "The scores are scaled by 1/d: multiply by softmax_scale, and only once."
    return [
        ("Everything is zero: does the result reach the return?", np.zeros((len(q), v.shape[1]))),
        (
            "That is the plain mean of V: the weights do not depend on the scores.",
            np.tile(v.mean(0), (len(q), 1)),
        ),
        (
            "The scores are not scaled: multiply Q K^T by softmax_scale.",
            reference.attention(q, k, v, 1.0),
        ),
        (
            twice,
            reference.attention(q, k, v, scale * scale),
        ),
        (
            "The scores are scaled by 1/d. Use the softmax_scale that the caller gives.",
            reference.attention(q, k, v, 1 / d),
        ),
        (
            "softmax_scale is ignored: 1/sqrt(d) is only its usual value.",
            reference.attention(q, k, v, 1 / np.sqrt(d)),
        ),
        (
            "The scores are divided by softmax_scale: multiply.",
            reference.attention(q, k, v, 1 / scale),
        ),
        (
            "The softmax runs over the queries (axis 0). Each query's weights over the keys "
            "(the last axis) must add up to 1.",
            over_queries,
        ),
        (
            "The weights are not divided by their sum: each row of P must add up to 1.",
            lambda: np.exp(scale * s) @ v,
        ),
        (
            "The weights are not divided by their sum: each row of P must add up to 1.",
            lambda: np.exp(scale * s - (scale * s).max(1, keepdims=True)) @ v,
        ),
        (
            "The scores are multiplied with V as they are: the softmax is missing.",
            scale * s @ v,
        ),
        (
            "softmax_scale comes too late: multiply the scores by it, before the softmax.",
            scale * reference.attention(q, k, v, 1.0),
        ),
        (ONE_SUM, lambda: one_sum(True)),
        (ONE_SUM, lambda: one_sum(False)),
        (COLUMN.format("sum"), lambda: column_lost("sum")),
        (COLUMN.format("max"), lambda: column_lost("max")),
    ]


def attention_flops__any_shape(attention_flops) -> None:
    """Two matrix products, a multiply and an add for each pair, for any three sizes."""
    for sizes in ((5, 7, 3), (128, 64, 32), (harness.vary(1000, 50), harness.vary(77, 9), 64)):
        m, n, d = sizes
        hypotheses = [
            ("A multiply and an add are two operations: 2 for each pair.", 2 * m * n * d),
            ("A multiply and an add are two operations, and there are two products.", m * n * d),
            ("That is N x N alone: each score takes head_dim multiply-adds.", 4 * m * n),
            ("There are seqlen_q times seqlen_k scores: the two may differ.", 4 * m * m * d),
            ("There are seqlen_q times seqlen_k scores: the two may differ.", 4 * n * n * d),
            ("That is linear in N. Every query meets every key.", 4 * (m + n) * d),
            (
                "Count an add for each multiply, the first one too: 2 for each pair.",
                m * n * (2 * d - 1) + m * d * (2 * n - 1),
            ),
            (
                "Count an add for each multiply, the first one too: 2 for each pair.",
                2 * m * n * (2 * d - 1),
            ),
            *(
                ("The softmax is counted too: leave it out.", 4 * m * n * d + extra * m * n)
                for extra in range(1, 8)
            ),
        ]

        on = f"seqlen_q = {m}, seqlen_k = {n}, head_dim = {d}"
        expected = traffic.attention_flops(*sizes)
        harness.number(attention_flops, sizes, expected, on, hypotheses)
    harness.passed("operations of both products, three shapes")


def naive_traffic_bytes__any_shape(naive_traffic_bytes) -> None:
    """Q, K, V in, S out and in, P out and in, O out: for any sizes and dtype."""
    cases = ((5, 7, 3, 4), (128, 64, 32, 2), (harness.vary(1000, 50), harness.vary(77, 9), 64, 4))
    for m, n, d, itemsize in cases:
        parts = traffic.naive_traffic(m, n, d, itemsize)
        total, scores = sum(parts.values()), m * n * itemsize
        square = sum(traffic.naive_traffic(m, m, d, itemsize).values())
        hypotheses = [
            ("That is the number of elements: multiply by itemsize.", total // itemsize),
            ("S and P each make a round trip: written once, read once.", total - 2 * scores),
            ("S and P each make a round trip: written once, read once.", total - 3 * scores),
            ("One of the four trips of S and P is missing.", total - scores),
            ("That is Q, K, V and O alone. S and P go to HBM and come back.", total - 4 * scores),
            ("That is S and P alone. Q, K, V are read and O is written.", 4 * scores),
            ("The output is not written.", total - parts["out"]),
            ("K and V are both read: two matrices.", total - parts["v"]),
            (
                "Q, K, V and O take itemsize bytes an element too.",
                4 * scores + (total - 4 * scores) // itemsize,
            ),
            (
                "An element does not always take 4 bytes: itemsize says how many.",
                total // itemsize * 4,
            ),
            ("The shapes differ: K and V have seqlen_k rows, S has seqlen_q x seqlen_k.", square),
        ]
        on = f"seqlen_q = {m}, seqlen_k = {n}, head_dim = {d}, itemsize = {itemsize}"
        harness.number(naive_traffic_bytes, (m, n, d, itemsize), total, on, hypotheses)
    harness.passed("bytes of all eight trips, three shapes")


def naive_attention_hbm__values(naive_attention_hbm) -> None:
    """The output that lands in HBM is softmax(softmax_scale Q K^T) V."""
    for shape, kind in (
        ((4, 4, 2), "random"), ((22, 17, 8), "random"), ((12, 30, 16), "random"),
        ((9, 14, 8), "levels"), ((16, 20, 16), "huge"),
    ):  # fmt: skip
        run, (q, k, v), scale = _run_hbm(naive_attention_hbm, shape, kind)
        harness.compare(
            run.outputs["out"],
            harness.exact_attention(q, k, v, scale),
            harness.plain_attention(q, k, v, scale),
            np.float32,
            name="out of " + harness.name_of(naive_attention_hbm),
            on=f"{kind} inputs, q {q.shape}, k and v {k.shape}",
            hypotheses=mistakes(q, k, v, scale),
            if_not_finite=_why_not_finite(run.outputs["out"], kind),
            ulps=_largest_score(q, k, scale),
        )
        weights = reference.softmax(reference.scores(q, k, scale))
        if not np.allclose(run.outputs["p"], weights, atol=1e-4):
            harness.fail(
                "p in HBM is not softmax(S)", "Store the weights there before you use them."
            )
    harness.passed("the output in HBM, five inputs, scores up to 100")


def naive_attention_hbm__bytes(naive_attention_hbm) -> None:
    """Every array moves exactly the bytes that the formula says, in exactly eight trips' worth."""
    for shape in ((4, 4, 2), (22, 17, 8), (12, 30, 16)):
        run, (q, k, _), _ = _run_hbm(naive_attention_hbm, shape)
        expected = traffic.naive_traffic(len(q), len(k), q.shape[1], 4)
        for array, kinds in run.traffic.by_array().items():
            _check_bytes(array, kinds, expected[array], f"q {q.shape}, k {k.shape}")
    _check_read_back(naive_attention_hbm)
    harness.passed(f"{sum(expected.values()):,} bytes, as the formula says")


def _check_read_back(fn) -> None:
    """What is read from s and p is used: there they are rounded to float32, all else is float64."""
    for array, use in (("s", "p from the tile of s"), ("p", "out from the tile of p")):
        run, (q, k, v), scale = _run_hbm(fn, (17, 23, 8), dtype=np.float64, rounded=array)
        error = np.abs(run.outputs["out"] - harness.exact_attention(q, k, v, scale)).max()
        if error < 1e-11:
            harness.fail(
                f"{array} is read back and what was read is thrown away: with {array} rounded to "
                f"float32 in HBM, out is still right to {error:.0e}",
                f"Compute {use} that you read, not from the one that was stored.",
            )


def _run_hbm(fn, shape, kind: str = "random", dtype=np.float32, rounded: str = ""):
    """One run; in HBM, the array named `rounded` is float32, all others are of `dtype`."""
    m, n, d = (harness.vary(size, 1, i) for i, size in enumerate(shape))
    q, k, v = harness.attention_inputs(kind, m, n, d, dtype)
    scale = 0.45 if kind == "random" else d**-0.5
    shapes = {"s": (m, n), "p": (m, n), "out": (m, d)}
    outputs = {name: (x, np.float32 if name == rounded else dtype) for name, x in shapes.items()}
    run = harness.call_on_memory(fn, {"q": q, "k": k, "v": v}, outputs, (scale,))
    return run, (q, k, v), scale


def _check_bytes(array: str, kinds: dict, expected: int, on: str) -> None:
    moved = sum(kinds.values())
    if moved == expected:
        return
    size = expected // 2 if array in "sp" else expected
    if array in "sp" and kinds["read"] == 0:
        why = f"{array} is written but never read back: you kept its tile in SRAM instead."
    elif array in "sp" and kinds["read"] > size:
        why = f"{array} is read {kinds['read'] / size:g} times. Keep the tile while you need it."
    elif moved > expected:
        times = moved / size
        why = f"{array} crosses {times:g} times its size. Read it once and keep the tile."
    else:
        why = f"Part of {array} never crosses."
    harness.fail(f"{array} moves {moved:,} bytes on {on}, the formula says {expected:,}", why)


def ten_thousand__scores(scores_10k, score_bytes_10k, layer_bytes_10k) -> None:
    """How many scores N = 10,000 makes, and what they take in float32."""
    harness.answered(
        scores_10k=scores_10k, score_bytes_10k=score_bytes_10k, layer_bytes_10k=layer_bytes_10k
    )
    harness.numbers(
        "scores_10k", scores_10k, 10**8, "Every one of 10,000 queries meets 10,000 keys."
    )
    larger = [1e3, 1e6, 1e9, 2**10, 2**20, 2**30]
    why = {4 * 10**8 / unit: "That is in kB, MB or GB: write bytes." for unit in larger}
    why |= {None: "A float32 takes 4 bytes."}
    harness.numbers("score_bytes_10k", score_bytes_10k, 4 * 10**8, why)
    why = {256 * 10**8 / unit: "That is in kB, MB or GB: write bytes." for unit in larger}
    why |= {None: "32 heads, and each keeps two such matrices: S and P."}
    harness.numbers("layer_bytes_10k", layer_bytes_10k, 256 * 10**8, why)
    harness.passed("10^8 scores, 0.4 GB a head, 25.6 GB a layer")


def ten_thousand__cards(cards_that_hold_it) -> None:
    """Which cards' memory holds S and P of that layer."""
    harness.answered(cards_that_hold_it=cards_that_hold_it)
    memory = {"T4": 16, "L4": 24, "A100-40": 40, "A100-80": 80, "H100": 80}
    if isinstance(cards_that_hold_it, str):
        shown = f'["{cards_that_hold_it}"]'
        harness.fail("cards_that_hold_it is no list", f"Write a list of names: {shown}.")
    try:
        got = set(cards_that_hold_it)
    except TypeError:
        harness.fail("cards_that_hold_it is no list", 'Write a list of names: ["T4", "L4"].')
    unknown = got - set(memory)
    if unknown:
        harness.fail(f"{sorted(map(str, unknown))[0]!r} is none of {', '.join(memory)}")
    for card, gb in memory.items():
        fits = gb > 25.6
        if (card in got) != fits:
            word = "is missing" if fits else "is one too many"
            why = f"Compare layer_bytes_10k with its {gb} * 10**9 bytes."
            harness.fail(f"The {card} {word} in cards_that_hold_it", why)
    harness.passed("only the 40 GB and 80 GB cards hold it, and only for one layer at a time")


def repaired_attention__values(repaired_attention) -> None:
    """The repaired function is right for square inputs too, where the bug hid."""
    for kind, sizes in (
        ("random", (6, 6, 4)), ("random", (harness.vary(13), 20, 8)),
        ("levels", (9, 9, 4)), ("huge", (12, 12, 4)),
    ):  # fmt: skip
        q, k, v = harness.attention_inputs(kind, *sizes)
        m, n, d = sizes

        def divided_by(axis, keepdims, q=q, k=k, v=v):
            s = q.astype(np.float64) @ k.T * 0.5
            p = np.exp(s - s.max(1, keepdims=True))
            return p / p.sum(axis=axis, keepdims=keepdims) @ v

        outcome = harness.call(repaired_attention, q, k, v, 0.5, why_changed=IN_PLACE)
        got = harness.array_of(outcome, "repaired_attention", (m, d))
        hypotheses = [
            (
                "The bug is still there: p.sum(axis=1) has shape (N,), and NumPy lines it up with "
                "the columns of p. Key j is divided by the sum of query j.",
                divided_by(1, False) if m == n else np.zeros(0),
            ),
            (
                "That is the sum over the queries: the weights of one query add up to 1.",
                divided_by(0, True),
            ),
            *mistakes(q, k, v, 0.5),
        ]
        harness.compare(
            got, harness.exact_attention(q, k, v, 0.5), harness.plain_attention(q, k, v, 0.5),
            np.float32, name="repaired_attention", on=f"{kind} inputs, q {q.shape}, k {k.shape}",
            hypotheses=hypotheses, if_not_finite=_why_not_finite(got, kind),
            ulps=_largest_score(q, k, 0.5),
        )  # fmt: skip
    harness.passed("square and rectangular")


def worked_example() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(q, k, v) of the N = 4 example: every score is a multiple of ln 2, so exp is a power of 2."""
    q = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], np.float64)
    k = np.log(2) * np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float64)
    v = np.array([[9, 0], [0, 9], [9, 9], [18, 0]], np.float64)
    return q, k, v
