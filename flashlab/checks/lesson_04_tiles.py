"""Checks of lesson 04: attention tile by tile, on arrays and on two levels of memory."""

from __future__ import annotations

import numpy as np

from flashlab import reference, traffic
from flashlab.checks import harness
from flashlab.tiled import sram_room

KINDS = ("random", "ascending", "descending", "equal", "huge")
# seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N: whole tiles, ragged tails, tiles larger than all
SHAPES = ((16, 16, 8, 4, 4), (17, 23, 8, 4, 5), (9, 30, 4, 8, 7), (30, 5, 16, 7, 16))
RAGGED = SHAPES[1:]
HBM_SHAPES = ((16, 16, 8, 8, 2), (17, 23, 8, 4, 5), (30, 21, 4, 7, 16))
EMPTY = (
    "A row with no key so far has m = -inf, and -inf - (-inf) is NaN. Subtract 0 instead of m "
    "where m is -inf."
)
FROM_EMPTY = (
    "The empty state has m_i = -inf and l_i = 0. Its factor is exp(m_i - shift) = 0, and inf times "
    "0 is NaN."
)
FAR_BELOW = (
    "All scores lie far below 0 there. A running maximum that starts at 0 stays at 0, exp "
    "underflows and l is 0: start from -inf."
)
WHY = {
    "l": "l_i is not rescaled: multiply the old sum by exp(m_i - m_new) too.",
    "acc": "acc is not rescaled: multiply the old accumulator by exp(m_i - m_new) too.",
    "inverse": "The factor is upside down: it is exp(m_i - m_new), never above 1.",
    "unshifted": "The new terms are exp(qk) alone: they too are written with m_new.",
    "own": "The new terms subtract the block's own maximum: they too are written with m_new.",
    "one": "That is one maximum for all rows: each row has its own, qk.max(axis=1).",
    "block": "m_new is the maximum of the block alone: take the larger of it and m_i.",
    "divide": "acc is divided by l inside the loop: divide once, after the last block.",
    "divide1": "acc is divided by l inside the loop: divide once, after the last block.",
    "undivided": "acc is never divided by l: divide once, after the last block.",
    "tail": "The last partial tile of keys is dropped: the last block may be shorter.",
    "zeros": "The tail is padded with zeros, and their scores enter the softmax as exp(0 - m).",
    "unscaled": "The scores are not scaled: multiply Q K^T by softmax_scale.",
    "carried": "Each tile of Q starts from the empty state: set it up inside the outer loop.",
    "rows": "The last partial tile of queries is dropped: the last block may be shorter.",
    "last": "Only the last block of keys counts: hand m, l and acc on from block to block.",
    "lse": "That is log(l) alone: the maximum was taken out before, add m.",
    "lse2": "That is the log-sum-exp in base 2: use the natural logarithm.",
    "sum": "That is l itself: the log-sum-exp is m + log(l).",
}


def hand_trace_tiles__first_block(l_first, acc_first) -> None:
    """Sum and accumulator of query 2 after keys 0 and 1."""
    harness.answered(l_first=l_first, acc_first=acc_first)
    why = {
        3: "Subtract the maximum ln 2 first.",
        None: "Add exp(score - maximum) of keys 0 and 1.",
    }
    harness.numbers("l_first", l_first, 1.5, why)
    why = {
        (9, 18): "Subtract the maximum ln 2 first.",
        (3, 6): "Do not divide by l yet.",
        (0, 9): "That is the row of V with the larger weight: add both, each times its weight.",
        None: "Add the rows of V of keys 0 and 1, each times exp(score - maximum).",
    }
    harness.numbers("acc_first", acc_first, (4.5, 9), why)
    harness.passed("the state after the first block")


def hand_trace_tiles__second_block(alpha, l_second, acc_second) -> None:
    """Factor, sum and accumulator after keys 2 and 3."""
    harness.answered(alpha=alpha, l_second=l_second, acc_second=acc_second)
    why = {
        2: "That is exp(m_new - m_old): the factor is never above 1.",
        None: "It is exp of the old maximum minus the new one: ln 2 - 2 ln 2.",
    }
    harness.numbers("alpha", alpha, 0.5, why)
    why = {
        3: WHY["l"],
        4.5: WHY["inverse"],
        9: "Subtract the maximum 2 ln 2 before you take the exponentials.",
        1.5: "That is the second block alone: add the old sum, rescaled.",
        1.125: "The factor belongs to the old sum alone.",
        None: "Rescale the old sum, add the new terms.",
    }
    harness.numbers("l_second", l_second, 2.25, why)
    why = {
        (27, 13.5): WHY["acc"],
        (31.5, 22.5): WHY["inverse"],
        (11, 4): "Do not divide yet.",
        (99, 36): "Subtract the maximum 2 ln 2 before you take the exponentials.",
        (22.5, 4.5): "That is the second block alone: add the old acc, rescaled.",
        None: "Rescale the old acc, add the new rows of V times their weights.",
    }
    harness.numbers("acc_second", acc_second, (24.75, 9), why)
    harness.passed("24.75 / 2.25 = 11 and 9 / 2.25 = 4: the output of lesson 01")


