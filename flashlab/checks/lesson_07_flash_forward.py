"""Checks of lesson 07: the forward pass of FlashAttention as a Triton kernel, one head."""

from __future__ import annotations

import numpy as np

from flashlab import traffic
from flashlab.checks import harness, kernels
from flashlab.checks.kernels import ITEMSIZE, Launch
from flashlab.checks.lesson_07_common import WHY
from flashlab.checks.lesson_07_launches import (
    compare_lse,
    compare_out,
    launch_of,
    on_input,
    sizes_like,
)
from flashlab.checks.lesson_07_state import absorb_launch, compare_state
from flashlab.traffic import cdiv

KINDS = ("random", "ascending", "descending", "equal", "huge", "outlier")
TYPES = ("float32", "float16", "bfloat16")
# seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N
WHOLE = ((32, 64, 32, 16, 16), (64, 64, 16, 32, 16), (32, 64, 16, 16, 32))
# in the first, no two mistakes see the same keys: 55 of them, 48, 32 or 16
RAGGED = ((17, 55, 32, 16, 16), (40, 9, 16, 32, 16), (5, 70, 16, 16, 32), (1, 1, 16, 16, 16))
HALF = ((17, 23, 16, 16, 16), RAGGED[2])
WIDTHS, WIDE = (40, 24), (96, 128)
LONG = (16, 512, 16, 16, 32)
LONGEST = (5, 5000, 16, 16, 256)
CATCH = {"a": (3,), "b": (2, 4), "c": (3, 4)}
MISSED = {  # why a test catches it
    "a": "There are ghosts where BLOCK_N does not divide seqlen_k.",
    "b": "Where seqlen_q makes fewer tiles than seqlen_k does, some keys are never seen.",
    "c": "Rows that exist and are left out are never stored; rows that do not and are let through "
    "are an access outside.",
}
SPARE = {  # why it does not
    "a": "No ghosts there: BLOCK_N divides seqlen_k, and the ghosts of queries are another matter.",
    "b": "The tiles that it walks cover all keys there, and those behind the end are masked.",
    "c": "Which rows do the tiles of queries cover there? For those, both masks say the same.",
}


# --------------------------------------------------------------------------------------------------
# Numbers


def forward_bytes__formula(forward_bytes) -> None:
    """The bytes of each tensor, for whole and ragged sizes and any element size."""
    name = harness.name_of(forward_bytes)
    # so that no two mistakes give one number: visits of 3, 3 and 4, itemsize 4, 2 and 2
    sizes = [(48, 64, 16, 16, 4), (40, 50, 24, 16, 2), (112, 37, 40, 32, 2), (1, 1, 16, 16, 4)]
    many = 16 * harness.vary(11, 2) + 1  # one query in the last of many tiles
    sizes.append((many, 30, 16, 16, 4))
    for n, (seqlen_q, seqlen_k, d, BLOCK_M, itemsize) in enumerate(sizes):
        if 0 < n < 3:
            seqlen_q, seqlen_k = harness.vary(seqlen_q, 5, n), harness.vary(seqlen_k, 5, n, 1)
        args = (seqlen_q, seqlen_k, d, BLOCK_M, itemsize)
        got = _predicted(forward_bytes, *args)
        on = "seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize = " + ", ".join(map(str, args))
        rows, keys = seqlen_q * d * itemsize, seqlen_k * d * itemsize
        floor = seqlen_q // BLOCK_M
        kv = {
            keys: "Every program instance loads all of it.",
            floor * keys: "The last, partial tile of queries needs it too: round up.",
            cdiv(seqlen_q, BLOCK_M) * keys // itemsize: (
                "That counts elements: multiply by itemsize."
            ),
            seqlen_q * keys: "It crosses once for each program instance, not for each query.",
        }
        once = {
            cdiv(seqlen_q, BLOCK_M) * rows: "It crosses once in all, a tile for each instance.",
            cdiv(seqlen_q, BLOCK_M) * BLOCK_M * d * itemsize: "Lanes that are off move nothing.",
            rows // itemsize: "That counts elements: multiply by itemsize.",
        }
        lse = {
            seqlen_q * itemsize: "The LSE is float32, whatever the inputs are.",
            seqlen_q: "That counts elements: 4 bytes each.",
            4 * seqlen_q * d: "The LSE is one number a row.",
        }
        expected = traffic.flash2_traffic(seqlen_q, seqlen_k, d, BLOCK_M, itemsize, 4)
        for key, whys in {"q": once, "k": kv, "v": kv, "out": once, "lse": lse}.items():
            if got[key] != expected[key]:
                why = whys.get(got[key], "")
                if not why and key in "kv" and got[key] % keys == 0:
                    why = (
                        f"It crosses once for each program instance: {cdiv(seqlen_q, BLOCK_M)} "
                        f"times, not {got[key] // keys:,}."
                    )
                what = f"{name} says {got[key]:,} bytes of {key}, not {expected[key]:,}"
                harness.fail(f"{what}, on {on}", why)
    harness.passed(f"{len(sizes)} sizes, five tensors")


