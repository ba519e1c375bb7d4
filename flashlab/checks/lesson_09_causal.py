"""The complete kernel of lesson 09 on heads that share K and V, causal or not: one launch of it."""

from __future__ import annotations

import re

import numpy as np

from flashlab import reference
from flashlab.checks import harness, heads, kernels
from flashlab.checks.kernels import Launch, Tensor
from flashlab.checks.lesson_09_blocks import WHY_SHIFT, alike, blocks_of, causal_keys, keys_seen
from flashlab.checks.lesson_09_common import (
    LOG2E,
    MISSING,
    NAN,
    SCALE,
    WHOLE,
    because,
    cdiv_each,
    check_idle,
    q_each_time,
    wrong_lse,
)
from flashlab.checks.lesson_09_common import WHY as COMMON
from flashlab.traffic import cdiv, flash2_traffic

# batch, nheads, nheads_k, seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N
SHAPES = (
    (1, 2, 2, 33, 33, 16, 16, 32),
    (2, 2, 2, 20, 45, 16, 16, 32),
    (1, 2, 2, 50, 50, 32, 32, 16),
)
FAR_BATCHES = (3, 1, 1, 16, 16, 16, 16, 16)
GROUPS = ((1, 4, 4), (2, 4, 2), (1, 8, 2), (2, 3, 1))  # batch, nheads, nheads_k
WHY = {
    **COMMON,
    **WHY_SHIFT,
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
    "gaps": "The layout is taken for granted: use the strides, not seqlen and HEAD_DIM.",
    "vk": "V is read with strides of K, or one of them: each tensor has its own.",
    "oq": "out is stored with the strides of Q: they differ. Each tensor has its own.",
    "nan_out": "A row that saw nothing has l_i = 0, and 0 / 0 is NaN: divide by 1 there.",
    "nan_both": (
        "out and lse are NaN, so the state was: -inf - (-inf). Is absorb_tile lesson 08's? Here "
        "it must subtract 0 where the maximum is -inf. And after the loop 0 / 0 is NaN, too."
    ),
    "nan_lse": (
        "Of such a row m_i is -inf and l_i 0. Do not subtract or multiply them; m_i + log2(1) is "
        "-inf."
    ),
}
SKIP = (
    "Blocks that nobody sees are loaded all the same: end the loop behind the last key that the "
    "tile's last query sees."
)


def run_case(kernel, case: Case):
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
        raise because(text, why) from None


class Case:
    """One launch of the complete kernel and what must come out."""

    BUGS = ("topleft", "inverse", "strict", "late", "full", "always", "short", "end_topleft",
            "unmasked", "parentheses", "mod", "first", "own", "own_k", "own_v", "times", "zeros",
            "undivided", "unscaled", "no_log2e", "gaps", "vk", "vk_row", "oq")  # fmt: skip
    STRIDES = ("gaps", "vk", "vk_row", "oq")

    def __init__(self, shape, dtype: str, causal: bool, n: int, wide: int = 0) -> None:
        self.batch, self.nheads, self.nheads_k, M, N, self.d, self.BLOCK_M, self.BLOCK_N = shape
        if min(M, N) > 3:
            M, N = alike(M, N, self.BLOCK_M, self.BLOCK_N, "case", n)
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
            hypotheses=wrong_lse(exact, reference.scores(self.q, k, SCALE, mask))
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
            expected["k_ptr"] = expected["v_ptr"] = row * causal_keys(*sizes)
            whys = [
                (SKIP, full),
                (WHOLE, row * keys_seen(self.M, self.N, self.BLOCK_M)),
                ("One block too many is visited: end the loop at the last key that is seen.",
                 row * self._one_more()),
                (WHY["end_topleft"], row * self._no_shift()),
            ]  # fmt: skip
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
                blocks_of(start, self.M, self.N, self.BLOCK_M, self.BLOCK_N)[1]
                for start in range(0, self.M, self.BLOCK_M)
            ]
        found["q_ptr"] = q_each_time(row, self.M, self.BLOCK_M, blocks)
        total = kernels.check_bytes(kernel, run, expected, on=self.on, whys=found)
        check_idle(kernel, run, self.on)
        return total

    def _no_shift(self) -> int:
        """Keys loaded when each tile's walk ends as if the lengths were equal."""
        stops = range(self.BLOCK_M, self.M + self.BLOCK_M, self.BLOCK_M)
        return sum(min(cdiv(stop, self.BLOCK_N) * self.BLOCK_N, self.N) for stop in stops)

    def _one_more(self) -> int:
        """Keys loaded when each tile visits one block more than it must."""
        total = 0
        for start_m in range(0, self.M, self.BLOCK_M):
            _, end = blocks_of(start_m, self.M, self.N, self.BLOCK_M, self.BLOCK_N)
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
            visited = there < cdiv_each(stop, self.BLOCK_N) * self.BLOCK_N
            return visited & ((there & (there < self.N)) <= i + shift)
        if bug in ("short", "end_topleft"):
            stop = start + (shift if bug == "short" else self.BLOCK_M)
            causal = causal & (j < cdiv_each(stop, self.BLOCK_N) * self.BLOCK_N)
        if bug == "unmasked":
            causal = j < cdiv_each(start + self.BLOCK_M + shift, self.BLOCK_N) * self.BLOCK_N
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
