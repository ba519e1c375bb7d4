"""What stands in the sandbox in the place of things that hold answers or are graded elsewhere.

Libraries with ready-made attention can be imported and named, so that a cell that also does
something else still runs; whoever calls them is told that they are not there. `triton` can mark
kernels; they are graded from their source (`autograder.kernel_source`).
"""

from __future__ import annotations

import importlib.machinery
import types
from pathlib import Path


class HeldBack(ImportError):
    """An answer was asked for while work is graded."""


def libraries() -> frozenset[str]:
    """Names of libraries with ready-made attention that this sandbox does not have."""
    listed = Path(__file__).with_name("held.txt")
    return frozenset(listed.read_text().split()) if listed.exists() else frozenset()


class Finder:
    """Imports inert modules for `libraries()` and everything below them."""

    def __init__(self) -> None:
        self._names = libraries()

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self._names:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return _Module(spec.name)

    def exec_module(self, module) -> None:
        pass


class _Module(types.ModuleType):
    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        made = _TRITON.get(name) if self.__name__.startswith("triton") else None
        return made or Inert(f"{self.__name__}.{name}")


class Inert:
    """A thing of a library that is not here: it can be named, compared and passed on."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return Inert(f"{self._name}.{name}")

    def __call__(self, *args, **kwargs):
        raise HeldBack(
            f"{self._name} is not there while this lesson is graded: NumPy is enough, and kernels "
            "are graded from their source."
        )

    def __repr__(self) -> str:
        return f"<{self._name}, not here>"


class Kernel(Inert):
    """A function marked with @triton.jit."""

    def __init__(self, fn) -> None:
        super().__init__(getattr(fn, "__name__", "a kernel"))
        self.fn, self.__name__ = fn, self._name

    def __getitem__(self, grid):
        return self


def _jit(fn=None, **options):
    return Kernel if fn is None else Kernel(fn)


def _marks(*args, **kwargs):
    return lambda kernel: kernel


_TRITON = {
    "jit": _jit,
    "autotune": _marks,
    "heuristics": _marks,
    "Config": lambda *args, **kwargs: None,
    "cdiv": lambda a, b: -(-a // b),
    "next_power_of_2": lambda n: 1 << max(n - 1, 0).bit_length(),
    "constexpr": lambda value: value,
}


def answer(module: str, name: str):
    """A function `module.name` that only says that it is not there.

    It bears the names of the function that it stands for: `flashlab.checks.observe` knows answers
    by their names.
    """
    if name.startswith("__") or not name.isidentifier():
        raise AttributeError(name)
    scope = {"__name__": module, "HeldBack": HeldBack}
    text = f"{module}.{name} is not there while work is graded."
    exec(f"def {name}(*args, **kwargs):\n    raise HeldBack({text!r})", scope)
    return scope[name]


def picture(name: str):
    """A function that shows nothing: nobody looks at pictures while work is graded."""
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *args, **kwargs: None


def tool(module: str, name: str):
    """A function, or a class, of the bench that is not used while work is graded."""
    if name == "device":
        return lambda *args, **kwargs: "cpu"
    return HeldBack if name[:1].isupper() else answer(module, name)
