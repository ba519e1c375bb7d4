# lesson: minutes=90 gpu="optional" triton=true

# %% [markdown] id="title"
# # 08 On a GPU
#
# The recipe is right. Now it goes to real kitchens: many tables at once, cutting boards of different
# sizes, and a stove that knows one kind of flame.
#
# Your kernel of lesson 07 computed one head. You will give it batches and heads in any **layout**,
# 16-bit numbers and the exponential that the hardware has. Then you choose its **configuration** for
# three cards that you need not own, and learn to time it without fooling yourself.

# %% [markdown] id="strides"
# ## Four dimensions, one row of memory
#
# A model hands over tensors of shape (batch, nheads, seqlen, head_dim). Memory is one row of numbers,
# so each dimension has a **stride**: how many elements further the next index lies. Element
# $[b, h, m, d]$ of a tensor lies at
#
# $$b \cdot \text{stride}_b + h \cdot \text{stride}_h + m \cdot \text{stride}_m + d \cdot
# \text{stride}_d$$
#
# A linear layer writes the heads of one token side by side: memory has the order (batch, seqlen,
# nheads, head_dim). `transpose(1, 2)` moves no byte. It only exchanges two strides. A kernel that
# takes strides reads both layouts, and nobody pays for a copy.

# %% id="two-layouts"
plain = torch.arange(2 * 3 * 5 * 16).reshape(2, 3, 5, 16)  # (batch, nheads, seqlen, head_dim)
tokens = plain.transpose(1, 2).contiguous()  # the same numbers, stored token by token
seen = tokens.transpose(1, 2)  # seen in the usual order again
print("plain", tuple(plain.shape), plain.stride(), "   seen", tuple(seen.shape), seen.stride())
print("equal:", bool((plain == seen).all()), "   one memory:", tokens.data_ptr() == seen.data_ptr())

# %% [markdown] id="ask-trace-strides"
# ### Exercise: where does it lie?
#
# *10 minutes, easy, 4 points, paper and pencil.*
#
# A tensor is stored as (batch 2, seqlen 7, nheads 4, head_dim 32) without gaps and seen as (batch,
# nheads, seqlen, head_dim). Write its four strides, and the offset of element `[1, 3, 5, 2]`. The
# grid is (tiles of queries, batch * nheads): whose is `tl.program_id(1) == 6`?
#
# Offsets are 32-bit numbers, up to $2^{31} - 1$, unless told otherwise. *Predict first:* can that be
# too few?
#
# <details><summary>Hint 1: direction</summary>
#
# Begin with the dimension that is stored last: its stride is 1. Each one before it steps over all
# that is stored behind it.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# A head steps over 32 elements, a token over 4 heads of them, a batch over 7 tokens. Count heads
# first, batches after: 6 is so many whole batches of 4 heads, and a rest. For the last question
# write everything as a power of 2.
#
# </details>

# %% exercise="trace_strides"
# numbers, or what NumPy says: there is no torch while answers are graded
# strides of (batch, nheads, seqlen, head_dim), in elements; the offset of [1, 3, 5, 2]
strides = [896, 32, 128, 1]  ### ANSWER
offset = 1634  ### ANSWER

# program_id(1) == 6 with nheads = 4: which batch, which head?
batch_and_head = [1, 2]  ### ANSWER

# 32 heads, seqlen 16384, head_dim 128, no gaps: the first batch whose start is no 32-bit number
first_too_far = 32  ### ANSWER

# %% check="trace_strides__numbers" points=4
"""Strides, offset, the owner of a program instance, and where 32 bits end."""
check.trace_strides__numbers(strides, offset, batch_and_head, first_too_far)

# %% [markdown] id="types"
# ## Which number has which type
#
# Tensor cores multiply 16-bit numbers and add up in 32 bits. So the types of a tile step are given:
#
# | what | type | why |
# |---|---|---|
# | `q`, `k`, `v` | as they come, float16 or bfloat16 | half the bytes, and the tensor cores take them |
# | `qk = tl.dot(q, tl.trans(k))` | float32 | that is what the tensor cores add up in |
# | `m_i`, `l_i`, `acc` | float32 | they live through thousands of additions |
# | `p`, for `tl.dot(p, v, acc)` | rounded to the type of `v` | both sides of a product share a type |
# | `out` | the type of `q`, rounded once, by the store | |
#
# The hardware's exponential is $2^x$, and $e^x = 2^{x \log_2 e}$. The factor $\log_2 e$ can go into
# the scale, once for all: with `qk_scale` $=$ `softmax_scale` $\cdot \log_2 e$, scores are kept in
# base 2, and each exponential is one `tl.exp2`, without a multiplication of its own. The maximum
# `m_i` is in base 2 then, too. `l_i` and `acc` do not change: they are sums of the same numbers.

