"""Checks of lesson 08: heads and layouts, types, configurations for three cards, a measurement."""

from __future__ import annotations

import numpy as np

from flashlab import reference, traffic
from flashlab.cards import card
from flashlab.checks import harness, heads, kernels
from flashlab.checks.kernels import Launch, Output, Tensor

LOG2E = float(np.log2(np.e))
DTYPES = ("float16", "bfloat16", "float32")
# batch, nheads, seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N
SHAPES = ((2, 3, 17, 40, 16, 16, 16), (1, 2, 33, 70, 32, 32, 16), (3, 2, 20, 15, 16, 16, 32))
FAR_BATCHES = (3, 1, 16, 16, 16, 16, 16)
CARDS = ("T4", "A100", "H100")
WHY = {
    "unscaled": "The scores are not scaled: multiply q k^T by qk_scale.",
    "twice": "The scale is applied twice.",
    "no_log2e": (
        "exp2 is given scores in base e: the scale must hold log2(e), softmax_scale * log2(e)."
    ),
    "base_e": (
        "tl.exp is given scores in base 2: with log2(e) in the scale it must be tl.exp2, twice."
    ),
    "zeros": "Keys behind the end enter the softmax with score 0: set them to -inf where not seen.",
    "l": "l_i is not rescaled: multiply the old sum by alpha too.",
    "acc": "acc is not rescaled: multiply the old accumulator by alpha too.",
    "inverse": "The factor is upside down: it is exp2(m_i - m_new), never above 1.",
    "block": "m_new is the maximum of the tile alone: take the larger of it and m_i.",
    "forgets": "Only the new tile counts: l_i and acc must be added to, not replaced.",
    "undivided": "acc is never divided by l_i: divide once, after the loop.",
    "tail": "The last, partial tile of keys is missing: range(0, seqlen_k, BLOCK_N) takes it.",
    "m0": "m_i starts at 0: start from -inf.",
    "kv": "K is read with the strides of V: they differ. Each tensor has its own.",
    "vk": "V is read with the strides of K: they differ. Each tensor has its own.",
    "kq": "K is read with the strides of Q: they differ. Each tensor has its own.",
    "oq": "out is stored with the strides of Q: they differ. Each tensor has its own.",
    "length": "k and v have seqlen_k rows, not seqlen_q: compare offs_n with seqlen_k.",
    "gaps": "The layout is taken for granted: use the strides, not seqlen and HEAD_DIM.",
    "batch": "Every batch gives the result of batch 0: add off_b * stride_qb, and so for k and v.",
    "head": "Every head gives the result of head 0: add off_h * stride_qh, and so for k and v.",
    "lse2": "That is the log-sum-exp in base 2: multiply by ln(2) for the natural one.",
    "mixed": (
        "m_i is in base 2 and log(l_i) in base e: add log2(l_i) first, then multiply by ln(2)."
    ),
    "order": (
        "lse comes out in another order of heads than q has: count heads first, batch = "
        "tl.program_id(1) // nheads, head = the rest."
    ),
    "log": "That is log(l_i) alone: the maximum was taken out before, add m_i.",
    "half": (
        "The error has the size of 16-bit rounding: acc and the sums must be kept in float32, and "
        "scores must not be rounded."
    ),
    "l_rounded": (
        "p was rounded before the sum: add up the float32 p for l_i, and round it for tl.dot only."
    ),
    "widened": (
        "p and v reach the second product in float32, where the tensor cores want 16 bits: "
        "p.to(v.dtype), and v as it comes."
    ),
    "tf32": (
        "The products are tf32, although INPUT_PRECISION is ieee: pass it on, "
        "input_precision=INPUT_PRECISION, to both."
    ),
}


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
                _check_tile(one_tile_kernel, kind, dtype, first)
    harness.passed("rising, falling and random scores in three types")


