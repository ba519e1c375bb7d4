# lesson: minutes=90 gpu="optional" triton=true

# %% [markdown] id="title"
# # 09 Masks and sharing
#
# Half of the menu is crossed out tonight, and four tables order from one pot. Who cooks what nobody
# may eat, or fetches the pot four times, works for nothing.
#
# A **causal** mask crosses out half of all scores. **Grouped queries** (GQA) let several query heads
# share one head of $K$ and $V$. A **sliding window** forgets. You will make your kernel leave out
# whole blocks, and prove by its bytes that it does.

# %% [markdown] id="causal"
# ## Who may see whom
#
# In a language model a token sees itself and what came before. When there are fewer queries than
# keys, the queries are the *last* tokens: the last query sees all keys. The mask is **aligned
# bottom-right**:
#
# $$\text{query } i \text{ sees key } j \iff j \le i + \text{shift}, \qquad
# \text{shift} = \text{seqlen}_k - \text{seqlen}_q$$
#
# With more queries than keys, shift is negative, and the first queries see nothing. (PyTorch's
# `is_causal=True` is aligned top-left, so the two agree only where the lengths do.)
#
# Cut into blocks, the mask has three kinds: seen **whole** by every query of the tile, cut by the
# **diagonal**, or **skipped**: no query of the tile sees any of it.


# %% id="draw-mask"
def draw(seqlen_q, seqlen_k):
    for i in range(seqlen_q):
        row = ["1" if j <= i + seqlen_k - seqlen_q else "." for j in range(seqlen_k)]
        print(f"query {i}: {' '.join(row)}")


draw(3, 5)
print()
draw(5, 3)

# %% [markdown] id="ask-key-blocks"
# ## Exercise: which blocks?
#
# *10 minutes, medium, 4 points, about 5 lines.*
#
# For one tile of BLOCK_M queries, say how many blocks of BLOCK_N keys are whole (the first `whole`
# of them) and how many must be visited (the first `end`). A ragged last block is not whole: its
# missing keys need a mask.
#
# *Predict first:* N = 64, both blocks 16. Of the 16 pairs of blocks, how many are skipped?
#
# <details><summary>Hint 1: direction</summary>
#
# The first query of the tile sees the fewest keys, the last one the most. Count keys, then blocks.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# keys seen by query i: i + shift + 1, but never below 0 or above seqlen_k. whole = keys of the first
# query, divided by BLOCK_N, rounded down. end = keys of the last query that exists, divided by
# BLOCK_N, rounded up.
#
# </details>


# %% exercise="key_blocks"
def key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N):
    """(whole, end): blocks 0 ... whole - 1 need no mask, blocks whole ... end - 1 need one.

    start_m: the first query of the tile, a multiple of BLOCK_M, below seqlen_q.
    """
    ### BEGIN SOLUTION
    shift = seqlen_k - seqlen_q
    last = min(start_m + BLOCK_M, seqlen_q) - 1
    fewest = min(max(start_m + shift + 1, 0), seqlen_k)
    most = min(max(last + shift + 1, 0), seqlen_k)
    return fewest // BLOCK_N, -(-most // BLOCK_N)
    ### END SOLUTION


# %% id="try-key-blocks" tags=["try"]
def block_map(seqlen_q, seqlen_k, BLOCK_M, BLOCK_N):
    """One line a tile of queries: # whole, / masked, . skipped."""
    print(f"seqlen_q {seqlen_q}, seqlen_k {seqlen_k}, BLOCK_M {BLOCK_M}, BLOCK_N {BLOCK_N}")
    blocks = triton.cdiv(seqlen_k, BLOCK_N)
    for start in range(0, seqlen_q, BLOCK_M):
        whole, end = key_blocks(start, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N)
        print(f"{start:5}  " + " ".join("#" * whole + "/" * (end - whole) + "." * (blocks - end)))


block_map(64, 64, 16, 16)
block_map(64, 64, 32, 8)
block_map(24, 56, 8, 16)
block_map(56, 24, 8, 8)

# %% check="key_blocks__numbers" points=4
"""Whole and visited blocks for square and for oblong masks, ragged, and where nothing is seen."""
check.key_blocks__numbers(key_blocks)

