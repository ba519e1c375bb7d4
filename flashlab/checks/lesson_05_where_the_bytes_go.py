"""Checks of lesson 05: the bytes of tiled attention, predicted, and what is claimed about them."""

from __future__ import annotations

import numpy as np

from flashlab import tiled, traffic
from flashlab.cards import MB, card
from flashlab.checks import harness
from flashlab.memory import measure

# seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N: whole tiles; ragged tails; tiles larger than all
SHAPES = ((24, 30, 7, 4, 5), (37, 53, 8, 5, 3), (30, 5, 16, 7, 16), (9, 40, 4, 16, 7))
LARGE = (10_000, 9_000, 64, 128, 48)
FLOOR = "The last, shorter tile is a visit too: round up, -(-a // b)."
EXACT = "A part of a tile is a whole visit: round up, -(-a // b)."
ELEMENTS = "That is the number of elements: multiply by the bytes of each."
PADDED = "Only elements that exist cross: the last tile is shorter, so its bytes are fewer."
SQUARE = "The lengths differ: K and V have seqlen_k rows, Q and O have seqlen_q."
SWAPPED = "The columns are swapped: that belongs to the other way."
UNITS = (1e3, 1e6, 1e9, 2**10, 2**20, 2**30)
STAT_SIZE = "A row statistic takes stat_itemsize bytes, not itemsize."


# --------------------------------------------------------------------------------------------------
# flash_traffic_bytes


def flash_traffic_bytes__queries_outside(flash_traffic_bytes) -> None:
    """Query tiles outside, with and without LSE: as measured on the two-level memory."""
    for n, shape in enumerate(SHAPES):
        for stored in (True, False):
            _check_order(flash_traffic_bytes, shape, 4 - 2 * (n % 2), "q", 4 * stored)
    _check_order(flash_traffic_bytes, LARGE, 2, "q", 4)
    harness.passed(f"{2 * len(SHAPES)} runs on the two-level memory, to the byte")


def flash_traffic_bytes__keys_outside(flash_traffic_bytes) -> None:
    """Key tiles outside: as measured on the two-level memory."""
    for n, shape in enumerate(SHAPES):
        _check_order(flash_traffic_bytes, shape, 4 + 4 * (n % 2), "k", 4)
    _check_order(flash_traffic_bytes, LARGE, 2, "k", 0)
    harness.passed(f"{len(SHAPES)} runs on the two-level memory, to the byte")


def _check_order(fn, shape, itemsize: int, outer: str, stat_itemsize: int) -> None:
    mistakes = _queries_outside if outer == "q" else _keys_outside
    for attempt in range(40):
        sizes = (harness.vary(shape[0], 2, attempt), harness.vary(shape[1], 2, attempt, 1))
        args = (*sizes, *shape[2:], itemsize, outer, stat_itemsize)
        expected = traffic.flash_traffic_bytes(*args)
        wrong = mistakes(*sizes, *shape[2:], itemsize, stat_itemsize)
        if _tell_apart(wrong, expected):
            break
    m, n, d, BLOCK_M, BLOCK_N = args[:5]
    on = f"seqlen_q = {m}, seqlen_k = {n}, head_dim = {d}, BLOCK_M = {BLOCK_M}, "
    on += f'BLOCK_N = {BLOCK_N}, itemsize = {itemsize}, outer = "{outer}", '
    on += f"stat_itemsize = {stat_itemsize}"
    if shape in SHAPES:
        expected = _measured(args[:5], itemsize, outer, stat_itemsize)
    harness.number(fn, args, expected, on, wrong)


def _tell_apart(wrong: list[tuple], expected: int) -> bool:
    """Does each mistake that shows on these sizes return a number of its own?"""
    texts: dict[float, str] = {}
    return all(texts.setdefault(x, text) == text for text, x in wrong if x != expected)


def _measured(sizes, itemsize: int, outer: str, stat_itemsize: int) -> int:
    """The bytes of a run; elements float16 or float32, statistics float32 or not stored."""
    m, n, d, *blocks = sizes
    dtype = np.dtype(f"f{itemsize}")
    q, k, v = harness.attention_inputs("random", m, n, d, dtype)
    x = {"q": q, "k": k, "v": v}
    with np.errstate(all="ignore"):
        if outer == "q":
            spec = {"out": ((m, d), dtype)} | ({"lse": ((m,), "f4")} if stat_itemsize else {})
            args = (0.45, *blocks) if stat_itemsize else (None, 0.45, *blocks)
            return measure(tiled.tiled_attention_hbm, x, spec, args).traffic.hbm_bytes
        x |= {"out": np.zeros((m, d), dtype)}
        x |= {"m": np.full(m, -np.inf, "f4"), "l": np.zeros(m, "f4")}
        return measure(tiled.flash1_attention_hbm, x, {}, (0.45, *blocks)).traffic.hbm_bytes


