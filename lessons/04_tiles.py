# lesson: minutes=75 gpu="no"

# %% [markdown] id="title"
# # 04 Tiles
#
# The cook now takes out a handful of vegetables at a time and finishes with it before fetching the
# next. One small bowl stays on the board all the while.
#
# The handful is a **tile** of $K$ and $V$. The bowl is the state of a row: maximum $m$, sum $l$ and
# accumulator `acc`. You will carry $V$ along in the online softmax, write tiled attention, and run
# it on a board too small for any shortcut.

# %% [markdown] id="state"
# ## Three things to keep
#
# A query has seen some keys $j$ with scores $s_j$. Lesson 03 kept two numbers for it:
#
# $$m = \max_j s_j, \qquad l = \sum_j e^{s_j - m}$$
#
# The output also needs the rows of $V$. So keep a third thing, their weighted sum, *not divided
# yet*:
#
# $$\text{acc} = \sum_j e^{s_j - m}\, v_j, \qquad O = \text{acc} / l$$

# %% [markdown] id="derive"
# ## One more block
#
# A new block brings scores $s_b$ and rows $v_b$. The maximum becomes
# $m' = \max(m, \max_b s_b)$. Every old term was written with $m$ and must now be written with $m'$:
#
# $$e^{s_j - m'} = e^{s_j - m} \cdot e^{m - m'}$$
#
# The factor $\alpha = e^{m - m'}$ is the same for all old terms. It is never above 1. So
#
# $$l' = \alpha\, l + \sum_b e^{s_b - m'}, \qquad \text{acc}' = \alpha\, \text{acc} + \sum_b e^{s_b - m'} v_b$$
#
# This is exact: no term is dropped or guessed. FlashAttention-2
# ([arXiv 2307.08691](https://arxiv.org/abs/2307.08691), section 3.1) divides by $l$ only once, at
# the end, and so shall we.

# %% [markdown] id="ask-hand-trace-tiles"
# ### Exercise: the four tokens again, in tiles
#
# *10 minutes, easy, 5 points, paper and pencil.*
#
# Lesson 01 traced query 2: $e^S$ was 1, 2, 2, 4, so the scores are 0, ln 2, ln 2 and 2 ln 2. The
# rows of $V$ are `[9, 0]`, `[0, 9]`, `[9, 9]`, `[18, 0]`. Go through the keys in two blocks of 2.
# The maximum is ln 2 after the first block and 2 ln 2 after the second.
#
# Then count trips of 2x2 tiles for all four queries. For each of the 2 tiles of $Q$: load it, load
# every tile of $K$ and of $V$, store the tile of $O$. *Predict first:* 30 trips in lesson 01, and
# now?

# %% exercise="hand_trace_tiles"
# after keys 0 and 1, m = ln 2
l_first = 1.5  ### ANSWER
acc_first = [4.5, 9]  ### ANSWER

# after keys 2 and 3, m = 2 ln 2; alpha is the factor of the old terms
alpha = 0.5  ### ANSWER
l_second = 2.25  ### ANSWER
acc_second = [24.75, 9]  ### ANSWER

# trips of 2x2 tiles: Q, K and V together, O
trips_q = 2  ### ANSWER
trips_kv = 8  ### ANSWER
trips_out = 2  ### ANSWER

# %% [markdown] id="hints-hand-trace-tiles"
# <details><summary>Hint 1: direction</summary>
#
# Subtracting ln 2 from a score halves its exponential. The first block's exponentials are 1/2 and 1.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# The maximum grows by ln 2, so the old terms are halved. The second block's exponentials are 2/4 and
# 4/4. In the end acc / l must be the output of lesson 01: 11 and 4.
#
# </details>

# %% check="hand_trace_tiles__first_block" points=1
"""Sum and accumulator after the first block."""
check.hand_trace_tiles__first_block(l_first, acc_first)

# %% check="hand_trace_tiles__second_block" points=2
"""Factor, sum and accumulator after the second block."""
check.hand_trace_tiles__second_block(alpha, l_second, acc_second)

# %% check="hand_trace_tiles__trips" points=2
"""Loads and stores of 2x2 tiles."""
check.hand_trace_tiles__trips(trips_q, trips_kv, trips_out)

# %% [markdown] id="ask-absorb-block"
# ## Exercise: absorb one block
#
# *15 minutes, medium, 6 points, about 6 lines.*
#
# Write the update for several rows at once, with the two formulas above. One case needs care. A row
# that may see no key at all has scores of -inf only. Its maximum is -inf, and -inf minus -inf is
# NaN. Such a row must stay `(-inf, 0, 0)`.
#
# *Predict first:* may you change any of the five inputs in place?


