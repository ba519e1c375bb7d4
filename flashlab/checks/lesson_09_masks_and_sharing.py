"""Checks of lesson 09: causal masks, skipped blocks, shared heads, windows with sinks."""

from __future__ import annotations

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
         (33, 33, 16, 16), (7, 7, 16, 16), (1, 33, 16, 16), (70, 90, 32, 16))  # fmt: skip
# batch, nheads, nheads_k, seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N
SHAPES = (
    (1, 2, 2, 33, 33, 16, 16, 16),
    (2, 2, 2, 20, 45, 16, 16, 32),
    (1, 2, 2, 50, 50, 32, 32, 16),
)
GROUPS = ((1, 4, 4), (2, 4, 2), (1, 8, 2), (2, 3, 1))  # batch, nheads, nheads_k
WINDOWS = ((70, 16, 16, 20, 3), (50, 16, 16, 1, 0), (61, 16, 32, 100, 5), (90, 32, 16, 24, 20),
           (75, 16, 16, 16, 33))  # fmt: skip  # seqlen, BLOCK_M, BLOCK_N, WINDOW, SINKS
WHY = {
    "topleft": (
        "That is the mask aligned top-left: query i sees j <= i + shift, shift = seqlen_k - "
        "seqlen_q, so that the last query sees all keys."
    ),
    "inverse": "The shift has the wrong sign: it is seqlen_k - seqlen_q.",
    "strict": "A query sees its own key, too: j <= i + shift, not <.",
    "late": "A query sees one key too many: j <= i + shift.",
    "full": "Nothing is masked, although IS_CAUSAL is true.",
    "always": "The causal mask is there although IS_CAUSAL is false.",
    "short": "The loop ends too early: the last key of the tile's last query must be reached.",
    "unmasked": "The diagonal's blocks need the mask: only some of their keys may be seen.",
    "mod": "The key head is off_h // group: neighbours share. That is off_h % nheads_k.",
    "first": "Every query head uses the first head of K and V: it is off_h // group.",
    "zeros": "Keys behind the end enter the softmax with score 0: set them to -inf where not seen.",
    "undivided": "acc is never divided by l_i: divide once, after the loop.",
    "unscaled": "The scores are not scaled: give absorb_tile softmax_scale * log2(e).",
    "no_log2e": "absorb_tile wants its scale in base 2: softmax_scale * log2(e).",
    "gaps": "The layout is taken for granted: use the strides, not seqlen and HEAD_DIM.",
    "oq": "out is stored with the strides of Q: they differ. Each tensor has its own.",
    "lse2": "That is the log-sum-exp in base 2: multiply by ln(2) for the natural one.",
    "nan_out": "A row that saw nothing has l_i = 0, and 0 / 0 is NaN: divide by 1 there.",
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
    "gap": "The window begins too late: the tile's first query looks back the furthest.",
}
SKIP = (
    "Blocks that nobody sees are loaded all the same: end the loop behind the last key that the "
    "tile's last query sees."
)
WHOLE = "A visited block is loaded whole: in the mask of the load compare with the length of k."


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
    return whole, end


