"""Checks of lesson 07: the forward pass of FlashAttention as a Triton kernel, one head."""

from __future__ import annotations

import numpy as np

from flashlab import reference, traffic
from flashlab.checks import harness, kernels
from flashlab.checks import lesson_04_tiles as tiles
from flashlab.checks.kernels import ITEMSIZE, Launch, Output, Tensor
from flashlab.traffic import cdiv

KINDS = ("random", "ascending", "descending", "equal", "huge", "outlier")
TYPES = ("float32", "float16", "bfloat16")
SCALE = 0.45  # no 1 / sqrt(head_dim): a kernel that computes its own is found out
# seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N
WHOLE = ((32, 64, 32, 16, 16), (64, 64, 16, 32, 16), (32, 64, 16, 16, 32))
# in the first, no two mistakes see the same keys: 55 of them, 48, 32 or 16
RAGGED = ((17, 55, 32, 16, 16), (40, 9, 16, 32, 16), (5, 70, 16, 16, 32), (1, 1, 16, 16, 16))
HALF = ((17, 23, 16, 16, 16), RAGGED[2])
WIDTHS, WIDE = (40, 24), (96, 128)
LONG = (16, 512, 16, 16, 32)
LONGEST = (5, 5000, 16, 16, 256)
ENDS = (128, 256, 512, 1024, 2048, 4096)  # where a loop over the keys may end, written as a number
WHY = {
    **{bug: text for bug, text in tiles.WHY.items() if bug not in ("tail", "zeros")},
    **{
        f"ends_{n}": f"The loop over the keys ends at {n:,}: there are seqlen_k of them."
        for n in ENDS
    },
    "tail": "The last, partial tile of keys is missing: range(0, seqlen_k, BLOCK_N) takes it.",
    "zeros": (
        "Keys that do not exist have the score 0, and exp(0 - m) enters l: give them -inf with "
        "tl.where, a mask on the load does not."
    ),
    "twice": "softmax_scale is applied twice.",
    "on_v": "softmax_scale belongs to the scores, not to v or to the output.",
    "own": "The kernel takes 1 / sqrt(HEAD_DIM) for the scale: multiply by softmax_scale.",
    "inverse_scale": "The scores are divided by softmax_scale: multiply by it.",
    "base2": "That is 2 to the power of the scores: exp2 needs them times log2(e).",
    "tf32": (
        "The error has the size of tf32 or float16. tl.dot cuts float32 to tf32 unless it is told "
        'otherwise: input_precision="ieee" in both products; scores, m, l and acc stay float32.'
    ),
    "half_acc": (
        "Something that is carried along has the type of the inputs: m, l and acc stay float32."
    ),
    "log2": "m is natural and l is taken with log2: tl.log is the natural logarithm.",
    "one": "That is one maximum for all rows: each row has its own, tl.max(qk, 1).",
    "one_sum": "That is one sum for all rows: each row has its own, tl.sum(p, 1).",
    "late": (
        "The new part of acc is multiplied by alpha too: rescale the old acc before tl.dot adds to "
        "it."
    ),
    "l_for_m": "That is l: absorb_block returns m_new, l_new, acc_new, in this order.",
    "rounded_acc": "acc is rounded to the type of v: only the weights are, acc stays float32.",
    "swapped": "absorb_block takes m_i, l_i, acc, in this order: m and l have changed places.",
    "returned": "absorb_block returns m, l, acc, in this order: m and l have changed places.",
    "last": (
        "Only the last block of keys counts: hand m, l and acc on from block to block, to "
        "absorb_block and from it, in this order."
    ),
    "v_from_k": "v is loaded from k_ptr.",
    "one_ghost": "One ghost is let through: key seqlen_k does not exist, < is meant and not <=.",
    "column": (
        "tl.where masks rows of qk: the keys lie along its columns, offs_n[None, :] < seqlen_k."
    ),
    "keys_of_block_m": "A tile of keys has BLOCK_N of them: offs_n is made with BLOCK_M.",
    "steps_of_block_m": "A tile of keys has BLOCK_N of them: the loop goes on by BLOCK_M.",
    "half_scores": "The scores are rounded to the type of the inputs: they stay float32.",
    "m_plus_l": "That is m + l: the log-sum-exp is m + log(l).",
    "m_times": "That is m times log(l): the log-sum-exp is m + log(l).",
    "m_minus": "That is m - log(l): the log-sum-exp is m + log(l).",
    "lse_unscaled": (
        "softmax_scale is missing in m: the log-sum-exp is that of the scaled scores."
    ),
    "lse_scaled": "softmax_scale is applied to the LSE: it belongs to the scores, before all else.",
    "lost": "The old acc is lost: hand it to tl.dot, rescaled, or add to it.",
    "other_mask": "Keys from seqlen_q on are masked off: k and v have seqlen_k rows.",
    "m": "That is m alone: the log-sum-exp is m + log(l).",
    "no_transpose": "tl.dot(q, k) multiplies with k as it lies: turn it, tl.trans(k).",
    "first_block": (
        "Only the first tile of keys counts: its offsets move on with start_n, which counts keys, "
        "not tiles."
    ),
    "own_block": "An instance sees one tile of keys only: it needs all, from 0 to seqlen_k.",
    "v_still": "v stays at its first tile: its offsets move on with start_n, as those of k do.",
    "other_length": "The loop over the keys ends at seqlen_q: there are seqlen_k of them.",
    "columns": "k is read as if stored by columns: element (n, d) lies at n * HEAD_DIM + d.",
    "stride": "A row of k and v has HEAD_DIM elements: row n begins at n * HEAD_DIM.",
    "unrounded_l": (
        "l is the sum of rounded weights: add up p itself, round only what goes into tl.dot."
    ),
}
OVERFLOW = (
    "exp overflows, or -inf meets -inf: the factor of the old terms is exp(m_i - m_new), never "
    "above 1, and m_new is the maximum of each row so far."
)
DROPPED = (
    "l is still 0 at the end, and 0 / 0 is NaN. absorb_block returns the new state: "
    "m_i, l_i, acc = absorb_block(...)."
)
WHERE = "tl.where(condition, a, b) is a where the condition holds: are a and b exchanged?"
NAN = f"A lane without other= holds nothing defined: other=0.0 in the loads. Or: {OVERFLOW}"
FAR = (
    "All scores lie below -100,000 there. A running maximum that starts at 0, or at another "
    "number, stays there, exp underflows and l is 0: start from -inf."
)
GHOSTS = "Or ghosts, with the score 0, enter the maximum: give them -inf before tl.max."
FINITE = (
    "All scores lie below -100,000 there. A number that stands for -inf, in m_i, for the ghosts "
    'or as a least score, is larger than they are: float("-inf") is not.'
)
LARGE = (
    "acc grows beyond 65,504 there, the largest float16: divide it in float32, and let the store "
    "round the quotient."
)
CATCH = {"a": (3,), "b": (2, 4), "c": (3, 4)}
MISSED = {  # why a test catches it
    "a": "There are ghosts where BLOCK_N does not divide seqlen_k.",
    "b": "Where seqlen_q makes fewer tiles than seqlen_k does, some keys are never seen.",
    "c": "Rows that exist and are left out are never stored; rows that do not and are let through "
    "are an access outside.",
}
SPARE = {  # why it does not
    "a": "No ghosts there: BLOCK_N divides seqlen_k, and the ghosts of queries are another matter.",
    "b": "The tiles that it walks cover all keys there, and those behind the end are masked.",
    "c": "Which rows do the tiles of queries cover there? For those, both masks say the same.",
}


