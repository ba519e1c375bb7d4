"""Checks of lesson 08: heads and layouts, types, configurations for three cards, a measurement."""

from __future__ import annotations

import numpy as np

from flashlab import traffic
from flashlab.checks import harness, heads, kernels
from flashlab.checks.kernels import Launch, Output, Tensor
from flashlab.checks.lesson_08_heads import Case
from flashlab.checks.lesson_08_speed import (
    all_close,
    expect,
    measured,
    rate_of,
    report_of,
    sizes_of,
)
from flashlab.checks.lesson_08_tile import check_rounded, check_tile, compare_tile, tile_launch

DTYPES = ("float16", "bfloat16", "float32")
# batch, nheads, seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N
SHAPES = ((2, 3, 17, 40, 16, 16, 16), (1, 2, 33, 70, 32, 32, 16), (3, 2, 20, 15, 16, 16, 32))
FAR_BATCHES = (3, 1, 16, 16, 16, 16, 16)
CARDS = ("T4", "A100", "H100")


# --------------------------------------------------------------------------------------------------
# trace_strides


def trace_strides__numbers(strides, offset, batch_and_head, first_too_far) -> None:
    """Strides of (2, 4, 7, 32) stored token by token, one offset, one owner, the end of 32 bits."""
    harness.answered(
        strides=strides, offset=offset, batch_and_head=batch_and_head, first_too_far=first_too_far
    )
    whys = {
        (896, 224, 32, 1): (
            "Those belong to a tensor that is stored as it is seen. This one is stored token by "
            "token: seqlen comes before nheads."
        ),
        (896, 128, 32, 1): "Two are exchanged: in memory the heads of one token are neighbours.",
        (2, 4, 7, 32): "Those are the sizes. A stride is how many elements further the next lies.",
        (3584, 128, 512, 4): "Strides count elements here, not bytes.",
        (1792, 64, 256, 2): "Strides count elements here, not bytes.",
    }
    harness.numbers("strides", strides, (896, 32, 128, 1), whys)
    whys = {
        1442: "The token's stride is 128, the head's 32: 3 heads and 5 tokens.",
        738: "The batch is missing: 1 * 896.",
    }
    harness.numbers("offset", offset, 1634, whys)
    whys = {
        (2, 1): "First the batch, then the head.",
        (0, 6): "There are 4 heads only: count batches after every 4.",
        (3, 0): "Divide by nheads, not by the number of batches.",
    }
    harness.numbers("batch_and_head", batch_and_head, (1, 2), whys)
    whys = {
        31: "Batch 31 still starts below 2^31.",
        33: "Batches are numbered from 0, and batch 32 starts at 32 * 2^26 = 2^31.",
        16: "A number up to 2^31 - 1 reaches further; an element counts once, not by its bytes.",
        64: "The largest 32-bit offset is 2^31 - 1, not 2^32 - 1: one bit holds the sign.",
        2**26: "That is how many elements one batch has.",
    }
    harness.numbers("first_too_far", first_too_far, 32, whys)
    harness.passed("896 + 3 * 32 + 5 * 128 + 2 = 1634")


# --------------------------------------------------------------------------------------------------
# absorb_tile, on its bench


def absorb_tile__values(one_tile_kernel) -> None:
    """m_i, l_i and acc after one more tile: from nothing, and after keys seen before."""
    for dtype in DTYPES:
        for kind in ("random", "ascending", "descending"):
            for first in (0, harness.vary(12, 3, dtype, kind)):
                check_tile(one_tile_kernel, kind, dtype, first)
    harness.passed("rising, falling and random scores in three types")


def absorb_tile__precision(one_tile_kernel) -> None:
    """Products of 16-bit numbers where those come; of float32: whole for ieee, tf32 if asked."""
    for dtype in DTYPES[:2]:
        check_rounded(one_tile_kernel, dtype)
    for first in (0, 12):
        check_tile(one_tile_kernel, "random", "float32", first, tf32=True)
    launch, *_ = tile_launch("random", "float32", 0, "tf32")
    asked = kernels.run(one_tile_kernel, launch, tf32=True).outputs["acc_out"]
    launch, *_ = tile_launch("random", "float32", 0, "ieee")
    exact = kernels.run(one_tile_kernel, launch, tf32=True).outputs["acc_out"]
    if np.abs(asked - exact).max() < 1e-5 * np.abs(exact).max():
        harness.fail(
            'absorb_tile gives the same numbers for INPUT_PRECISION "tf32" and "ieee"',
            "Pass the parameter on, input_precision=INPUT_PRECISION, instead of a fixed word.",
        )
    harness.passed("ieee is exact, tf32 is what it is")


