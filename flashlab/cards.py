"""What each card offers: the numbers that the compile report and the roofline stand on.

Units are bytes, SMs, TFLOP/s (10^12) and GB/s (10^9); KB and MB of on-chip memory are 1024-based.
"SM" reads "compute unit" on an AMD card. Matrix rates are dense (no sparsity), 16-bit inputs with
32-bit accumulation. All rates are the vendor's peak, at boost clock.

Sources
  [CUDA]   NVIDIA, CUDA C++ Programming Guide, "Compute Capabilities", table "Technical
           Specifications per Compute Capability": shared memory per SM and per block, registers,
           resident threads, warps and blocks. From compute capability 8.0 on the system keeps 1 KB
           of shared memory for each resident block (same guide; Ampere, Hopper and Blackwell
           tuning guides, "Unified Shared Memory/L1"). The same numbers in code: NVIDIA/cccl,
           libcudacxx/include/cuda/__device/arch_traits.h. Of resident blocks at 12.0 the documents
           disagree: 24 in that file and the guide for CUDA 13, 32 in the Blackwell tuning guide.
  [T4]     NVIDIA Turing GPU Architecture whitepaper, appendix on the Tesla T4; NVIDIA T4 datasheet:
           65 TFLOP/s fp16, 8.1 fp32, 320 GB/s, 40 SMs, 4 MB L2.
  [L4]     NVIDIA L4 datasheet: 242 TFLOP/s fp16 with sparsity, so 121 dense, 30.3 fp32, 300 GB/s;
           7424 CUDA cores at 128 an SM are 58 SMs; 48 MB L2 is AD104's (NVIDIA Ada GPU
           Architecture whitepaper).
  [A100]   NVIDIA A100 Tensor Core GPU Architecture whitepaper: 312 TFLOP/s, 19.5 fp32, 108 SMs,
           40 MB L2; A100 datasheet: 2039 GB/s for 80 GB SXM (1555 GB/s for 40 GB).
  [H100]   NVIDIA H100 Tensor Core GPU Architecture whitepaper, SXM5: 989.4 TFLOP/s, 66.9 fp32,
           132 SMs, 50 MB L2, 3.35 TB/s (datasheet).
  [H200]   NVIDIA H200 datasheet: 1979 TFLOP/s with sparsity and 67 fp32, the H100's 989.4 dense
           and 66.9 rounded (the same chip), 4.8 TB/s. The datasheet gives no L2;
           60 MB and 132 SMs are what PyTorch's device properties report.
  [B200]   NVIDIA Blackwell datasheet, HGX B200, per GPU: 4.5 PFLOP/s fp16 with sparsity, so 2250
           TFLOP/s dense, 75 fp32, 7.7 TB/s (8 are the GB200's). 148 SMs and 126 MB L2 are what
           PyTorch's device properties report.
  [RTX]    NVIDIA RTX Blackwell GPU Architecture whitepaper, GeForce RTX 5090: 209.5 TFLOP/s fp16
           with fp32 accumulation, 104.8 fp32, 1792 GB/s, 170 SMs, 96 MB L2.
  [MI300]  AMD Instinct MI300X datasheet: 1307.4 TFLOP/s fp16, 163.4 fp32, 5.3 TB/s, 304 compute
           units; AMD CDNA 3 whitepaper: 4 MB L2 on each of 8 dies (256 MB Infinity Cache beyond),
           64 KB of local data share per compute unit; AMD CDNA 3 ISA guide: 512 vector registers
           per lane and SIMD, 4 SIMDs of at most 8 waves of 64 lanes. The same in ROCm's "AMD GPU
           specifications": 64 KiB LDS, 32 MiB L2, 512 KiB of vector registers per compute unit.
"""

from __future__ import annotations

from dataclasses import dataclass

from flashlab.errors import FlashlabError

KB = 1024
MB = 1024 * KB