def _predicted(forward_bytes, *args) -> dict:
    """What the learner's formula says: {tensor: bytes}, whole numbers."""
    name = harness.name_of(forward_bytes)
    value = harness.call(forward_bytes, *args).value
    keys = ("q", "k", "v", "out", "lse")
    if not isinstance(value, dict) or set(value) != set(keys):
        what = "None" if value is None else type(value).__name__
        what = f"a dict with the keys {', '.join(map(str, value))}" if value and isinstance(
            value, dict
        ) else what  # fmt: skip
        harness.fail(f"{name} returned {what}", f"Return a dict with the keys {', '.join(keys)}.")
    for key in keys:
        x = value[key]
        if isinstance(x, bool) or not isinstance(x, (int, float, np.number)):
            harness.fail(f"{name} gives {type(x).__name__} for {key}", "Give a number of bytes.")
    return value


def ghosts__numbers(l_ghosts, out_ghosts, l_masked, out_masked) -> None:
    """Sum and output, with three ghosts and without."""
    harness.answered(
        l_ghosts=l_ghosts, out_ghosts=out_ghosts, l_masked=l_masked, out_masked=out_masked
    )
    whys = {
        5: "Three ghosts with the score 0 add exp(0 - 0) = 1 each.",
        3: "Five real keys, and three ghosts that count as much.",
    }
    harness.numbers("l_ghosts", l_ghosts, 8, whys)
    whys = {
        8: "acc is 40, from the real keys alone, and l is 8.",
        40: "Divide by l.",
        64: "A ghost's row of V is zeros: it adds nothing to acc.",
    }
    harness.numbers("out_ghosts", out_ghosts, 5, whys)
    harness.numbers("l_masked", l_masked, 5, {8: "exp of -inf is 0: the ghosts are gone."})
    harness.numbers("out_masked", out_masked, 8, {40: "Divide by l.", 5: "acc is 40, l is 5."})
    harness.passed("40 / 8 is 5, and the mean of five 8s is 8: a mask on the load is not enough")


def blind_tests__lists(catch_a, catch_b, catch_c) -> None:
    """The tests that catch each of the three mistakes."""
    given = {"a": catch_a, "b": catch_b, "c": catch_c}
    harness.answered(catch_a=catch_a, catch_b=catch_b, catch_c=catch_c)
    for letter, value in given.items():
        numbers = isinstance(value, (list, tuple, set)) and all(isinstance(x, int) for x in value)
        if not numbers or not set(value) <= {1, 2, 3, 4}:
            harness.fail(f"catch_{letter} is {value!r}", "Write a list of the numbers 1 to 4.")
        if 1 in value:
            what = f"test 1 does not catch {letter.upper()}"
            harness.fail(what, "Equal lengths, whole blocks: every one of the masks is true there.")
        spare, missed = set(value) - set(CATCH[letter]), set(CATCH[letter]) - set(value)
        if spare:
            harness.fail(f"catch_{letter} names a test that sees nothing", SPARE[letter])
        if missed:
            harness.fail(f"catch_{letter} lacks a test", MISSED[letter])
    harness.passed("test 1, the square power of two, everybody's first, catches none of them")


# --------------------------------------------------------------------------------------------------
# absorb_block


def absorb_block__values(absorb_kernel) -> None:
    """m, l and acc are those of all keys seen, in float32, float16 and bfloat16."""
    wide = False
    for kind in KINDS:
        for dtype in TYPES:
            for first in (16, 0):
                launch, s, v = absorb_launch(kind, dtype, first)
                run = kernels.run(absorb_kernel, launch, tf32=True)
                on = f"{kind} scores, {dtype}"
                wide |= compare_state(run.outputs, s, v, first, dtype, on)
    rounded = "only the weights that meet v are rounded, l is not"
    if wide:
        rounded = "nothing is rounded, v is widened: exact, but float32 products are slow on a GPU"
    harness.passed(f"{', '.join(KINDS)} scores in three types; {rounded}")


def absorb_block__gpu(absorb_kernel) -> None:
    """It compiles for an A100 and an H100, and runs on a GPU where there is one."""
    native = None
    for dtype in TYPES:
        launch, s, v = absorb_launch("random", dtype, 16)
        kernels.check_compiles(absorb_kernel, launch)
        native = kernels.native(absorb_kernel, launch)
        if native is not None:
            compare_state(native, s, v, 16, dtype, f"random scores, {dtype}, on the GPU")
    _passed_gpu(native)


