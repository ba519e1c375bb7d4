"""From what is known at the moment of a fault to the text: which element, and the likely cause."""

from __future__ import annotations

import ast
import math
from typing import NamedTuple

import numpy as np

from flashlab.interpreter import source
from flashlab.interpreter.faults import KernelFault, place_of

AXES = {1: ["elements"], 2: ["rows", "columns"]}  # words for the axes of a tile
NO_ORDER = "Program instances run in no fixed order."


class Access(NamedTuple):
    """One load, store or atomic that is about to fail."""

    word: str  # "load", "store", "atomic"
    program: tuple[int, int, int]
    frame: object  # the learner's, or None
    pointers: np.ndarray  # virtual addresses, the tile's shape
    mask: np.ndarray | None  # bool, the same shape


def fault(kind: str, what: str, frame=None, **fields) -> KernelFault:
    """A KernelFault at the line that `frame` (a learner's, or None) has reached."""
    if frame is not None:
        site = source.site_of(frame)
        fields = {
            "line": site.line,
            "code": site.code,
            "function": site.function,
            "place": place_of(site.filename),
            **fields,
        }
    return KernelFault(kind, what, **fields)


def _of(access: Access) -> dict:
    return dict(access=access.word, program=access.program, frame=access.frame)


# --------------------------------------------------------------------------------------------------
# Addresses