@dataclass(frozen=True)
class Card:
    """One GPU, as a programmer meets it. Sources: the module's docstring."""

    name: str
    product: str  # the exact product that the rates are for
    backend: str  # "cuda" or "hip"
    arch: int | str  # compute capability times 10, or AMD's gfx name
    tflops_16bit: float  # dense matrix rate, fp16 (bf16 too where `bf16`)
    tflops_fp32: float  # plain fp32, no tensor cores
    hbm_gb_per_s: float  # bandwidth of device memory
    sms: int
    l2_bytes: int
    shared_bytes_per_block: int  # what one block may opt in to
    shared_bytes_per_sm: int
    shared_reserved_bytes: int  # kept by the system for each resident block
    max_threads_per_sm: int
    max_warps_per_sm: int
    max_blocks_per_sm: int
    registers_per_sm: int = 64 * KB  # 32-bit registers
    max_registers_per_thread: int = 255
    max_threads_per_block: int = 1024
    warp_size: int = 32
    bf16: bool = True  # matrix instructions take bf16

    @property
    def ridge_flops_per_byte(self) -> float:
        """Arithmetic intensity above which 16-bit matrix work is bound by compute."""
        return self.tflops_16bit * 1e12 / (self.hbm_gb_per_s * 1e9)

    def attainable_tflops(self, flops_per_byte: float) -> float:
        """The roofline: the most that 16-bit matrix work of that intensity can reach, TFLOP/s.

        Williams, Waterman, Patterson 2009, "Roofline", doi:10.1145/1498765.1498785.
        """
        return min(self.tflops_16bit, flops_per_byte * self.hbm_gb_per_s / 1e3)

    @property
    def target(self) -> str:
        """`sm_90`, `gfx942`: the name that the compiler has for it."""
        return f"sm_{self.arch}" if self.backend == "cuda" else str(self.arch)


# limits that belong to the compute capability, not to the product [CUDA]
_SM75 = dict(
    shared_bytes_per_block=64 * KB, shared_bytes_per_sm=64 * KB, shared_reserved_bytes=0,
    max_threads_per_sm=1024, max_warps_per_sm=32, max_blocks_per_sm=16, bf16=False,
)  # fmt: skip
_SM80 = dict(
    shared_bytes_per_block=163 * KB, shared_bytes_per_sm=164 * KB, shared_reserved_bytes=KB,
    max_threads_per_sm=2048, max_warps_per_sm=64, max_blocks_per_sm=32,
)  # fmt: skip
_SM89 = dict(
    shared_bytes_per_block=99 * KB, shared_bytes_per_sm=100 * KB, shared_reserved_bytes=KB,
    max_threads_per_sm=1536, max_warps_per_sm=48, max_blocks_per_sm=24,
)  # fmt: skip
_SM90 = dict(
    shared_bytes_per_block=227 * KB, shared_bytes_per_sm=228 * KB, shared_reserved_bytes=KB,
    max_threads_per_sm=2048, max_warps_per_sm=64, max_blocks_per_sm=32,
)  # fmt: skip
_SM100, _SM120 = _SM90, _SM89
# 4 SIMDs x 512 vector registers x 64 lanes; 8 waves of 64 lanes a SIMD [MI300]
_CDNA3 = dict(
    shared_bytes_per_block=64 * KB, shared_bytes_per_sm=64 * KB, shared_reserved_bytes=0,
    max_threads_per_sm=2048, max_warps_per_sm=32, max_blocks_per_sm=32, warp_size=64,
    registers_per_sm=4 * 512 * 64, max_registers_per_thread=512,
)  # fmt: skip

CARDS: dict[str, Card] = {
    card.name: card
    for card in (
        Card("T4", "Tesla T4", "cuda", 75, 65, 8.1, 320, 40, 4 * MB, **_SM75),
        Card("L4", "L4", "cuda", 89, 121, 30.3, 300, 58, 48 * MB, **_SM89),
        Card("A100", "A100 SXM 80 GB", "cuda", 80, 312, 19.5, 2039, 108, 40 * MB, **_SM80),
        Card("H100", "H100 SXM 80 GB", "cuda", 90, 989.4, 66.9, 3350, 132, 50 * MB, **_SM90),
        Card("H200", "H200 SXM 141 GB", "cuda", 90, 989.4, 66.9, 4800, 132, 60 * MB, **_SM90),
        Card("B200", "HGX B200", "cuda", 100, 2250, 75, 7700, 148, 126 * MB, **_SM100),
        Card("RTX", "GeForce RTX 5090", "cuda", 120, 209.5, 104.8, 1792, 170, 96 * MB, **_SM120),
        Card("MI300", "Instinct MI300X", "hip", "gfx942", 1307.4, 163.4, 5300, 304, 32 * MB,
             **_CDNA3),
    )
}  # fmt: skip


def card(name: str | Card) -> Card:
    """The card of that name, whatever the case. Raises UnknownCard, which lists the known."""
    if isinstance(name, Card):
        return name
    found = CARDS.get(str(name).upper())
    if found is None:
        raise UnknownCard(f"unknown card {name!r}; known are {', '.join(CARDS)}")
    return found


class UnknownCard(FlashlabError, LookupError):
    """No card of that name is described in `flashlab.cards`."""
