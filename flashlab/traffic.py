"""Bytes between HBM and SRAM: the record that both meters fill, and the closed forms beside it.

`flashlab.memory` fills a `Traffic` from NumPy code, `flashlab.interpreter` fills one from a Triton
kernel. The closed forms count exactly, ragged tails included, so that a measurement is compared
with `==` and never with a tolerance.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple


class Event(NamedTuple):
    """One access to HBM: one trip to the refrigerator."""

    step: int  # running number within the run
    array: str  # name of the HBM array or of the kernel's tensor argument
    kind: str  # "read", "write" or "atomic"
    region: tuple[tuple[int, int], ...]  # bounding box, one half-open range per dimension
    nbytes: int  # bytes that crossed; masked-off lanes do not count
    program: tuple[int, int, int] = (0, 0, 0)  # program instance; (0, 0, 0) in NumPy code
    line: int = 0  # line of the learner's source (of the cell, in a notebook); 0: unknown
    loop_step: int = 0  # how often this program instance had run this access before
    sram_bytes: int = 0  # SRAM in use just after the access; 0 where it is not metered
    function: str = ""  # the kernel or helper in which the line stands; "" in NumPy code
    # (array, region) of each earlier read whose tile is still in SRAM; empty where not metered
    held: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = ()


class ArrayInfo(NamedTuple):
    """What stands in HBM under a name."""

    shape: tuple[int, ...]
    dtype: str
    itemsize: int  # bytes


@dataclass
class Traffic:
    """Every HBM access of one run, in order, and what stood in HBM.

    `hbm_read_bytes`, `hbm_write_bytes` and `hbm_atomic_bytes` add up to `hbm_bytes`. An atomic is
    counted once, under its own name. `trips` is the number of accesses. `source` is the text of
    the lines that events name, by (function, line), where it is known.
    """

    arrays: dict[str, ArrayInfo] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    sram_peak_bytes: int = 0
    sram_capacity_bytes: int | None = None  # None: without limit, or not metered
    source: dict[tuple[str, int], str] = field(default_factory=dict)

    def _sum(self, kind: str | None, array: str | None) -> int:
        return sum(
            e.nbytes
            for e in self.events
            if (kind is None or e.kind == kind) and (array is None or e.array == array)
        )

    @property
    def hbm_read_bytes(self) -> int:
        return self._sum("read", None)

    @property
    def hbm_write_bytes(self) -> int:
        return self._sum("write", None)

    @property
    def hbm_atomic_bytes(self) -> int:
        return self._sum("atomic", None)

    @property
    def hbm_bytes(self) -> int:
        return self._sum(None, None)

    @property
    def trips(self) -> int:
        return len(self.events)

    def read_bytes(self, array: str) -> int:
        """Bytes read from one array."""
        return self._sum("read", array)

    def write_bytes(self, array: str) -> int:
        """Bytes written to one array."""
        return self._sum("write", array)

    def by_array(self) -> dict[str, dict[str, int]]:
        """`{array: {"read": bytes, "write": ..., "atomic": ...}}`, untouched arrays included."""
        table = {name: {"read": 0, "write": 0, "atomic": 0} for name in self.arrays}
        for e in self.events:
            table.setdefault(e.array, {"read": 0, "write": 0, "atomic": 0})[e.kind] += e.nbytes
        return table

    def by_program(self) -> Counter[tuple[int, int, int]]:
        """Bytes per program instance."""
        return self._count("program")

    def by_line(self) -> Counter[int]:
        """Bytes per source line."""
        return self._count("line")

    def by_loop_step(self) -> Counter[int]:
        """Bytes per loop step."""
        return self._count("loop_step")

    def _count(self, attribute: str) -> Counter:
        counter: Counter = Counter()
        for e in self.events:
            counter[getattr(e, attribute)] += e.nbytes
        return counter

    def __str__(self) -> str:
        rows = [("array", "shape", "read", "written", "x its size")]
        for name, kinds in self.by_array().items():
            info = self.arrays.get(name)
            size = info.itemsize * _product(info.shape) if info else 0
            moved = sum(kinds.values())
            times = f"{moved / size:.2f}" if size else "-"
            shape = "x".join(map(str, info.shape)) if info else "?"
            written = kinds["write"] + kinds["atomic"]
            rows.append((name, shape, f"{kinds['read']:,}", f"{written:,}", times))
        written = self.hbm_write_bytes + self.hbm_atomic_bytes
        rows.append(("total", "", f"{self.hbm_read_bytes:,}", f"{written:,}", ""))
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        lines = []
        for row in rows:
            left = f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}"
            right = "  ".join(
                f"{cell:>{width}}" for cell, width in zip(row[2:], widths[2:], strict=True)
            )
            lines.append(f"{left}  {right}".rstrip())
        lines.append(f"{self.trips:,} trips, {self.hbm_bytes:,} bytes")
        if self.sram_peak_bytes:
            lines[-1] += f", SRAM peak {self.sram_peak_bytes:,} bytes"
        return "\n".join(lines)

    __repr__ = __str__


def _product(shape: tuple[int, ...]) -> int:
    total = 1
    for n in shape:
        total *= n
    return total


def cdiv(a: int, b: int) -> int:
    """Ceiling of a / b: how many tiles of b cover a."""
    return -(-a // b)


# --------------------------------------------------------------------------------------------------
# Closed forms, for one head. Multiply by batch * nheads for a whole layer.


def attention_flops(seqlen_q: int, seqlen_k: int, head_dim: int) -> int:
    """Floating-point operations of the two matrix products, forward, not causal.

    Q K^T and P V take 2 * seqlen_q * seqlen_k * head_dim each (a multiply and an add). The softmax
    is left out, as in FlashAttention-2 (arXiv 2307.08691), section 4.1.
    """
    return 4 * seqlen_q * seqlen_k * head_dim


def compulsory_traffic(seqlen_q: int, seqlen_k: int, head_dim: int, itemsize: int) -> dict:
    """Bytes that any attention must move: Q, K, V read once, the output written once."""
    return {
        "q": seqlen_q * head_dim * itemsize,
        "k": seqlen_k * head_dim * itemsize,
        "v": seqlen_k * head_dim * itemsize,
        "out": seqlen_q * head_dim * itemsize,
    }


def naive_traffic(seqlen_q: int, seqlen_k: int, head_dim: int, itemsize: int) -> dict:
    """Bytes by array of attention in three steps, with S and P in HBM (4Nd + 4N^2 elements).

    S = Q K^T is written and read back, P = softmax(S) is written and read back
    (FlashAttention, arXiv 2205.14135, Algorithm 0).
    """
    scores = seqlen_q * seqlen_k * itemsize
    return {
        **compulsory_traffic(seqlen_q, seqlen_k, head_dim, itemsize),
        "s": 2 * scores,
        "p": 2 * scores,
    }


def flash2_traffic(
    seqlen_q: int, seqlen_k: int, head_dim: int, BLOCK_M: int, itemsize: int, lse_itemsize: int = 0
) -> dict:
    """Bytes by array when the outer loop runs over query tiles (FlashAttention-2, Algorithm 1).

    Q is read once and the output written once; K and V are read once per query tile. BLOCK_N does
    not appear. `lse_itemsize` is 4 where the log-sum-exp is stored in float32, 0 where it is not.
    """
    visits = cdiv(seqlen_q, BLOCK_M)
    return {
        "q": seqlen_q * head_dim * itemsize,
        "k": visits * seqlen_k * head_dim * itemsize,
        "v": visits * seqlen_k * head_dim * itemsize,
        "out": seqlen_q * head_dim * itemsize,
        "lse": seqlen_q * lse_itemsize,
    }


def flash1_traffic(
    seqlen_q: int, seqlen_k: int, head_dim: int, BLOCK_N: int, itemsize: int, stat_itemsize: int = 0
) -> dict:
    """Bytes by array when the outer loop runs over key tiles (FlashAttention, Algorithm 1).

    K and V are read once. Q is read, and the output read and written, once per key tile; the first
    tile needs no old output, but the algorithm as printed reads the zeros it stored, so every tile
    reads. The zeros' own first write is not counted. `stat_itemsize` counts the row statistics m
    and l, read and written at every key tile, at that many bytes each.
    """
    visits = cdiv(seqlen_k, BLOCK_N)
    row = seqlen_q * head_dim * itemsize
    return {
        "q": visits * row,
        "k": seqlen_k * head_dim * itemsize,
        "v": seqlen_k * head_dim * itemsize,
        "out": 2 * visits * row,
        "m": 2 * visits * seqlen_q * stat_itemsize,
        "l": 2 * visits * seqlen_q * stat_itemsize,
    }


def flash_traffic_bytes(
    seqlen_q: int,
    seqlen_k: int,
    head_dim: int,
    BLOCK_M: int,
    BLOCK_N: int,
    itemsize: int,
    outer: str = "q",
    stat_itemsize: int = 0,
) -> int:
    """All bytes of tiled attention in either loop order: what lesson 05 has the learner write.

    outer: "q", query tiles outside (`flash2_traffic`), or "k", key tiles outside
    (`flash1_traffic`). stat_itemsize: bytes of one row statistic (LSE; m and l), 0: not counted.
    Raises ValueError for another `outer`.
    """
    sizes = seqlen_q, seqlen_k, head_dim
    if outer == "q":
        return sum(flash2_traffic(*sizes, BLOCK_M, itemsize, stat_itemsize).values())
    if outer == "k":
        return sum(flash1_traffic(*sizes, BLOCK_N, itemsize, stat_itemsize).values())
    raise ValueError(f'outer is "q" or "k", not {outer!r}')