def _mask_sizes(n: int) -> tuple[int, int]:
    """(seqlen_q, seqlen_k) of mask n. Where a key more or less makes a block, sizes stay such."""
    M, N, BLOCK_M, _ = MASKS[n]
    if M == N and M % BLOCK_M < 2:
        M = BLOCK_M * harness.vary(M // BLOCK_M, 1, "mask", n) + M % BLOCK_M
        return M, M
    return harness.vary(M, 3, "mask", n), harness.vary(N, 3, "mask", n, 1)


def key_blocks__numbers(key_blocks) -> None:
    """Whole and visited blocks of every tile, for square, wide and high masks."""
    whys = {
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
    }
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
            fits = (b for b in whys if all(v == _blocks(*a, b) for a, v in answers.items()))
            harness.fail(
                f"key_blocks{args} returned {value}, expected {_blocks(*args)}",
                whys.get(next(fits, ""), ""),
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
    "v": "K alone is asked for, not V.",
    "elements": "That counts numbers: times the bytes of a number.",
    "keys": "That counts keys: times head_dim numbers of itemsize bytes.",
    "exchanged": "BLOCK_M counts queries, BLOCK_N keys: they are exchanged.",
    "one": "That is one tile of queries: add up over all of them.",
}


def _causal_bytes(M, N, d, BLOCK_M, BLOCK_N, itemsize, bug: str = ""):
    """Bytes of K that one head loads; with one mistake."""
    if bug in ("full", "half"):
        keys = cdiv(M, BLOCK_M) * N
    elif bug == "exchanged":
        keys = _causal_keys(M, N, BLOCK_N, BLOCK_M)
    elif bug == "one":
        last = (M - 1) // BLOCK_M * BLOCK_M
        keys = min(N, BLOCK_N * _blocks(last, M, N, BLOCK_M, BLOCK_N)[1])
    else:
        keys = _causal_keys(M, N, BLOCK_M, BLOCK_N, bug)
    number = {"elements": 1, "keys": 1, "v": 2 * itemsize}.get(bug, itemsize)
    total = keys * (1 if bug == "keys" else d) * number
    return total // 2 if bug == "half" else total


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
            fits = (
                text for bug, text in WHY_BYTES.items()
                if all(v == _causal_bytes(*a, bug) for a, v in answers.items())
            )  # fmt: skip
            harness.fail(
                f"causal_bytes{args} returned {value:,}, expected {expected:,}",
                next(fits, "Is key_blocks right? Its own check stands above."),
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
                run = kernels.run(flash_attention_kernel, case.launch)
                error = case.compare(run.outputs, harness.name_of(flash_attention_kernel))
                worst[dtype] = max(error, worst.get(dtype, 0.0))
    words = ", ".join(f"{dtype} {error:.1e}" for dtype, error in worst.items())
    harness.passed(f"{2 * len(SHAPES)} masks; largest errors: {words}")


def flash_attention_kernel__groups(flash_attention_kernel) -> None:
    """Each query head reads the head of K and V that its group shares."""
    for n, (batch, nheads, nheads_k) in enumerate(GROUPS):
        shape = (batch, nheads, nheads_k, 17, 20, 16, 16, 16)
        case = _Case(shape, "float32", bool(n % 2), n)
        run = kernels.run(flash_attention_kernel, case.launch)
        case.compare(run.outputs, harness.name_of(flash_attention_kernel))
    harness.passed("groups of 1, 2 and 4, and one head of K and V for all")


def flash_attention_kernel__empty_rows(flash_attention_kernel) -> None:
    """With more queries than keys the first rows see nothing: 0 and -inf, the others as ever."""
    for n, (M, N) in enumerate(((40, 23), (33, 1))):
        case = _Case((1, 2, 1, M, N, 16, 16, 16), "float32", True, n)
        name = harness.name_of(flash_attention_kernel)
        run = kernels.run(flash_attention_kernel, case.launch)
        empty = case.M - case.N
        out, lse = (run.outputs[f"{x}_ptr"][:, :, :empty] for x in ("out", "lse"))
        where = f"rows 0 to {empty - 1}, which see nothing, on {case.on}"
        if (out != 0).any():  # NaN is not 0 either
            bad = out[out != 0][0]
            why = WHY["nan_out"] if np.isnan(out).any() else "Their l_i and acc must stay 0."
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
        total = case.check_bytes(
            flash_attention_kernel, kernels.run(flash_attention_kernel, case.launch)
        )
    harness.passed(f"to the byte, causal or not, shared or not; the last one {total:,} bytes")


def flash_attention_kernel__gpu(flash_attention_kernel) -> None:
    """It compiles for an A100 and an H100, causal or not, and is right on a GPU."""
    native = None
    for causal, cards in ((True, ("A100", "H100")), (False, ("H100",))):
        case = _Case((2, 4, 1, 70, 100, 64, 64, 32), "float16", causal, 0)
        kernels.check_compiles(flash_attention_kernel, case.launch, cards)
        heads.check_tensor_cores(flash_attention_kernel, case.launch, cards)
        native = kernels.native(flash_attention_kernel, case.launch)
        if native is not None:
            case.compare(native, f"{harness.name_of(flash_attention_kernel)} on the GPU")
    heads.passed_gpu(native)


class _Case:
    """One launch of the complete kernel and what must come out."""

    BUGS = ("topleft", "inverse", "strict", "late", "full", "always", "short", "unmasked", "mod",
            "first", "zeros", "undivided", "unscaled", "no_log2e", "gaps", "oq")  # fmt: skip

    def __init__(self, shape, dtype: str, causal: bool, n: int) -> None:
        self.batch, self.nheads, self.nheads_k, M, N, self.d, self.BLOCK_M, self.BLOCK_N = shape
        if min(M, N) > 3:
            M, N = harness.vary(M, 3, "case", n), harness.vary(N, 3, "case", n, 1)
        self.M, self.N, self.dtype, self.causal = M, N, dtype, causal
        key = self.batch, self.nheads, self.nheads_k
        args = heads.arguments(*heads.inputs(*key, M, N, self.d, n), dtype, n)
        self.q, self.k, self.v = heads.values(args)
        self.args = args
        self.group = self.nheads // self.nheads_k
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
        )

    def compare(self, outputs: dict, name: str) -> float:
        """The largest error of out; fails unless out and lse are right."""
        mask = self._mask()
        k, v = self._spread(self.k), self._spread(self.v)
        error = kernels.compare(
            outputs["out_ptr"], reference.attention(self.q, k, v, SCALE, mask),
            kernels.plain_attention(self.q, k, v, SCALE, self.dtype, mask), self.dtype,
            name=f"out of {name}", on=self.on, if_not_finite=heads.NAN,
            hypotheses=[(WHY[b], lambda b=b: self._wrong(b)[0]) for b in self.BUGS],
        )  # fmt: skip
        exact = reference.attention_lse(self.q, k, SCALE, mask)
        kernels.compare(
            outputs["lse_ptr"], exact, kernels.plain_lse(self.q, k, SCALE, mask), "float32",
            name=f"lse of {name}", on=self.on, if_not_finite=heads.NAN,
            hypotheses=[(WHY["lse2"], exact * LOG2E)]
            + [(WHY[b], lambda b=b: self._wrong(b)[1]) for b in self.BUGS],
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
            exact = sum(
                min(max(min(i + self.BLOCK_M, self.M) + self.N - self.M, 0), self.N)
                for i in range(0, self.M, self.BLOCK_M)
            )
            whys = [
                (SKIP, full),
                (WHOLE, row * exact),
                ("One block too many is visited: end the loop at the last key that is seen.",
                 row * self._one_more()),
                (SKIP, row * _causal_keys(*sizes, "topleft")),
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
        return kernels.check_bytes(kernel, run, expected, on=self.on, whys=found)

    def _one_more(self) -> int:
        """Keys loaded when each tile visits one block more than it must."""
        total = 0
        for start_m in range(0, self.M, self.BLOCK_M):
            _, end = _blocks(start_m, self.M, self.N, self.BLOCK_M, self.BLOCK_N)
            total += min((end + 1) * self.BLOCK_N, self.N)
        return total

    def _mask(self, bug: str = "") -> np.ndarray:
        """(seqlen_q, seqlen_k), True where seen; with one mistake."""
        i, j = np.arange(self.M)[:, None], np.arange(self.N)[None, :]
        shift = {"topleft": 0, "inverse": self.M - self.N}.get(bug, self.N - self.M)
        causal = j <= i + shift + {"strict": -1, "late": 1}.get(bug, 0)
        start = i // self.BLOCK_M * self.BLOCK_M
        if bug == "short":
            causal = causal & (j < _cdiv(start + shift, self.BLOCK_N) * self.BLOCK_N)
        if bug == "unmasked":
            causal = j < _cdiv(start + self.BLOCK_M + shift, self.BLOCK_N) * self.BLOCK_N
        if bug == "always" or (self.causal and bug != "full"):
            return causal
        return np.ones((self.M, self.N), bool)

    def _spread(self, x: np.ndarray, bug: str = "") -> np.ndarray:
        """K or V with a head for every query head."""
        h = np.arange(self.nheads)
        return x[:, {"mod": h % self.nheads_k, "first": 0 * h}.get(bug, h // self.group)]

    def _wrong(self, bug: str):
        """(out, lse) in float64 with one mistake."""
        q, k, v, mask = self.q, self.k, self.v, self._mask(bug)
        if bug == "gaps":
            q, k, v = (
                heads.reread(t, kernels.strides(Tensor(t.array)))
                for t in (self.args[f"{x}_ptr"] for x in "qkv")
            )
        k, v = self._spread(k, bug), self._spread(v, bug)
        if bug == "zeros":
            pad = -self.N % self.BLOCK_N
            k, v = (np.pad(x, ((0, 0), (0, 0), (0, pad), (0, 0))) for x in (k, v))
            mask = np.pad(mask, ((0, 0), (0, pad)), constant_values=not self.causal)
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
            run = kernels.run(flash_decode_kernel, launch)
            _compare_decode(run.outputs["out_ptr"], q, k, v, group, dtype,
                            harness.name_of(flash_decode_kernel))  # fmt: skip
    harness.passed("groups of 1, 3, 4 and 16 query heads, in two types")


def flash_decode_kernel__bytes(flash_decode_kernel) -> None:
    """K, V, q and out cross once, and the kernel compiles."""
    for n, group in enumerate((4, 1, 3)):
        launch, q, k, _ = _decode_launch(1, 2, group, 50, "float16", n)
        run = kernels.run(flash_decode_kernel, launch)
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
        whys["q_ptr"] = [
            ("q is loaded for every tile of keys: once, before the loop, would do.",
             times * expected["q_ptr"])
            for times in (4, 5)
        ]  # fmt: skip
        on = f"q {q.shape}, k and v {k.shape}, GROUP = {group}"
        kernels.check_bytes(flash_decode_kernel, run, expected, on=on, whys=whys)
    launch, *inputs = _decode_launch(1, 2, 4, 100, "float16", 0, 64, 32)
    kernels.check_compiles(flash_decode_kernel, launch)
    heads.check_tensor_cores(flash_decode_kernel, launch)
    native = kernels.native(flash_decode_kernel, launch)
    if native is not None:
        name = f"{harness.name_of(flash_decode_kernel)} on the GPU"
        _compare_decode(native["out_ptr"], *inputs, 4, "float16", name)
    here = "" if native is None else ", right on this GPU"
    harness.passed(
        f"K and V cross once, whatever the group; compiles for an A100 and an H100{here}"
    )


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
        hypotheses=wrong, if_not_finite=heads.NAN,
    )  # fmt: skip


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
            case.compare(run.outputs, harness.name_of(flash_window_kernel))
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
    case = _Window((150, 64, 32, 40, 4), "float16", 0, 64)
    kernels.check_compiles(flash_window_kernel, case.launch)
    heads.check_tensor_cores(flash_window_kernel, case.launch)
    native = kernels.native(flash_window_kernel, case.launch)
    if native is not None:
        case.compare(native, f"{harness.name_of(flash_window_kernel)} on the GPU")
    heads.passed_gpu(native)


class _Window:
    """One launch of the window kernel on one head, and what must come out."""

    BUGS = ("sink", "sink_late", "wide", "narrow", "causal", "ahead", "strict", "twice", "gap",
            "zeros", "undivided", "unscaled", "no_log2e")  # fmt: skip

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

    def compare(self, outputs: dict, name: str) -> None:
        mask = self._weights().astype(bool)
        kernels.compare(
            outputs["out_ptr"], reference.attention(self.q, self.k, self.v, SCALE, mask),
            kernels.plain_attention(self.q, self.k, self.v, SCALE, self.dtype, mask), self.dtype,
            name=f"out of {name}", on=self.on, if_not_finite=heads.NAN,
            hypotheses=[(WHY[b], lambda b=b: self._wrong(b)[0]) for b in self.BUGS],
        )  # fmt: skip
        exact = reference.attention_lse(self.q, self.k, SCALE, mask)
        kernels.compare(
            outputs["lse_ptr"], exact, kernels.plain_lse(self.q, self.k, SCALE, mask), "float32",
            name=f"lse of {name}", on=self.on, if_not_finite=heads.NAN,
            hypotheses=[(WHY["lse2"], exact * LOG2E)]
            + [(WHY[b], lambda b=b: self._wrong(b)[1]) for b in self.BUGS],
        )  # fmt: skip

    def check_bytes(self, kernel, run) -> None:
        itemsize = kernels.ITEMSIZE[self.dtype]
        row = self.d * itemsize
        expected = {"q_ptr": row * self.N, "out_ptr": row * self.N, "lse_ptr": 4 * self.N}
        expected |= {name: row * self._keys() for name in ("k_ptr", "v_ptr")}
        wrong = [
            ("Blocks between the sinks and the window are loaded: begin the second walk at the "
             "window.", row * _causal_keys(self.N, self.N, self.BLOCK_M, self.BLOCK_N)),
            ("Every block is loaded: nobody sees what lies behind the tile, or before its window.",
             row * cdiv(self.N, self.BLOCK_M) * self.N),
            ("Blocks are visited twice, as sinks and as window: each once.",
             row * self._keys("twice")),
            ("The walk over the window goes on to the end: stop behind the tile's last query.",
             row * self._keys("to_the_end")),
            ("The window's first block begins at a multiple of BLOCK_N: round down.",
             row * self._keys("unaligned")),
            ("Blocks of sinks are visited although there are none, or too many.",
             row * self._keys("one_sink_block_more")),
        ]  # fmt: skip
        whys = {name: wrong for name in ("k_ptr", "v_ptr")}
        kernels.check_bytes(kernel, run, expected, on=self.on, whys=whys)

    def _keys(self, bug: str = "") -> int:
        """Keys that all tiles of queries load."""
        total = 0
        for start in range(0, self.N, self.BLOCK_M):
            stop = self.N if bug == "to_the_end" else min(start + self.BLOCK_M, self.N)
            first = max(0, start - self.WINDOW + 1)
            lo, hi = first // self.BLOCK_N, cdiv(stop, self.BLOCK_N)
            sinks = cdiv(self.SINKS, self.BLOCK_N) + (bug == "one_sink_block_more")
            before = cdiv(first, self.BLOCK_N) if bug == "unaligned" else lo
            sinks = sinks if bug == "twice" else min(sinks, before)
            blocks = [*range(sinks), *range(lo, hi)]
            total += sum(min(self.BLOCK_N, self.N - b * self.BLOCK_N) for b in blocks)
            if bug == "unaligned":
                total -= sum(min(self.BLOCK_N, self.N - b * self.BLOCK_N) for b in range(lo, hi))
                total += min(cdiv(stop - first, self.BLOCK_N) * self.BLOCK_N, self.N - first)
        return total

    def _weights(self, bug: str = "") -> np.ndarray:
        """(N, N): how often query i counts key j; with one mistake."""
        i, j = np.arange(self.N)[:, None], np.arange(self.N)[None, :]
        start = i // self.BLOCK_M * self.BLOCK_M
        width = self.WINDOW + {"wide": 1, "narrow": -1}.get(bug, 0)
        near = j > i - width
        sink = (j < self.SINKS + (bug == "sink_late")) & (bug != "sink")
        causal = j < i if bug == "strict" else j <= i
        if bug == "ahead":
            stop = np.minimum(start + self.BLOCK_M, self.N)
            causal = j < _cdiv(stop, self.BLOCK_N) * self.BLOCK_N
        seen = causal & (near | sink | (bug == "causal"))
        if bug == "twice":
            lo = np.maximum(0, start - self.WINDOW + 1) // self.BLOCK_N * self.BLOCK_N
            sinks = cdiv(self.SINKS, self.BLOCK_N) * self.BLOCK_N
            return seen * (1.0 + ((j < sinks) & (j >= lo)))
        if bug == "gap":
            lo = np.maximum(0, start + self.BLOCK_M - self.WINDOW) // self.BLOCK_N * self.BLOCK_N
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
