"""Part 4: DRAM and L2 bytes by Nsight Compute, beside the metered tile bytes and the formulas.

One head that fits in L2, many heads in two orders, and naive PyTorch. Nsight Compute empties the
caches before each kernel, so what one kernel leaves in L2 for the next is not counted as a hit.
Where counters cannot be read the part says so and gives no figure.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

from flashlab.traffic import compulsory_traffic, flash2_traffic, naive_traffic
from gpu_parts import common

METRICS = {
    "dram": ("dram__bytes_read.sum", "dram__bytes_write.sum"),
    # what the SMs ask of L2, in sectors of 32 bytes
    "l2": ("lts__t_sectors_srcunit_tex_op_read.sum", "lts__t_sectors_srcunit_tex_op_write.sum"),
}
SEQLENS = (1024, 2048, 4096, 8192, 16384)
HEAD_DIM = 64
BLOCK_M = 128
ITEMSIZE = 2


def cases(tiny: bool) -> list[tuple[str, int, int]]:
    """(what, heads, seqlen)."""
    if tiny:
        return [("flash", 1, 64)]
    out = [("flash", 1, n) for n in SEQLENS]
    out += [(order, 32, n) for n in SEQLENS[2:] for order in ("flash", "heads_first")]
    return out + [("naive", 1, n) for n in SEQLENS]


def launch(all_cases) -> None:
    """What is profiled: every case once after a warm-up, a marker kernel before each."""
    import torch

    from flashlab import kernels
    from flashlab.kernels import forward
    from gpu_parts import search, speed

    tiny = not common.has_gpu()
    config = search.config(*((32, 32, 4, 1) if tiny else (BLOCK_M, 64, 8, 3)))
    for what, nheads, seqlen in all_cases:
        q, k, v, _ = common.inputs(1, nheads, seqlen, seqlen, HEAD_DIM, torch.float16)
        module = search.load_variant(what) if what in search.VARIANTS else forward

        def fn(what=what, q=q, k=k, v=v, module=module):
            if what == "naive":
                return speed.naive(q, k, v, False)
            return module.flash_forward(q, k, v, config=config)

        fn()
        kernels.row_softmax(q[0, 0])
        if not tiny:
            torch.cuda.synchronize()
            torch.cuda.cudart().cudaProfilerStart()
        kernels.row_softmax(q[0, 0])
        fn()
        if not tiny:
            torch.cuda.synchronize()
            torch.cuda.cudart().cudaProfilerStop()


def formulas(what: str, nheads: int, seqlen: int) -> dict:
    """MB (10^6 bytes) that the tiles need and that any attention must move."""
    sizes = (seqlen, seqlen, HEAD_DIM)
    if what == "naive":
        tiles = naive_traffic(*sizes, ITEMSIZE)
    else:
        tiles = flash2_traffic(*sizes, BLOCK_M, ITEMSIZE, 4)
    least = compulsory_traffic(*sizes, ITEMSIZE)
    return {
        "tile_mb": nheads * sum(tiles.values()) / 1e6,
        "compulsory_mb": nheads * sum(least.values()) / 1e6,
    }


def counters() -> tuple[list[dict[str, float]], str]:
    """({metric: bytes or sectors} of each case, or what went wrong)."""
    names = ",".join(name for group in METRICS.values() for name in group)
    command = ["ncu", "--profile-from-start", "off", "--clock-control", "none", "--csv"]
    command += ["--metrics", names, sys.executable, __file__]
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "benchmarks")])}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=240)
    sums: list[dict[str, float]] = []
    at = done.stdout.find('"ID"')
    seen = ""
    for row in csv.DictReader(io.StringIO(done.stdout[at:])) if at >= 0 else ():
        if row["Kernel Name"].startswith("row_softmax_kernel"):
            if row["ID"] != seen:  # one row a metric
                sums.append({})
            seen = row["ID"]
            continue
        try:
            value = float(row["Metric Value"].replace(",", ""))
        except ValueError:
            return [], f"{row['Metric Name']} is {row['Metric Value']}"
        scale = {"byte": 1, "Kbyte": 1e3, "Mbyte": 1e6, "Gbyte": 1e9}.get(row["Metric Unit"], 1)
        name = row["Metric Name"]
        sums[-1][name] = sums[-1].get(name, 0.0) + value * scale
    words = (done.stdout + done.stderr).strip().splitlines()
    return sums, "" if sums else (words or ["ncu said nothing"])[-1][:300]


def run(options, results) -> dict:
    if options.dry_run:
        launch(cases(True))
        return {"note": "launched once; no counters on a CPU"}
    if shutil.which("ncu") is None:
        return {"note": "Nsight Compute (ncu) is not installed: not measured"}
    sums, problem = counters()
    if len(sums) != len(cases(False)):
        return {"note": f"counters cannot be read: {problem or f'{len(sums)} cases counted'}"}
    rows = [
        {
            "what": what,
            "heads": nheads,
            "seqlen": seqlen,
            "dram_mb": sum(counted[name] for name in METRICS["dram"]) / 1e6,
            "l2_mb": 32 * sum(counted[name] for name in METRICS["l2"]) / 1e6,
            **formulas(what, nheads, seqlen),
        }
        for (what, nheads, seqlen), counted in zip(cases(False), sums, strict=True)
    ]
    return {"head_dim": HEAD_DIM, "BLOCK_M": BLOCK_M, "dtype": "float16", "rows": rows}


if __name__ == "__main__":
    launch(cases(False))