def hand_trace_tiles__trips(trips_q, trips_kv, trips_out) -> None:
    """Loads and stores of 2x2 tiles in the tiled way, N = 4."""
    harness.answered(trips_q=trips_q, trips_kv=trips_kv, trips_out=trips_out)
    harness.numbers(
        "trips_q", trips_q, 2, {4: "A tile of Q stays on the board for both tiles of K."}
    )
    why = {4: "Every tile of Q needs all tiles of K and all of V."}
    harness.numbers("trips_kv", trips_kv, 8, why)
    harness.numbers("trips_out", trips_out, 2, {4: "acc stays on the board until it is done."})
    harness.passed("2 + 8 + 2 = 12 trips")


# --------------------------------------------------------------------------------------------------
# absorb_block


def absorb_block__values(absorb_block) -> None:
    """From the empty state and from a full one: m, l and acc are those of all keys seen."""
    for kind in KINDS:
        rows = harness.vary(6, 2, kind)
        for first in (harness.vary(7, 2, kind, 1), 0):  # a full state tells more about a mistake
            s, v = _scores(kind, rows, first + harness.vary(5, 2, kind, 2))
            _check_absorb(absorb_block, s, v, first, f"{kind} scores, {first} keys seen before")
    s, v = _scores("random", harness.vary(6, 2), harness.vary(5, 2))
    _check_absorb(absorb_block, s - np.float32(200), v, 0, "scores near -200, 0 keys seen before")
    harness.passed("m, l and acc after one more block, six kinds; all five inputs are unchanged")


def absorb_block__nothing_visible(absorb_block) -> None:
    """A row without a visible key (all scores -inf) stays empty, without NaN."""
    s, v = _scores("ascending", 4, 9)  # the second block moves every maximum
    s[1] = -np.inf  # nothing, ever
    s[2, :5] = -np.inf  # nothing in the first block
    s[3, 5:] = -np.inf  # nothing in the second
    for first in (0, 5):
        on = f"rows of -inf, {first} keys seen before"
        _check_absorb(absorb_block, s[:, : first or 5], v[: first or 5], 0, on)
        _check_absorb(absorb_block, s, v, first, on)
    harness.passed("rows of -inf stay (-inf, 0, 0)")


def _scores(kind: str, rows: int, keys: int):
    q, k, v = harness.attention_inputs(kind, rows, keys, 4)
    return (0.5 * (q @ k.T)).astype(np.float32), v


def state_of(s, v, dtype=np.float32, bug: str = "", first: int | None = None):
    """(m, l, acc) over all columns of s; with `first`, as one more block after `first` columns."""
    s, v = s.astype(dtype), v.astype(dtype)
    if first is None:
        m = s.max(axis=1, initial=-np.inf).astype(dtype)
        p = np.exp(s - np.where(np.isneginf(m), 0, m)[:, None].astype(dtype))
        return m, p.sum(axis=1), p @ v
    return _absorb(*state_of(s[:, :first], v[:first], dtype), s[:, first:], v[first:], bug)


def _absorb(m, l, acc, qk, v, bug: str = ""):  # noqa: E741
    """One block, with one mistake."""
    m, l = (l, m) if bug == "swapped" else (m, l)  # noqa: E741
    top = qk.max(axis=1)
    m_new = top if bug == "block" else np.maximum(m, top.max() if bug == "one" else top)
    shift = np.where(np.isneginf(m_new), 0, m_new)
    alpha = np.exp(shift - m) if bug == "inverse" else np.exp(m - shift)
    alpha = np.where(np.isneginf(m), 0, alpha)
    p = np.exp(qk - {"unshifted": 0 * top, "own": top}.get(bug, shift)[:, None])
    l_new = (1 if bug == "l" else alpha) * l + p.sum(axis=1)
    acc = (acc if bug == "acc" else alpha[:, None] * acc) + p @ v
    m_new, l_new = (l_new, m_new) if bug == "returned" else (m_new, l_new)
    return m_new, l_new, acc / l_new[:, None] if bug.startswith("divide") else acc


