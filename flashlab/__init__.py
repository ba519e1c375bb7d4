"""The bench of *FlashAttention, Tile by Tile*: what the notebooks import.

`import flashlab` needs NumPy only. torch, triton and the widgets are imported by the parts that use
them, when they are first used.
"""

from __future__ import annotations

import importlib

__version__ = "0.1.0"

# public name -> module that defines it; looked up on first use, so that torch and triton stay out
_LAZY: dict[str, str] = {
    "KernelFault": "flashlab.interpreter",
    "TwoLevelMemory": "flashlab.memory",
    "compile_for": "flashlab.compiler",
    "compile_source": "flashlab.compiler",
    "device": "flashlab.interpreter",
    "doctor": "flashlab.diagnosis",
    "measure": "flashlab.memory",
    "metered": "flashlab.interpreter",
    "naive_traffic_slider": "flashlab.widgets.show",
    "recorded": "flashlab.measurements",
    "roofline": "flashlab.widgets.show",
    "softmax_stepper": "flashlab.widgets.show",
    "tile_player": "flashlab.widgets.show",
    "traffic_explorer": "flashlab.widgets.show",
    "what_fits": "flashlab.widgets.show",
}


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'flashlab' has no attribute {name!r}")
    value = getattr(importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
