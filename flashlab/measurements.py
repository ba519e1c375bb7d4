"""What was measured on a GPU, for those who have none: figures with card, driver and versions.

`benchmarks/for_lessons.py` takes them from a visit's results (`benchmarks/results/`). They are
shown as they were measured; where there is no measurement there is no figure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from flashlab.errors import FlashlabError


class NotRecorded(FlashlabError, LookupError):
    """Nothing was measured for what was asked."""


@dataclass(frozen=True)
class Recorded:
    """One visit to one card.

    machine: card, driver, torch, triton. tokens: batch * seqlen of every speed row. Speed: fp16,
    nheads * head_dim = 2048, the median of interleaved rounds, L2 flushed before each launch.
    """

    machine: dict
    tokens: int
    rows: tuple[dict, ...]  # speed, forward
    bytes: tuple[dict, ...]  # what, heads, seqlen, dram_mb, l2_mb, tile_mb, compulsory_mb (10^6)
    bytes_of: dict  # head_dim, BLOCK_M, dtype of the rows of `bytes`
    precision: tuple[dict, ...]  # dtype, input_precision, errors of the output
    precision_shape: tuple[int, ...]  # seqlen_q, seqlen_k, head_dim, nheads, nheads_k

    @property
    def label(self) -> str:
        """`recorded on an NVIDIA H100 80GB HBM3, driver ..., torch ..., triton ...`."""
        m = self.machine
        return (
            f"recorded on an {m['card']}, driver {m['driver']}, torch {m['torch']}, "
            f"triton {m['triton']}"
        )

    def forward(self, head_dim: int, causal: bool = False) -> list[dict]:
        """Speed rows, short sequences first: seqlen, and {who: {ms, p20, p80, tflops}} with who
        ours, sdpa_flash, sdpa_cudnn and naive. Raises NotRecorded."""
        found = [r for r in self.rows if r["head_dim"] == head_dim and r["causal"] == causal]
        if not found:
            known = sorted({r["head_dim"] for r in self.rows})
            raise NotRecorded(f"no speed was recorded at head_dim {head_dim}; there are {known}")
        return sorted(found, key=lambda r: r["seqlen"])

    def traffic(self, what: str, heads: int) -> list[dict]:
        """Byte rows of "flash", "heads_first" (neighbours belong to different heads) or "naive".
        Raises NotRecorded."""
        found = [r for r in self.bytes if (r["what"], r["heads"]) == (what, heads)]
        if not found:
            known = sorted({(r["what"], r["heads"]) for r in self.bytes})
            raise NotRecorded(f"no bytes were recorded for {what!r}, {heads} heads; known: {known}")
        return sorted(found, key=lambda r: r["seqlen"])


@cache
def recorded(card: str = "H100") -> Recorded:
    """The measurements of one card. Raises NotRecorded where there are none."""
    file = resources.files("flashlab") / "data" / f"{card.lower()}.json"
    if not file.is_file():
        raise NotRecorded(f"nothing was recorded on {card!r}")
    data = json.loads(file.read_text("utf-8"))
    lists = ("forward", "bytes", "precision", "precision_shape")
    return Recorded(
        data["machine"],
        data["tokens"],
        *(tuple(data[name]) for name in lists[:2]),
        data["bytes_of"],
        *(tuple(data[name]) for name in lists[2:]),
    )
