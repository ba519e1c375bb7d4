"""Kernels that only the tests need: naive attention in three steps, attention with descriptors."""

import triton
import triton.language as tl


@triton.jit
def scores_kernel(q, k, s, n, scale, D: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr):
    """One tile of s = q k^T * scale. q, k: (heads, n, D); s: (heads, n, n)."""
    head = tl.program_id(2)
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    cols = tl.program_id(1) * BN + tl.arange(0, BN)
    d = tl.arange(0, D)
    q_tile = tl.load(
        q + head * n * D + rows[:, None] * D + d[None, :], mask=rows[:, None] < n, other=0.0
    )
    k_tile = tl.load(
        k + head * n * D + cols[:, None] * D + d[None, :], mask=cols[:, None] < n, other=0.0
    )
    tile = tl.dot(q_tile, tl.trans(k_tile), input_precision="ieee") * scale
    inside = (rows[:, None] < n) & (cols[None, :] < n)
    tl.store(
        s + head * n * n + rows[:, None] * n + cols[None, :], tile.to(s.dtype.element_ty), inside
    )


@triton.jit
def weighted_sum_kernel(p, v, out, n, D: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr):
    """BM rows of out = p v. p: (heads, n, n); v, out: (heads, n, D)."""
    head = tl.program_id(1)
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    d = tl.arange(0, D)
    acc = tl.zeros((BM, D), tl.float32)
    for start in range(0, n, BN):
        cols = start + tl.arange(0, BN)
        inside = (rows[:, None] < n) & (cols[None, :] < n)
        p_tile = tl.load(p + head * n * n + rows[:, None] * n + cols[None, :], inside, other=0.0)
        v_tile = tl.load(
            v + head * n * D + cols[:, None] * D + d[None, :], mask=cols[:, None] < n, other=0.0
        )
        acc = tl.dot(p_tile, v_tile, acc, input_precision="ieee")
    at = out + head * n * D + rows[:, None] * D + d[None, :]
    tl.store(at, acc.to(out.dtype.element_ty), mask=rows[:, None] < n)


@triton.jit
def described_kernel(
    q, k, v, out, n, scale,
    D: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr, IS_CAUSAL: tl.constexpr,
):  # fmt: skip
    """BM rows of attention; tensors are (heads, n, D), each head has descriptors of its own."""
    head, start_m = tl.program_id(1), tl.program_id(0) * BM
    q_d = tl.make_tensor_descriptor(q + head * n * D, [n, D], [D, 1], [BM, D])
    k_d = tl.make_tensor_descriptor(k + head * n * D, [n, D], [D, 1], [BN, D])
    v_d = tl.make_tensor_descriptor(v + head * n * D, [n, D], [D, 1], [BN, D])
    o_d = tl.make_tensor_descriptor(out + head * n * D, [n, D], [D, 1], [BM, D])
    rows = start_m + tl.arange(0, BM)
    q_tile = q_d.load([start_m, 0])
    m_i = tl.full((BM,), -1e30, tl.float32)
    l_i = tl.zeros((BM,), tl.float32)
    acc = tl.zeros((BM, D), tl.float32)
    hi = n
    if IS_CAUSAL:
        hi = min(n, start_m + BM)
    for start_n in range(0, hi, BN):
        cols = start_n + tl.arange(0, BN)
        qk = tl.dot(q_tile, k_d.load([start_n, 0]).T, input_precision="ieee") * scale
        seen = cols[None, :] < n
        if IS_CAUSAL:
            seen = seen & (cols[None, :] <= rows[:, None])
        qk = tl.where(seen, qk, float("-inf"))
        m_ij = tl.maximum(m_i, tl.max(qk, 1))
        p = tl.exp(qk - m_ij[:, None])
        alpha = tl.exp(m_i - m_ij)
        l_i = l_i * alpha + tl.sum(p, 1)
        v_tile = v_d.load([start_n, 0])
        acc = tl.dot(p.to(v_tile.dtype), v_tile, acc * alpha[:, None], input_precision="ieee")
        m_i = m_ij
    o_d.store([start_m, 0], (acc / l_i[:, None]).to(out.dtype.element_ty))


@triton.jit
def arithmetic_kernel(x, y, out, OP: tl.constexpr, N: tl.constexpr):
    """out = OP(x, y), elementwise on one tile, or a reduction or scan of x spread over the tile."""
    i = tl.arange(0, N)
    a, b = tl.load(x + i), tl.load(y + i)
    if OP == "add":
        c = a + b
    elif OP == "sub":
        c = a - b
    elif OP == "mul":
        c = a * b
    elif OP == "div":
        c = a / b
    elif OP == "maximum":
        c = tl.maximum(a, b)
    elif OP == "minimum":
        c = tl.minimum(a, b)
    elif OP == "where":
        c = tl.where(a < b, a, b)
    elif OP == "neg":
        c = -a
    elif OP == "abs":
        c = tl.abs(a)
    elif OP == "exp":
        c = tl.exp(a.to(tl.float32))
    elif OP == "scale":
        c = a * 0.3
    elif OP == "sum":
        c = tl.sum(a, 0) + tl.zeros((N,), a.dtype)
    elif OP == "max":
        c = tl.max(a, 0) + tl.zeros((N,), a.dtype)
    elif OP == "min":
        c = tl.min(a, 0) + tl.zeros((N,), a.dtype)
    elif OP == "argmax":
        c = tl.argmax(a, 0) + tl.zeros((N,), tl.float32)
    elif OP == "cumsum":
        c = tl.cumsum(a, 0)
    elif OP == "clamp":
        c = tl.clamp(a, -0.5, 0.5)
    elif OP == "fma":
        c = tl.fma(a, b, a)
    tl.store(out + i, c.to(out.dtype.element_ty))


