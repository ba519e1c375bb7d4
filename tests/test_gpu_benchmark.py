"""Does the visit to a GPU run to its end without one, at tiny sizes, and say what went wrong?"""

import json
import subprocess
import sys

from tests.conftest import ROOT


def test_do_all_parts_run_dry_and_write_their_records(tmp_path):
    out = tmp_path / "gpu.json"
    parts = "correctness,compile,bytes,metered,lessons"
    command = [sys.executable, "benchmarks/gpu.py", "--dry-run", "--parts", parts, "--out", out]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads(out.read_text())
    assert written["dry_run"] and list(written["parts"]) == parts.split(",")
    assert {p["status"] for p in written["parts"].values()} == {"done"}
    correctness = written["parts"]["correctness"]
    assert correctness["cases"] >= 16 and correctness["failures"] == []
    assert written["parts"]["compile"]["verdicts_right"] == 1
    assert written["parts"]["metered"]["failures"] == []
    assert "correctness: " in done.stdout


def test_is_a_machine_without_a_gpu_told_so_in_one_line():
    done = subprocess.run(
        [sys.executable, "benchmarks/gpu.py"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2 or "card" in done.stdout
    if done.returncode == 2:
        assert done.stdout == "no CUDA device here; try --dry-run\n" and not done.stderr


def test_are_the_readmes_figures_those_of_the_results():
    done = subprocess.run(
        [sys.executable, "benchmarks/readme_table.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "TFLOP/s, and in brackets" in (ROOT / "README.md").read_text("utf-8")
