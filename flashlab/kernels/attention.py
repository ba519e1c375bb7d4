"""The forward and the backward kernels as one differentiable function."""

from __future__ import annotations

import torch

from flashlab.kernels.backward import flash_backward
from flashlab.kernels.forward import flash_forward


class _FlashAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v, causal, softmax_scale, input_precision):
        options = dict(causal=causal, softmax_scale=softmax_scale, input_precision=input_precision)
        out, lse = flash_forward(q, k, v, **options)
        ctx.save_for_backward(q, k, v, out, lse)
        ctx.options = options
        return out

    @staticmethod
    def backward(ctx, do):
        return (*flash_backward(*ctx.saved_tensors, do, **ctx.options), None, None, None)


def flash_attention(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    *,
    causal: bool = False,
    softmax_scale: float | None = None,
    input_precision: str = "ieee",
) -> torch.Tensor:
    """`flash_forward` without the log-sum-exp, differentiable in q, k and v. Same arguments."""
    return _FlashAttention.apply(q, k, v, causal, softmax_scale, input_precision)