def absorb_tile__precision(one_tile_kernel) -> None:
    """Products of 16-bit numbers where those come; of float32: whole for ieee, tf32 if asked."""
    for dtype in DTYPES[:2]:
        _check_rounded(one_tile_kernel, dtype)
    for first in (0, 12):
        _check_tile(one_tile_kernel, "random", "float32", first, tf32=True)
    launch, *_ = _tile_launch("random", "float32", 0, "tf32")
    asked = kernels.run(one_tile_kernel, launch, tf32=True).outputs["acc_out"]
    launch, *_ = _tile_launch("random", "float32", 0, "ieee")
    exact = kernels.run(one_tile_kernel, launch, tf32=True).outputs["acc_out"]
    if np.abs(asked - exact).max() < 1e-5 * np.abs(exact).max():
        harness.fail(
            'absorb_tile gives the same numbers for INPUT_PRECISION "tf32" and "ieee"',
            "Pass the parameter on, input_precision=INPUT_PRECISION, instead of a fixed word.",
        )
    harness.passed("ieee is exact, tf32 is what it is")


def _check_rounded(kernel, dtype: str) -> None:
    """p must have been rounded to the type of v: acc shows the rounding, and is no finer."""
    launch, exact, *_, on = _tile_launch("random", dtype, 12)
    before = [launch.args[f"{n}_ptr"].array for n in ("m", "l", "acc")]
    q, k, v = (launch.args[f"{n}_ptr"].array for n in "qkv")
    coarse = _absorb(before, q, k, v, launch.args["qk_scale"], "l_rounded", dtype)[2]
    got = kernels.run(kernel, launch).outputs["acc_out"]
    if np.abs(got - exact[2]).max() < 0.1 * np.abs(coarse - exact[2]).max():
        harness.fail(
            f"acc of absorb_tile is more exact than products of {dtype} can be, on {on}",
            WHY["widened"],
        )


def absorb_tile__gpu(one_tile_kernel) -> None:
    """It compiles for an A100 and an H100, and runs on a GPU where there is one."""
    native = None
    for dtype in ("float16", "bfloat16"):
        launch, *facts = _tile_launch("random", dtype, 12)
        if dtype == "float16":
            kernels.check_compiles(one_tile_kernel, launch)
            heads.check_tensor_cores(one_tile_kernel, launch)
        native = kernels.native(one_tile_kernel, launch)
        if native is not None:
            _compare_tile(native, dtype, *facts, " on the GPU")
    heads.passed_gpu(native)


def _tile_launch(kind: str, dtype: str, first: int, precision: str = "ieee"):
    """(launch, state before, exact state after, plain state after, wrong states, the input)."""
    keys = harness.vary(11, 2, kind, dtype, first)
    q, k, v = harness.attention_inputs(kind, 16, first + keys, 16)
    q, k, v = (np.asarray(kernels.rounded(x, dtype), np.float64) for x in (q, k, v))
    scale = 0.25 * LOG2E
    before = _state(q, k[:first], v[:first], scale)
    before = [x.astype(np.float32) for x in before]
    tensors = {n: Tensor(x, dtype) for n, x in (("q", q), ("k", k[first:]), ("v", v[first:]))}
    args = {f"{n}_ptr": t for n, t in tensors.items()}
    args |= {f"{n}_ptr": Tensor(x) for n, x in zip(("m", "l", "acc"), before, strict=True)}
    args |= {f"{n}_out": Output(x.shape) for n, x in zip(("m", "l", "acc"), before, strict=True)}
    args |= {"n_keys": keys, "qk_scale": scale}
    sizes = {"HEAD_DIM": 16, "BLOCK_M": 16, "BLOCK_N": 16, "INPUT_PRECISION": precision}
    new = q, k[first:], v[first:]
    exact = _absorb(before, *new, scale)
    plain = _absorb(before, *new, scale, dtype="float32")[:2]  # m and l never see 16 bits
    plain += _absorb(before, *new, scale, dtype=dtype)[2:]
    bugs = ("unscaled", "twice", "no_log2e", "base_e", "zeros", "l", "acc", "inverse", "block",
            "forgets")  # fmt: skip
    wrong = {bug: _absorb(before, *new, scale, bug) for bug in bugs}
    types = ("tf32", "tf32_s", "tf32_o") if dtype == "float32" else ("l_rounded",)
    wrong |= {bug: _absorb(before, *new, scale, bug, dtype) for bug in types}
    on = f"{kind} scores in {dtype}, {keys} keys after {first}"
    return Launch((1,), args, sizes), exact, plain, wrong, on