# %% [markdown] id="ask-causal-bytes"
# ## Exercise: the bytes that are left
#
# *8 minutes, easy, 3 points, about 5 lines.*
#
# A visited block is loaded whole, up to the end of $K$. So you can say to the byte what a causal
# kernel must load of $K$, for one head. Use `key_blocks`.
#
# *Predict first:* N = 4096, BLOCK_M = 128, BLOCK_N = 64: exactly half of the bytes?
#
# <details><summary>Hint 1: direction</summary>
#
# Each tile of queries starts again at block 0.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# Add up over the tiles of queries: keys loaded = end times BLOCK_N, but at most seqlen_k. A key has
# head_dim numbers.
#
# </details>


# %% exercise="causal_bytes"
def causal_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize):
    """Bytes of K that all tiles of queries of one head load, causal."""
    ### BEGIN SOLUTION
    keys = 0
    for start_m in range(0, seqlen_q, BLOCK_M):
        _, end = key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N)
        keys += min(end * BLOCK_N, seqlen_k)
    return keys * head_dim * itemsize
    ### END SOLUTION


# %% check="causal_bytes__numbers" points=3
"""The bytes of K for one head, ragged or not."""
check.causal_bytes__numbers(causal_bytes)

# %% id="causal-time" tags=["try"]
record = flashlab.recorded()
print(f"time: {record.label}, fp16, head_dim 64")
for full, half in zip(record.forward(64), record.forward(64, causal=True), strict=True):
    n = full["seqlen"]
    share = causal_bytes(n, n, 64, 128, 64, 2) / (n / 128 * n * 64 * 2)
    time = half["ours"]["ms"] / full["ours"]["ms"]
    print(f"N = {n:6,}: {share:.3f} of the bytes of K, {time:.2f} of the time")

# %% [markdown] id="causal-time-text"
# The bytes come close to a half. What lies above it is the diagonal: there each tile of queries loads
# its blocks whole and uses half of them. The time follows only when there are many tiles. Short
# sequences pay for the masks and for the launch all the same, and they wait for the longest program
# instance: the last tile has the most blocks to visit, the first one has next to none. "Causal is twice as fast" is a limit, not a fact (FlashAttention-2,
# [arXiv 2307.08691](https://arxiv.org/abs/2307.08691), section 3.1.1, has 1.7 to 1.8).

# %% [markdown] id="empty"
# ## A row that sees nothing
#
# All of its scores are -inf, so its maximum is -inf, and $-\infty - (-\infty)$ is NaN. Lesson 04 had
# the cure: where the maximum is -inf, subtract 0. Here it is in Triton, in the step of lesson 08.
# Such a row ends with `l_i` $= 0$. Its output shall be 0, its log-sum-exp -inf. *Predict first:* what
# would `acc / l_i` store?


# %% id="absorb-tile"
@triton.jit
def absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale):
    """The state (m_i, l_i, acc) after one more tile of keys; m_i in base 2, all state float32.

    seen: bool, (BLOCK_M, BLOCK_N); a row may see nothing. qk_scale: softmax_scale * log2(e).
    """
    qk = tl.dot(q, tl.trans(k), input_precision="ieee") * qk_scale
    qk = tl.where(seen, qk, float("-inf"))
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    m_safe = tl.where(m_new == float("-inf"), 0.0, m_new)
    alpha = tl.exp2(m_i - m_safe)
    p = tl.exp2(qk - m_safe[:, None])
    l_i = alpha * l_i + tl.sum(p, 1)
    acc = tl.dot(p.to(v.dtype), v, alpha[:, None] * acc, input_precision="ieee")
    return m_new, l_i, acc


# %% [markdown] id="groups"
# ## One pot for four tables
#
# In **grouped-query attention** `group` query heads share a head of $K$ and $V$: query head $h$ reads
# head $\lfloor h / \text{group} \rfloor$ (Ainslie et al. 2023,
# [arXiv 2305.13245](https://arxiv.org/abs/2305.13245)). With group = nheads it is called multi-query,
# MQA. $K$ and $V$ are smaller by the group, and so is what HBM must hand out at least.
#
# What does *not* fall in your kernel is the number of tiles that are loaded: each query head still
# walks over all of its keys. They are the keys of its neighbours, too, so L2 can hand them out. With
# one query per head even the loads can fall by the group. That exercise comes after this one.

