"""Every load, store and atomic of a kernel: find the tensor, check, count, then touch the memory.

The methods of `Memory` take the place of four of the interpreter's builder. Whatever form an access
has in the kernel (pointers, block pointers, tensor descriptors), it ends in one of them.
"""

from __future__ import annotations

import linecache
import sys
import time
from collections import Counter

import numpy as np
from triton.runtime import interpreter as I

from flashlab.interpreter import bounds, causes, numerics, order, source
from flashlab.interpreter.faults import KernelFault
from flashlab.interpreter.tensors import WINDOW, Argument
from flashlab.traffic import Event

SECTOR = 32  # bytes that HBM gives at the least
_WORDS = {"read": "load", "write": "store", "atomic": "atomic"}
_FLOATS = (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64))


class Memory:
    """The memory of one launch. `args`: its tensors; `events`: None where nothing is recorded."""

    def __init__(self, args: list[Argument], grid, events: list | None, races: bool, sectors: bool):
        self.args = args
        self.grid = grid
        self.events = events
        self.races = races
        self.sectors = sectors
        self.sector_count: dict[str, int] = {}
        self.idle: Counter[str] = Counter()  # tensor -> accesses without one active lane
        self.products: Counter[str] = Counter()  # type of the operands -> products
        self.source: dict[tuple[str, int], str] = {}  # (function, line) -> its text
        self.deadline: float | None = None
        self.program = (0, 0, 0)
        self._number = 0  # of the program instance, from 1
        self._steps: dict[tuple, int] = {}
        self._synchronised = False

    def start(self, program: tuple[int, int, int]) -> None:
        """From here on, accesses are this program instance's."""
        self.program = program
        self._number += 1
        self._steps.clear()

    def methods(self) -> dict:
        """What the interpreter's builder is to do instead of its own."""
        return dict(
            create_load=lambda ptr, *rest, **options: self.load(ptr, None, None),
            create_store=lambda ptr, value, *rest, **options: self.store(ptr, value, None),
            create_masked_load=self.load,
            create_masked_store=self.store,
            create_atomic_rmw=self.atomic_rmw,
            create_atomic_cas=self.atomic_cas,
        )

    # ----------------------------------------------------------------------------------------------
    # The builder's methods

    def load(self, ptrs, mask, other=None, *rest, **options):
        element = ptrs.get_element_ty()
        dtype = I._get_np_dtype(element)
        shape = ptrs.data.shape
        mask = _plain_mask(mask, shape)
        real = self._visit("read", ptrs.data, mask, dtype.itemsize)
        if other is not None:
            fill = np.ascontiguousarray(np.broadcast_to(other.data, shape), dtype)
        elif mask is None:
            fill = np.empty(shape, dtype)
        else:  # what a masked-off lane holds is not defined: make that visible
            fill = np.full(shape, _undefined(element, dtype), dtype)
        if real is None:
            return I.TensorHandle(fill, element)
        mask = np.ones(shape, bool) if mask is None else mask
        return I.TensorHandle(I._interpreter.load(real, mask, fill, dtype), element)

    def store(self, ptrs, value, mask, *rest, **options):
        shape = ptrs.data.shape
        mask = _plain_mask(mask, shape)
        data = np.broadcast_to(value.data, shape)
        itemsize = I._get_np_dtype(ptrs.get_element_ty()).itemsize
        real = self._visit("write", ptrs.data, mask, itemsize, data)
        if real is not None:
            mask = np.ones(shape, bool) if mask is None else mask
            I._interpreter.store(real, np.ascontiguousarray(data), mask)

    def atomic_rmw(self, op, ptrs, value, mask, sem, scope):
        shape = ptrs.data.shape
        mask = _plain_mask(mask, shape)
        if "XCHG" in str(op):
            self._synchronised = True
        itemsize = I._get_np_dtype(ptrs.get_element_ty()).itemsize
        real = self._visit("atomic", ptrs.data, mask, itemsize)
        if real is None:
            return I.TensorHandle(np.zeros(shape, value.data.dtype), value.dtype.scalar)
        mask = np.ones(shape, bool) if mask is None else mask
        if numerics.is_bf16(value):
            return _atomic_add_bf16(real, value, mask)
        builder = I.interpreter_builder
        pointers, on = I.TensorHandle(real, ptrs.dtype), I.TensorHandle(mask, I.tl.int1)
        return type(builder).create_atomic_rmw(builder, op, pointers, value, on, sem, scope)

    def atomic_cas(self, ptrs, cmp, value, sem, scope):
        self._synchronised = True
        itemsize = I._get_np_dtype(ptrs.get_element_ty()).itemsize
        for data in (cmp.data, value.data):  # the interpreter takes their sizes on trust
            if data.shape != ptrs.data.shape or data.itemsize != itemsize:
                raise ValueError("atomic_cas takes numbers of the pointer's own type and shape")
        real = self._visit("atomic", ptrs.data, None, itemsize)
        builder = I.interpreter_builder
        pointers = I.TensorHandle(real, ptrs.dtype)
        return type(builder).create_atomic_cas(builder, pointers, cmp, value, sem, scope)

    # ----------------------------------------------------------------------------------------------
    # One access

    def _visit(self, kind: str, pointers, mask, itemsize: int, data=None) -> np.ndarray | None:
        """Check and count the active lanes; real addresses for all lanes, None without a lane."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise causes.fault(
                "too-long",
                "the time limit for this launch is over.",
                source.learners_frame(sys._getframe(1)),
                program=self.program,
                cause="a loop that does not end, or many more program instances than needed.",
            )
        active = pointers.ravel() if mask is None else pointers[mask]
        if not active.size:
            self._count_idle(pointers)
            return None
        low, high = int(active.min()), int(active.max())
        window = low >> WINDOW
        if window != high >> WINDOW:
            return self._visit_several(kind, pointers, mask, itemsize, data)
        frame = source.learners_frame(sys._getframe(1))
        if not 1 <= window <= len(self.args):
            raise bounds.foreign_pointer(self._access(kind, frame, pointers, mask))
        a = self.args[window - 1]
        first, last = low - a.base, high - a.base
        if first < 0 or last + itemsize > a.extent:
            raise bounds.out_of_bounds(self._access(kind, frame, pointers, mask), a, itemsize)
        offsets = (active - np.uint64(a.base)).view(np.int64)  # bytes
        shift = a.itemsize.bit_length() - 1
        elements = offsets >> shift
        if a.has_gaps and not a.holds(elements).all():
            raise bounds.out_of_bounds(self._access(kind, frame, pointers, mask), a, itemsize)
        if itemsize > a.itemsize:
            off = (offsets + a.address) % itemsize
            if off.any():
                access = self._access(kind, frame, pointers, mask)
                raise bounds.misaligned(access, a, int(offsets[off != 0][0]), itemsize)

        units = a.units(offsets, itemsize)
        shadow = a.shadow
        if shadow.unwritten is not None and kind != "write":
            self._check_written(kind, frame, pointers, mask, a, units, offsets)
        if self.races:
            values = None if data is None else (data.ravel() if mask is None else data[mask])
            self._check_races(kind, frame, pointers, mask, a, units, offsets, values)
        if shadow.unwritten is not None and kind != "read":
            shadow.unwritten[units] = False
        if self.events is not None:
            self._record(kind, frame, a, elements, first >> shift, last >> shift, itemsize)
            if self.sectors:
                shadow.touched[units] = True
                at = (offsets + a.first) // SECTOR
                count = np.unique(at).size
                self.sector_count[a.key] = self.sector_count.get(a.key, 0) + count
        if a.gap:
            offsets = (pointers - np.uint64(a.base)).view(np.int64)
            return a.near(offsets).view(np.uint64) + np.uint64(a.address)
        return pointers + np.uint64((a.address - a.base) % 2**64)

    def _count_idle(self, pointers) -> None:
        window = int(pointers.flat[0]) >> WINDOW if pointers.size else 0
        if self.events is not None and 1 <= window <= len(self.args):
            self.idle[self.args[window - 1].key] += 1

    def _visit_several(self, kind, pointers, mask, itemsize, data) -> np.ndarray:
        """A tile whose lanes point into several tensors: each for itself."""
        mask = np.ones(pointers.shape, bool) if mask is None else mask
        windows = pointers >> np.uint64(WINDOW)
        real = pointers.copy()
        for window in np.unique(windows[mask]):
            part = mask & (windows == window)
            real[part] = self._visit(kind, pointers, part, itemsize, data)[part]
        return real

    def _access(self, kind, frame, pointers, mask) -> causes.Access:
        return causes.Access(_WORDS[kind], self.program, frame, pointers, mask)

    def _record(self, kind, frame, a, elements, low: int, high: int, itemsize: int) -> None:
        line, function, key = 0, "", a.key
        if frame is not None:
            code = frame.f_code
            line, function = frame.f_lineno, code.co_name
            key = (id(code), frame.f_lasti, a.key)
            if (function, line) not in self.source:
                text = linecache.getline(code.co_filename, line).strip()
                self.source[function, line] = text
        step = self._steps.get(key, 0)
        self._steps[key] = step + 1
        region = a.region(elements, low, high)
        nbytes = elements.size * itemsize
        self.events.append(
            Event(
                len(self.events), a.key, kind, region, nbytes, self.program, line, step, 0, function
            )
        )

    # ----------------------------------------------------------------------------------------------
    # Order

    def _check_written(self, kind, frame, pointers, mask, a, units, offsets) -> None:
        bad = a.shadow.unwritten[units]
        if bad.any():
            element, lanes = _first(bad, offsets, a)
            access = self._access(kind, frame, pointers, mask)
            raise order.read_before_write(access, a, element, lanes, offsets.size)

    def _check_races(self, kind, frame, pointers, mask, a, units, offsets, values) -> None:
        shadow, me = a.shadow, self._number
        if self._synchronised:  # the kernel orders its instances itself, with a lock of its own
            return
        if shadow.stored:
            writer = shadow.writer[units]
            bad = (writer != 0) & (writer != (-1 if kind == "atomic" else me))
            if kind == "atomic":
                bad &= writer != me
            if bad.any():
                element, lanes = _first(bad, offsets, a)
                other = int(writer[bad][0])
                access = self._access(kind, frame, pointers, mask)
                facts = (access, a, element, other, self.grid, lanes, offsets.size)
                if kind == "read":
                    raise order.read_race(*facts, True)
                raise order.write_race(*facts)
        if kind == "read":
            reader = shadow.reader[units]
            new = reader == 0
            if new.any():
                shadow.reader[units[new]] = me
            shadow.loaded = True
            return
        if shadow.loaded:
            reader = shadow.reader[units]
            bad = (reader != 0) & (reader != me)
            if bad.any():
                element, lanes = _first(bad, offsets, a)
                other = int(reader[bad][0])
                access = self._access(kind, frame, pointers, mask)
                raise order.read_race(
                    access, a, element, other, self.grid, lanes, offsets.size, False
                )
        if kind == "write" and values.size > 1 and units.size == values.size:
            self._check_lanes(frame, pointers, mask, a, units, offsets, values)
        shadow.writer[units] = -1 if kind == "atomic" else me
        shadow.stored = True

    def _check_lanes(self, frame, pointers, mask, a, units, offsets, values) -> None:
        """Two lanes of one store with one address and different values."""
        lane = np.arange(1, units.size + 1, dtype=np.int32)
        a.shadow.writer[units] = lane
        winner = a.shadow.writer[units]
        if (winner == lane).all():
            return
        ours, theirs = values, values[winner - 1]
        bad = (ours != theirs) & ~((ours != ours) & (theirs != theirs))
        if bad.any():
            element, lanes = _first(bad, offsets, a)
            access = self._access("write", frame, pointers, mask)
            raise order.lanes_collide(access, a, element, lanes, offsets.size)

    def check_dot(self, a, b) -> None:
        """Count the product; raise unless K is as large as a GPU's matrix unit needs."""
        self.products[str(a.dtype.scalar)] += 1
        left, right = a.data.shape, b.data.shape
        least = 32 if a.dtype.scalar.primitive_bitwidth == 8 else 16
        if left[-1] < least:
            frame = source.learners_frame(sys._getframe(1))
            raise causes.small_dot(left, right, least, self.program, frame)