def _check_absorb(fn, s, v, first: int, on: str) -> None:
    name = harness.name_of(fn)
    qk = np.ascontiguousarray(s[:, first:])
    outcome = harness.call(fn, *state_of(s[:, :first], v[:first]), qk, v[first:])
    value = outcome.value
    if not isinstance(value, (tuple, list)) or len(value) != 3:
        harness.fail(f"{name} returned {_what(value)}", "Return three arrays: m_new, l_new, acc.")
    with np.errstate(all="ignore"):
        exact, plain = state_of(s, v, np.float64), state_of(s, v)
        bugs = {b: state_of(s, v, np.float64, b, first) for b in ("block", "one", "inverse")}
        bugs |= {b: state_of(s, v, np.float64, b, first) for b in ("l", "acc", "divide")}
        bugs |= {b: state_of(s, v, np.float64, b, first) for b in ("unshifted", "own")}
    for i, part in enumerate(("m", "l", "acc")):
        got = harness.array_of(value[i], f"the {part} of {name}", exact[i].shape)
        hypotheses = [(WHY[b], state[i]) for b, state in bugs.items()]
        empty = np.isneginf(exact[i])  # where m is -inf there is no error to measure
        if (empty & ~np.isneginf(got)).any():
            harness.fail(f"{part} of {name} is not -inf where nothing was seen, on {on}", EMPTY)
        if (np.isneginf(got) & ~empty).any():
            why = "Each row on its own: take the larger of m_i and the block's maximum."
            harness.fail(f"{part} of {name} is -inf in a row that has seen a key, on {on}", why)
        not_finite = WHY["inverse"] if first else FROM_EMPTY
        harness.compare(
            got[~empty],
            exact[i][~empty],
            plain[i][~empty],
            np.float32,
            name=f"{part} of {name}",
            on=on,
            hypotheses=[(text, wrong[~empty]) for text, wrong in hypotheses],
            if_not_finite=not_finite if np.isfinite(s).all() else EMPTY,
        )


def _what(value) -> str:
    return f"{len(value)} values" if isinstance(value, (tuple, list)) else type(value).__name__


# --------------------------------------------------------------------------------------------------
# tiled_attention


def tiled_attention__values(tiled_attention) -> None:
    """The output for whole tiles and for ragged tails, with seqlen_q != seqlen_k."""
    worst = 0.0
    for n, shape in enumerate(SHAPES):
        for kind in KINDS:
            sizes = _sizes(shape, n)
            inputs = harness.attention_inputs(kind, *sizes[:3])
            worst = max(worst, _check_tiled(tiled_attention, inputs, sizes[3:], kind)[0])
    harness.passed(f"{len(SHAPES) * len(KINDS)} inputs, largest error {worst:.1e}")


def tiled_attention__lse(tiled_attention) -> None:
    """The log-sum-exp of each row, also where all scores lie far below 0."""
    for n, shape in enumerate(RAGGED):
        sizes = _sizes(shape, n)
        q, k, v = harness.attention_inputs("random", *sizes[:3])
        _check_tiled(tiled_attention, (q, k, v), sizes[3:], "random", lse=True)
        q, k = far_below_zero(q, k)
        _check_tiled(tiled_attention, (q, k, v), sizes[3:], "far below zero", lse=True)
    harness.passed("m + log(l), also for scores below -100")


