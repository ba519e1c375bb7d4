"""Two runs that every picture can fall back on: the three steps of naive attention, and tiles.

Both are compiled under a name of their own, so that the two-level memory takes them for a
learner's code and puts the arrays that they make into its SRAM.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from flashlab.memory import measure
from flashlab.traffic import Traffic

HEAD_DIM = 2
THREE_STEPS = '''
def three_steps(q, k, v, s, p, out, BLOCK_M, BLOCK_N):
    """Naive attention on tiles: each step stores its whole result before the next begins."""
    tiles_m = [slice(i, min(i + BLOCK_M, len(q))) for i in range(0, len(q), BLOCK_M)]
    tiles_n = [slice(j, min(j + BLOCK_N, len(k))) for j in range(0, len(k), BLOCK_N)]
    for m in tiles_m:
        for n in tiles_n:
            s[m, n] = q[m] @ k[n].T
    for m in tiles_m:
        strip = [s[m, n] for n in tiles_n]
        top = max(x.max() for x in strip)
        total = sum(np.exp(x - top).sum(axis=1) for x in strip)
        for n, x in zip(tiles_n, strip):
            p[m, n] = np.exp(x - top) / total[:, None]
        del strip, x
    for m in tiles_m:
        out[m] = sum(p[m, n] @ v[n] for n in tiles_n)
'''


@cache
def _functions() -> dict:
    """Both functions, compiled as code that is not flashlab's own."""
    tiled = (Path(__file__).parent.parent / "tiled.py").read_text("utf-8")
    names: dict = {"np": np}
    for title, text in (("<three steps>", THREE_STEPS), ("<tiles>", tiled)):
        exec(compile(text, title, "exec", dont_inherit=True), names)
    return names


def example(N: int = 4, BLOCK_M: int = 2, BLOCK_N: int = 2) -> tuple[Traffic, Traffic]:
    """The traffic of the three steps and of tiled attention, N tokens, head_dim 2, float32."""
    g, flat, square = np.random.default_rng(0), (N, HEAD_DIM), (N, N)
    x = {name: g.standard_normal(flat).astype(np.float32) for name in "qkv"}
    f32, functions, blocks = np.float32, _functions(), (BLOCK_M, BLOCK_N)
    scratch = {"s": (square, f32), "p": (square, f32), "out": (flat, f32)}
    naive = measure(functions["three_steps"], x, scratch, blocks).traffic
    made = {"out": (flat, f32), "lse": ((N,), f32)}
    tiled = measure(functions["tiled_attention_hbm"], x, made, (np.float32(0.7), *blocks)).traffic
    naive.source, tiled.source = {}, {}  # these lines are no learner's, and may be an answer
    return naive, tiled
