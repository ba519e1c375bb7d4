"""`python -m flashlab.compiler`: the reference forward kernel over cards and block sizes."""

from __future__ import annotations

import argparse

from flashlab.cards import CARDS
from flashlab.compiler import compile_source
from flashlab.compiler.reference import forward_signature, forward_source


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m flashlab.compiler", description=__doc__)
    parser.add_argument("--head-dim", type=int, default=64)
    parser.add_argument("--dtype", default="fp16", choices=("fp16", "bf16", "fp32"))
    parser.add_argument("--causal", action="store_true")
    parser.add_argument("--cards", default=",".join(CARDS), help="comma-separated")
    parser.add_argument("--blocks", default="32x32,64x64,128x64,128x128", help="BLOCK_MxBLOCK_N")
    parser.add_argument("--warps", type=int, default=4)
    parser.add_argument("--stages", type=int, default=3)
    options = parser.parse_args()
    kind = "causal" if options.causal else "not causal"
    print(f"FlashAttention forward, {options.dtype}, head_dim {options.head_dim}, {kind}, "
          f"{options.warps} warps, {options.stages} stages")  # fmt: skip
    for block in options.blocks.split(","):
        block_m, block_n = map(int, block.split("x"))
        reports = compile_source(
            forward_source(),
            "flash_forward_kernel",
            options.cards.split(","),
            signature=forward_signature(options.dtype),
            num_warps=options.warps,
            num_stages=options.stages,
            HEAD_DIM=options.head_dim,
            BLOCK_D=max(16, 1 << (options.head_dim - 1).bit_length()),
            BLOCK_M=block_m,
            BLOCK_N=block_n,
            IS_CAUSAL=options.causal,
            INPUT_PRECISION="ieee",
        )
        print(f"\n{block_m} x {block_n}\n{reports}", flush=True)


if __name__ == "__main__":
    main()
