"""The decode kernel of lesson 09: one query for each head, a group of heads in a tile."""

from __future__ import annotations

import re

import numpy as np

from flashlab import reference
from flashlab.checks import harness, heads, kernels
from flashlab.checks.kernels import Launch, Output, Tensor
from flashlab.checks.lesson_09_common import LOG2E, NAN, SCALE, WHY, because


def run_decode(kernel, launch):
    """Run it; a fault in q or out gets the cause that it has in this kernel."""
    try:
        return kernels.run(kernel, launch)
    except harness.CheckFailed as failure:
        text = str(failure)
        active = re.search(r"(?:out-of-bounds|race)[^:]*: (?:q|out)_ptr.* of ([\d,]+) active", text,
                           re.S)  # fmt: skip
        if active is None:
            raise
        group, d = launch.constexprs["GROUP"], launch.constexprs["HEAD_DIM"]
        rows = int(active[1].replace(",", "")) // d
        why = "the rows of instance p are p * GROUP and the GROUP - 1 that follow."
        if rows > group:
            why = (
                f"{rows} rows are switched on, and a group has {group} heads: the mask of the "
                "load of q and of the store is g < GROUP."
            )
        raise because(text, why) from None


def decode_launch(batch, nheads_k, group, seqlen_k, dtype, n, d: int = 16, BLOCK_N: int = 16):
    seqlen_k = harness.vary_within(seqlen_k, BLOCK_N, 2, "decode", n)
    nheads = nheads_k * group
    q, k, v = heads.inputs(batch, nheads, nheads_k, 1, seqlen_k, d, "decode", n)
    args = {
        "q_ptr": Tensor(q[:, :, 0], dtype),
        "k_ptr": Tensor(k, dtype),
        "v_ptr": Tensor(v, dtype),
    }
    q, k, v = (np.asarray(t.array, np.float32) for t in args.values())
    args |= {"out_ptr": Output(q.shape, dtype), "seqlen_k": seqlen_k, "softmax_scale": SCALE}
    sizes = {"GROUP": group, "HEAD_DIM": d, "BLOCK_N": BLOCK_N}
    return Launch((batch * nheads_k,), args, sizes), q, k, v


def compare_decode(got, q, k, v, group: int, dtype: str, name: str) -> None:
    batch, nheads, d = q.shape
    nheads_k = nheads // group
    h = np.arange(nheads)

    def out(q, key_heads, scale=SCALE, k=k, v=v):
        return reference.attention(q[:, :, None], k[:, key_heads], v[:, key_heads], scale)[:, :, 0]

    own = h // group
    flat = np.arange(batch * nheads_k) * 0
    first = k.reshape(1, -1, *k.shape[2:])[:, flat].reshape(k.shape)
    first_v = v.reshape(1, -1, *v.shape[2:])[:, flat].reshape(v.shape)
    pad = ((0, 0), (0, 0), (0, -k.shape[2] % 16), (0, 0))
    whole = k.shape[2] // 16 * 16
    same = np.repeat(q[:, ::group], group, axis=1)
    wrong = [
        ("Query heads are matched with the wrong key heads: query head h reads h // GROUP.",
         lambda: out(q, h % nheads_k)),
        ("Query heads are matched with the wrong key heads: query head h reads h // GROUP.",
         lambda: _interleaved(q, k, v, group)),
        ("Every instance walks over the first head of k and v: start at instance * seqlen_k * "
         "HEAD_DIM.", lambda: out(q, own, k=first, v=first_v)),
        ("k and v begin too early: instance * seqlen_k counts rows, of HEAD_DIM numbers each.",
         lambda: out(q, own, k=_keys_too_near(k), v=_keys_too_near(v))),
        ("All query heads of a group get the output of their first one: a row of q for each.",
         lambda: out(same, own)),
        (WHY["zeros"], lambda: out(q, own, k=np.pad(k, pad), v=np.pad(v, pad))),
        ("The last, partial tile of keys is missing.",
         lambda: out(q, own, k=k[:, :, :whole], v=v[:, :, :whole])),
        (WHY["unscaled"], lambda: out(q, own, 1.0)),
        (WHY["no_log2e"], lambda: out(q, own, SCALE / LOG2E)),
        (WHY["undivided"], lambda: out(q, own) * _decode_sum(q, k[:, own])),
    ]  # fmt: skip
    kernels.compare(
        got, out(q, own),
        kernels.plain_attention(q[:, :, None], k[:, own], v[:, own], SCALE, dtype)[:, :, 0], dtype,
        name=f"out of {name}", on=f"q {q.shape}, k and v {k.shape} {dtype}, GROUP = {group}",
        hypotheses=wrong, if_not_finite=NAN,
    )  # fmt: skip


def _keys_too_near(x: np.ndarray) -> np.ndarray:
    """k or v where head p is read from number p * seqlen_k on, HEAD_DIM times too early."""
    n, d = x.shape[2:]
    flat, starts = x.reshape(-1), np.arange(x.shape[0] * x.shape[1]) * n
    return flat[starts[:, None] + np.arange(n * d)].reshape(x.shape)


def _interleaved(q, k, v, group: int) -> np.ndarray:
    """The output when instance p serves every (batch * nheads_k)-th query head from p on."""
    shape, d = q.shape, q.shape[-1]
    rows = k.shape[0] * k.shape[1]
    q = q.reshape(1, group, rows, d).swapaxes(1, 2).reshape(rows, group, d)
    out = reference.attention(q, *(x.reshape(rows, -1, d) for x in (k, v)), SCALE)
    return out.reshape(rows, group, d).swapaxes(0, 1).reshape(shape)


def _decode_sum(q, k) -> np.ndarray:
    """l_i of each query head, as a column."""
    s = reference.scores(q[:, :, None], k, SCALE)
    return np.exp(s - s.max(axis=-1, keepdims=True)).sum(axis=-1)
