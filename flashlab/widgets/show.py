"""The six pictures as a notebook calls them: what is given is looked at, then shown or told.

Views are imported when one is shown: a notebook that is graded prints a sentence and needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from flashlab.cards import card as card_named
from flashlab.errors import FlashlabError
from flashlab.widgets import being_graded, nothing_moved, traffic_of
from flashlab.widgets.examples import example
from flashlab.widgets.naive_slider import START as NAIVE
from flashlab.widgets.naive_slider import naive_state
from flashlab.widgets.roofline import LOOKS, roofline_picture
from flashlab.widgets.roofline import START as ROOF
from flashlab.widgets.roofline import point_of as roof_point
from flashlab.widgets.softmax_stepper import START as STEPPER
from flashlab.widgets.softmax_stepper import frames, row_of, words
from flashlab.widgets.tile_player import TITLES, sentence
from flashlab.widgets.traffic_explorer import point_of as traffic_point
from flashlab.widgets.traffic_explorer import start as first_state
from flashlab.widgets.traffic_explorer import traffic_picture
from flashlab.widgets.what_fits import BLOCKS, PATIENCE, REFERENCE, compile_reference
from flashlab.widgets.what_fits import START as FITS


def naive_traffic_slider(naive_traffic_bytes):
    """Sliders for N and head_dim over the bytes that `naive_traffic_bytes` predicts.

    While a notebook is graded, one sentence is printed instead.
    """
    state = naive_state(naive_traffic_bytes, **NAIVE)
    if being_graded():
        print(state["sentence"])
        return None
    from flashlab.widgets.naive_slider_view import NaiveSlider

    return NaiveSlider(naive_traffic_bytes)


def tile_player(*runs, titles: list[str] | tuple[str, ...] = ()):
    """Play one or two runs, tile by tile: what crosses, what lies in SRAM, which line did it.

    runs: what a meter recorded: `flashlab.measure(...)`, its `.traffic`, or a metered kernel's.
    None: naive and tiled attention side by side, with sliders for N, BLOCK_M and BLOCK_N.
    titles: a name for each run. While a notebook is graded, and where a run has not moved anything,
    one sentence is printed instead.
    """
    traffics = [traffic_of(run, "tile_player plays") for run in runs] or list(example())
    titles = list(titles) or (list(TITLES) if len(traffics) == 2 else ["your run"] * len(traffics))
    if len(titles) != len(traffics):
        raise FlashlabError(f"tile_player got {len(traffics)} runs and {len(titles)} titles")
    if nothing_moved(traffics):
        return None
    if being_graded():
        print(sentence(traffics, titles))
        return None
    from flashlab.widgets.tile_player_view import TilePlayer

    return TilePlayer(traffics, titles, example=not runs)


def softmax_stepper(update=None, scores=None):
    """Step through the online softmax block by block; with `update`, hold a learner's against it.

    update: (m, l, x) -> (m, l) as in lesson 03, run once on each row that is chosen. scores: a row
    of your own, 1 to 64 numbers. While a notebook is graded, one sentence is printed instead.
    """
    if update is not None and not callable(update):
        raise FlashlabError(
            f"update is a function of m, l and a block; got {type(update).__name__}"
        )
    if scores is not None:
        scores = np.asarray(scores, np.float32)
        if scores.ndim != 1 or not 1 <= len(scores) <= 64 or np.isnan(scores).any():
            raise FlashlabError("scores is a row of 1 to 64 numbers, without NaN")
    start = {**STEPPER, "order": "own"} if scores is not None else STEPPER
    if being_graded():
        states = frames(row_of(start["order"], start["block"], scores), start["block"], update)
        print(words(states[-1], len(states) - 1, len(states) - 1))
        return None
    from flashlab.widgets.softmax_stepper_view import SoftmaxStepper

    return SoftmaxStepper(update, scores, start)


def traffic_explorer(*runs, titles: list[str] | tuple[str, ...] = ()):
    """Sliders over the bytes of naive attention, both FlashAttention loop orders, and the least.

    runs: what a meter recorded (`flashlab.measure(...)`, its `.traffic`, a metered kernel's); each
    becomes a point, drawn while the sliders stand at its head_dim, heads and dtype. titles: their
    names. While a notebook is graded, and where a run has not moved anything, one sentence is
    printed instead.
    """
    titles = list(titles) or [
        f"run {n + 1}" if len(runs) > 1 else "your run" for n in range(len(runs))
    ]
    if len(titles) != len(runs):
        raise FlashlabError(f"traffic_explorer got {len(runs)} runs and {len(titles)} titles")
    traffics = [traffic_of(run, "traffic_explorer draws") for run in runs]
    measured = [traffic_point(run, title) for run, title in zip(traffics, titles, strict=True)]
    if nothing_moved(traffics):
        return None
    if being_graded():
        print(traffic_picture(first_state(measured), measured)["sentence"])
        return None
    from flashlab.widgets.traffic_explorer_view import TrafficExplorer

    return TrafficExplorer(measured)


def roofline(*runs, titles=(), time_ms=(), card: str = ROOF["card"]):
    """Attention under the roofs of the cards: prefill and decode, and metered runs.

    runs: what a meter recorded, not masked, or a pair (operations, bytes). titles: a name for each.
    time_ms: where a run was timed on a GPU, its milliseconds (None where not): the point is then at
    its measured TFLOP/s, else on the roof. card: whose roof counts first. While a notebook is
    graded, and where a run has not moved anything, one sentence is printed instead.
    """
    titles = list(titles) or [
        f"run {n + 1}" if len(runs) > 1 else "your run" for n in range(len(runs))
    ]
    times = list(time_ms) or [None] * len(runs)
    if not len(titles) == len(runs) == len(times):
        raise FlashlabError(
            f"roofline got {len(runs)} runs, {len(titles)} titles and {len(times)} times"
        )
    if len({*titles, *LOOKS}) < len(titles) + len(LOOKS):
        raise FlashlabError(f"roofline needs a title of its own for each run; got {titles}")
    work = [run if isinstance(run, tuple) else traffic_of(run, "roofline draws") for run in runs]
    points = [roof_point(*each) for each in zip(work, titles, times, strict=True)]
    if nothing_moved(one for one in work if not isinstance(one, tuple)):
        return None
    state = {**ROOF, "card": card_named(card).name}
    if being_graded():
        print(roofline_picture(state, points)["sentence"])
        return None
    from flashlab.widgets.roofline_view import Roofline

    return Roofline(state, points)


def what_fits(
    kernel=None,
    card: str = FITS["card"],
    *,
    args=None,
    signature=None,
    num_warps: int = FITS["num_warps"],
    num_stages: int = FITS["num_stages"],
    names: tuple[str, str] = ("BLOCK_M", "BLOCK_N"),
    blocks: Sequence[int] | tuple[Sequence[int], Sequence[int]] = BLOCKS,
    **constexprs,
):
    """A map of BLOCK_M x BLOCK_N: which blocks of a kernel fit a card, spill, or are too large.

    kernel, args or signature, constexprs: as for `flashlab.compile_for`, without the two block
    sizes; None: the course's reference forward kernel. names: what the kernel calls its two block
    sizes. blocks: the sizes tried, one list for both or one each. Needs no GPU and runs no kernel.
    While a notebook is graded, one sentence is printed instead.
    """
    chosen = card_named(card).name
    nested = not all(isinstance(n, int) for n in blocks)
    rows, columns = blocks if nested else (blocks, blocks)
    if not rows or not columns:
        raise FlashlabError("what_fits needs at least one size for each block")
    if being_graded():
        print(
            f"what_fits: {len(rows)} x {len(columns)} blocks for {chosen}, drawn when not graded."
        )
        return None
    start = {"card": chosen, "num_warps": num_warps, "num_stages": num_stages}
    compile_one: Callable = compile_reference
    if kernel is None:
        start |= REFERENCE
    else:
        from flashlab.compiler import compile_for

        def compile_one(state: dict, BLOCK_M: int, BLOCK_N: int):
            sizes = dict(zip(names, (BLOCK_M, BLOCK_N), strict=True))
            return compile_for(
                kernel, state["card"], args=args, signature=signature, timeout=PATIENCE,
                num_warps=state["num_warps"], num_stages=state["num_stages"], **sizes, **constexprs,
            )  # fmt: skip

    from flashlab.widgets.what_fits_view import WhatFits

    return WhatFits(compile_one, start, rows, columns, reference=kernel is None)