# --------------------------------------------------------------------------------------------------
# Numbers


def forward_bytes__formula(forward_bytes) -> None:
    """The bytes of each tensor, for whole and ragged sizes and any element size."""
    name = harness.name_of(forward_bytes)
    # so that no two mistakes give one number: visits of 3, 3 and 4, itemsize 4, 2 and 2
    sizes = [(48, 64, 16, 16, 4), (40, 50, 24, 16, 2), (112, 37, 40, 32, 2), (1, 1, 16, 16, 4)]
    many = 16 * harness.vary(11, 2) + 1  # one query in the last of many tiles
    sizes.append((many, 30, 16, 16, 4))
    for n, (seqlen_q, seqlen_k, d, BLOCK_M, itemsize) in enumerate(sizes):
        if 0 < n < 3:
            seqlen_q, seqlen_k = harness.vary(seqlen_q, 5, n), harness.vary(seqlen_k, 5, n, 1)
        args = (seqlen_q, seqlen_k, d, BLOCK_M, itemsize)
        got = _predicted(forward_bytes, *args)
        on = "seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize = " + ", ".join(map(str, args))
        rows, keys = seqlen_q * d * itemsize, seqlen_k * d * itemsize
        floor = seqlen_q // BLOCK_M
        kv = {
            keys: "Every program instance loads all of it.",
            floor * keys: "The last, partial tile of queries needs it too: round up.",
            cdiv(seqlen_q, BLOCK_M) * keys // itemsize: (
                "That counts elements: multiply by itemsize."
            ),
            seqlen_q * keys: "It crosses once for each program instance, not for each query.",
        }
        once = {
            cdiv(seqlen_q, BLOCK_M) * rows: "It crosses once in all, a tile for each instance.",
            cdiv(seqlen_q, BLOCK_M) * BLOCK_M * d * itemsize: "Lanes that are off move nothing.",
            rows // itemsize: "That counts elements: multiply by itemsize.",
        }
        lse = {
            seqlen_q * itemsize: "The LSE is float32, whatever the inputs are.",
            seqlen_q: "That counts elements: 4 bytes each.",
            4 * seqlen_q * d: "The LSE is one number a row.",
        }
        expected = traffic.flash2_traffic(seqlen_q, seqlen_k, d, BLOCK_M, itemsize, 4)
        for key, whys in {"q": once, "k": kv, "v": kv, "out": once, "lse": lse}.items():
            if got[key] != expected[key]:
                why = whys.get(got[key], "")
                if not why and key in "kv" and got[key] % keys == 0:
                    why = (
                        f"It crosses once for each program instance: {cdiv(seqlen_q, BLOCK_M)} "
                        f"times, not {got[key] // keys:,}."
                    )
                what = f"{name} says {got[key]:,} bytes of {key}, not {expected[key]:,}"
                harness.fail(f"{what}, on {on}", why)
    harness.passed(f"{len(sizes)} sizes, five tensors")


