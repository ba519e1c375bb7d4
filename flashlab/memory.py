"""A two-level memory for NumPy code: HBM arrays whose every byte is counted, SRAM with a capacity.

    with TwoLevelMemory(sram_bytes=4096) as memory:
        q, out = memory.hbm("q", q_array), memory.hbm_output("out", (8, 4), np.float32)
        tile = q[0:4]          # a trip: 4 rows are read, the tile lies in SRAM
        out[0:4] = 2 * tile    # the product is a second tile; then a trip back
    print(memory.traffic)

An HBM array can be read and written by slices only. What a read yields is a `Tile`: an ordinary
array that occupies SRAM until nothing refers to it any more, as does every array computed from it,
temporaries included, and every array made by NumPy inside the `with` block. `measure` runs a whole
function this way.

Numbers are registers: what a learner unpacks number by number (`float(tile[0])`, a loop over a row)
is not counted, nor is an array that never meets a tile and was made by other means than NumPy's
creators, nor anything that another thread makes. Whole tiles do not turn into lists or bytes.

The HBM side (`TwoLevelMemory.read`, `.write`) and the SRAM side (`Board`) meet only in `HbmArray`,
so that a grader can keep the first in a process of its own.
"""

from __future__ import annotations

import linecache
import sys
import threading
import weakref
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from flashlab.checks.observe import Outcome, is_learners_file, learners_frame, observe
from flashlab.errors import FlashlabError
from flashlab.traffic import ArrayInfo, Event, Traffic

Region = tuple[tuple[int, int], ...]  # one half-open range per dimension

# NumPy's own ways to make an array: inside the block they allocate SRAM.
CREATORS = (
    "array",
    "asarray",
    "arange",
    "empty",
    "eye",
    "full",
    "identity",
    "linspace",
    "ones",
    "zeros",
)


def measure(fn, inputs: dict, outputs: dict, args=(), sram_bytes: int | None = None) -> Run:
    """Run `fn(*inputs, *outputs, *args)` on a two-level memory; return its outputs and traffic.

    inputs: {name: array}, put into HBM. outputs: {name: (shape, dtype)}, unwritten HBM arrays.
    sram_bytes: capacity of the SRAM; None: without limit. What `fn` raises is raised here.
    """
    with TwoLevelMemory(sram_bytes, fn) as memory:
        arrays = [memory.hbm(name, a) for name, a in inputs.items()]
        arrays += [memory.hbm_output(name, *spec) for name, spec in outputs.items()]
        fn(*arrays, *args)
    return memory.result(outputs)


def observe_on_memory(fn, inputs: dict, outputs: dict, args=(), sram_bytes=None) -> Run:
    """Like `measure`, but what `fn` raises is reported in `Run.outcome`, as `observe` does.

    A proxy with `__measure__(inputs, outputs, args, sram_bytes)` is asked instead of called.
    """
    if hasattr(fn, "__measure__"):
        return fn.__measure__(inputs, outputs, args, sram_bytes)
    with TwoLevelMemory(sram_bytes, fn) as memory:
        arrays = [memory.hbm(name, a) for name, a in inputs.items()]
        arrays += [memory.hbm_output(name, *spec) for name, spec in outputs.items()]
        outcome = observe(fn, (*arrays, *args))
    run = memory.result(outputs)
    run.outcome = outcome
    return run


@dataclass
class Run:
    """What one run on a two-level memory left: outputs, traffic, and what happened."""

    outputs: dict[str, np.ndarray]
    traffic: Traffic
    unwritten: dict[str, int] = field(default_factory=dict)  # output elements never written
    outcome: Outcome = field(default_factory=Outcome)


class HbmError(FlashlabError, IndexError):
    """An access that HBM does not offer: outside the array, not a slice, or used like a tile."""


class SramOverflow(FlashlabError, MemoryError):
    """A tile does not fit into what is free of the SRAM."""


class TileError(FlashlabError, TypeError):
    """A tile is turned into something that SRAM cannot hold."""