# %% exercise="absorb_block"
def absorb_block(m_i, l_i, acc, qk, v):
    """The state after one more block of keys: (m_new, l_new, acc_new).

    m_i, l_i: (rows,); acc: (rows, head_dim); qk: (rows, cols) scaled scores, -inf where a key may
    not be seen; v: (cols, head_dim). float32 (the try cell: float64). No
    input is changed. The empty state is (-inf, 0, 0).
    """
    # 1. the new maximum of each row
    # 2. what to subtract: the maximum, but 0 where it is -inf
    # 3. the factor of the old terms, the weights of the new ones
    # 4. l and acc
    ### BEGIN SOLUTION
    m_new = np.maximum(m_i, qk.max(axis=1))
    shift = np.where(np.isneginf(m_new), 0, m_new)
    alpha = np.exp(m_i - shift)
    p = np.exp(qk - shift[:, None])
    return m_new, alpha * l_i + p.sum(axis=1), alpha[:, None] * acc + p @ v
    ### END SOLUTION


# %% [markdown] id="hints-absorb-block"
# <details><summary>Hint 1: direction</summary>
#
# `np.maximum(a, b)` compares two arrays entry by entry. `x[:, None]` makes a column of a vector.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# Of m_new, the shift, alpha and l_new there is one number a row: (rows,). The weights p are (rows,
# cols), so the shift must become a column there. acc_new is (rows, head_dim), so alpha must become
# one, too. The empty state needs no case of its own once the shift is finite: exp(-inf) is 0.
#
# </details>

# %% id="try-absorb-block" tags=["try"]
# query 2, two blocks: the numbers of your trace
s2 = np.log([[1.0, 2.0, 2.0, 4.0]])
v4 = np.array([[9, 0], [0, 9], [9, 9], [18, 0]], dtype=np.float64)
state = np.array([-np.inf]), np.zeros(1), np.zeros((1, 2))
for j in (0, 2):
    state = absorb_block(*state, s2[:, j : j + 2], v4[j : j + 2])
    print("m, l, acc =", *(x.round(3) for x in state))

# %% check="absorb_block__values" points=4
"""m, l and acc are those of all keys seen, whatever the order of the scores."""
check.absorb_block__values(absorb_block)

# %% check="absorb_block__nothing_visible" points=2
"""A row without a visible key stays empty, without NaN."""
check.absorb_block__nothing_visible(absorb_block)

# %% [markdown] id="ask-tiled-attention"
# ## Exercise: tiled attention
#
# *15 minutes, medium, 7 points, about 12 lines.*
#
# Two loops. The outer one takes BLOCK_M queries, the inner one BLOCK_N keys, and the score tile of
# the two is all that exists of $S$. Divide by $l$ after the inner loop, once.
#
# Return the **log-sum-exp** too: $\text{LSE} = m + \ln l$. It is one number a row, and with it
# anybody can recompute $P = e^{S - \text{LSE}}$. The backward pass will.
#
# *Predict first:* 23 keys in blocks of 5. How wide is the last tile?


# %% exercise="tiled_attention"
def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    """Attention, one (BLOCK_M, BLOCK_N) tile of scores at a time. Returns (out, lse).

    q: (seqlen_q, head_dim); k, v: (seqlen_k, head_dim), float32. Neither length need be a multiple
    of its block. out: (seqlen_q, head_dim); lse: (seqlen_q,), natural log.
    """
    # 1. for each tile of Q: an empty state
    # 2. for each tile of K and V: the scores, absorb
    # 3. divide, store, log-sum-exp
    ### BEGIN SOLUTION
    out = np.empty((len(q), v.shape[1]), q.dtype)
    lse = np.empty(len(q), q.dtype)
    for i in range(0, len(q), BLOCK_M):
        q_tile = q[i : i + BLOCK_M]
        m_i = np.full(len(q_tile), -np.inf, q.dtype)
        l_i = np.zeros(len(q_tile), q.dtype)
        acc = np.zeros((len(q_tile), v.shape[1]), q.dtype)
        for j in range(0, len(k), BLOCK_N):
            qk = softmax_scale * (q_tile @ k[j : j + BLOCK_N].T)
            m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v[j : j + BLOCK_N])
        out[i : i + BLOCK_M] = acc / l_i[:, None]
        lse[i : i + BLOCK_M] = m_i + np.log(l_i)
    return out, lse
    ### END SOLUTION


# %% [markdown] id="hints-tiled-attention"
# <details><summary>Hint 1: direction</summary>
#
# A NumPy slice that reaches past the end is cut off there. So take sizes from the tile,
# `len(q_tile)`, and not from BLOCK_M.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# for i in steps of BLOCK_M: q tile; m = -inf, l = 0, acc = 0; for j in steps of BLOCK_N: qk = scale
# times q tile times k tile transposed; absorb; after the inner loop: out rows = acc / l, lse rows =
# m + log(l).
#
# </details>

