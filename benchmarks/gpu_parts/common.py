"""What the parts share: the machine in words, inputs, timing."""

from __future__ import annotations

import multiprocessing
import platform
import statistics
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import torch
import triton


def has_gpu() -> bool:
    return torch.cuda.is_available()


def device() -> torch.device:
    return torch.device("cuda" if has_gpu() else "cpu")


def machine() -> dict:
    """Card, driver and versions, for the record."""
    import numpy

    words = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "triton": triton.__version__,
        "numpy": numpy.__version__,
    }
    if not has_gpu():
        return {"card": "none (CPU, interpreter)", **words}
    properties = torch.cuda.get_device_properties(0)
    query = "driver_version,clocks.max.sm,power.limit"
    smi = subprocess.run(
        ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"],
        capture_output=True,
        text=True,
    )
    return {
        "card": properties.name,
        "capability": f"{properties.major}.{properties.minor}",
        "sms": properties.multi_processor_count,
        "l2_bytes": properties.L2_cache_size,
        "memory_bytes": properties.total_memory,
        "driver, max SM clock, power limit": smi.stdout.strip(),
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        **words,
    }


def inputs(batch, nheads, seqlen_q, seqlen_k, head_dim, dtype, nheads_k=None, seed=0, scale=1.0):
    """Seeded normal q, k, v, do, (batch, nheads, seqlen, head_dim)."""
    g = torch.Generator(device="cpu").manual_seed(seed)
    nheads_k = nheads_k or nheads

    def normal(heads, seqlen):
        # drawn on the device where the tensor is large: random, never zeros
        if batch * heads * seqlen * head_dim > 1 << 20 and has_gpu():
            gen = torch.Generator(device="cuda").manual_seed(seed + heads + seqlen)
            x = torch.randn(
                batch, heads, seqlen, head_dim, generator=gen, device="cuda", dtype=torch.float32
            )
        else:
            x = torch.randn(batch, heads, seqlen, head_dim, generator=g).to(device())
        return (x * scale).to(dtype)

    return (
        normal(nheads, seqlen_q),
        normal(nheads_k, seqlen_k),
        normal(nheads_k, seqlen_k),
        normal(nheads, seqlen_q),
    )


_flush_buffer = None


def flush_l2() -> None:
    """Overwrite 256 MB, so that nothing of the last run is left in L2."""
    global _flush_buffer
    if not has_gpu():
        return
    if _flush_buffer is None:
        _flush_buffer = torch.empty(256 << 20, dtype=torch.int8, device="cuda")
    _flush_buffer.zero_()


def times_ms(fn, repetitions: int) -> list[float]:
    """Milliseconds of each repetition, L2 flushed before each."""
    if not has_gpu():
        start = time.perf_counter()
        fn()
        return [1e3 * (time.perf_counter() - start)]
    events = []
    for _ in range(repetitions):
        flush_l2()
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        fn()
        end.record()
        events.append((begin, end))
    torch.cuda.synchronize()
    return [begin.elapsed_time(end) for begin, end in events]


def interleaved(contenders: dict, rounds: int = 5, budget_ms: float = 25.0) -> dict:
    """Median and spread of each contender, timed in turns: {name: {ms, p20, p80, n} or {error}}.

    Taking turns lets clock and temperature drift hit all alike.
    """
    samples: dict[str, list[float]] = {}
    out: dict[str, dict] = {}
    repetitions = {}
    for name, fn in list(contenders.items()):
        try:
            for _ in range(2):
                fn()
            once = statistics.median(times_ms(fn, 2))
            repetitions[name] = max(1, min(20, round(budget_ms / max(once, 1e-3))))
            samples[name] = []
        except Exception as error:
            out[name] = {"error": one_line(error)}
            if has_gpu():
                torch.cuda.empty_cache()
    for _ in range(rounds):
        for name in samples:
            samples[name] += times_ms(contenders[name], repetitions[name])
    for name, values in samples.items():
        values.sort()
        out[name] = {
            "ms": round(statistics.median(values), 5),
            "p20": round(values[len(values) // 5], 5),
            "p80": round(values[(4 * len(values)) // 5], 5),
            "n": len(values),
        }
    return out


def attention_tflop(batch, nheads, seqlen, head_dim, causal, backward=False) -> float:
    """TFLOP by the papers' count (FlashAttention-2, section 4.1): causal halves, backward 2.5x."""
    flop = 4 * batch * nheads * seqlen**2 * head_dim * (0.5 if causal else 1)
    return flop * (2.5 if backward else 1) / 1e12


def in_processes(fn, jobs: list, workers: int) -> list:
    """[fn(job)], by `workers` processes on a GPU: compiling takes longer than running.

    A job whose process dies takes no other with it; its result is None. `fn` is a module's own.
    """
    if workers < 2 or not has_gpu():
        return [fn(job) for job in jobs]
    done: dict[int, object] = {}
    for attempt in range(3):
        pending = [i for i in range(len(jobs)) if i not in done]
        if not pending:
            break
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers if attempt < 2 else 1, mp_context=spawn) as pool:
            futures = {i: pool.submit(fn, jobs[i]) for i in pending}
            for i, future in futures.items():
                try:
                    done[i] = future.result()
                except BrokenProcessPool:
                    pass  # tried again in the next round
    return [done.get(i) for i in range(len(jobs))]


def one_line(error: Exception, width: int = 160) -> str:
    """`Kind: first line of the text`."""
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:width]}"
