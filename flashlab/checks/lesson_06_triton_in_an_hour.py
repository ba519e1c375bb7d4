"""Checks of lesson 06: the first Triton kernels, and what the interpreter lets pass."""

from __future__ import annotations

import numpy as np

from flashlab.checks import harness, heads, kernels
from flashlab.checks.kernels import Launch, Output, Tensor
from flashlab.traffic import cdiv

ROWS = ((3, 5), (1, 1), (4, 16), (2, 33))  # n_rows, n_cols
PRODUCTS = ((16, 32, 16), (17, 20, 33), (40, 9, 5))  # M, N, K
TABLES = ((8, 8), (13, 21), (6, 5), (1, 1))  # M, N
TYPES = ("float32", "float16")
WHY_SOFTMAX = {
    "zeros": "Lanes behind the row hold 0 and enter the sum as exp(0 - m): let them hold -inf.",
    "shift": "Lanes behind the row raise the maximum, and exp(s - m) sinks: let them hold -inf.",
    "unshifted": "exp overflows: subtract the maximum of the row first.",
    "far": "exp is 0 everywhere: subtract the maximum of the row, lanes behind it at -inf.",
    "off": (
        'Lanes that are off must hold -inf when exp sees them: write other=float("-inf"), and s '
        "minus the maximum, not the reverse."
    ),
    "deep": (
        "A lane that is off is higher than these scores and wins the maximum: no number is low "
        'enough, write other=float("-inf").'
    ),
    "undivided": "The rows do not add up to 1: divide by the sum.",
    "two": "That is 2 to the power of the scores: exp2 needs them times log2(e); use exp.",
    "log": "That is the logarithm of the softmax: exp is missing at the end.",
}
WHY_PRODUCT = {
    "last": "Only the last step along K counts: hand acc to tl.dot, or add to it.",
    "still": "Each step takes the same BLOCK_K columns and rows: offs_k moves on with start_k.",
    "first": "Only the first BLOCK_K of K count: the loop must reach K.",
    "ones": "Lanes that are off must add nothing to the sum: other=0.0 in both loads.",
    "tail": "The last, partial step along K is missing: range(0, K, BLOCK_K) takes it.",
    "transposed": "b is read as if it were stored by columns: element (k, n) lies at k * N + n.",
    "b_rows": "b is read as if its rows had another length: element (k, n) lies at k * N + n.",
    "a_columns": "a is read as if it were stored by columns: element (m, k) lies at m * K + k.",
    "a_rows": "a is read as if its rows had another length: element (m, k) lies at m * K + k.",
    "rounded": (
        "c is rounded to float16: keep acc in float32 to the end and store it as it is; tl.store "
        "rounds to the type of c."
    ),
    "tf32": (
        'tl.dot cut float32 to tf32, as a GPU does unless told otherwise: input_precision="ieee".'
    ),
    "half": "The sum is kept in float16: acc = tl.zeros(..., tl.float32), rounded by the store.",
}
LETTERS = {
    "a": "a `while` may ask a single number, start < n; total and start keep their types.",
    "b": "total is a whole number before the loop and a float after one turn: begin with 0.0.",
    "c": "STEP is a plain global that may change: make it a parameter, or tl.constexpr(16).",
    "d": "an `if` may ask a single number, and total exists before it, with the same type.",
    "e": "a loop cannot stop early: the compiler knows no break. Compute the bound, or use while.",
    "f": "end is made in the loop and read after it: it would not exist if n were 0.",
}
REFUSED = ("b", "c", "e", "f")


# --------------------------------------------------------------------------------------------------
# By hand


