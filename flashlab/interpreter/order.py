"""Read before write, never written, written twice: which element, and the likely cause."""

from __future__ import annotations

import numpy as np

from flashlab.interpreter import bounds
from flashlab.interpreter.causes import Access, fault, of
from flashlab.interpreter.faults import KernelFault

NO_ORDER = "Program instances run in no fixed order."


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
        tensor=a.name, index=index, lanes=lanes, active=active, cause=cause, **of(access),
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
            return (
                f"{where}, its tail; {launched}: is it rounded up, triton.cdiv({size}, BLOCK)? Or "
                "does the mask of the store compare with another length?"
            )
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
            **of(access),
        )  # fmt: skip
    first = unravel(other, grid)
    return fault(
        "write-race",
        f"{a.name}{list(index)} is stored to by program instances {first} and {access.program}; "
        f"{a}.",
        tensor=a.name, index=index, lanes=lanes, active=active,
        cause=bounds.odd_step(access, a)
        or _cause_of_race(a, first, access.program, lanes == active),
        **of(access),
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
        cause=bounds.runs_on(access, a)
        or "two lanes of the tile have the same address; is a stride missing or 0? Which lane "
        "comes last is not defined.",
        **of(access),
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
        **of(access),
    )  # fmt: skip


def unravel(number: int, grid: tuple[int, int, int]) -> tuple[int, int, int]:
    """Program instance `number`, counted from 1, as (x, y, z)."""
    return tuple(int(i) for i in np.unravel_index(number - 1, grid))
