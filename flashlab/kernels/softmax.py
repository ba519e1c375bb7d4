"""Row softmax: one program instance takes one row, in three passes that never leave SRAM."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def row_softmax_kernel(x, out, stride_x, stride_out, n_cols, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    offs = tl.arange(0, BLOCK)  # (BLOCK,)
    inside = offs < n_cols
    # columns beyond the row hold -inf, so that they add exp(-inf) = 0
    s = tl.load(x + row.to(tl.int64) * stride_x + offs, mask=inside, other=float("-inf"))
    s = s.to(tl.float32)
    m = tl.max(s, 0)
    m = tl.where(m == float("-inf"), 0.0, m)  # a row of -inf: avoid -inf - -inf = NaN
    p = tl.exp(s - m)
    l = tl.sum(p, 0)
    p = p / tl.where(l == 0.0, 1.0, l)  # a row of -inf gives zeros
    tl.store(out + row.to(tl.int64) * stride_out + offs, p.to(out.dtype.element_ty), mask=inside)


def row_softmax(x: torch.Tensor) -> torch.Tensor:
    """Softmax over the last axis of x (n_rows, n_cols); a row of -inf gives zeros.

    One row must fit in the registers of one program instance: n_cols up to about 16384. Raises
    ValueError unless x is 2-D.
    """
    if x.dim() != 2:
        raise ValueError(f"row_softmax takes a 2-D tensor, got shape {tuple(x.shape)}")
    x = x if x.stride(1) == 1 else x.contiguous()
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    n_rows, n_cols = x.shape
    block = triton.next_power_of_2(max(n_cols, 1))
    warps = 4 if block <= 2048 else 8 if block <= 8192 else 16
    if n_rows and n_cols:
        row_softmax_kernel[(n_rows,)](
            x, out, x.stride(0), out.stride(0), n_cols, BLOCK=block, num_warps=warps
        )
    return out