# %% id="try-tiled-attention" tags=["try"]
q4 = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=np.float64)
k4 = np.log(2) * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
v4 = np.array([[9, 0], [0, 9], [9, 9], [18, 0]], dtype=np.float64)
out4, lse4 = tiled_attention(q4, k4, v4, 1.0, 2, 2)
print(out4.round(3), "row sums of exp(S):", np.exp(lse4).round(3))

# %% check="tiled_attention__values" points=4
"""The output for whole tiles, ragged tails, and seqlen_q != seqlen_k."""
check.tiled_attention__values(tiled_attention)

# %% check="tiled_attention__lse" points=2
"""The log-sum-exp, also where all scores lie far below 0."""
check.tiled_attention__lse(tiled_attention)

# %% check="tiled_attention__memory" points=1
"""One tile of scores at a time, BLOCK_M queries by BLOCK_N keys: never a strip of them."""
check.tiled_attention__memory(tiled_attention)

# %% [markdown] id="two-tiles"
# ## A small board, and a trap of Python
#
# On two levels of memory the board has a capacity. Python computes the right side of an assignment
# *before* it gives the name away. In `tile = k[4:8]` the new tile is read while `tile` still holds
# the old one: for a moment both lie in SRAM. `del tile` first avoids it.


# %% id="two-tiles-at-once"
def rebinds(k):
    for j in range(0, len(k), 4):
        tile = k[j : j + 4]  # noqa: F841


def deletes(k):
    for j in range(0, len(k), 4):
        tile = k[j : j + 4]
        del tile


for fn in (rebinds, deletes):
    traffic = flashlab.measure(fn, {"k": np.zeros((16, 8), np.float32)}, {}).traffic
    print(f"{fn.__name__}: SRAM peak {traffic.sram_peak_bytes} bytes, a tile has {4 * 8 * 4}")


# %% [markdown] id="room"
# A GPU kernel names its buffers once and writes into them again. NumPy makes a new array for every
# step. So our board gives room for the second tile and for the temporaries, and counts 8 bytes a
# number, should you prefer float64:


# %% id="sram-room"
def sram_room(BLOCK_M, BLOCK_N, head_dim, itemsize):
    """Five tiles like Q, four like K, four of scores, sixteen numbers a row."""
    tiles = 5 * BLOCK_M * head_dim + 4 * BLOCK_N * head_dim + 4 * BLOCK_M * BLOCK_N
    return itemsize * (tiles + 16 * BLOCK_M)


room = sram_room(8, 4, 8, 8)
print(f"room {room:,} bytes; S for N = 192 {192 * 192 * 4:,}; 8 rows of S {8 * 192 * 4:,}")

# %% [markdown] id="ask-hbm"
# ## Exercise: tiles between HBM and SRAM
#
# *15 minutes, medium, 8 points, about 12 lines.*
#
# Now every slice of `q`, `k`, `v` is a trip, and `out[...] = tile` is one too. NumPy cut your last tile
# of 23 keys off at 3; HBM does not, so use `min`. The board holds `sram_room` bytes: neither $S$ nor a
# strip of 8 rows of it fits.
#
# *Predict first:* how often does one tile of $K$ cross?


# %% exercise="tiled_attention_hbm"
def tiled_attention_hbm(q, k, v, out, lse, softmax_scale, BLOCK_M, BLOCK_N):
    """tiled_attention on two levels of memory. Returns nothing.

    q, k, v: HBM arrays to read by slices; out, lse: HBM arrays to write. Q is read once, out and
    lse are written once; K and V are read once for each tile of Q.
    """
    # 1. for each tile of Q: read it, an empty state
    # 2. for each tile of K and V: read it, absorb
    # 3. store out and lse
    ### BEGIN SOLUTION
    for i in range(0, len(q), BLOCK_M):
        rows = slice(i, min(i + BLOCK_M, len(q)))
        q_tile = q[rows]
        m_i = np.full(len(q_tile), -np.inf, q_tile.dtype)
        l_i = np.zeros(len(q_tile), q_tile.dtype)
        acc = np.zeros((len(q_tile), v.shape[1]), q_tile.dtype)
        for j in range(0, len(k), BLOCK_N):
            cols = slice(j, min(j + BLOCK_N, len(k)))
            qk = softmax_scale * (q_tile @ k[cols].T)
            m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v[cols])
        out[rows] = acc / l_i[:, None]
        lse[rows] = m_i + np.log(l_i)
    ### END SOLUTION


