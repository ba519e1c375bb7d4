"""The window kernel of lesson 09, with sinks, on one head: one launch, and what must come out."""

from __future__ import annotations

import numpy as np

from flashlab import reference
from flashlab.checks import harness, kernels
from flashlab.checks.kernels import Launch, Output, Tensor
from flashlab.checks.lesson_09_common import (
    LOG2E,
    MISSING,
    NAN,
    SCALE,
    WHOLE,
    cdiv_each,
    check_idle,
    q_each_time,
    wrong_lse,
)
from flashlab.checks.lesson_09_common import WHY as COMMON
from flashlab.traffic import cdiv

WINDOWS = ((70, 16, 16, 20, 3), (50, 16, 16, 1, 0), (61, 16, 32, 100, 5), (90, 32, 16, 24, 20),
           (75, 16, 16, 16, 33), (64, 16, 16, 18, 0), (85, 16, 32, 10, 40),
           (85, 32, 16, 10, 3))  # fmt: skip  # seqlen, BLOCK_M, BLOCK_N, WINDOW, SINKS
WHY = {
    **COMMON,
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


class Window:
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
            hypotheses=wrong_lse(exact, reference.scores(self.q, self.k, SCALE, mask))
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
        whys["q_ptr"] = q_each_time(row, self.N, self.BLOCK_M, blocks)
        kernels.check_bytes(kernel, run, expected, on=self.on, whys=whys)
        check_idle(kernel, run, self.on)

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
            causal = j < cdiv_each(stop, self.BLOCK_N) * self.BLOCK_N
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
            return seen * (1.0 + ((j < cdiv_each(stop, self.BLOCK_N) * self.BLOCK_N) & (j >= lo)))
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