# --------------------------------------------------------------------------------------------------
# HBM: the big refrigerator


class TwoLevelMemory:
    """HBM arrays by name, an SRAM of `sram_bytes` (None: without limit), and the traffic between.

    Use it as a context manager: inside the block, arrays made by NumPy lie in this SRAM. `fn`: the
    function that will be run; names that its module has for NumPy's creators are meant, too.
    """

    def __init__(self, sram_bytes: int | None = None, fn=None) -> None:
        self.board = Board(sram_bytes)
        self._globals = getattr(fn, "__globals__", {})
        self.traffic = Traffic()
        self._data: dict[str, np.ndarray] = {}
        self._written: dict[str, np.ndarray] = {}
        self._seen: Counter = Counter()

    def hbm(self, name: str, array) -> HbmArray:
        """Put a copy of `array` into HBM under `name`."""
        data = np.array(array, copy=True, subok=False)
        return self._add(name, data, np.ones(data.shape, bool))

    def hbm_output(self, name: str, shape: tuple[int, ...], dtype=np.float32) -> HbmArray:
        """An HBM array that holds nothing yet: reading an element before it is written fails."""
        return self._add(name, np.full(shape, np.nan).astype(dtype), np.zeros(shape, bool))

    def _add(self, name: str, data: np.ndarray, written: np.ndarray) -> HbmArray:
        self._data[name], self._written[name] = data, written
        info = ArrayInfo(data.shape, str(data.dtype), data.dtype.itemsize)
        self.traffic.arrays[name] = info
        return HbmArray(name, data.shape, data.dtype, self, self.board)

    def read(self, name: str, region: Region, line: int = 0, sram_bytes: int = 0) -> np.ndarray:
        """Count one read of `region` and return a fresh copy of it."""
        index = tuple(slice(a, b) for a, b in region)
        fresh = ~self._written[name][index]
        if fresh.any():
            first = [int(i) + a for i, (a, _) in zip(np.argwhere(fresh)[0], region, strict=True)]
            raise HbmError(
                f"{name}{_brackets(region)} is read before it is written: nothing stands at "
                f"{name}{first} yet. Write it first, or start from a tile of zeros in SRAM."
            )
        data = self._data[name][index]
        self._note("read", name, region, data.nbytes, line, sram_bytes + data.nbytes)
        return data.copy()

    def write(self, name: str, region: Region, value, line: int = 0, sram_bytes: int = 0) -> None:
        """Count one write and store `value`, already of the region's shape."""
        index = tuple(slice(a, b) for a, b in region)
        self._data[name][index] = value
        self._written[name][index] = True
        self._note("write", name, region, self._data[name][index].nbytes, line, sram_bytes)

    def _note(self, kind, name, region, nbytes, line, sram_bytes) -> None:
        if nbytes == 0:
            return
        key = (kind, name, line)
        step, loop_step = len(self.traffic.events), self._seen[key]
        self._seen[key] += 1
        program, held = (0, 0, 0), self.board.held()
        self.traffic.events.append(
            Event(step, name, kind, region, nbytes, program, line, loop_step, sram_bytes, held=held)
        )

    def result(self, outputs) -> Run:
        """The outputs as plain arrays (unwritten elements NaN), the traffic, what is unwritten."""
        self._take_from_board()
        return Run(
            {name: self._data[name].copy() for name in outputs},
            self.traffic,
            {name: int((~self._written[name]).sum()) for name in outputs},
        )

    def __enter__(self):
        self.board.install(self._globals)
        return self

    def __exit__(self, *exc) -> None:
        self.board.remove()
        self._take_from_board()

    def _take_from_board(self) -> None:
        self.traffic.sram_peak_bytes = self.board.peak_bytes
        self.traffic.sram_capacity_bytes = self.board.capacity
        self.traffic.source = dict(self.board.source)


