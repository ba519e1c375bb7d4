"""One visit to a GPU: are the kernels right, how fast are they, and do the figures hold?

    python benchmarks/gpu.py                                  all parts, under 8 minutes
    python benchmarks/gpu.py --parts correctness,speed        some of them
    python benchmarks/gpu.py --search --parts correctness,speed
                                       first try block sizes, warps and stages, then use the best
    python benchmarks/gpu.py --dry-run                        on a CPU, tiny sizes, no figures

Writes JSON (default benchmarks/results/gpu.json) after each part, and prints a short table last.
A part that fails is recorded with its error; the others run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("correctness", "speed", "compile", "bytes", "metered", "lessons")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated; default all")
    parser.add_argument("--search", action="store_true", help="try configurations first")
    parser.add_argument("--search-only", default="forward,backward", help="what to search")
    parser.add_argument("--dry-run", action="store_true", help="on a CPU, at tiny sizes")
    parser.add_argument("--workers", type=int, default=min(12, os.cpu_count() or 1))
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/gpu.json")
    options = parser.parse_args()
    options.parts = [p for p in options.parts.split(",") if p]
    unknown = [p for p in options.parts if p not in PARTS]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; known are {', '.join(PARTS)}")
    return options


def main() -> int:
    options = arguments()
    if options.dry_run:
        os.environ["TRITON_INTERPRET"] = "1"
    else:
        os.environ.pop("TRITON_INTERPRET", None)
    sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
    from gpu_parts import common, table

    if not options.dry_run and not common.has_gpu():
        print("no CUDA device here; try --dry-run")
        return 2
    results: dict = {"machine": common.machine(), "dry_run": options.dry_run, "parts": {}}
    print(json.dumps(results["machine"]), flush=True)
    for name in (["search"] if options.search else []) + options.parts:
        start = time.perf_counter()
        try:
            part = importlib.import_module(f"gpu_parts.{name}")
            record = {"status": "done", **part.run(options, results)}
        except Exception as error:
            record = {
                "status": "failed",
                "error": f"{type(error).__name__}: {error}",
                "traceback": traceback.format_exc()[-4000:],
            }
        record["seconds"] = round(time.perf_counter() - start, 1)
        results["parts"][name] = record
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=1) + "\n")
        print(f"{name}: {record['status']} in {record['seconds']} s", record.get("error", ""))
        sys.stdout.flush()
    print(table.short(results))
    bad = [n for n, r in results["parts"].items() if r["status"] == "failed" or r.get("failures")]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
