"""Checks of lesson 09: causal masks, skipped blocks, shared heads, windows with sinks."""

from __future__ import annotations

import re

import numpy as np

from flashlab import reference
from flashlab.checks import harness, heads, kernels
from flashlab.checks.kernels import Launch, Output, Tensor
from flashlab.traffic import cdiv, flash2_traffic

LOG2E = float(np.log2(np.e))
DTYPES = ("float32", "float16", "bfloat16")
SCALE = 0.3
# seqlen_q, seqlen_k, BLOCK_M, BLOCK_N
MASKS = ((40, 40, 16, 32), (64, 64, 16, 16), (19, 45, 8, 16), (45, 19, 16, 8),
         (33, 33, 16, 16), (7, 7, 16, 16), (1, 33, 16, 16), (70, 90, 32, 16),
         (9, 16, 8, 8))  # fmt: skip
# batch, nheads, nheads_k, seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N
SHAPES = (
    (1, 2, 2, 33, 33, 16, 16, 32),
    (2, 2, 2, 20, 45, 16, 16, 32),
    (1, 2, 2, 50, 50, 32, 32, 16),
)
FAR_BATCHES = (3, 1, 1, 16, 16, 16, 16, 16)
GROUPS = ((1, 4, 4), (2, 4, 2), (1, 8, 2), (2, 3, 1))  # batch, nheads, nheads_k
WINDOWS = ((70, 16, 16, 20, 3), (50, 16, 16, 1, 0), (61, 16, 32, 100, 5), (90, 32, 16, 24, 20),
           (75, 16, 16, 16, 33), (64, 16, 16, 18, 0), (85, 16, 32, 10, 40),
           (85, 32, 16, 10, 3))  # fmt: skip  # seqlen, BLOCK_M, BLOCK_N, WINDOW, SINKS
WHY = {
    "topleft": (
        "That is the mask aligned top-left: query i sees j <= i + shift, shift = seqlen_k - "
        "seqlen_q, so that the last query sees all keys."
    ),
    "inverse": "The shift has the wrong sign: it is seqlen_k - seqlen_q.",
    "strict": "A query sees its own key, too: j <= i + shift, not <.",
    "late": "A query sees one key too many: j <= i + shift.",
    "full": (
        "Nothing is masked, although IS_CAUSAL is true. (Both conditions must hold: &, not |.)"
    ),
    "always": "The causal mask is there although IS_CAUSAL is false.",
    "short": "The loop ends too early: the last key of the tile's last query must be reached.",
    "end_topleft": (
        "The loop ends without the shift: the tile's last query sees shift keys more, shift = "
        "seqlen_k - seqlen_q."
    ),
    "unmasked": (
        "The diagonal's blocks need the mask: only some of their keys may be seen. (Both "
        "conditions must hold: &, not |.)"
    ),
    "parentheses": (
        "& binds before <=: put each comparison in parentheses, seen & (column <= row + shift)."
    ),
    "mod": "The key head is off_h // group: neighbours share. That is off_h % nheads_k.",
    "first": "Every query head uses the first head of K and V: it is off_h // group.",
    "own": "The key head is off_h // group, for k and for v. That is off_h, the query head.",
    "own_k": "K is read at the query head, off_h: its head is off_h // group, as that of v.",
    "own_v": "V is read at the query head, off_h: its head is off_h // group, as that of k.",
    "times": "The key head is off_h // group: neighbours share. That is off_h * group.",
    "zeros": "Keys behind the end enter the softmax with score 0: set them to -inf where not seen.",
    "undivided": "acc is never divided by l_i: divide once, after the loop.",
    "unscaled": "The scores are not scaled: give absorb_tile softmax_scale * log2(e).",
    "no_log2e": "absorb_tile wants its scale in base 2: softmax_scale * log2(e).",
    "gaps": "The layout is taken for granted: use the strides, not seqlen and HEAD_DIM.",
    "vk": "V is read with strides of K, or one of them: each tensor has its own.",
    "oq": "out is stored with the strides of Q: they differ. Each tensor has its own.",
    "lse2": "That is the log-sum-exp in base 2: multiply by ln(2) for the natural one.",
    "mixed": "Half of it is converted: the natural one is (m_i + log2(l_i)) * ln(2), all of it.",
    "nan_out": "A row that saw nothing has l_i = 0, and 0 / 0 is NaN: divide by 1 there.",
    "nan_both": (
        "out and lse are NaN, so the state was: -inf - (-inf). Is absorb_tile lesson 08's? Here "
        "it must subtract 0 where the maximum is -inf. And after the loop 0 / 0 is NaN, too."
    ),
    "nan_lse": (
        "Of such a row m_i is -inf and l_i 0. Do not subtract or multiply them; m_i + log2(1) is "
        "-inf."
    ),
    "sink": "The first SINKS keys stay visible to all queries after them: j < SINKS.",
    "sink_late": "One sink too many: the sinks are j < SINKS.",
    "wide": "The window is one key too wide: j > i - WINDOW, with the query's own key in it.",
    "narrow": "The window is one key too narrow: j > i - WINDOW, with the query's own key in it.",
    "causal": "Nothing is forgotten: hide keys at or before i - WINDOW, unless they are sinks.",
    "twice": (
        "Keys are counted twice where sinks and window lie in one block: visit each block once, "
        "the sinks' blocks end where the window's begin."
    ),
    "ahead": "Keys after the query are seen: j <= i.",
    "lost": (
        "Sinks before the window's first block are lost: is their block visited? SINKS is rounded "
        "up to blocks, not down."
    ),
    "emptied": (
        "The sinks' blocks are visited, and then forgotten: is the state emptied between the two "
        "loops? It goes on."
    ),
    "and": "A key is seen in the window or as a sink: |, not &.",
    "sinks_ahead": (
        "Sinks are seen before their time: & binds before |, so put (near | sink) in parentheses."
    ),
    "per_tile": (
        "The window is each query's own, j > i - WINDOW; start_m - WINDOW is that of the tile's "
        "first query."
    ),
    "lo_by_m": (
        "Keys are counted twice: blocks begin at multiples of BLOCK_N, and the window's first one "
        "was rounded to BLOCK_M."
    ),
    "gap": "The window begins too late: the tile's first query looks back the furthest.",
}
SKIP = (
    "Blocks that nobody sees are loaded all the same: end the loop behind the last key that the "
    "tile's last query sees."
)
WHOLE = "A visited block is loaded whole: in the mask of the load compare with the length of k."
MISSING = "Blocks that are seen are not visited."
Q_EACH_TIME = "q is loaded for every tile of keys: once, before the loop, would do."
NAN = heads.NAN + " Or is absorb_tile lesson 08's? There a row that sees nothing gives NaN."


# --------------------------------------------------------------------------------------------------
# Blocks and bytes, on paper and in Python