# %% [markdown] id="ask-absorb-tile"
# ## Exercise: one tile, as a GPU wants it
#
# *15 minutes, medium, 6 points, about 8 lines.*
#
# Write the step of lesson 07 as a helper, `absorb_block` with the types of the table, in base 2.
# `seen` is a tile of true and false: where it is false, a score is -inf. Both products get
# `input_precision=INPUT_PRECISION`. In float32 it decides whether they are exact.
#
# *Predict first:* `p` is rounded to float16. Is `l_i` its sum before or after?
#
# <details><summary>Hint 1: direction</summary>
#
# It is `absorb_block` of lesson 04 line by line. `tl.where(seen, qk, float("-inf"))` sets scores,
# `p.to(v.dtype)` rounds.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# qk = scale times (q dot k transposed), -inf where not seen; m_new = larger of m_i and row maximum;
# alpha = exp2(m_i minus m_new); p = exp2(qk minus m_new); l = alpha times l_i plus row sums of p;
# acc = (p, rounded) dot v, added to alpha times acc.
#
# </details>


# %% exercise="absorb_tile"
@triton.jit
def absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale, INPUT_PRECISION: tl.constexpr):
    """The state (m_i, l_i, acc) after one more tile of keys; m_i in base 2. All state is float32.

    q: (BLOCK_M, HEAD_DIM); k, v: (BLOCK_N, HEAD_DIM), all of one type; m_i, l_i: (BLOCK_M,); acc:
    (BLOCK_M, HEAD_DIM); seen: bool, (BLOCK_M, BLOCK_N) or (1, BLOCK_N). Each row sees a key.
    """
    # 1. scores in base 2, -inf where not seen
    # 2. the new maximum, the factor of the old terms, the weights
    # 3. l_i and acc; tl.dot(a, b, acc) adds to acc
    # 4. return all three
    ### BEGIN SOLUTION
    qk = tl.dot(q, tl.trans(k), input_precision=INPUT_PRECISION) * qk_scale
    qk = tl.where(seen, qk, float("-inf"))
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    alpha = tl.exp2(m_i - m_new)
    p = tl.exp2(qk - m_new[:, None])
    l_i = alpha * l_i + tl.sum(p, 1)
    acc = tl.dot(p.to(v.dtype), v, alpha[:, None] * acc, input_precision=INPUT_PRECISION)
    return m_new, l_i, acc
    ### END SOLUTION


# %% id="one-tile-kernel"
@triton.jit
def one_tile_kernel(
    q_ptr, k_ptr, v_ptr, m_ptr, l_ptr, acc_ptr, m_out, l_out, acc_out, n_keys, qk_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    INPUT_PRECISION: tl.constexpr,
):  # fmt: skip
    """A bench for absorb_tile: state in, one tile of n_keys keys, state out."""
    offs_m, offs_n, offs_d = tl.arange(0, BLOCK_M), tl.arange(0, BLOCK_N), tl.arange(0, HEAD_DIM)
    square = offs_m[:, None] * HEAD_DIM + offs_d[None, :]
    there = offs_n[:, None] * HEAD_DIM + offs_d[None, :]
    inside = offs_n[:, None] < n_keys
    q = tl.load(q_ptr + square)
    k = tl.load(k_ptr + there, mask=inside, other=0.0)
    v = tl.load(v_ptr + there, mask=inside, other=0.0)
    m_i, l_i = tl.load(m_ptr + offs_m), tl.load(l_ptr + offs_m)
    acc = tl.load(acc_ptr + square)
    seen = offs_n[None, :] < n_keys
    m_i, l_i, acc = absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale, INPUT_PRECISION)
    tl.store(m_out + offs_m, m_i)
    tl.store(l_out + offs_m, l_i)
    tl.store(acc_out + square, acc)