class HbmArray:
    """An array in HBM. `a[start:stop]` reads a tile, `a[start:stop] = tile` writes one back."""

    def __init__(self, name: str, shape, dtype, port, board: Board) -> None:
        self.name, self.shape, self.dtype = name, tuple(int(n) for n in shape), np.dtype(dtype)
        self._port, self._board = port, board

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: int(np.prod(self.shape)))
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.itemsize)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<{self.name}: {self.shape} {self.dtype} in HBM, {self.nbytes:,} bytes>"

    def __getitem__(self, index):
        region, drop = self._region(index)
        nbytes = self.itemsize * int(np.prod([b - a for a, b in region]))
        shape = tuple(b - a for a, b in region)
        self._board.require(shape, self.dtype, nbytes, f"reading {self.name}{_brackets(region)}")
        data = self._port.read(self.name, region, self._board.line(), self._board.used_bytes)
        tile = self._board.place(data, (self.name, region))
        return (
            tile.reshape([n for n, d in zip(shape, drop, strict=True) if not d])
            if any(drop)
            else tile
        )

    def __setitem__(self, index, value) -> None:
        region, drop = self._region(index)
        shape = tuple(b - a for a, b in region)
        if isinstance(value, HbmArray):
            raise HbmError(
                f"{value.name} is in HBM: read a tile of it first, {value.name}[start:stop]."
            )
        kept = tuple(n for n, d in zip(shape, drop, strict=True) if not d)
        value = np.asarray(value).view(np.ndarray)
        if value.shape not in (kept, ()):
            raise HbmError(
                f"{self.name}{_brackets(region)} has shape {kept}, the tile has {value.shape}: "
                "they must be equal. Does the last tile reach past the end?"
            )
        if kept != shape and value.shape:
            value = value.reshape(shape)
        self._port.write(self.name, region, value, self._board.line(), self._board.used_bytes)

    def _region(self, index) -> tuple[Region, list[bool]]:
        """The half-open ranges that `index` names, and which dimensions it drops."""
        parts = list(index) if isinstance(index, tuple) else [index]
        if any(part is Ellipsis for part in parts):
            at = next(i for i, part in enumerate(parts) if part is Ellipsis)
            parts[at : at + 1] = [slice(None)] * (self.ndim - len(parts) + 1)
        if len(parts) > self.ndim:
            raise HbmError(
                f"{self.name} has {self.ndim} dimensions, {len(parts)} indices were given."
            )
        parts += [slice(None)] * (self.ndim - len(parts))
        region, drop = [], []
        for axis, (part, n) in enumerate(zip(parts, self.shape, strict=True)):
            if isinstance(part, slice):
                if part.step not in (None, 1):
                    raise HbmError(f"{self.name}: HBM is read in whole slices, without a step.")
                start = 0 if part.start is None else int(part.start)
                stop = n if part.stop is None else int(part.stop)
                drop.append(False)
            elif isinstance(part, (int, np.integer)):
                start, stop = int(part), int(part) + 1
                drop.append(True)
            else:
                raise HbmError(
                    f"{self.name}[...]: HBM takes slices and whole numbers, not "
                    f"{type(part).__name__}. Read a tile first, then index the tile."
                )
            if not 0 <= start <= stop <= n:
                asked = f"{start}:{stop}" if isinstance(part, slice) else f"{start}"
                asked = ", ".join([":"] * axis + [asked])
                raise HbmError(
                    f"{self.name}[{asked}] reaches outside {self.name}, whose dimension {axis} has "
                    f"{n} entries, 0 to {n - 1}. Clip the last tile: stop = min(..., {n})."
                )
            region.append((start, stop))
        return tuple(region), drop

    def _used_like_a_tile(self, *args, **kwargs):
        raise HbmError(
            f"{self.name} is in HBM, the processor cannot compute on it there. "
            f"Read a tile first: tile = {self.name}[start:stop]."
        )

    __array__ = __array_ufunc__ = __array_function__ = _used_like_a_tile
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _used_like_a_tile
    __truediv__ = __rtruediv__ = __matmul__ = __rmatmul__ = __neg__ = __float__ = _used_like_a_tile

    def __getattr__(self, name: str):
        if not name.startswith("_") and hasattr(np.ndarray, name):
            self._used_like_a_tile()
        raise AttributeError(f"{self.name!r}, an array in HBM, has no attribute {name!r}")