def trace_mask__numbers(instances, offs_last, mask_last, bytes_last) -> None:
    """Instances, offsets, mask and bytes for n = 10, BLOCK = 4."""
    harness.answered(
        instances=instances, offs_last=offs_last, mask_last=mask_last, bytes_last=bytes_last
    )
    harness.numbers(
        "instances", instances, 3,
        {2: "Two tiles of 4 cover 8 elements: round up.", 2.5: "Instances are whole: round up."},
    )  # fmt: skip
    whys = {
        (12, 13, 14, 15): "Instances are numbered from 0: the last of three is 2, and 2 * 4 = 8.",
        (0, 1, 2, 3): "That is tl.arange alone: add the number of the instance times BLOCK.",
        (2, 3, 4, 5): "The number of the instance is multiplied by BLOCK first.",
    }
    harness.numbers("offs_last", offs_last, (8, 9, 10, 11), whys)
    whys = {
        (1, 1, 1, 0): "Offset 10 is the eleventh element: the mask is offs < 10, not <=.",
        (0, 0, 1, 1): "1 means on: the lanes that exist.",
        (1, 1, 1, 1): "Elements 10 and 11 do not exist.",
    }
    harness.numbers("mask_last", mask_last, (1, 1, 0, 0), whys)
    whys = {2: "Two elements, 4 bytes each.", 16: "A lane that is off moves no byte."}
    harness.numbers("bytes_last", bytes_last, 8, whys)
    harness.passed("3 instances; the last one has 2 lanes on and loads 8 bytes")


# --------------------------------------------------------------------------------------------------
# copy_kernel


def _copy_launch(n: int, BLOCK: int) -> Launch:
    x = harness.rng("copy", n).standard_normal(n)
    args = {"x_ptr": Tensor(x), "out_ptr": Output((n,)), "n": n}
    return Launch((cdiv(n, BLOCK),), args, {"BLOCK": BLOCK})


def copy_kernel__values(copy_kernel) -> None:
    """out equals x for whole and for ragged n, and nothing else is touched."""
    for n, BLOCK in ((32, 8), (harness.vary(37, 4), 16), (1, 4), (harness.vary(21, 4), 32)):
        launch = _copy_launch(n, BLOCK)
        run = kernels.run(copy_kernel, launch)
        _same(copy_kernel, run.outputs["out_ptr"], launch)
        both = {"x_ptr": 4 * n, "out_ptr": 4 * n}
        whys = {"x_ptr": [("x is loaded twice: once is enough.", 8 * n)]}
        kernels.check_bytes(copy_kernel, run, both, on=f"n = {n}, BLOCK = {BLOCK}", whys=whys)
    harness.passed("4 sizes, each element in once and out once")


def copy_kernel__gpu(copy_kernel) -> None:
    """It compiles for an A100 and an H100, and runs on a GPU where there is one."""
    launch = _copy_launch(37, 16)
    kernels.check_compiles(copy_kernel, launch)
    native = kernels.native(copy_kernel, launch)
    if native is not None:
        _same(copy_kernel, native["out_ptr"], launch, " on the GPU")
    _passed_gpu(native)


def _same(kernel, got, launch: Launch, where: str = "") -> None:
    x = launch.args["x_ptr"].array
    bad = np.flatnonzero(got != x)
    if bad.size:
        i = int(bad[0])
        harness.fail(
            f"{harness.name_of(kernel)} is wrong{where} on n = {x.size}: {bad.size} of {x.size} "
            f"elements are off; out[{i}] is {got[i]:.6g}, expected {x[i]:.6g}",
            "Load from x_ptr + offs and store the same tile to out_ptr + offs.",
        )


def _passed_gpu(native) -> None:
    """What a check of compilation says in the end."""
    here = "; values are not checked here" if native is None else ", and right on this GPU"
    harness.passed(f"compiles for an A100 and an H100{here}")


# --------------------------------------------------------------------------------------------------
# softmax_kernel


