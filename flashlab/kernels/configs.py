"""Block sizes, warps and stages: what fits a card's shared memory and is fast there."""

from __future__ import annotations

import torch


def _config(BLOCK_M: int, BLOCK_N: int, num_warps: int, num_stages: int) -> dict:
    return dict(BLOCK_M=BLOCK_M, BLOCK_N=BLOCK_N, num_warps=num_warps, num_stages=num_stages)


def compute_capability(device: torch.device) -> int:
    """75, 80, 90 ... of a CUDA device; 0 for a CPU (the interpreter) or another maker's card."""
    if device.type != "cuda" or torch.version.hip is not None:
        return 0
    major, minor = torch.cuda.get_device_capability(device)
    return 10 * major + minor


def forward_config(head_dim: int, dtype: torch.dtype, causal: bool, device: torch.device) -> dict:
    """BLOCK_M, BLOCK_N, num_warps, num_stages for the forward kernel on this device."""
    cc = compute_capability(device)
    wide = head_dim > 64
    if cc == 75:  # no tensor-core instruction from Triton, 64 KB of shared memory: stay small
        return _config(32, 32, 4, 1)
    if dtype == torch.float32:
        return _config(64, 32, 4, 2)
    if cc in (90, 100):
        return _config(128, 64, 8, 3)
    if cc == 80:
        return _config(128, 64, 8, 3) if wide else _config(128, 64, 4, 3)
    # 99 KB cards, other makers and the interpreter
    return _config(64, 64, 4, 2) if wide else _config(64, 64, 4, 3)


def backward_config(head_dim: int, dtype: torch.dtype, causal: bool, device: torch.device) -> dict:
    """{"dkdv": ..., "dq": ...}: a configuration for each of the two backward kernels.

    In "dkdv" a program instance owns BLOCK_N keys and walks over BLOCK_M queries at a time; in
    "dq" it owns BLOCK_M queries and walks over BLOCK_N keys.
    """
    cc = compute_capability(device)
    wide = head_dim > 64
    if cc == 75 or dtype == torch.float32:
        small = _config(32, 32, 4, 1)
        return {"dkdv": small, "dq": small}
    if cc in (90, 100):
        dkdv = _config(64, 128, 8, 3) if wide else _config(32, 128, 4, 3)
        return {"dkdv": dkdv, "dq": _config(128, 64, 8, 3)}
    if wide:
        return {"dkdv": _config(32, 64, 4, 2), "dq": _config(64, 32, 4, 2)}
    return {"dkdv": _config(64, 64, 4, 2), "dq": _config(64, 64, 4, 2)}
