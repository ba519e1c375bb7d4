"""The traffic explorer: bytes of every way to compute attention, over N, and split by tensor."""

from __future__ import annotations

from math import prod

import numpy as np

from flashlab import traffic as forms
from flashlab.cards import CARDS, card
from flashlab.errors import FlashlabError
from flashlab.traffic import Traffic, cdiv
from flashlab.widgets import svg
from flashlab.widgets.chart import LogChart, legend, short, size
from flashlab.widgets.palette import ARRAYS, METHODS, plain_name

SEQLENS = sorted({2**k for k in range(4, 18)} | {3 * 2**k for k in range(3, 16)})  # 16 to 131,072
ITEMSIZES = {"fp16": 2, "bf16": 2, "fp32": 4, "fp64": 8}
NAMES = {
    "naive": "naive", "flash1": "FlashAttention-1", "flash2": "FlashAttention-2",
    "compulsory": "least possible",
}  # fmt: skip
DASHES = {"naive": "", "flash1": "10 5", "flash2": "", "compulsory": "9 4 2 4"}
UNFIT = "2 5"  # what no block of this size can do
MARKS = {"naive": "square", "flash1": "diamond", "flash2": "circle", "compulsory": "circle"}
TENSORS = ("q", "k", "v", "s", "p", "out", "lse")
LABELS = {"out": "O", "lse": "LSE, m, l"}
START = {
    "N": 4096, "head_dim": 64, "BLOCK_M": 128, "BLOCK_N": 64, "nheads": 1, "dtype": "fp16",
    "card": "A100", "causal": False,
}  # fmt: skip


def by_tensor(method: str, state: dict, N: int) -> dict[str, int]:
    """Bytes by tensor for all heads; row statistics (LSE, or m and l) are float32."""
    itemsize, d = ITEMSIZES[state["dtype"]], state["head_dim"]
    BLOCK_M, BLOCK_N = state["BLOCK_M"], state["BLOCK_N"]
    if method == "naive":  # causal or not: the three steps make all of S
        moved = forms.naive_traffic(N, N, d, itemsize)
    elif method == "compulsory":
        moved = forms.compulsory_traffic(N, N, d, itemsize)
    elif method == "flash2":
        moved = forms.flash2_traffic(N, N, d, BLOCK_M, itemsize, lse_itemsize=4)
        if state["causal"]:
            keys = int(_keys_seen(N, BLOCK_M, BLOCK_N).sum())
            moved["k"] = moved["v"] = keys * d * itemsize
    else:
        moved = forms.flash1_traffic(N, N, d, BLOCK_N, itemsize, stat_itemsize=4)
        if state["causal"]:
            rows = int(_rows_that_see(N, BLOCK_M, BLOCK_N).sum())
            moved |= {"q": rows * d * itemsize, "out": 2 * rows * d * itemsize}
            moved |= {"m": 2 * rows * 4, "l": 2 * rows * 4}
        moved["lse"] = moved.pop("m") + moved.pop("l")
    return {name: state["nheads"] * moved.get(name, 0) for name in TENSORS}