def _blocks(start_m: int, M: int, N: int, BLOCK_M: int, BLOCK_N: int, bug: str = ""):
    """(whole, end) of one tile of queries; with one mistake."""
    shift = {"topleft": 0, "inverse": M - N}.get(bug, N - M)
    last = start_m + BLOCK_M - 1 if bug == "tile" else min(start_m + BLOCK_M, M) - 1
    first = start_m
    extra = {"strict": 0, "late": 2}.get(bug, 1)
    low = 0 if bug != "negative" else -(10**9)
    high = N if bug != "beyond" else 10**9
    fewest, most = (min(max(i + shift + extra, low), high) for i in (first, last))
    if bug == "first":
        most = fewest
    whole, end = fewest // BLOCK_N, cdiv(most, BLOCK_N)
    if bug == "down":
        end = most // BLOCK_N
    if bug == "up":
        whole = cdiv(fewest, BLOCK_N)
    if bug == "last":
        whole = most // BLOCK_N
    if bug == "masked":
        end -= whole
    if bug == "own":
        whole = min(max(first + shift, 0), N) // BLOCK_N
    if bug == "plus":
        end = most // BLOCK_N + 1
    if bug == "ragged_whole" and fewest == N:
        whole = cdiv(N, BLOCK_N)
    whole = 0 if bug == "zero" else whole
    return {"in_keys": (fewest, most), "swapped": (end, whole)}.get(bug, (whole, end))


WHY_BLOCKS = {
    "topleft": WHY["topleft"],
    "inverse": WHY["inverse"],
    "strict": "Query i sees i + shift + 1 keys, its own included.",
    "late": "Query i sees i + shift + 1 keys.",
    "first": "end is set by the tile's last query, which sees the most.",
    "last": "whole is set by the tile's first query, which sees the fewest.",
    "down": "A block that is seen in part must be visited: round end up.",
    "up": "A block that the first query sees in part is not whole: round whole down.",
    "beyond": "There are seqlen_k keys only: no query sees more.",
    "negative": "A query cannot see fewer than 0 keys.",
    "tile": "The last tile may be shorter: its last query is seqlen_q - 1.",
    "masked": "end counts from block 0, the whole blocks included.",
    "own": "whole is counted without the first query's own key: it sees start_m + shift + 1 keys.",
    "in_keys": "Those are keys: divide by BLOCK_N, whole rounded down and end rounded up.",
    "swapped": "They are exchanged: whole first, then end.",
    "plus": "Rounding down and adding 1 is a block too many where it divides: round up.",
    "zero": "whole is not 0: blocks that the tile's first query sees to their end need no mask.",
    "ragged_whole": "The ragged last block is not whole, though all its keys are seen: round down.",
}


