"""The roofline: cards as roofs, ways to compute attention as points under them.

Work of I floating-point operations per byte reaches min(peak, I * bandwidth) at most (Williams,
Waterman and Patterson 2009, doi 10.1145/1498765.1498785). 16-bit numbers, both matrix products.
"""

from __future__ import annotations

from math import prod

from flashlab import traffic as forms
from flashlab.cards import CARDS, Card, card
from flashlab.errors import FlashlabError
from flashlab.traffic import Traffic
from flashlab.widgets import svg
from flashlab.widgets.chart import LogChart, short
from flashlab.widgets.palette import BLUE, GREEN, GREY, METHODS, PINK, plain_name

XS, YS = (0.2, 100_000.0), (0.03, 6_000.0)  # FLOP/byte, TFLOP/s: what is drawn
START = {"card": "H100", "N": 4096, "head_dim": 128, "BLOCK_M": 128, "group": 8}
SEQLENS = [2**k for k in range(4, 18)]
LOOKS = {  # colour and shape of each point
    "prefill, three steps": (METHODS["naive"], "square"),
    "prefill, tiles": (BLUE, "circle"),
    "prefill, least possible": (GREEN, "diamond"),
    "decode, 1 query": (PINK, "circle"),
    "decode, queries share K, V": (GREY, "square"),
}
ITEMSIZE = 2


def attainable_tflops(one: Card, flops_per_byte: float) -> float:
    """The roof of a card over an intensity, TFLOP/s."""
    return min(one.tflops_16bit, flops_per_byte * one.hbm_gb_per_s / 1000)


def computed(state: dict) -> dict[str, tuple[int, int]]:
    """(operations, bytes) of each way, for one head and, in decode, `group` queries of it."""
    N, d, group = state["N"], state["head_dim"], state["group"]
    naive = forms.naive_traffic(N, N, d, ITEMSIZE)
    tiles = forms.flash2_traffic(N, N, d, state["BLOCK_M"], ITEMSIZE, lse_itemsize=4)
    least = forms.compulsory_traffic(N, N, d, ITEMSIZE)
    one, several = (forms.compulsory_traffic(q, N, d, ITEMSIZE) for q in (1, group))
    work = [(N, naive), (N, tiles), (N, least), (1, one), (group, several)]
    return {
        name: (forms.attention_flops(queries, N, d), sum(moved.values()))
        for name, (queries, moved) in zip(LOOKS, work, strict=True)
    }


def point_of(run: Traffic | tuple, title: str, time_ms: float | None) -> dict:
    """A run: its operations by the shapes of q and k, its bytes by the trace; or both as given."""
    flops, nbytes = run if isinstance(run, tuple) else _work_of(run, title)
    return {"name": title, "flops": flops, "bytes": nbytes, "time_ms": time_ms}


def _work_of(traffic: Traffic, title: str) -> tuple[int, int]:
    shapes = {plain_name(name): info.shape for name, info in traffic.arrays.items()}
    if "q" not in shapes or "k" not in shapes:
        raise FlashlabError(f"{title}: the run needs arrays named q and k")
    *heads, seqlen_q, head_dim = shapes["q"]
    flops = prod(heads) * forms.attention_flops(seqlen_q, shapes["k"][-2], head_dim)
    return flops, traffic.hbm_bytes


def roofline_picture(state: dict, measured: list[dict] | tuple = ()) -> dict:
    """Roofs and points as plain data: {"roofs": {card: {"x", "y"}}, "points": [...], ...}.

    A point has name, intensity (FLOP/byte), tflops (measured, or the roof over it), bound ("HBM" or
    "tensor cores"), share (of the roof; None where no time was measured) and words.
    """
    one = card(state["card"])
    roofs = {}
    for name, each in CARDS.items():
        xs = [XS[0], each.ridge_flops_per_byte, XS[1]]
        roofs[name] = {"x": xs, "y": [attainable_tflops(each, x) for x in xs]}
    ways = [{"name": name, "flops": f, "bytes": b, "time_ms": None}
            for name, (f, b) in computed(state).items()]  # fmt: skip
    points = [_point(one, way, "computed") for way in ways]
    points += [_point(one, run, "metered") for run in measured]
    by_name = {p["name"]: p for p in points}
    tiles, decode = by_name["prefill, tiles"], by_name["decode, 1 query"]
    words = (
        f"{one.product}: {one.tflops_16bit:g} TFLOP/s, {one.hbm_gb_per_s:,} GB/s, ridge at "
        f"{one.ridge_flops_per_byte:.0f} FLOP/B. N = {state['N']:,}, head_dim {state['head_dim']}: "
        f"tiles of {state['BLOCK_M']} rows have {short(tiles['intensity'])} FLOP/B, bound by "
        f"{tiles['bound']}, at most {short(tiles['tflops'])} TFLOP/s; decode has "
        f"{short(decode['intensity'])} FLOP/B, at most {short(decode['tflops'])} TFLOP/s."
    )
    words += "".join(f" {p['words']}." for p in points if p["kind"] == "metered")
    rows = [[p["name"], f"{p['intensity']:.4g}", p["bound"], f"{p['roof']:.4g}",
             f"{p['tflops']:.4g}" if p["share"] else "-"] for p in points]  # fmt: skip
    head = ["way", "FLOP/B", "bound by", "at most TFLOP/s", "measured TFLOP/s"]
    return {
        "card": one.name, "roofs": roofs, "ridge": one.ridge_flops_per_byte, "points": points,
        "sentence": words, "gauges": [],
        "table": {"caption": f"Under the roof of {one.product}", "head": head, "rows": rows},
    }  # fmt: skip


