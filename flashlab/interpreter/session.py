"""What the launches in one outermost `metered` block share: the record, tensors, shadows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from triton.runtime.jit import TensorWrapper

from flashlab.interpreter.tensors import Argument, Shadow
from flashlab.traffic import ArrayInfo, Event


@dataclass
class Launch:
    """What was launched: the kernel's name, its grid (x, y, z), its tensors by argument name."""

    kernel: str
    grid: tuple[int, int, int]
    tensors: dict[str, str] = field(default_factory=dict)  # argument name -> name in the record
    native: bool = False

    @property
    def programs(self) -> int:
        return self.grid[0] * self.grid[1] * self.grid[2]

    def __str__(self) -> str:
        plural = "" if self.programs == 1 else "s"
        return f"{self.kernel}, {self.programs:,} program instance{plural}"


class Session:
    """What the launches inside one outermost `metered` block have in common."""

    def __init__(self, record: bool = True) -> None:
        self.events: list[Event] | None = [] if record else None
        self.launches: list[Launch] = []
        self.arrays: dict[str, ArrayInfo] = {}
        self.sectors: dict[str, int] = {}
        self.idle: Counter[str] = Counter()  # tensor -> accesses without one active lane
        self.products: Counter[str] = Counter()  # type of the operands -> products (tl.dot)
        self.source: dict[tuple[str, int], str] = {}  # lines that touched memory
        self.unique: dict[str, int] = {}
        self.arguments: dict[str, Argument] = {}  # name in the record -> as it was given last
        self._shadows: dict[int, Shadow] = {}
        self._first_seen: dict[tuple, Argument] = {}  # by what makes them one tensor
        self._kept: list = []  # so that no address is used twice

    def new_launch(self) -> None:
        for shadow in self._shadows.values():
            shadow.new_launch()

    def register(self, name: str, tensor, index: int, sectors: bool, wide: int = 0) -> Argument:
        """An argument of the coming launch, with the shadow of its storage and its name."""
        base = tensor.base if isinstance(tensor, TensorWrapper) else tensor
        itemsize, dtype = base.element_size(), str(tensor.dtype).rpartition(".")[2]
        a = Argument(name, base, index, itemsize, dtype, wide)
        storage = base.untyped_storage()
        shadow = self._shadows.get(storage.data_ptr())
        if shadow is None:
            shadow = self._shadows[storage.data_ptr()] = Shadow(storage.nbytes(), itemsize)
            self._kept.append(storage)
        a.attach(shadow, storage.data_ptr())
        if self.events is not None:
            self._name(a)
        self.arguments[a.key] = a
        if sectors and shadow.touched is None:
            shadow.touched = shadow.zeros(bool)
        return a

    def _name(self, a: Argument) -> None:
        """A tensor keeps the name, and the shape, under which the block saw it first."""
        identity = (a.address, a.extent, a.dtype)
        if identity not in self._first_seen:
            if a.name in self.arrays:
                a.key = f"{a.name}@{len(self.launches) + 1}"
            self._first_seen[identity] = a
            self.arrays[a.key] = ArrayInfo(a.shape, a.dtype, a.itemsize)
        first = self._first_seen[identity]
        a.key, a.region = first.key, first.region

    def expect(self, a: Argument) -> None:
        """An output: it holds nothing until the kernel stores there."""
        if a.shadow.unwritten is None:
            a.shadow.unwritten = a.shadow.zeros(bool)
        if a.extent:
            a.view_of(a.shadow.unwritten)[...] = True
        if a.tensor.is_floating_point():
            a.tensor.detach().fill_(float("nan"))

    def touched_bytes(self, key: str) -> int:
        if key in self.unique:
            return self.unique[key]
        return self.arguments[key].touched_bytes()

    def close(self) -> None:
        """Keep the record and let go of the tensors."""
        self.unique = {key: a.touched_bytes() for key, a in self.arguments.items()}
        for store in (self.arguments, self._first_seen, self._shadows, self._kept):
            store.clear()