def _queries_outside(m, n, d, BLOCK_M, BLOCK_N, itemsize: int, stat: int) -> list[tuple]:
    """What the usual mistakes return, query tiles outside."""

    def moved(visits, q=1, kv=2, out=1, lse=1, rows=m, keys=n):
        return itemsize * d * (rows * (q + out) + kv * keys * visits) + rows * lse * stat

    visits, tiles = traffic.cdiv(m, BLOCK_M), traffic.cdiv(n, BLOCK_N)
    once = "K and V cross once for each tile of queries: the inner loop reads them all again."
    outside = "Q is loaded before the inner loop, O stored after it: each element crosses once."
    outer = "The visits are counted over the keys: the outer loop runs over the queries."
    return [
        (FLOOR, moved(m // BLOCK_M)),
        (EXACT, moved(m / BLOCK_M)),
        (EXACT, int(moved(m / BLOCK_M))),
        ("Both K and V cross at every visit: two arrays.", moved(visits, kv=1)),
        (once, moved(1)),
        (ELEMENTS, moved(visits, lse=0) // itemsize + (m if stat else 0)),
        (ELEMENTS, moved(visits, lse=0) // itemsize + m),
        ("The LSE is missing: one number a row, stored once.", moved(visits, lse=0)),
        (STAT_SIZE, moved(visits, lse=0) + m * itemsize),
        ("The LSE is stored once a row, after the inner loop.", moved(visits, lse=visits)),
        ("The LSE is stored once a row, after the inner loop.", moved(visits, lse=tiles)),
        ("One number a row: with queries outside only the LSE goes to HBM.", moved(visits, lse=2)),
        ("The output is not written.", moved(visits, out=0)),
        (outside, moved(visits, q=tiles)),
        (outside, moved(visits, out=tiles)),
        *((PADDED, moved(visits, rows=rows, keys=keys) - stored * (rows - m) * stat)
          for rows in (m, visits * BLOCK_M) for keys in (n, tiles * BLOCK_N) for stored in (0, 1)),
        (SQUARE, moved(visits, keys=m)),
        ("BLOCK_M counts queries, BLOCK_N keys: the outer loop has seqlen_q / BLOCK_M tiles.",
         moved(traffic.cdiv(m, BLOCK_N))),
        (outer, moved(tiles)),
        ('That is the other order: outer = "q" has the queries outside.',
         traffic.flash_traffic_bytes(m, n, d, BLOCK_M, BLOCK_N, itemsize, "k", stat)),
        ("That is the three steps of lesson 01: no score goes to HBM here.",
         sum(traffic.naive_traffic(m, n, d, itemsize).values()) + m * stat),
    ]  # fmt: skip


def _keys_outside(m, n, d, BLOCK_M, BLOCK_N, itemsize: int, stat: int) -> list[tuple]:
    """What the usual mistakes return, key tiles outside."""

    def moved(visits, q=1, kv=2, out=2, stats=4, rows=m, keys=n, first=0):
        once = kv * keys * d * itemsize - first * (rows * d * itemsize + 2 * rows * stat)
        return once + visits * rows * ((q + out) * d * itemsize + stats * stat)

    visits, tiles = traffic.cdiv(n, BLOCK_N), traffic.cdiv(m, BLOCK_M)
    each = "O crosses at every visit, loaded and stored: it is done only at the last tile of keys."
    outer = "The visits are counted over the queries: the outer loop runs over the keys."
    both = "m and l are two numbers a row, and each is loaded and stored at every visit."
    return [
        (FLOOR, moved(n // BLOCK_N)),
        (EXACT, moved(n / BLOCK_N)),
        (EXACT, int(moved(n / BLOCK_N))),
        ("K and V are two arrays.", moved(visits, kv=1)),
        ("The first visit loads O, m and l too: they hold 0, -inf and 0 by then.",
         moved(visits, first=1)),
        ("The first visit loads O too: it holds 0 by then.", moved(visits) - m * d * itemsize),
        ("O is loaded and stored at every visit: two trips.", moved(visits, out=1)),
        (each, moved(visits, out=0) + 2 * m * d * itemsize),
        (each, moved(visits, out=0) + m * d * itemsize),
        ("Q crosses at every visit: the inner loop runs over it.",
         moved(visits, q=0) + m * d * itemsize),
        ("A tile of K and V is loaded once, before the inner loop.", moved(visits, kv=2 * tiles)),
        (both, moved(visits, stats=2)),
        (both, moved(visits, stats=1)),
        (both, moved(visits, stats=0)),
        (both, moved(visits, stats=0) + m * stat),
        (both, moved(visits, stats=0) + 2 * m * stat),
        (both, moved(visits, stats=0) + 4 * m * stat),
        (STAT_SIZE, moved(visits, stats=0) + 4 * visits * m * itemsize),
        (ELEMENTS, moved(visits, stats=0) // itemsize + (4 * visits * m if stat else 0)),
        (ELEMENTS, moved(visits, stats=0) // itemsize + 4 * visits * m),
        *((PADDED, moved(visits, rows=rows, keys=keys) - stored * 4 * visits * (rows - m) * stat)
          for rows in (m, tiles * BLOCK_M) for keys in (n, visits * BLOCK_N) for stored in (0, 1)),
        (SQUARE, moved(visits, keys=m)),
        (SQUARE, moved(traffic.cdiv(m, BLOCK_N))),
        ("BLOCK_N counts keys, BLOCK_M queries: the outer loop has seqlen_k / BLOCK_N tiles.",
         moved(traffic.cdiv(n, BLOCK_M))),
        (outer, moved(tiles)),
        ('That is the other order: outer = "k" has the keys outside.',
         traffic.flash_traffic_bytes(m, n, d, BLOCK_M, BLOCK_N, itemsize, "q", stat)),
    ]  # fmt: skip


# --------------------------------------------------------------------------------------------------
# largest_block_m


def largest_block_m__fits(largest_block_m) -> None:
    """The largest power of two whose tiles fit together; 0 where not even one row fits."""
    need = _need(64, 64, 64, 2)
    cases = [  # a board, and the mistakes that show there while those of earlier boards do not
        ((need + 8, 64, 64, 2), {"far", "four"}),
        ((100_000, 16, 256, 2), {"scores", "scores16"}),
        ((68_192, 128, 16, 2), {"acc"}),
        ((140_000, 128, 256, 2), {"v", "kv", "small"}),
        ((116_384, 128, 16, 4), {"q"}),
        ((108_192, 128, 16, 2), {"acc16"}),
        ((card("T4").shared_bytes_per_block, 128, 128, 2), {"one", "small"}),
        ((need, 64, 64, 2), {"less"}),
        ((need - 1, 64, 64, 2), {"stats"}),
        ((40 * MB, 64, 64, 2), {"stops"}),
        ((card("A100").shared_bytes_per_block, 64, 64, 2), {"rows"}),
        ((int(harness.rng("sram").integers(20_000, 200_000)), 48, 32, 4), {"rows"}),
    ]
    for (sram, *sizes), telling in cases:
        expected = _largest(sram, *sizes)
        on = "sram_bytes = {:,}, head_dim = {}, BLOCK_N = {}, itemsize = {}".format(sram, *sizes)
        if expected:
            once, twice = _need(expected, *sizes), _need(2 * expected, *sizes)
            on += f" ({expected} rows need {once:,} bytes, {2 * expected} need {twice:,})"
        else:
            on += f" (a single row needs {_need(1, *sizes):,})"
        fixed = _need(0, *sizes)
        rows = (sram - fixed) // (_need(1, *sizes) - fixed)
        why = [("That many rows fit, but it is not a power of two.", rows)]
        why += [(NEEDS[bug], _largest(sram, *sizes, bug)) for bug in telling & set(NEEDS)]
        why += [("That does not fit any more: return the one before it.", 2 * expected)] * (
            "far" in telling
        )
        why += [("sram_bytes counts bytes, not KB.", _largest(1024 * sram, *sizes))] * (
            "far" in telling
        )
        why += [("Not even one row fits: return 0.", 1)] * ("one" in telling)
        small = (
            "A block may have fewer than 16 rows: start from 1, and return 0 if that is too many."
        )
        why += [(small, rows) for rows in (0, 8, 16, 32)] * ("small" in telling)
        stops = "Larger blocks fit too: BLOCK_M has no upper limit but the board."
        why += [(stops, 2**power) for power in range(5, 15)] * ("stops" in telling)
        harness.number(largest_block_m, (sram, *sizes), expected, on, why)
    harness.passed(f"{len(cases)} boards, from none to {MB * 40:,} bytes")


NEEDS = {
    "scores": "The scores are forgotten: a tile of BLOCK_M x BLOCK_N in float32.",
    "scores16": "The scores are float32: 4 bytes each, whatever itemsize is.",
    "acc": "acc is forgotten: BLOCK_M x head_dim in float32.",
    "q": "The tile of Q is forgotten.",
    "four": "The tiles of Q, K and V take itemsize bytes an element, not 4.",
    "acc16": "acc is float32: 4 bytes each, whatever itemsize is.",
    "v": "K and V are two tiles, and both lie on the board.",
    "kv": "The tiles of K and V are forgotten.",
    "stats": "m and l are forgotten: two float32 a row.",
    "less": "A block that fills the board to the last byte fits: compare with <=.",
}


def _need(BLOCK_M: int, d: int, BLOCK_N: int, itemsize: int, bug: str = "") -> int:
    q = 0 if bug == "q" else BLOCK_M * d
    kv = {"v": 1, "kv": 0}.get(bug, 2) * BLOCK_N * d
    scores = {"scores": 0, "scores16": itemsize}.get(bug, 4) * BLOCK_M * BLOCK_N
    acc = {"acc": 0, "acc16": itemsize}.get(bug, 4) * BLOCK_M * d
    stats = 0 if bug == "stats" else 8 * BLOCK_M
    return (4 if bug == "four" else itemsize) * (q + kv) + scores + acc + stats + (bug == "less")


def _largest(sram: int, d: int, BLOCK_N: int, itemsize: int, bug: str = "") -> int:
    block = 1
    while _need(block, d, BLOCK_N, itemsize, bug) <= sram and block < 2**40:
        block *= 2
    return block // 2


# --------------------------------------------------------------------------------------------------
# fitted_exponent


def fitted_exponent__slope(fitted_exponent) -> None:
    """The least-squares slope on log-log axes: exact for powers, the best line otherwise."""
    g = harness.rng("exponent")
    x = np.array([128.0, 256.0, 512.0, 2048.0])
    for power, factor in ((2, 3.0), (-1, 5e6), (0.5, 70.0)):
        on = f"{factor:g} * size ** {power}, sizes {x.tolist()}"
        _check_slope(fitted_exponent, x, factor * x**power, on)
    for n in (5, 9):
        x = np.sort(g.uniform(10, 5000, n)).round()
        y = x**1.7 * np.exp(g.normal(0, 0.3, n))
        _check_slope(fitted_exponent, x, y, f"{n} scattered points")
    harness.passed("exponents 2, -1 and 0.5, and the best line through scattered points")


def _check_slope(fn, x, y, on: str) -> None:
    a, b = np.log(x), np.log(y)
    expected, intercept = np.polyfit(a, b, 1)
    wrong = [
        ("Take the logarithm of both before you fit.", np.polyfit(x, y, 1)[0]),
        ("The sizes need their logarithm too.", np.polyfit(x, b, 1)[0]),
        ("The bytes need their logarithm too.", np.polyfit(a, y, 1)[0]),
        ("Sizes and bytes are swapped: bytes go up, sizes to the right.", np.polyfit(b, a, 1)[0]),
        ("That is the intercept: return the slope.", intercept),
        ("The two logarithms have different bases.", expected * np.log2(np.e)),
        ("The two logarithms have different bases.", expected / np.log(10)),
        ("The two logarithms have different bases.", expected * np.log(10)),
        ("That is the slope between the first and the last point: fit all points.",
         (b[-1] - b[0]) / (a[-1] - a[0])),
        ("That is the slope between the first two points: fit all points.",
         (b[1] - b[0]) / (a[1] - a[0])),
        ("The line need not pass through the origin: take the means away first.",
         (a * b).sum() / (a * a).sum()),
        ("That is the mean of the slopes between neighbours: fit all points.",
         (np.diff(b) / np.diff(a)).mean()),
        ("The sign is wrong: more bytes for a larger size is a positive exponent.", -expected),
        ("The exponent need not be a whole number: do not round.", round(expected)),
    ]  # fmt: skip
    harness.number(fn, (x, y), expected, on, wrong, rtol=1e-6)


# --------------------------------------------------------------------------------------------------
# roofline


def roofline__intensity(intensity) -> None:
    """Floating-point operations of both products for each byte."""
    for m, n, d, moved in ((4096, 4096, 128, 4_194_304), (1, harness.vary(900, 50), 64, 230_000)):
        flops = 4 * m * n * d
        wrong = [
            ("That is bytes for each operation: divide the other way.", moved / flops),
            ("A multiply and an add are two operations, and there are two products.",
             flops / 4 / moved),
            ("There are two products, Q K^T and P V.", flops / 2 / moved),
            ("Queries and keys may differ in number.", 4 * n * n * d / moved),
            ("Queries and keys may differ in number.", 4 * m * m * d / moved),
            ("Each score takes head_dim multiply-adds.", 4 * m * n / moved),
            ("These are the operations: divide by the bytes.", flops),
        ]  # fmt: skip
        on = f"seqlen_q = {m}, seqlen_k = {n}, head_dim = {d}, hbm_bytes = {moved:,}"
        harness.number(intensity, (m, n, d, moved), flops / moved, on, wrong, rtol=1e-9)
    harness.passed("operations per byte, prefill and decode")


def roofline__roof(attainable_tflops) -> None:
    """Bandwidth below the ridge, the peak above it, both in TFLOP/s."""
    for name in ("T4", "A100", "H100"):
        c = card(name)
        peak, speed = c.tflops_16bit, c.hbm_gb_per_s
        for i in (0.1, 40.0, c.ridge_flops_per_byte, 2000.0):
            slope = i * speed / 1000
            wrong = [
                ("A GB/s is a thousandth of a TB/s: divide by 1000.", min(peak, 1000 * slope)),
                ("A GB/s is a thousandth of a TB/s: divide by 1000.", 1000 * slope),
                ("Nobody computes faster than the peak: take the smaller of the two.", slope),
                ("Below the ridge the bandwidth decides: take the smaller of the two.", peak),
                ("The two limits do not add up: the lower one counts.",
                 1 / (1 / peak + 1 / slope)),
                ("GB/s counts 10^9 bytes, not 2^30.", min(peak, i * speed * 2**30 / 1e12)),
                ("GB/s counts 10^9 bytes: a thousand of them are a TB/s.",
                 min(peak, i * speed / 1024)),
                ("Multiply by the intensity: more operations a byte, more operations a second.",
                 min(peak, speed / 1000 / i)),
                ("That is the share of the peak: return TFLOP/s.", min(1.0, slope / peak)),
            ]  # fmt: skip
            on = f"{i:.4g} FLOP/B, peak {peak:g} TFLOP/s, {speed:g} GB/s"
            args = (float(i), float(peak), float(speed))
            harness.number(attainable_tflops, args, min(peak, slope), on, wrong, rtol=1e-9)
    harness.passed("below, at and above the ridge of three cards")


# --------------------------------------------------------------------------------------------------
# dram_bytes


def dram_bytes__both_sides(dram_bytes) -> None:
    """K and V once where both fit into L2 together, once for each tile of queries where not."""
    d, itemsize = 64, 2
    row = 2 * d * itemsize  # of K and V together
    n = harness.vary(5000, 400)
    cases = [(4096, n, d, 128, itemsize, 40 * MB), (4100, n, d, 128, itemsize, row * n // 8)]
    cases += [(900, 300, 32, 64, 4, 30_000), (700, n, d, 48, itemsize, row * (n + 100))]
    cases += [(700, n, d, 48, itemsize, row * n)]
    cases += [(700, n, d, 48, itemsize, row * n - 1), (700, n, d, 48, itemsize, row * n * 3 // 4)]
    for m, n, d, BLOCK_M, itemsize, l2 in cases:
        visits = traffic.cdiv(m, BLOCK_M)
        kv, ends = 2 * n * d * itemsize, 2 * m * d * itemsize
        expected = ends + (1 if kv <= l2 else visits) * kv
        every = ends + visits * kv
        wrong = [
            ("Count bytes when you ask whether they fit: multiply by itemsize.",
             ends + kv if kv // itemsize <= l2 < kv // 2 else -1),
            ("K and V must fit together: two arrays.", ends + kv if kv > l2 >= kv // 2 else -1),
            ("Only K and V need to stay in L2: Q and O pass through once.",
             every if kv < l2 < kv + ends // 2 else -1),
            ("K and V fit into L2: they cross once, later visits find them there.",
             every if kv < l2 else -1),
            ("K and V that fill L2 to the last byte still fit: compare with <=.",
             every if kv == l2 else -1),
            ("K and V do not fit: they cross at every visit.", ends + kv if kv > l2 else -1),
            ("What stays in L2 of K and V that do not fit is gone before the next visit: in this "
             "model all of it crosses again.", ends + kv + (visits - 1) * max(0, kv - l2)),
            ("Q is read and O is written: both cross once.", expected - ends),
            ("Q is read and O is written: both cross once.", expected - ends // 2),
            ("Q and O cross once: a program keeps its tile of them.",
             expected + (visits - 1) * ends),
            (FLOOR, ends + (1 if kv <= l2 else m // BLOCK_M) * kv),
            (EXACT, ends + (1 if kv <= l2 else m / BLOCK_M) * kv),
            (ELEMENTS, expected // itemsize),
            ("Both K and V cross.", ends + (expected - ends) // 2),
            (SQUARE, expected + 2 * (m - n) * d * itemsize * (1 if kv <= l2 else visits)),
        ]  # fmt: skip
        on = f"seqlen_q = {m}, seqlen_k = {n}, head_dim = {d}, BLOCK_M = {BLOCK_M}, itemsize = "
        on += f"{itemsize}, l2_bytes = {l2:,} (K and V together have {kv:,})"
        args = (m, n, d, BLOCK_M, itemsize, l2)
        harness.number(dram_bytes, args, expected, on, wrong)
    harness.passed("K and V that fit, that just fit, and that do not")


# --------------------------------------------------------------------------------------------------
# The claims


def table_10k__numbers(
    flops_three_steps, flops_flash, extra_three_steps, extra_flash, hbm_three_steps, hbm_flash
) -> None:
    """FLOPs, extra memory and HBM bytes of both ways at N = 10,000."""
    harness.answered(
        flops_three_steps=flops_three_steps,
        flops_flash=flops_flash,
        extra_three_steps=extra_three_steps,
        extra_flash=extra_flash,
        hbm_three_steps=hbm_three_steps,
        hbm_flash=hbm_flash,
    )
    n, d = 10_000, 64
    flops = traffic.attention_flops(n, n, d)
    why = {flops / 4: "A multiply and an add are two operations, and there are two products."}
    why |= {flops / 2: "There are two products, and a multiply and an add are two operations."}
    why |= {4 * n * d: "Every query meets every key: N x N scores."}
    harness.numbers("flops_three_steps", flops_three_steps, flops, why)
    same = "Every score is still computed, once: the FLOPs are those of the three steps."
    harness.numbers("flops_flash", flops_flash, flops, same)
    why = {2 * n * n: "S and P both lie in HBM: two matrices."}
    why |= {4 * n * n * 2: "float16: 2 bytes an element.", n * n: "That is one matrix's elements."}
    why |= {4 * n: SWAPPED} | _not_bytes(4 * n * n)
    harness.numbers("extra_three_steps", extra_three_steps, 4 * n * n, why)
    why = {2 * n: "The LSE is float32: 4 bytes a row.", n: "Bytes: 4 for each row."}
    why |= {4 * 128 * 64: "A tile of scores lies in SRAM. Count what lies in HBM: the LSE."}
    why |= {0: "S and P are gone, but each row stores its LSE: the backward pass needs it."}
    why |= {8 * n: "m and l stay on the board, with the queries outside: only the LSE is stored."}
    why |= {4 * n * n: SWAPPED} | _not_bytes(4 * n)
    harness.numbers("extra_flash", extra_flash, 4 * n, why)
    naive = sum(traffic.naive_traffic(n, n, d, 2).values())
    why = {naive / 2: "float16: 2 bytes an element.", 2 * naive: "float16: 2 bytes an element."}
    why |= {
        naive - 4 * n * n: "S and P are each written and read.",
        8 * n * n: "Q, K, V and O cross too.",
        naive + 4 * n: "The three steps store no LSE: only the tiles do.",
    }
    flash = traffic.flash_traffic_bytes(n, n, d, 128, 64, 2, "q", 4)
    why |= {flash: SWAPPED} | _not_bytes(naive)
    harness.numbers("hbm_three_steps", hbm_three_steps, naive, why, rtol=1e-5)
    why = {flash - 4 * n: "The LSE is stored too: 4 bytes a row."}
    why |= {flash - 4 * n * d: "10,000 / 128 is 78.125: the last tile is a visit too."}
    why |= {8 * n * d: "K and V cross once for each tile of queries.", flash / 2: ELEMENTS}
    why |= {8 * n * d + 4 * n: "K and V cross once for each tile of queries."}
    why |= {flash - 2 * n: "The LSE is float32: 4 bytes a row."}
    why |= {(4 + 4 * n / 128) * n * d + lse: EXACT for lse in (0, 4 * n)}
    why |= {naive: SWAPPED} | _not_bytes(flash)
    harness.numbers("hbm_flash", hbm_flash, flash, why, rtol=1e-5)
    harness.passed(
        f"FLOPs alike, {4 * n * n / 1e6:,.0f} MB of S and P against {4 * n / 1e3:,.0f} kB of LSE, "
        f"{naive / flash:.1f} times fewer bytes"
    )


def _not_bytes(expected: float) -> dict:
    """The answer in a larger unit."""
    return {expected / unit: "Write bytes, not kB, MB or GB." for unit in UNITS}


def claims_bytes__numbers(one_block_share, growth, longest_n_in_l2) -> None:
    """What one block may use, how tile loads grow, and where L2 ends."""
    harness.answered(
        one_block_share=one_block_share, growth=growth, longest_n_in_l2=longest_n_in_l2
    )
    share = 163 / (108 * 192)
    why = {100 * share: "A fraction, not percent.", 1 / share: "The other way round: block / all."}
    why |= {
        163 / 192: "That is the share of one SM: the card has 108 of them.",
        1 / 108: "A block may use 163 of an SM's 192 KB.",
    }
    why |= {share / 1024: "Both are KB: divide them as they are."}
    whole = "20 MB is a rounded sum. Divide by the 108 x 192 KB."
    why |= {163 / kb: whole for kb in (20 * 1024, 20_000, 20e6 / 1024)}
    harness.numbers("one_block_share", one_block_share, share, why)
    n = 16_384
    small, large = (traffic.flash_traffic_bytes(x, x, 64, 128, 64, 2) for x in (n, 2 * n))
    why = {2: "That is what the claim says. Compute both with your formula and divide."}
    why |= {4: "Nearly. Q and O grow only twofold: compute both and divide."}
    why |= {small / large: "The other way round: the longer one divided by the shorter."}
    # 3.98, three digits, is right, and 4 is not
    harness.numbers("growth", growth, large / small, why, rtol=1.2e-3)
    longest = card("A100").l2_bytes // (2 * 128 * 2)
    why = {2 * longest: "K and V both: 2 x 128 elements a token, 2 bytes each."}
    why |= {4 * longest: "K and V both: 2 x 128 elements a token, 2 bytes each."}
    why |= {40e6 / 512: "An L2's MB has 2^20 bytes.", longest / 2: "float16: 2 bytes an element."}
    why |= {longest + 1: "K and V of so many do not fit any more: the last N that does."}
    why |= {longest - 1: "One more still fits: K and V then fill L2 to the last byte."}
    harness.numbers("longest_n_in_l2", longest_n_in_l2, longest, why, rtol=0)
    harness.passed(
        f"a block may use {share:.1%} of the SRAM; {large / small:.2f} times the bytes for twice "
        f"the tokens; linear in DRAM up to {longest:,} tokens"
    )


def claims_work__counted(training_ratio, busy_sms_64, busy_sms_128, causal_gain) -> None:
    """What recomputation costs, what a larger block idles, what a causal mask saves."""
    harness.answered(
        training_ratio=training_ratio,
        busy_sms_64=busy_sms_64,
        busy_sms_128=busy_sms_128,
        causal_gain=causal_gain,
    )
    why = {5 / 4: "That is the backward pass alone: add the forward pass to both."}
    why |= {
        6 / 7: "The other way round: with recomputation / without.",
        1: "The backward pass computes S again: count that product too.",
    }
    why |= {8 / 6: "The forward pass recomputes nothing: 2 products in both ways."}
    why |= {9 / 6: "Only S is computed again, one product, and only in the backward pass."}
    why |= {2: "The forward pass recomputes nothing, and only one product comes back."}
    harness.numbers("training_ratio", training_ratio, 7 / 6, why, rtol=3e-3)  # 1.17 is right
    tiles = "How many tiles of queries are there? Each is one program, and runs on one SM."
    why = {108: tiles, 4096: tiles, 32: "Swapped? A smaller BLOCK_M makes more tiles."}
    harness.numbers("busy_sms_64", busy_sms_64, 64, why)
    why = {
        108: tiles,
        64: "A larger BLOCK_M makes fewer tiles: count them again.",
    }
    why |= {128: "That is BLOCK_M. " + tiles}
    harness.numbers("busy_sms_128", busy_sms_128, 32, why)
    visible = sum(j <= i for i in range(8) for j in range(8))
    whole = "Of the scores half are visible; a tile with one of them is computed as a whole."
    why = {2: whole, 128 / 65: whole}
    why |= {
        64 / 28: "The tiles on the diagonal must be computed too.",
        visible / 64: "The other way round: all / kept.",
    }
    why |= {visible: "Divide all 64 tiles by those."}
    harness.numbers("causal_gain", causal_gain, 64 / visible, why, rtol=2e-3)
    harness.passed(
        f"7/6 of the FLOPs in training, 32 busy SMs instead of 64, {64 / visible:.2f} times fewer "
        "tiles"
    )


def claims_work__rescale(l_right, l_claimed) -> None:
    """The sum after two blocks, with the right factor and with the claimed one."""
    harness.answered(l_right=l_right, l_claimed=l_claimed)
    why = {5: "That is with the claimed factor: which one turns m_old into m_new?"}
    why |= {10: "Relative to the new maximum: each term is exp(score - ln 8)."}
    why |= {2: "The old sum has m_old in it: which factor takes exp(s - m_old) to exp(s - m_new)?"}
    why |= {4.25: "The factor belongs to the old sum, not to the new term."}
    harness.numbers("l_right", l_right, 1.25, why)
    why = {
        1.25: "That is with the right factor: the claimed one is its inverse.",
        2: "Multiply the old sum by exp(m_new - m_old).",
    }
    harness.numbers("l_claimed", l_claimed, 5, why)
    harness.passed("8 x 1.25 = 2 + 8: the sum of both; 8 x 5 is not")


def rmse__values(rmse) -> None:
    """The root of the mean squared error, in float64."""
    g = harness.rng("rmse")
    shape = (harness.vary(40, 5), 16)
    exact = g.standard_normal(shape)
    outlier = exact.copy()
    outlier[3, 5] += 2.0
    for got, on in (
        (exact.astype(np.float16), "a result rounded to float16"),
        (exact + 0.01, "errors that are all +0.01"),
        (outlier, "one large error"),
    ):
        e = got.astype(np.float64) - exact
        e16 = got.astype(np.float16) - exact.astype(np.float16)
        right = np.sqrt((e**2).mean())
        wrong = [
            ("exact is rounded to float16 first: the error is gone. Stay in float64.",
             float(np.sqrt((e16.astype(np.float64) ** 2).mean()))),
            ("The root is missing.", (e**2).mean()),
            ("That is the sum: take the mean of the squares.", np.sqrt((e**2).sum())),
            ("That is the largest error: take the root of the mean square.", np.abs(e).max()),
            ("That is the mean absolute error: square first.", np.abs(e).mean()),
            ("Errors of opposite sign cancel: square first.", e.mean()),
            ("Errors of opposite sign cancel: square first.", abs(e.mean())),
            ("The mean error is taken away: std does that. A bias is an error too.", e.std()),
            ("That is the median: one large error must count.", np.median(np.abs(e))),
            ("Divided by the size of exact: here the error itself is asked for.",
             right / np.sqrt((exact**2).mean())),
            ("That is the size of got: subtract exact first.",
             np.sqrt((got.astype(np.float64) ** 2).mean())),
            ("The errors are kept in float16, where small squares are lost: stay in float64.",
             float(np.sqrt(np.mean((got - exact).astype(got.dtype) ** 2)))),
        ]  # fmt: skip
        harness.number(rmse, (got, exact), right, f"{on}, shape {shape}", wrong, rtol=1e-6)
    harness.passed("rounding, a bias, one large error")
