"""Part 5: the solved Triton lessons, executed on the card.

A notebook's code cells become one script, since inspect finds a kernel's source there; check cells
run as they stand, so that every one of them judges the kernel natively too.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LESSONS = ("06", "07", "08", "09")


def script_of(notebook: Path) -> str:
    """The code of a notebook; lines that only IPython understands are left out."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    sources = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    lines = "\n\n".join(sources).splitlines()
    return "\n".join(re.sub(r"^(\s*)([%!])", r"\1pass  # \2", line) for line in lines)


def run_one(notebook: Path, native: bool) -> dict:
    record = {"lesson": notebook.stem}
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NBGRADER_EXECUTION": "autograde"}
    env.pop("TRITON_INTERPRET", None) if native else env.update(TRITON_INTERPRET="1")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / f"lesson_{notebook.stem}.py"
        script.write_text(script_of(notebook), "utf-8")
        try:
            done = subprocess.run(
                [sys.executable, str(script)],
                capture_output=True, text=True, cwd=folder, env=env, timeout=240,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return record | {"ok": False, "why": "took longer than 240 s"}
    printed, words = (
        text.replace(f"{folder}/", "").strip().splitlines() for text in (done.stdout, done.stderr)
    )
    record |= {"ok": done.returncode == 0, "why": "" if done.returncode == 0 else words[-1][:300]}
    return record | {"printed": printed[-60:], "stderr": words[-15:]}


def run(options, results) -> dict:
    notebooks = sorted(p for n in LESSONS for p in (ROOT / "solutions").glob(f"{n}_*/*.ipynb"))
    notebooks = notebooks[:1] if options.dry_run else notebooks
    records = [run_one(p, native=not options.dry_run) for p in notebooks]
    return {
        "run": len(records),
        "passed": sum(r["ok"] for r in records),
        "failures": [r for r in records if not r["ok"]],
        "records": records,
    }