def _check_tile(kernel, kind: str, dtype: str, first: int, tf32: bool = False) -> None:
    launch, *facts = _tile_launch(kind, dtype, first)
    _compare_tile(kernels.run(kernel, launch, tf32).outputs, dtype, *facts)


def _compare_tile(outputs, dtype, exact, plain, wrong, on, where: str = "") -> None:
    for i, part in enumerate(("m", "l", "acc")):
        got = outputs[f"{part}_out"]
        hypotheses = [(WHY["tf32" if bug.startswith("tf32") else bug], state[i])
                      for bug, state in wrong.items()]  # fmt: skip
        hypotheses.append((WHY["half"], _nearby(got, exact[i])))
        # m and l see no 16 bits, but a tensor core adds up a little less exactly than float32
        kind = dtype if part == "acc" or where else "float32"
        kernels.compare(
            got, exact[i], plain[i], kind, name=f"{part} of absorb_tile", on=on + where,
            hypotheses=hypotheses, if_not_finite=WHY["inverse"],
        )  # fmt: skip


def _nearby(got: np.ndarray, exact: np.ndarray):
    """`got` itself where it is off by no more than 16-bit rounding: a hypothesis about types."""
    off = np.abs(got - exact).max() / np.abs(exact).max()
    return got if off < 2e-2 else np.full_like(got, np.nan)


def _state(q, k, v, scale: float):
    """(m, l, acc) of all rows over all keys, in base 2 and float64."""
    s = scale * (q @ k.T)
    m = s.max(axis=1, initial=-np.inf)
    p = np.exp2(s - np.where(np.isneginf(m), 0, m)[:, None])
    return m, p.sum(axis=1), p @ v


def _absorb(before, q, k, v, scale: float, bug: str = "", dtype: str = ""):
    """The state after one more tile: float64 with one mistake, or float32 with p in `dtype`."""
    m, l, acc = (x.astype(np.float32 if dtype else np.float64) for x in before)  # noqa: E741
    if bug in ("tf32", "tf32_s"):  # the scores' product, or both, as a tensor core does it
        q, k = _to_tf32(q), _to_tf32(k)
    if dtype:
        q, k, v = (x.astype(np.float32) for x in (q, k, v))
    scale = {"unscaled": 1.0, "twice": scale**2, "no_log2e": scale / LOG2E}.get(bug, scale)
    exp = np.exp if bug == "base_e" else np.exp2
    s = (np.float32(scale) if dtype else scale) * (q @ k.T)
    if dtype and bug != "l_rounded":  # as the ordinary implementation has them
        s = np.asarray(kernels.rounded(s, dtype), np.float32)
    if bug == "zeros":
        s = np.pad(s, ((0, 0), (0, 16 - len(k))))
        v = np.pad(v, ((0, 16 - len(k)), (0, 0)))
    with np.errstate(all="ignore"):
        m_new = s.max(axis=1) if bug == "block" else np.maximum(m, s.max(axis=1))
        alpha = exp(m_new - m) if bug == "inverse" else exp(m - m_new)
        alpha = np.where(np.isneginf(m), 0, alpha)
        p = exp(s - m_new[:, None])
        if bug == "l_rounded":
            p = np.asarray(kernels.rounded(p, dtype), np.float32)
        l_new = p.sum(axis=1) + (0 if bug == "forgets" else l if bug == "l" else alpha * l)
        old = 0 if bug == "forgets" else acc if bug == "acc" else alpha[:, None] * acc
        if dtype:
            p = np.asarray(kernels.rounded(p, dtype), np.float32)
        if bug in ("tf32", "tf32_o"):
            p, v = _to_tf32(p), _to_tf32(v)
        return m_new, l_new, old + p @ v