# %% id="try-absorb-tile" tags=["try"]
g = torch.Generator().manual_seed(0)
q, k, v = (torch.randn(16, 16, generator=g).half() for _ in range(3))
m, l, acc = torch.full((16,), -torch.inf), torch.zeros(16), torch.zeros(16, 16)
new = torch.empty(16), torch.empty(16), torch.empty(16, 16)
log2e = 1 / np.log(2)
one_tile_kernel[(1,)](q, k, v, m, l, acc, *new, 10, 0.25 * log2e, 16, 16, 16, "ieee")
s = 0.25 * q[:1].float() @ k[:10].float().T
print("row 0: m in base 2", new[0][0].item(), "  in base e", new[0][0].item() / log2e)
print("expected", s.max().item(), "  l", new[1][0].item(), "=", (s - s.max()).exp().sum().item())

# %% check="absorb_tile__values" points=3
"""m_i, l_i and acc after one more tile, in float16, bfloat16 and float32."""
check.absorb_tile__values(one_tile_kernel)

# %% check="absorb_tile__precision" points=2
"""16-bit inputs stay 16-bit, float32 ones as exact as INPUT_PRECISION says; sums in float32."""
check.absorb_tile__precision(one_tile_kernel)

# %% check="absorb_tile__gpu" points=1
"""The real compiler takes it for an A100 and an H100; where there is a GPU, it runs there."""
check.absorb_tile__gpu(one_tile_kernel)

# %% [markdown] id="precision"
# ## What input_precision costs
#
# (`l_i` adds up `p` before it is rounded: the exact numbers are there, and a sum of them costs
# nothing more.)
#
# float16 has 10 bits of mantissa, **tf32** too: a tensor core reads the upper 19 bits of a float32
# number. `"ieee"` computes whole float32 products instead, much more slowly, and it means nothing for
# 16-bit inputs. The next cell shows how far our reference kernel's output was from float64 on a GPU.
#
# *Predict first:* the same number of bits, so the same error?
#
# <details><summary>After the prediction</summary>
#
# tf32 is worse than float16 by a factor of more than 5. In float16 the inputs are what they are: only
# `p` and the output are rounded on the way. For tf32 the tensor core *cuts off* 13 bits of `q`, `k`,
# `p` and `v`, and Triton does nothing about it first. A cut always goes toward zero, so the errors add
# up instead of cancelling. cuBLAS rounds before it multiplies, and its largest error is several times
# smaller. For float32 this course therefore writes `"ieee"`.
#
# </details>

# %% id="recorded-precision"
record = flashlab.recorded()
print(f"{record.label}; (seqlen_q, seqlen_k, head_dim, nheads, nheads_k) {record.precision_shape}")
for row in record.precision:
    name = f"{row['dtype']} {row['input_precision']}"
    print(f"{name:14} relative RMSE {row['relative_rmse']:.1e}, largest {row['largest_error']:.1e}")
print(f"cuBLAS in tf32                         largest {record.precision[-1]['cublas_error']:.1e}")

# %% [markdown] id="ask-heads"
# ## Exercise: batch, heads, strides
#
# *20 minutes, medium, 8 points, about 25 lines.*
#
# The kernel of lesson 07 with two new things. Program instance $(i, j)$ takes tile $i$ of the
# queries of head $j$, batches and heads counted together. And all addresses are made of strides; the
# stride of `head_dim` is 1. `lse` has no gaps: (batch, nheads, seqlen_q), in the natural logarithm.
#
# *Predict first:* which of your lines of lesson 07 stay as they are?
#
# <details><summary>Hint 1: direction</summary>
#
# A pointer to the start of a head makes a four-dimensional problem two-dimensional: the batch and
# the head enter there and nowhere else. Each of the four tensors has its own three strides.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# batch = program_id(1) divided by nheads, whole part; head = the rest. Start of a head = pointer plus
# batch times its batch stride plus head times its head stride. Tile pointers = start plus rows times
# the row stride plus columns. Loop as in lesson 07, with absorb_tile in the place of its body. The
# rows of lse: program_id(1) times seqlen_q, plus the queries. lse = (m + log2(l)) times ln(2).
#
# </details>


