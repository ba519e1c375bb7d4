"""Part 2: TFLOP/s of the kernels, beside SDPA's flash and cuDNN backends and naive PyTorch.

fp16, 16k tokens, nheads * head_dim = 2048, as in the papers (FlashAttention-2, section 4.1).
Forward and backward are timed apart; median of interleaved rounds, L2 flushed, random inputs.
"""

from __future__ import annotations

import gc

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from flashlab import kernels
from gpu_parts import common

TOKENS, WIDTH = 16384, 2048
SEQLENS = (512, 1024, 2048, 4096, 8192, 16384)


def naive(q, k, v, causal):
    s = (q @ k.transpose(-1, -2)) * q.shape[-1] ** -0.5
    if causal:
        s = s + torch.full(s.shape[-2:], float("-inf"), dtype=s.dtype, device=s.device).triu(1)
    return torch.softmax(s, -1) @ v


def forced(backend):
    def attention(q, k, v, causal):
        with sdpa_kernel(backend):
            return F.scaled_dot_product_attention(q, k, v, is_causal=causal)

    return attention


def ours(q, k, v, causal):
    return kernels.flash_attention(q, k, v, causal=causal)


def contenders() -> dict:
    if not common.has_gpu():
        return {"ours": ours, "sdpa_math": forced(SDPBackend.MATH), "naive": naive}
    return {
        "ours": ours,
        "sdpa_flash": forced(SDPBackend.FLASH_ATTENTION),
        "sdpa_cudnn": forced(SDPBackend.CUDNN_ATTENTION),
        "naive": naive,
    }


def one(batch, nheads, seqlen, head_dim, causal, rounds) -> dict:
    q, k, v, do = common.inputs(batch, nheads, seqlen, seqlen, head_dim, torch.float16)
    forward, backward, errors = {}, {}, {}
    for name, fn in contenders().items():
        forward[name] = lambda fn=fn: fn(q, k, v, causal)
    with torch.no_grad():
        record = {"forward": common.interleaved(forward, rounds)}
    for x in (q, k, v):
        x.requires_grad_()
    for name, fn in contenders().items():
        try:
            out = fn(q, k, v, causal)
            backward[name] = lambda out=out: torch.autograd.grad(
                out, (q, k, v), do, retain_graph=True
            )
        except Exception as error:
            errors[name] = {"error": common.one_line(error)}
    record["backward"] = {**common.interleaved(backward, rounds), **errors}
    for way in ("forward", "backward"):
        work = common.attention_tflop(batch, nheads, seqlen, head_dim, causal, way == "backward")
        for timing in record[way].values():
            if "ms" in timing:
                timing["tflops"] = round(work / (timing["ms"] / 1e3), 2)
    backward.clear()
    return record


def ratio(record, way, other) -> float | None:
    """Speed of ours over `other`: above 1 is faster."""
    mine, theirs = record[way].get("ours", {}), record[way].get(other, {})
    return round(theirs["ms"] / mine["ms"], 3) if "ms" in mine and "ms" in theirs else None


def bars(rows) -> list[dict]:
    """The bars of the plan, each met or not: forward and backward over SDPA-flash, causal gain."""
    out = []
    for row in rows:
        if row["seqlen"] < 4096:
            continue
        wanted = [("forward", 1.0 if row["head_dim"] == 64 else 0.9)]
        if row["head_dim"] == 64:
            wanted.append(("backward", 0.5))
        for way, least in wanted:
            got = row["ratios"][way]["sdpa_flash"]
            where = {key: row[key] for key in ("seqlen", "head_dim", "causal")}
            met = got is not None and got >= least
            out.append({"bar": f"{way} >= {least} of sdpa_flash", **where, "got": got, "met": met})
    full = {(r["seqlen"], r["head_dim"]): r for r in rows if not r["causal"]}
    for row in rows:
        twin = full.get((row["seqlen"], row["head_dim"]))
        if not row["causal"] or row["seqlen"] < 4096 or twin is None:
            continue
        pair = [r["forward"].get("ours", {}).get("ms") for r in (row, twin)]
        got = round(pair[0] / pair[1], 3) if all(pair) else None
        where = {key: row[key] for key in ("seqlen", "head_dim")}
        met = got is not None and got <= 0.62
        out.append({"bar": "causal time <= 0.62 of full", **where, "got": got, "met": met})
    return out


def run(options, results) -> dict:
    rows = []
    tokens, width, seqlens = (64, 32, (32, 64)) if options.dry_run else (TOKENS, WIDTH, SEQLENS)
    for head_dim in (16, 32) if options.dry_run else (64, 128):
        for causal in (False, True):
            for seqlen in seqlens:
                batch, nheads = tokens // seqlen, width // head_dim
                record = one(batch, nheads, seqlen, head_dim, causal, 1 if options.dry_run else 4)
                gc.collect()
                if common.has_gpu():
                    torch.cuda.empty_cache()
                row = {"seqlen": seqlen, "head_dim": head_dim, "causal": causal, **record}
                others = [n for n in contenders() if n != "ours"]
                row["ratios"] = {
                    way: {n: ratio(record, way, n) for n in others}
                    for way in ("forward", "backward")
                }
                rows.append(row)
    return {"tokens": tokens, "dtype": "float16", "rows": rows} | (
        {} if options.dry_run else {"bars": bars(rows)}
    )