def out_of_bounds(access: Access, a, itemsize: int) -> KernelFault:
    """Lanes that lie before, behind or between the elements of argument `a`."""
    lanes = (access.pointers.astype(np.int64) - a.base).reshape(access.pointers.shape)
    bad = (lanes < 0) | (lanes + itemsize > a.extent)
    if a.has_gaps:
        inside = ~bad
        bad[inside] = ~a.member()[lanes[inside] // a.itemsize]
    if access.mask is not None:
        bad &= access.mask
    active = lanes.size if access.mask is None else int(np.count_nonzero(access.mask))
    at = tuple(int(i) for i in np.argwhere(bad)[0])
    offset = int(lanes[at]) // a.itemsize
    steps = _steps(a, lanes)
    intended = _intended_index(a, lanes, steps, at)
    index = intended or a.index_of(offset)
    element = f"{a.name}{list(index)}"
    note = ""
    if offset < 0:
        note = f"{-offset:,} elements before its start"
    elif lanes[at] + itemsize <= a.extent:
        note = "it lies between the elements of this view, in memory of another tensor"
    elif intended is None:
        note = f"{offset - a.extent // a.itemsize + 1:,} elements past its end"
    what = f"{element} does not exist; {a}."
    if not math.prod(a.shape):
        what = f"{a}: it has no elements."
    cause = _cause_of_bounds(access, a, lanes, bad, steps, index, at)
    return fault(
        "out-of-bounds", what, tensor=a.name, index=index, lanes=int(bad.sum()), active=active,
        note=note, cause=cause, **_of(access),
    )  # fmt: skip


def _steps(a, lanes: np.ndarray) -> list[int | None]:
    """For each axis of the tile, the dimension of `a` that it walks along, None where unclear."""
    steps: list[int | None] = []
    for axis in range(lanes.ndim):
        step = _step(lanes, axis)
        dims = [d for d in range(len(a.shape)) if a.strides[d] * a.itemsize == step and step]
        wide = [d for d in dims if a.shape[d] > 1]
        steps.append((wide or dims or [None])[0])
    return steps


def _step(lanes: np.ndarray, axis: int) -> int:
    """Bytes from one lane to the next along an axis of the tile, at its beginning."""
    if lanes.shape[axis] < 2:
        return 0
    return int(np.take(lanes, 1, axis).flat[0] - np.take(lanes, 0, axis).flat[0])


def _intended_index(a, lanes, steps, at) -> tuple[int, ...] | None:
    """Where the lane would be if each axis of the tile walked along its dimension and no other.

    The first lane's own place is read off its address; without this, a row past the end of the
    last head would be reported as the first row of a head that does not exist.
    """
    first = int(lanes.flat[0])
    if not 0 <= first < a.extent or first % a.itemsize:
        return None
    index = list(a.index_of(first // a.itemsize))
    for axis, i in enumerate(at):
        if i and steps[axis] is None:
            return None
        if i:
            index[steps[axis]] += i
    if sum(i * s for i, s in zip(index, a.strides, strict=True)) * a.itemsize != lanes[at]:
        return None
    return tuple(index)


def _cause_of_bounds(access, a, lanes, bad, steps, index, at) -> str:
    masked = access.mask is not None or _has_mask(access)
    offset = int(lanes[at])
    far = abs(offset) > 64 * max(a.extent, 1 << 20)
    if far and offset < 0:
        return (
            "the offset is far below 0; has a 32-bit product overflowed? Widen with .to(tl.int64)."
        )
    if far:
        return "the offset is far too large; is a stride multiplied in twice, or counted in bytes?"
    if offset < 0:
        return "the offset is below 0; is a start or a shift subtracted without a lower limit?"
    if bool(bad.flat[0]) and not 0 <= int(lanes.flat[0]) < a.extent:
        whole = "this whole program instance lies behind the tensor; "
        if masked:
            return whole + "is the mask compared with another length than this tensor's?"
        return whole + "does the grid have too many program instances, or is a mask missing?"
    odd = [i for i, n in enumerate(lanes.shape) if n > 1 and steps[i] is None and _step(lanes, i)]
    if odd and len(a.order) > 1:
        step = _step(lanes, odd[0]) // a.itemsize
        return (
            f"along axis {odd[0]} the tile steps by {step:,} elements, and no dimension of "
            f"{a.name} does (strides {a.strides}); is it another tensor's stride?"
        )
    over = [d for d in range(len(index)) if not 0 <= index[d] < a.shape[d]]
    dim = over[0] if over else (a.order[0] if a.order else 0)
    size = a.shape[dim] if a.shape else 1
    axes = [axis for axis, d in enumerate(steps) if d == dim]
    words = AXES.get(lanes.ndim) or [f"axis {i}" for i in range(lanes.ndim)]
    length = f"dimension {dim} of {a.name} has {size:,} entries"
    if not masked:
        return f"there is no mask, and {length}; add mask=... < that length."
    if not axes:
        return f"the mask lets too much through; {length}."
    axis = axes[0]
    varying = [i for i in range(lanes.ndim) if _varies(access.mask, i)]
    if access.mask is not None and axis not in varying and varying:
        return (
            f"the mask covers the {words[varying[0]]} but not the {words[axis]} ({length}); "
            "combine both conditions with &."
        )
    if axis not in varying:
        return (
            f"the mask lets all {words[axis]} of this tile through; {length}. Does it limit the "
            f"{words[axis]}, and to that length?"
        )
    last = _last(access.mask, lanes, a, steps, axis, dim)
    if last == size:
        return f"the mask is one too wide, {length}; is it <= where < is meant?"
    return (
        f"the mask lets the {words[axis]} run too far; {length}. Which length does it compare with?"
    )


def _varies(mask: np.ndarray | None, axis: int) -> bool:
    if mask is None or mask.shape[axis] < 2:
        return False
    first = np.take(mask, [0], axis)
    return bool((mask != first).any())


def _last(mask, lanes, a, steps, axis: int, dim: int) -> int:
    """The highest index along `dim` that the mask lets through."""
    others = tuple(i for i in range(mask.ndim) if i != axis)
    on = np.flatnonzero(mask.any(axis=others))
    start = a.index_of(int(lanes.flat[0]) // a.itemsize)[dim]
    return start + int(on[-1])


def _has_mask(access) -> bool:
    """Whether the call, as written, gives a mask; a mask that is true everywhere limits nothing."""
    node = source.site_of(access.frame).node if access.frame is not None else None
    if not isinstance(node, ast.Call):
        return False
    before = 1 if access.word == "load" else 2  # load(p, mask), store(p, value, mask)
    return len(node.args) > before or any(k.arg == "mask" for k in node.keywords)


def misaligned(access: Access, a, offset: int, itemsize: int) -> KernelFault:
    return fault(
        "misaligned",
        f"elements of {itemsize} bytes begin at multiples of {itemsize}, this one is at byte "
        f"{offset:,} of {a.name}; {a}.",
        tensor=a.name, index=a.index_of(offset // a.itemsize),
        cause="the pointer was cast to a wider type; offsets count elements of its new type.",
        **_of(access),
    )  # fmt: skip


def foreign_pointer(access: Access) -> KernelFault:
    return fault(
        "foreign-pointer",
        "the address lies in none of the tensors that the kernel was given.",
        cause="a pointer was made from a whole number, or read from memory; start from an argument "
        "and add offsets in elements.",
        **_of(access),
    )


# --------------------------------------------------------------------------------------------------
# Order: before, never, twice


def read_before_write(access: Access, a, element: int, lanes: int, active: int) -> KernelFault:
    index = a.index_of(element)
    if access.word == "atomic":
        cause = (
            f"an atomic adds to what stands there; zero {a.name} before the launch and leave it "
            "out of outputs=."
        )
    else:
        cause = (
            f"{a.name} is an output and holds nothing yet; keep sums in the kernel's own "
            "variables (acc), and store once, at the end."
        )
    return fault(
        "read-before-write",
        f"nothing has been stored to {a.name}{list(index)} yet; {a}.",
        tensor=a.name, index=index, lanes=lanes, active=active, cause=cause, **_of(access),
    )  # fmt: skip


def never_written(a, missing: np.ndarray, grid: tuple[int, ...], programs: int) -> KernelFault:
    """`missing`: bool, the output's shape; some of it is True. `a`: the output's last argument."""
    bad = np.argwhere(missing)
    index = tuple(int(i) for i in bad[0])
    shape = f"{'x'.join(map(str, a.shape)) or 'a scalar'} {a.dtype}"
    return fault(
        "never-written",
        f"{len(bad):,} of {missing.size:,} elements of {a.name} ({shape}) were never stored to; "
        f"the first is {a.name}{list(index)}.",
        tensor=a.name,
        index=index,
        cause=_cause_of_missing(a.name, missing, bad, grid, programs),
    )


def _cause_of_missing(name: str, missing, bad, grid, programs: int) -> str:
    launched = f"the grid was {grid}"
    if not programs:
        return f"{launched}: no program instance ran at all."
    if missing.all():
        return f"no tl.store to {name} was run with an active lane; is its mask always false?"
    low, high = bad.min(0), bad.max(0)
    short = [
        d for d, n in enumerate(missing.shape)
        if missing.shape[d] > 1 and (low[d], high[d]) != (0, n - 1)
    ]  # fmt: skip
    if len(short) == 1:
        d = short[0]
        size = missing.shape[d]
        where = f"{name} lacks entries {low[d]:,} to {high[d]:,} of dimension {d}"
        block = missing.take(range(low[d], high[d] + 1), d).all()
        if block and high[d] == size - 1 and d == missing.ndim - 1 and missing.ndim > 1:
            return f"{where}; does the tile reach the last column, does the mask let it through?"
        if block and high[d] == size - 1:
            return f"{where}, its tail; {launched}: is it rounded up, triton.cdiv({size}, BLOCK)?"
        if block:
            return f"{where}; {launched}: does every program instance store its own part?"
        return f"{where}, some of them; is the offset multiplied by the block size?"
    return f"{launched}; is the mask of the store too tight, or an offset wrong?"


def write_race(access: Access, a, element: int, other: int, grid, lanes: int, active: int):
    index = a.index_of(element)
    if other == -1 or access.word == "atomic":
        return fault(
            "write-race",
            f"{a.name}{list(index)} is reached by a tl.store of one program instance and by an "
            f"atomic of another; {a}.",
            tensor=a.name, index=index, lanes=lanes, active=active,
            cause=f"use atomics for all of it or for none of it. {NO_ORDER}",
            **_of(access),
        )  # fmt: skip
    first = unravel(other, grid)
    return fault(
        "write-race",
        f"{a.name}{list(index)} is stored to by program instances {first} and {access.program}; "
        f"{a}.",
        tensor=a.name, index=index, lanes=lanes, active=active,
        cause=_cause_of_race(a, first, access.program, lanes == active),
        **_of(access),
    )  # fmt: skip


def _cause_of_race(a, one, two, whole: bool) -> str:
    axes = [i for i in range(3) if one[i] != two[i]]
    if whole and len(axes) == 1:
        return (
            f"they differ in tl.program_id({axes[0]}) only, and where {a.name} is stored does not "
            f"depend on it as it should. {NO_ORDER}"
        )
    if whole:
        return f"the offset of the store does not tell them apart. {NO_ORDER}"
    return (
        "their tiles overlap; is a tile's start not a multiple of its size, or does a ragged tile "
        f"run on into the next row or head for want of a mask? {NO_ORDER}"
    )


def lanes_collide(access: Access, a, element: int, lanes: int, active: int) -> KernelFault:
    index = a.index_of(element)
    return fault(
        "write-race",
        f"one tl.store puts different values into {a.name}{list(index)}; {a}.",
        tensor=a.name, index=index, lanes=lanes, active=active,
        cause="two lanes of the tile have the same address; is a stride missing or 0? Which lane "
        "comes last is not defined.",
        **_of(access),
    )  # fmt: skip


def read_race(access: Access, a, element: int, other: int, grid, lanes: int, active: int, wrote):
    """`wrote`: this instance reads what `other` wrote; else it writes what `other` has read."""
    index = a.index_of(element)
    them = "an atomic" if other == -1 else f"program instance {unravel(other, grid)}"
    if wrote:
        what = f"{a.name}{list(index)} is read here and was written by {them} in the same launch"
    else:
        what = f"{a.name}{list(index)} is written here and was read by {them} in the same launch"
    return fault(
        "read-race",
        f"{what}; {a}.",
        tensor=a.name, index=index, lanes=lanes, active=active,
        cause=f"{NO_ORDER} Let each read only what it wrote itself, or split the kernel into two "
        "launches.",
        **_of(access),
    )  # fmt: skip


def unravel(number: int, grid: tuple[int, int, int]) -> tuple[int, int, int]:
    """Program instance `number`, counted from 1, as (x, y, z)."""
    return tuple(int(i) for i in np.unravel_index(number - 1, grid))


# --------------------------------------------------------------------------------------------------
# What the compiler would refuse


def tile_truth(shape: tuple[int, ...], frame) -> KernelFault:
    construct, instead = "a condition", "&, |, ~ (with parentheses) or tl.where"
    for node in source.nodes_on(frame) if frame is not None else ():
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            construct, instead = "a chained comparison", "(a <= b) & (b < c)"
            break
        if isinstance(node, ast.BoolOp):
            word = "and" if isinstance(node.op, ast.And) else "or"
            sign = "&" if word == "and" else "|"
            construct, instead = f"`{word}`", f"`{sign}`, each side in parentheses"
            break
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            construct, instead = "`not`", "`~`"
            break
        if isinstance(node, ast.IfExp):
            construct, instead = "`a if condition else b`", "tl.where(condition, a, b)"
            break
        if isinstance(node, (ast.If, ast.While)) and node.lineno == frame.f_lineno:
            word = type(node).__name__.lower()
            construct, instead = f"`{word}`", "tl.where, or a mask; only a scalar can branch"
    return fault(
        "tile-truth",
        f"{construct} asks for the truth of a tile of shape {shape}, which is neither true nor "
        "false as a whole.",
        frame,
        cause=f"use {instead}.",
    )


def small_dot(left: tuple[int, ...], right: tuple[int, ...], least: int, program, frame):
    return fault(
        "small-dot",
        f"{left} times {right} has K = {left[-1]}, and a GPU's matrix unit takes {least} or more.",
        frame,
        program=program,
        cause=f"pad K to {least} with a masked load (other=0.0), or sum the products without "
        "tl.dot.",
    )


# --------------------------------------------------------------------------------------------------
# What Python or Triton itself refuses, in other words

_HINTS = [  # a piece of what was raised -> what to do
    ("arange's arguments must be", "mark the size as tl.constexpr among the kernel's parameters."),
    ("power of 2", "round the size up with triton.next_power_of_2 and mask what is over."),
    ("make_shape_compatible", "two tiles of different shapes meet; is a [:, None] missing?"),
    ("equal reduction dimensions", "tl.dot takes (M, K) and (K, N); is a tl.trans missing?"),
    ("must be same dtype", "bring both to one type with .to(...)."),
    ("equal ranks >= 2", "tl.dot takes 2-D tiles; tl.sum(a * b, 0) multiplies vectors."),
    ("operand type(s) for @", "write tl.dot(a, b)."),
    ("does not support item assignment", "a tile cannot be changed in place; use tl.where."),
    ("object is not iterable", "a tile has no single elements to pick; use a mask, or tl.sum."),
    ("unsupported tensor index", "a tensor argument is a pointer: tl.load(x + offsets, mask=...)."),
    ("Unsupported ptr type", "tl.load and tl.store take an argument's pointer plus offsets."),
    ("invalid operands of type pointer", "offsets must be whole numbers; divide with //."),
    ("add pointers together", "add offsets to one pointer, not two pointers."),
    ("name 'np' is not", "inside a kernel there is only triton.language: tl.exp, tl.max ..."),
    ("must be Tensor, not tensor", "inside a kernel there is only triton.language: tl.exp ..."),
    ("`other` cannot be provided", "other= is what masked-off lanes get; give mask= too."),
]  # fmt: skip


def cause_of_error(said: str) -> str:
    return next((hint for piece, hint in _HINTS if piece in said), "")
