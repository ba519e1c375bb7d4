"""Pictures without a browser: are their numbers the meter's, do Python and JavaScript agree?"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import playwright
import pytest

import flashlab
from flashlab.cards import CARDS
from flashlab.compiler import Report
from flashlab.errors import FlashlabError
from flashlab.traffic import ArrayInfo, Event, Traffic, flash2_traffic
from flashlab.widgets import palette
from flashlab.widgets.examples import HEAD_DIM, example
from flashlab.widgets.palette import plain_name
from flashlab.widgets.roofline import START as ROOF
from flashlab.widgets.roofline import XS, YS, roofline_picture
from flashlab.widgets.roofline import still as roof_still
from flashlab.widgets.softmax_stepper import BLOCKS, ORDERS, frames, row_of
from flashlab.widgets.softmax_stepper import draw as stepper_draw
from flashlab.widgets.softmax_stepper import words as stepper_words
from flashlab.widgets.tile_drawing import draw, still
from flashlab.widgets.tile_player import TITLES, panels
from flashlab.widgets.tile_player import sentence as player_sentence
from flashlab.widgets.trace import MAX_STEPS, frame
from flashlab.widgets.traffic_explorer import (
    SEQLENS,
    START,
    by_tensor,
    controls,
    traffic_picture,
)
from flashlab.widgets.view import script
from flashlab.widgets.what_fits import compile_reference, field, fits_picture
from flashlab.widgets.what_fits import still as fits_still
from flashlab.widgets.what_fits_view import WhatFits
from tests.conftest import ROOT

NODE = Path(playwright.__file__).parent / "driver" / "node"  # the test's browser driver brings one
# N, BLOCK_M, BLOCK_N: the article's, one token, blocks larger than N, nothing divides
CASES = [(4, 2, 2), (1, 1, 1), (1, 8, 8), (3, 4, 8), (7, 3, 2), (8, 8, 1), (8, 1, 8)]


def both(case) -> list[dict]:
    return panels(list(example(*case)), ["three steps", "tiles"])


def in_node(tmp_path, view: str, code: str, given):
    """What `code` returns in node, with the view's script and `given` at hand."""
    (tmp_path / "given.json").write_text(json.dumps(given), "utf-8")
    text = f"{script(view)}\nimport {{ readFileSync }} from 'node:fs';\n"
    text += "const given = JSON.parse(readFileSync('given.json', 'utf-8'));\n"
    text += f"console.log(JSON.stringify((() => {{ {code} }})()));\n"
    (tmp_path / "view.mjs").write_text(text, "utf-8")
    run = subprocess.run([NODE, "view.mjs"], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


# --------------------------------------------------------------------------------------------------
# Colours

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
VISION = {
    "full": [1, 0, 0, 0, 1, 0, 0, 0, 1],
    "protanopia": [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216,
                   -0.003882, -0.048116, 1.051998],
    "deuteranopia": [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413,
                     -0.011820, 0.042940, 0.968881],
    "tritanopia": [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602,
                   0.004733, 0.691367, 0.303900],
}  # fmt: skip


def linear(colour: str) -> np.ndarray:
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb) -> np.ndarray:
    """CIELAB of linear sRGB: a distance of 2.3 is just noticeable."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ rgb / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(a: str, b: str) -> float:
    """WCAG 2.1's ratio."""
    darker, lighter = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (a, b))
    return (lighter + 0.05) / (darker + 0.05)


def nearest(colours, vision: str) -> float:
    eye = np.array(VISION[vision]).reshape(3, 3)
    seen = [lab(np.clip(eye @ linear(c), 0, 1)) for c in colours]
    return min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize("vision", VISION)
def test_can_all_colours_be_told_apart(vision):
    assert nearest(palette.ARRAYS.values(), vision) > 15
    assert nearest(palette.METHODS.values(), vision) > 15


def test_would_that_test_see_a_bad_pair():
    assert (
        nearest(["#FF0000", "#A17800"], "deuteranopia")
        < 15
        < nearest(["#FF0000", "#A17800"], "full")
    )


def test_do_lines_stand_out_on_light_and_on_dark():
    for colour in palette.METHODS.values():
        assert contrast(colour, palette.PAPER) >= 3 and contrast(colour, "#111111") >= 3, colour
    assert contrast(palette.INK, palette.PAPER) >= 7


# --------------------------------------------------------------------------------------------------
# Tile player


def test_is_the_first_case_the_articles_30_and_14_trips():
    naive, tiled = both((4, 2, 2))
    tile = 2 * 2 * 4
    assert frame(naive, 30)["bytes"] == 30 * tile and len(naive["steps"]) == 30
    assert frame(tiled, 14)["bytes"] == 12 * tile + 4 * 4 and len(tiled["steps"]) == 14
    said = "three steps: 30 trips, 480 bytes; tiles: 14 trips, 208 bytes."
    assert player_sentence(example(4, 2, 2), TITLES) == said