# %% [markdown] id="ask-attention"
# ## Exercise: the kernel, complete
#
# *30 minutes, hard, 10 points, about 30 lines.*
#
# Bring your `flash_heads_kernel` of lesson 08, but leave its `absorb_tile` there: the one above takes
# its place, and its precision is always ieee. Three things are new: `group`; a causal mask *and* a loop that ends with the last block that
# anybody in the tile sees; rows that see nothing (0 / 0 is NaN). `IS_CAUSAL` is a constexpr:
# `if IS_CAUSAL:` is decided by the compiler.
#
# *Predict first:* in which of your lines does `seqlen_q` appear now?
#
# <details><summary>Hint 1: direction</summary>
#
# A loop's end may be any number that the kernel computes: `range(0, hi, BLOCK_N)`. `tl.minimum` and
# `tl.maximum` take single numbers, too. The mask is a comparison of a column with a row.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# key head = query head divided by group, whole part. hi = seqlen_k; if causal: hi = the smaller of it
# and (first query of the tile + BLOCK_M + shift), not below 0. seen = key inside K; if causal: and
# key at most query + shift. After the loop: where l is 0, divide by 1 instead; the log-sum-exp of
# such a row is -inf by itself.
#
# </details>


# %% exercise="flash_attention_kernel"
@triton.jit
def flash_attention_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr,
    stride_qb, stride_qh, stride_qm, stride_kb, stride_kh, stride_kn,
    stride_vb, stride_vh, stride_vn, stride_ob, stride_oh, stride_om,
    nheads, group, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
    IS_CAUSAL: tl.constexpr,
):  # fmt: skip
    """out = attention, lse = natural log-sum-exp; a row that sees nothing gives 0 and -inf.

    q, out: (batch, nheads, seqlen_q, HEAD_DIM); k, v: (batch, nheads // group, seqlen_k, HEAD_DIM),
    any strides, that of the last dimension 1; lse: (batch, nheads, seqlen_q) without gaps.
    Launched with (cdiv(seqlen_q, BLOCK_M), batch * nheads) program instances.
    """
    # 1. which batch, which query head, which key head, which queries
    # 2. the end of the loop
    # 3. as in lesson 08, with the mask
    # 4. a row that saw nothing
    ### BEGIN SOLUTION
    off_bh = tl.program_id(1)
    off_b, off_h = (off_bh // nheads).to(tl.int64), off_bh % nheads
    off_hk = off_h // group
    start_m = tl.program_id(0) * BLOCK_M
    offs_m = start_m + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, HEAD_DIM)
    q_head = q_ptr + off_b * stride_qb + off_h * stride_qh
    k_head = k_ptr + off_b * stride_kb + off_hk * stride_kh
    v_head = v_ptr + off_b * stride_vb + off_hk * stride_vh
    out_head = out_ptr + off_b * stride_ob + off_h * stride_oh
    rows = offs_m[:, None] < seqlen_q
    q = tl.load(q_head + offs_m[:, None] * stride_qm + offs_d[None, :], mask=rows, other=0.0)
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, HEAD_DIM), tl.float32)
    qk_scale = softmax_scale * 1.4426950408889634
    shift = seqlen_k - seqlen_q
    hi = seqlen_k
    if IS_CAUSAL:
        hi = tl.maximum(0, tl.minimum(seqlen_k, start_m + BLOCK_M + shift))
    for start_n in range(0, hi, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        cols = offs_n[:, None] < seqlen_k
        k = tl.load(k_head + offs_n[:, None] * stride_kn + offs_d[None, :], mask=cols, other=0.0)
        v = tl.load(v_head + offs_n[:, None] * stride_vn + offs_d[None, :], mask=cols, other=0.0)
        seen = offs_n[None, :] < seqlen_k
        if IS_CAUSAL:
            seen = seen & (offs_n[None, :] <= offs_m[:, None] + shift)
        m_i, l_i, acc = absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale)
    l_i = tl.where(l_i == 0.0, 1.0, l_i)
    out_ptrs = out_head + offs_m[:, None] * stride_om + offs_d[None, :]
    tl.store(out_ptrs, acc / l_i[:, None], mask=rows)
    lse = (m_i + tl.log2(l_i)) * 0.6931471805599453
    tl.store(lse_ptr + off_bh.to(tl.int64) * seqlen_q + offs_m, lse, mask=offs_m < seqlen_q)
    ### END SOLUTION