def _softmax_launch(n_rows: int, n_cols: int, dtype: str = "float32", kind: str = "random"):
    s = harness.rng("softmax", n_rows, n_cols, kind).standard_normal((n_rows, n_cols))
    if kind == "far":  # far below 0: exp without the row's own maximum is 0
        s = 3 * s - 200
    elif kind == "huge":
        s = 60 * s + 60
    elif kind == "deep":  # below any number that stands for -inf; times log2(e) still a float32
        s = np.full_like(s, {"float32": -1e38, "float16": -6e4}[dtype])
    args = {"x_ptr": Tensor(s, dtype), "out_ptr": Output(s.shape, dtype), "n_cols": n_cols}
    return Launch((n_rows,), args, {"BLOCK": _width(n_cols)})


def _width(n_cols: int) -> int:
    """The power of two that holds a row."""
    return 1 << (n_cols - 1).bit_length()


def softmax_kernel__values(softmax_kernel) -> None:
    """Every row is the softmax of its row, for any n_cols, also far from 0, in both types."""
    for rows, cols in ROWS:
        # not fewer rows: the last one runs on into nothing, those before into one another
        rows = max(rows, harness.vary(rows, 1, rows, cols))
        half = max(1, _width(cols) // 2)  # a ragged row stays ragged, a whole one whole
        cols = harness.vary_within(cols, half, 2, rows, cols)
        for kind in ("random", "huge", "far", "deep"):
            for dtype in TYPES:
                launch = _softmax_launch(rows, cols, dtype, kind)
                run = kernels.run(softmax_kernel, launch)
                _compare_softmax(softmax_kernel, run.outputs["out_ptr"], launch, kind)
    harness.passed(f"{8 * len(ROWS)} inputs: ragged, far below 0, huge, in float32 and float16")


def _compare_softmax(kernel, got, launch: Launch, kind: str) -> None:
    x = launch.args["x_ptr"]
    s = x.array.astype(np.float64)
    BLOCK = launch.constexprs["BLOCK"]
    in_base_two = s.astype(np.float32) * np.float32(np.log2(np.e))  # as fast kernels have it
    plain = np.exp2(in_base_two - in_base_two.max(1, keepdims=True))
    plain /= plain.sum(1, keepdims=True)
    off = BLOCK - s.shape[1]
    with np.errstate(all="ignore"):
        shifted = s - s.max(1, keepdims=True)
        zeros = np.exp(shifted) / (
            np.exp(shifted).sum(1, keepdims=True) + off * np.exp(-s.max(1, keepdims=True))
        )
        top = np.maximum(s.max(1, keepdims=True), 0)
        wrong = {
            "zeros": zeros,
            "shift": np.exp(s - top) / (np.exp(s - top).sum(1, keepdims=True) + off * np.exp(-top)),
            "undivided": np.exp(shifted),
            "two": np.exp2(shifted) / np.exp2(shifted).sum(1, keepdims=True),
            "log": shifted - np.log(np.exp(shifted).sum(1, keepdims=True)),
            "off": np.zeros_like(s),
        }
    scores = f"{kind} scores"
    if kind == "deep":
        scores, wrong = f"scores of {s[0, 0]:.0e}", {"deep": np.zeros_like(s)}
    harness.compare(
        got, _softmax(s), kernels.rounded(plain, x.dtype), x.dtype,
        name=harness.name_of(kernel), on=f"{scores}, x {s.shape} {x.dtype}, BLOCK = {BLOCK}",
        hypotheses=[(WHY_SOFTMAX[name], value) for name, value in wrong.items()],
        if_not_finite=WHY_SOFTMAX[{"far": "far", "huge": "unshifted"}.get(kind, "off")],
    )  # fmt: skip


def _softmax(s: np.ndarray) -> np.ndarray:
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def softmax_kernel__bytes(softmax_kernel) -> None:
    """x crosses once and out crosses once."""
    for rows, cols in ((3, 5), (2, harness.vary(33, 3))):
        run = kernels.run(softmax_kernel, _softmax_launch(rows, cols))
        size = 4 * rows * cols
        whys = {
            "x_ptr": [
                (f"x is loaded {n} times: keep the tile in a variable.", n * size) for n in (2, 3)
            ]
        }
        on = f"x ({rows}, {cols}) float32"
        kernels.check_bytes(softmax_kernel, run, {"x_ptr": size, "out_ptr": size}, on=on, whys=whys)
    harness.passed("8 bytes a score; the two passes of lesson 03 moved 12, the three 16")


def softmax_kernel__gpu(softmax_kernel) -> None:
    """It compiles for an A100 and an H100, and runs on a GPU where there is one."""
    native = None
    for dtype in TYPES:
        launch = _softmax_launch(3, 37, dtype)
        kernels.check_compiles(softmax_kernel, launch)
        native = kernels.native(softmax_kernel, launch)
        if native is not None:
            _compare_softmax(softmax_kernel, native["out_ptr"], launch, "random")
    _passed_gpu(native)


# --------------------------------------------------------------------------------------------------
# matmul_kernel


def _matmul_launch(
    M, N, K, blocks=(16, 16, 16), dtype: str = "float32", rise_and_fall: bool = False
) -> Launch:
    """rise_and_fall: the sums grow to K / 3 and come back: what they lose on the way shows."""
    g = harness.rng("matmul", M, N, K)
    a, b = g.standard_normal((M, K)), g.standard_normal((K, N))
    if rise_and_fall:
        a, b = np.abs(a), np.abs(b) * np.where(np.arange(K) < K // 2, 1, -1)[:, None]
    args = {
        "a_ptr": Tensor(a, dtype),
        "b_ptr": Tensor(b, dtype),
        "c_ptr": Output((M, N), dtype),
        "M": M, "N": N, "K": K,
    }  # fmt: skip
    names = dict(zip(("BLOCK_M", "BLOCK_N", "BLOCK_K"), blocks, strict=True))
    return Launch((cdiv(M, blocks[0]), cdiv(N, blocks[1])), args, names)


def matmul_kernel__values(matmul_kernel) -> None:
    """c = a @ b for whole and for ragged sizes, in float32 and float16, as a GPU computes it."""
    for n, sizes in enumerate(PRODUCTS):
        blocks = (32, 16, 16)
        if n:  # as many steps along K, ragged where they were
            sizes = tuple(map(harness.vary_within, sizes, blocks))
        for dtype in TYPES:
            launch = _matmul_launch(*sizes, blocks, dtype)
            run = kernels.run(matmul_kernel, launch, tf32=True)
            _compare_matmul(matmul_kernel, run.outputs["c_ptr"], launch)
    launch = _matmul_launch(20, 17, 4096, (32, 32, 128), "float16", rise_and_fall=True)
    _compare_matmul(matmul_kernel, kernels.run(matmul_kernel, launch).outputs["c_ptr"], launch)
    harness.passed(f"{2 * len(PRODUCTS) + 1} products, whole and ragged, in float32 and float16")


def _compare_matmul(kernel, got, launch: Launch) -> None:
    a, b = launch.args["a_ptr"], launch.args["b_ptr"]
    step = launch.constexprs["BLOCK_K"]
    x, y = a.array.astype(np.float64), b.array.astype(np.float64)
    K = x.shape[1]
    last = (K - 1) // step * step
    whole = K // step * step
    M, N = got.shape
    wrong = {
        "last": x[:, last:] @ y[last:],
        "still": cdiv(K, step) * x[:, :step] @ y[:step],
        "first": x[:, :step] @ y[:step],
        "ones": x @ y + (-K % step),
        "tail": x[:, :whole] @ y[:whole],
        "tf32": _cut(x) @ _cut(y),
    }
    hypotheses = [(WHY_PRODUCT[name], value) for name, value in wrong.items()]
    # with other strides
    hypotheses += [(WHY_PRODUCT["a_rows"], heads.reread(a, (n, 1)) @ y) for n in (M, N)]
    hypotheses += [(WHY_PRODUCT["a_columns"], heads.reread(a, (1, n)) @ y) for n in (K, M)]
    hypotheses += [(WHY_PRODUCT["b_rows"], x @ heads.reread(b, (n, 1))) for n in (K, M)]
    hypotheses += [(WHY_PRODUCT["transposed"], x @ heads.reread(b, (1, n))) for n in (K, N)]
    if a.dtype == "float32":
        hypotheses.append((WHY_PRODUCT["rounded"], (x @ y).astype(np.float16)))
    if K > 1000:
        hypotheses = [(WHY_PRODUCT["half"], got)]
    plain = x.astype(np.float32) @ y.astype(np.float32)
    harness.compare(
        got, x @ y, kernels.rounded(plain, a.dtype), a.dtype, name=harness.name_of(kernel),
        on=f"a {x.shape}, b {y.shape} {a.dtype}, BLOCK_K = {step}", hypotheses=hypotheses,
        if_not_finite="Lanes that are off must add nothing: other=0.0 in both loads.",
    )  # fmt: skip


def _cut(x: np.ndarray) -> np.ndarray:
    """float32 cut to tf32's 10 bits of mantissa."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32) & np.uint32(0xFFFFE000)
    return bits.view(np.float32).astype(np.float64)


def matmul_kernel__bytes(matmul_kernel) -> None:
    """a crosses once for each column of tiles, b once for each row of tiles, c once."""
    for sizes in ((32, 64, 32), tuple(harness.vary(s, 3, "bytes", s) for s in (40, 70, 21))):
        M, N, K = sizes
        BLOCK_M, BLOCK_N, BLOCK_K = blocks = (32, 16, 16)
        run = kernels.run(matmul_kernel, _matmul_launch(*sizes, blocks))
        a, b, c = 4 * M * K, 4 * K * N, 4 * M * N
        expected = {
            "a_ptr": cdiv(N, BLOCK_N) * a,
            "b_ptr": cdiv(M, BLOCK_M) * b,
            "c_ptr": c,
        }
        stores = "Store a tile of c once, after the loop over K."
        whys = {"c_ptr": [(stores, cdiv(K, BLOCK_K) * c), (stores, 2 * cdiv(K, BLOCK_K) * c)]}
        on = f"M, N, K = {M}, {N}, {K}, BLOCK_M, BLOCK_N = {BLOCK_M}, {BLOCK_N}"
        kernels.check_bytes(matmul_kernel, run, expected, on=on, whys=whys)
    harness.passed("a: N / BLOCK_N times, b: M / BLOCK_M times, both rounded up; c once")


def matmul_kernel__gpu(matmul_kernel) -> None:
    """It compiles for an A100 and an H100, and runs on a GPU where there is one."""
    native = None
    for dtype in TYPES:
        launch = _matmul_launch(40, 35, 70, (32, 32, 32), dtype)
        kernels.check_compiles(matmul_kernel, launch)
        native = kernels.native(matmul_kernel, launch)
        if native is not None:
            _compare_matmul(matmul_kernel, native["c_ptr"], launch)
    _passed_gpu(native)


# --------------------------------------------------------------------------------------------------
# Two repairs


def row_max_kernel__values(row_max_kernel) -> None:
    """The maximum of every row for any M and N, and no access outside."""
    for n, (M, N) in enumerate(TABLES):
        M, N = (M, N) if n == 0 else (harness.vary(M, 2, n), harness.vary(N, 2, n, 1))
        near = harness.rng("max", M, N).standard_normal((M, N)) - 3  # most rows lie below 0
        for deep in (False, True):
            x = 1e37 * near - 1e38 if deep else near
            args = {"x_ptr": Tensor(x), "out_ptr": Output((M,)), "M": M, "N": N}
            launch = Launch((cdiv(M, 4),), args, {"BLOCK_M": 4, "BLOCK_N": 32})
            got = kernels.run(row_max_kernel, launch).outputs["out_ptr"]
            top = launch.args["x_ptr"].array.max(1).astype(np.float64)
            why = f"Lanes that are off win where a row lies below {got.max() if deep else 0:g}"
            why += ": let them hold -inf."
            wrong = np.full_like(top, got.max()) if deep else np.maximum(top, 0)
            tiles = np.maximum.reduceat(top, range(0, M, 4)).repeat(4)[:M]
            whole = "That is one number for the whole tile: tl.max(x, 1) leaves one for each row."
            harness.compare(
                got, top, top, "float32", name=harness.name_of(row_max_kernel),
                on=f"x ({M}, {N})", hypotheses=[(whole, tiles), (why, wrong)], if_not_finite=why,
            )  # fmt: skip
    kernels.check_compiles(row_max_kernel, launch)
    harness.passed(f"{len(TABLES)} tables, no access outside, and it compiles")


def column_sums_kernel__values(column_sums_kernel) -> None:
    """The sum of every column for any M and N, and one owner for each output."""
    name = harness.name_of(column_sums_kernel)
    for n, (M, N) in enumerate(TABLES):
        M, N = (M, N) if n == 0 else (harness.vary(M, 2, n), harness.vary(N, 2, n, 1))
        x = harness.rng("sums", M, N).standard_normal((M, N)) + 1
        args = {"x_ptr": Tensor(x), "out_ptr": Output((N,)), "M": M, "N": N}
        launch = Launch((cdiv(N, 8),), args, {"BLOCK_M": 4, "BLOCK_N": 8})
        run = kernels.run(column_sums_kernel, launch)
        x = launch.args["x_ptr"].array
        last = (M - 1) // 4 * 4
        on = f"x ({M}, {N}), BLOCK_M = 4"
        strips = np.add.reduceat(x.sum(0), range(0, N, 8)).repeat(8)[:N]
        whole = "That is one sum for the whole tile: tl.sum(x, 0) leaves one for each column."
        harness.compare(
            run.outputs["out_ptr"], x.sum(0, np.float64), x.sum(0), "float32", name=name, on=on,
            hypotheses=[
                (whole, strips),
                ("Only the last BLOCK_M rows count: `acc += ...` in the loop.", x[last:].sum(0)),
                ("The last, partial strip of rows is missing.", x[: M // 4 * 4].sum(0)),
                ("Only the first BLOCK_M rows count: walk down all of them.", x[:4].sum(0)),
            ],
            if_not_finite="Lanes that are off must add nothing to the sum: other=0.0.",
        )  # fmt: skip
        whys = {"out_ptr": [("Store once, after the loop over the rows.", cdiv(M, 4) * 4 * N)]}
        expected = {"x_ptr": 4 * M * N, "out_ptr": 4 * N}
        kernels.check_bytes(column_sums_kernel, run, expected, on=on, whys=whys)
    kernels.check_compiles(column_sums_kernel, launch)
    harness.passed(f"{len(TABLES)} tables, one owner for each sum, and it compiles")


# --------------------------------------------------------------------------------------------------
# What the compiler refuses


def refused__letters(refused) -> None:
    """The kernels that the compiler refuses, and no others."""
    harness.answered(refused=refused)
    if isinstance(refused, str):
        refused = list(refused)
    if not isinstance(refused, (list, tuple, set)) or not all(isinstance(x, str) for x in refused):
        harness.fail("refused is no list of letters", 'Write them like this: ["a", "d"].')
    letters = {x.strip().lower().removeprefix("sum_") for x in refused}
    for letter in sorted(letters):
        if letter not in LETTERS:
            harness.fail(f"there is no kernel sum_{letter}", f"Letters: {', '.join(LETTERS)}.")
        if letter not in REFUSED:
            harness.fail(f"the compiler takes sum_{letter}", f"There {LETTERS[letter]}")
    for letter in REFUSED:
        if letter not in letters:
            harness.fail(f"the compiler refuses sum_{letter}", f"There {LETTERS[letter]}")
    harness.passed("b, c, e and f are refused, though the interpreter runs all six")
