"""`metered`: the context manager that a learner writes, and what it shows afterwards."""

from __future__ import annotations

import dataclasses
import html
from collections import Counter
from collections.abc import Mapping

from flashlab.errors import FlashlabError
from flashlab.interpreter import launch, order
from flashlab.interpreter.faults import KernelFault
from flashlab.interpreter.session import Launch, Session
from flashlab.interpreter.tensors import Argument
from flashlab.traffic import Event, Traffic, _product


class NotMetered(FlashlabError, RuntimeError):
    """The kernel ran on a GPU, where bytes are not metered."""


def metered(
    outputs=(),
    *,
    races: bool = True,
    tf32: bool = False,
    sectors: bool = False,
    config=None,
    timeout: float | None = None,
    spread: Mapping[str, int] | None = None,
) -> Meter:
    """Meter the launches in a `with` block: bytes by tensor, program instance, line, loop step.

        with flashlab.metered(outputs=("out", "lse")) as meter:
            kernel[grid](q, k, v, out, lse, ...)
        meter.traffic.read_bytes("q")

    outputs: names of kernel arguments that hold nothing before the launch: they are filled with
    NaN, read before write is a fault, and so is an element that was never written. races: report
    two program instances that touch an element which one of them writes. tf32: fp32 tl.dot with
    input_precision "tf32" (the default) as a GPU does it. sectors: count distinct bytes and
    32-byte sectors too (slower). config: what an autotuned kernel is run with, a triton.Config or
    a dict; its first configuration otherwise. timeout: seconds that one launch may take. spread:
    {argument: a stride that its dimension 0, the slowest in memory, seems to have}: what a kernel
    does far behind a pointer, without the memory for it. Pass the same stride to the kernel.

    Launches on GPU tensors run natively and are not metered. Raises KernelFault, LaunchError.
    """
    if isinstance(outputs, str):
        outputs = (outputs,)
    options = launch.Options(races, tf32, sectors, config, timeout, dict(spread or {}))
    return Meter(frozenset(outputs), options)


