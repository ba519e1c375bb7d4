"""What instrumentation costs: the forward kernel, instrumented, over the stock interpreter.

    python benchmarks/interpreter.py

Both run the same kernel in the same process, in turn, so that a busy machine slows both; each
number is the least of several runs. A ratio of at most 1.0 means that counting and checking cost
nothing a learner could notice: what is saved on the stock interpreter's side (it changes all of
triton.language at every call of a helper, and computes each sum twice to look for an overflow)
pays for them.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ["TRITON_INTERPRET"] = "1"

import torch  # noqa: E402

import flashlab  # noqa: E402
from flashlab.interpreter import launch  # noqa: E402
from flashlab.kernels import flash_forward  # noqa: E402

CASES = [(128, 32), (256, 32), (512, 64)]  # (N, BLOCK_M = BLOCK_N); one head, head_dim 64, fp32
HEAD_DIM = 64
PARTS = ("races", "outputs", "record and outputs")  # what a run can be without


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="runs of each kind, the least counts")
    runs = parser.parse_args().runs
    print(f"{'N/BLOCK':>9}{'tiles':>7}{'stock':>9}{'metered':>9}{'ratio':>7}   share of each part")
    worst = 0.0
    for n, block in CASES:
        q, k, v = (torch.randn(1, 1, n, HEAD_DIM) for _ in range(3))
        seconds = least(kinds(q, k, v, block), runs)
        full = seconds["metered"]
        ratio = full / seconds["stock"]
        worst = max(worst, ratio)
        shares = ", ".join(f"{part} {(full - seconds[part]) / full:.0%}" for part in PARTS)
        print(
            f"{n:>5}/{block:<3}{(n // block) ** 2:>7}{seconds['stock']:>8.3f}s{full:>8.3f}s"
            f"{ratio:>7.2f}   {shares}"
        )
    print(f"worst ratio {worst:.2f}")


def kinds(q, k, v, block: int) -> dict:
    """{name: a run}; a part's name stands for the run without that part."""
    config = dict(BLOCK_M=block, BLOCK_N=block, num_warps=4, num_stages=1)

    def stock():
        return flash_forward(q, k, v, config=config)

    def metered(outputs=("out", "lse"), **options):
        def run():
            with flashlab.metered(outputs, **options):
                flash_forward(q, k, v, config=config)

        return run

    def unrecorded():  # checked, as a launch outside of `metered` is
        launch.install()
        try:
            flash_forward(q, k, v, config=config)
        finally:
            launch.remove()

    return {
        "stock": stock,
        "metered": metered(),
        "races": metered(races=False),
        "outputs": metered(outputs=()),
        "record and outputs": unrecorded,
    }


def least(runs_of: dict, runs: int) -> dict[str, float]:
    seconds = dict.fromkeys(runs_of, float("inf"))
    for i in range(runs + 1):
        for name, run in runs_of.items():
            start = time.perf_counter()
            run()
            if i:  # the first round reads sources and warms up
                seconds[name] = min(seconds[name], time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    main()
