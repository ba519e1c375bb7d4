"""Part 3: the compile report against the launched kernel.

Shared memory, registers and spills that `flashlab.compile_for` gives for this card must be those of
the kernel that was launched, and what it calls impossible must raise OutOfResources.
"""

from __future__ import annotations

import itertools

import torch

from flashlab.cards import CARDS
from flashlab.compiler import compile_for
from flashlab.kernels import backward, forward
from gpu_parts import common

BLOCKS = [(32, 32), (64, 64), (128, 64), (128, 128), (256, 128), (256, 256)]


class Recorder:
    """Stands in for a kernel: launches it and keeps what it was given and what came back."""

    def __init__(self, kernel) -> None:
        self.kernel, self.launch = kernel, None

    def __getitem__(self, grid):
        def launch(*args, **kwargs):
            self.launch = args, kwargs, None
            self.launch = args, kwargs, self.kernel[grid](*args, **kwargs)

        return launch


def this_card() -> str:
    """The name that flashlab.cards has for the card in this machine."""
    name = torch.cuda.get_device_name() if common.has_gpu() else "H100"
    return next(c for c in CARDS if c in name)


def jobs(tiny: bool) -> list[tuple]:
    """(kernel, dtype, head_dim, causal, BLOCK_M, BLOCK_N, num_warps, num_stages)."""
    if tiny:
        return [("flash_forward_kernel", torch.float16, 16, False, 32, 32, 4, 2)]
    out = [
        ("flash_forward_kernel", dtype, d, causal, m, n, 8 if m > 64 else 4, 3)
        for dtype, d, (m, n), causal in itertools.product(
            (torch.float16, torch.float32), (64, 128), BLOCKS, (False, True)
        )
        if not (dtype == torch.float32 and (m > 128 or causal))
    ]
    for kernel in ("dkdv_kernel", "dq_kernel"):
        out += [(kernel, torch.float16, d, True, 64, 64, 4, 2) for d in (64, 128)]
    return out


def one(job) -> dict:
    """Compile for this card, launch, compare."""
    name, dtype, head_dim, causal, m, n, warps, stages = job
    sizes = dict(BLOCK_M=m, BLOCK_N=n, num_warps=warps, num_stages=stages)
    record = {"kernel": name, "dtype": str(dtype)[6:], "head_dim": head_dim, "causal": causal}
    record |= sizes
    module = forward if name == "flash_forward_kernel" else backward
    kernel = getattr(module, name)
    recorder = Recorder(kernel)
    setattr(module, name, recorder)
    seqlen = 256 if common.has_gpu() else 32
    q, k, v, do = common.inputs(1, 2, seqlen, seqlen, head_dim, dtype)
    # fp32 by tf32: the exact product unrolls into code that takes minutes to compile
    options = dict(causal=causal, input_precision="tf32" if common.has_gpu() else "ieee")
    raised = ""
    try:
        if module is forward:
            forward.flash_forward(q, k, v, config=sizes, **options)
        else:
            lse = torch.full(q.shape[:3], 4.0, dtype=torch.float32, device=q.device)
            small = dict(BLOCK_M=32, BLOCK_N=32, num_warps=4, num_stages=1)
            both = {"dkdv": small, "dq": small} | {name.split("_")[0]: sizes}
            backward.flash_backward(q, k, v, q, lse, do, config=both, **options)
        if common.has_gpu():
            torch.cuda.synchronize()
    except Exception as error:
        raised = common.one_line(error)
    finally:
        setattr(module, name, kernel)
    args, kwargs, launched = recorder.launch
    report = compile_for(kernel, this_card(), args=args, **kwargs)
    record |= {"report": {"can_launch": report.can_launch, "why": report.why}, "raised": raised}
    if launched is not None and common.has_gpu():
        said = (report.shared_bytes, report.registers, report.spill_bytes)
        real = (launched.metadata.shared, launched.n_regs, 4 * launched.n_spills)
        record["report"] |= {"shared, registers, spill bytes": said}
        record |= {"launched": real, "equal": said == real}
    out_of_resources = raised.startswith("OutOfResources")
    record["verdict_right"] = report.can_launch == (not raised) and (not raised or out_of_resources)
    return record


def run(options, results) -> dict:
    found = common.in_processes(one, jobs(options.dry_run), options.workers)
    records = [r if r is not None else {"error": "the process died"} for r in found]
    compared = [r for r in records if "equal" in r]
    failures = [r for r in records if not r.get("equal", True) or not r.get("verdict_right")]
    return {
        "card": this_card(),
        "same": sum(r["equal"] for r in compared),
        "compared": len(compared),
        "verdicts_right": sum(bool(r.get("verdict_right")) for r in records),
        "verdicts": len(records),
        "failures": failures,
        "records": records,
    }
