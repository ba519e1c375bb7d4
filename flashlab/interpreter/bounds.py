"""A bad address: which element it would be, and the likely cause."""

from __future__ import annotations

import ast
import math

import numpy as np

from flashlab.interpreter import causes, source
from flashlab.interpreter.causes import Access, fault, of
from flashlab.interpreter.faults import KernelFault

AXES = {1: ["elements"], 2: ["rows", "columns"]}  # words for the axes of a tile


def out_of_bounds(access: Access, a, itemsize: int) -> KernelFault:
    """Lanes that lie before, behind or between the elements of argument `a`."""
    lanes = (access.pointers.astype(np.int64) - a.base).reshape(access.pointers.shape)
    bad = (lanes < 0) | (lanes + itemsize > a.extent)
    if a.has_gaps:
        inside = ~bad
        bad[inside] = ~a.holds(lanes[inside] // a.itemsize)
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
        note = f"{-offset:,} element{'s' * (offset < -1)} before its start"
    elif lanes[at] + itemsize <= a.extent:
        note = "it lies between the elements of this view, in memory of another tensor"
    elif intended is None:
        past = offset - a.extent // a.itemsize + 1
        note = f"{past:,} element{'s' * (past > 1)} past its end"
    what = f"{element} does not exist; {a}."
    if not math.prod(a.shape):
        what = f"{a}: it has no elements."
    cause = _cause_of_bounds(access, a, lanes, bad, steps, index, at)
    return fault(
        "out-of-bounds", what, tensor=a.name, index=index, lanes=int(bad.sum()), active=active,
        note=note, cause=cause, **of(access),
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
    if offset < 0 <= offset + 2**32 * a.itemsize < a.extent:
        return (
            "2^32 elements are missing: a 32-bit product overflowed; widen one factor before, with "
            ".to(tl.int64)."
        )
    far = abs(offset) > 64 * max(a.extent, 1 << 20)
    if far and offset < 0:
        return (
            "the offset is far below 0; has a 32-bit product overflowed? Widen with .to(tl.int64)."
        )
    if far:
        return "the offset is far too large; is a stride multiplied in twice, or counted in bytes?"
    if offset < 0:
        return "the offset is below 0; is a start or a shift subtracted without a lower limit?"
    if _starts_at_tiles(access, a, lanes):
        tile, row = lanes.size, a.strides[0]
        return (
            f"this instance begins at its number times {tile}, the size of a tile; does row i of "
            f"{a.name} start at i * {row}, the number of columns?"
        )
    if bool(bad.flat[0]) and not 0 <= int(lanes.flat[0]) < a.extent:
        begins = a.index_of(int(lanes.flat[0]) // a.itemsize)
        over = [d for d in a.order if begins[d] >= a.shape[d] and d not in steps]
        if over and len(a.shape) > 2:
            return (
                f"this instance takes entry {begins[over[0]]} of dimension {over[0]} of {a.name}, "
                f"which has {a.shape[over[0]]}, counted from 0; are // and % of a tl.program_id "
                "exchanged, or is the grid too large?"
            )
        if odd := odd_step(access, a):
            return odd
        if not any(access.program):
            return (
                "the tile begins behind the end, in the first program instance: it is not the grid "
                "that is too large, but an offset. Is what counts elements multiplied by a block "
                f"size once more, or a row sought at another length than that of {a.name}?"
            )
        whole = "this whole program instance lies behind the tensor; "
        if masked:
            return whole + "is the mask compared with another length than this tensor's?"
        return whole + "does the grid have too many program instances, or is a mask missing?"
    if odd := odd_step(access, a):
        return odd
    over = [d for d in range(len(index)) if not 0 <= index[d] < a.shape[d]]
    dim = over[0] if over else (a.order[0] if a.order else 0)
    size = a.shape[dim] if a.shape else 1
    axes = [axis for axis, d in enumerate(steps) if d == dim]
    words = AXES.get(lanes.ndim) or [f"axis {i}" for i in range(lanes.ndim)]
    length = f"dimension {dim} of {a.name} has {size:,} entries"
    if not masked:
        if axes and size % lanes.shape[axes[0]] == 0:
            return (
                f"there is no mask, and {length}, a multiple of the tile's {lanes.shape[axes[0]]}: "
                "does the loop go on by another size than that of its tiles? Else add mask=... < "
                "that length."
            )
        return f"there is no mask, and {length}; add mask=... < that length."
    if not axes:
        return f"the mask lets too much through; {length}."
    if _mask_lacks_parentheses(access):
        return (
            f"{length}, and in the mask & comes before <: put each comparison in parentheses, "
            "(a < b) & (c < d)."
        )
    axis = axes[0]
    varying = [i for i in range(lanes.ndim) if _varies(access.mask, i)]
    if access.mask is not None and axis not in varying and varying:
        return (
            f"the mask covers the {words[varying[0]]} but not the {words[axis]} ({length}); "
            "combine both conditions with &, each with its own length."
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


def odd_step(access: Access, a) -> str:
    """The cause where an axis of the tile steps as no dimension of `a` does; else ""."""
    lanes = (access.pointers.astype(np.int64) - a.base).reshape(access.pointers.shape)
    for axis, walked in enumerate(_steps(a, lanes)):
        step = _step(lanes, axis) // a.itemsize
        if walked is None and step and len(a.order) > 1:
            return (
                f"along axis {axis} the tile steps by {step:,} elements, and no dimension of "
                f"{a.name} does (strides {a.strides}); is it another tensor's stride?"
            )
    return ""


def runs_on(access, a) -> str:
    """The cause where a row's lanes go on behind the row's end; else ""."""
    lanes = (access.pointers.astype(np.int64) - a.base).reshape(access.pointers.shape)
    on = np.ones(lanes.shape, bool) if access.mask is None else access.mask
    for axis, dim in enumerate(_steps(a, lanes)):
        others = tuple(i for i in range(lanes.ndim) if i != axis)
        count = int(np.count_nonzero(on.any(axis=others)))
        if dim is not None and dim != a.order[0] and count > a.shape[dim]:
            size = a.shape[dim]
            return (
                f"the tile is {count} wide and a row of {a.name} has {size} entries: the columns "
                f"from {size} on run into the next row. Mask them off, offsets < {size}."
            )
    return ""


def _starts_at_tiles(access, a, lanes: np.ndarray) -> bool:
    """Whether a row's lanes are switched on, but row i is sought at i tiles, not at i rows."""
    if access.mask is None or lanes.ndim != 1 or len(a.shape) != 2 or a.strides[1] != 1:
        return False
    first, tile = int(lanes.flat[0]) // a.itemsize, lanes.size
    begins = any(number and first == number * tile for number in access.program)
    return begins and np.count_nonzero(access.mask) == a.strides[0] != tile


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


def _mask_lacks_parentheses(access) -> bool:
    """Whether the mask, in the call or where its name is set, is `a & b < c` or like it."""
    node = source.site_of(access.frame).node if access.frame is not None else None
    if not isinstance(node, ast.Call):
        return False
    given = [*node.args[1:], *(k.value for k in node.keywords if k.arg == "mask")]
    names = {x.id for x in given if isinstance(x, ast.Name)}
    given += source.values_of(access.frame, names)
    return any(causes.lacks_parentheses(x) for g in given for x in ast.walk(g))


def misaligned(access: Access, a, offset: int, itemsize: int) -> KernelFault:
    return fault(
        "misaligned",
        f"elements of {itemsize} bytes begin at multiples of {itemsize}, this one is at byte "
        f"{offset:,} of {a.name}; {a}.",
        tensor=a.name, index=a.index_of(offset // a.itemsize),
        cause="the pointer was cast to a wider type; offsets count elements of its new type.",
        **of(access),
    )  # fmt: skip


def foreign_pointer(access: Access) -> KernelFault:
    return fault(
        "foreign-pointer",
        "the address lies in none of the tensors that the kernel was given.",
        cause="a pointer was made from a whole number, or read from memory; start from an argument "
        "and add offsets in elements.",
        **of(access),
    )