@pytest.mark.parametrize("case", CASES)
def test_do_the_steps_add_up_to_the_meters_total(case):
    for traffic, panel in zip(example(*case), both(case), strict=True):
        end = frame(panel, len(panel["steps"]))
        assert end["bytes"] == traffic.hbm_bytes and end["trips"] == traffic.trips
        assert all(all(cells) for cells in end["written"])
        for step, event in zip(panel["steps"], traffic.events, strict=True):
            a = panel["arrays"][step["array"]]
            wide = len(a["columns"]) - 1
            area = sum(
                (a["rows"][i + 1] - a["rows"][i]) * (a["columns"][j + 1] - a["columns"][j])
                for i, j in (divmod(cell, wide) for cell in step["cells"])
            )
            assert area * 4 == event.nbytes


def test_does_every_tile_cross_as_often_as_the_loops_say():
    N, BLOCK_M, BLOCK_N = 7, 3, 2
    panel = both((N, BLOCK_M, BLOCK_N))[1]
    crossed = dict(
        zip((a["name"] for a in panel["arrays"]), frame(panel, 999)["crossed"], strict=True)
    )
    assert crossed == {"q": [1] * 3, "k": [3] * 4, "v": [3] * 4, "out": [1] * 3, "lse": [1] * 3}
    least = flash2_traffic(N, N, HEAD_DIM, BLOCK_M, 4, lse_itemsize=4)
    assert frame(panel, 999)["bytes"] == sum(least.values())


@pytest.mark.parametrize("case", CASES)
def test_does_the_gauge_show_what_the_board_counts(case):
    for traffic, panel in zip(example(*case), both(case), strict=True):
        for step, event in zip(panel["steps"], traffic.events, strict=True):
            gauge = step["gauge"]
            assert sum(size for _, size in gauge["parts"]) + gauge["made"] == event.sram_bytes
            assert event.sram_bytes <= traffic.sram_peak_bytes


def test_does_the_javascript_count_the_same(tmp_path):
    given = [panel for case in CASES for panel in both(case)]
    code = "return given.map((p) => [...p.steps, 0].map((_, n) => frame(p, n)));"
    got = in_node(tmp_path, "tile_player", code, given)
    wanted = [[frame(p, n) for n in range(len(p["steps"]) + 1)] for p in given]
    assert got == json.loads(json.dumps(wanted))
    assert sum(map(len, got)) > 200


@pytest.mark.parametrize("case", CASES)
def test_is_every_step_drawn_as_valid_svg(case):
    for panel in both(case):
        for n in range(len(panel["steps"]) + 1):
            ElementTree.fromstring(draw(panel, n))
    ElementTree.fromstring(still(both(case), 3))


def test_does_the_picture_stay_valid_whatever_the_title():
    naive, _ = example()
    ElementTree.fromstring(still(panels([naive], ['<b>"K & V"</b>']), 1))


@pytest.mark.skipif(sys.platform != "linux", reason="triton has wheels for Linux only")
def test_does_the_player_show_the_reference_kernel_byte_for_byte():
    import torch

    from flashlab.kernels import flash_forward

    g = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, 2, 50, 16, generator=g) for _ in range(3))
    config = dict(BLOCK_M=32, BLOCK_N=16, num_warps=4, num_stages=1)
    with flashlab.metered(outputs=("out", "lse")) as meter:
        flash_forward(q, k, v, config=config)
    (panel,) = flashlab.tile_player(meter).panels
    assert frame(panel, 10**6)["bytes"] == meter.traffic.hbm_bytes
    assert frame(panel, 10**6)["trips"] == meter.traffic.trips
    assert sum(s["nbytes"] for s in panel["steps"]) == meter.traffic.hbm_bytes
    lines = panel["source"]
    assert all(lines[s["line"]] for s in panel["steps"]), "every step names the line that caused it"
    assert lines[panel["steps"][1]["line"]].startswith("k = tl.load(")
    assert f"program {meter.traffic.events[-1].program[:2]}" in panel["steps"][-1]["said"]


def kernel_traffic() -> Traffic:
    """Two program instances of a Triton kernel: (batch, heads, N, d), SRAM not metered."""
    traffic = Traffic(arrays={"K": ArrayInfo((1, 2, 4, 16), "float16", 2)})
    for head in (0, 1):
        for n in (0, 1):
            region = ((0, 1), (head, head + 1), (2 * n, 2 * n + 2), (0, 16))
            e = Event(len(traffic.events), "K", "read", region, 64, (head, 0, 0), 7, n)
            traffic.events.append(e)
    return traffic


def test_does_a_kernels_trace_show_heads_programs_and_no_gauge():
    (panel,) = panels([kernel_traffic()], ["kernel"])
    assert panel["arrays"][0]["rows"] == [0, 2, 4, 6, 8], "heads are stacked"
    assert [s["cells"] for s in panel["steps"]] == [[0], [1], [2], [3]]
    assert panel["steps"][3]["said"].endswith("load K[1, 2:4], 64 bytes, program (1, 0)")
    # one load statement: its tile lies there until it loads the next
    assert [[held[1] for held in s["held"]] for s in panel["steps"]][1] == ["K[0, 2:4]"]
    assert "not metered" in panel["steps"][0]["gauge"]["words"]