@triton.jit
def dot_kernel(a, b, c, N: tl.constexpr, PRECISION: tl.constexpr):
    """c = a b, all (N, N) row-major, c float32."""
    i = tl.arange(0, N)
    at = i[:, None] * N + i[None, :]
    tl.store(c + at, tl.dot(tl.load(a + at), tl.load(b + at), input_precision=PRECISION))


@triton.jit
def histogram_kernel(x, out, n, BINS: tl.constexpr, BLOCK: tl.constexpr):
    """Adds x[i] to out[i % BINS], with atomics."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.atomic_add(out + i % BINS, tl.load(x + i, mask=i < n, other=0.0), mask=i < n)


@triton.jit
def count_kernel(tickets, out):
    """Each program instance takes a ticket; one of them, with compare-and-swap, the first seat."""
    ticket = tl.atomic_add(tickets, 1)
    tl.store(out + ticket, tl.program_id(0) + 1)
    tl.atomic_cas(tickets + 1, 0, ticket + 7)


@triton.jit
def copy_kernel(x, out, n, stride, BLOCK: tl.constexpr):
    """out[i * stride] = x[i * stride]."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + i * stride, tl.load(x + i * stride, mask=i < n), mask=i < n)


@triton.jit
def shift_kernel(x, out, n, BY: tl.constexpr, BLOCK: tl.constexpr):
    """out[i] = x[i + BY] where that exists."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = (i < n) & (i + BY >= 0) & (i + BY < n)
    tl.store(out + i, tl.load(x + i + BY, mask=inside, other=0.0), mask=inside)


@triton.jit
def choose_kernel(x, y, out, BLOCK: tl.constexpr):
    """Lanes of one load that point into two tensors."""
    i = tl.arange(0, BLOCK)
    tl.store(out + i, tl.load(tl.where(i % 2 == 0, x + i, y + i)))


@triton.jit
def pairs_kernel(pairs, out, n, BLOCK: tl.constexpr):
    """pairs: a tuple of two tensors; out = their sum."""
    i = tl.arange(0, BLOCK)
    a = tl.load(pairs[0] + i, mask=i < n)
    tl.store(out + i, a + tl.load(pairs[1] + i, mask=i < n), mask=i < n)


@triton.autotune([triton.Config({"BLOCK": 16}), triton.Config({"BLOCK": 64})], key=["n"])
@triton.heuristics({"STRIDE": lambda args: 1})
@triton.jit
def tuned_kernel(x, out, n, STRIDE: tl.constexpr, BLOCK: tl.constexpr):
    i = (tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)) * STRIDE
    tl.store(out + i, tl.load(x + i, mask=i < n), mask=i < n)


@triton.jit
def endless_kernel(x):
    while tl.load(x) == 0.0:
        tl.store(x + 1, 1.0)


@triton.jit
def two_loops_kernel(x, out, n, BLOCK: tl.constexpr):
    """Each program instance sums x twice: on one line in a loop, and once in a helper."""
    acc = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, n, BLOCK):
        acc += tl.load(x + start + tl.arange(0, BLOCK))
    acc += first_tile(x, BLOCK)
    tl.store(out + tl.program_id(0), tl.sum(acc, 0))


@triton.jit
def first_tile(x, BLOCK: tl.constexpr):
    return tl.load(x + tl.arange(0, BLOCK))


@triton.jit
def smaller_kernel(x, y, out, N: tl.constexpr):
    """Python's min and max of two tiles, which the compiler takes for tl.minimum and tl.maximum."""
    i = tl.arange(0, N)
    a, b = tl.load(x + i), tl.load(y + i)
    tl.store(out + i, max(min(a, b), 0.0))


@triton.jit
def rows_kernel(x, out, n, stride_x, stride_out, BM: tl.constexpr, D: tl.constexpr):
    """Copies n rows of D columns."""
    rows, cols = tl.program_id(0) * BM + tl.arange(0, BM), tl.arange(0, D)
    inside = rows[:, None] < n
    tile = tl.load(x + rows[:, None] * stride_x + cols[None, :], mask=inside)
    tl.store(out + rows[:, None] * stride_out + cols[None, :], tile, mask=inside)


@triton.jit
def locked_kernel(lock, total):
    """Each program instance adds 1 to total, with plain accesses, while it holds the lock."""
    while tl.atomic_cas(lock, 0, 1) == 1:
        pass
    tl.store(total, tl.load(total) + 1.0)
    tl.atomic_xchg(lock, 0)


@triton.jit
def halves_kernel(whole, halves, n, BLOCK: tl.constexpr):
    """Stores to the first n halves; whole is the same memory in elements of twice the size."""
    i = tl.arange(0, BLOCK)
    tl.store(halves + i, i, mask=i < n)


@triton.jit
def unwritten_kernel(x_ptr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """As a learner finds it."""
    tl.static_assert(False, "YOUR CODE HERE")
