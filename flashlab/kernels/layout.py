"""What the launchers ask of their tensors, in one place."""

from __future__ import annotations

import math

import torch

DTYPES = (torch.float16, torch.bfloat16, torch.float32)


def check_qkv(q, k, v, softmax_scale: float | None) -> float:
    """The softmax scale to use, or ValueError with one line that says what does not fit.

    q: (batch, nheads, seqlen_q, head_dim); k, v: (batch, nheads_k, seqlen_k, head_dim).
    """
    if q.dim() != 4 or k.dim() != 4 or k.shape != v.shape:
        raise ValueError(
            "q, k, v must be (batch, nheads, seqlen, head_dim), k and v alike; got "
            f"{tuple(q.shape)}, {tuple(k.shape)}, {tuple(v.shape)}"
        )
    batch, nheads, _, head_dim = q.shape
    if k.shape[0] != batch or k.shape[3] != head_dim or nheads % max(k.shape[1], 1):
        raise ValueError(
            "q and k must agree in batch and head_dim, and nheads of q must be a multiple of k's; "
            f"got {tuple(q.shape)} and {tuple(k.shape)}"
        )
    if not 16 <= head_dim <= 128:
        raise ValueError(f"head_dim must be 16 to 128, got {head_dim}")
    if not q.dtype == k.dtype == v.dtype or q.dtype not in DTYPES:
        raise ValueError(f"q, k, v must share fp16, bf16 or fp32; got {q.dtype}, {k.dtype}")
    # offsets within one head are 32-bit in the kernels
    for x in (q, k, v):
        if x.shape[2] * x.stride(2) >= 2**31:
            raise ValueError(f"one head spans 2^31 elements or more: strides {x.stride()}")
    scale = 1 / math.sqrt(head_dim) if softmax_scale is None else float(softmax_scale)
    if not scale > 0:
        raise ValueError(f"softmax_scale must be positive, got {scale}")
    return scale


def unit_last_stride(x: torch.Tensor) -> torch.Tensor:
    """x itself when its last dimension is contiguous, else a contiguous copy."""
    return x if x.stride(-1) == 1 else x.contiguous()


def precision_of(dtype: torch.dtype, input_precision: str) -> str:
    """`input_precision` for tl.dot; it matters for fp32 only, so others share one compilation."""
    return input_precision if dtype == torch.float32 else "ieee"
