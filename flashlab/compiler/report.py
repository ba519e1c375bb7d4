"""What a compiled kernel would need on a card, in numbers and in words."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

from flashlab.cards import Card
from flashlab.compiler.process import CompilerUnavailable

__all__ = ["CompilerUnavailable", "Occupancy", "Report", "Reports", "occupancy"]


@dataclass(frozen=True)
class Occupancy:
    """How many blocks of a kernel one SM holds at once, and what sets the limit."""

    blocks_per_sm: int
    limited_by: str  # "shared memory", "registers", "warps" or "blocks"
    warps_per_sm: int
    max_warps_per_sm: int

    def __str__(self) -> str:
        share = 100 * self.warps_per_sm / self.max_warps_per_sm
        plural = "" if self.blocks_per_sm == 1 else "s"
        return (
            f"{self.blocks_per_sm} block{plural} an SM, limited by {self.limited_by} "
            f"({self.warps_per_sm} of {self.max_warps_per_sm} warps, {share:.0f} %)"
        )


def occupancy(card: Card, shared_bytes: int, registers: int, num_warps: int) -> Occupancy:
    """Blocks an SM from the card's limits (CUDA Occupancy Calculator's rules).

    Each resident block costs its shared memory plus what the system keeps; registers are handed out
    to warps in units of 256 (8 a thread), AMD's to waves in units of 8 a lane.
    """
    warp_registers = -(-max(registers, 1) // 8) * 8 * card.warp_size
    units = 4  # an SM's warp schedulers (an AMD compute unit's SIMDs), each with its own registers
    warps_by_registers = card.registers_per_sm // units // warp_registers * units
    held = shared_bytes + card.shared_reserved_bytes
    limits = {
        "shared memory": card.shared_bytes_per_sm // held if held else card.max_blocks_per_sm,
        "registers": warps_by_registers // num_warps,
        "warps": min(card.max_warps_per_sm, card.max_threads_per_sm // card.warp_size) // num_warps,
        "blocks": card.max_blocks_per_sm,
    }
    limited_by = min(limits, key=limits.get)
    blocks = limits[limited_by]
    return Occupancy(blocks, limited_by, blocks * num_warps, card.max_warps_per_sm)


@dataclass(frozen=True)
class Report:
    """One kernel compiled for one card. Where `error` is set nothing else is known.

    shared_bytes: a block's; registers: a thread's; spill_bytes: a thread's local memory, where
    registers that do not fit go; tensor_core: {instruction: times it stands in the code};
    async_copies, bulk_copies: copies to shared memory that do not pass through registers
    (cp.async, and Hopper's copy engine).
    """

    kernel: str
    card: Card
    constexprs: dict = field(default_factory=dict)
    num_warps: int = 4
    num_stages: int = 0
    shared_bytes: int = 0
    registers: int = 0
    spill_bytes: int = 0
    tensor_core: dict = field(default_factory=dict)
    async_copies: int = 0
    bulk_copies: int = 0
    tensor_memory_columns: int = 0
    error: str = ""  # what the compiler says, with the learner's line
    error_kind: str = ""

    @property
    def why(self) -> str:
        """Why it cannot be launched, in words; empty when it can."""
        if self.error:
            return f"does not compile: {self.error}"
        card, threads = self.card, self.num_warps * self.card.warp_size
        if self.shared_bytes > card.shared_bytes_per_block:
            return (
                f"needs {_kb(self.shared_bytes)} of shared memory; {_article(card)} has "
                f"{_kb(card.shared_bytes_per_block)} a block"
            )
        if threads > card.max_threads_per_block:
            return f"needs {threads} threads; a block has at most {card.max_threads_per_block}"
        if self.tensor_memory_columns > 512:
            return f"needs {self.tensor_memory_columns} columns of tensor memory; there are 512"
        if self.occupancy.blocks_per_sm == 0:
            return f"one block alone exceeds an SM's {self.occupancy.limited_by}"
        return ""

    @property
    def can_launch(self) -> bool:
        return not self.why

    @property
    def occupancy(self) -> Occupancy:
        return occupancy(self.card, self.shared_bytes, self.registers, self.num_warps)

    def lines(self) -> list[str]:
        """The report in short lines, one fact each."""
        head = f"{self.kernel} on {_article(self.card)} ({self.card.target})"
        if self.error:
            return [f"{head}: does not compile", *self.error.splitlines()]
        verdict = "can launch" if self.can_launch else f"cannot launch: {self.why}"
        spills = (
            f", {self.spill_bytes} bytes a thread spilled" if self.spill_bytes else ", no spill"
        )
        tensor = ", ".join(f"{n} {name}" for name, n in self.tensor_core.items())
        copies = [f"{self.async_copies} cp.async"] if self.async_copies else []
        copies += [f"{self.bulk_copies} bulk tensor copies"] if self.bulk_copies else []
        out = [
            f"{head}: {verdict}",
            f"  shared memory  {self.shared_bytes:,} bytes a block "
            f"(limit {self.card.shared_bytes_per_block:,})",
            f"  registers      {self.registers} a thread, {self.num_warps} warps{spills}",
            f"  tensor cores   {tensor or 'no tensor-core instruction'}",
            f"  async copies   {', '.join(copies) or 'none'}",
        ]
        return out + ([f"  occupancy      {self.occupancy}"] if self.can_launch else [])

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return Reports([self])._repr_html_()


class Reports(tuple[Report, ...]):
    """Several reports; shows itself as one table. `reports["T4"]` is the one for that card."""

    def __new__(cls, reports: Sequence[Report]):
        return super().__new__(cls, reports)

    def __getitem__(self, key):
        if isinstance(key, str):
            for report in self:
                if report.card.name == key.upper():
                    return report
            raise KeyError(key)
        return super().__getitem__(key)

    HEAD = ("card", "shared KB", "limit", "registers", "spill B", "tensor cores", "async copies",
            "blocks/SM", "launches")  # fmt: skip

    def rows(self) -> list[tuple[str, ...]]:
        out = []
        for r in self:
            if r.error:
                out.append((r.card.name, *["-"] * 7, r.why.splitlines()[0]))
                continue
            tensor = " ".join(f"{n} {name}" for name, n in r.tensor_core.items()) or "none"
            limit = r.card.shared_bytes_per_block // 1024
            out.append((
                r.card.name, f"{r.shared_bytes / 1024:g}", f"{limit}",
                str(r.registers), str(r.spill_bytes), tensor, str(r.async_copies + r.bulk_copies),
                str(r.occupancy.blocks_per_sm), "yes" if r.can_launch else f"no: {r.why}",
            ))  # fmt: skip
        return out

    def __str__(self) -> str:
        rows = [self.HEAD, *self.rows()]
        last = len(self.HEAD) - 1
        widths = [max(len(row[i]) for row in rows) for i in range(last)]
        return "\n".join(
            "  ".join([row[0].ljust(widths[0])]
                      + [row[i].rjust(widths[i]) for i in range(1, last)] + [row[last]])
            for row in rows
        )  # fmt: skip

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def line(cells, tag):
            return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"

        name = html.escape(self[0].kernel) if self else ""
        body = line(self.HEAD, "th") + "".join(line(row, "td") for row in self.rows())
        errors = dict.fromkeys(r.error for r in self if r.error)
        notes = "".join(f"<pre>{html.escape(e)}</pre>" for e in errors)
        return f"<table><caption>{name}</caption>{body}</table>{notes}"


def _kb(nbytes: int) -> str:
    return f"{nbytes / 1024:.4g} KB"


def _article(card: Card) -> str:
    return f"{'an' if card.name[0] in 'AHLMR' else 'a'} {card.name}"
