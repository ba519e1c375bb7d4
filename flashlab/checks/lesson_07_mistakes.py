"""What the two kernels of lesson 07 return with one mistake each."""

from __future__ import annotations

import numpy as np

from flashlab import reference
from flashlab.checks import kernels
from flashlab.checks import lesson_04_tiles as tiles
from flashlab.checks.kernels import Launch
from flashlab.checks.lesson_07_common import ENDS, SCALE
from flashlab.traffic import cdiv


def arrays(launch: Launch):
    return [np.asarray(launch.args[n].array, np.float32) for n in ("q_ptr", "k_ptr", "v_ptr")]


def mistakes(launch: Launch) -> dict:
    """{mistake: what it would return}, in float64, computed when it is asked for."""
    q, k, v = arrays(launch)
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
    q, k, v = arrays(launch)
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