# %% exercise="flash_heads_kernel"
@triton.jit
def flash_heads_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr,
    stride_qb, stride_qh, stride_qm, stride_kb, stride_kh, stride_kn,
    stride_vb, stride_vh, stride_vn, stride_ob, stride_oh, stride_om,
    nheads, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    INPUT_PRECISION: tl.constexpr,
):  # fmt: skip
    """out = attention, lse = log-sum-exp, for each batch and head.

    q, out: (batch, nheads, seqlen_q, HEAD_DIM); k, v: (batch, nheads, seqlen_k, HEAD_DIM), any
    strides. Launched with (cdiv(seqlen_q, BLOCK_M), batch * nheads) program instances.
    """
    # 1. which batch (.to(tl.int64): offsets get large), which head, which queries
    # 2. the start of this head in q, k, v and out
    # 3. load q; the empty state; softmax_scale and log2(e) = 1.4426950408889634 in one number
    # 4. for each tile of keys: load k and v, absorb_tile
    # 5. store acc / l_i; store the log-sum-exp, natural again: ln(2) = 0.6931471805599453
    ### BEGIN SOLUTION
    off_bh = tl.program_id(1)
    off_b, off_h = (off_bh // nheads).to(tl.int64), off_bh % nheads
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, HEAD_DIM)
    q_head = q_ptr + off_b * stride_qb + off_h * stride_qh
    k_head = k_ptr + off_b * stride_kb + off_h * stride_kh
    v_head = v_ptr + off_b * stride_vb + off_h * stride_vh
    out_head = out_ptr + off_b * stride_ob + off_h * stride_oh
    rows = offs_m[:, None] < seqlen_q
    q = tl.load(q_head + offs_m[:, None] * stride_qm + offs_d[None, :], mask=rows, other=0.0)
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, HEAD_DIM), tl.float32)
    qk_scale = softmax_scale * 1.4426950408889634
    for start_n in range(0, seqlen_k, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        cols = offs_n[:, None] < seqlen_k
        k = tl.load(k_head + offs_n[:, None] * stride_kn + offs_d[None, :], mask=cols, other=0.0)
        v = tl.load(v_head + offs_n[:, None] * stride_vn + offs_d[None, :], mask=cols, other=0.0)
        seen = offs_n[None, :] < seqlen_k
        m_i, l_i, acc = absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale, INPUT_PRECISION)
    out_ptrs = out_head + offs_m[:, None] * stride_om + offs_d[None, :]
    tl.store(out_ptrs, acc / l_i[:, None], mask=rows)
    lse = (m_i + tl.log2(l_i)) * 0.6931471805599453
    tl.store(lse_ptr + off_bh.to(tl.int64) * seqlen_q + offs_m, lse, mask=offs_m < seqlen_q)
    ### END SOLUTION


# %% id="try-heads" tags=["try"]
def launch(kernel, q, k, v, INPUT_PRECISION="ieee", **config):
    """(out, lse) of q, k, v: (batch, nheads, seqlen, head_dim); config: BLOCK_M, BLOCK_N, ..."""
    batch, nheads, seqlen_q, head_dim = q.shape
    out = torch.empty_like(q)  # with the strides of q
    lse = torch.empty(batch, nheads, seqlen_q, device=q.device)
    strides = [s for x in (q, k, v, out) for s in x.stride()[:3]]
    kernel[lambda c: (triton.cdiv(seqlen_q, c["BLOCK_M"]), batch * nheads)](
        q, k, v, out, lse, *strides, nheads, seqlen_q, k.shape[2], head_dim**-0.5,
        HEAD_DIM=head_dim, INPUT_PRECISION=INPUT_PRECISION, **config,
    )  # fmt: skip
    return out, lse


g = torch.Generator().manual_seed(0)
q, k, v = (torch.randn(2, 40, 3, 32, generator=g).half().transpose(1, 2) for _ in range(3))
with flashlab.metered(outputs=("out_ptr", "lse_ptr")) as meter:
    out, lse = launch(flash_heads_kernel, q, k, v, BLOCK_M=32, BLOCK_N=16)
