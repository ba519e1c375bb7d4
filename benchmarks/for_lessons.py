"""What lessons show of a GPU visit: benchmarks/results/h100.json -> flashlab/data/h100.json.

    python benchmarks/for_lessons.py [RESULTS.json] [--check]

flashlab is installed alone in Colab, so that the recorded figures must travel with it. Nothing is
computed here: rows and rates are copied, names are shortened. --check writes nothing and fails when
the file is not what the results give.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results/h100.json"
DATA = ROOT / "flashlab/data/h100.json"
PRECISION_SHAPE = [1024, 1024, 64, 4, 4]  # seqlen_q, seqlen_k, head_dim, nheads, nheads_k


def extract(results: dict) -> dict:
    """The figures of one visit that lessons show. Raises KeyError when a part is missing."""
    machine, parts = results["machine"], results["parts"]
    driver = machine["driver, max SM clock, power limit"].split(",")[0]
    words = {name: machine[name] for name in ("card", "torch", "triton")}
    return {
        "machine": {**words, "driver": driver},
        "tokens": parts["speed"]["tokens"],
        "forward": [_speed(row) for row in parts["speed"]["rows"]],
        "bytes": parts["bytes"]["rows"],
        "bytes_of": {n: parts["bytes"][n] for n in ("head_dim", "BLOCK_M", "dtype")},
        "precision": [
            _precision(r)
            for r in parts["correctness"]["records"]
            if r["kernel"] == "flash" and r["shape"] == PRECISION_SHAPE and not r["causal"]
        ],
        "precision_shape": PRECISION_SHAPE,
    }


def _precision(record: dict) -> dict:
    """Errors of the output; `cublas_error` is the largest one of PyTorch's own products in tf32."""
    out = record["verdicts"]["out"]
    row = {
        "dtype": record["dtype"],
        "input_precision": record["precision"],
        "relative_rmse": out["relative_rmse"],
        "largest_error": out["error"],
    }
    return row | ({"cublas_error": record["cublas"]} if "cublas" in record else {})


def _speed(row: dict) -> dict:
    """Sizes, and {who: {ms, p20, p80, tflops}} of those that ran."""
    keys = ("ms", "p20", "p80", "tflops")
    ran = {name: r for name, r in row["forward"].items() if "ms" in r}
    sizes = {name: row[name] for name in ("seqlen", "head_dim", "causal")}
    return {**sizes, **{name: {k: r[k] for k in keys} for name, r in ran.items()}}


def text_of(data: dict) -> str:
    """JSON with one row of a list on a line."""
    lines = []
    for name, value in data.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n  ".join(json.dumps(row) for row in value)
            lines.append(f"{json.dumps(name)}: [\n  {rows}\n ]")
        else:
            lines.append(f"{json.dumps(name)}: {json.dumps(value)}")
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("results", nargs="?", type=Path, default=RESULTS)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not options.results.exists():
        print(f"{options.results} is not there; benchmarks/gpu.py writes it", file=sys.stderr)
        return 1
    text = text_of(extract(json.loads(options.results.read_text("utf-8"))))
    if not options.check:
        DATA.write_text(text, "utf-8")
        return 0
    if not DATA.exists() or DATA.read_text("utf-8") != text:
        print(f"{DATA.relative_to(ROOT)} is not what {options.results} gives", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
