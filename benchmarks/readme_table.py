"""The README's table of measured figures, from a GPU visit's results.

    python benchmarks/readme_table.py [--check]

Nothing is computed but ratios; --check writes nothing and fails when the README is out of date.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results/h100.json"
BLOCK = re.compile(r"(<!-- measured: .*? -->\n).*?(<!-- /measured -->)", re.DOTALL)
SEQLENS = (512, 4096, 16384)


def table(results: dict) -> str:
    """Forward and backward TFLOP/s beside SDPA's flash backend, and bytes at two levels."""
    machine, parts = results["machine"], results["parts"]
    driver = machine["driver, max SM clock, power limit"].split(",")[0]
    lines = [
        f"{machine['card']}, driver {driver}, torch {machine['torch']}, triton "
        f"{machine['triton']}; fp16, 16k tokens; TFLOP/s, and in brackets the ratio to PyTorch's "
        "flash backend in the same run:",
        "",
        "| head_dim, mask | way | " + " | ".join(f"N = {n:,}" for n in SEQLENS) + " |",
        "|---|---|" + "---|" * len(SEQLENS),
    ]
    rows = {(r["head_dim"], r["causal"], r["seqlen"]): r for r in parts["speed"]["rows"]}
    for head_dim in (64, 128):
        for causal in (False, True):
            for way in ("forward", "backward"):
                cells = []
                for n in SEQLENS:
                    row = rows[head_dim, causal, n]
                    rate = row[way]["ours"]["tflops"]
                    cells.append(f"{rate:.0f} ({row['ratios'][way]['sdpa_flash']:.2f})")
                kind = "causal" if causal else "none"
                lines.append(f"| {head_dim}, {kind} | {way} | {' | '.join(cells)} |")
    theirs = rows[128, False, SEQLENS[-1]]["forward"]["sdpa_cudnn"]["tflops"]
    lines += [
        "",
        f"PyTorch's cuDNN backend, made for this card, is faster still: {theirs:.0f} TFLOP/s "
        f"forward at head_dim 128, N = {SEQLENS[-1]:,}, no mask.",
    ]
    last = {r["what"]: r for r in parts["bytes"]["rows"] if r["heads"] == 32}
    one = [r for r in parts["bytes"]["rows"] if r["what"] == "flash" and r["heads"] == 1]
    lines += [
        "",
        f"Nsight Compute on the same card, head_dim 64: from N = {one[0]['seqlen']:,} to "
        f"{one[-1]['seqlen']:,} one head's bytes from HBM grow {_times(one, 'dram_mb')}-fold and "
        f"those from L2 {_times(one, 'l2_mb')}-fold. At N = {last['flash']['seqlen']:,}, 32 heads "
        f"one after the other read and write {last['flash']['dram_mb']:,.0f} MB of HBM; with the "
        f"heads side by side the same kernel needs {last['heads_first']['dram_mb']:,.0f} MB.",
    ]
    return "\n".join(lines) + "\n"


def _times(rows: list[dict], key: str) -> str:
    return f"{rows[-1][key] / rows[0][key]:.0f}"


def main() -> int:
    readme = ROOT / "README.md"
    old = readme.read_text("utf-8")
    made = table(json.loads(RESULTS.read_text("utf-8")))
    new = BLOCK.sub(lambda m: m[1] + made + m[2], old)
    if "--check" in sys.argv[1:]:
        if new != old:
            print("the README's measured figures are out of date: run benchmarks/readme_table.py")
        return int(new != old)
    readme.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
