"""Lesson 08's kernel on (batch, nheads, ...) tensors: one launch, and what must come out."""

from __future__ import annotations

import numpy as np

from flashlab import reference, traffic
from flashlab.checks import harness, heads, kernels
from flashlab.checks.kernels import Launch, Tensor
from flashlab.checks.lesson_08_common import LOG2E, WHY, nearby

WHY_OUT = ("unscaled", "twice", "no_log2e", "base_e", "zeros", "tail", "undivided", "kv", "vk",
           "kq", "oq", "length", "gaps", "batch", "head")  # fmt: skip


class Case:
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
                (WHY["half"], lambda: nearby(
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