def _to_tf32(x: np.ndarray) -> np.ndarray:
    """float32 with the lower 13 bits of the mantissa cut off, as float64."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32) & np.uint32(0xFFFFE000)
    return bits.view(np.float32).astype(np.float64)


# --------------------------------------------------------------------------------------------------
# flash_heads_kernel


def flash_heads_kernel__values(flash_heads_kernel) -> None:
    """The output for any batch, heads and strides, ragged, in three types."""
    worst = {}
    for n, shape in enumerate(SHAPES):
        for dtype in DTYPES if n == 0 else DTYPES[n - 1 : n]:
            case = _Case(shape, dtype, n)
            run = kernels.run(flash_heads_kernel, case.launch)
            error = case.compare_out(run.outputs, harness.name_of(flash_heads_kernel))
            worst[dtype] = max(error, worst.get(dtype, 0.0))
    case = _Case(FAR_BATCHES, "float32", 0, wide=2**30)  # batch 2 begins at 2^31
    run = kernels.run(flash_heads_kernel, case.launch)
    case.compare_out(run.outputs, harness.name_of(flash_heads_kernel))
    words = ", ".join(f"{dtype} {error:.1e}" for dtype, error in worst.items())
    harness.passed(f"{len(SHAPES)} shapes, four layouts; largest errors: {words}")


def flash_heads_kernel__lse(flash_heads_kernel) -> None:
    """The natural log-sum-exp, each head in its place, also where all scores are far below 0."""
    for n, shape in enumerate(SHAPES[:2]):
        for far in (False, True):
            case = _Case(shape, "float32", n, far)
            run = kernels.run(flash_heads_kernel, case.launch)
            case.compare_lse(run.outputs, harness.name_of(flash_heads_kernel))
    harness.passed("(m_i + log2(l_i)) ln(2), for scores below -100 too")


def flash_heads_kernel__bytes(flash_heads_kernel) -> None:
    """Each head moves the bytes of lesson 05: q, out and lse once, k and v once a tile of q."""
    for n, shape in enumerate(SHAPES[:2]):
        case = _Case(shape, ("float16", "float32")[n], n)
        run = kernels.run(flash_heads_kernel, case.launch)
        total = case.check_bytes(flash_heads_kernel, run)
    harness.passed(f"{total:,} bytes, to the byte, as for {shape[0] * shape[1]} single heads")


def flash_heads_kernel__gpu(flash_heads_kernel) -> None:
    """It compiles for an A100 and an H100, and is right on a GPU where there is one."""
    native = None
    for dtype in ("float16", "float32"):
        case = _Case((2, 2, 70, 100, 64, 64, 32), dtype, 0)
        if dtype == "float16":
            kernels.check_compiles(flash_heads_kernel, case.launch)
            heads.check_tensor_cores(flash_heads_kernel, case.launch)
        native = kernels.native(flash_heads_kernel, case.launch)
        if native is not None:
            name = f"{harness.name_of(flash_heads_kernel)} on the GPU"
            case.compare_out(native, name)
            case.compare_lse(native, name)
    heads.passed_gpu(native)


class _Case:
    """One launch on (batch, nheads, ...) tensors in four layouts, and what must come out."""

    def __init__(self, shape, dtype: str, n: int, far_below: bool = False, wide: int = 0) -> None:
        batch, nheads, *sizes, head_dim, self.BLOCK_M, self.BLOCK_N = shape
        # ragged stays ragged: a mask that is missing shows in every check
        blocks = self.BLOCK_M, self.BLOCK_N
        M, N = (harness.vary_within(*x, 3, n) for x in zip(sizes, blocks, strict=True))
        self.shape, self.dtype, self.scale = (batch, nheads, M, N, head_dim), dtype, 0.3
        q, k, v = heads.inputs(batch, nheads, nheads, M, N, head_dim, n)
        if far_below:
            q, k = np.abs(q) + 1, -np.abs(k) - 60
        args = heads.arguments(q, k, v, dtype, n, wide)
        self.q, self.k, self.v = heads.values(args)
        self.tensors = {name: args[f"{name}_ptr"] for name in "qkv"}
        args |= {"nheads": nheads, "seqlen_q": M, "seqlen_k": N, "softmax_scale": self.scale}
        sizes = {"HEAD_DIM": head_dim, "BLOCK_M": self.BLOCK_M, "BLOCK_N": self.BLOCK_N}
        grid = (traffic.cdiv(M, self.BLOCK_M), batch * nheads)
        self.launch = Launch(grid, args, {**sizes, "INPUT_PRECISION": "ieee"})
        self.far_below, self.wide = far_below, wide

    @property
    def on(self) -> str:
        batch, nheads, M, N, d = self.shape
        where = ", scores below -100" if self.far_below else ""
        layouts = f"strides of q {kernels.strides(self.tensors['q'])}"
        return (
            f"q ({batch}, {nheads}, {M}, {d}), k and v ({batch}, {nheads}, {N}, {d}) {self.dtype}, "
            f"{layouts}, BLOCK_M = {self.BLOCK_M}, BLOCK_N = {self.BLOCK_N}{where}"
        )

    def compare_out(self, outputs, name: str) -> float:
        return kernels.compare(
            outputs["out_ptr"], reference.attention(self.q, self.k, self.v, self.scale),
            kernels.plain_attention(self.q, self.k, self.v, self.scale, self.dtype), self.dtype,
            name=f"out of {name}", on=self.on, if_not_finite=heads.NAN,
            hypotheses=[
                *((WHY[bug], lambda bug=bug: self._wrong(bug)[0])
                  for bug in WHY_OUT if not self.wide),
                (WHY["half"], lambda: _nearby(
                    outputs["out_ptr"], reference.attention(self.q, self.k, self.v, self.scale))),
            ],
        )  # fmt: skip

    def compare_lse(self, outputs, name: str) -> None:
        exact = reference.attention_lse(self.q, self.k, self.scale)
        s = reference.scores(self.q, self.k, self.scale)
        m, log = s.max(axis=-1), np.log(np.exp(s - s.max(axis=-1, keepdims=True)).sum(axis=-1))
        batches_first = exact.swapaxes(0, 1).reshape(exact.shape)
        wrong = {"lse2": exact * LOG2E, "mixed": m * LOG2E + log, "log": log,
                 "order": batches_first}  # fmt: skip
        hypotheses = [(WHY[bug], value) for bug, value in wrong.items()]
        hypotheses += [(WHY[bug], lambda bug=bug: self._wrong(bug)[1]) for bug in WHY_OUT]
        kernels.compare(
            outputs["lse_ptr"], exact, kernels.plain_lse(self.q, self.k, self.scale), "float32",
            name=f"lse of {name}", on=self.on, hypotheses=hypotheses,
            if_not_finite=WHY["m0"] if self.far_below else heads.NAN,
        )  # fmt: skip

    def check_bytes(self, kernel, run) -> int:
        batch, nheads, M, N, d = self.shape
        itemsize = kernels.ITEMSIZE[self.dtype]
        one = traffic.flash2_traffic(M, N, d, self.BLOCK_M, itemsize, 4)
        expected = {f"{name}_ptr": batch * nheads * nbytes for name, nbytes in one.items()}
        visits = traffic.cdiv(M, self.BLOCK_M)
        tiles = traffic.cdiv(N, self.BLOCK_N)
        swapped = traffic.cdiv(M, self.BLOCK_N)
        whys = {
            name: [
                ("A tile of k or v is loaded twice: keep it in a variable.", 2 * expected[name]),
                ("BLOCK_M and BLOCK_N are exchanged: BLOCK_M counts queries.",
                 expected[name] // visits * swapped),
            ]
            for name in ("k_ptr", "v_ptr")
        } | {
            "q_ptr": [("q is loaded for every tile of keys: once, before the loop, would do.",
                       n * expected["q_ptr"]) for n in (tiles, tiles + 1)],
            "out_ptr": [("out is stored in the loop: once, after it, would do.",
                         n * expected["out_ptr"]) for n in (tiles, tiles + 1)],
        }  # fmt: skip
        return kernels.check_bytes(kernel, run, expected, on=self.on, whys=whys)

    def _wrong(self, bug: str):
        """(out, lse) in float64 with one mistake."""
        q, k, v, scale = self.q, self.k, self.v, self.scale
        read = lambda name, other: heads.reread(self.tensors[name], kernels.strides(other))  # noqa: E731
        if bug == "kv":
            k = read("k", self.tensors["v"])
        elif bug == "vk":
            v = read("v", self.tensors["k"])
        elif bug == "kq":
            k = read("k", self.tensors["q"])
        elif bug == "length":
            there = np.arange(k.shape[2])[:, None] < q.shape[2]
            k, v = k * there, v * there
        elif bug == "gaps":
            q, k, v = (
                heads.reread(t, kernels.strides(Tensor(t.array))) for t in self.tensors.values()
            )
        elif bug == "batch":
            q, k, v = (np.broadcast_to(x[:1], x.shape) for x in (q, k, v))
        elif bug == "head":
            q, k, v = (np.broadcast_to(x[:, :1], x.shape) for x in (q, k, v))
        elif bug == "tail":
            whole = k.shape[2] // self.BLOCK_N * self.BLOCK_N
            k, v = k[:, :, :whole], v[:, :, :whole]
        elif bug == "zeros":
            pad = ((0, 0), (0, 0), (0, -k.shape[2] % self.BLOCK_N), (0, 0))
            k, v = np.pad(k, pad), np.pad(v, pad)
        scale = {"unscaled": 1.0, "twice": scale**2, "no_log2e": scale / LOG2E,
                 "base_e": scale * LOG2E}.get(bug, scale)  # fmt: skip
        out = reference.attention(q, k, v, scale)
        lse = reference.attention_lse(q, k, scale)
        if bug == "undivided":
            s = reference.scores(q, k, scale)
            out = out * np.exp(lse - s.max(axis=-1))[..., None]
        if bug == "oq":
            stored = Tensor(out, "float32", self.tensors["q"].order)
            out = heads.reread(stored, kernels.strides(self.launch.args["out_ptr"]))
        return out, lse


WHY_OUT = ("unscaled", "twice", "no_log2e", "base_e", "zeros", "tail", "undivided", "kv", "vk",
           "kq", "oq", "length", "gaps", "batch", "head")  # fmt: skip


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
        args = _measured(n, causal)
        ms, tflops, _, _ = _report(speed_report, args)
        ours, _, batch, nheads, N, d, *_ = args
        times = {
            "That is the mean: one slow call moves it. Take the median.": np.mean(ours),
            "That is the fastest call: take the median.": min(ours),
            "That is the first call, which compiled: take the median.": ours[0],
        }
        _expect("median_ms", ms, float(np.median(ours)), times, "your times")
        right = _rate(args)
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
        _expect("tflops", tflops, right, rates, _sizes(args))
    harness.passed("median, and TFLOP/s of all heads")


def speed_report__ratio(speed_report) -> None:
    """Their time over ours, and the share of the roof on both sides of the ridge."""
    runs = [_measured(1, False, seqlen) for seqlen in (16, 8192)]
    reports = [_report(speed_report, args) for args in runs]
    larger = [  # the shares of the larger bound
        _rate(args) / max(args[7], args[4] / 2 * args[8] / 1000) for args in runs
    ]
    higher = _all_close([report[3] for report in reports], larger)
    for args, (_, _, ratio, share) in zip(runs, reports, strict=True):
        ours, theirs, batch, nheads, N, d, causal, peak, gb = args
        right = float(np.median(theirs) / np.median(ours))
        ratios = {
            "It is upside down: a smaller time of yours must give a larger ratio.": 1 / right,
            "Take the median of their times, too.": float(np.mean(theirs) / np.median(ours)),
            "Take the median of their times, too. ": float(theirs[0] / np.median(ours)),
        }
        _expect("ratio", ratio, right, ratios, _sizes(args))
        rate, intensity = _rate(args), N / 2
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
        _expect("share", share, rate / roof, shares, _sizes(args))
    harness.passed("above 1 is faster; the roof is the memory's at N = 16, the peak at 8,192")


def _all_close(got: list, expected: list) -> bool:
    try:
        return bool(np.allclose(np.asarray(got, np.float64), expected, rtol=1e-6, atol=0))
    except (TypeError, ValueError):  # not numbers, which `_expect` will say
        return False


def _measured(n: int, causal: bool, seqlen: int = 1024):
    """Arguments of a made-up measurement: one slow call among ours, a card of the table."""
    g = harness.rng("measured", n, causal, seqlen)
    one = card("H100" if n else "A100")
    batch, nheads, d = int(g.choice((3, 4))), int(g.integers(5, 9)), 128
    work = 4 * batch * nheads * seqlen**2 * d / 1e12 * 1000  # ms at 1 TFLOP/s
    roof = min(one.tflops_16bit, seqlen / 2 * one.hbm_gb_per_s / 1000)
    ours = [float(x) for x in work / (0.4 * roof) * (1 + 0.05 * g.random(7))]
    ours[0] *= 30  # the call that compiled
    theirs = [float(x) for x in work / (0.3 * roof) * (1 + 0.05 * g.random(7))]
    theirs[0] *= 20
    return (ours, theirs, batch, nheads, seqlen, d, causal, one.tflops_16bit,
            float(one.hbm_gb_per_s))  # fmt: skip


def _rate(args) -> float:
    ours, _, batch, nheads, N, d, causal, *_ = args
    flops = 4 * batch * nheads * N**2 * d * (0.5 if causal else 1)
    return flops / float(np.median(ours)) / 1e9


def _sizes(args) -> str:
    _, _, batch, nheads, N, d, causal, peak, gb = args
    return (
        f"batch {batch}, {nheads} heads, N = {N}, d = {d}, causal={causal}, peak {peak:g} TFLOP/s, "
        f"{gb:g} GB/s"
    )


def _report(speed_report, args) -> tuple[float, float, float, float]:
    value = harness.call(speed_report, *args).value
    if not isinstance(value, (tuple, list)) or len(value) != 4:
        what = f"{len(value)} values" if isinstance(value, (tuple, list)) else type(value).__name__
        harness.fail(
            f"speed_report returned {what}", "Return four numbers: median_ms, tflops, ratio, share."
        )
    return tuple(value)


def _expect(name: str, value, right: float, wrong: dict[str, float], on: str) -> None:
    """Fail unless the number is right; name the first of `wrong` that it agrees with."""
    try:
        got = float(value)
    except (TypeError, ValueError):
        harness.fail(f"{name} of speed_report is {value!r}, not a number")
    if np.isclose(got, right, rtol=1e-6):
        return
    why = next((text for text, x in wrong.items() if np.isclose(got, x, rtol=1e-6)), "")
    harness.fail(f"{name} is wrong on {on}: got {got:.6g}, expected {right:.6g}", why.strip())