def _point(one: Card, way: dict, kind: str) -> dict:
    intensity = way["flops"] / way["bytes"]
    roof = attainable_tflops(one, intensity)
    bound = "HBM" if intensity < one.ridge_flops_per_byte else "tensor cores"
    tflops, share = roof, None
    words = (
        f"{way['name']}: {short(intensity)} FLOP/B, bound by {bound}, at most {short(roof)} TFLOP/s"
    )
    if way["time_ms"]:
        tflops = way["flops"] / way["time_ms"] / 1e9
        share = tflops / roof
        words = (
            f"{way['name']}: {short(intensity)} FLOP/B, measured {short(tflops)} TFLOP/s, "
            f"{share:.0%} of the roof, bound by {bound}"
        )
    return {
        "name": way["name"], "intensity": intensity, "tflops": tflops, "roof": roof, "bound": bound,
        "share": share, "words": words, "kind": kind, "bytes": way["bytes"], "flops": way["flops"],
    }  # fmt: skip


def controls() -> list[dict]:
    return [
        {"name": "card", "label": "card", "kind": "choice", "options": list(CARDS)},
        {"name": "N", "label": "N", "options": SEQLENS, "words": [f"{n:,}" for n in SEQLENS]},
        {"name": "head_dim", "label": "head_dim", "options": [16, 32, 64, 128, 256]},
        {"name": "BLOCK_M", "label": "BLOCK_M", "options": [16, 32, 64, 128, 256]},
        {"name": "group", "label": "queries that share K, V", "options": [1, 2, 4, 8, 16, 32]},
    ]


def names_of_roofs() -> dict[str, float]:
    """{cards that share a peak: the height of their name at the flat end}, kept apart."""
    names: dict[float, list[str]] = {}
    for one in CARDS.values():
        names.setdefault(one.tflops_16bit, []).append(one.name)
    out, above = {}, float("inf")
    for peak in sorted(names, reverse=True):
        above = min(peak, above / 1.7)
        out[", ".join(names[peak])] = above
    return out


def still(picture: dict) -> str:
    """Roofs and points as one SVG, the points named at their side."""
    chart = LogChart(76, 30, 520, 320, XS, YS)
    inside = chart.axes("FLOP per byte of HBM traffic", "TFLOP/s, 16-bit", _plain, _plain)
    for name, roof in picture["roofs"].items():
        chosen = name == picture["card"]
        inside.append(chart.curve(roof["x"], roof["y"], BLUE if chosen else GREY,
                                  width=3 if chosen else 1))  # fmt: skip
    for names, height in names_of_roofs().items():
        x, y = chart.at(XS[1], height)
        inside.append(svg.text(x + 6, y + 4, names, class_="small"))
    for n, p in enumerate(picture["points"]):
        colour, shape = LOOKS.get(p["name"], ("var(--fl-ink)", "cross"))
        inside.append(chart.mark(p["intensity"], p["tflops"], colour, shape, 6))
        if p["name"] not in LOOKS:
            x, y = chart.at(p["intensity"], p["tflops"])
            inside.append(svg.text(x + 12, y + 4, p["name"], class_="small head"))
        inside.append(svg.rect(20, 394 + 20 * n, 11, 11, fill=colour))
        inside.append(svg.text(40, 404 + 20 * n, p["words"]))
    height = 404 + 20 * len(picture["points"])
    return svg.standalone(720, height, picture["sentence"], *inside)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
