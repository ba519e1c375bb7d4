"""Part 1: every reference kernel against float64, by the 2x rule, on ordinary and awkward shapes.

max|got - exact| <= 2 * max|plain - exact| + floor, where plain is the ordinary implementation in
the same dtype on the same device, and floor twice what adding and taking away 0.3 costs (in float32
plus 8 units in the last place), as in flashlab.checks.harness.error_bound.

tf32: a tensor core reads the upper 19 bits of each operand. cuBLAS rounds to them first, Triton
does not, so that its operands are cut off. plain does the same; `cublas` in a record is the largest
error of PyTorch's own tf32, for comparison.
"""

from __future__ import annotations

import torch

from flashlab import kernels
from gpu_parts import common

# seqlen_q, seqlen_k, head_dim, nheads, nheads_k
SHAPES = [
    (128, 128, 64, 2, 2),
    (512, 512, 128, 4, 4),
    (1024, 1024, 64, 4, 4),
    (1, 1, 16, 1, 1),
    (17, 17, 32, 2, 2),
    (63, 63, 64, 2, 2),
    (127, 129, 64, 2, 1),
    (113, 203, 64, 3, 1),
    (203, 113, 64, 2, 2),
    (108, 256, 128, 4, 2),
    (1, 700, 128, 8, 2),
    (257, 65, 40, 2, 2),
    (333, 333, 80, 6, 2),
    (64, 20, 96, 2, 2),
]
TINY = [(17, 17, 16, 2, 1), (33, 20, 32, 2, 2)]


def to_tf32(x):
    """float32 with the lower 13 bits of the mantissa cut off."""
    return (x.contiguous().view(torch.int32) & -(1 << 13)).view(torch.float32)