# %% id="try-attention" tags=["try"]
def launch(q, k, v, causal, BLOCK_M=16, BLOCK_N=16):
    """(out, lse, meter) of q (batch, nheads, seqlen_q, head_dim), k and v with fewer heads."""
    batch, nheads, seqlen_q, head_dim = q.shape
    out, lse = torch.empty_like(q), torch.empty(batch, nheads, seqlen_q)
    strides = [s for x in (q, k, v, out) for s in x.stride()[:3]]
    with flashlab.metered(outputs=("out_ptr", "lse_ptr")) as meter:
        flash_attention_kernel[(triton.cdiv(seqlen_q, BLOCK_M), batch * nheads)](
            q, k, v, out, lse, *strides, nheads, nheads // k.shape[1], seqlen_q, k.shape[2],
            head_dim**-0.5, head_dim, BLOCK_M, BLOCK_N, causal,
        )  # fmt: skip
    return out, lse, meter


g = torch.Generator().manual_seed(0)
q, k, v = (torch.randn(1, heads, 64, 16, generator=g) for heads in (4, 1, 1))
for causal in (False, True):
    out, lse, meter = launch(q, k, v, causal)
    exact = torch.nn.functional.scaled_dot_product_attention(
        q.double(), *(x.double().expand(1, 4, 64, 16) for x in (k, v)), is_causal=causal
    )
    print(f"causal={causal}: error {(out - exact).abs().max().item():.0e}\n{meter}\n")
print("yours, 4 heads of 16:", 4 * causal_bytes(64, 64, 16, 16, 16, 4), "bytes of K")

# %% [markdown] id="ask-play-causal"
# **Try it: predict, then play.** One head, 64 queries and keys, tiles of 16: left without the mask,
# right with it. Without it, each tile of $K$ crosses four times. How often does the first tile cross
# on the right, and how often the last? Decide, then press *Play*.

# %% id="play-causal" tags=["try"]
q, k, v = (torch.randn(1, 1, 64, 16, generator=g) for _ in range(3))
pair = [launch(q, k, v, causal)[2] for causal in (False, True)]
flashlab.tile_player(*pair, titles=["without a mask", "causal"])

# %% check="flash_attention_kernel__values" points=3
"""out and lse, causal or not, aligned bottom-right, in three types, in any layout."""
check.flash_attention_kernel__values(flash_attention_kernel)

# %% check="flash_attention_kernel__groups" points=2
"""Query heads find their head of K and V, for groups of 1, 2 and 4 and for MQA."""
check.flash_attention_kernel__groups(flash_attention_kernel)

# %% check="flash_attention_kernel__empty_rows" points=2
"""A row that sees nothing gives 0 and -inf, without NaN anywhere."""
check.flash_attention_kernel__empty_rows(flash_attention_kernel)

# %% check="flash_attention_kernel__bytes" points=2
"""Blocks that nobody sees are not loaded: bytes equal the formula."""
check.flash_attention_kernel__bytes(flash_attention_kernel)

# %% check="flash_attention_kernel__gpu" points=1
"""The real compiler takes it for an A100 and an H100; where there is a GPU, it is right there."""
check.flash_attention_kernel__gpu(flash_attention_kernel)

# %% [markdown] id="ask-shared-heads"
# ## Exercise: what sharing saves
#
# *7 minutes, easy, 3 points, paper and pencil.*
#
# A layer with 32 query heads has seen 8192 tokens; head_dim 128, float16. $K$ and $V$ of all tokens
# are kept for the next one, the **KV cache**. Then one query per head comes: a **decoding** step. It
# must read the cache. Count the operations of both products: 4 for each query, key and number of
# head_dim.
#
# *Predict first:* what does a group of 4 save in the prefill, where your kernel walks over tiles?
#
# <details><summary>Hint 1: direction</summary>
#
# K and V, each for its number of heads. For the intensity look at one head of K and V, its bytes, and
# all queries that use it.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# Bytes: 2 tensors, heads, tokens, numbers, bytes of a number. For the tiles: does any query head skip
# a tile because another one has loaded it?
#
# </details>

# %% exercise="shared_heads"
# bytes of K and V together: 32 heads, then groups of 4, then MQA
cache_mha = 134217728  ### ANSWER
cache_gqa = 33554432  ### ANSWER
cache_mqa = 4194304  ### ANSWER