def absorb_tile__gpu(one_tile_kernel) -> None:
    """It compiles for an A100 and an H100, and runs on a GPU where there is one."""
    native = None
    for dtype in ("float16", "bfloat16"):
        launch, *facts = tile_launch("random", dtype, 12)
        if dtype == "float16":
            kernels.check_compiles(one_tile_kernel, launch)
            heads.check_tensor_cores(one_tile_kernel, launch)
        native = kernels.native(one_tile_kernel, launch)
        if native is not None:
            compare_tile(native, dtype, *facts, " on the GPU")
    heads.passed_gpu(native)


# --------------------------------------------------------------------------------------------------
# flash_heads_kernel


def flash_heads_kernel__values(flash_heads_kernel) -> None:
    """The output for any batch, heads and strides, ragged, in three types."""
    worst = {}
    for n, shape in enumerate(SHAPES):
        for dtype in DTYPES if n == 0 else DTYPES[n - 1 : n]:
            case = Case(shape, dtype, n)
            run = kernels.run(flash_heads_kernel, case.launch)
            error = case.compare_out(run.outputs, harness.name_of(flash_heads_kernel))
            worst[dtype] = max(error, worst.get(dtype, 0.0))
    case = Case(FAR_BATCHES, "float32", 0, wide=2**30)  # batch 2 begins at 2^31
    run = kernels.run(flash_heads_kernel, case.launch)
    case.compare_out(run.outputs, harness.name_of(flash_heads_kernel))
    words = ", ".join(f"{dtype} {error:.1e}" for dtype, error in worst.items())
    harness.passed(f"{len(SHAPES)} shapes, four layouts; largest errors: {words}")


def flash_heads_kernel__lse(flash_heads_kernel) -> None:
    """The natural log-sum-exp, each head in its place, also where all scores are far below 0."""
    for n, shape in enumerate(SHAPES[:2]):
        for far in (False, True):
            case = Case(shape, "float32", n, far)
            run = kernels.run(flash_heads_kernel, case.launch)
            case.compare_lse(run.outputs, harness.name_of(flash_heads_kernel))
    harness.passed("(m_i + log2(l_i)) ln(2), for scores below -100 too")


def flash_heads_kernel__bytes(flash_heads_kernel) -> None:
    """Each head moves the bytes of lesson 05: q, out and lse once, k and v once a tile of q."""
    for n, shape in enumerate(SHAPES[:2]):
        case = Case(shape, ("float16", "float32")[n], n)
        run = kernels.run(flash_heads_kernel, case.launch)
        total = case.check_bytes(flash_heads_kernel, run)
    harness.passed(f"{total:,} bytes, to the byte, as for {shape[0] * shape[1]} single heads")


def flash_heads_kernel__gpu(flash_heads_kernel) -> None:
    """It compiles for an A100 and an H100, and is right on a GPU where there is one."""
    native = None
    for dtype in ("float16", "float32"):
        case = Case((2, 2, 70, 100, 64, 64, 32), dtype, 0)
        if dtype == "float16":
            kernels.check_compiles(flash_heads_kernel, case.launch)
            heads.check_tensor_cores(flash_heads_kernel, case.launch)
        native = kernels.native(flash_heads_kernel, case.launch)
        if native is not None:
            name = f"{harness.name_of(flash_heads_kernel)} on the GPU"
            case.compare_out(native, name)
            case.compare_lse(native, name)
    heads.passed_gpu(native)


# --------------------------------------------------------------------------------------------------
# Configurations