class Meter:
    """What `metered` yields. It can be used for one block after another; each starts anew.

    traffic: the record (flashlab.traffic.Traffic). launches: what was launched, in order. fault:
    the KernelFault that ended the block, or None.
    """

    def __init__(self, outputs: frozenset[str], options: launch.Options) -> None:
        self.outputs = outputs
        self.options = options
        self.session = Session()
        self.fault: KernelFault | None = None
        self._parent: Meter | None = None
        self._first = self._last = (0, 0)
        self._sectors_before: dict[str, int] = {}
        self._counts: list[Counter] = [Counter(), Counter()]  # idle accesses, products
        self._open = False
        self._expected: dict[str, Argument] = {}  # outputs that were met, by name in the record
        self._traffic: Traffic | None = None

    def __enter__(self) -> Meter:
        if self._open:
            raise FlashlabError("this meter is open already; call flashlab.metered() once more")
        stack = launch.open_meters()
        self._parent = stack[-1] if stack else None
        self.session = self._parent.session if self._parent else Session()
        self.fault, self._traffic, self._open = None, None, True
        self._expected = {}
        self._first = (len(self.session.events), len(self.session.launches))
        self._sectors_before = dict(self.session.sectors)
        self._counts = [Counter(c) for c in (self.session.idle, self.session.products)]
        launch.install()
        stack.append(self)
        return self

    def __exit__(self, kind, error, traceback) -> None:
        launch.remove()
        launch.open_meters().remove(self)
        self._last = (len(self.session.events), len(self.session.launches))
        now = self.session.idle, self.session.products
        self._counts = [c - before for c, before in zip(now, self._counts, strict=True)]
        self._open = False
        try:
            if kind is None:
                self._check_outputs()
        except KernelFault as fault:
            error = fault
            raise
        finally:
            self.fault = error if isinstance(error, KernelFault) else None
            if self._parent is None:
                self.session.close()
            self._expected = {}

    def launch(self, kernel, grid, args, kwargs) -> None:
        """Run one launch for this block and those around it."""
        meters = launch.open_meters()
        sectors = any(m.options.sectors for m in meters)
        options = dataclasses.replace(self.options, sectors=sectors)

        def expect(a: Argument) -> bool:
            new = [m for m in meters if a.name in m.outputs and a.key not in m._expected]
            for meter in new:
                meter._expected[a.key] = a
            return bool(new)

        launch.launch(self.session, options, kernel, grid, args, kwargs, expect)

    def _check_outputs(self) -> None:
        launches = [x for x in self.launches if not x.native]
        if not launches:
            return
        seen = {name for x in launches for name in x.tensors}
        for name in sorted(self.outputs - seen):
            raise FlashlabError(
                f"metered(outputs=...) names {name!r}, but no kernel in this block has such an "
                f"argument; there were {', '.join(sorted(seen)) or 'no tensors'}"
            )
        for key, a in self._expected.items():
            if not a.extent:
                continue
            missing = a.view_of(a.shadow.unwritten)
            if missing.any():
                missing = missing if missing.ndim == len(a.shape) else missing.any(-1)
                last = [x for x in launches if key in x.tensors.values()][-1]
                raise order.never_written(a, missing, last.grid, last.programs)

    # ----------------------------------------------------------------------------------------------
    # Reports

    @property
    def launches(self) -> list[Launch]:
        return self.session.launches[self._first[1] : None if self._open else self._last[1]]

    @property
    def native(self) -> bool:
        """Whether a launch ran on a GPU, where nothing is metered."""
        return any(x.native for x in self.launches)

    @property
    def traffic(self) -> Traffic:
        """The record of the block. Raises NotMetered when it ran on a GPU."""
        if self.native:
            raise NotMetered(self._why_not())
        if self._open:
            return self._build()
        if self._traffic is None:
            self._traffic = self._build()
        return self._traffic

    def _build(self) -> Traffic:
        first, last = self._first[0], None if self._open else self._last[0]
        events = self.session.events[first:last]
        if first:
            events = [e._replace(step=i) for i, e in enumerate(events)]
        keys = {key: None for x in self.launches for key in x.tensors.values()}
        arrays = {key: self.session.arrays[key] for key in keys}
        return Traffic(arrays, events, source=dict(self.session.source))

    @property
    def idle(self) -> dict[str, int]:
        """{tensor: accesses in which no lane was switched on}, of a block that is over."""
        return dict(self._counts[0])

    @property
    def products(self) -> dict[str, int]:
        """{type of the operands, "fp16": number of tl.dot}, of a block that is over."""
        return dict(self._counts[1])

    def trace(
        self,
        program: tuple[int, ...] | None = None,
        array: str | None = None,
        line: int | None = None,
    ) -> list[Event]:
        """The accesses in order: of one program instance (missing numbers are 0), tensor, line."""
        if program is not None:
            program = (*program, 0, 0)[:3]
        return [
            e
            for e in self.traffic.events
            if (program is None or e.program == program)
            and (array is None or e.array == array)
            and (line is None or e.line == line)
        ]

    def by_line(self) -> Counter[tuple[str, int]]:
        """Bytes by (kernel or helper, line of its cell or file)."""
        counter: Counter = Counter()
        for e in self.traffic.events:
            counter[e.function, e.line] += e.nbytes
        return counter

    def sectors(self, array: str) -> int:
        """32-byte sectors asked for: distinct within each access, added up over the accesses."""
        self._want_sectors(array)
        return self.session.sectors.get(array, 0) - self._sectors_before.get(array, 0)

    def unique_bytes(self, array: str) -> int:
        """Bytes of this tensor that were touched at least once in the outermost block."""
        self._want_sectors(array)
        return self.session.touched_bytes(array)

    def _want_sectors(self, array: str) -> None:
        if not self.options.sectors:
            raise FlashlabError("ask for it: flashlab.metered(..., sectors=True)")
        if array not in self.session.arrays:
            known = ", ".join(self.session.arrays) or "none"
            raise FlashlabError(f"no tensor {array!r} was metered; there were {known}")

    def _why_not(self) -> str:
        return (
            "the kernel ran on the GPU, where bytes are not metered; launch it with CPU tensors "
            '(device="cpu") for the bytes'
        )

    def __str__(self) -> str:
        if self.native:
            return f"Not metered: {self._why_not()}."
        head = "; ".join(str(x) for x in self.launches)
        return f"{head or 'Nothing was launched'}\n{self.traffic}"

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}

    def _repr_html_(self) -> str:
        """A small table: bytes by tensor."""
        if self.native:
            return f"<p>{html.escape(str(self))}</p>"
        head, *_ = str(self).split("\n", 1)
        rows = []
        for name, kinds in self.traffic.by_array().items():
            info = self.traffic.arrays[name]
            size = info.itemsize * _product(info.shape)
            moved = sum(kinds.values())
            cells = [
                name,
                f"{'x'.join(map(str, info.shape))} {info.dtype}",
                *(f"{kinds[k]:,}" for k in ("read", "write", "atomic")),
                f"{moved / size:.2f}" if size else "-",
            ]
            rows.append("".join(f"<td>{html.escape(c)}</td>" for c in cells))
        t = self.traffic
        total = [t.hbm_read_bytes, t.hbm_write_bytes, t.hbm_atomic_bytes]
        names = ("tensor", "shape", "bytes read", "written", "atomic", "x its size")
        return (
            f"<table><caption>{html.escape(head)}</caption>"
            f"<thead><tr>{''.join(f'<th>{n}</th>' for n in names)}</tr></thead><tbody>"
            + "".join(f"<tr>{row}</tr>" for row in rows)
            + "<tr><th>total</th><td></td>"
            + "".join(f"<td>{n:,}</td>" for n in total)
            + "<td></td></tr></tbody></table>"
        )