# prefill: tiles of K that your kernel loads with a group of 4, over those with a group of 1
tiles_ratio = 1  ### ANSWER

# decoding, a group of 4, every byte of K and V read once: operations for each of those bytes
flops_per_byte = 4  ### ANSWER

# %% check="shared_heads__numbers" points=3
"""The cache three times, the tiles of the prefill, the intensity of decoding."""
check.shared_heads__numbers(cache_mha, cache_gqa, cache_mqa, tiles_ratio, flops_per_byte)

# %% [markdown] id="ask-decode"
# ## Exercise: one query, one pot
#
# *15 minutes, medium, 5 points, about 20 lines.*
#
# With one query per head your kernel wastes a tile of rows on it, and walks `group` times over the
# same $K$. So put the *heads* of a group into the rows of one tile. One program instance then serves
# a whole group, and $K$ and $V$ cross once: their bytes fall by the group. The one query is the last
# token, so it sees every key.
#
# *Predict first:* GROUP = 4. How many of the tile's rows do work?
#
# <details><summary>Hint 1: direction</summary>
#
# Instance $p$ owns key head $p$, batches and heads counted together, and without gaps its query heads
# are rows $p \cdot$ GROUP and the GROUP - 1 that follow. We take a tile of 16 rows, as many as one
# instruction of a tensor core has: mask the rest.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# the instance's number in 64 bits: times seqlen_k times HEAD_DIM it may pass $2^{31}$, where no check
# of this notebook reaches. Rows g = 0 to 15, mask g < GROUP; q at (instance times GROUP + g) times
# HEAD_DIM + columns; start of k and v: instance times seqlen_k times HEAD_DIM; loop, absorb_tile and division as before; store
# where q was loaded.
#
# </details>