def tiled_attention__memory(tiled_attention) -> None:
    """A score tile is (BLOCK_M, BLOCK_N): neither a strip of scores nor another block size."""
    # strips are long, k and v small (head_dim 1); the last tile is whole
    peak = _peak(tiled_attention, 64, 4096, 16, 8)
    strip = 16 * 4096 * 4
    if peak > strip // 3:
        harness.fail(
            f"tiled_attention used {peak:,} bytes on 4,096 keys, BLOCK_M = 16, BLOCK_N = 8",
            f"The whole matrix takes {64 * 4096 * 4:,}, a strip of 16 rows {strip:,}, a tile 512: "
            "build one tile of it at a time, BLOCK_N keys wide.",
        )
    other, tile = _peak(tiled_attention, 32, 4096, 16, 512), 16 * 512 * 4
    if other < tile:  # with the blocks swapped: 32 queries, 16 keys
        harness.fail(
            f"tiled_attention used {other:,} bytes on 32 queries, BLOCK_M = 16, BLOCK_N = 512",
            f"One tile of scores takes {tile:,}. Are the two blocks swapped, or is there a number "
            "in place of one? BLOCK_M counts queries, BLOCK_N keys.",
        )
    n = harness.long_seqlen(tiled_attention)
    if n and (longest := _peak(tiled_attention, n, n, n // 16, n // 16)) > n * n * 2:
        harness.fail(
            f"tiled_attention used {longest:,} bytes on N = {n:,}",
            f"The whole N x N matrix takes {n * n * 4:,}: build one tile of it at a time.",
        )
    harness.passed(f"{peak:,} bytes at most, a strip of scores would take {strip:,}")


def _peak(fn, seqlen_q: int, seqlen_k: int, BLOCK_M: int, BLOCK_N: int) -> int:
    """Bytes that the function takes; what it returns must be right, too, where it fits."""
    q, k, v = harness.attention_inputs("random", seqlen_q, seqlen_k, 1)
    outcome = harness.call(fn, q, k, v, 1.0, BLOCK_M, BLOCK_N, watch_memory=True)
    if outcome.value is not None or outcome.peak_bytes <= seqlen_q * seqlen_k * 2:
        name = harness.name_of(fn)
        out = outcome.value[0] if isinstance(outcome.value, (tuple, list)) else outcome.value
        out = harness.array_of(out, f"the out of {name}", q.shape)
        rows = harness.rng("rows", seqlen_q).permutation(seqlen_q)[:32]
        off = np.abs(out[rows] - harness.exact_attention(q[rows], k, v, 1.0)).max()
        if not off < 1e-3:
            on = f"q {q.shape}, k {k.shape}, BLOCK_M = {BLOCK_M}, BLOCK_N = {BLOCK_N}"
            what = f"the out of {name} is off by {off:.2g} on {on}"
            harness.fail(what, "Memory counts for right results only. Are the values right, above?")
    return outcome.peak_bytes


def _sizes(shape, n: int) -> tuple[int, ...]:
    return (harness.vary(shape[0], 2, n), harness.vary(shape[1], 2, n, 1), *shape[2:])


def _check_tiled(fn, inputs, blocks, kind: str, lse: bool = False):
    q, k, v = inputs
    outcome = harness.call(fn, q, k, v, 0.45, *blocks)
    value, name = outcome.value, harness.name_of(fn)
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        harness.fail(f"{name} returned {_what(value)}", "Return two arrays: out and lse.")
    out = harness.array_of(value[0], f"the out of {name}", (len(q), v.shape[1]))
    rows = harness.array_of(value[1], f"the lse of {name}", (len(q),)) if lse else None
    return _compare(out, rows, inputs, blocks, kind, name)


def _compare(out, lse, inputs, blocks, kind: str, name: str):
    q, k, v = inputs
    on = f"{kind} inputs, q {q.shape}, k and v {k.shape}, BLOCK_M = {blocks[0]}, "
    on += f"BLOCK_N = {blocks[1]}"
    not_finite = FAR_BELOW if kind == "far below zero" else WHY["inverse"]
    bugs = {
        b: tiled_with_bug(*inputs, 0.45, *blocks, b) for b in WHY if b not in ("lse", "lse2", "sum")
    }
    ulps = np.abs(q @ k.T).max() * 0.45 + len(k) / blocks[1]
    error = 0.0
    if kind != "far below zero":  # scores near -1000 leave float32 no digits for P; lse tells all
        error = harness.compare(
            out, harness.exact_attention(q, k, v, 0.45), harness.plain_attention(q, k, v, 0.45),
            np.float32, name=name, on=on, hypotheses=[(WHY[b], x[0]) for b, x in bugs.items()],
            if_not_finite=not_finite, ulps=ulps,
        )  # fmt: skip
    if lse is not None:
        exact = reference.attention_lse(q, k, 0.45)
        m, l, _ = state_of(q @ k.T * np.float32(0.45), v)  # noqa: E741
        wrong = [(WHY["lse"], np.log(l)), (WHY["lse2"], exact / np.log(2)), (WHY["sum"], l)]
        harness.compare(
            lse, exact, m + np.log(l), np.float32, name=f"lse of {name}", on=on,
            hypotheses=wrong + [(WHY[b], x[1]) for b, x in bugs.items()],
            if_not_finite=not_finite,
        )  # fmt: skip
    return error, on


def tiled_with_bug(q, k, v, scale: float, BLOCK_M: int, BLOCK_N: int, bug: str):
    """Tiled attention in float64 with one mistake: (out, lse)."""
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    if bug == "tail":
        whole = len(k) // BLOCK_N * BLOCK_N
        k, v = k[:whole], v[:whole]
    elif bug == "zeros":
        pad = ((0, -len(k) % BLOCK_N), (0, 0))
        k, v = np.pad(k, pad), np.pad(v, pad)
    s = (1 if bug == "unscaled" else scale) * (q @ k.T)
    out, lse = np.zeros((len(q), v.shape[1])), np.zeros(len(q))
    state = None
    stop = len(q) // BLOCK_M * BLOCK_M if bug == "rows" else len(q)
    with np.errstate(all="ignore"):
        for i in range(0, stop, BLOCK_M):
            rows = slice(i, min(i + BLOCK_M, len(q)))
            n = rows.stop - i
            empty = np.full(n, -np.inf), np.zeros(n), np.zeros((n, v.shape[1]))
            state = empty if state is None or bug != "carried" or len(state[0]) != n else state
            for j in range(0, len(k), BLOCK_N):
                state = empty if bug == "last" else state
                state = _absorb(*state, s[rows, j : j + BLOCK_N], v[j : j + BLOCK_N], bug)
            m, l, acc = state  # noqa: E741
            out[rows] = acc if bug in ("undivided", "divide1") else acc / l[:, None]
            lse[rows] = m + np.log(l)
    return out, lse


# --------------------------------------------------------------------------------------------------
# tiled_attention_hbm


def tiled_attention_hbm__values(tiled_attention_hbm) -> None:
    """out and lse land in HBM, and they are right."""
    for n, shape in enumerate(HBM_SHAPES):
        run, inputs, blocks = _run(tiled_attention_hbm, _sizes(shape, n))
        name = harness.name_of(tiled_attention_hbm)
        _compare(run.outputs["out"], run.outputs["lse"], inputs, blocks, "random", name)
        kind = "far below zero"
        run, inputs, blocks = _run(tiled_attention_hbm, _sizes(shape, n), far_below=True)
        _compare(run.outputs["out"], run.outputs["lse"], inputs, blocks, kind, name)
    harness.passed("out and lse, three shapes, also for scores below -100")


def tiled_attention_hbm__bytes(tiled_attention_hbm) -> None:
    """Q read once, out and lse written once, K and V read once for each tile of Q."""
    for n, shape in enumerate(HBM_SHAPES):
        run, (q, k, _), (BLOCK_M, BLOCK_N) = _run(tiled_attention_hbm, _sizes(shape, n))
        expected = traffic.flash2_traffic(len(q), len(k), q.shape[1], BLOCK_M, 4, 4)
        swapped = traffic.flash2_traffic(len(q), len(k), q.shape[1], BLOCK_N, 4, 4)
        on = f"q {q.shape}, k {k.shape}, BLOCK_M = {BLOCK_M}, BLOCK_N = {BLOCK_N}"
        for array, kinds in run.traffic.by_array().items():
            moved = sum(kinds.values())
            if moved == expected[array]:
                continue
            size = np.prod(run.traffic.arrays[array].shape) * 4
            why = f"{array} crosses {moved / size:g} times its size, "
            why += f"{expected[array] / size:g} would do."
            if array in "kv" and moved == swapped[array]:
                why = "BLOCK_M and BLOCK_N are swapped: BLOCK_M counts queries."
            elif array == "q":
                why += " Read a tile of Q once, before the loop over the keys."
            elif array in ("out", "lse"):
                why += " Keep acc on the board and store it once, after the last block."
            else:
                why += " A tile of K or V is read once for each tile of Q."
            harness.fail(f"{array} moves {moved:,} bytes on {on}, not {expected[array]:,}", why)
    harness.passed(f"{sum(expected.values()):,} bytes, to the byte")


def tiled_attention_hbm__sram(tiled_attention_hbm) -> None:
    """It fits an SRAM that holds its tiles, but neither N x N scores nor a whole strip."""
    sizes = (harness.vary(44, 3), harness.vary(190, 1), 8, 8, 4)  # no block divides its length
    room = sram_room(8, 4, 8, 8)
    run, inputs, blocks = _run(tiled_attention_hbm, sizes, room)
    name = harness.name_of(tiled_attention_hbm)
    _compare(run.outputs["out"], run.outputs["lse"], inputs, blocks, "random", name)
    harness.passed(f"SRAM peak {run.traffic.sram_peak_bytes:,} of {room:,} bytes")


def far_below_zero(q, k):
    """Queries and keys whose scores all lie below -100."""
    return np.abs(q) + 1, -np.abs(k) - 200


def _run(fn, sizes, sram_bytes: int | None = None, far_below: bool = False):
    m, n, d, *blocks = sizes
    q, k, v = harness.attention_inputs("random", m, n, d)
    q, k = far_below_zero(q, k) if far_below else (q, k)
    outputs = {"out": ((m, d), np.float32), "lse": ((m,), np.float32)}
    inputs = {"q": q, "k": k, "v": v}
    run = harness.call_on_memory(fn, inputs, outputs, (0.45, *blocks), sram_bytes)
    return run, (q, k, v), blocks