def test_is_a_long_trace_cut_and_said_to_be():
    one = Event(0, "x", "read", ((0, 4),), 16)
    long = Traffic({"x": ArrayInfo((4,), "float32", 4)}, [one] * (MAX_STEPS + 7))
    (panel,) = panels([long], ["long"])
    assert len(panel["steps"]) == MAX_STEPS and panel["cut"] == 7


def test_is_a_run_without_access_a_picture_too():
    (panel,) = panels([Traffic()], ["nothing"])
    assert "nothing has moved yet" in draw(panel, 5)


def test_is_a_kernel_that_is_not_written_yet_told_in_one_line(capsys):
    unwritten = Traffic({name: ArrayInfo((4, 2), "float32", 4) for name in ("q_ptr", "k_ptr")})
    for picture in (flashlab.tile_player, flashlab.traffic_explorer, flashlab.roofline):
        assert picture(unwritten, titles=["mine"]) is None
        told = capsys.readouterr().out
        assert told.startswith("Nothing has moved yet: finish the code above") and len(told) < 100


def test_do_wrong_arguments_get_one_line():
    with pytest.raises(FlashlabError, match="got int"):
        flashlab.tile_player(3)
    with pytest.raises(FlashlabError, match="1 runs and 2 titles"):
        flashlab.tile_player(Traffic(), titles=("a", "b"))
    rows = Traffic({"x": ArrayInfo((5000,), "float32", 4)})
    rows.events = [Event(n, "x", "read", ((n, n + 1),), 4) for n in range(0, 5000, 2)]
    rows.events += [Event(0, "x", "read", ((n, n + 1),), 4) for n in range(5000)]
    assert flashlab.tile_player(rows).panels[0]["cut"] > 0


def test_does_a_changed_case_redraw_from_its_start():
    player = flashlab.tile_player()
    player.step = 9
    player.values = {"N": 7, "BLOCK_M": 3, "BLOCK_N": 2}
    assert player.step == 0 and player.trouble == ""
    assert [len(p["steps"]) for p in player.panels] == [t.trips for t in example(7, 3, 2)]


def test_is_an_observers_error_shown():
    player = flashlab.tile_player()
    player.values = {"N": "many"}
    assert player.trouble.startswith("TypeError: ")
    player.values = {"N": 2}
    assert player.trouble == ""


# --------------------------------------------------------------------------------------------------
# Traffic explorer


@pytest.mark.parametrize(
    "sizes", [(64, 16, 16, 32), (100, 32, 64, 16), (1, 16, 16, 16), (17, 16, 32, 64)]
)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.skipif(sys.platform != "linux", reason="triton has wheels for Linux only")
def test_is_the_blue_curve_what_the_reference_kernel_moves(sizes, causal):
    import torch

    from flashlab.kernels import flash_forward

    N, head_dim, BLOCK_M, BLOCK_N = sizes
    q, k, v = (torch.ones(1, 2, N, head_dim) for _ in range(3))
    config = dict(BLOCK_M=BLOCK_M, BLOCK_N=BLOCK_N, num_warps=4, num_stages=1)
    with flashlab.metered() as meter:
        flash_forward(q, k, v, causal=causal, config=config)
    state = {**START, "N": N, "head_dim": head_dim, "BLOCK_M": BLOCK_M, "BLOCK_N": BLOCK_N}
    state |= {"nheads": 2, "dtype": "fp32", "causal": causal}
    moved = {plain_name(n): sum(kinds.values()) for n, kinds in meter.traffic.by_array().items()}
    assert {**by_tensor("flash2", state, N), "s": 0, "p": 0} == {"s": 0, "p": 0, **moved}


def test_does_causal_with_keys_outside_count_what_a_loop_meets():
    for N, BLOCK_M, BLOCK_N in itertools.product((1, 7, 16, 33), (1, 4, 16), (1, 3, 16)):
        rows = 0
        for j in range(0, N, BLOCK_N):
            for i in range(0, N, BLOCK_M):
                last_row = min(i + BLOCK_M, N) - 1
                rows += min(BLOCK_M, N - i) if last_row >= j else 0
        state = {**START, "BLOCK_M": BLOCK_M, "BLOCK_N": BLOCK_N, "causal": True}
        moved = by_tensor("flash1", state, N)
        assert moved["q"] == rows * 64 * 2 and moved["out"] == 2 * moved["q"], (N, BLOCK_M, BLOCK_N)
        assert moved["lse"] == rows * 16