def _keys_seen(N: int, BLOCK_M: int, BLOCK_N: int) -> np.ndarray:
    """Causal, queries outside: keys that each query tile loads, whole tiles of keys."""
    last = np.minimum(N, (np.arange(cdiv(N, BLOCK_M)) + 1) * BLOCK_M)
    return np.minimum(N, -(-last // BLOCK_N) * BLOCK_N)


def _rows_that_see(N: int, BLOCK_M: int, BLOCK_N: int) -> np.ndarray:
    """Causal, keys outside: query rows that meet each key tile, whole tiles of queries."""
    first_tile = np.arange(cdiv(N, BLOCK_N)) * BLOCK_N // BLOCK_M
    return N - first_tile * BLOCK_M


def on_chip(state: dict) -> dict:
    """Bytes of one block's tiles against one SM of the card: shared memory and registers.

    Q, K and V tiles lie in shared memory, one stage; scores, acc, m and l in registers, float32.
    A kernel needs at least that. `what_fits` asks the compiler.
    """
    d, BLOCK_M, BLOCK_N = state["head_dim"], state["BLOCK_M"], state["BLOCK_N"]
    shared = ITEMSIZES[state["dtype"]] * d * (BLOCK_M + 2 * BLOCK_N)
    registers = 4 * BLOCK_M * (BLOCK_N + d + 2)
    limit, file = (
        card(state["card"]).shared_bytes_per_block,
        4 * card(state["card"]).registers_per_sm,
    )
    return {
        "shared": shared, "shared_limit": limit, "registers": registers, "registers_limit": file,
        "fits": shared <= limit and registers <= file,
    }  # fmt: skip


def point_of(traffic: Traffic, title: str) -> dict:
    """A measured run as a point: sizes, dtype, blocks and bytes, all read off its trace."""
    named = {plain_name(name): name for name in traffic.arrays}
    if "q" not in named or "k" not in named:
        has = ", ".join(traffic.arrays) or "none"
        raise FlashlabError(f"{title}: the run needs arrays named q and k; it has {has}")
    q = traffic.arrays[named["q"]]
    first = {
        name: next((e for e in traffic.events if e.array == named[name]), None) for name in "qk"
    }
    rows = [e.region[-2][1] - e.region[-2][0] if e else 0 for e in first.values()]
    dtype = {"float16": "fp16", "bfloat16": "bf16", "float32": "fp32"}.get(q.dtype, "fp64")
    return {
        "title": title, "N": q.shape[-2], "head_dim": q.shape[-1], "nheads": prod(q.shape[:-2]),
        "dtype": dtype, "BLOCK_M": rows[0], "BLOCK_N": rows[1], "bytes": traffic.hbm_bytes,
    }  # fmt: skip


def traffic_picture(state: dict, measured: list[dict] | tuple = ()) -> dict:
    """All that the figure shows, as plain data.

    curves: {method: bytes at each of `seqlens`}; parts: {method: {tensor: bytes}} at N; totals;
    ratio: naive to FlashAttention-2; held: bytes in HBM beside Q, K, V and O; chip: `on_chip`;
    measured: the points that these settings fit; headline, split, gauges, sentence, table: the same
    in words and bars.
    """
    N = state["N"]
    seqlens = sorted({*SEQLENS, *(p["N"] for p in measured)})
    curves = {m: [sum(by_tensor(m, state, n).values()) for n in seqlens] for m in NAMES}
    parts = {m: by_tensor(m, state, N) for m in NAMES}
    totals = {m: sum(parts[m].values()) for m in NAMES}
    each = {"naive": 2 * N * N * ITEMSIZES[state["dtype"]], "flash1": 8 * N, "flash2": 4 * N}
    held = {m: state["nheads"] * each.get(m, 0) for m in NAMES}
    chip = on_chip(state)
    same = ("head_dim", "nheads", "dtype")
    points = [p for p in measured if all(p[key] == state[key] for key in same)]
    ratio = totals["naive"] / totals["flash2"]
    return {
        "N": N, "seqlens": seqlens, "curves": curves, "parts": parts, "totals": totals,
        "ratio": ratio, "held": held, "chip": chip, "measured": points,
        "headline": [f"{ratio:.3g} x", f"the bytes of FlashAttention-2 for naive, at N = {N:,}"],
        "split": _split(parts, totals, chip["fits"]),
        "gauges": _gauges(chip),
        "sentence": _sentence(state, totals, ratio, chip, points),
        "table": _table(parts, totals, held),
    }  # fmt: skip


def _split(parts: dict, totals: dict, fits: bool) -> list[dict]:
    """One bar a method: its bytes by tensor, all on one linear scale."""
    most = max(totals.values())
    return [
        {
            "label": NAMES[m], "colour": METHODS[m], "words": size(totals[m]), "mark": MARKS[m],
            "over": _unfit(m, fits), "dash": UNFIT if _unfit(m, fits) else DASHES[m],
            "parts": [
                {"name": LABELS.get(t, t.upper()), "share": count / most, "colour": ARRAYS[t],
                 "words": size(count)}
                for t, count in parts[m].items() if count
            ],
        }
        for m in NAMES
    ]  # fmt: skip


def _unfit(method: str, fits: bool) -> bool:
    return method.startswith("flash") and not fits


def _gauges(chip: dict) -> list[dict]:
    """Bars of what one block needs on chip against what one SM of the card has."""
    rows = (
        ("shared memory (Q, K, V)", chip["shared"], chip["shared_limit"]),
        ("registers (scores, acc, m, l)", chip["registers"], chip["registers_limit"]),
    )
    return [
        {
            "label": label,
            "share": used / limit,
            "words": f"{short(used / 1024)} of {limit / 1024:g} KB"
            + ("" if used <= limit else ": does not fit"),
        }
        for label, used, limit in rows
    ]


def _sentence(state: dict, totals: dict, ratio: float, chip: dict, points: list[dict]) -> str:
    blocks = f"{state['BLOCK_M']} x {state['BLOCK_N']}"
    heads = "1 head" if state["nheads"] == 1 else f"{state['nheads']} heads"
    words = f"N = {state['N']:,}, head_dim {state['head_dim']}, {heads}, {state['dtype']}"
    words += ", causal: " if state["causal"] else ": "
    words += ", ".join(f"{NAMES[m]} {size(totals[m])}" for m in NAMES)
    words += f". Naive moves {ratio:.3g} times FlashAttention-2's bytes. "
    fits = "fits" if chip["fits"] else "does NOT fit"
    words += f"One {blocks} block {fits} {card(state['card']).name}'s SM."
    for p in points:
        words += f" Measured, {p['title']}: {p['bytes']:,} bytes at N = {p['N']:,}."
    return words


def _table(parts: dict, totals: dict, held: dict) -> dict:
    head = ["bytes", *NAMES.values()]
    rows = [
        [LABELS.get(t, t.upper()), *(f"{parts[m][t]:,}" for m in NAMES)]
        for t in TENSORS
        if any(parts[m][t] for m in NAMES)
    ]
    rows.append(["all", *(f"{totals[m]:,}" for m in NAMES)])
    rows.append(["held beside Q, K, V, O", *(f"{held[m]:,}" for m in NAMES)])
    return {"caption": "Bytes between HBM and SRAM", "head": head, "rows": rows}


def controls(measured: list[dict]) -> list[dict]:
    """The sliders. A measured run adds its own sizes to the options."""

    def options(name: str, usual: list[int]) -> list[int]:
        return sorted({*usual, *(p[name] for p in measured)})

    powers = [2**k for k in range(4, 9)]
    seqlens = options("N", SEQLENS)
    dtypes = [*ITEMSIZES] if any(p["dtype"] == "fp64" for p in measured) else [*ITEMSIZES][:3]
    return [
        {"name": "N", "label": "N", "options": seqlens, "words": [f"{n:,}" for n in seqlens]},
        {"name": "head_dim", "label": "head_dim", "options": options("head_dim", powers)},
        {"name": "BLOCK_M", "label": "BLOCK_M", "options": options("BLOCK_M", powers)},
        {"name": "BLOCK_N", "label": "BLOCK_N", "options": options("BLOCK_N", powers)},
        {"name": "nheads", "label": "heads", "options": options("nheads", [1, 8, 16, 32, 64, 128])},
        {"name": "dtype", "label": "dtype", "kind": "choice", "options": dtypes},
        {"name": "card", "label": "card", "kind": "choice", "options": list(CARDS)},
        {"name": "causal", "label": "causal", "kind": "tick"},
    ]


def start(measured: list[dict]) -> dict:
    """The first state: that of the last measured run, so that its point lies on its curve."""
    known = {key: measured[-1][key] for key in START if measured and key in measured[-1]}
    return {**START, **known}


# --------------------------------------------------------------------------------------------------
# Without a kernel


def still(picture: dict) -> str:
    """The curves and the split as one SVG."""
    chart = LogChart(70, 60, 400, 250, (12, 180_000), (1e3, 1e14))
    inside = legend(20, 22, [(NAMES[m], METHODS[m], DASHES[m]) for m in NAMES])
    inside += chart.axes("N (tokens)", "bytes", lambda v: f"{v:,.0f}", size)
    for m in NAMES:
        inside.append(chart.curve(picture["seqlens"], picture["curves"][m], METHODS[m], DASHES[m]))
        inside.append(chart.mark(picture["N"], picture["totals"][m], METHODS[m], MARKS[m]))
    for p in picture["measured"]:
        inside.append(chart.mark(p["N"], p["bytes"], "", "cross"))
    inside.append(svg.text(610, 50, f"N = {picture['N']:,}, by tensor", class_="head"))
    scale = 220 / max(picture["totals"].values())
    for n, m in enumerate(NAMES):
        x, y = 610, 66 + 62 * n
        inside.append(svg.text(x, y + 12, NAMES[m]))
        for tensor, count in picture["parts"][m].items():
            width = count * scale
            inside.append(svg.rect(x, y + 18, width, 20, fill=ARRAYS[tensor], class_="part"))
            x += width
        inside.append(svg.text(x + 6, y + 33, size(picture["totals"][m])))
    x = 610
    for tensor in TENSORS:
        label = LABELS.get(tensor, tensor.upper())
        inside.append(svg.rect(x, 318, 12, 12, fill=ARRAYS[tensor]))
        inside.append(svg.text(x + 16, 329, label))
        x += 34
    for n, gauge in enumerate(picture["gauges"]):
        inside.append(svg.text(20, 372 + 18 * n, f"{gauge['label']}: {gauge['words']}"))
    return svg.standalone(920, 400, picture["sentence"], *inside)