def shared_bytes__formula(shared_bytes, most_stages) -> None:
    """One tile of Q, num_stages tiles each of K and V; and the most stages in 227 KB."""
    for sizes in ((64, 32, 64, 4, 3), (128, 64, 128, 2, 2), (64, 128, 32, 2, 1)):
        BLOCK_M, BLOCK_N, d, itemsize, stages = sizes
        row = d * itemsize
        on = f"BLOCK_M = {BLOCK_M}, BLOCK_N = {BLOCK_N}, head_dim = {d}, itemsize = {itemsize}, "
        on += f"num_stages = {stages}"
        hypotheses = [
            ("K and V have a tile each in every stage: two tiles.",
             (BLOCK_M + stages * BLOCK_N) * row),
            ("Every stage has tiles of its own.", (BLOCK_M + 2 * BLOCK_N) * row),
            ("Q is kept once, whatever the stages.", stages * (BLOCK_M + 2 * BLOCK_N) * row),
            ("That counts numbers: times the bytes of a number.",
             (BLOCK_M + 2 * stages * BLOCK_N) * d),
            ("The tile of Q is there, too.", 2 * stages * BLOCK_N * row),
            ("BLOCK_M rows are Q's, BLOCK_N rows are K's and V's.",
             (BLOCK_N + 2 * stages * BLOCK_M) * row),
            ("The scores are in registers: they take no shared memory.",
             (BLOCK_M + 2 * stages * BLOCK_N) * row + BLOCK_M * BLOCK_N * itemsize),
        ]  # fmt: skip
        expected = (BLOCK_M + 2 * stages * BLOCK_N) * row
        harness.number(shared_bytes, sizes, expected, on, hypotheses)
    harness.answered(most_stages=most_stages)
    whys = {
        4: "4 stages take 294,912 bytes, and 227 * 1,024 are 232,448.",
        2: "That fits, but one more does, too.",
        7: "K and V both have a tile in each stage, 32,768 bytes each.",
        6: "K and V both have a tile in each stage, 32,768 bytes each.",
    }
    harness.numbers("most_stages", most_stages, 3, whys)
    harness.passed("229,376 bytes with 3 stages; the limit is 232,448")


def config_for__launch(flash_heads_kernel, config_for) -> None:
    """The kernel compiles with each configuration and fits the card that it is for."""
    words = []
    for name in CARDS:
        found = kernels.check_fits(flash_heads_kernel, _config_launch(config_for, name), name)
        words.append(f"{name} {found.shared_bytes / 1024:g} KB")
    harness.passed("shared memory a block: " + ", ".join(words))


def config_for__fast(flash_heads_kernel, config_for) -> None:
    """No spills; on the A100 and the H100, BLOCK_M at least 128 and tensor cores in use."""
    for name in CARDS:
        launch = _config_launch(config_for, name)
        found = kernels.check_fits(flash_heads_kernel, launch, name)
        config = f"config_for({name!r}) = {_words(launch)}"
        if found.spill_bytes:
            why = "Smaller blocks need fewer"
            if name != "T4":
                why += ", and more warps share the same tile"
            harness.fail(f"{config} spills {found.spill_bytes} bytes a thread", f"{why}.")
        if name == "T4":
            continue
        if launch.constexprs["BLOCK_M"] < 128:
            harness.fail(
                f"{config} has BLOCK_M below 128",
                "K and V cross once for each tile of Q: a smaller BLOCK_M moves more bytes.",
            )
        heads.check_tensor_cores(flash_heads_kernel, launch, (name,))
    harness.passed("no spill on three cards; tensor cores at work on the A100 and the H100")


def _words(launch: Launch) -> str:
    sizes = {n: launch.constexprs[n] for n in ("BLOCK_M", "BLOCK_N")} | launch.options
    return ", ".join(f"{n}={v}" for n, v in sizes.items())


def _config_launch(config_for, name: str) -> Launch:
    """A launch of the learner's configuration for one card: fp16, head_dim 128, 1024 x 1024."""
    config = harness.call(config_for, name).value
    wanted = ("BLOCK_M", "BLOCK_N", "num_warps", "num_stages")
    if not isinstance(config, dict) or set(config) != set(wanted):
        harness.fail(
            f"config_for({name!r}) returned {config!r}", f"Return dict({'=..., '.join(wanted)}=...)"
        )
    for key in wanted:
        value = config[key]
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not whole or value < 1 or (key != "num_stages" and value & (value - 1)):
            kind = "1, 2, 3 ..." if key == "num_stages" else "a power of two"
            harness.fail(f"config_for({name!r}) has {key} = {value!r}", f"It must be {kind}.")
        if key.startswith("BLOCK") and not 16 <= value <= 512:
            harness.fail(f"config_for({name!r}) has {key} = {value}", "tl.dot takes 16 or more.")
        if key == "num_warps" and value > 16:
            harness.fail(f"config_for({name!r}) has num_warps = {value}", "Take 16 or fewer.")
    shape, d = (1, 16, 1024, 128), 128
    args = {n: Tensor(np.zeros((1, 1, 1, 1)), "float16") for n in ("q_ptr", "k_ptr", "v_ptr")}
    args |= {"out_ptr": Output(shape, "float16"), "lse_ptr": Output(shape[:3])}
    for tensor, dims in (("q", "bhm"), ("k", "bhn"), ("v", "bhn"), ("o", "bhm")):
        steps = (16 * 1024 * d, 1024 * d, d)
        args |= {f"stride_{tensor}{x}": s for x, s in zip(dims, steps, strict=True)}
    args |= {"nheads": 16, "seqlen_q": 1024, "seqlen_k": 1024, "softmax_scale": d**-0.5}
    sizes = {"HEAD_DIM": d, "BLOCK_M": int(config["BLOCK_M"]), "BLOCK_N": int(config["BLOCK_N"])}
    grid = (traffic.cdiv(1024, sizes["BLOCK_M"]), 16)
    options = {n: int(config[n]) for n in ("num_warps", "num_stages")}
    return Launch(grid, args, {**sizes, "INPUT_PRECISION": "ieee"}, **options)