def _predicted(forward_bytes, *args) -> dict:
    """What the learner's formula says: {tensor: bytes}, whole numbers."""
    name = harness.name_of(forward_bytes)
    value = harness.call(forward_bytes, *args).value
    keys = ("q", "k", "v", "out", "lse")
    if not isinstance(value, dict) or set(value) != set(keys):
        what = "None" if value is None else type(value).__name__
        what = f"a dict with the keys {', '.join(map(str, value))}" if value and isinstance(
            value, dict
        ) else what  # fmt: skip
        harness.fail(f"{name} returned {what}", f"Return a dict with the keys {', '.join(keys)}.")
    for key in keys:
        x = value[key]
        if isinstance(x, bool) or not isinstance(x, (int, float, np.number)):
            harness.fail(f"{name} gives {type(x).__name__} for {key}", "Give a number of bytes.")
    return value


def ghosts__numbers(l_ghosts, out_ghosts, l_masked, out_masked) -> None:
    """Sum and output, with three ghosts and without."""
    harness.answered(
        l_ghosts=l_ghosts, out_ghosts=out_ghosts, l_masked=l_masked, out_masked=out_masked
    )
    whys = {
        5: "Three ghosts with the score 0 add exp(0 - 0) = 1 each.",
        3: "Five real keys, and three ghosts that count as much.",
    }
    harness.numbers("l_ghosts", l_ghosts, 8, whys)
    whys = {
        8: "acc is 40, from the real keys alone, and l is 8.",
        40: "Divide by l.",
        64: "A ghost's row of V is zeros: it adds nothing to acc.",
    }
    harness.numbers("out_ghosts", out_ghosts, 5, whys)
    harness.numbers("l_masked", l_masked, 5, {8: "exp of -inf is 0: the ghosts are gone."})
    harness.numbers("out_masked", out_masked, 8, {40: "Divide by l.", 5: "acc is 40, l is 5."})
    harness.passed("40 / 8 is 5, and the mean of five 8s is 8: a mask on the load is not enough")


def blind_tests__lists(catch_a, catch_b, catch_c) -> None:
    """The tests that catch each of the three mistakes."""
    given = {"a": catch_a, "b": catch_b, "c": catch_c}
    harness.answered(catch_a=catch_a, catch_b=catch_b, catch_c=catch_c)
    for letter, value in given.items():
        numbers = isinstance(value, (list, tuple, set)) and all(isinstance(x, int) for x in value)
        if not numbers or not set(value) <= {1, 2, 3, 4}:
            harness.fail(f"catch_{letter} is {value!r}", "Write a list of the numbers 1 to 4.")
        if 1 in value:
            what = f"test 1 does not catch {letter.upper()}"
            harness.fail(what, "Equal lengths, whole blocks: every one of the masks is true there.")
        spare, missed = set(value) - set(CATCH[letter]), set(CATCH[letter]) - set(value)
        if spare:
            harness.fail(f"catch_{letter} names a test that sees nothing", SPARE[letter])
        if missed:
            harness.fail(f"catch_{letter} lacks a test", MISSED[letter])
    harness.passed("test 1, the square power of two, everybody's first, catches none of them")


# --------------------------------------------------------------------------------------------------
# absorb_block


def absorb_block__values(absorb_kernel) -> None:
    """m, l and acc are those of all keys seen, in float32, float16 and bfloat16."""
    wide = False
    for kind in KINDS:
        for dtype in TYPES:
            for first in (16, 0):
                launch, s, v = _absorb_launch(kind, dtype, first)
                run = kernels.run(absorb_kernel, launch, tf32=True)
                on = f"{kind} scores, {dtype}"
                wide |= _compare_state(run.outputs, s, v, first, dtype, on)
    rounded = "only the weights that meet v are rounded, l is not"
    if wide:
        rounded = "nothing is rounded, v is widened: exact, but float32 products are slow on a GPU"
    harness.passed(f"{', '.join(KINDS)} scores in three types; {rounded}")


def _absorb_launch(kind: str, dtype: str, first: int):
    """One tile of scores after `first` keys; and all scores and rows of v up to its end."""
    rows, cols, d = 16, 32, 64  # all different, so that a lost [:, None] is seen
    q, k, v = harness.attention_inputs(kind, rows, first + cols, d, np.float32, "absorb")
    s = (SCALE * (q @ k.T)).astype(np.float32)
    v = np.asarray(kernels.rounded(v, dtype), np.float32)
    if first == 0:
        s[:, -5:] = -np.inf  # keys that do not exist
    state = tiles.state_of(s[:, :first], v[:first])
    args = dict(zip(("m_ptr", "l_ptr", "acc_ptr"), map(Tensor, state), strict=True))
    args |= {"qk_ptr": Tensor(s[:, first:]), "v_ptr": Tensor(v[first:], dtype)}
    args |= {"m_out_ptr": Output((rows,)), "l_out_ptr": Output((rows,))}
    args |= {"acc_out_ptr": Output((rows, d))}
    return Launch((1,), args, {"ROWS": rows, "COLS": cols, "HEAD_DIM": d}), s, v