def _mask_sizes(n: int) -> tuple[int, int]:
    """(seqlen_q, seqlen_k) of mask n. Where a key more or less makes a block, sizes stay such."""
    M, N, BLOCK_M, _ = MASKS[n]
    if (M, N) == (9, 16):
        M = harness.vary(M, 3, "mask", n)
        return M, M + 7
    if M == N and M % BLOCK_M < 2:
        M = BLOCK_M * harness.vary(M // BLOCK_M, 1, "mask", n) + M % BLOCK_M
        return M, M
    return harness.vary(M, 3, "mask", n), harness.vary(N, 3, "mask", n, 1)


def key_blocks__numbers(key_blocks) -> None:
    """Whole and visited blocks of every tile, for square, wide and high masks."""
    answers = {}
    for n, (*_, BLOCK_M, BLOCK_N) in enumerate(MASKS):
        M, N = _mask_sizes(n)
        for start_m in range(0, M, BLOCK_M):
            args = start_m, M, N, BLOCK_M, BLOCK_N
            value = harness.call(key_blocks, *args).value
            if not isinstance(value, (tuple, list)) or len(value) != 2:
                harness.fail(f"key_blocks returned {value!r}", "Return two numbers: whole, end.")
            answers[args] = tuple(value)
    for args, value in answers.items():
        if value != _blocks(*args):
            fits = (b for b in WHY_BLOCKS if all(v == _blocks(*a, b) for a, v in answers.items()))
            harness.fail(
                f"key_blocks{args} returned {value}, expected {_blocks(*args)}",
                WHY_BLOCKS.get(next(fits, ""), ""),
            )
    harness.passed(f"every tile of {len(MASKS)} masks")


def _causal_keys(M: int, N: int, BLOCK_M: int, BLOCK_N: int, bug: str = "") -> int:
    """Keys that all tiles of queries load, causal."""
    total = 0
    for start_m in range(0, M, BLOCK_M):
        whole, end = _blocks(start_m, M, N, BLOCK_M, BLOCK_N, bug)
        end = whole if bug == "whole" else end - whole if bug == "diagonal" else end
        total += end * BLOCK_N if bug == "ragged" else max(0, min(end * BLOCK_N, N))
    return total


WHY_BYTES = {
    "ragged": "The last block of K is shorter: at most seqlen_k keys.",
    "whole": "Blocks on the diagonal are visited, too: take end, not whole.",
    "diagonal": "The whole blocks are visited, too: end counts from block 0.",
    "full": "That is without a mask: use key_blocks.",
    "half": "That is half of it without a mask: the diagonal takes more.",
    "half_down": "That is half of it without a mask, whole tiles only: the diagonal takes more.",
    "v": "K alone is asked for, not V.",
    "elements": "That counts numbers: times the bytes of a number.",
    "keys": "That counts keys: times head_dim numbers of itemsize bytes.",
    "exchanged": "BLOCK_M counts queries, BLOCK_N keys: they are exchanged.",
    "one": "That is one tile of queries: add up over all of them.",
    "numbered": "start_m is the tile's first query: 0, BLOCK_M, 2 * BLOCK_M, and not 0, 1, 2.",
    "dropped": "The last, ragged tile of queries is missing: it loads its keys, too.",
    "over_keys": "The tiles are tiles of queries: their starts go up to seqlen_q, not seqlen_k.",
    "seen": "Those are the keys that are seen: a visited block is loaded whole.",
    4: "A number has itemsize bytes, not always 4.",
    2: "A number has itemsize bytes, not always 2.",
}


def _tile_keys(M, N, BLOCK_M, BLOCK_N, starts=None) -> list[int]:
    """Keys that each tile of queries loads, causal."""
    starts = range(0, M, BLOCK_M) if starts is None else starts
    ends = (_blocks(start, M, N, BLOCK_M, BLOCK_N)[1] for start in starts)
    return [min(end * BLOCK_N, N) for end in ends]


def _keys_seen(M: int, N: int, BLOCK_M: int) -> int:
    """Keys that some query of a tile sees, added up over the tiles."""
    stops = (min(start + BLOCK_M, M) for start in range(0, M, BLOCK_M))
    return sum(min(max(stop + N - M, 0), N) for stop in stops)


def _causal_bytes(M, N, d, BLOCK_M, BLOCK_N, itemsize, bug: str | int = ""):
    """Bytes of K that one head loads; with one mistake."""
    starts = {
        "numbered": range(cdiv(M, BLOCK_M)), "dropped": range(0, M // BLOCK_M * BLOCK_M, BLOCK_M),
        "over_keys": range(0, N, BLOCK_M),
    }  # fmt: skip
    if bug in starts:
        keys = sum(_tile_keys(M, N, BLOCK_M, BLOCK_N, starts[bug]))
    elif bug == "seen":
        keys = _keys_seen(M, N, BLOCK_M)
    elif bug == "half_down":
        keys = M // BLOCK_M * N
    elif bug in ("full", "half"):
        keys = cdiv(M, BLOCK_M) * N
    elif bug == "exchanged":
        keys = _causal_keys(M, N, BLOCK_N, BLOCK_M)
    elif bug == "one":
        last = (M - 1) // BLOCK_M * BLOCK_M
        keys = min(N, BLOCK_N * _blocks(last, M, N, BLOCK_M, BLOCK_N)[1])
    else:
        keys = _causal_keys(M, N, BLOCK_M, BLOCK_N, bug)
    number = {"elements": 1, "keys": 1, "v": 2 * itemsize, 4: 4, 2: 2}.get(bug, itemsize)
    total = keys * (1 if bug == "keys" else d) * number
    return total // 2 if bug in ("half", "half_down") else total


def causal_bytes__numbers(causal_bytes) -> None:
    """Bytes of K that one head loads under a causal mask."""
    answers = {}
    for n, (*_, BLOCK_M, BLOCK_N) in enumerate(MASKS):
        M, N = _mask_sizes(n)
        for d, itemsize in ((16, 4), (64, 2)):
            args = M, N, d, BLOCK_M, BLOCK_N, itemsize
            value = harness.call(causal_bytes, *args).value
            if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
                harness.fail(f"causal_bytes returned {type(value).__name__}", "Return a number.")
            answers[args] = value
    for args, value in answers.items():
        expected = _causal_bytes(*args)
        if value != expected:
            whys = {b: f"key_blocks is not right yet. {text}" for b, text in WHY_BLOCKS.items()}
            fits = (
                text for bug, text in (*WHY_BYTES.items(), *whys.items())
                if all(v == _causal_bytes(*a, bug) for a, v in answers.items())
            )  # fmt: skip
            M, N, d, BLOCK_M, BLOCK_N, itemsize = args
            tiles = ", ".join(map(str, _tile_keys(M, N, BLOCK_M, BLOCK_N)))
            counted = f"The tiles of queries load {tiles} keys of {d} numbers of {itemsize} bytes."
            harness.fail(
                f"causal_bytes{args} returned {value:,}, expected {expected:,}", next(fits, counted)
            )
    n = 4096
    share = _causal_keys(n, n, 128, 64) / (n // 128 * n)
    harness.passed(f"{share:.4f} of the bytes at N = 4096, BLOCK_M = 128: half a tile above a half")


def shared_heads__numbers(cache_mha, cache_gqa, cache_mqa, tiles_ratio, flops_per_byte) -> None:
    """The KV cache of one layer three times, tiles loaded, and the intensity of decoding."""
    harness.answered(
        cache_mha=cache_mha, cache_gqa=cache_gqa, cache_mqa=cache_mqa, tiles_ratio=tiles_ratio,
        flops_per_byte=flops_per_byte,
    )  # fmt: skip
    one = 2 * 8192 * 128 * 2  # K and V of one head
    names = ("cache_mha", cache_mha, 32), ("cache_gqa", cache_gqa, 8), ("cache_mqa", cache_mqa, 1)
    for name, value, count in names:
        whys = {
            count * one // 2: "K and V: two tensors. Or are bytes forgotten? A number has 2.",
            count * one // 4: "K and V are two tensors, and a number has 2 bytes.",
            count * one * 2: "float16 has 2 bytes, and there are two tensors.",
        }
        for unit in (1e3, 1e6, 1e9, 2**10, 2**20, 2**30):
            whys[count * one / unit] = f"It is asked for in bytes: times {unit:,.0f}."
        whys[count * one] = "It is rounded. A number of bytes is exact: write the product."
        if name == "cache_gqa":
            whys[4 * one] = "A group of 4 query heads shares one: 32 / 4 heads are left, not 4."
            whys[32 * one] = "32 query heads, but a head of K and V for every 4 of them."
        if name == "cache_mqa":
            whys[8 * one] = "In MQA all query heads share one head of K and V."
        harness.numbers(name, value, count * one, whys)
    whys = {
        0.25: "Each query head still walks over its keys: nothing is skipped because a neighbour "
        "loaded it. Only the tensor is smaller.",
        4: "Sharing does not load more, and not less: each query head walks over its keys.",
    }
    harness.numbers("tiles_ratio", tiles_ratio, 1, whys)
    whys = {
        1: "That is without sharing. Now 4 queries use each byte.",
        2: "A number of K takes part in 2 operations per query, one of V too; it has 2 bytes.",
        8: "A number has 2 bytes.",
        16: "A number has 2 bytes, and 4 operations belong to a number of K and one of V.",
    }
    harness.numbers("flops_per_byte", flops_per_byte, 4, whys)
    harness.passed("134, 34 and 4 MB for one layer; decoding does one operation a byte and query")


# --------------------------------------------------------------------------------------------------
# flash_attention_kernel


def flash_attention_kernel__values(flash_attention_kernel) -> None:
    """out and lse, causal or not, in three types and four layouts, seqlen_q <= seqlen_k."""
    worst = {}
    for n, shape in enumerate(SHAPES):
        for causal in (False, True):
            for dtype in DTYPES if n == 0 else DTYPES[:1]:
                case = _Case(shape, dtype, causal, n)
                run = _run(flash_attention_kernel, case)
                error = case.compare(run.outputs, harness.name_of(flash_attention_kernel))
                worst[dtype] = max(error, worst.get(dtype, 0.0))
    case = _Case(FAR_BATCHES, "float32", False, 0, wide=2**30)  # batch 2 begins at 2^31
    case.compare(
        _run(flash_attention_kernel, case).outputs, harness.name_of(flash_attention_kernel)
    )
    words = ", ".join(f"{dtype} {error:.1e}" for dtype, error in worst.items())
    harness.passed(
        f"{2 * len(SHAPES)} masks; largest errors: {words}. seqlen_q: in the mask of the rows, the "
        "shift, and where lse begins"
    )


def flash_attention_kernel__groups(flash_attention_kernel) -> None:
    """Each query head reads the head of K and V that its group shares."""
    for n, (batch, nheads, nheads_k) in enumerate(GROUPS):
        shape = (batch, nheads, nheads_k, 17, 20, 16, 16, 16)
        case = _Case(shape, "float32", bool(n % 2), n)
        run = _run(flash_attention_kernel, case)
        case.compare(run.outputs, harness.name_of(flash_attention_kernel))
    harness.passed("groups of 1, 2 and 4, and one head of K and V for all")


def flash_attention_kernel__empty_rows(flash_attention_kernel) -> None:
    """With more queries than keys the first rows see nothing: 0 and -inf, the others as ever."""
    for n, (M, N) in enumerate(((43, 20), (33, 1))):
        case = _Case((1, 2, 1, M, N, 16, 16, 16), "float32", True, n)
        name = harness.name_of(flash_attention_kernel)
        run = _run(flash_attention_kernel, case)
        empty = case.M - case.N
        out, lse = (run.outputs[f"{x}_ptr"][:, :, :empty] for x in ("out", "lse"))
        where = f"rows 0 to {empty - 1}, which see nothing, on {case.on}"
        if (out != 0).any():  # NaN is not 0 either
            bad = out[out != 0][0]
            why = "Their l_i and acc must stay 0."
            if np.isnan(out).any():
                why = WHY["nan_both" if np.isnan(lse).any() else "nan_out"]
            harness.fail(f"out of {name} is {bad:.6g} in {where}", why)
        if not np.isneginf(lse).all():
            bad = lse[~np.isneginf(lse)][0]
            harness.fail(f"lse of {name} is {bad:.6g}, not -inf, in {where}", WHY["nan_lse"])
        case.compare(run.outputs, name)
    harness.passed("0 and -inf where nothing is seen, and no NaN")


def flash_attention_kernel__bytes(flash_attention_kernel) -> None:
    """Of K and V only the blocks that some query of the tile sees; q, out, lse once."""
    shared = (1, 4, 1, 40, 23, 16, 16, 16)
    cases = ((SHAPES[2], True), (SHAPES[2], False), (SHAPES[1], True), (shared, True))
    for n, (shape, causal) in enumerate(cases):
        case = _Case(shape, "float16", causal, n)
        total = case.check_bytes(flash_attention_kernel, _run(flash_attention_kernel, case))
    harness.passed(f"to the byte, causal or not, shared or not; the last one {total:,} bytes")


def flash_attention_kernel__gpu(flash_attention_kernel) -> None:
    """It compiles for an A100 and an H100, causal or not, and is right on a GPU."""
    native = None
    launch = _Case(SHAPES[0], "float16", True, 0).launch
    run = kernels.observe_kernel(flash_attention_kernel, launch)  # its faults lose other points
    for causal, cards in ((True, ("A100", "H100")), (False, ("H100",))):
        case = _Case((2, 4, 1, 70, 100, 64, 64, 32), "float16", causal, 0)
        kernels.check_compiles(flash_attention_kernel, case.launch, cards)
        heads.check_tensor_cores(flash_attention_kernel, case.launch, cards)
        _check_products(flash_attention_kernel, run)
        native = kernels.native(flash_attention_kernel, case.launch)
        if native is not None:
            case.compare(native, f"{harness.name_of(flash_attention_kernel)} on the GPU")
    heads.passed_gpu(native)


def _run(kernel, case: _Case):
    """Run it; a fault gets the cause that this kernel has, where its own words are too general."""
    try:
        return kernels.run(kernel, case.launch)
    except harness.CheckFailed as failure:
        text = str(failure)
        if "make_shape_compatible" in text:
            why = "seen is (BLOCK_M, BLOCK_N): rows are offs_m[:, None], columns offs_n[None, :]."
        elif case.group > 1 and re.search(r"out-of-bounds \w+: (q|out)_ptr", text):
            why = "nheads counts query heads: batch off_bh // nheads, query head off_bh % nheads."
        else:
            raise
        raise _because(text, why) from None


def _because(text: str, why: str) -> harness.CheckFailed:
    """A fault's text with another likely cause."""
    if "Likely cause: " not in text:
        return harness.CheckFailed(f"{text}\n  Likely cause: {why}")
    return harness.CheckFailed(re.sub(r"(Likely cause: ).*", lambda m: m[1] + why, text))


def _check_products(kernel, run) -> None:
    """Fail where a product got float32, in a run on 16-bit inputs."""
    wide, total = run.products.get("fp32", 0), sum(run.products.values())
    if wide:
        harness.fail(
            f"{harness.name_of(kernel)} multiplies float32 in {wide} of its {total} products, "
            "though q, k and v are float16: the tensor cores do not take those",
            "Is q, k or v turned into float32 first? absorb_tile takes them as they come.",
        )


def _check_idle(kernel, run, on: str) -> None:
    """Fail where a block of k or v was visited only to load nothing."""
    for tensor in ("k_ptr", "v_ptr"):
        if count := run.idle.get(tensor, 0):
            harness.fail(
                f"{harness.name_of(kernel)} loads {tensor} without one lane switched on, {count} "
                f"time{'s' * (count > 1)} on {on}",
                "The bytes are saved, the work is not: the loop must not visit those blocks.",
            )


class _Case:
    """One launch of the complete kernel and what must come out."""

    BUGS = ("topleft", "inverse", "strict", "late", "full", "always", "short", "end_topleft",
            "unmasked", "parentheses", "mod", "first", "own", "own_k", "own_v", "times", "zeros",
            "undivided", "unscaled", "no_log2e", "gaps", "vk", "vk_row", "oq")  # fmt: skip
    STRIDES = ("gaps", "vk", "vk_row", "oq")

    def __init__(self, shape, dtype: str, causal: bool, n: int, wide: int = 0) -> None:
        self.batch, self.nheads, self.nheads_k, M, N, self.d, self.BLOCK_M, self.BLOCK_N = shape
        if min(M, N) > 3:
            M, N = harness.vary(M, 3, "case", n), harness.vary(N, 3, "case", n, 1)
        self.M, self.N, self.dtype, self.causal = M, N, dtype, causal
        self.group = self.nheads // self.nheads_k
        # behind the heads of K and V others follow, so that a wrong head shows in the values
        there = self.nheads if self.group == 1 else self.nheads * self.group
        q, k, v = heads.inputs(self.batch, there, there, M, N, self.d, n)
        args = heads.arguments(q[:, : self.nheads], k, v, dtype, n, wide)
        self.q, self.all_k, self.all_v = heads.values(args)
        self.k, self.v = (x[:, : self.nheads_k] for x in (self.all_k, self.all_v))
        self.args, self.wide = args, wide
        sizes = {"nheads": self.nheads, "group": self.group, "seqlen_q": M, "seqlen_k": N}
        blocks = {"HEAD_DIM": self.d, "BLOCK_M": self.BLOCK_M, "BLOCK_N": self.BLOCK_N}
        grid = (cdiv(M, self.BLOCK_M), self.batch * self.nheads)
        given = {**args, **sizes, "softmax_scale": SCALE}
        self.launch = Launch(grid, given, {**blocks, "IS_CAUSAL": causal})

    @property
    def on(self) -> str:
        return (
            f"q ({self.batch}, {self.nheads}, {self.M}, {self.d}), k and v ({self.batch}, "
            f"{self.nheads_k}, {self.N}, {self.d}) {self.dtype}, BLOCK_M = {self.BLOCK_M}, "
            f"BLOCK_N = {self.BLOCK_N}, IS_CAUSAL = {self.causal}"
        ) + (f", batch strides of {self.wide:,}" if self.wide else "")

    def compare(self, outputs: dict, name: str) -> float:
        """The largest error of out; fails unless out and lse are right."""
        mask = self._mask()
        k, v = self._spread("k"), self._spread("v")
        bugs = [b for b in self.BUGS if not (self.wide and b in self.STRIDES)]
        texts = {b: WHY[b.removesuffix("_row")] for b in bugs}
        error = kernels.compare(
            outputs["out_ptr"], reference.attention(self.q, k, v, SCALE, mask),
            kernels.plain_attention(self.q, k, v, SCALE, self.dtype, mask), self.dtype,
            name=f"out of {name}", on=self.on, if_not_finite=NAN,
            hypotheses=[(texts[b], lambda b=b: self._wrong(b)[0]) for b in bugs],
        )  # fmt: skip
        exact = reference.attention_lse(self.q, k, SCALE, mask)
        kernels.compare(
            outputs["lse_ptr"], exact, kernels.plain_lse(self.q, k, SCALE, mask), "float32",
            name=f"lse of {name}", on=self.on, if_not_finite=NAN,
            hypotheses=_wrong_lse(exact, reference.scores(self.q, k, SCALE, mask))
            + [(texts[b], lambda b=b: self._wrong(b)[1]) for b in bugs],
        )  # fmt: skip
        return error

    def check_bytes(self, kernel, run) -> int:
        itemsize = kernels.ITEMSIZE[self.dtype]
        count = self.batch * self.nheads
        one = flash2_traffic(self.M, self.N, self.d, self.BLOCK_M, itemsize, 4)
        expected = {f"{name}_ptr": count * nbytes for name, nbytes in one.items()}
        sizes = self.M, self.N, self.BLOCK_M, self.BLOCK_N
        row = count * self.d * itemsize
        whys = []
        if self.causal:
            full = expected["k_ptr"]
            expected["k_ptr"] = expected["v_ptr"] = row * _causal_keys(*sizes)
            whys = [
                (SKIP, full),
                (WHOLE, row * _keys_seen(self.M, self.N, self.BLOCK_M)),
                ("One block too many is visited: end the loop at the last key that is seen.",
                 row * self._one_more()),
                (WHY["end_topleft"], row * self._no_shift()),
            ]  # fmt: skip
        for name in ("k_ptr", "v_ptr"):
            if self.group > 1 and expected[name] % self.group == 0:
                whys.append(
                    ("Each query head walks over its own keys.", expected[name] // self.group)
                )
        doubled = [
            ("A tile of k or v is loaded twice: keep it in a variable.", 2 * expected["k_ptr"])
        ]
        found = {name: whys + doubled for name in ("k_ptr", "v_ptr")}
        for name, known in found.items():
            moved = run.traffic.read_bytes(name)
            known += [(MISSING, moved)] if moved < expected[name] else []
        blocks = [cdiv(self.N, self.BLOCK_N)] * cdiv(self.M, self.BLOCK_M)
        if self.causal:
            blocks = [
                _blocks(start, self.M, self.N, self.BLOCK_M, self.BLOCK_N)[1]
                for start in range(0, self.M, self.BLOCK_M)
            ]
        found["q_ptr"] = _q_each_time(row, self.M, self.BLOCK_M, blocks)
        total = kernels.check_bytes(kernel, run, expected, on=self.on, whys=found)
        _check_idle(kernel, run, self.on)
        return total

    def _no_shift(self) -> int:
        """Keys loaded when each tile's walk ends as if the lengths were equal."""
        stops = range(self.BLOCK_M, self.M + self.BLOCK_M, self.BLOCK_M)
        return sum(min(cdiv(stop, self.BLOCK_N) * self.BLOCK_N, self.N) for stop in stops)

    def _one_more(self) -> int:
        """Keys loaded when each tile visits one block more than it must."""
        total = 0
        for start_m in range(0, self.M, self.BLOCK_M):
            _, end = _blocks(start_m, self.M, self.N, self.BLOCK_M, self.BLOCK_N)
            total += min((end + 1) * self.BLOCK_N, self.N)
        return total

    def _mask(self, bug: str = "") -> np.ndarray:
        """(seqlen_q, seqlen_k or whole blocks), True where seen; with one mistake."""
        i, j = np.arange(self.M)[:, None], np.arange(self.N)[None, :]
        shift = {"topleft": 0, "inverse": self.M - self.N}.get(bug, self.N - self.M)
        causal = j <= i + shift + {"strict": -1, "late": 1}.get(bug, 0)
        start = i // self.BLOCK_M * self.BLOCK_M
        if bug == "parentheses" and self.causal:  # (seen & column) <= row + shift
            there = np.arange(cdiv(self.N, self.BLOCK_N) * self.BLOCK_N)[None, :]
            stop = np.clip(start + self.BLOCK_M + shift, 0, self.N)
            visited = there < _cdiv(stop, self.BLOCK_N) * self.BLOCK_N
            return visited & ((there & (there < self.N)) <= i + shift)
        if bug in ("short", "end_topleft"):
            stop = start + (shift if bug == "short" else self.BLOCK_M)
            causal = causal & (j < _cdiv(stop, self.BLOCK_N) * self.BLOCK_N)
        if bug == "unmasked":
            causal = j < _cdiv(start + self.BLOCK_M + shift, self.BLOCK_N) * self.BLOCK_N
        if bug == "always" or (self.causal and bug != "full"):
            return causal
        return np.ones((self.M, self.N), bool)

    def _spread(self, name: str, bug: str = "") -> np.ndarray:
        """K or V with a head for every query head; with one mistake."""
        h = np.arange(self.nheads)
        wrong = {"mod": h % self.nheads_k, "first": 0 * h, "own": h, f"own_{name}": h,
                 "times": h * self.group}  # fmt: skip
        return (self.all_k if name == "k" else self.all_v)[:, wrong.get(bug, h // self.group)]

    def _wrong(self, bug: str):
        """(out, lse) in float64 with one mistake."""
        q, mask = self.q, self._mask(bug)
        k, v = self._spread("k", bug), self._spread("v", bug)
        if bug in self.STRIDES and self.group == 1:
            q, k, v = self._misread(bug)
        pad = -self.N % self.BLOCK_N
        if bug == "zeros":
            mask = np.pad(mask, ((0, 0), (0, pad)), constant_values=not self.causal)
        if mask.shape[1] > self.N:
            k, v = (np.pad(x, ((0, 0), (0, 0), (0, pad), (0, 0))) for x in (k, v))
        scale = {"unscaled": 1.0, "no_log2e": SCALE / LOG2E}.get(bug, SCALE)
        out = reference.attention(q, k, v, scale, mask)
        lse = reference.attention_lse(q, k, scale, mask)
        if bug == "undivided":
            s = reference.scores(q, k, scale, mask)
            out = out * np.exp(lse - s.max(axis=-1))[..., None]
        if bug == "oq":
            stored = Tensor(out, "float32", self.args["q_ptr"].order)
            out = heads.reread(stored, kernels.strides(self.args["out_ptr"]))
        return out, lse

    def _misread(self, bug: str):
        """(q, k, v) read with strides that are not theirs."""
        q, k, v = (self.args[f"{x}_ptr"] for x in "qkv")
        own = {"q": q, "k": k, "v": v}
        steps = {x: kernels.strides(t) for x, t in own.items()}
        if bug == "gaps":
            steps = {x: kernels.strides(Tensor(t.array)) for x, t in own.items()}
        elif bug == "vk":
            steps["v"] = steps["k"]
        elif bug == "vk_row":  # the stride of a row alone
            steps["v"] = (*steps["v"][:2], steps["k"][2], steps["v"][3])
        return tuple(heads.reread(t, steps[x]) for x, t in own.items())


def _q_each_time(row: int, M: int, BLOCK_M: int, blocks: list[int]) -> list[tuple[str, int]]:
    """Bytes of q, loaded for each of a tile's blocks, or once before as well. row: of one query."""
    return [
        (Q_EACH_TIME, row * sum(min(BLOCK_M, M - t * BLOCK_M) * (n + before)
                                for t, n in enumerate(blocks)))
        for before in (0, 1)
    ]  # fmt: skip


def _wrong_lse(exact: np.ndarray, s: np.ndarray) -> list:
    """Hypotheses on the base of a log-sum-exp of the scores s."""
    m = s.max(axis=-1)
    rest = exact - np.where(np.isneginf(m), 0, m)
    return [
        (WHY["lse2"], exact * LOG2E),
        (WHY["mixed"], m + rest * LOG2E),
        (WHY["mixed"], m * LOG2E + rest),
    ]


def _cdiv(a: np.ndarray, b: int) -> np.ndarray:
    """Ceiling of a / b, entry by entry."""
    return -(-a // b)


# --------------------------------------------------------------------------------------------------
# flash_decode_kernel


def flash_decode_kernel__values(flash_decode_kernel) -> None:
    """Every query head gets its own output, whatever the group and the length."""
    cases = ((2, 2, 4, 40), (1, 3, 1, 33), (2, 1, 3, 17), (1, 2, 16, 50))
    for n, (batch, nheads_k, group, seqlen_k) in enumerate(cases):
        for dtype in ("float32", "float16"):
            launch, q, k, v = _decode_launch(batch, nheads_k, group, seqlen_k, dtype, n)
            run = _run_decode(flash_decode_kernel, launch)
            _compare_decode(run.outputs["out_ptr"], q, k, v, group, dtype,
                            harness.name_of(flash_decode_kernel))  # fmt: skip
    harness.passed("groups of 1, 3, 4 and 16 query heads, in two types")


def flash_decode_kernel__bytes(flash_decode_kernel) -> None:
    """K, V, q and out cross once, and the kernel compiles."""
    for n, group in enumerate((4, 1, 3)):
        launch, q, k, _ = _decode_launch(1, 2, group, 50, "float16", n)
        run = _run_decode(flash_decode_kernel, launch)
        expected = {
            name: launch.args[name].nbytes for name in ("q_ptr", "k_ptr", "v_ptr", "out_ptr")
        }
        whys = {
            name: [
                ("A head of k and v is walked over once for every query head: put the heads of a "
                 "group into one tile.", group * expected[name]),
                ("A tile of k or v is loaded twice: keep it in a variable.", 2 * expected[name]),
            ]
            for name in ("k_ptr", "v_ptr")
        }  # fmt: skip
        whys["q_ptr"] = [(Q_EACH_TIME, times * expected["q_ptr"]) for times in (4, 5)]
        on = f"q {q.shape}, k and v {k.shape}, GROUP = {group}"
        kernels.check_bytes(flash_decode_kernel, run, expected, on=on, whys=whys)
        _check_idle(flash_decode_kernel, run, on)
    launch, *inputs = _decode_launch(1, 2, 4, 100, "float16", 0, 64, 32)
    kernels.check_compiles(flash_decode_kernel, launch)
    heads.check_tensor_cores(flash_decode_kernel, launch)
    _check_products(flash_decode_kernel, run)
    native = kernels.native(flash_decode_kernel, launch)
    if native is not None:
        name = f"{harness.name_of(flash_decode_kernel)} on the GPU"
        _compare_decode(native["out_ptr"], *inputs, 4, "float16", name)
    here = "" if native is None else ", right on this GPU"
    harness.passed(
        f"K and V cross once, whatever the group; compiles for an A100 and an H100{here}"
    )


def _run_decode(kernel, launch):
    """Run it; a fault in q or out gets the cause that it has in this kernel."""
    try:
        return kernels.run(kernel, launch)
    except harness.CheckFailed as failure:
        text = str(failure)
        active = re.search(r"(?:out-of-bounds|race)[^:]*: (?:q|out)_ptr.* of ([\d,]+) active", text,
                           re.S)  # fmt: skip
        if active is None:
            raise
        group, d = launch.constexprs["GROUP"], launch.constexprs["HEAD_DIM"]
        rows = int(active[1].replace(",", "")) // d
        why = "the rows of instance p are p * GROUP and the GROUP - 1 that follow."
        if rows > group:
            why = (
                f"{rows} rows are switched on, and a group has {group} heads: the mask of the "
                "load of q and of the store is g < GROUP."
            )
        raise _because(text, why) from None


def _decode_launch(batch, nheads_k, group, seqlen_k, dtype, n, d: int = 16, BLOCK_N: int = 16):
    seqlen_k = harness.vary(seqlen_k, 2, "decode", n)
    nheads = nheads_k * group
    q, k, v = heads.inputs(batch, nheads, nheads_k, 1, seqlen_k, d, "decode", n)
    args = {
        "q_ptr": Tensor(q[:, :, 0], dtype),
        "k_ptr": Tensor(k, dtype),
        "v_ptr": Tensor(v, dtype),
    }
    q, k, v = (np.asarray(t.array, np.float32) for t in args.values())
    args |= {"out_ptr": Output(q.shape, dtype), "seqlen_k": seqlen_k, "softmax_scale": SCALE}
    sizes = {"GROUP": group, "HEAD_DIM": d, "BLOCK_N": BLOCK_N}
    return Launch((batch * nheads_k,), args, sizes), q, k, v


def _compare_decode(got, q, k, v, group: int, dtype: str, name: str) -> None:
    batch, nheads, d = q.shape
    nheads_k = nheads // group
    h = np.arange(nheads)

    def out(q, key_heads, scale=SCALE, k=k, v=v):
        return reference.attention(q[:, :, None], k[:, key_heads], v[:, key_heads], scale)[:, :, 0]

    own = h // group
    flat = np.arange(batch * nheads_k) * 0
    first = k.reshape(1, -1, *k.shape[2:])[:, flat].reshape(k.shape)
    first_v = v.reshape(1, -1, *v.shape[2:])[:, flat].reshape(v.shape)
    pad = ((0, 0), (0, 0), (0, -k.shape[2] % 16), (0, 0))
    whole = k.shape[2] // 16 * 16
    same = np.repeat(q[:, ::group], group, axis=1)
    wrong = [
        ("Query heads are matched with the wrong key heads: query head h reads h // GROUP.",
         lambda: out(q, h % nheads_k)),
        ("Query heads are matched with the wrong key heads: query head h reads h // GROUP.",
         lambda: _interleaved(q, k, v, group)),
        ("Every instance walks over the first head of k and v: start at instance * seqlen_k * "
         "HEAD_DIM.", lambda: out(q, own, k=first, v=first_v)),
        ("k and v begin too early: instance * seqlen_k counts rows, of HEAD_DIM numbers each.",
         lambda: out(q, own, k=_keys_too_near(k), v=_keys_too_near(v))),
        ("All query heads of a group get the output of their first one: a row of q for each.",
         lambda: out(same, own)),
        (WHY["zeros"], lambda: out(q, own, k=np.pad(k, pad), v=np.pad(v, pad))),
        ("The last, partial tile of keys is missing.",
         lambda: out(q, own, k=k[:, :, :whole], v=v[:, :, :whole])),
        (WHY["unscaled"], lambda: out(q, own, 1.0)),
        (WHY["no_log2e"], lambda: out(q, own, SCALE / LOG2E)),
        (WHY["undivided"], lambda: out(q, own) * _decode_sum(q, k[:, own])),
    ]  # fmt: skip
    kernels.compare(
        got, out(q, own),
        kernels.plain_attention(q[:, :, None], k[:, own], v[:, own], SCALE, dtype)[:, :, 0], dtype,
        name=f"out of {name}", on=f"q {q.shape}, k and v {k.shape} {dtype}, GROUP = {group}",
        hypotheses=wrong, if_not_finite=NAN,
    )  # fmt: skip


def _keys_too_near(x: np.ndarray) -> np.ndarray:
    """k or v where head p is read from number p * seqlen_k on, HEAD_DIM times too early."""
    n, d = x.shape[2:]
    flat, starts = x.reshape(-1), np.arange(x.shape[0] * x.shape[1]) * n
    return flat[starts[:, None] + np.arange(n * d)].reshape(x.shape)


def _interleaved(q, k, v, group: int) -> np.ndarray:
    """The output when instance p serves every (batch * nheads_k)-th query head from p on."""
    shape, d = q.shape, q.shape[-1]
    rows = k.shape[0] * k.shape[1]
    q = q.reshape(1, group, rows, d).swapaxes(1, 2).reshape(rows, group, d)
    out = reference.attention(q, *(x.reshape(rows, -1, d) for x in (k, v)), SCALE)
    return out.reshape(rows, group, d).swapaxes(0, 1).reshape(shape)


def _decode_sum(q, k) -> np.ndarray:
    """l_i of each query head, as a column."""
    s = reference.scores(q[:, :, None], k, SCALE)
    return np.exp(s - s.max(axis=-1, keepdims=True)).sum(axis=-1)


# --------------------------------------------------------------------------------------------------
# flash_window_kernel


def flash_window_kernel__values(flash_window_kernel) -> None:
    """out and lse for windows and sinks of all sizes, in three types, every key once."""
    for n, sizes in enumerate(WINDOWS):
        for dtype in DTYPES if n == 0 else DTYPES[:1]:
            case = _Window(sizes, dtype, n)
            run = kernels.run(flash_window_kernel, case.launch)
            case.compare(run.outputs, harness.name_of(flash_window_kernel), run)
    harness.passed(f"{len(WINDOWS)} windows: of one key, wider than all, sinks over several blocks")


def flash_window_kernel__bytes(flash_window_kernel) -> None:
    """Blocks that hold sinks or keys of the tile's windows once, no other block."""
    for n, sizes in enumerate(WINDOWS):
        case = _Window(sizes, "float16", n)
        case.check_bytes(flash_window_kernel, kernels.run(flash_window_kernel, case.launch))
    n = 4096
    far = 1 + (512 + 64) // 64
    harness.passed(f"to the byte; far down {far} of {n // 64} blocks at WINDOW 512, both blocks 64")


def flash_window_kernel__gpu(flash_window_kernel) -> None:
    """It compiles for an A100 and an H100, and is right on a GPU where there is one."""
    launch = _Window(WINDOWS[0], "float16", 0).launch
    run = kernels.observe_kernel(flash_window_kernel, launch)  # its faults lose other points
    case = _Window((150, 64, 32, 40, 4), "float16", 0, 64)
    kernels.check_compiles(flash_window_kernel, case.launch)
    heads.check_tensor_cores(flash_window_kernel, case.launch)
    _check_products(flash_window_kernel, run)
    native = kernels.native(flash_window_kernel, case.launch)
    if native is not None:
        case.compare(native, f"{harness.name_of(flash_window_kernel)} on the GPU")
    heads.passed_gpu(native)


WHY_WALK = {
    "early": "The window's first block is one too early: its first key is start_m - WINDOW + 1.",
    "one_more": "One block too many is visited: end the loop at the tile's last query.",
    "sinks_by_m": "SINKS is rounded up to a multiple of BLOCK_N: blocks of keys are BLOCK_N long.",
    "lo_by_m": "The window's first block begins at a multiple of BLOCK_N, not of BLOCK_M.",
    "all_before": (
        "Blocks between the sinks and the window are loaded: begin the second walk at the window."
    ),
    "every": (
        "Every block is loaded: nobody sees what lies behind the tile, or before its window."
    ),
    "twice": "Blocks are visited twice, as sinks and as window: each once.",
    "to_the_end": (
        "The walk over the window goes on to the end: stop behind the tile's last query."
    ),
    "unaligned": "The window's first block begins at a multiple of BLOCK_N: round down.",
    "one_sink_block_more": "Blocks of sinks are visited although there are none, or too many.",
}


def _visited(run) -> list[list[tuple[int, int]]]:
    """For each program instance the ranges of keys that it loads, in order."""
    tiles: dict[int, list] = {}
    for e in run.traffic.events:
        if e.array == "k_ptr":
            tiles.setdefault(e.program[0], []).append(e.region[0])
    return [tiles[x] for x in sorted(tiles)]


class _Window:
    """One launch of the window kernel on one head, and what must come out."""

    BUGS = ("sink", "sink_late", "wide", "narrow", "causal", "ahead", "strict", "twice", "lo_by_m",
            "gap", "late_1", "late_2", "and", "sinks_ahead", "per_tile", "zeros", "undivided",
            "unscaled", "no_log2e")  # fmt: skip

    def __init__(self, sizes, dtype: str, n: int, d: int = 16) -> None:
        N, self.BLOCK_M, self.BLOCK_N, self.WINDOW, self.SINKS = sizes
        self.N, self.d, self.dtype = harness.vary(N, 3, "window", n), d, dtype
        q, k, v = harness.attention_inputs("random", self.N, self.N, d, np.float32, "window", n)
        args = {f"{name}_ptr": Tensor(x, dtype) for name, x in (("q", q), ("k", k), ("v", v))}
        self.q, self.k, self.v = (np.asarray(t.array, np.float32) for t in args.values())
        args |= {"out_ptr": Output((self.N, d), dtype), "lse_ptr": Output((self.N,))}
        args |= {"seqlen": self.N, "softmax_scale": SCALE}
        blocks = {"HEAD_DIM": d, "BLOCK_M": self.BLOCK_M, "BLOCK_N": self.BLOCK_N}
        constants = {"WINDOW": self.WINDOW, "SINKS": self.SINKS, **blocks}
        self.launch = Launch((cdiv(self.N, self.BLOCK_M),), args, constants)

    @property
    def on(self) -> str:
        return (
            f"seqlen = {self.N}, WINDOW = {self.WINDOW}, SINKS = {self.SINKS}, {self.dtype}, "
            f"BLOCK_M = {self.BLOCK_M}, BLOCK_N = {self.BLOCK_N}"
        )

    def compare(self, outputs: dict, name: str, run=None) -> None:
        """run: where k was metered. Sinks may be lost although their blocks were loaded."""
        mask = self._weights().astype(bool)
        loaded = run and run.traffic.read_bytes("k_ptr")
        row = self.d * kernels.ITEMSIZE[self.dtype]
        texts = {b: WHY["gap" if b.startswith("late") else b] for b in self.BUGS}
        texts["lost"] = WHY["emptied" if loaded == row * self._keys() else "lost"]
        kernels.compare(
            outputs["out_ptr"], reference.attention(self.q, self.k, self.v, SCALE, mask),
            kernels.plain_attention(self.q, self.k, self.v, SCALE, self.dtype, mask), self.dtype,
            name=f"out of {name}", on=self.on, if_not_finite=NAN,
            hypotheses=[(text, lambda b=b: self._wrong(b)[0]) for b, text in texts.items()],
        )  # fmt: skip
        exact = reference.attention_lse(self.q, self.k, SCALE, mask)
        kernels.compare(
            outputs["lse_ptr"], exact, kernels.plain_lse(self.q, self.k, SCALE, mask), "float32",
            name=f"lse of {name}", on=self.on, if_not_finite=NAN,
            hypotheses=_wrong_lse(exact, reference.scores(self.q, self.k, SCALE, mask))
            + [(text, lambda b=b: self._wrong(b)[1]) for b, text in texts.items()],
        )  # fmt: skip

    def check_bytes(self, kernel, run) -> None:
        itemsize = kernels.ITEMSIZE[self.dtype]
        row = self.d * itemsize
        expected = {"q_ptr": row * self.N, "out_ptr": row * self.N, "lse_ptr": 4 * self.N}
        expected |= {name: row * self._keys() for name in ("k_ptr", "v_ptr")}
        moved = run.traffic.read_bytes("k_ptr")
        visited = _visited(run)
        fits = (text for bug, text in WHY_WALK.items() if visited == self._walk(bug))
        why = next(fits, "") or next(
            (text for bug, text in WHY_WALK.items() if moved == row * self._keys(bug)), ""
        )
        if not why and moved < expected["k_ptr"]:
            starts = [[start for start, _ in tile] for tile in visited]
            wanted = [[start for start, _ in tile] for tile in self._walk()]
            why = WHOLE if starts == wanted else MISSING
        if not why and moved == 2 * expected["k_ptr"]:
            why = "A tile of k or v is loaded twice: keep it in a variable."
        whys = {name: [(why, moved)] if why else [] for name in ("k_ptr", "v_ptr")}
        blocks = [len(tile) for tile in self._walk()]
        whys["q_ptr"] = _q_each_time(row, self.N, self.BLOCK_M, blocks)
        kernels.check_bytes(kernel, run, expected, on=self.on, whys=whys)
        _check_idle(kernel, run, self.on)

    def _walk(self, bug: str = "") -> list[list[tuple[int, int]]]:
        """For each tile of queries the ranges of keys that it loads, in order; with one mistake."""
        M, N, out = self.BLOCK_M, self.BLOCK_N, []
        for start in range(0, self.N, M):
            first = max(0, start - self.WINDOW + (bug != "early"))
            lo, hi = first // N * N, min(start + M, self.N)
            stop = cdiv(self.SINKS, N) * N
            if bug == "sinks_by_m":
                stop = cdiv(self.SINKS, M) * M
            elif bug == "one_sink_block_more":
                stop += N
            elif bug == "lo_by_m":
                lo = first // M * M
            elif bug == "unaligned":
                lo = first
            elif bug == "all_before":
                stop = lo
            elif bug == "every":
                stop, hi = lo, self.N
            elif bug == "to_the_end":
                hi = self.N
            elif bug == "one_more":
                hi = min(cdiv(hi, N) * N + 1, self.N)
            stop = stop if bug == "twice" else min(stop, lo)
            ranges = [(b, b + N) for b in (*range(0, stop, N), *range(lo, hi, N))]
            out.append([(b, min(end, self.N)) for b, end in ranges])
        return out

    def _keys(self, bug: str = "") -> int:
        """Keys that all tiles of queries load."""
        return sum(end - start for tile in self._walk(bug) for start, end in tile)

    def _weights(self, bug: str = "") -> np.ndarray:
        """(N, N): how often query i counts key j; with one mistake."""
        i, j = np.arange(self.N)[:, None], np.arange(self.N)[None, :]
        start = i // self.BLOCK_M * self.BLOCK_M
        width = self.WINDOW + {"wide": 1, "narrow": -1}.get(bug, 0)
        near = j > i - width
        if bug == "per_tile":
            near = j > start - width
        sink = (j < self.SINKS + (bug == "sink_late")) & (bug != "sink")
        causal = j < i if bug == "strict" else j <= i
        if bug == "ahead":
            stop = np.minimum(start + self.BLOCK_M, self.N)
            causal = j < _cdiv(stop, self.BLOCK_N) * self.BLOCK_N
        lo = np.maximum(0, start - self.WINDOW + 1) // self.BLOCK_N * self.BLOCK_N
        seen = causal & (near | sink | (bug == "causal"))
        if bug == "and":
            seen = causal & near & sink
        if bug == "sinks_ahead":
            seen = (causal & near) | sink
        if bug == "lost":
            seen = seen & (j >= lo)
        if bug == "lo_by_m":
            lo = np.maximum(0, start - self.WINDOW + 1) // self.BLOCK_M * self.BLOCK_M
            stop = np.minimum(cdiv(self.SINKS, self.BLOCK_N) * self.BLOCK_N, lo)
            return seen * (1.0 + ((j < _cdiv(stop, self.BLOCK_N) * self.BLOCK_N) & (j >= lo)))
        if bug == "twice":
            sinks = cdiv(self.SINKS, self.BLOCK_N) * self.BLOCK_N
            return seen * (1.0 + ((j < sinks) & (j >= lo)))
        late = {"gap": self.BLOCK_M, "late_1": 2, "late_2": 3}.get(bug)
        if late:
            lo = np.maximum(0, start - self.WINDOW + late) // self.BLOCK_N * self.BLOCK_N
            seen = seen & ((j >= lo) | (j < cdiv(self.SINKS, self.BLOCK_N) * self.BLOCK_N))
        return seen * 1.0

    def _wrong(self, bug: str):
        """(out, lse) in float64 with one mistake."""
        scale = {"unscaled": 1.0, "no_log2e": SCALE / LOG2E}.get(bug, SCALE)
        k, v, weights = self.k, self.v, self._weights(bug)
        if bug == "zeros":
            pad = -self.N % self.BLOCK_N
            k, v = (np.pad(x, ((0, pad), (0, 0))) for x in (k, v))
            weights = np.pad(weights, ((0, 0), (0, pad)), constant_values=1.0)
        s = reference.scores(self.q, k, scale, weights > 0)
        m = s.max(axis=-1)
        m = np.where(np.isneginf(m), 0, m)
        p = weights * np.exp(s - m[:, None])
        total = p.sum(axis=-1)
        out = p @ v.astype(np.float64)
        safe = np.where(total == 0, 1, total)[:, None]
        return out if bug == "undivided" else out / safe, m + np.log(total)
