"""Where kernels run here: on a GPU, or on the processor in Triton's interpreter."""

from __future__ import annotations

import os
import platform
import sys
from importlib.util import find_spec

from flashlab.errors import FlashlabError

VARIABLE = "FLASHLAB_DEVICE"  # "cpu" or "cuda": overrides what `device` would choose


class TooLate(FlashlabError, RuntimeError):
    """triton was imported before anybody could say how kernels are to be run."""


def device(choice: str | None = None) -> str:
    """Make this process ready to run kernels and return where tensors go: "cuda" or "cpu".

    Call it before triton is imported; a lesson's set-up cell does. With a GPU the answer is
    "cuda" and kernels run natively. Without one it is "cpu": TRITON_INTERPRET=1 is set, which
    triton reads when it is imported. From then on every launch on CPU tensors is checked, so that
    a wrong address is an error and not the end of the notebook's kernel.

    choice: "cpu" or "cuda" overrides, as does the environment variable FLASHLAB_DEVICE. On a
    machine with a GPU `metered` meters launches on CPU tensors all the same.
    Raises TooLate, or FlashlabError where torch or triton is missing or the choice impossible.
    """
    choice = choice or os.environ.get(VARIABLE)
    if choice not in (None, "cpu", "cuda"):
        raise FlashlabError(f'flashlab.device: "cpu" or "cuda", not {choice!r}')
    require()
    import torch

    found = torch.cuda.is_available()
    if choice == "cuda" and not found:
        raise FlashlabError('flashlab.device("cuda"): torch finds no GPU here; use "cpu"')
    if choice == "cuda" and interpreter_is_on():
        raise FlashlabError('flashlab.device("cuda"): TRITON_INTERPRET is set; unset it, restart')
    if not found:
        _ask_for_the_interpreter()
    from flashlab.interpreter.launch import guard

    guard()
    return choice or ("cuda" if found and not interpreter_is_on() else "cpu")


def _ask_for_the_interpreter() -> None:
    if interpreter_is_on():
        return
    if "triton" in sys.modules:
        raise TooLate(
            "triton was imported before flashlab.device() was called, and there is no GPU: restart "
            "the kernel (Kernel > Restart) and run the set-up cell first"
        )
    os.environ["TRITON_INTERPRET"] = "1"


def interpreter_is_on() -> bool:
    """Whether TRITON_INTERPRET asks for the interpreter (triton's own rule for such a variable)."""
    return os.environ.get("TRITON_INTERPRET", "").lower() in ("1", "true", "yes", "on", "y")


def require(*packages: str) -> None:
    """Raise FlashlabError, in one line, where one of these (torch, triton) is not installed."""
    for package in packages or ("torch", "triton"):
        known = sys.modules.get(package, package)  # None: an import of it is forbidden
        if known is None or (known is package and find_spec(package) is None):
            where = "" if platform.system() == "Linux" else "; triton exists for Linux only"
            raise FlashlabError(
                f"{package} is not installed, and kernels need it: pip install "
                f'"flashlab[triton]"{where}. The NumPy lessons do without.'
            )