def _compare_state(outputs, s, v, first: int, dtype: str, on: str) -> bool:
    """Hold a state against float64; True where the weights were not rounded for v."""
    exact = tiles.state_of(s, v, np.float64)
    plain = _rounded_state(s, v, first, dtype)
    bugs = ("block", "one", "inverse", "divide", "l", "acc")
    wrong = {b: tiles.state_of(s, v, np.float64, b, first) for b in bugs if first}
    on += f", {first} keys seen before"
    for i, part in enumerate(("m", "l", "acc")):
        hypotheses = [(WHY[b], state[i]) for b, state in wrong.items()]
        p = np.exp(s[:, first:].astype(np.float64) - exact[0][:, None])
        if part == "m":
            hypotheses.append((WHY["l_for_m"], exact[1]))
        if part == "l":
            alpha_l = exact[1] - p.sum(1)
            hypotheses.append((WHY["one_sum"], alpha_l + p.sum()))
        if part == "l":
            m0, l0, _ = tiles.state_of(s[:, :first], v[:first], np.float64)
            m = exact[0]
            in_two = np.exp2(m0 - m) * l0 + np.exp2(s[:, first:] - m[:, None]).sum(1)
            hypotheses.append((WHY["base2"], in_two))
        if part == "l" and dtype != "float32":
            hypotheses.append((WHY["unrounded_l"], _rounded_state(s, v, first, dtype, True)[1]))
        if part == "acc":
            got = outputs["acc_out_ptr"]
            new = p @ v[first:]
            hypotheses.append((WHY["lost"], new))
            if first:
                alpha = np.exp(s[:, :first].max(1) - exact[0])[:, None]
                hypotheses.append((WHY["late"], exact[2] - new + alpha * new))
            hypotheses += _tf32(got, exact[2], dtype)
        harness.compare(
            outputs[f"{part}_out_ptr"], exact[i], plain[i], dtype if part == "acc" else "float32",
            name=f"{part} of absorb_block", on=on, hypotheses=hypotheses,
            if_not_finite=OVERFLOW,
        )  # fmt: skip
    return dtype != "float32" and _unrounded(outputs["acc_out_ptr"], exact[2], plain[2], dtype, on)


def _unrounded(got, exact, plain, dtype: str, on: str) -> bool:
    """Whether acc is that of weights that were not rounded; fail where acc itself was rounded.

    plain: acc of rounded weights. A weight that lies between two float16 may go either way, so
    that a few entries may differ: the middle one must not.
    """
    near = 2e-5 * np.sqrt(np.mean(exact**2))
    apart, wide = np.median(np.abs(got - plain)), np.median(np.abs(got - exact))
    if min(apart, wide) > near:
        bug = kernels.rounded(plain, dtype)
        why = harness.likely_why(got.astype(np.float64), plain, [(WHY["rounded_acc"], bug)])
        what = f"acc of absorb_block is off by the rounding of {dtype} on {on}"
        harness.fail(f"{what}: {apart:.1e} in the middle", why)
    return bool(wide < apart and apart > near)


def _rounded_state(s, v, first: int, dtype: str, rounded_sum: bool = False):
    """The state in float32 with the weights rounded to `dtype` for the product with v."""
    m0, l0, acc0 = tiles.state_of(s[:, :first], v[:first])
    m = np.maximum(m0, s[:, first:].max(1))
    alpha = np.exp(m0 - m)
    p = np.exp(s[:, first:] - m[:, None])
    weights = np.asarray(kernels.rounded(p, dtype), np.float32)
    l_new = alpha * l0 + (weights if rounded_sum else p).sum(1)
    return m, l_new, alpha[:, None] * acc0 + weights @ v[first:]


def absorb_block__gpu(absorb_kernel) -> None:
    """It compiles for an A100 and an H100, and runs on a GPU where there is one."""
    native = None
    for dtype in TYPES:
        launch, s, v = _absorb_launch("random", dtype, 16)
        kernels.check_compiles(absorb_kernel, launch)
        native = kernels.native(absorb_kernel, launch)
        if native is not None:
            _compare_state(native, s, v, 16, dtype, f"random scores, {dtype}, on the GPU")
    _passed_gpu(native)


def _passed_gpu(native) -> None:
    here = "" if native is None else ", and right on this GPU"
    harness.passed(f"compiles for an A100 and an H100, in all types{here}")


# --------------------------------------------------------------------------------------------------
# The two kernels: launches and comparisons


