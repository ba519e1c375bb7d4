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
# ### Exercise: which blocks?
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
# The bytes come close to a half, by half a tile on the diagonal. The time follows only when there are
# many tiles: short sequences pay for masks, for uneven program instances, and for a launch all the
# same. "Causal is twice as fast" is a limit, not a fact (FlashAttention-2,
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
    shift = tl.where(m_new == float("-inf"), 0.0, m_new)
    alpha = tl.exp2(m_i - shift)
    p = tl.exp2(qk - shift[:, None])
    l_i = alpha * l_i + tl.sum(p, 1)
    acc = tl.dot(p.to(v.dtype), v, alpha[:, None] * acc, input_precision="ieee")
    return m_new, l_i, acc


# %% [markdown] id="groups"
# ## One pot for four tables
#
# In **grouped-query attention** `group` query heads share a head of $K$ and $V$: query head $h$ reads
# head $\lfloor h / \text{group} \rfloor$ (Ainslie et al. 2023,
# [arXiv 2305.13245](https://arxiv.org/abs/2305.13245)). With group = nheads it is called multi-query,
# MQA. $K$ and $V$ are smaller by the group. What does *not* fall by it in your kernel is the number of
# tiles loaded, since each query head still walks over all of its keys. It walks over the same bytes as
# its three neighbours, so L2 has them more often. You will get the rest back when there is but one
# query.

# %% [markdown] id="ask-attention"
# ## Exercise: the kernel, complete
#
# *30 minutes, hard, 10 points, about 30 lines.*
#
# Bring your `flash_heads_kernel` of lesson 08 (not `absorb_tile`, which stands above). Three things
# are new: `group`; a causal mask *and* a loop that ends with the last block that anybody in the tile
# sees; rows that see nothing. `IS_CAUSAL` is a constexpr, so `if IS_CAUSAL:` is decided by the
# compiler.
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
def launch(q, k, v, causal, BLOCK_M=16, BLOCK_N=16, device="cpu"):
    """(out, lse, meter) of q (batch, nheads, seqlen_q, head_dim), k and v with fewer heads."""
    q, k, v = (x.to(device) for x in (q, k, v))
    batch, nheads, seqlen_q, head_dim = q.shape
    out, lse = torch.empty_like(q), torch.empty(batch, nheads, seqlen_q, device=device)
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
