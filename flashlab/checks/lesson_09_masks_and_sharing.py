"""Checks of lesson 09: causal masks, skipped blocks, shared heads, windows with sinks."""

from __future__ import annotations

import numpy as np

from flashlab.checks import harness, heads, kernels
from flashlab.checks.lesson_09_blocks import (
    MASKS,
    WHY_BLOCKS,
    WHY_BYTES,
    blocks_of,
    bytes_loaded,
    causal_keys,
    mask_sizes,
    tile_keys,
)
from flashlab.checks.lesson_09_causal import FAR_BATCHES, GROUPS, SHAPES, WHY, Case, run_case
from flashlab.checks.lesson_09_common import Q_EACH_TIME, check_idle, check_products
from flashlab.checks.lesson_09_decode import compare_decode, decode_launch, run_decode
from flashlab.checks.lesson_09_window import WINDOWS, Window

DTYPES = ("float32", "float16", "bfloat16")


# --------------------------------------------------------------------------------------------------
# Blocks and bytes, on paper and in Python


def key_blocks__numbers(key_blocks) -> None:
    """Whole and visited blocks of every tile, for square, wide and high masks."""
    answers = {}
    for n, (*_, BLOCK_M, BLOCK_N) in enumerate(MASKS):
        M, N = mask_sizes(n)
        for start_m in range(0, M, BLOCK_M):
            args = start_m, M, N, BLOCK_M, BLOCK_N
            value = harness.call(key_blocks, *args).value
            if not isinstance(value, (tuple, list)) or len(value) != 2:
                harness.fail(f"key_blocks returned {value!r}", "Return two numbers: whole, end.")
            answers[args] = tuple(value)
    for args, value in answers.items():
        if value != blocks_of(*args):
            fits = (b for b in WHY_BLOCKS if all(v == blocks_of(*a, b) for a, v in answers.items()))
            harness.fail(
                f"key_blocks{args} returned {value}, expected {blocks_of(*args)}",
                WHY_BLOCKS.get(next(fits, ""), ""),
            )
    harness.passed(f"every tile of {len(MASKS)} masks")


