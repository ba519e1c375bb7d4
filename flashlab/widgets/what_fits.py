"""What fits where: a map over BLOCK_M and BLOCK_N of what a kernel would need on a card.

Every field is a compilation (`flashlab.compiler`), so the map fills in the background. What has
been compiled once, in this process or in Triton's own cache on disk, comes at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from flashlab.cards import CARDS, card
from flashlab.widgets import svg
from flashlab.widgets.palette import GREEN, GREY, ORANGE, VERMILION

BLOCKS = (16, 32, 64, 128, 256)
PATIENCE = 20  # seconds for one field: a compiler that takes longer is spilling without end
START = {"card": "A100", "num_warps": 4, "num_stages": 3}
REFERENCE = {"head_dim": 64, "dtype": "fp16", "causal": False}  # more controls for our own kernel
VERDICTS = {  # word, colour
    "fits": ("fits", GREEN),
    "spills": ("spills", ORANGE),
    "no": ("cannot launch", VERMILION),
    "error": ("error", GREY),
    "slow": ("not compiled", GREY),
    "waiting": ("...", "none"),
}
STYLE = """
.fl-svg .field { fill-opacity: .22; stroke: var(--fl-line); }
.fl-svg .field.no, .fl-svg .field.error { stroke: #D55E00; stroke-width: 2; stroke-dasharray: 5 3; }
.fl-svg .field.spills { stroke: #E69F00; stroke-width: 3; }
"""


def compile_reference(state: dict, BLOCK_M: int, BLOCK_N: int):
    """The Report of the course's forward kernel at one point of the map."""
    from flashlab.compiler import compile_source
    from flashlab.compiler.reference import forward_signature, forward_source

    d = state["head_dim"]
    return compile_source(
        forward_source(), "flash_forward_kernel", state["card"],
        signature=forward_signature(state["dtype"]),
        num_warps=state["num_warps"], num_stages=state["num_stages"], timeout=PATIENCE,
        HEAD_DIM=d, BLOCK_D=max(16, 1 << (d - 1).bit_length()), BLOCK_M=BLOCK_M, BLOCK_N=BLOCK_N,
        IS_CAUSAL=state["causal"], INPUT_PRECISION="ieee",
    )  # fmt: skip


def field(report) -> dict:
    """One field of the map, from a compiler's Report; None: not compiled yet."""
    if report is None:
        return {"verdict": "waiting", "lines": [], "report": "not compiled yet"}
    if report == "skipped" or report.error_kind == "Timeout":
        after = f"over {PATIENCE} s"
        told = f"the compiler was given {PATIENCE} s, for this block or for a smaller one"
        return {"verdict": "slow", "lines": [after], "report": told}
    if report.error:
        lines = [report.error_kind or "does not compile"]
        return {"verdict": "error", "lines": lines, "report": str(report)}
    tensor = sum(report.tensor_core.values())
    lines = [
        f"{report.shared_bytes / 1024:.4g} KB, {report.registers} reg",
        f"spills {report.spill_bytes:,} B" if report.spill_bytes else "no spill",
        f"{tensor} tensor-core" if tensor else "no tensor core",
    ]
    if not report.can_launch:
        limit = report.card.shared_bytes_per_block
        if report.shared_bytes > limit:
            lines.append(f"the limit is {limit // 1024} KB")
        return {"verdict": "no", "lines": lines, "report": str(report)}
    verdict = "spills" if report.spill_bytes else "fits"
    lines.append(f"{_count(report.occupancy.blocks_per_sm, 'block')} an SM")
    return {"verdict": verdict, "lines": lines, "report": str(report)}


def fits_picture(state: dict, reports: dict, rows: Sequence[int], columns: Sequence[int]) -> dict:
    """The map as plain data: fields[row][column], done, total, and a sentence with the numbers.

    reports: {(BLOCK_M, BLOCK_N): Report}, as many as there are by now; "skipped" for a block that
    was not tried because a smaller one had taken too long.
    """
    fields = [
        [{"BLOCK_M": m, "BLOCK_N": n, **field(reports.get((m, n)))} for n in columns] for m in rows
    ]
    every = [f for row in fields for f in row]
    count = {verdict: sum(f["verdict"] == verdict for f in every) for verdict in VERDICTS}
    good = [f for f in every if f["verdict"] == "fits"]
    words = f"{card(state['card']).product}, {_count(state['num_warps'], 'warp')}, "
    words += _count(state["num_stages"], "stage")
    if "head_dim" in state:
        words += f", head_dim {state['head_dim']}, {state['dtype']}"
        words += ", causal" if state["causal"] else ""
    words += f": {count['fits']} of {len(every)} blocks fit, {count['spills']} spill registers, "
    words += f"{count['no']} cannot be launched"
    words += f", {count['error']} do not compile" if count["error"] else ""
    words += f", {count['slow']} take over {PATIENCE} s" if count["slow"] else ""
    words += f", {count['waiting']} not compiled yet" if count["waiting"] else ""
    if good:
        best = max(good, key=lambda f: (f["BLOCK_M"] * f["BLOCK_N"], f["BLOCK_M"]))
        words += f". Largest that fits: {best['BLOCK_M']} x {best['BLOCK_N']}"
    return {
        "fields": fields, "rows": list(rows), "columns": list(columns), "sentence": f"{words}.",
        "done": len(every) - count["waiting"], "total": len(every),
    }  # fmt: skip


def _count(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")


def controls(reference: bool) -> list[dict]:
    spec = [
        {"name": "card", "label": "card", "kind": "choice", "options": list(CARDS)},
        {"name": "num_warps", "label": "num_warps", "options": [1, 2, 4, 8]},
        {"name": "num_stages", "label": "num_stages", "options": [1, 2, 3, 4]},
    ]
    if reference:
        spec += [
            {"name": "head_dim", "label": "head_dim", "options": [16, 32, 64, 128]},
            {
                "name": "dtype",
                "label": "dtype",
                "kind": "choice",
                "options": ["fp16", "bf16", "fp32"],
            },
            {"name": "causal", "label": "causal", "kind": "tick"},
        ]
    return spec


def still(picture: dict, state: dict) -> str:
    """The map as one SVG."""
    wide, tall, left, top = 132, 82, 70, 86
    head, _, rest = picture["sentence"].partition(": ")
    inside = [
        svg.text(10, 22, head, class_="head"),
        svg.text(10, 41, rest, class_="small"),
        svg.text(10, top - 6, "BLOCK_M", class_="small"),
        svg.text(left + wide * len(picture["columns"]) / 2, top - 24, "BLOCK_N", class_="small",
                 text_anchor="middle"),
    ]  # fmt: skip
    for j, n in enumerate(picture["columns"]):
        inside.append(svg.text(left + (j + 0.5) * wide, top - 6, n, text_anchor="middle"))
    for i, m in enumerate(picture["rows"]):
        inside.append(svg.text(left - 10, top + (i + 0.5) * tall, m, text_anchor="end"))
        for j, one in enumerate(picture["fields"][i]):
            x, y = left + j * wide, top + i * tall
            word, colour = VERDICTS[one["verdict"]]
            inside.append(svg.rect(x + 2, y + 2, wide - 4, tall - 4, fill=colour, rx=3,
                                   class_=f"field {one['verdict']}"))  # fmt: skip
            inside.append(svg.text(x + 8, y + 18, word, class_="head"))
            for k, line in enumerate(one["lines"][:4]):
                inside.append(svg.text(x + 8, y + 33 + 14 * k, line, class_="small"))
    width = left + wide * len(picture["columns"]) + 20
    height = top + tall * len(picture["rows"]) + 12
    return svg.standalone(max(width, 500), height, picture["sentence"], *inside, style=STYLE)