print(meter)
exact = torch.nn.functional.scaled_dot_product_attention(q.double(), k.double(), v.double())
print("strides of q", q.stride(), "  largest error", f"{(out - exact).abs().max().item():.1e}")

# %% check="flash_heads_kernel__values" points=3
"""The output for any batch, heads and strides, ragged, in float16, bfloat16 and float32."""
check.flash_heads_kernel__values(flash_heads_kernel)

# %% check="flash_heads_kernel__lse" points=1
"""The natural log-sum-exp, each head in its place."""
check.flash_heads_kernel__lse(flash_heads_kernel)

# %% check="flash_heads_kernel__bytes" points=2
"""Each head moves the bytes of lesson 05, whatever its layout."""
check.flash_heads_kernel__bytes(flash_heads_kernel)

# %% check="flash_heads_kernel__gpu" points=2
"""The real compiler takes it for an A100 and an H100; where there is a GPU, it is right there."""
check.flash_heads_kernel__gpu(flash_heads_kernel)

# %% [markdown] id="l2"
# ## Who runs beside whom
#
# Of lesson 07 the loop and the state stayed as they were; only the addresses changed. But *who* owns
# a head matters, too. Axis 0 of the grid runs fastest. Yours counts tiles there, so the tiles of one
# head run at the same time and share its $K$ and $V$ in the L2 cache. With the axes exchanged,
# neighbours would belong to different heads. The tile bytes are the same, to the byte.
#
# *Predict first:* 32 heads, N = 16,384, head_dim 64, float16. How many times more from HBM?
#
# <details><summary>After the prediction</summary>
#
# The tile bytes are what your program instances ask for. They grow like $N^2$, and L2 hands out
# nearly all of them. HBM gives each head's $K$ and $V$ about once if the tiles of a head run
# together. If not, the $K$ and $V$ of 32 heads, 4 MB each, want to live in 50 MB of L2 at once, and do
# not fit. The order costs no arithmetic. It only matters which number is `tl.program_id(0)`. (A little
# less than *at least* is possible: outputs that are still in L2 at the end are not counted.)
#
# </details>

# %% id="recorded-bytes"
record = flashlab.recorded()
print(f"{record.label}; Nsight Compute; MB are 10^6 bytes; {record.bytes_of}")
print(f"{'N':>6} {'order':>24}    from HBM  through L2      tiles   at least")
for what, words in (("flash", "one head after the other"), ("heads_first", "all heads at once")):
    for row in record.traffic(what, 32):
        mb = [row[name] for name in ("dram_mb", "l2_mb", "tile_mb", "compulsory_mb")]
        print(f"{row['seqlen']:>6} {words:>24}", "".join(f"{x:11.0f}" for x in mb))

# %% [markdown] id="ask-shared-bytes"
# ## Exercise: what a configuration costs
#
# *10 minutes, easy, 3 points, one line and one number.*
#
# `num_warps` times 32 threads share the work on a tile. `num_stages` tiles of $K$ and of $V$ are on
# their way at once: while one is used, the next ones arrive. On an H100 Triton keeps in shared
# memory one tile of $Q$ and, for each stage, one of $K$ and one of $V$. A block has at most 227 KB
# (of 1,024 bytes).
#
# *Predict first:* does `num_warps` enter?
#
# <details><summary>Hint 1: direction</summary>
#
# A tile of $Q$ has BLOCK_M rows, tiles of $K$ and $V$ have BLOCK_N. A row has head_dim numbers.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# Count rows: those of the tile of $Q$ once, those of $K$ and of $V$ once for each stage. Times the
# numbers in a row, times the bytes of a number. For the most stages, try 1, 2, 3 ... until it is
# too much.
#
# </details>


# %% exercise="shared_bytes"
def shared_bytes(BLOCK_M, BLOCK_N, head_dim, itemsize, num_stages):
    """Bytes of shared memory that a block needs on an H100. itemsize: bytes of a number."""
    ### BEGIN SOLUTION
    return (BLOCK_M + 2 * num_stages * BLOCK_N) * head_dim * itemsize
    ### END SOLUTION


# BLOCK_M = BLOCK_N = 128, head_dim 128, float16: the most stages that 227 KB have room for
most_stages = 3  ### ANSWER


