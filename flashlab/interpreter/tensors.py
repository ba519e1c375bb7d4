"""A kernel's tensor arguments: where each seems to lie, what is known of its every element.

Each argument gets a virtual base address in the middle of a window of its own, 16 TiB wide. A
pointer that the kernel computes from it then says by itself which argument it came from and how
far it is from its start, however wrong it is; no such address exists, so nothing can be touched by
mistake. It becomes a real address only after it has been found good.
"""

from __future__ import annotations

import math

import numpy as np

WINDOW = 44  # log2 of the bytes of one argument's window
_MIDDLE = 1 << (WINDOW - 1)


class Shadow:
    """What is known of each unit of one storage; a unit is the smallest element that views it.

    Program instances are numbered from 1. The arrays start as zeros, which cost no memory until
    they are touched.
    """

    def __init__(self, nbytes: int, unit: int) -> None:
        self.unit = unit
        self.nbytes = nbytes
        self.unwritten: np.ndarray | None = None  # bool: of an output, not stored to yet
        self.touched: np.ndarray | None = None  # bool: read or written at least once
        self.new_launch()

    def new_launch(self) -> None:
        """Forget who read and who wrote: one launch has ended before the next begins."""
        n = self.nbytes // self.unit
        self.writer = np.zeros(n, np.int32)  # who stored there; -1: an atomic
        self.reader = np.zeros(n, np.int32)  # who loaded first
        self.stored = self.loaded = False

    def zeros(self, dtype) -> np.ndarray:
        return np.zeros(self.nbytes // self.unit, dtype)

    def refine(self, unit: int) -> None:
        """Smaller units from here on."""
        times = self.unit // unit
        if times == 1:
            return
        self.unit = unit
        for name in ("unwritten", "touched", "writer", "reader"):
            array = getattr(self, name)
            if array is not None:
                setattr(self, name, np.repeat(array, times))


class Argument:
    """One tensor argument of one launch. Offsets and strides count elements.

    wide: the stride that dimension 0 seems to have, 0 for its own; see `metered(spread=...)`.
    """

    def __init__(
        self, name: str, tensor, index: int, itemsize: int, dtype: str, wide: int = 0
    ) -> None:
        self.name = name
        self.tensor = tensor
        self.itemsize = itemsize
        self.dtype = dtype
        self.shape = tuple(tensor.shape)
        self.strides = self.true_strides = tuple(tensor.stride())
        if wide:
            self.strides = (wide, *self.strides[1:])
        self.gap = wide and wide - self.true_strides[0]  # what seems to lie between two entries
        reach = sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True))
        self.extent = (reach + 1) * itemsize if tensor.numel() else 0  # bytes, first to last
        self.address = tensor.data_ptr()
        # the low bits of the real address: what is aligned stays aligned
        self.base = ((index + 1) << WINDOW) + _MIDDLE + (self.address & 0xFFF)
        # dimensions that an offset tells apart, the widest stride first
        dims = [d for d, n in enumerate(self.shape) if n > 1 and self.strides[d] > 0]
        self.order = sorted(dims, key=lambda d: -self.strides[d])
        self.has_gaps = math.prod(self.shape[d] for d in dims) * itemsize < self.extent
        self._member: np.ndarray | None = None
        self.shadow: Shadow
        self.first = 0  # bytes from the storage's start to the first element
        self.key = name  # its name in the record

    def attach(self, shadow: Shadow, storage_address: int) -> None:
        """Remember which part of which storage this argument is."""
        self.shadow, self.first = shadow, self.address - storage_address
        shadow.refine(math.gcd(shadow.unit, self.itemsize, self.first))

    def view_of(self, array: np.ndarray) -> np.ndarray:
        """A shadow's array seen as this tensor: shape, or (..., units) for wide elements."""
        times = self.itemsize // self.shadow.unit
        first = self.first // self.shadow.unit
        shape, strides = list(self.shape), [s * times * array.itemsize for s in self.true_strides]
        if times > 1:
            shape, strides = [*shape, times], [*strides, array.itemsize]
        return np.lib.stride_tricks.as_strided(array[first:], shape, strides)

    def touched_bytes(self) -> int:
        """Bytes of this tensor that were read or written at least once."""
        if self.shadow.touched is None or not self.extent:
            return 0
        return int(np.count_nonzero(self.view_of(self.shadow.touched))) * self.shadow.unit

    def units(self, offsets: np.ndarray, itemsize: int) -> np.ndarray:
        """Units of the shadow that elements of `itemsize` bytes at these byte offsets cover."""
        unit = self.shadow.unit
        first = (self.near(offsets) + self.first) >> (unit.bit_length() - 1)
        if itemsize == unit:
            return first
        times = max(1, itemsize // unit)
        return (first[:, None] + np.arange(times)).ravel()

    def near(self, offsets: np.ndarray) -> np.ndarray:
        """Byte offsets as they seem to be -> as they are in memory."""
        if not self.gap:
            return offsets
        entries = offsets // (self.strides[0] * self.itemsize)
        return offsets - entries * (self.gap * self.itemsize)

    def holds(self, elements: np.ndarray) -> np.ndarray:
        """Of offsets inside the extent of a tensor with gaps: which are elements of it."""
        if self.gap:
            return elements % self.strides[0] < self.true_strides[0]
        if self._member is None:
            self._member = np.zeros(self.extent // self.itemsize, bool)
            view = np.lib.stride_tricks.as_strided(self._member, self.shape, self.strides)
            view[...] = True
        return self._member[elements]

    def index_of(self, element: int) -> tuple[int, ...]:
        """The index of the element at this offset; the widest dimension takes what is over."""
        index = [0] * len(self.shape)
        rest = element
        for d in self.order:
            index[d], rest = divmod(rest, self.strides[d])
        if not self.order and index:
            index[-1] = element
        return tuple(index)

    def region(self, elements: np.ndarray, low: int, high: int) -> tuple[tuple[int, int], ...]:
        """The bounding box of these offsets (low and high are their ends), half-open."""
        box = [(0, 1)] * len(self.shape)
        for d, (n, s) in enumerate(zip(self.shape, self.strides, strict=True)):
            if n > 1 and s == 0:
                box[d] = (0, n)  # an expanded dimension: the same bytes for all of it
        base = 0  # what has been taken off all offsets alike
        last = self.order[-1] if self.order else None
        for d in self.order:
            stride = self.strides[d]
            first, final = low // stride, high // stride
            box[d] = (first, final + 1)
            if first == final:
                low, high, base = low - first * stride, high - first * stride, base + first * stride
            elif d != last:
                if base:
                    elements, base = elements - base, 0
                elements = elements - elements // stride * stride
                low, high = int(elements.min()), int(elements.max())
        return tuple(box)

    def __str__(self) -> str:
        return f"{self.name} is {'x'.join(map(str, self.shape)) or 'a scalar'} {self.dtype}"