def _launch(sizes, dtype: str = "float32", kind: str = "random", lse: bool = True) -> Launch:
    seqlen_q, seqlen_k, d, BLOCK_M, BLOCK_N = sizes
    made = {"far below zero": "random", "rise and fall": "equal", "large values": "equal"}
    made = made.get(kind, kind)
    q, k, v = harness.attention_inputs(made, seqlen_q, seqlen_k, d)
    if kind == "far below zero":
        q, k = np.abs(q) + 1, -np.abs(k) - 80_000  # no number that stands for -inf is below
    elif kind == "large values":  # equal weights: acc grows beyond what float16 holds
        v += 140
    elif kind == "rise and fall":  # all weights alike: acc grows to 4 * seqlen_k, and back
        v += 8 * np.sign(seqlen_k / 2 - np.arange(seqlen_k) - 0.5)[:, None].astype(np.float32)
    args = {"q_ptr": Tensor(q, dtype), "k_ptr": Tensor(k, dtype), "v_ptr": Tensor(v, dtype)}
    args |= {"out_ptr": Output(q.shape, dtype)}
    args |= {"lse_ptr": Output((seqlen_q,))} if lse else {}
    args |= {"seqlen_q": seqlen_q, "seqlen_k": seqlen_k, "softmax_scale": SCALE}
    blocks = {"HEAD_DIM": d, "BLOCK_M": BLOCK_M, "BLOCK_N": BLOCK_N}
    return Launch((cdiv(seqlen_q, BLOCK_M),), args, blocks)


def _arrays(launch: Launch):
    return [np.asarray(launch.args[n].array, np.float32) for n in ("q_ptr", "k_ptr", "v_ptr")]


def _on(launch: Launch, kind: str) -> str:
    q, k = launch.args["q_ptr"], launch.args["k_ptr"]
    blocks = ", ".join(f"{n} = {b}" for n, b in launch.constexprs.items())
    return f"{kind} inputs, q {q.shape}, k and v {k.shape} {q.dtype}, {blocks}"


def _compare_out(kernel, outputs, launch: Launch, kind: str) -> float:
    """Hold an output against float64 attention; the likely why comes from one mistake each."""
    got = outputs["out_ptr"]
    q, k, v = _arrays(launch)
    dtype = launch.args["q_ptr"].dtype
    exact = reference.attention(q, k, v, SCALE)
    hypotheses = [(WHY[bug], wrong) for bug, wrong in _mistakes(launch).items()]
    hypotheses += _tf32(got, exact, dtype)
    if kind == "rise and fall" and np.abs(got - exact).max() < 0.5:
        hypotheses.append((WHY["half_acc"], got))
    return harness.compare(
        got, exact, _plain(q, k, v, dtype), dtype,
        name=harness.name_of(kernel), on=_on(launch, kind), hypotheses=hypotheses,
        if_not_finite=_why_not_finite(outputs, kind),
        ulps=_largest_score(q, k),  # each rounding of a score
    )  # fmt: skip


def _plain(q, k, v, dtype: str) -> np.ndarray:
    """Plain attention with float32 scores; weights and output are rounded to `dtype`."""
    s = SCALE * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p = kernels.rounded(p / p.sum(axis=1, keepdims=True), dtype).astype(np.float32)
    return np.asarray(kernels.rounded(p @ v, dtype), np.float32)


def _largest_score(q, k) -> float:
    return float(np.abs(q @ k.T).max() * SCALE)


def _why_not_finite(outputs, kind: str) -> str:
    out, lse = outputs["out_ptr"], outputs.get("lse_ptr")
    if kind == "far below zero":
        return FAR if lse is None else f"{FAR} {GHOSTS}"
    if kind == "large values":
        return LARGE
    if lse is None:
        return f"{DROPPED} Or: {OVERFLOW}" if np.isnan(out).all() else OVERFLOW
    if np.isneginf(lse).all():
        return DROPPED
    return f"{WHERE} Or: {OVERFLOW}" if np.isnan(lse).all() else NAN


def _mistakes(launch: Launch) -> dict:
    """{mistake: what it would return}, in float64, computed when it is asked for."""
    q, k, v = _arrays(launch)
    blocks = launch.constexprs["BLOCK_M"], launch.constexprs["BLOCK_N"]
    d = q.shape[1]

    def tiled(bug: str):
        return lambda: tiles.tiled_with_bug(q, k, v, SCALE, *blocks, bug)[0]

    def scaled(scale: float, factor: float = 1.0):
        return lambda: factor * reference.attention(q, k, v, scale)

    bugs = ("zeros", "tail", "l", "acc", "inverse", "block", "divide", "divide1", "undivided")
    bugs += ("last", "swapped", "returned")
    return (
        {bug: tiled(bug) for bug in bugs}
        | _misread(q, k, v, *blocks)
        | {
            "unscaled": scaled(1.0),
            "twice": scaled(SCALE**2),
            "on_v": scaled(1.0, SCALE),
            "own": scaled(d**-0.5),
            "inverse_scale": scaled(1 / SCALE),
            "base2": scaled(SCALE * np.log(2)),
            "half_scores": lambda: _half_scores(launch),
        }
    )