def _plain_mask(mask, shape) -> np.ndarray | None:
    """A bool array of this shape, None where every lane is active."""
    if mask is None:
        return None
    mask = mask if isinstance(mask, np.ndarray) else mask.data
    if mask.dtype != np.bool_:
        mask = mask.astype(bool)
    if mask.shape != shape:
        mask = np.broadcast_to(mask, shape)
    return None if mask.all() else np.ascontiguousarray(mask)


def _undefined(element, dtype):
    """What stands in masked-off lanes without `other`: NaN, where the type has one."""
    if element == numerics.BF16:
        return 0x7FC0
    return np.nan if dtype in _FLOATS else 0


def _first(bad: np.ndarray, offsets: np.ndarray, a) -> tuple[int, int]:
    """The first bad lane's element, and how many lanes are bad."""
    times = bad.size // offsets.size
    bad = bad.reshape(-1, times).any(1)
    return int(offsets[bad][0]) // a.itemsize, int(bad.sum())


def _atomic_add_bf16(real, value, mask):
    """One lane after the other, as the sum in each element must be rounded after each."""
    old = np.zeros(real.shape, np.uint16)
    on = np.ones(1, bool)
    for at in np.argwhere(mask):
        at = tuple(at)
        address = real[at].reshape(1)
        before = I._interpreter.load(address, on, np.zeros(1, np.uint16), np.dtype(np.uint16))
        total = numerics.widen(before) + numerics.widen(value.data[at].reshape(1))
        I._interpreter.store(address, numerics.narrow(total), on)
        old[at] = before[0]
    return I.TensorHandle(old, value.dtype.scalar)


__all__ = ["KernelFault", "Memory"]