def causal_bytes__numbers(causal_bytes) -> None:
    """Bytes of K that one head loads under a causal mask."""
    answers = {}
    for n, (*_, BLOCK_M, BLOCK_N) in enumerate(MASKS):
        M, N = mask_sizes(n)
        for d, itemsize in ((16, 4), (64, 2)):
            args = M, N, d, BLOCK_M, BLOCK_N, itemsize
            value = harness.call(causal_bytes, *args).value
            if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
                harness.fail(f"causal_bytes returned {type(value).__name__}", "Return a number.")
            answers[args] = value
    for args, value in answers.items():
        expected = bytes_loaded(*args)
        if value != expected:
            whys = {
                b: f"The blocks are not the right ones. {text}" for b, text in WHY_BLOCKS.items()
            }
            fits = (
                text for bug, text in (*WHY_BYTES.items(), *whys.items())
                if all(v == bytes_loaded(*a, bug) for a, v in answers.items())
            )  # fmt: skip
            M, N, d, BLOCK_M, BLOCK_N, itemsize = args
            tiles = ", ".join(map(str, tile_keys(M, N, BLOCK_M, BLOCK_N)))
            counted = f"The tiles of queries load {tiles} keys of {d} numbers of {itemsize} bytes."
            harness.fail(
                f"causal_bytes{args} returned {value:,}, expected {expected:,}", next(fits, counted)
            )
    n = 4096
    share = causal_keys(n, n, 128, 64) / (n // 128 * n)
    harness.passed(f"{share:.4f} of the bytes at N = 4096, BLOCK_M = 128: half a tile above a half")


def shared_heads__numbers(cache_mha, cache_gqa, cache_mqa, tiles_ratio, flops_per_byte) -> None:
    """The KV cache of one layer three times, tiles loaded, and the intensity of decoding."""
    harness.answered(
        cache_mha=cache_mha, cache_gqa=cache_gqa, cache_mqa=cache_mqa, tiles_ratio=tiles_ratio,
        flops_per_byte=flops_per_byte,
    )  # fmt: skip
    one = 2 * 8192 * 128 * 2  # K and V of one head
    names = ("cache_mha", cache_mha, 32), ("cache_gqa", cache_gqa, 8), ("cache_mqa", cache_mqa, 1)
    for name, value, count in names:
        whys = {
            count * one // 2: "K and V: two tensors. Or are bytes forgotten? A number has 2.",
            count * one // 4: "K and V are two tensors, and a number has 2 bytes.",
            count * one * 2: "float16 has 2 bytes, and there are two tensors.",
        }
        for unit in (1e3, 1e6, 1e9, 2**10, 2**20, 2**30):
            whys[count * one / unit] = f"It is asked for in bytes: times {unit:,.0f}."
        whys[count * one] = "It is rounded. A number of bytes is exact: write the product."
        if name == "cache_gqa":
            whys[4 * one] = "A group of 4 query heads shares one: 32 / 4 heads are left, not 4."
            whys[32 * one] = "32 query heads, but a head of K and V for every 4 of them."
        if name == "cache_mqa":
            whys[8 * one] = "In MQA all query heads share one head of K and V."
        harness.numbers(name, value, count * one, whys)
    whys = {
        0.25: "Each query head still walks over its keys: nothing is skipped because a neighbour "
        "loaded it. Only the tensor is smaller.",
        4: "Sharing does not load more, and not less: each query head walks over its keys.",
    }
    harness.numbers("tiles_ratio", tiles_ratio, 1, whys)
    whys = {
        1: "That is without sharing. Now 4 queries use each byte.",
        2: "A number of K takes part in 2 operations per query, one of V too; it has 2 bytes.",
        8: "A number has 2 bytes.",
        16: "A number has 2 bytes, and 4 operations belong to a number of K and one of V.",
    }
    harness.numbers("flops_per_byte", flops_per_byte, 4, whys)
    harness.passed("134, 34 and 4 MB for one layer; decoding does one operation a byte and query")


# --------------------------------------------------------------------------------------------------
# flash_attention_kernel


def flash_attention_kernel__values(flash_attention_kernel) -> None:
    """out and lse, causal or not, in three types and four layouts, seqlen_q <= seqlen_k."""
    worst = {}
    for n, shape in enumerate(SHAPES):
        for causal in (False, True):
            for dtype in DTYPES if n == 0 else DTYPES[:1]:
                case = Case(shape, dtype, causal, n)
                run = run_case(flash_attention_kernel, case)
                error = case.compare(run.outputs, harness.name_of(flash_attention_kernel))
                worst[dtype] = max(error, worst.get(dtype, 0.0))
    case = Case(FAR_BATCHES, "float32", False, 0, wide=2**30)  # batch 2 begins at 2^31
    case.compare(
        run_case(flash_attention_kernel, case).outputs, harness.name_of(flash_attention_kernel)
    )
    words = ", ".join(f"{dtype} {error:.1e}" for dtype, error in worst.items())
    harness.passed(
        f"{2 * len(SHAPES)} masks; largest errors: {words}. seqlen_q: in the mask of the rows, the "
        "shift, and where lse begins"
    )


def flash_attention_kernel__groups(flash_attention_kernel) -> None:
    """Each query head reads the head of K and V that its group shares."""
    for n, (batch, nheads, nheads_k) in enumerate(GROUPS):
        shape = (batch, nheads, nheads_k, 17, 20, 16, 16, 16)
        case = Case(shape, "float32", bool(n % 2), n)
        run = run_case(flash_attention_kernel, case)
        case.compare(run.outputs, harness.name_of(flash_attention_kernel))
    harness.passed("groups of 1, 2 and 4, and one head of K and V for all")


def flash_attention_kernel__empty_rows(flash_attention_kernel) -> None:
    """With more queries than keys the first rows see nothing: 0 and -inf, the others as ever."""
    for n, (M, N) in enumerate(((43, 20), (33, 1))):
        case = Case((1, 2, 1, M, N, 16, 16, 16), "float32", True, n)
        name = harness.name_of(flash_attention_kernel)
        run = run_case(flash_attention_kernel, case)
        empty = case.M - case.N
        out, lse = (run.outputs[f"{x}_ptr"][:, :, :empty] for x in ("out", "lse"))
        where = f"rows 0 to {empty - 1}, which see nothing, on {case.on}"
        if (out != 0).any():  # NaN is not 0 either
            bad = out[out != 0][0]
            why = "Their l_i and acc must stay 0."
            if np.isnan(out).any():
                why = WHY["nan_both" if np.isnan(lse).any() else "nan_out"]
            harness.fail(f"out of {name} is {bad:.6g} in {where}", why)
        if not np.isneginf(lse).all():
            bad = lse[~np.isneginf(lse)][0]
            harness.fail(f"lse of {name} is {bad:.6g}, not -inf, in {where}", WHY["nan_lse"])
        case.compare(run.outputs, name)
    harness.passed("0 and -inf where nothing is seen, and no NaN")


def flash_attention_kernel__bytes(flash_attention_kernel) -> None:
    """Of K and V only the blocks that some query of the tile sees; q, out, lse once."""
    shared = (1, 4, 1, 40, 23, 16, 16, 16)
    cases = ((SHAPES[2], True), (SHAPES[2], False), (SHAPES[1], True), (shared, True))
    for n, (shape, causal) in enumerate(cases):
        case = Case(shape, "float16", causal, n)
        total = case.check_bytes(flash_attention_kernel, run_case(flash_attention_kernel, case))
    harness.passed(f"to the byte, causal or not, shared or not; the last one {total:,} bytes")


def flash_attention_kernel__gpu(flash_attention_kernel) -> None:
    """It compiles for an A100 and an H100, causal or not, and is right on a GPU."""
    native = None
    launch = Case(SHAPES[0], "float16", True, 0).launch
    run = kernels.observe_kernel(flash_attention_kernel, launch)  # its faults lose other points
    for causal, cards in ((True, ("A100", "H100")), (False, ("H100",))):
        case = Case((2, 4, 1, 70, 100, 64, 64, 32), "float16", causal, 0)
        kernels.check_compiles(flash_attention_kernel, case.launch, cards)
        heads.check_tensor_cores(flash_attention_kernel, case.launch, cards)
        check_products(flash_attention_kernel, run)
        native = kernels.native(flash_attention_kernel, case.launch)
        if native is not None:
            case.compare(native, f"{harness.name_of(flash_attention_kernel)} on the GPU")
    heads.passed_gpu(native)


# --------------------------------------------------------------------------------------------------
# flash_decode_kernel


def flash_decode_kernel__values(flash_decode_kernel) -> None:
    """Every query head gets its own output, whatever the group and the length."""
    cases = ((2, 2, 4, 40), (1, 3, 1, 33), (2, 1, 3, 17), (1, 2, 16, 50))
    for n, (batch, nheads_k, group, seqlen_k) in enumerate(cases):
        for dtype in ("float32", "float16"):
            launch, q, k, v = decode_launch(batch, nheads_k, group, seqlen_k, dtype, n)
            run = run_decode(flash_decode_kernel, launch)
            compare_decode(run.outputs["out_ptr"], q, k, v, group, dtype,
                            harness.name_of(flash_decode_kernel))  # fmt: skip
    harness.passed("groups of 1, 3, 4 and 16 query heads, in two types")


def flash_decode_kernel__bytes(flash_decode_kernel) -> None:
    """K, V, q and out cross once, and the kernel compiles."""
    for n, group in enumerate((4, 1, 3)):
        launch, q, k, _ = decode_launch(1, 2, group, 50, "float16", n)
        run = run_decode(flash_decode_kernel, launch)
        expected = {
            name: launch.args[name].nbytes for name in ("q_ptr", "k_ptr", "v_ptr", "out_ptr")
        }
        whys = {
            name: [
                ("A head of k and v is walked over once for every query head: put the heads of a "
                 "group into one tile.", group * expected[name]),
                ("A tile of k or v is loaded twice: keep it in a variable.", 2 * expected[name]),
            ]
            for name in ("k_ptr", "v_ptr")
        }  # fmt: skip
        whys["q_ptr"] = [(Q_EACH_TIME, times * expected["q_ptr"]) for times in (4, 5)]
        on = f"q {q.shape}, k and v {k.shape}, GROUP = {group}"
        kernels.check_bytes(flash_decode_kernel, run, expected, on=on, whys=whys)
        check_idle(flash_decode_kernel, run, on)
    launch, *inputs = decode_launch(1, 2, 4, 100, "float16", 0, 64, 32)
    kernels.check_compiles(flash_decode_kernel, launch)
    heads.check_tensor_cores(flash_decode_kernel, launch)
    check_products(flash_decode_kernel, run)
    native = kernels.native(flash_decode_kernel, launch)
    if native is not None:
        name = f"{harness.name_of(flash_decode_kernel)} on the GPU"
        compare_decode(native["out_ptr"], *inputs, 4, "float16", name)
    here = "" if native is None else ", right on this GPU"
    harness.passed(
        f"K and V cross once, whatever the group; compiles for an A100 and an H100{here}"
    )


# --------------------------------------------------------------------------------------------------
# flash_window_kernel


def flash_window_kernel__values(flash_window_kernel) -> None:
    """out and lse for windows and sinks of all sizes, in three types, every key once."""
    for n, sizes in enumerate(WINDOWS):
        for dtype in DTYPES if n == 0 else DTYPES[:1]:
            case = Window(sizes, dtype, n)
            run = kernels.run(flash_window_kernel, case.launch)
            case.compare(run.outputs, harness.name_of(flash_window_kernel), run)
    harness.passed(f"{len(WINDOWS)} windows: of one key, wider than all, sinks over several blocks")


def flash_window_kernel__bytes(flash_window_kernel) -> None:
    """Blocks that hold sinks or keys of the tile's windows once, no other block."""
    for n, sizes in enumerate(WINDOWS):
        case = Window(sizes, "float16", n)
        case.check_bytes(flash_window_kernel, kernels.run(flash_window_kernel, case.launch))
    n = 4096
    far = 1 + (512 + 64) // 64
    harness.passed(f"to the byte; far down {far} of {n // 64} blocks at WINDOW 512, both blocks 64")


def flash_window_kernel__gpu(flash_window_kernel) -> None:
    """It compiles for an A100 and an H100, and is right on a GPU where there is one."""
    launch = Window(WINDOWS[0], "float16", 0).launch
    run = kernels.observe_kernel(flash_window_kernel, launch)  # its faults lose other points
    case = Window((150, 64, 32, 40, 4), "float16", 0, 64)
    kernels.check_compiles(flash_window_kernel, case.launch)
    heads.check_tensor_cores(flash_window_kernel, case.launch)
    check_products(flash_window_kernel, run)
    native = kernels.native(flash_window_kernel, case.launch)
    if native is not None:
        case.compare(native, f"{harness.name_of(flash_window_kernel)} on the GPU")
    heads.passed_gpu(native)