# %% [markdown] id="hints-hbm"
# <details><summary>Hint 1: direction</summary>
#
# The arithmetic is that of `tiled_attention`. Each slice that you wrote there is now a trip, so
# write each one where it happens as seldom as possible.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# rows = i to the smaller of i + BLOCK_M and len(q); q tile = q[rows]; inner loop as before, with cols
# cut off the same way; then out[rows] = acc / l and lse[rows] = m + log(l).
#
# </details>

# %% check="tiled_attention_hbm__values" points=3
"""out and lse land in HBM, and they are right."""
check.tiled_attention_hbm__values(tiled_attention_hbm)

# %% check="tiled_attention_hbm__bytes" points=3
"""Every array moves exactly the bytes that it must."""
check.tiled_attention_hbm__bytes(tiled_attention_hbm)

# %% check="tiled_attention_hbm__sram" points=2
"""It runs on a board that holds its tiles and little more."""
check.tiled_attention_hbm__sram(tiled_attention_hbm)

# %% [markdown] id="side-by-side-text"
# ## Both ways, trip by trip
#
# On the left the three steps of lesson 01, on the right yours, one trip of each at a time. *Predict
# first:* after how many trips is yours done, and which arrays does it never touch? Then press Play.


# %% id="textbook"
def textbook_tiles(q, k, v, s, p, out):
    """The three steps on 2x2 tiles, N = 4, as in lesson 01."""
    for i in (0, 2):
        for j in (0, 2):
            s[i : i + 2, j : j + 2] = q[i : i + 2] @ k[j : j + 2].T
    for i in (0, 2):
        left, right = s[i : i + 2, 0:2], s[i : i + 2, 2:4]
        total = np.exp(left).sum(axis=1) + np.exp(right).sum(axis=1)
        p[i : i + 2, 0:2] = np.exp(left) / total[:, None]
        p[i : i + 2, 2:4] = np.exp(right) / total[:, None]
    for i in (0, 2):
        out[i : i + 2] = p[i : i + 2, 0:2] @ v[0:2] + p[i : i + 2, 2:4] @ v[2:4]


# %% id="side-by-side" tags=["try"]
q4 = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=np.float64)
k4 = np.log(2) * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
v4 = np.array([[9, 0], [0, 9], [9, 9], [18, 0]], dtype=np.float64)
x4, tall, square = {"q": q4, "k": k4, "v": v4}, ((4, 2), np.float64), ((4, 4), np.float64)
old = flashlab.measure(textbook_tiles, x4, {"s": square, "p": square, "out": tall}).traffic
spec = {"out": tall, "lse": ((4,), np.float64)}
new = flashlab.measure(tiled_attention_hbm, x4, spec, args=(1.0, 2, 2)).traffic
for what in ("trips", "hbm_bytes", "sram_peak_bytes"):
    print(f"{what}: {getattr(old, what)} and {getattr(new, what)}")
flashlab.tile_player(old, new, titles=["three steps", "your tiles"])

# %% [markdown] id="honest"
# ## What the difference is, and what it is not
#
# The left side has 30 trips, the right one 12 for the same output and 2 more for the LSE, which
# the left one does not store. Of the 18 trips saved, 16 were those of $S$ and $P$. They are gone
# because a score tile is used up at once. The other 2 were the two tiles of $Q$, each
# fetched once more: the three steps could have kept them too.
#
# $K$ and $V$ cross just as often as before: once for each tile of $Q$. And the board is fuller, as
# the SRAM peak shows. Tiling does not save arithmetic either: every score is still computed once.

# %% [markdown] id="number-that-matters"
# ## The number that matters
#
# A longer text, the same tiles: this cell measures your bytes and compares them with the three
# steps' formula from lesson 01, $4Nd + 4N^2$ elements.

# %% id="ratio" tags=["try"]
N, d, BLOCK_M, BLOCK_N = 512, 64, 128, 64
g = np.random.default_rng(0)
x = {name: g.standard_normal((N, d), dtype=np.float32) for name in "qkv"}
spec = {"out": ((N, d), np.float32), "lse": ((N,), np.float32)}
run = flashlab.measure(tiled_attention_hbm, x, spec, args=(d**-0.5, BLOCK_M, BLOCK_N))
three_steps = 4 * (4 * N * d + 4 * N * N)
print(run.traffic)
print(f"three steps: {three_steps:,} bytes, {three_steps / run.traffic.hbm_bytes:.1f} times")

# %% [markdown] id="next"
# You have written the forward pass of FlashAttention. Lesson 05 asks where the bytes that are left
# go, and which of BLOCK_M and BLOCK_N decides it.
