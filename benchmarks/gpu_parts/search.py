"""Try block sizes, warps and stages, and say which is fastest; later parts use the winners.

Configurations are compiled by a pool of processes into Triton's disk cache first, then timed one
after the other. Variants are edits of the forward kernel's source, to learn what a choice is worth.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import tempfile
from importlib import util
from pathlib import Path

import torch

from flashlab.kernels import backward, forward
from gpu_parts import common

# what a variant replaces in forward.py
VARIANTS = {
    "heads_first": [  # neighbours belong to different heads
        (
            "off_bh = tl.program_id(0) // n_tiles",
            "n_bh = tl.num_programs(0) // n_tiles\n        off_bh = tl.program_id(0) % n_bh",
        ),
        ("start_m = tl.program_id(0) % n_tiles", "start_m = tl.program_id(0) // n_bh"),
    ],
    "tiles_first": [  # also in causal attention
        ("off_bh = tl.program_id(0) % n_bh", "off_bh = tl.program_id(0) // n_tiles"),
        (
            "start_m = n_tiles - 1 - tl.program_id(0) // n_bh",
            "start_m = n_tiles - 1 - tl.program_id(0) % n_tiles",
        ),
    ],
    "warp_specialized": [
        ("in range(lo, hi, BLOCK_N)", "in tl.range(lo, hi, BLOCK_N, warp_specialize=True)"),
    ],
    "loads_first": [  # V requested before the softmax
        (
            "        qk = tl.dot(q, tl.trans(k), input_precision=INPUT_PRECISION)",
            "        v = tl.load(v_tile)\n"
            "        qk = tl.dot(q, tl.trans(k), input_precision=INPUT_PRECISION)",
        ),
        (
            "        elif HEAD_DIM == v_ptrs.shape[1]:\n            v = tl.load(v_tile)\n"
            "        else:\n            v = tl.load(v_tile, mask=offs_d[None, :] < HEAD_DIM, "
            "other=0.0)\n",
            "",
        ),
        (
            "        v = tl.load(v_tile)\n",
            "        if not MASKED:\n            v = tl.load(v_tile)\n",
        ),
    ],
}


def config(block_m, block_n, warps, stages) -> dict:
    return dict(BLOCK_M=block_m, BLOCK_N=block_n, num_warps=warps, num_stages=stages)


def space(way: str, tiny: bool) -> list[dict]:
    if tiny:
        return [config(16, 16, 4, 1), config(32, 16, 4, 1)]
    if way == "forward":
        choices = itertools.product((64, 128, 256), (32, 64, 128), (4, 8), (2, 3, 4))
        # 64 rows feed one warpgroup; 256 rows in 4 warps cannot hold the accumulator
        keep = [c for c in choices if (c[0], c[2]) not in ((64, 8), (256, 4))]
    else:
        choices = itertools.product((32, 64, 128), (32, 64, 128), (4, 8), (1, 2, 3))
        own = 1 if way == "dkdv" else 0  # the side that the program instance owns
        keep = [c for c in choices if c[own] >= 64 and not (c[own] == 64 and c[2] == 8)]
    return [config(*c) for c in keep]


def load_variant(name: str):
    text = Path(forward.__file__).read_text()
    for old, new in VARIANTS[name]:
        if old not in text:
            raise ValueError(f"variant {name}: no {old!r} in forward.py")
        text = text.replace(old, new)
    path = Path(tempfile.gettempdir()) / f"flash_forward_{name}_{os.getuid()}.py"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    spec = util.spec_from_file_location(path.stem, path)
    module = sys.modules[path.stem] = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def runner(job, tensors):
    """A function that launches the job once. job: (way, variant, head_dim, causal, config)."""
    way, variant, _, causal, c = job
    q, k, v, do = tensors
    if way == "forward":
        launch = (load_variant(variant) if variant else forward).flash_forward
        return lambda: launch(q, k, v, causal=causal, config=c)
    # the other kernel stays at a modest configuration, the same for all
    other = config(32, 32, 4, 1) if not common.has_gpu() else config(64, 64, 4, 2)
    both = {"dkdv": other, "dq": other} | {way: c}
    # near the log-sum-exp of random scores, so that P is of ordinary size
    lse = torch.full(q.shape[:3], 9.5, dtype=torch.float32, device=q.device)
    return lambda: backward.flash_backward(q, k, v, do, lse, do, causal=causal, config=both)


def small_inputs(head_dim, tiny):
    # the same divisibility of every size and stride as in the timed launch
    return common.inputs(1, 2 if tiny else 16, 32 if tiny else 256, 32 if tiny else 256, head_dim,
                         torch.float16)  # fmt: skip


def compile_one(job) -> str:
    """Compile and launch once at a small size; "", or the reason why it cannot run."""
    try:
        runner(job, small_inputs(job[2], not common.has_gpu()))()
        if common.has_gpu():
            torch.cuda.synchronize()
    except Exception as error:
        return common.one_line(error)
    return ""


def compile_all(jobs, workers) -> list[str]:
    said = common.in_processes(compile_one, jobs, workers)
    return ["the compiling process died" if reason is None else reason for reason in said]


def time_all(jobs, errors, tiny, seqlen) -> list[dict]:
    records = []
    tensors, held = None, None
    for job, error in zip(jobs, errors, strict=True):
        way, variant, head_dim, causal, c = job
        record = {"way": way, "variant": variant, "head_dim": head_dim, "causal": causal, **c}
        if not error:
            if held != head_dim:
                tensors = small_inputs(head_dim, True) if tiny else common.inputs(
                    16384 // seqlen, 2048 // head_dim, seqlen, seqlen, head_dim, torch.float16
                )  # fmt: skip
                held = head_dim
            try:
                fn = runner(job, tensors)
                fn()
                record["ms"] = round(statistics.median(common.times_ms(fn, 7)), 4)
            except Exception as failure:
                error = common.one_line(failure)
        if error:
            record["error"] = error
        records.append(record)
    return records


def best(records, **where) -> list[dict]:
    rows = [r for r in records if "ms" in r and all(r[k] == v for k, v in where.items())]
    return sorted(rows, key=lambda r: r["ms"])


def use(winners: dict) -> None:
    """From here on the launchers use the winners: {(way, head_dim, causal): config}."""

    def pick(original, ways):
        def chosen(head_dim, dtype, causal, device):
            fallback = original(head_dim, dtype, causal, device)
            if dtype == torch.float32:
                return fallback
            found = {w: winners.get((w, 64 if head_dim <= 64 else 128, causal)) for w in ways}
            if ways == ("forward",):
                return found["forward"] or fallback
            return {w: found[w] or fallback[w] for w in ways}

        return chosen

    forward.forward_config = pick(forward.forward_config, ("forward",))
    backward.backward_config = pick(backward.backward_config, ("dkdv", "dq"))


def run(options, results) -> dict:
    tiny = options.dry_run
    wanted = options.search_only.split(",")
    ways = [w for w in ("forward", "dkdv", "dq") if (w if w == "forward" else "backward") in wanted]
    dims, seqlen = ((16,), 32) if tiny else ((64, 128), 8192)
    cases = list(itertools.product(ways, dims, (False, True)))
    jobs = [(w, None, d, causal, c) for w, d, causal in cases for c in space(w, tiny)]
    records = time_all(jobs, compile_all(jobs, options.workers), tiny, seqlen)
    variant_jobs = [
        (w, variant, d, causal, {key: r[key] for key in config(0, 0, 0, 0)})
        for w, d, causal in cases
        if w == "forward"
        for variant in VARIANTS
        for r in best(records, way=w, head_dim=d, causal=causal)[: 1 if tiny else 3]
    ]
    records += time_all(variant_jobs, compile_all(variant_jobs, options.workers), tiny, seqlen)
    winners = {}
    for w, d, causal in cases:
        first = best(records, way=w, variant=None, head_dim=d, causal=causal)[:1]
        if first:
            winners[w, d, causal] = {key: first[0][key] for key in config(0, 0, 0, 0)}
    use(winners)
    return {
        "seqlen": seqlen,
        "winners": [
            {"way": w, "head_dim": d, "causal": causal, **c}
            for (w, d, causal), c in winners.items()
        ],
        "top": [
            r
            for w, d, causal in cases
            for variant in [None, *(VARIANTS if w == "forward" else ())]
            for r in best(records, way=w, variant=variant, head_dim=d, causal=causal)[:5]
        ],
        "records": records,
    }
