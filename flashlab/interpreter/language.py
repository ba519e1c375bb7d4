"""triton.language as the interpreter wants it, for the length of one launch, and as it was after.

The stock interpreter changes triton.language at each launch and again at each call of a helper,
`tl.max` and `tl.zeros` included, and leaves most of it changed. Here it is changed once a launch,
from a list that was made once, and everything is put back.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import types

import numpy as np
import triton.language as tl
from triton.runtime import interpreter as I

from flashlab.interpreter import causes, numerics, source

_MISSING = object()
_changes: list[tuple[object, str, object]] | None = None


@contextlib.contextmanager
def patched(*changes: tuple[object, str, object]):
    """Set attributes, (owner, name, value), and put back what was there, whatever happens."""
    undo = []
    try:
        for owner, name, value in changes:
            undo.append((owner, name, vars(owner).get(name, _MISSING)))
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(undo):
            if value is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


@contextlib.contextmanager
def interpreted(methods: dict):
    """triton.language as Python that the interpreter runs, with these methods on its builder."""
    builder = I.interpreter_builder
    # debug: tl.device_assert counts. sanitize_overflow would compute every sum and product a second
    # time in int64, and the stock interpreter then discards the verdict.
    options = dataclasses.replace(builder.options, debug=True, sanitize_overflow=False)
    changes = [
        *_language_changes(),
        *numerics.reductions(),
        *((builder, name, method) for name, method in methods.items()),
        (builder, "options", options),
    ]
    with patched(*changes), np.errstate(all="ignore"):
        yield


def _language_changes() -> list[tuple[object, str, object]]:
    """What the stock interpreter changes in triton.language: (owner, name, new value)."""
    global _changes
    if _changes is None:
        owners = _owners()
        before = [(owner, dict(vars(owner))) for owner in owners]
        try:
            visible = types.SimpleNamespace(__globals__={"tl": tl, "core": tl.core})
            I._patch_lang(visible)
            _changes = [
                (owner, name, value)
                for owner, old in before
                for name, value in vars(owner).items()
                if old.get(name, _MISSING) is not value
            ]
        finally:
            for owner, old in before:
                for name, value in list(vars(owner).items()):
                    if name not in old:
                        delattr(owner, name)
                    elif old[name] is not value:
                        setattr(owner, name, old[name])
        _changes += [(tl.core.tensor, "__bool__", _truth), (tl.core.tensor, "__index__", _index)]
    return _changes


def _owners() -> list:
    owners = [tl, tl.core, tl.math, tl.core.tensor, tl.core.dtype, tl.core.tensor_descriptor_base]
    for name in ("tensor_descriptor", "condition"):
        if hasattr(tl.core, name):
            owners.append(getattr(tl.core, name))
    return owners


def _index(tensor) -> int:
    return int(tensor.handle.data.item())


def _truth(tensor) -> bool:
    """Of a scalar its value; a tile has none, though triton's own `if other:` asks for it."""
    caller = sys._getframe(1)
    if caller.f_code.co_filename.endswith("semantic.py"):
        return True  # "is it given?"
    data = tensor.handle.data
    if data.size == 1:
        return bool(data.item())
    raise causes.tile_truth(tuple(data.shape), source.learners_frame(caller))