# --------------------------------------------------------------------------------------------------
# speed_report


def speed_report__rates(speed_report) -> None:
    """The median in ms, and TFLOP/s of all heads, half the operations when causal."""
    for n, causal in enumerate((False, True)):
        args = measured(n, causal)
        ms, tflops, _, _ = report_of(speed_report, args)
        ours, _, batch, nheads, N, d, *_ = args
        times = {
            "That is the mean: one slow call moves it. Take the median.": np.mean(ours),
            "That is the fastest call: take the median.": min(ours),
            "That is the first call, which compiled: take the median.": ours[0],
        }
        expect("median_ms", ms, float(np.median(ours)), times, "your times")
        right = rate_of(args)
        one = right / (batch * nheads)
        rates = {
            "That is in 10^12 a millisecond: 1,000 ms are a second.": right / 1000,
            "Count all heads of all batches.": one,
            "Count the heads of every batch: times batch.": right / batch,
            "Count every head: times nheads.": right / nheads,
            "Causal attention does half of it.": 2 * right if causal else np.nan,
            "Half is missing: a multiply and an add are two operations, 4 N^2 d for each head; "
            "causal attention is half of that, once.": right / 2,
            "That is in GFLOP/s: divide by 10^12.": right * 1000,
        }
        expect("tflops", tflops, right, rates, sizes_of(args))
    harness.passed("median, and TFLOP/s of all heads")


def speed_report__ratio(speed_report) -> None:
    """Their time over ours, and the share of the roof on both sides of the ridge."""
    runs = [measured(1, False, seqlen) for seqlen in (16, 8192)]
    reports = [report_of(speed_report, args) for args in runs]
    larger = [  # the shares of the larger bound
        rate_of(args) / max(args[7], args[4] / 2 * args[8] / 1000) for args in runs
    ]
    higher = all_close([report[3] for report in reports], larger)
    for args, (_, _, ratio, share) in zip(runs, reports, strict=True):
        ours, theirs, batch, nheads, N, d, causal, peak, gb = args
        right = float(np.median(theirs) / np.median(ours))
        ratios = {
            "It is upside down: a smaller time of yours must give a larger ratio.": 1 / right,
            "Take the median of their times, too.": float(np.mean(theirs) / np.median(ours)),
            "Take the median of their times, too. ": float(theirs[0] / np.median(ours)),
        }
        expect("ratio", ratio, right, ratios, sizes_of(args))
        rate, intensity = rate_of(args), N / 2
        roof = min(peak, intensity * gb / 1000)
        shares = {
            "That is the share of the higher of the two: the lower one is the roof.": (
                share if higher else np.nan
            ),
            "That is the share of the peak: so few operations a byte make the memory the roof.": (
                rate / peak
            ),
            "That is the share of the sloping roof: this far to the right the peak is lower.": (
                rate / (intensity * gb / 1000)
            ),
            "That is in percent: a share of 1 is the roof.": 100 * rate / roof,
            "It is upside down: yours over the roof.": roof / rate,
            "q, k, v and out cross: four tensors, not three.": rate
            / min(peak, intensity * 4 / 3 * gb / 1000),
            "A number has 2 bytes here.": rate / min(peak, 2 * intensity * gb / 1000),
            "A number has 2 bytes here. ": rate / min(peak, intensity / 2 * gb / 1000),
            "The bytes of all heads count, as their operations do.": (
                rate / min(peak, batch * nheads * intensity * gb / 1000)
            ),
        }  # fmt: skip
        expect("share", share, rate / roof, shares, sizes_of(args))
    harness.passed("above 1 is faster; the roof is the memory's at N = 16, the peak at 8,192")