def _passed_gpu(native) -> None:
    here = "" if native is None else ", and right on this GPU"
    harness.passed(f"compiles for an A100 and an H100, in all types{here}")


# --------------------------------------------------------------------------------------------------
# flash_whole_kernel


def flash_whole_kernel__values(flash_whole_kernel) -> None:
    """Attention for sizes that divide: scores near 0, huge, far below 0, float32 and float16."""
    inputs = [(WHOLE[0], kind, "float32") for kind in (*KINDS, "far below zero")]
    # scores that float16 has no digits for, and not one that outweighs the others of its row
    inputs += [(WHOLE[0], "levels", "float16")]
    inputs += [(sizes, "random", "float16") for sizes in WHOLE]
    inputs += [(sizes, kind, "float32") for sizes in WHOLE[1:] for kind in ("random", "huge")]
    for sizes, kind, dtype in inputs:
        launch = launch_of(sizes, dtype, kind, lse=False)
        run = kernels.run(flash_whole_kernel, launch, tf32=True)
        compare_out(flash_whole_kernel, run.outputs, launch, kind)
    harness.passed(f"{len(inputs)} inputs, within twice the error of plain attention")


def flash_whole_kernel__bytes(flash_whole_kernel, forward_bytes) -> None:
    """Every tensor moves the bytes that the learner's own formula says: Q and O cross once."""
    launch = launch_of(WHOLE[1], lse=False)
    total = _check_bytes(flash_whole_kernel, launch, forward_bytes)
    harness.passed(f"{total:,} bytes, as you predicted, to the byte")


def flash_whole_kernel__gpu(flash_whole_kernel) -> None:
    """It compiles for an A100 and an H100, and runs on a GPU where there is one."""
    native = None
    for dtype in TYPES:
        launch = launch_of((64, 96, 32, 32, 32), dtype, lse=False)
        kernels.check_compiles(flash_whole_kernel, launch)
        native = kernels.native(flash_whole_kernel, launch)
        if native is not None:
            compare_out(flash_whole_kernel, native, launch, "random")
    _passed_gpu(native)


# --------------------------------------------------------------------------------------------------
# flash_forward_kernel


def flash_forward_kernel__ragged(flash_forward_kernel) -> None:
    """Any lengths, six kinds of scores: right values, no access outside, no race, all stored."""
    worst = 0.0
    inputs = [(shape, kind) for shape in RAGGED[:3] for kind in KINDS]
    inputs += [(RAGGED[3], "random"), (LONGEST, "random")]
    for shape, kind in inputs:
        launch = launch_of(sizes_like(shape, shape[1]), "float32", kind)
        run = kernels.run(flash_forward_kernel, launch, tf32=True)
        worst = max(worst, compare_out(flash_forward_kernel, run.outputs, launch, kind))
    harness.passed(
        f"{len(inputs)} inputs, largest error {worst:.1e}; rows behind the end disturb nobody"
    )


def flash_forward_kernel__head_dim(flash_forward_kernel) -> None:
    """A head_dim that is no power of two."""
    shapes = [sizes_like((18, 53, d, 16, 16), d) for d in WIDTHS]
    shapes.insert(1, (32, 32, WIDTHS[0], 16, 16))  # tiles that divide: d alone can go wrong
    shapes += [sizes_like((5, 9, d, 16, 16), d) for d in WIDE]
    for shape in shapes:
        launch = launch_of(shape)
        run = kernels.run(flash_forward_kernel, launch, tf32=True)
        compare_out(flash_forward_kernel, run.outputs, launch, "random")
    harness.passed(f"head_dim {', '.join(map(str, (*WIDTHS, *WIDE)))}")


def flash_forward_kernel__lse(flash_forward_kernel) -> None:
    """The natural log-sum-exp, also where all scores lie far below 0."""
    for n, shape in enumerate(RAGGED):
        for kind in ("random", "huge", "far below zero"):
            launch = launch_of(sizes_like(shape, n), "float32", kind)
            run = kernels.run(flash_forward_kernel, launch, tf32=True)
            compare_lse(flash_forward_kernel, run.outputs["lse_ptr"], launch, kind)
    harness.passed("m + ln l, also for scores below -100,000")