# %% id="try-shared-bytes" tags=["try"]
def signature(dtype):
    """A launch on long sequences, for the compiler: pointers, strides that are multiples of 16."""
    kinds = {name: f"*{dtype}" for name in ("q_ptr", "k_ptr", "v_ptr", "out_ptr")}
    names = [f"stride_{t}{d}" for t in "qkvo" for d in ("bhm" if t in "qo" else "bhn")]
    sizes = {"nheads": "i32", "seqlen_q": "i32:16", "seqlen_k": "i32:16", "softmax_scale": "fp32"}
    return {**kinds, "lse_ptr": "*fp32", **dict.fromkeys(names, "i32:16"), **sizes}


for stages in (1, 2, 3, 4):
    report = flashlab.compile_for(
        flash_heads_kernel, "H100", signature=signature("fp16"), num_warps=8, num_stages=stages,
        HEAD_DIM=128, BLOCK_M=128, BLOCK_N=128, INPUT_PRECISION="ieee",
    )  # fmt: skip
    yours = shared_bytes(128, 128, 128, 2, stages)
    print(f"{stages} stages: you say {yours}, the compiler {report.shared_bytes}.", report.why)

# %% check="shared_bytes__formula" points=3
"""Bytes of one tile of Q and of num_stages tiles of K and V, and the most stages that fit."""
check.shared_bytes__formula(shared_bytes, most_stages)

# %% [markdown] id="ask-config-for"
# ## Exercise: three cards
#
# *15 minutes, medium, 5 points, about 5 lines.*
#
# `num_warps` did not enter: all warps of a block share its tiles. But a thread has 255 registers at
# most, and more warps have more of them.
#
# Choose for head_dim 128, float16. On each card your kernel must launch and **spill** nothing: a
# spilled number found no register and lives in memory, at every step. On the A100 and the H100 make
# BLOCK_M at least 128, and see that the compiler uses the tensor cores.
#
# *Predict first:* which limit does a T4 meet first, shared memory (64 KB) or registers (255 a
# thread)?
#
# <details><summary>Hint 1: direction</summary>
#
# `acc` is a tile of BLOCK_M x HEAD_DIM float32 numbers, spread over num_warps times 32 threads. More
# warps: fewer numbers for each. Try one configuration, read the report, change one number.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# With BLOCK_M = 128 and 4 warps, `acc` alone takes 128 registers of each thread, and the scores, `q`
# and addresses come on top. On the T4 no tensor core holds anything: all of `q`, `k`, `v` and the
# scores want registers. There go down until the report shows no spill.
#
# </details>


# %% exercise="config_for"
def config_for(card):
    """dict(BLOCK_M=..., BLOCK_N=..., num_warps=..., num_stages=...) for "T4", "A100" or "H100".

    Block sizes are powers of two, 16 or more; num_warps is 1, 2, 4, 8 or 16.
    """
    ### BEGIN SOLUTION
    if card == "T4":
        return dict(BLOCK_M=16, BLOCK_N=16, num_warps=4, num_stages=1)
    stages = {"A100": 2, "H100": 3}[card]
    return dict(BLOCK_M=128, BLOCK_N=64, num_warps=8, num_stages=stages)
    ### END SOLUTION


# %% id="try-config-for" tags=["try"]
options = dict(signature=signature("fp16"), HEAD_DIM=128, INPUT_PRECISION="ieee")
for name in ("T4", "A100", "H100"):
    config = config_for(name)
    print(config, flashlab.compile_for(flash_heads_kernel, name, **options, **config), sep="\n")

# %% [markdown] id="ask-map"
# **Try it: predict, then slide.** Each field is your kernel, compiled for one pair of block sizes;
# press it for the whole report. With 8 warps, how many of the nine does an A100 take without a
# spill? With 4 warps, which row spills first? Decide, run the cell, then slide `num_warps`.

# %% id="map" tags=["try"]
flashlab.what_fits(
    flash_heads_kernel, "A100", blocks=(32, 64, 128), num_warps=8, num_stages=2, **options
)

# %% check="config_for__launch" points=2
"""Your kernel compiles and can be launched on each of the three cards."""
check.config_for__launch(flash_heads_kernel, config_for)

# %% check="config_for__fast" points=3
"""No spills; on the A100 and the H100 128 queries a tile, and tensor cores."""
check.config_for__fast(flash_heads_kernel, config_for)