# --------------------------------------------------------------------------------------------------
# SRAM: the cutting board


class _Lying(NamedTuple):
    nbytes: int
    shape: tuple[int, ...]
    dtype: str
    owner: weakref.ref
    read_from: tuple[str, Region] | None  # what was read from HBM; None: computed or made here


class Board:
    """The SRAM: what lies on it, how much is free, the peak. `capacity` in bytes or None."""

    def __init__(self, capacity: int | None) -> None:
        self.capacity = capacity
        self.used_bytes = self.peak_bytes = 0
        self.source: dict[tuple[str, int], str] = {}  # the learner's lines that touched HBM
        self._lying: dict[int, _Lying] = {}
        self._replaced: list[tuple] = []  # (namespace, name, our creator, NumPy's)

    def place(self, array: np.ndarray, read_from: tuple[str, Region] | None = None) -> Tile:
        """Let `array` occupy SRAM until nothing refers to its memory; return it as a Tile."""
        owner = _owner(array)
        if id(owner) not in self._lying:
            self._occupy(owner, read_from)
        tile = array.view(Tile)
        tile._board = self
        return tile

    def held(self) -> tuple[tuple[str, Region], ...]:
        """(array, region) of each tile that was read from HBM and is still here, oldest first."""
        return tuple(t.read_from for t in self._lying.values() if t.read_from)

    def line(self) -> int:
        """The learner's line that is running, or 0; its text is kept in `source`."""
        frame = learners_frame()
        if frame is None:
            return 0
        text = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        self.source.setdefault(("", frame.f_lineno), text.strip())
        return frame.f_lineno

    def _occupy(self, owner: np.ndarray, read_from: tuple[str, Region] | None = None) -> None:
        self.require(owner.shape, owner.dtype, owner.nbytes, "")
        key = id(owner)

        def drop(_, key=key):
            lying = self._lying.pop(key, None)
            self.used_bytes -= lying.nbytes if lying else 0

        ref = weakref.ref(owner, drop)
        self._lying[key] = _Lying(owner.nbytes, owner.shape, str(owner.dtype), ref, read_from)
        self.used_bytes += owner.nbytes
        self.peak_bytes = max(self.peak_bytes, self.used_bytes)

    def enter(self, x):
        """The bare array of a tile, for NumPy to compute on; a stranger is taken onto the board."""
        if isinstance(x, HbmArray):
            x._used_like_a_tile()
        if isinstance(x, np.ndarray) and x.ndim and id(_owner(x)) not in self._lying:
            self._occupy(_owner(x))
        return _bare(x)

    def leave(self, result):
        """Put what NumPy computed onto the board; numbers stay numbers (they fit a register)."""
        if isinstance(result, np.ndarray):
            return self.place(result) if result.ndim else result
        return _map(result, self.leave) if isinstance(result, (tuple, list)) else result

    def require(self, shape, dtype, nbytes: int, doing: str) -> None:
        """Raise SramOverflow unless `nbytes` are free."""
        if self.capacity is None or self.used_bytes + nbytes <= self.capacity:
            return
        frame = learners_frame()
        at = ""
        if frame:
            where = frame.f_code.co_name  # <module>, <lambda>, <genexpr>: no name to tell
            at = f" at line {frame.f_lineno} of {'your cell' if where.startswith('<') else where}"
        free = self.capacity - self.used_bytes
        room = f"and of {self.capacity:,} only {free:,} are free"
        room = f"and the SRAM holds {self.capacity:,}" if free == self.capacity else room
        raise SramOverflow(
            f"The SRAM overflows{at}{', ' + doing if doing else ''}: the new tile {tuple(shape)} "
            f"{np.dtype(dtype)} needs {nbytes:,} bytes, {room}. "
            f"In SRAM now: {self._inventory(frame)}."
        )

    def _inventory(self, frame) -> str:
        names: dict[int, str] = {}
        if frame is not None:
            for name, value in frame.f_locals.items():
                if isinstance(value, np.ndarray):
                    names.setdefault(id(_owner(value)), name)
        lying = sorted(self._lying.items(), key=lambda item: -item[1].nbytes)
        words = [
            f"{names.get(key) or _read_from(t)} {t.shape} {t.dtype} ({t.nbytes:,} bytes)"
            for key, t in lying[:5]
        ]
        more = f" and {len(lying) - 5} smaller" if len(lying) > 5 else ""
        return ", ".join(words) + more if words else "nothing"

    def install(self, *namespaces: dict) -> None:
        """From here on, arrays that this thread makes with NumPy's creators lie on this board.

        namespaces: the learner's globals, where a creator may have a name of its own (`from numpy
        import zeros`).
        """
        thread = threading.get_ident()

        def on_board(creator):
            def create(*args, **kwargs):
                made = creator(*args, **kwargs)
                caller = sys._getframe(1).f_code.co_filename
                ours = threading.get_ident() == thread and is_learners_file(caller)
                return self.place(made) if ours and made.ndim else made

            create.__name__ = creator.__name__
            return create

        for creator in CREATORS:
            theirs = getattr(np, creator)
            ours = on_board(theirs)
            for names in (vars(np), *namespaces):
                for alias in [n for n, value in names.items() if value is theirs]:
                    names[alias] = ours
                    self._replaced.append((names, alias, ours, theirs))

    def remove(self) -> None:
        for names, alias, ours, theirs in reversed(self._replaced):
            if names.get(alias) is ours:
                names[alias] = theirs
        self._replaced.clear()


