"""The same kernel on this card and, with its tensors on the processor, in the metered interpreter.

One process does both: on the card `flashlab.metered` runs it natively and says that bytes are not
metered there; on CPU tensors the bytes equal the closed form; the outputs agree.
"""

from __future__ import annotations

import torch

import flashlab
from flashlab.interpreter.meter import NotMetered
from flashlab.kernels import flash_forward
from flashlab.traffic import flash2_traffic
from gpu_parts import common

SIZES = (113, 203, 32)  # seqlen_q, seqlen_k, head_dim
CONFIG = dict(BLOCK_M=32, BLOCK_N=32, num_warps=4, num_stages=1)


def run(options, results) -> dict:
    q, k, v, _ = common.inputs(1, 1, *SIZES, torch.float16)
    with flashlab.metered(outputs=("out", "lse")) as meter:
        there, _ = flash_forward(q, k, v, config=CONFIG)
    words, refused = str(meter), False
    try:
        _ = meter.traffic
    except NotMetered:
        refused = True
    with flashlab.metered(outputs=("out", "lse")) as meter:
        here, _ = flash_forward(q.cpu(), k.cpu(), v.cpu(), config=CONFIG)
    expected = flash2_traffic(*SIZES, CONFIG["BLOCK_M"], 2, 4)
    moved = {name: sum(kinds.values()) for name, kinds in meter.traffic.by_array().items()}
    equal = {name.lower(): n for name, n in moved.items()} == expected
    apart = float((there.cpu().float() - here.float()).abs().max())
    right = equal and apart < 2e-3 and refused == common.has_gpu()
    return {
        "native": words.splitlines()[0],
        "bytes": moved,
        "largest difference": apart,
        "failures": [] if right else [{"equal": equal, "apart": apart, "refused": refused}],
    }