# %% [markdown] id="t4"
# ## The T4, told straight
#
# Its registers run out first: tiles of 32 x 32 take half of the shared memory and spill.
#
# Colab's free card is a T4. Your kernel is *right* there, and it is not fast. From Triton 3.4 on the
# compiler emits no tensor-core instruction for it, as the report says, and Triton's maintainers no
# longer support the card. Use a T4 to see that your kernel runs. Do not judge its speed there.
#
# ## autotune
#
# The report says what *can* run. Only a clock knows what is *fast*. `triton.autotune` times every
# configuration for each new value of `key`, and keeps the fastest. Without a GPU there is no clock
# to ask: the first one is taken. Try few, and only such that fit: each costs a compilation.

# %% id="autotune" tags=["try"]
major = torch.cuda.get_device_capability()[0] if DEVICE == "cuda" else 9
first = config_for({7: "T4", 9: "H100"}.get(major, "A100"))
choices = [first, {**first, "num_stages": 2}, {**first, "BLOCK_N": 32}]
tuned_kernel = triton.autotune(
    [triton.Config({n: c[n] for n in ("BLOCK_M", "BLOCK_N")}, c["num_warps"], c["num_stages"])
     for c in choices], key=["seqlen_q", "seqlen_k", "HEAD_DIM"],
)(flash_heads_kernel)  # fmt: skip
n = 1024 if DEVICE == "cuda" else 128
q, k, v = (torch.randn(1, 2, n, 128, device=DEVICE).half() for _ in range(3))
out, lse = launch(tuned_kernel, q, k, v)
best = tuned_kernel.best_config if DEVICE == "cuda" else "no clock here; the first configuration"
print(best, "  finite:", bool(out.isfinite().all()))

# %% [markdown] id="ask-speed-report"
# ## Timing without fooling yourself
#
# - A launch returns at once; the GPU is still busy. Wait for it, or use events, as
#   `triton.testing.do_bench` does.
# - The first call compiles. Do not count it.
# - Take the **median** of many. `do_bench` gives the mean unless you say `return_mode="median"`.
# - Empty L2 between calls, unless your program really finds its inputs there. `do_bench` does.
# - Use random inputs. Zeros switch fewer transistors, and the clock goes up.
# - Compare with the best that a user has: `scaled_dot_product_attention`, its flash backend *forced*
#   (else another one may answer), on the same card, in the same minutes, taking turns.
#
# ### Exercise: one line for a measurement
#
# *10 minutes, medium, 4 points, about 8 lines.*
#
# From the times of both sides make four numbers: your median; TFLOP/s by the count of lesson 01,
# $4 N^2 d$ for each head, half of it when causal; the **ratio**, above 1 where you are faster; and
# the share of the **roof**. The roof is that of lesson 05, with the bytes that must move: q, k, v and
# out once, 2 bytes a number.
#
# *Predict first:* for which N does the memory set the roof of an H100?
#
# <details><summary>Hint 1: direction</summary>
#
# A thousand milliseconds are a second. A time is better when smaller, a ratio of speeds when larger.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# ours, theirs = medians; flops = 4 N^2 d times batch times heads (halved if causal); tflops = flops
# per second / 10^12; intensity = flops / bytes; roof = smaller of the peak and intensity times
# bandwidth / 1000; the ratio is their median over yours, the share tflops over the roof.
#
# </details>


# %% exercise="speed_report"
def speed_report(
    ours_ms, theirs_ms, batch, nheads, seqlen, head_dim, causal, peak_tflops, gb_per_s
):
    """(median_ms, tflops, ratio, share): see above; a share of 1 is the roof.

    ours_ms, theirs_ms: lists of milliseconds. peak_tflops: 10^12 operations a second of the card;
    gb_per_s: its bandwidth, 10^9 bytes a second.
    """
    # 1. both medians
    # 2. operations of all heads; per second
    # 3. bytes of all heads; the roof over operations per byte
    ### BEGIN SOLUTION
    ours, theirs = float(np.median(ours_ms)), float(np.median(theirs_ms))
    flops = 4 * batch * nheads * seqlen**2 * head_dim * (0.5 if causal else 1)
    tflops = flops / (ours / 1000) / 1e12
    hbm_bytes = 4 * batch * nheads * seqlen * head_dim * 2
    roof = min(peak_tflops, flops / hbm_bytes * gb_per_s / 1000)
    return ours, tflops, theirs / ours, tflops / roof
    ### END SOLUTION


