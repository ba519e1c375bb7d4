"""What this machine can do for the course, in plain words: `python -m flashlab.diagnosis`."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from typing import NamedTuple


class Diagnosis(NamedTuple):
    """What was found: versions as strings, "" where a package is missing."""

    python: str
    system: str  # "Linux x86_64"
    numpy: str
    torch: str
    triton: str
    gpu: str  # name and compute capability, "" without one

    def __str__(self) -> str:
        return "\n".join(f"{what:<8}{finding}" for what, finding in self.lines())

    def lines(self) -> list[tuple[str, str]]:
        """(subject, finding) in plain words."""
        return [
            ("Python", f"{self.python} on {self.system}"),
            ("NumPy", self.numpy or "missing: pip install numpy"),
            ("torch", self.torch or "not installed; the NumPy lessons do without"),
            ("Triton", self._triton()),
            ("GPU", self._gpu()),
            ("Lessons", self._lessons()),
        ]

    def _triton(self) -> str:
        if self.triton:
            return self.triton
        if not self.system.startswith("Linux"):
            return "there is none for this system; for the Triton lessons use Linux or Colab"
        return "not installed; the Triton lessons need it: pip install triton"

    def _gpu(self) -> str:
        return self.gpu or "none found; nothing in the course needs one"

    def _lessons(self) -> str:
        if not self.triton:
            return "the NumPy lessons run here in full"
        where = "on the GPU" if self.gpu else "on the processor, in the instrumented interpreter"
        return f"the NumPy lessons run here in full, the Triton lessons {where}"


def diagnose() -> Diagnosis:
    """Look at this machine. Imports torch only when it is installed."""
    system = f"{platform.system()} {platform.machine()}"
    return Diagnosis(
        platform.python_version(),
        system,
        *(_version(name) for name in ("numpy", "torch", "triton")),
        _gpu() if _version("torch") else "",
    )


def doctor() -> None:
    """Print what this machine can do."""
    print(diagnose())


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _gpu() -> str:
    try:
        import torch

        if not torch.cuda.is_available():
            return ""
        major, minor = torch.cuda.get_device_capability()
        return f"{torch.cuda.get_device_name()} (sm_{major}{minor})"
    except (ImportError, OSError, RuntimeError) as error:
        print(f"torch is installed but does not start: {error}", file=sys.stderr)
        return ""


if __name__ == "__main__":
    doctor()
