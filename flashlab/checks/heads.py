"""Launches on (batch, nheads, seqlen, head_dim) tensors, and what is read with wrong strides."""

from __future__ import annotations

import numpy as np

from flashlab.checks import harness, kernels
from flashlab.checks.kernels import Launch, Output, Tensor

# memory orders of q, k, v, out: token by token, as they stand, heads outside; head_dim always last
ORDERS = ((0, 2, 1, 3), (0, 1, 2, 3), (1, 0, 2, 3), (2, 0, 1, 3))
NAN = "NaN comes from inf - inf or 0 / 0: are lanes outside loaded with other=0.0, is l_i summed?"


def inputs(batch: int, nheads: int, nheads_k: int, seqlen_q: int, seqlen_k: int, head_dim: int,
           *key):  # fmt: skip
    """Seeded (q, k, v) float32: q (batch, nheads, seqlen_q, head_dim), k and v with nheads_k."""
    drawn = [
        harness.attention_inputs("random", seqlen_q, seqlen_k, head_dim, np.float32, *key, i)
        for i in range(batch * nheads)
    ]
    q, k, v = (np.stack(x).reshape(batch, nheads, -1, head_dim) for x in zip(*drawn, strict=True))
    return q, k[:, :nheads_k], v[:, :nheads_k]


def arguments(q, k, v, dtype: str, n: int, wide: int = 0) -> dict:
    """{q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr, stride_qb ... stride_om}: four layouts, by `n`.

    wide: the batch stride that all four seem to have, in one layout.
    """
    orders = (ORDERS[n % 4 :] + ORDERS[: n % 4]) if not wide else (None,) * 4
    args: dict = {
        name: Tensor(x, dtype, order, wide)
        for name, x, order in zip(("q_ptr", "k_ptr", "v_ptr"), (q, k, v), orders, strict=False)
    }
    args["out_ptr"] = Output(q.shape, dtype, orders[3], wide)
    args["lse_ptr"] = Output(q.shape[:3])
    for name, dims in (("q", "bhm"), ("k", "bhn"), ("v", "bhn"), ("out", "bhm")):
        steps = kernels.strides(args[f"{name}_ptr"])
        args |= {f"stride_{name[0]}{d}": s for d, s in zip(dims, steps, strict=False)}
    return args


def values(args: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(q, k, v) as the kernel gets them, float32 arrays."""
    return tuple(np.asarray(args[f"{name}_ptr"].array, np.float32) for name in "qkv")


def reread(tensor: Tensor, strides: tuple[int, ...]) -> np.ndarray:
    """The tensor's memory read with other strides; NaN where they lead outside."""
    memory = np.zeros(tensor.array.size, np.float64)
    index = np.indices(tensor.shape)
    memory[_offsets(index, kernels.strides(tensor))] = np.asarray(tensor.array, np.float64)
    offsets = _offsets(index, strides)
    inside = offsets < memory.size
    return np.where(inside, memory[np.where(inside, offsets, 0)], np.nan)


def _offsets(index: np.ndarray, strides: tuple[int, ...]) -> np.ndarray:
    return sum(i * s for i, s in zip(index, strides, strict=True))


def check_tensor_cores(kernel, launch: Launch, cards=("A100", "H100")) -> None:
    """Fail where the compiler finds no work for the tensor cores in a launch on 16-bit inputs."""
    for name in cards:
        if not kernels.report(kernel, launch, name).tensor_core:
            harness.fail(
                f"{harness.name_of(kernel)} leaves the tensor cores of the {name} idle",
                "Both sides of a product must stay 16-bit: is q, k or v turned into float32 first?",
            )


def passed_gpu(native) -> None:
    """What a check of compilation says in the end."""
    here = "; values are not checked here" if native is None else ", and right on this GPU"
    harness.passed(f"compiles for an A100 and an H100, for their tensor cores{here}")