# %% check="speed_report__rates" points=2
"""The median in ms and the TFLOP/s of all heads, causal or not."""
check.speed_report__rates(speed_report)

# %% check="speed_report__ratio" points=2
"""The ratio to the other side, and the share of the roof on both sides of the ridge."""
check.speed_report__ratio(speed_report)

# %% [markdown] id="measure"
# ## The measurement
#
# Attention has N / 2 operations for each byte that must move. The ridge of an H100 lies at 295: below
# N = 590 the memory sets the roof.
#
# With a GPU the next cell times *your* kernel against SDPA's flash backend, taking turns. Without one
# it shows what we recorded for the course's reference kernel. *Predict first:* the ratio at N = 512,
# and at 16,384.


# %% id="measure-mine" tags=["try"]
def times(fns, rounds=4):
    """Milliseconds of each function, all calls, taking turns."""
    samples = [[] for _ in fns]
    for _ in range(rounds):
        for fn, into in zip(fns, samples, strict=True):
            into += triton.testing.do_bench(fn, warmup=5, rep=20, return_mode="all")
    return samples


def measure_here(n, heads=16, head_dim=128):
    """Lists of milliseconds, ours and SDPA-flash, causal=False, batch * n = 16,384 tokens."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    q, k, v = (torch.randn(16384 // n, heads, n, head_dim, device="cuda").half() for _ in range(3))
    config = config_for({7: "T4", 9: "H100"}.get(major, "A100"))
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        return times([
            lambda: launch(flash_heads_kernel, q, k, v, **config),
            lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v),
        ])  # fmt: skip


# %% id="speed-table" tags=["try"]
from flashlab.cards import card

rows = {r["seqlen"]: ([r["ours"]["ms"]], [r["sdpa_flash"]["ms"]]) for r in record.forward(128)}
where = f"Reference kernel, {record.label}"
here = torch.cuda.get_device_name() if DEVICE == "cuda" else ""
if here and torch.cuda.get_device_capability() >= (8, 0):  # SDPA's flash backend wants sm_80
    rows = {n: measure_here(n) for n in (512, 2048, 8192)}
    where = f"Your kernel, here on {here}, torch {torch.__version__}, triton {triton.__version__}"
words = (here or "H100").replace("-", " ").split()
one = card(next((c for c in ("B200", "H200", "H100", "A100", "L4") if c in words), "A100"))
print(f"{where}; fp16, head_dim 128, medians; roof of the {one.name}")
for n, (ours, theirs) in rows.items():
    args = 16384 // n, 16, n, 128, False, one.tflops_16bit, one.hbm_gb_per_s
    ms, tflops, ratio, share = speed_report(ours, theirs, *args)
    print(f"N = {n:6,}: {ms:7.3f} ms, {tflops:4.0f} TFLOP/s, {share:4.0%} of the roof", end=", ")
    print(f"{ratio:.2f} of SDPA-flash's speed")

# %% id="under-the-roof" tags=["try"]
# Predict first: the same times as crosses under the roof, one for each N. Twice the N has twice the
# operations per byte. Do the crosses come closer to the roof with N, or stay where they are below it?
width = 16 * 128  # heads times head_dim; 16,384 tokens in each measurement
work = [(4 * 16384 * n * width, 4 * 16384 * width * 2) for n in rows]  # operations, bytes
ms = [float(np.median(ours)) for ours, _ in rows.values()]
flashlab.roofline(*work, titles=[f"N = {n:,}" for n in rows], time_ms=ms, card=one.name)

# %% [markdown] id="next"
# The number that matters: half of the roof, by a kernel that you can read. What is missing to the
# roof is no longer memory. While the tensor cores multiply, somebody has to compute $2^x$ for every
# score, and a plain loop makes each wait for the other (FlashAttention-3,
# [arXiv 2407.08608](https://arxiv.org/abs/2407.08608), section 3).
#
# Your kernel still computes every score. Lesson 09 leaves out those that nobody may see.
