"""The reference forward kernel as the compiler takes it: read as text, so that torch stays out."""

from __future__ import annotations

from pathlib import Path


def forward_source() -> str:
    """Source of `flashlab/kernels/forward.py`."""
    return (Path(__file__).parent.parent / "kernels/forward.py").read_text()


def forward_signature(dtype: str) -> dict:
    """The signature of a launch on ordinary tensors: sizes and strides that are multiples of 16."""
    strides = {
        f"stride_{tensor}{axis}": "i32:16"
        for tensor, axes in (("q", "bhm"), ("k", "bhn"), ("v", "bhn"), ("o", "bhm"))
        for axis in axes
    }
    return {
        **{name: f"*{dtype}" for name in ("Q", "K", "V", "out")},
        "lse": "*fp32",
        **strides,
        "nheads": "i32",
        "group": 1,
        "seqlen_q": "i32:16",
        "seqlen_k": "i32:16",
        "softmax_scale": "fp32",
    }
