"""Tiled matrix product: one program instance makes one tile of C and walks over K."""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def matmul_kernel(
    a, b, c,
    stride_am, stride_ak, stride_bk, stride_bn, stride_cm, stride_cn,
    M, N, K,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
    INPUT_PRECISION: tl.constexpr,
):  # fmt: skip
    # neighbours along axis 0 share the columns of B, which then stay in L2
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    offs_k = tl.arange(0, BLOCK_K)
    row, col = offs_m[:, None] < M, offs_n[None, :] < N
    a_ptrs = a + offs_m[:, None].to(tl.int64) * stride_am + offs_k[None, :] * stride_ak
    b_ptrs = b + offs_k[:, None] * stride_bk + offs_n[None, :].to(tl.int64) * stride_bn

    acc = tl.zeros((BLOCK_M, BLOCK_N), dtype=tl.float32)
    for start_k in range(0, K, BLOCK_K):
        # the last tile may be partial: what lies outside is 0 and adds nothing
        a_tile = tl.load(a_ptrs, mask=row & (offs_k[None, :] < K - start_k), other=0.0)
        b_tile = tl.load(b_ptrs, mask=col & (offs_k[:, None] < K - start_k), other=0.0)
        acc = tl.dot(a_tile, b_tile, acc, input_precision=INPUT_PRECISION)
        a_ptrs += BLOCK_K * stride_ak
        b_ptrs += BLOCK_K * stride_bk

    c_ptrs = c + offs_m[:, None].to(tl.int64) * stride_cm + offs_n[None, :] * stride_cn
    tl.store(c_ptrs, acc.to(c.dtype.element_ty), mask=row & col)


MATMUL_CONFIG = dict(BLOCK_M=128, BLOCK_N=128, BLOCK_K=64, num_warps=8, num_stages=3)
MATMUL_CONFIG_FP32 = dict(BLOCK_M=64, BLOCK_N=64, BLOCK_K=32, num_warps=4, num_stages=2)


def matmul(
    a: torch.Tensor, b: torch.Tensor, *, input_precision: str = "ieee", config: dict | None = None
) -> torch.Tensor:
    """a (M, K) @ b (K, N) -> (M, N) in a's dtype, accumulated in float32.

    input_precision: "ieee" or "tf32", for float32 inputs. config: BLOCK_M, BLOCK_N, BLOCK_K,
    num_warps, num_stages. Raises ValueError when shapes or dtypes do not match.
    """
    if a.dim() != 2 or b.dim() != 2 or a.shape[1] != b.shape[0] or a.dtype != b.dtype:
        raise ValueError(
            f"matmul takes (M, K) and (K, N) of one dtype, got {tuple(a.shape)} {a.dtype} "
            f"and {tuple(b.shape)} {b.dtype}"
        )
    (M, K), N = a.shape, b.shape[1]
    config = config or (MATMUL_CONFIG_FP32 if a.dtype == torch.float32 else MATMUL_CONFIG)
    c = torch.empty((M, N), dtype=a.dtype, device=a.device)
    grid = (triton.cdiv(M, config["BLOCK_M"]), triton.cdiv(N, config["BLOCK_N"]))
    if c.numel():
        matmul_kernel[grid](
            a, b, c, *a.stride(), *b.stride(), *c.stride(), M, N, K,
            INPUT_PRECISION=input_precision, **config,
        )  # fmt: skip
    return c