class Tf32Product(torch.autograd.Function):
    """a @ b for operands cut off to tf32, and the same in its gradients; sums in float32."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return to_tf32(a) @ to_tf32(b)

    @staticmethod
    def backward(ctx, g):
        a, b = map(to_tf32, ctx.saved_tensors)
        return to_tf32(g) @ b.transpose(-1, -2), a.transpose(-1, -2) @ to_tf32(g)


def plain_attention(q, k, v, causal, dtype, product=torch.matmul):
    """Attention in three steps in `dtype`; returns out, lse. GQA by repeating heads."""
    q, k, v = q.to(dtype), k.to(dtype), v.to(dtype)
    group = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    s = product(q, k.transpose(-1, -2)).to(torch.promote_types(dtype, torch.float32))
    s = s * q.shape[-1] ** -0.5
    if causal:
        nq, nk = s.shape[-2:]
        seen = torch.ones(nq, nk, dtype=torch.bool, device=s.device).tril(nk - nq)
        s = s.masked_fill(~seen, float("-inf"))
    lse = torch.logsumexp(s, -1)
    p = torch.exp(s - torch.where(lse.isneginf(), 0, lse)[..., None])
    return product(p.to(dtype), v), lse


def with_grads(q, k, v, do, causal, dtype, product=torch.matmul):
    q, k, v = (x.detach().to(dtype).requires_grad_() for x in (q, k, v))
    out, lse = plain_attention(q, k, v, causal, dtype, product)
    grads = torch.autograd.grad(out, (q, k, v), do.to(dtype))
    return [out.detach(), lse.detach(), *grads]


def bound(exact, plain, dtype) -> float:
    rounded = exact.to(dtype)
    floor = (rounded + 0.3 - 0.3).double() - exact
    finite = exact.isfinite()
    if not finite.any():
        return 0.0
    error = (plain.double() - exact)[finite].abs().max()
    limit = 2 * error + 2 * floor[finite].abs().max()
    if dtype == torch.float32:
        limit += 8 * torch.finfo(dtype).eps * exact[finite].abs().max()
    return float(limit)


def cancelled(q, k, v, do, precision) -> float:
    """How far dq and dk may be off where they are exactly 0: one key, so that dP - delta cancels.

    dP and delta add the same products, delta from the output as it was stored. Each operand is off
    by at most one unit in its last place: 4 of them, times sum |do v|, times the other factor.
    """
    unit = 2.0**-10 if precision == "tf32" else torch.finfo(q.dtype).eps
    sums = (do.double().abs() @ v.double().abs().transpose(-1, -2)).max()
    other = max(q.abs().max(), k.abs().max())
    return float(4 * unit * sums * other * q.shape[-1] ** -0.5)


def judge(got, exact, plain, dtype, if_zero=0.0) -> dict:
    finite = exact.isfinite()
    same_infinities = bool((got.isneginf() == exact.isneginf()).all()) and not got.isnan().any()
    error = float((got.double() - exact)[finite].abs().max()) if finite.any() else 0.0
    limit = bound(exact, plain, dtype)
    if finite.any() and exact[finite].abs().max() < 1e-12:
        limit = max(limit, if_zero)
    norm = exact[finite].square().mean().sqrt() if finite.any() else 0
    rmse = float((got.double() - exact)[finite].square().mean().sqrt() / norm) if norm > 0 else 0.0
    return {
        "error": error,
        "bound": limit,
        "relative_rmse": rmse,
        "ok": bool(same_infinities and error <= limit),
    }


def attention_case(shape, dtype, precision, causal) -> dict:
    seqlen_q, seqlen_k, head_dim, nheads, nheads_k = shape
    q, k, v, do = common.inputs(2, nheads, seqlen_q, seqlen_k, head_dim, dtype, nheads_k)
    q = q.transpose(1, 2).contiguous().transpose(1, 2)  # (batch, seqlen, nheads, head_dim) strides
    product = Tf32Product.apply if precision == "tf32" else torch.matmul
    plain = with_grads(q, k, v, do, causal, dtype, product)
    exact = with_grads(q.double(), k.double(), v.double(), do.double(), causal, torch.float64)
    options = dict(causal=causal, input_precision=precision)
    out, lse = kernels.flash_forward(q, k, v, **options)
    grads = kernels.flash_backward(q, k, v, out, lse, do, **options)
    names = ("out", "lse", "dq", "dk", "dv")
    dtypes = (dtype, torch.float32, dtype, dtype, dtype)
    group = nheads // nheads_k
    spread = [x.repeat_interleave(group, 1) for x in (k, v)]
    if_zero = cancelled(q, *spread, do, precision)
    verdicts = {
        name: judge(got, e, p, dt, if_zero if name in ("dq", "dk") else 0.0)
        for name, got, e, p, dt in zip(names, (out, lse, *grads), exact, plain, dtypes, strict=True)
    }
    record = {
        "kernel": "flash",
        "shape": list(shape),
        "dtype": str(dtype)[6:],
        "precision": precision,
        "causal": causal,
        "ok": all(v["ok"] for v in verdicts.values()),
        "verdicts": verdicts,
    }
    if precision == "tf32":
        torch.backends.cuda.matmul.allow_tf32 = True
        theirs = plain_attention(q, k, v, causal, dtype)[0]
        torch.backends.cuda.matmul.allow_tf32 = False
        record["cublas"] = float((theirs.double() - exact[0]).abs().max())
    return record


def other_cases(dtype, precision) -> list[dict]:
    cases = []
    sizes = [(64, 64, 64), (33, 50, 20)] + ([(1000, 700, 300)] if common.has_gpu() else [])
    for m, k, n in sizes:
        a, b, *_ = common.inputs(1, 1, m, n, k, dtype)
        a, b = a[0, 0], b[0, 0].T
        plain = Tf32Product.apply(a, b) if precision == "tf32" else a @ b
        got = kernels.matmul(a, b, input_precision=precision)
        verdict = judge(got, a.double() @ b.double(), plain, dtype)
        cases.append({"kernel": "matmul", "shape": [m, k, n], **verdict})
    for rows, cols in [(3, 17), (5, 1000 if common.has_gpu() else 40)]:
        x = common.inputs(1, 1, rows, rows, cols, dtype)[0][0, 0]
        verdict = judge(kernels.row_softmax(x), x.double().softmax(1), x.softmax(1), dtype)
        cases.append({"kernel": "softmax", "shape": [rows, cols], **verdict})
    return [{"dtype": str(dtype)[6:], "precision": precision, **c} for c in cases]


def cases_of(job) -> list[dict]:
    """The records of one job: (shape or None for the other kernels, dtype, precision, causal)."""
    shape, dtype, precision, causal = job
    try:
        if shape is None:
            return other_cases(dtype, precision)
        return [attention_case(shape, dtype, precision, causal)]
    except Exception as error:
        kernel = "flash" if shape else "matmul, softmax"
        message = common.one_line(error, 400)
        return [{"kernel": kernel, "job": str(job), "ok": False, "error": message}]


def run(options, results) -> dict:
    kinds = [(torch.float16, "ieee"), (torch.float32, "ieee")]
    if not options.dry_run:  # the stock interpreter computes bf16 wrongly and has no tf32
        kinds += [(torch.bfloat16, "ieee"), (torch.float32, "tf32")]
    shapes = TINY if options.dry_run else SHAPES
    jobs = [
        (shape, *kind, causal) for kind in kinds for shape in shapes for causal in (False, True)
    ]
    jobs += [(None, *kind, False) for kind in kinds]
    found = common.in_processes(cases_of, jobs, options.workers)
    died = {"ok": False, "error": "the process died"}
    cases = [
        c
        for job, records in zip(jobs, found, strict=True)
        for c in (
            records if records is not None else [{"kernel": "flash", "job": str(job), **died}]
        )
    ]
    failures = [c for c in cases if not c["ok"]]
    worst = [
        v["error"] / v["bound"]
        for c in cases
        for v in c.get("verdicts", {"": c} if "bound" in c else {}).values()
        if v["bound"]
    ]
    return {
        "cases": len(cases),
        "failures": failures,
        "worst_error_over_bound": round(max(worst, default=0), 3),
        "records": cases,
    }
