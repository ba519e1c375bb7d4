"""One tile of keys for lesson 08's absorb_tile: a launch of its bench, and what must come out."""

from __future__ import annotations

import numpy as np

from flashlab.checks import harness, kernels
from flashlab.checks.kernels import Launch, Output, Tensor
from flashlab.checks.lesson_08_common import LOG2E, WHY, nearby


def check_rounded(kernel, dtype: str) -> None:
    """p must have been rounded to the type of v: acc shows the rounding, and is no finer."""
    launch, exact, *_, on = tile_launch("random", dtype, 12)
    before = [launch.args[f"{n}_ptr"].array for n in ("m", "l", "acc")]
    q, k, v = (launch.args[f"{n}_ptr"].array for n in "qkv")
    coarse = _absorb(before, q, k, v, launch.args["qk_scale"], "l_rounded", dtype)[2]
    got = kernels.run(kernel, launch).outputs["acc_out"]
    if np.abs(got - exact[2]).max() < 0.1 * np.abs(coarse - exact[2]).max():
        harness.fail(
            f"acc of absorb_tile is more exact than products of {dtype} can be, on {on}",
            WHY["widened"],
        )


def tile_launch(kind: str, dtype: str, first: int, precision: str = "ieee"):
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


def check_tile(kernel, kind: str, dtype: str, first: int, tf32: bool = False) -> None:
    launch, *facts = tile_launch(kind, dtype, first)
    compare_tile(kernels.run(kernel, launch, tf32).outputs, dtype, *facts)


def compare_tile(outputs, dtype, exact, plain, wrong, on, where: str = "") -> None:
    for i, part in enumerate(("m", "l", "acc")):
        got = outputs[f"{part}_out"]
        hypotheses = [(WHY["tf32" if bug.startswith("tf32") else bug], state[i])
                      for bug, state in wrong.items()]  # fmt: skip
        hypotheses.append((WHY["half"], nearby(got, exact[i])))
        # m and l see no 16 bits, but a tensor core adds up a little less exactly than float32
        kind = dtype if part == "acc" or where else "float32"
        kernels.compare(
            got, exact[i], plain[i], kind, name=f"{part} of absorb_tile", on=on + where,
            hypotheses=hypotheses, if_not_finite=WHY["inverse"],
        )  # fmt: skip


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