def _half_scores(launch: Launch) -> np.ndarray:
    q, k, v = _arrays(launch)
    s = kernels.rounded(SCALE * (q @ k.T), launch.args["q_ptr"].dtype).astype(np.float64)
    return reference.softmax(s) @ v


def _misread(q, k, v, BLOCK_M: int, BLOCK_N: int) -> dict:
    """{mistake: what comes out when some tile is read from the wrong place}; empty: impossible."""
    n, d = k.shape
    nothing = np.empty(0)

    def attend(k, v, mask=None):
        return reference.attention(q, k, v, SCALE, mask)

    def no_transpose():
        if d != BLOCK_N or n % d:
            return nothing
        return attend(np.concatenate([k[j : j + d].T for j in range(0, n, d)]), v)

    def own_block():
        if len(q) <= BLOCK_M:
            return nothing  # one instance: the same as first_block
        visible = np.arange(len(q))[:, None] // BLOCK_M == np.arange(n)[None, :] // BLOCK_N
        return attend(k, v, visible) if visible.any(1).all() else nothing

    def other_length():
        seen = cdiv(len(q), BLOCK_N) * BLOCK_N
        return attend(k[:seen], v[:seen])

    def other_mask():
        there = (np.arange(n) < len(q))[:, None]
        return attend(k * there, v * there)

    def in_tiles(step: int, tile: int):
        if BLOCK_M == BLOCK_N:
            return nothing
        at = np.arange(0, n, step)[:, None] + np.arange(tile)[None, :]
        at = at[at < n]
        return attend(k[at], v[at])

    def with_ghosts(count: int, mask=None):
        if n % BLOCK_N == 0:
            return nothing
        pad = ((0, count), (0, 0))
        return attend(np.pad(k, pad), np.pad(v, pad), mask)

    def column():
        if BLOCK_M != BLOCK_N:
            return nothing
        keys = np.arange(cdiv(n, BLOCK_N) * BLOCK_N)
        rows = np.arange(len(q))[:, None] % BLOCK_M
        return with_ghosts(-n % BLOCK_N, keys // BLOCK_N * BLOCK_N + rows < n)

    def stride():
        at = np.arange(n)[:, None] * BLOCK_N + np.arange(d)[None, :]
        return attend(k.ravel()[at], v.ravel()[at]) if at.max() < k.size else nothing

    return {
        "no_transpose": no_transpose,
        "own_block": own_block,
        "v_still": lambda: attend(k, np.resize(v[:BLOCK_N], v.shape)),
        "other_length": other_length,
        "first_block": lambda: attend(k[:BLOCK_N], v[:BLOCK_N]),
        "other_mask": other_mask,
        "columns": lambda: attend(k.ravel().reshape(d, n).T, v),
        "stride": stride,
        "v_from_k": lambda: attend(k, k),
        "one_ghost": lambda: with_ghosts(1),
        "column": column,
        "keys_of_block_m": lambda: in_tiles(BLOCK_N, BLOCK_M),
        "steps_of_block_m": lambda: in_tiles(BLOCK_M, BLOCK_N),
        **{f"ends_{e}": lambda e=e: attend(k[:e], v[:e]) if e < n else nothing for e in ENDS},
    }


def _tf32(got, exact, dtype: str) -> list:
    """The hypothesis that float32 was cut to tf32, where the error has that size."""
    error = np.abs(got - exact).max() / max(np.abs(exact).max(), 1e-30)
    return [(WHY["tf32"], got)] if dtype == "float32" and 1e-5 < error < 1e-2 else []


def _sizes(shape, n: int) -> tuple[int, ...]:
    """A ragged shape, another one at grading time that shows the same mistakes."""
    seqlen_q, seqlen_k, _, BLOCK_M, BLOCK_N = shape
    if (seqlen_q, seqlen_k) == (1, 1):
        return shape
    # instances that disturb each other are two; whole tiles stay whole, a ghost is another mistake
    rows = harness.vary_within(seqlen_q, BLOCK_M, 2, n)
    return (rows, harness.vary_within(seqlen_k, BLOCK_N, 2, n, 1), *shape[2:])


# --------------------------------------------------------------------------------------------------
# flash_whole_kernel


def flash_whole_kernel__values(flash_whole_kernel) -> None:
    """Attention for sizes that divide: scores near 0, huge, far below 0, float32 and float16."""
    inputs = [(WHOLE[0], kind, "float32") for kind in (*KINDS, "far below zero")]
    # scores that float16 has no digits for, and not one that outweighs the others of its row
    inputs += [(WHOLE[0], "levels", "float16")]
    inputs += [(sizes, "random", "float16") for sizes in WHOLE]
    inputs += [(sizes, kind, "float32") for sizes in WHOLE[1:] for kind in ("random", "huge")]
    for sizes, kind, dtype in inputs:
        launch = _launch(sizes, dtype, kind, lse=False)
        run = kernels.run(flash_whole_kernel, launch, tf32=True)
        _compare_out(flash_whole_kernel, run.outputs, launch, kind)
    harness.passed(f"{len(inputs)} inputs, within twice the error of plain attention")


def flash_whole_kernel__bytes(flash_whole_kernel, forward_bytes) -> None:
    """Every tensor moves the bytes that the learner's own formula says: Q and O cross once."""
    launch = _launch(WHOLE[1], lse=False)
    total = _check_bytes(flash_whole_kernel, launch, forward_bytes)
    harness.passed(f"{total:,} bytes, as you predicted, to the byte")


def flash_whole_kernel__gpu(flash_whole_kernel) -> None:
    """It compiles for an A100 and an H100, and runs on a GPU where there is one."""
    native = None
    for dtype in TYPES:
        launch = _launch((64, 96, 32, 32, 32), dtype, lse=False)
        kernels.check_compiles(flash_whole_kernel, launch)
        native = kernels.native(flash_whole_kernel, launch)
        if native is not None:
            _compare_out(flash_whole_kernel, native, launch, "random")
    _passed_gpu(native)


# --------------------------------------------------------------------------------------------------
# flash_forward_kernel


def flash_forward_kernel__ragged(flash_forward_kernel) -> None:
    """Any lengths, six kinds of scores: right values, no access outside, no race, all stored."""
    worst = 0.0
    inputs = [(shape, kind) for shape in RAGGED[:3] for kind in KINDS]
    inputs += [(RAGGED[3], "random"), (LONGEST, "random")]
    for shape, kind in inputs:
        launch = _launch(_sizes(shape, shape[1]), "float32", kind)
        run = kernels.run(flash_forward_kernel, launch, tf32=True)
        worst = max(worst, _compare_out(flash_forward_kernel, run.outputs, launch, kind))
    harness.passed(
        f"{len(inputs)} inputs, largest error {worst:.1e}; rows behind the end disturb nobody"
    )


def flash_forward_kernel__head_dim(flash_forward_kernel) -> None:
    """A head_dim that is no power of two."""
    shapes = [_sizes((18, 53, d, 16, 16), d) for d in WIDTHS]
    shapes.insert(1, (32, 32, WIDTHS[0], 16, 16))  # tiles that divide: d alone can go wrong
    shapes += [_sizes((5, 9, d, 16, 16), d) for d in WIDE]
    for shape in shapes:
        launch = _launch(shape)
        run = kernels.run(flash_forward_kernel, launch, tf32=True)
        _compare_out(flash_forward_kernel, run.outputs, launch, "random")
    harness.passed(f"head_dim {', '.join(map(str, (*WIDTHS, *WIDE)))}")


def flash_forward_kernel__lse(flash_forward_kernel) -> None:
    """The natural log-sum-exp, also where all scores lie far below 0."""
    for n, shape in enumerate(RAGGED):
        for kind in ("random", "huge", "far below zero"):
            launch = _launch(_sizes(shape, n), "float32", kind)
            run = kernels.run(flash_forward_kernel, launch, tf32=True)
            _compare_lse(flash_forward_kernel, run.outputs["lse_ptr"], launch, kind)
    harness.passed("m + ln l, also for scores below -100,000")


def _compare_lse(kernel, got, launch: Launch, kind: str) -> None:
    q, k, v = _arrays(launch)
    exact = reference.attention_lse(q, k, SCALE)
    m, l, _ = tiles.state_of((q @ k.T * np.float32(SCALE)).astype(np.float64), v, np.float64)  # noqa: E741
    blocks = launch.constexprs["BLOCK_M"], launch.constexprs["BLOCK_N"]

    def tiled(bug: str):
        return lambda: tiles.tiled_with_bug(q, k, v, SCALE, *blocks, bug)[1]

    hypotheses = [(WHY["lse2"], exact / np.log(2)), (WHY["lse"], np.log(l)), (WHY["sum"], l)]
    hypotheses += [(WHY["m"], m), (WHY["log2"], m + np.log2(l))]
    bugs = ("zeros", "tail", "l", "inverse", "last", "swapped", "returned")
    hypotheses += [(WHY[bug], tiled(bug)) for bug in bugs]
    for bug, seen in (("other_length", cdiv(len(q), blocks[1])), ("first_block", 1)):
        hypotheses += [(WHY[bug], reference.attention_lse(q, k[: seen * blocks[1]], SCALE))]
    hypotheses += [("m is counted twice, or l is taken with another maximum.", exact + m)]
    hypotheses += [(WHY["m_plus_l"], m + l), (WHY["m_times"], m * np.log(l))]
    hypotheses += [(WHY["m_minus"], m - np.log(l)), (WHY["lse_scaled"], SCALE * exact)]
    hypotheses += [(WHY["lse_unscaled"], m / SCALE + np.log(l))]
    if len(k) % blocks[1]:
        hypotheses += [(WHY["one_ghost"], np.logaddexp(exact, 0))]
    far = kind == "far below zero"
    if far and (got > 0.9 * exact).all():
        hypotheses += [(FINITE, got)]
    harness.compare(
        got, exact, kernels.plain_lse(q, k, SCALE), "float32",
        name=f"lse of {harness.name_of(kernel)}", on=_on(launch, kind), hypotheses=hypotheses,
        if_not_finite=f"{FAR} {GHOSTS}" if far else NAN,
    )  # fmt: skip


def flash_forward_kernel__half(flash_forward_kernel) -> None:
    """float16 and bfloat16 in, float32 within, also where acc grows large and shrinks again."""
    for dtype in ("float16", "bfloat16"):
        inputs = [(shape, kind) for shape in HALF for kind in ("random", "outlier", "equal")]
        inputs += [(LONG, "rise and fall")]
        inputs += [(LONG, "large values")] if dtype == "float16" else []
        for shape, kind in inputs:
            launch = _launch(_sizes(shape, shape[1]), dtype, kind)
            run = kernels.run(flash_forward_kernel, launch)
            _compare_out(flash_forward_kernel, run.outputs, launch, kind)
            _compare_lse(flash_forward_kernel, run.outputs["lse_ptr"], launch, kind)
    harness.passed("out and lse in float16 and bfloat16, up to 512 keys")


def flash_forward_kernel__bytes(flash_forward_kernel, forward_bytes) -> None:
    """Every tensor moves the bytes that the learner's own formula says."""
    total = 0
    for n, (shape, dtype) in enumerate((((32, 64, 16, 16, 32), "float32"),
                                        ((50, 41, 24, 32, 16), "float16"))):  # fmt: skip
        launch = _launch(_sizes(shape, n) if n else shape, dtype)
        total += _check_bytes(flash_forward_kernel, launch, forward_bytes)
    harness.passed(f"{total:,} bytes on two inputs, as you predicted, to the byte")


def _check_bytes(kernel, launch: Launch, forward_bytes) -> int:
    """Hold the bytes of one launch against the learner's formula, tensor by tensor."""
    seqlen_q, seqlen_k = launch.args["seqlen_q"], launch.args["seqlen_k"]
    d, BLOCK_M, BLOCK_N = launch.constexprs.values()
    itemsize = ITEMSIZE[launch.args["q_ptr"].dtype]
    run = kernels.run(kernel, launch)
    predicted = _formula(forward_bytes, seqlen_q, seqlen_k, d, BLOCK_M, itemsize)
    expected = {f"{name}_ptr": moved for name, moved in predicted.items()}
    expected = {name: moved for name, moved in expected.items() if name in launch.args}
    steps, rows, keys = cdiv(seqlen_k, BLOCK_N), seqlen_q * d * itemsize, expected["k_ptr"]
    inner = "Load your tile of q once, before the loop over the keys."
    stores = "Store once, after the last tile of keys."
    again = "A tile of it is loaded twice in a step: keep it in a variable."
    v_moved = sum(run.traffic.by_array().get("v_ptr", {}).values())
    whys = {
        "q_ptr": [(inner, steps * rows), (inner, (steps + 1) * rows)],
        "k_ptr": [(again if v_moved else WHY["v_from_k"], 2 * keys)],
        "v_ptr": [(again, 2 * keys)],
        "out_ptr": [(stores, steps * rows), (stores, 2 * steps * rows)],
        "lse_ptr": [(stores, steps * 4 * seqlen_q)],
    }
    return kernels.check_bytes(kernel, run, expected, on=_on(launch, "random"), whys=whys)


def _formula(forward_bytes, *args) -> dict:
    """The bytes of each tensor; fails early, and in one line, where the prediction is wrong."""
    got, expected = _predicted(forward_bytes, *args), traffic.flash2_traffic(*args, 4)
    if any(got[key] != expected[key] for key in expected):
        harness.fail("forward_bytes is not right yet", "Its own check, above, says where.")
    return {key: int(expected[key]) for key in ("q", "k", "v", "out", "lse")}


def flash_forward_kernel__gpu(flash_forward_kernel) -> None:
    """It compiles for an A100 and an H100, and is right on a GPU where there is one."""
    native = None
    for dtype in TYPES:
        launch = _launch((50, 70, 24, 32, 32), dtype)
        kernels.check_compiles(flash_forward_kernel, launch)
        native = kernels.native(flash_forward_kernel, launch)
        if native is not None:
            _compare_out(flash_forward_kernel, native, launch, "random")
            _compare_lse(flash_forward_kernel, native["lse_ptr"], launch, "random")
    _passed_gpu(native)


def flash_forward_kernel__fits(flash_forward_kernel) -> None:
    """With tiles of 64 x 64 and head_dim 64, shared memory is within the limit of both cards."""
    launch = _launch((64, 64, 64, 64, 64), "float16")
    args = {**launch.args, "seqlen_q": 4096, "seqlen_k": 4096}  # what the compiler is told
    launch = Launch((64,), args, launch.constexprs, num_warps=4, num_stages=3)
    told = []
    for card in ("A100", "H100"):
        found = kernels.check_fits(flash_forward_kernel, launch, card)
        told.append(f"{found.shared_bytes / 1024:g} of {found.card.shared_bytes_per_block // 1024}"
                    f" KB on the {card}")  # fmt: skip
    slow = "" if found.tensor_core else "; no tensor cores: what types go into tl.dot?"
    harness.passed(", ".join(told) + slow)