def test_do_measured_runs_lie_on_their_curves():
    naive, tiled = example(7, 3, 2)
    run = flashlab.traffic_explorer(naive, tiled, titles=["three steps", "tiles"])
    assert run.values["N"] == 7 and run.values["BLOCK_M"] == 3 and run.values["dtype"] == "fp32"
    picture = run.picture()
    assert [p["bytes"] for p in picture["measured"]] == [naive.hbm_bytes, tiled.hbm_bytes]
    assert picture["totals"]["flash2"] == tiled.hbm_bytes
    assert f"Measured, tiles: {tiled.hbm_bytes:,} bytes at N = 7." in picture["sentence"]
    # 4 N d + 4 N N elements over 476 bytes
    assert "naive 1,008 B" in picture["sentence"] and "moves 2.12 times" in picture["sentence"]
    run.set(head_dim=64)
    assert run.picture()["measured"] == [], "other settings, other curves"


def test_are_all_corners_of_the_sliders_a_picture():
    spec = controls([])
    ends = [
        [False, True] if c.get("kind") == "tick" else [c["options"][0], c["options"][-1]]
        for c in spec
    ]
    for corner in itertools.product(*ends):
        state = dict(zip((c["name"] for c in spec), corner, strict=True))
        picture = traffic_picture(state)
        assert all(picture["totals"][m] > 0 for m in picture["totals"])
        assert picture["totals"]["compulsory"] <= min(picture["totals"].values())
        chip = picture["chip"]
        over = chip["shared"] > chip["shared_limit"] or chip["registers"] > chip["registers_limit"]
        assert over != chip["fits"]
        assert ("does NOT fit" in picture["sentence"]) == over
        assert any("does not fit" in g["words"] for g in picture["gauges"]) == over


def test_does_every_card_and_dtype_get_its_own_limits():
    for card, dtype in itertools.product(CARDS, ("fp16", "bf16", "fp32")):
        chip = traffic_picture({**START, "card": card, "dtype": dtype})["chip"]
        assert chip["shared_limit"] == CARDS[card].shared_bytes_per_block
        assert chip["shared"] == (4 if dtype == "fp32" else 2) * 64 * (128 + 2 * 64)


def test_is_a_small_case_right_by_hand():
    # N = 4, d = 2, fp32, blocks of 2: Q, O once, K and V twice, LSE 4 x 4 bytes
    state = {**START, "N": 4, "head_dim": 2, "BLOCK_M": 2, "BLOCK_N": 2, "dtype": "fp32"}
    assert traffic_picture(state)["totals"] == {
        "naive": 4 * (4 * 8 + 4 * 16),
        "flash1": 4 * (2 * 8 + 2 * 3 * 8) + 2 * 4 * 4 * 4,
        "flash2": 4 * (2 * 8 + 2 * 2 * 8) + 4 * 4,
        "compulsory": 4 * 4 * 8,
    }


def test_does_the_explorer_say_what_it_cannot_draw():
    with pytest.raises(FlashlabError, match="got str"):
        flashlab.traffic_explorer("run")
    with pytest.raises(FlashlabError, match="needs arrays named q and k; it has x"):
        flashlab.traffic_explorer(Traffic({"x": ArrayInfo((4,), "float32", 4)}))
    with pytest.raises(KeyError, match="no slider M"):
        flashlab.traffic_explorer().set(M=3)


def test_is_the_figure_complete_before_it_is_shown():
    run = flashlab.traffic_explorer()
    run.set(N=98304, card="T4", BLOCK_M=256, head_dim=256)
    run._ipython_display_()
    lines = {t["name"]: t for t in run.figure._widget_data}
    assert list(lines["naive"]["x"]) == SEQLENS
    assert list(lines["naive"]["y"]) == run.picture()["curves"]["naive"]
    assert list(lines["here"]["y"]) == list(run.picture()["totals"].values())
    assert lines["FlashAttention-2"]["line"]["dash"] == "2px,5px", "what does not fit looks so"
    assert [row["over"] for row in run.knobs.split] == [False, True, True, False]


# --------------------------------------------------------------------------------------------------
# The first slider


def test_does_the_first_slider_draw_the_learners_formula_right_or_wrong():
    forgets_p = flashlab.naive_traffic_slider(lambda n, m, d, b: (4 * n * d + 2 * n * m) * b)
    forgets_p.set(N=131_072, head_dim=16)
    here = 4 * (4 * 131_072 * 16 + 2 * 131_072**2)
    assert forgets_p.knobs.shown["here"] == (131_072, here)
    assert list(forgets_p.figure.data[0].y)[-1] == here
    assert f"{here:,} bytes" in forgets_p.knobs.sentence
    right = flashlab.naive_traffic_slider(lambda n, m, d, b: 4 * n * (d + m) * b)
    assert right.still()[1] == (  # 1024 / (1024 + 64)
        "N = 1,024, head_dim = 64: 17,825,792 bytes; 94.1% of them are S and P."
    )
    for odd in (0, -5, 10**30):  # a formula may be anything
        ElementTree.fromstring(flashlab.naive_traffic_slider(lambda *_, n=odd: n).still()[0])