class Tile(np.ndarray):
    """An array in SRAM. Behaves like any array; what is computed from it lies in SRAM too."""

    _board: Board | None = None

    def __array_finalize__(self, made_from) -> None:
        board = getattr(made_from, "_board", None)
        if board is None:
            return
        self._board = board
        owner = _owner(self)
        if id(owner) not in board._lying:  # copy(), astype(), fancy indexing: not a view of a tile
            board._occupy(owner)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        board = _board_of([*inputs, *(out or ())])
        plain = [board.enter(x) for x in inputs]
        if out is not None:
            kwargs["out"] = tuple(board.enter(x) for x in out)
        result = getattr(ufunc, method)(*plain, **kwargs)
        if out is not None:
            return out[0] if len(out) == 1 else out
        return board.leave(result)

    def __array_function__(self, func, types, args, kwargs):
        board = _board_of([*args, *kwargs.values()]) or self._board
        result = func(*_map(args, board.enter), **_map(kwargs, board.enter))
        given = kwargs.get("out")
        return given if given is not None else board.leave(result)

    def _leaves_the_board(self, *args, **kwargs):
        raise TileError(
            "A tile cannot become a list or bytes: SRAM holds arrays only. Compute on the tile."
        )

    tolist = tobytes = dumps = __reduce__ = _leaves_the_board


def _read_from(lying: _Lying) -> str:
    return lying.read_from[0] + _brackets(lying.read_from[1]) if lying.read_from else "a temporary"


def _map(values: Any, change):
    if isinstance(values, dict):
        return {k: _map(v, change) for k, v in values.items()}
    if isinstance(values, (list, tuple)):
        changed = [_map(v, change) for v in values]  # a named tuple takes its fields one by one
        return type(values)(*changed) if hasattr(values, "_fields") else type(values)(changed)
    return change(values)


def _bare(x):
    return x.view(np.ndarray) if isinstance(x, Tile) else x


def _board_of(values) -> Board | None:
    for x in values:
        if isinstance(x, Tile) and x._board is not None:
            return x._board
        if isinstance(x, (list, tuple)):
            found = _board_of(x)
            if found is not None:
                return found
    return None


def _owner(array: np.ndarray) -> np.ndarray:
    """The array whose memory `array` is a view of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _brackets(region: Region) -> str:
    return "[" + ", ".join(f"{a}:{b}" for a, b in region) + "]"