def flash_forward_kernel__half(flash_forward_kernel) -> None:
    """float16 and bfloat16 in, float32 within, also where acc grows large and shrinks again."""
    for dtype in ("float16", "bfloat16"):
        inputs = [(shape, kind) for shape in HALF for kind in ("random", "outlier", "equal")]
        inputs += [(LONG, "rise and fall")]
        inputs += [(LONG, "large values")] if dtype == "float16" else []
        for shape, kind in inputs:
            launch = launch_of(sizes_like(shape, shape[1]), dtype, kind)
            run = kernels.run(flash_forward_kernel, launch)
            compare_out(flash_forward_kernel, run.outputs, launch, kind)
            compare_lse(flash_forward_kernel, run.outputs["lse_ptr"], launch, kind)
    harness.passed("out and lse in float16 and bfloat16, up to 512 keys")


def flash_forward_kernel__bytes(flash_forward_kernel, forward_bytes) -> None:
    """Every tensor moves the bytes that the learner's own formula says."""
    total = 0
    for n, (shape, dtype) in enumerate((((32, 64, 16, 16, 32), "float32"),
                                        ((50, 41, 24, 32, 16), "float16"))):  # fmt: skip
        launch = launch_of(sizes_like(shape, n) if n else shape, dtype)
        total += _check_bytes(flash_forward_kernel, launch, forward_bytes)
    harness.passed(f"{total:,} bytes on two inputs, as you predicted, to the byte")


def _check_bytes(kernel, launch: Launch, forward_bytes) -> int:
    """Hold the bytes of one launch against the learner's formula, tensor by tensor."""
    seqlen_q, seqlen_k = launch.args["seqlen_q"], launch.args["seqlen_k"]
    d, BLOCK_M, BLOCK_N = launch.constexprs.values()
    itemsize = ITEMSIZE[launch.args["q_ptr"].dtype]
    run = kernels.run(kernel, launch)
    predicted = _formula(forward_bytes, seqlen_q, seqlen_k, d, BLOCK_M, itemsize)
    expected = {f"{name}_ptr": moved for name, moved in predicted.items()}
    expected = {name: moved for name, moved in expected.items() if name in launch.args}
    steps, rows, keys = cdiv(seqlen_k, BLOCK_N), seqlen_q * d * itemsize, expected["k_ptr"]
    inner = "Load your tile of q once, before the loop over the keys."
    stores = "Store once, after the last tile of keys."
    again = "A tile of it is loaded twice in a step: keep it in a variable."
    v_moved = sum(run.traffic.by_array().get("v_ptr", {}).values())
    whys = {
        "q_ptr": [(inner, steps * rows), (inner, (steps + 1) * rows)],
        "k_ptr": [(again if v_moved else WHY["v_from_k"], 2 * keys)],
        "v_ptr": [(again, 2 * keys)],
        "out_ptr": [(stores, steps * rows), (stores, 2 * steps * rows)],
        "lse_ptr": [(stores, steps * 4 * seqlen_q)],
    }
    return kernels.check_bytes(kernel, run, expected, on=on_input(launch, "random"), whys=whys)


def _formula(forward_bytes, *args) -> dict:
    """The bytes of each tensor; fails early, and in one line, where the prediction is wrong."""
    got, expected = _predicted(forward_bytes, *args), traffic.flash2_traffic(*args, 4)
    if any(got[key] != expected[key] for key in expected):
        harness.fail("forward_bytes is not right yet", "Its own check, above, says where.")
    return {key: int(expected[key]) for key in ("q", "k", "v", "out", "lse")}


def flash_forward_kernel__gpu(flash_forward_kernel) -> None:
    """It compiles for an A100 and an H100, and is right on a GPU where there is one."""
    native = None
    for dtype in TYPES:
        launch = launch_of((50, 70, 24, 32, 32), dtype)
        kernels.check_compiles(flash_forward_kernel, launch)
        native = kernels.native(flash_forward_kernel, launch)
        if native is not None:
            compare_out(flash_forward_kernel, native, launch, "random")
            compare_lse(flash_forward_kernel, native["lse_ptr"], launch, "random")
    _passed_gpu(native)


def flash_forward_kernel__fits(flash_forward_kernel) -> None:
    """With tiles of 64 x 64 and head_dim 64, shared memory is within the limit of both cards."""
    launch = launch_of((64, 64, 64, 64, 64), "float16")
    args = {**launch.args, "seqlen_q": 4096, "seqlen_k": 4096}  # what the compiler is told
    launch = Launch((64,), args, launch.constexprs, num_warps=4, num_stages=3)
    told = []
    for card in ("A100", "H100"):
        found = kernels.check_fits(flash_forward_kernel, launch, card)
        told.append(f"{found.shared_bytes / 1024:g} of {found.card.shared_bytes_per_block // 1024}"
                    f" KB on the {card}")  # fmt: skip
    slow = "" if found.tensor_core else "; no tensor cores: what types go into tl.dot?"
    harness.passed(", ".join(told) + slow)