def test_is_what_a_formula_raises_shown_beside_the_slider():
    def picky(n, m, d, b):
        return n * d // (d - 16)

    slider = flashlab.naive_traffic_slider(picky)
    slider.set(head_dim=16)
    assert slider.knobs.trouble.startswith("ZeroDivisionError: ")
    slider.set(head_dim=32)
    assert slider.knobs.trouble == ""


# --------------------------------------------------------------------------------------------------
# Online-softmax stepper


def right(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    return m_new, np.exp(m - shift) * l + np.exp(x - shift).sum()


def not_rescaled(m, l, x):
    m_new = max(m, x.max())
    return m_new, l + np.exp(x - m_new).sum()


def inverted(m, l, x):
    m_new = max(m, x.max())
    return m_new, (np.exp(m_new - m) * l if l else 0) + np.exp(x - m_new).sum()


def all_rescaled(m, l, x):
    m_new = max(m, x.max())
    return m_new, np.exp(m - m_new) * (l + np.exp(x - m_new).sum()) if l else np.exp(
        x - m_new
    ).sum()


def from_old_maximum(m, l, x):
    m_new = max(m, x.max())
    return m_new, np.exp(m - m_new) * l + np.exp(x - (m if l else m_new)).sum()


def block_maximum(m, l, x):
    return x.max(), np.exp(m - x.max()) * l + np.exp(x - x.max()).sum()


def forgets(m, l, x):
    m_new = max(m, x.max())
    return m_new, np.exp(x - m_new).sum()


def gives_nan(m, l, x):
    m_new = max(m, x.max())
    return m_new, np.exp(m - m_new) * l + np.exp(x - m_new).sum()


@pytest.mark.parametrize("order", [o for o in ORDERS if o != "own"])
@pytest.mark.parametrize("block", BLOCKS)
def test_is_a_right_update_right_at_every_step(order, block):
    row = row_of(order, block)
    states = frames(row, block, right)
    x = row.astype(np.float64)
    assert [s["stop"] for s in states] == [*range(0, 12, block), 12]
    for s in states:
        seen = x[: s["stop"]]
        assert s["right"] and s["why"] == "" and s["m"] == seen.max(initial=-np.inf)
        if np.isfinite(s["m"]):
            assert s["l"] == pytest.approx(np.exp(seen - s["m"]).sum(), rel=1e-12)
        ElementTree.fromstring(stepper_draw(row, states, states.index(s)))


@pytest.mark.parametrize(
    "update, order, told",
    [
        (not_rescaled, "rising", "the old sum was not rescaled: multiply it by alpha"),
        (inverted, "rising", "the old sum was divided by alpha: turn the exponent round"),
        (all_rescaled, "rising", "the new terms were rescaled too"),
        (from_old_maximum, "rising", "the new terms were measured from the old maximum"),
        (block_maximum, "falling", "the maximum of this block alone; keep the larger one"),
        (forgets, "equal", "the old sum was forgotten"),
        (gives_nan, "masked", "NaN: -inf minus -inf? Subtract 0 where the maximum is -inf"),
    ],
)
def test_is_a_wrong_update_told_what_went_wrong(update, order, told):
    row = row_of(order, 3)
    states = frames(row, 3, update)
    why = [s["why"] for s in states]
    assert any(told in words for words in why), why
    n = next(n for n, words in enumerate(why) if told in words)
    assert not states[n]["right"]
    sentence = stepper_words(states[n], n, len(states) - 1)
    assert "WRONG" in sentence and told in sentence
    assert told in stepper_draw(row, states, n)


def test_does_the_stepper_say_the_numbers_of_lesson_03():
    states = frames(np.log([2.0, 1.0, 8.0, 4.0]), 2, None)
    assert [stepper_words(states[n], n, 2) for n in (0, 1, 2)] == [
        "Nothing seen yet: m = -inf, l = 0. 2 blocks to come.",
        "Block 1 of 2: m = 0.6931, l = 1.5.",
        "Block 2 of 2: m = 2.079, l = 1.875; the old sum is multiplied by alpha = 0.25.",
    ]


def test_does_the_falling_row_hide_a_missing_rescale():
    # what lesson 03 asks: with falling scores alpha is 1 from the second block on
    assert all(s["right"] for s in frames(row_of("falling", 3), 3, not_rescaled))
    assert not all(s["right"] for s in frames(row_of("rising", 3), 3, not_rescaled))


def test_does_a_step_after_a_wrong_one_get_no_blame():
    states = frames(np.float32([0, 5, 1, 1]), 1, not_rescaled)
    assert states[3]["why"] == "this step is right, but the state before was not"


def test_does_an_update_that_fails_still_leave_a_picture():
    def stub(m, l, x):
        raise NotImplementedError

    def fails(m, l, x):
        return m[0], l

    for update, words in ((stub, "not written yet"), (fails, "your update raised TypeError: ")):
        stepper = flashlab.softmax_stepper(update)
        assert stepper.trouble == "" and len(stepper.pictures) == 5
        assert words in stepper.sentences[-1]


def test_does_the_stepper_run_an_update_once_a_row():
    calls = []
    stepper = flashlab.softmax_stepper(lambda m, l, x: calls.append(1) or right(m, l, x))
    stepper.step = 3
    stepper.step = 1
    assert len(calls) == 4
    stepper.values = {"order": "rising", "block": 16}
    assert len(calls) == 5 and stepper.step == 0 and len(stepper.pictures) == 2


def test_can_an_update_not_spoil_the_row_it_gets():
    def spoils(m, l, x):
        out = right(m, l, x)
        x[:] = 0
        return out

    assert all(s["right"] for s in frames(row_of("random", 3), 3, spoils))


@pytest.mark.parametrize(
    "scores", [[3.0], [-np.inf], [-np.inf, -np.inf], [1e30, -1e30], [0.0] * 64]
)
def test_are_odd_rows_drawn_too(scores):
    stepper = flashlab.softmax_stepper(right, scores=scores)
    assert stepper.values["order"] == "own" and stepper.trouble == ""
    for picture in stepper.pictures:
        ElementTree.fromstring(picture)
        assert "nan" not in picture


def test_does_the_stepper_say_what_it_cannot_take():
    for scores in ([], [float("nan")], [[1.0]], [0.0] * 65):
        with pytest.raises(FlashlabError, match="a row of 1 to 64 numbers"):
            flashlab.softmax_stepper(scores=scores)
    with pytest.raises(FlashlabError, match="got int"):
        flashlab.softmax_stepper(3)


# --------------------------------------------------------------------------------------------------
# Roofline


@pytest.mark.parametrize("name", CARDS)
def test_is_every_point_on_the_roof_of_its_card(name):
    one = CARDS[name]
    for N, head_dim in itertools.product((16, 131_072), (16, 256)):
        state = {**ROOF, "card": name, "N": N, "head_dim": head_dim}
        picture = roofline_picture(state)
        for p in picture["points"]:
            assert p["tflops"] == min(one.tflops_16bit, p["intensity"] * one.hbm_gb_per_s / 1000)
            assert (p["bound"] == "HBM") == (p["intensity"] < one.ridge_flops_per_byte)
            assert XS[0] < p["intensity"] < XS[1] and YS[0] < p["tflops"] < YS[1], "in the picture"
        ElementTree.fromstring(roof_still(picture))


def test_are_the_intensities_those_of_the_closed_forms():
    by_name = {p["name"]: p for p in roofline_picture({**ROOF, "N": 4096})["points"]}
    assert by_name["prefill, least possible"]["intensity"] == 4096 / 2
    N, d = 4096, 128
    tiles = 2 * (2 * N * d + 32 * 2 * N * d) + 4 * N
    assert by_name["prefill, tiles"]["intensity"] == 4 * N * N * d / tiles
    assert by_name["decode, 1 query"]["intensity"] == 4 * N * d / (2 * (2 * d + 2 * N * d))


def test_does_a_timed_run_stand_at_what_was_measured():
    _, tiled = example(8, 4, 4)
    picture = flashlab.roofline(tiled, titles=["mine"], time_ms=[5e-6], card="t4").picture()
    mine = picture["points"][-1]
    flops = 4 * 8 * 8 * 2
    assert mine["intensity"] == flops / tiled.hbm_bytes
    assert mine["tflops"] == pytest.approx(flops / 5e-9 / 1e12)
    assert mine["share"] == pytest.approx(mine["tflops"] / mine["roof"])
    assert "mine: " in picture["sentence"]
    # 512 operations in 5 ns are 0.102 TFLOP/s, of 512 / 416 x 320 GB/s
    assert "measured 0.102 TFLOP/s, 26% of the roof, bound by HBM" in picture["sentence"]


def test_can_operations_and_bytes_be_given_for_a_kernel_too_large_to_meter():
    picture = flashlab.roofline((400, 200), titles=["N = 9"], time_ms=[1e-6], card="T4").picture()
    mine = picture["points"][-1]
    assert (mine["name"], mine["intensity"]) == ("N = 9", 2)
    assert mine["tflops"] == pytest.approx(0.4) and mine["share"] == pytest.approx(0.4 / 0.64)


def test_does_the_roofline_say_what_it_cannot_draw():
    _, tiled = example()
    for wrong in (
        dict(titles=["decode, 1 query"]),
        dict(titles=["a", "b"]),
        dict(time_ms=[1, 2]),
        dict(card="K80"),
    ):
        with pytest.raises(FlashlabError):
            flashlab.roofline(tiled, **wrong)
    with pytest.raises(FlashlabError, match="got float"):
        flashlab.roofline(1.0)
    with pytest.raises(FlashlabError, match="needs arrays named q and k"):
        flashlab.roofline(Traffic())


# --------------------------------------------------------------------------------------------------
# What fits where

FACTS = dict(kernel="k", shared_bytes=48 * 1024, registers=128, tensor_core={"mma": 64})


def test_does_each_field_say_what_the_compiler_found():
    t4, a100 = CARDS["T4"], CARDS["A100"]
    good = field(Report(card=a100, **FACTS))
    assert good["verdict"] == "fits" and good["lines"][0] == "48 KB, 128 reg"
    assert field(Report(card=a100, **FACTS, spill_bytes=8))["verdict"] == "spills"
    large = field(Report(card=t4, **{**FACTS, "shared_bytes": 96 * 1024}))
    assert large["verdict"] == "no"
    assert "needs 96 KB of shared memory; a T4 has 64 KB a block" in large["report"]
    wrong = field(Report(card=a100, kernel="k", error="line 3: no", error_kind="CompilationError"))
    assert wrong["verdict"] == "error" and "line 3: no" in wrong["report"]
    assert field(None)["verdict"] == "waiting"
    slow = Report(card=a100, kernel="k", error="no result after 20 s", error_kind="Timeout")
    assert field(slow)["verdict"] == field("skipped")["verdict"] == "slow"


def test_are_all_verdicts_counted_in_the_sentence_and_drawn():
    t4 = CARDS["T4"]
    reports = {
        (16, 16): Report(card=t4, **FACTS),
        (16, 32): Report(card=t4, **FACTS, spill_bytes=8),
        (32, 16): Report(card=t4, **{**FACTS, "shared_bytes": 65 * 1024}),
    }
    state = {"card": "T4", "num_warps": 4, "num_stages": 3}
    picture = fits_picture(state, reports, [16, 32], [16, 32])
    assert picture["sentence"] == (
        "Tesla T4, 4 warps, 3 stages: 1 of 4 blocks fit, 1 spill registers, 1 cannot be launched, "
        "1 not compiled yet. Largest that fits: 16 x 16."
    )
    assert (picture["done"], picture["total"]) == (3, 4)
    reports[16, 32] = reports[16, 16]
    picture = fits_picture(state, reports, [16, 32], [16, 32])
    assert picture["sentence"].endswith("Largest that fits: 16 x 32.")
    ElementTree.fromstring(fits_still(picture, state))


@pytest.mark.skipif(sys.platform != "linux", reason="triton has wheels for Linux only")
def test_is_the_map_of_the_reference_kernel_the_compilers_report():
    chart = flashlab.what_fits(card="L4", blocks=((16, 64), (16, 64)), num_stages=4)
    chart.values = {**chart.values, "head_dim": 128}
    assert chart.finished.wait(120) and chart.trouble == ""
    assert (chart.done, chart.total, chart.running) == (4, 4, False)
    for row in chart.fields:
        for one in row:
            wanted = compile_reference(chart.values, one["BLOCK_M"], one["BLOCK_N"])
            assert one["report"] == str(wanted) == str(chart.report(one["BLOCK_M"], one["BLOCK_N"]))
            assert (one["verdict"] == "no") == (wanted.shared_bytes > 99 * 1024)
    assert chart.fields[1][1]["verdict"] == "no" and "cannot be launched" in chart.sentence


@pytest.mark.skipif(sys.platform != "linux", reason="triton has wheels for Linux only")
def test_does_the_last_map_asked_for_win():
    chart = flashlab.what_fits(card="A100", blocks=(16, 32))
    for card in ("T4", "H100", "A100"):
        chart.values = {**chart.values, "card": card, "num_stages": 1}
    assert chart.finished.wait(120)
    assert {r.card.name for r in chart._reports.values()} == {"A100"}
    assert chart.done == 4 and chart.sentence.startswith("A100 SXM 80 GB, 4 warps, 1 stage,")


@pytest.mark.skipif(sys.platform != "linux", reason="triton has wheels for Linux only")
def test_can_any_kernel_be_mapped_and_is_a_wrong_name_told():
    from tests.interpreter_kernels import scores_kernel

    given = dict(q="*fp16", k="*fp16", s="*fp32", n="i32", scale="fp32")
    options = dict(signature=given, blocks=(16, 32), D=16)
    chart = flashlab.what_fits(scores_kernel, "H100", names=("BM", "BN"), **options)
    assert chart.finished.wait(120) and chart.trouble == ""
    assert [one["verdict"] for row in chart.fields for one in row] == ["fits"] * 4
    assert "head_dim" not in chart.sentence
    wrong = flashlab.what_fits(scores_kernel, "H100", **options)
    assert wrong.finished.wait(60)
    assert wrong.trouble == "SignatureError: scores_kernel has no parameter 'BLOCK_M'"


@pytest.mark.skipif(sys.platform != "linux", reason="triton has wheels for Linux only")
def test_is_the_stub_of_a_kernel_no_map_but_one_line():
    from tests.interpreter_kernels import unwritten_kernel

    chart = flashlab.what_fits(unwritten_kernel, "A100", signature={"x_ptr": "*fp16"})
    assert chart.finished.wait(60)
    assert chart.trouble.startswith("Not finished: the kernel still has its stub.")
    assert chart.done == 0 and not chart.running


def test_are_blocks_above_a_slow_one_not_tried():
    tried = []

    def compile_one(state, m, n):
        tried.append((m, n))
        late = (
            dict(error="no result after 20 s", error_kind="Timeout") if (m, n) == (16, 32) else {}
        )
        return Report(card=CARDS["T4"], kernel="k", registers=32, **late)

    chart = WhatFits(
        compile_one, {"card": "T4", "num_warps": 4, "num_stages": 1}, [16, 32], [16, 32, 64], False
    )
    assert chart.finished.wait(20)
    assert sorted(tried) == [(16, 16), (16, 32), (32, 16)]
    assert "2 of 6 blocks fit" in chart.sentence and "4 take over 20 s" in chart.sentence


def test_does_what_fits_say_what_it_cannot_take():
    with pytest.raises(FlashlabError, match="unknown card 'K80'"):
        flashlab.what_fits(card="K80")
    with pytest.raises(FlashlabError, match="at least one size"):
        flashlab.what_fits(blocks=())


# --------------------------------------------------------------------------------------------------
# All of them

WIDGETS = {
    "tile_player": "flashlab.tile_player()",
    "traffic_explorer": "flashlab.traffic_explorer()",
    "softmax_stepper": "flashlab.softmax_stepper()",
    "roofline": "flashlab.roofline()",
    "what_fits": "flashlab.what_fits(blocks=(16, 32))",
    "naive_slider": "flashlab.naive_traffic_slider(lambda n, m, d, b: (4 * n * d + 4 * n * m) * b)",
}


def corners(spec: list[dict]):
    """Every state at the ends of the sliders, of the lists and of the ticks."""
    ends = {
        c["name"]: [False, True] if c["kind"] == "tick" else [c["options"][0], c["options"][-1]]
        for c in ({"kind": "slider", **c} for c in spec)
        if c["kind"] != "presets"
    }
    for values in itertools.product(*ends.values()):
        yield dict(zip(ends, values, strict=True))


@pytest.mark.parametrize("name", [name for name in WIDGETS if name != "what_fits"])
def test_is_every_corner_of_the_sliders_a_picture_and_no_trouble(name):
    widget = eval(WIDGETS[name])
    knobs = getattr(widget, "knobs", widget)
    seen = 0
    for state in corners(knobs.controls):
        knobs.values = state
        assert knobs.trouble == "", state
        picture, sentence = widget.still()
        ElementTree.fromstring(picture)
        assert not re.search(
            r'="[^"]*\b(nan|inf|None)\b', re.sub(r'aria-label="[^"]*"', "", picture)
        )
        assert any(c.isdigit() for c in sentence), state
        seen += 1
    assert seen >= 4 and seen == 2 ** sum("name" in c for c in knobs.controls)


MOVES_BY_ITSELF = r"transition|animation|@keyframes|<animate|scrollIntoView|smooth"


def test_does_nothing_move_that_was_not_asked_for():
    """No easing anywhere: whoever asked for reduced motion gets what all others get."""
    for name in WIDGETS:
        widget = eval(WIDGETS[name])
        view = getattr(widget, "knobs", widget)
        given = f"{view._css}{view._esm}{widget.still()[0]}"
        assert not re.findall(MOVES_BY_ITSELF, given), name
        if hasattr(widget, "figure"):
            assert not widget.figure.layout.transition.to_plotly_json(), name
    assert re.findall(MOVES_BY_ITSELF, ".bar { transition: width .2s; }"), "it would be seen"


@pytest.mark.parametrize("name", WIDGETS)
def test_is_there_a_picture_and_a_sentence_without_a_kernel(name):
    widget = eval(WIDGETS[name])
    if name == "what_fits":  # its map fills in the background
        assert widget.finished.wait(120)
    picture, view = widget.outputs()
    assert "application/vnd.jupyter.widget-view+json" in view and view["text/plain"]
    image: dict = {}
    reader = HTMLParser()
    reader.handle_startendtag = lambda tag, given: image.update(given)
    reader.feed(picture["text/html"])
    assert image.get("alt") == picture["text/plain"] == widget.still()[1]
    kind, _, data = image.get("src").partition(",")
    assert kind == "data:image/svg+xml" and unquote(data) == widget.still()[0]
    drawn = ElementTree.fromstring(unquote(data))
    assert drawn.get("role") == "img" and any(c.isdigit() for c in drawn.get("aria-label"))
    assert len(picture["text/html"]) < 40_000


@pytest.mark.parametrize("name", WIDGETS)
def test_is_a_graded_notebook_given_one_sentence(name):
    code = f"import sys, flashlab\nassert {WIDGETS[name]} is None\n"
    code += "print(*{'anywidget', 'plotly', 'ipywidgets'} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "NBGRADER_EXECUTION": "autograde"},
        capture_output=True,
        text=True,
    )
    assert run.stderr == "" and len(run.stdout.splitlines()) == 2
    assert run.stdout.splitlines()[1] == "", "no widget library is loaded"