# %% exercise="flash_decode_kernel"
@triton.jit
def flash_decode_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, seqlen_k, softmax_scale,
    GROUP: tl.constexpr, HEAD_DIM: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """One query for each head, not masked. All tensors without gaps; GROUP is at most 16.

    q, out: (batch, nheads, HEAD_DIM); k, v: (batch, nheads // GROUP, seqlen_k, HEAD_DIM).
    Launched with (batch * nheads // GROUP,) program instances.
    """
    # 1. the query heads of my group are the rows of a tile of 16
    # 2. walk over my head of k and v once
    # 3. store a row for each head
    ### BEGIN SOLUTION
    pid = tl.program_id(0).to(tl.int64)
    offs_g, offs_d = tl.arange(0, 16), tl.arange(0, HEAD_DIM)
    rows = offs_g[:, None] < GROUP
    q_offs = (pid * GROUP + offs_g[:, None]) * HEAD_DIM + offs_d[None, :]
    q = tl.load(q_ptr + q_offs, mask=rows, other=0.0)
    start = pid * seqlen_k * HEAD_DIM
    m_i = tl.full((16,), float("-inf"), tl.float32)
    l_i = tl.zeros((16,), tl.float32)
    acc = tl.zeros((16, HEAD_DIM), tl.float32)
    for start_n in range(0, seqlen_k, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        offs = start + offs_n[:, None] * HEAD_DIM + offs_d[None, :]
        cols = offs_n[:, None] < seqlen_k
        k = tl.load(k_ptr + offs, mask=cols, other=0.0)
        v = tl.load(v_ptr + offs, mask=cols, other=0.0)
        seen = offs_n[None, :] < seqlen_k
        m_i, l_i, acc = absorb_tile(
            q, k, v, m_i, l_i, acc, seen, softmax_scale * 1.4426950408889634
        )
    tl.store(out_ptr + q_offs, acc / l_i[:, None], mask=rows)
    ### END SOLUTION


# %% id="try-decode" tags=["try"]
g = torch.Generator().manual_seed(0)
q, k, v = (torch.randn(1, h, n, 32, generator=g).half() for h, n in ((8, 1), (2, 200), (2, 200)))
one, _, meter_one = launch(q, k, v, causal=True)
out = torch.empty(1, 8, 32, dtype=torch.float16)
with flashlab.metered(outputs=("out_ptr",)) as meter:
    flash_decode_kernel[(2,)](
        q[:, :, 0], k, v, out, 200, 32**-0.5, GROUP=4, HEAD_DIM=32, BLOCK_N=32
    )
print("both agree:", torch.allclose(out, one[:, :, 0], atol=2e-3), "(1 and 4 rows of 16 work)")
for name, m in (("a head an instance", meter_one), ("a group an instance", meter)):
    print(f"{name:>20}: {m.traffic.read_bytes('k_ptr'):,} bytes of K")

# %% check="flash_decode_kernel__values" points=3
"""Every query head gets its own output, for groups of 1, 3, 4 and 16, in two types."""
check.flash_decode_kernel__values(flash_decode_kernel)

# %% check="flash_decode_kernel__bytes" points=2
"""K and V cross once; the real compiler takes the kernel."""
check.flash_decode_kernel__bytes(flash_decode_kernel)

# %% [markdown] id="window"
# ## Forgetting, with an anchor
#
# A **sliding window** lets a query see its WINDOW last keys only, itself included. What falls behind
# is forgotten, and the work grows like $N$ and no longer like $N^2$. Models do badly, though, when
# they lose their very first tokens: the softmax has to put its weight somewhere, and they have learnt
# to put it there. So the first SINKS keys stay visible, as **attention sinks** (Xiao et al. 2023,
# [arXiv 2309.17453](https://arxiv.org/abs/2309.17453)):
#
# $$\text{query } i \text{ sees key } j \iff j \le i \text{ and } (j > i - \text{WINDOW} \text{ or }
# j < \text{SINKS})$$


# %% id="draw-window"
def draw_window(seqlen, WINDOW, SINKS):
    for i in range(seqlen):
        seen = [j <= i and (j > i - WINDOW or j < SINKS) for j in range(seqlen)]
        print(f"query {i:2}: " + " ".join("1" if s else "." for s in seen))


draw_window(12, 4, 2)

# %% [markdown] id="ask-window"
# ## Exercise: sinks and a window
#
# *20 minutes, hard, 7 points, about 30 lines.*
#
# One head, lengths equal, no gaps, as in lesson 07. Blocks begin at multiples of BLOCK_N. Visit those
# that hold sinks, then those of the window, and nothing in between. Each block once: a key that is
# counted twice weighs twice.
#
# *Predict first:* N = 4096, WINDOW = 512, SINKS = 4, both blocks 64. How many blocks does a tile of
# queries visit, far down?
#
# <details><summary>Hint 1: direction</summary>
#
# The tile's first query has the window that begins earliest, its last query the one that ends last.
# Round the beginning down to a block. The blocks of sinks end where the window's begin, at the
# latest.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# lo = first query - WINDOW + 1, not below 0, rounded down to a multiple of BLOCK_N; hi = the end of
# the tile, at most seqlen; sink_end = SINKS rounded up to a block, at most lo. One loop over 0 to
# sink_end, a second over lo to hi, with the same body. Or one loop over the number of both, with
# start_n chosen by tl.where. seen = key <= query and key < seqlen and (inside the window or sink).
#
# </details>


# %% exercise="flash_window_kernel"
@triton.jit
def flash_window_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr, seqlen, softmax_scale,
    WINDOW: tl.constexpr, SINKS: tl.constexpr,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Causal attention in a sliding window with sinks: out (seqlen, HEAD_DIM), lse (seqlen,).

    q, k, v: (seqlen, HEAD_DIM), row after row in memory. WINDOW >= 1, SINKS >= 0.
    Launched with (cdiv(seqlen, BLOCK_M),) program instances.
    """
    # 1. my queries, an empty state
    # 2. where the sinks' blocks end, where the window's begin and end
    # 3. visit both, each block once
    # 4. store out and lse
    ### BEGIN SOLUTION
    start_m = tl.program_id(0) * BLOCK_M
    offs_m, offs_d = start_m + tl.arange(0, BLOCK_M), tl.arange(0, HEAD_DIM)
    rows = offs_m[:, None] < seqlen
    q_offs = offs_m[:, None] * HEAD_DIM + offs_d[None, :]
    q = tl.load(q_ptr + q_offs, mask=rows, other=0.0)
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, HEAD_DIM), tl.float32)
    lo = tl.maximum(0, start_m - WINDOW + 1) // BLOCK_N
    hi = tl.cdiv(tl.minimum(seqlen, start_m + BLOCK_M), BLOCK_N)
    sinks = tl.minimum((SINKS + BLOCK_N - 1) // BLOCK_N, lo)
    for i in range(0, sinks + hi - lo):
        block = tl.where(i < sinks, i, lo + i - sinks)
        offs_n = block * BLOCK_N + tl.arange(0, BLOCK_N)
        offs = offs_n[:, None] * HEAD_DIM + offs_d[None, :]
        cols = offs_n[:, None] < seqlen
        k = tl.load(k_ptr + offs, mask=cols, other=0.0)
        v = tl.load(v_ptr + offs, mask=cols, other=0.0)
        near = offs_n[None, :] > offs_m[:, None] - WINDOW
        seen = (offs_n[None, :] <= offs_m[:, None]) & (near | (offs_n[None, :] < SINKS))
        seen = seen & (offs_n[None, :] < seqlen)
        qk_scale = softmax_scale * 1.4426950408889634
        m_i, l_i, acc = absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale)
    l_i = tl.where(l_i == 0.0, 1.0, l_i)
    tl.store(out_ptr + q_offs, acc / l_i[:, None], mask=rows)
    lse = (m_i + tl.log2(l_i)) * 0.6931471805599453
    tl.store(lse_ptr + offs_m, lse, mask=offs_m < seqlen)
    ### END SOLUTION


# %% id="try-window" tags=["try"]
N, d, WINDOW, SINKS, B = 200, 16, 40, 3, 16
g = torch.Generator().manual_seed(0)
q, k, v = (torch.randn(N, d, generator=g) for _ in range(3))
out, lse = torch.empty(N, d), torch.empty(N)
with flashlab.metered(outputs=("out_ptr", "lse_ptr")) as meter:
    flash_window_kernel[(triton.cdiv(N, B),)](
        q, k, v, out, lse, N, d**-0.5, WINDOW, SINKS, HEAD_DIM=d, BLOCK_M=B, BLOCK_N=B
    )
print("blocks of keys: o visited, . not")
for tile in range(0, triton.cdiv(N, B)):
    visited = [e.region[0][0] // B for e in meter.trace((tile,), "k_ptr")]
    blocks = range(triton.cdiv(N, B))
    print(f"queries {tile * B:3}  " + " ".join("o" if b in visited else "." for b in blocks))
causal = causal_bytes(N, N, d, B, B, 4)
print(f"bytes of K: {meter.traffic.read_bytes('k_ptr'):,}, causal {causal:,}")

# %% check="flash_window_kernel__values" points=4
"""out and lse for windows and sinks of all sizes, ragged, every key counted once."""
check.flash_window_kernel__values(flash_window_kernel)

# %% check="flash_window_kernel__bytes" points=2
"""Blocks of sinks and of the window are loaded once, the others not at all."""
check.flash_window_kernel__bytes(flash_window_kernel)

# %% check="flash_window_kernel__gpu" points=1
"""The real compiler takes it for an A100 and an H100; where there is a GPU, it is right there."""
check.flash_window_kernel__gpu(flash_window_kernel)

# %% [markdown] id="number"
# ## The number that matters
#
# 32 query heads, 16,384 tokens, head_dim 64, float16, BLOCK_M = 128, BLOCK_N = 64: the bytes of $K$
# and $V$ that the tiles of a layer load. The causal ones are counted by your own `causal_bytes`.

# %% id="summary" tags=["try"]
N, d, heads = 16384, 64, 32
full = 2 * heads * (N // 128) * N * d * 2
half = 2 * heads * causal_bytes(N, N, d, 128, 64, 2)
per_tile = 1 + (1024 + 128) // 64  # far down: a block of sinks, and those of a window of 1,024
window = 2 * heads * (N // 128) * per_tile * 64 * d * 2
for name, size in (("full", full), ("causal", half), ("window 1,024 + sinks", window)):
    print(f"{name:>28}: {size / 1e9:6.2f} GB through L2, {full / size:5.1f} times fewer")
cache = 2 * heads * N * d * 2
print(f"{'the cache itself':>28}: {cache / 1e9:6.2f} GB, groups of 4: {cache / 4e9:.2f} GB")

# %% [markdown] id="next"
# Your kernel is complete: any length, layout, type and mask, on a card that you may never have
# touched, to the byte. That is the forward pass of FlashAttention. What it still cannot do is learn:
# the backward pass asks for the gradients, and it starts from the log-sum-exp that you have been
# storing all along.
