"""The bench against several versions of triton: the same tests, and the same counts on each.

    make test-matrix                     all versions
    make test-matrix ARGS="3.6.0 3.9.0"  some of them

Each version gets a virtual environment of its own in build/matrix/ (some 600 MB), with triton and
the NumPy it needs; all else is taken from .venv/. The environments are kept for the next time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "matrix"
VERSIONS = {  # triton -> what else it needs
    "3.6.0": ["numpy==2.3.5"],  # with NumPy 2.4 its own interpreter fails on range(n)
    "3.7.1": [],
    "3.8.0": [],
    "3.9.0": [],
}
# the verdicts in the table are those of the pinned version's compiler
TESTS = ["tests/test_interpreter.py", "-k", "not judge_the_table"]

# Every event of some launches, in order, boiled down to one line for each.
COUNTS = """
import hashlib, json, sys
import torch
import flashlab, numpy, triton
import interpreter_kernels as kernels
from flashlab.kernels import flash_backward, flash_forward, matmul

def random(*shape, dtype, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)

def attention(dtype, causal):
    q, k, v, do = (random(1, 2, 37, 16, dtype=dtype, seed=s) for s in range(4))
    one = dict(BLOCK_M=16, BLOCK_N=16, num_warps=4, num_stages=1)
    out, lse = flash_forward(q, k, v, causal=causal, config=one)
    flash_backward(q, k, v, out, lse, do, causal=causal, config={"dkdv": one, "dq": one})

def described(dtype):
    q, k, v = (random(2, 37, 16, dtype=dtype, seed=s) for s in range(3))
    out = torch.empty_like(q)
    kernels.described_kernel[(3, 2)](q, k, v, out, 37, 0.25, D=16, BM=16, BN=16, IS_CAUSAL=True)

def histogram(dtype):
    x, out = random(50, dtype=dtype, seed=1), torch.zeros(4, dtype=dtype)
    kernels.histogram_kernel[(4,)](x, out, 50, BINS=4, BLOCK=16)

found = {}
for dtype in (torch.float32, torch.float16, torch.bfloat16):
    for name, run in {
        "attention": lambda: attention(dtype, False),
        "causal attention": lambda: attention(dtype, True),
        "descriptors": lambda: described(dtype),
        "atomics": lambda: histogram(dtype),
        "matmul": lambda: matmul(*(random(33, 33, dtype=dtype, seed=s) for s in (1, 2))),
    }.items():
        with flashlab.metered(sectors=True) as meter:
            run()
        events = [e[:6] + e[7:8] for e in meter.traffic.events]
        digest = hashlib.sha256(repr(events).encode()).hexdigest()[:12]
        sectors = sum(meter.sectors(a) for a in meter.traffic.arrays)
        found[f"{name}, {str(dtype)[6:]}"] = [meter.traffic.hbm_bytes, sectors, digest]
print(json.dumps([triton.__version__, numpy.__version__, found]))
"""


def main(wanted: list[str]) -> int:
    if not sys.platform.startswith("linux"):
        print("triton exists for Linux only; nothing to test here")
        return 1
    unknown = [v for v in wanted if v not in VERSIONS]
    if unknown:
        print(f"unknown version {unknown[0]!r}; known are {', '.join(VERSIONS)}")
        return 1
    rows, counts, failed = [], {}, False
    for version in wanted or VERSIONS:
        start = time.monotonic()
        python = environment(version)
        tests = run(python, "-m", "pytest", "-o", "addopts=-x", *TESTS)
        answer = run(python, "-c", COUNTS)
        found_triton = found_numpy = "?"
        if answer.returncode == 0:
            found_triton, found_numpy, counts[version] = json.loads(answer.stdout)
        said = tests.stdout.strip().splitlines() or ["no output"]
        verdict = said[-1].strip("= ")
        for done in (tests, answer):
            if done.returncode:
                failed = True
                print(done.stdout[-4000:], done.stderr[-4000:], sep="\n")
        rows.append((version, found_triton, found_numpy, verdict, time.monotonic() - start))
        failed |= found_triton != version
    print(f"{'triton':<9}{'numpy':<9}{'seconds':>8}  tests")
    for _, found_triton, found_numpy, verdict, seconds in rows:
        print(f"{found_triton:<9}{found_numpy:<9}{seconds:>8.0f}  {verdict}")
    return 1 if failed or not same(counts) else 0


def same(counts: dict[str, dict]) -> bool:
    """Print whether every version counted the same, and where not."""
    (first, expected), *others = counts.items() or [("", {})]
    good = True
    for version, found in others:
        for name in expected:
            if found[name] != expected[name]:
                good = False
                print(f"{name}: triton {first} {expected[name]}, triton {version} {found[name]}")
    if good:
        print(f"the same bytes, sectors and events in {len(expected)} runs on each")
    return good


def environment(version: str) -> Path:
    """The Python of this version's environment, made where it is missing."""
    folder = FOLDER / f"triton-{version}"
    python = folder / "bin" / "python"
    done = folder / ".done"
    if done.exists():
        return python
    print(f"making {folder.relative_to(ROOT)}", flush=True)
    venv.create(folder, clear=True, with_pip=False)
    packages = [f"triton=={version}", *VERSIONS[version]]
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps",
         "--disable-pip-version-check", *packages],
        check=True,
    )  # fmt: skip
    # after its own packages come those of the environment that runs this
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    (Path(own) / "rest.pth").write_text(sysconfig.get_path("purelib") + "\n")
    done.touch()
    return python


def run(python: Path, *arguments: str) -> subprocess.CompletedProcess:
    paths = [str(ROOT), str(ROOT / "tests")]
    environ = {**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(
        [python, *arguments], cwd=ROOT, env=environ, capture_output=True, text=True
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
