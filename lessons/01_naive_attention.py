# lesson: minutes=70 gpu="no"

# %% [markdown] id="title"
# # 01 Naive attention and its bytes
#
# The cook takes a carrot from the refrigerator, cuts it once, puts it back, and fetches it again to
# cut it a second time. This notebook counts those walks. **HBM** is the refrigerator, **SRAM** the
# cutting board, and a trip is one load or one store.
#
# You will trace attention by hand for four tokens, write it in NumPy, predict the bytes it moves,
# and measure them. Then you will see what happens at ten thousand tokens.

# %% [markdown] id="definition"
# ## What attention computes
#
# A model cuts a text into **tokens**, pieces of about a word. For each token it has three rows of
# numbers: a *query* (what am I looking for?), a *key* (what can be found here?) and a *value* (what
# do I hand over?). A **head** is one attention with its own queries, keys and values; a layer runs
# several side by side. The **softmax** turns numbers into weights:
#
# $$\text{softmax}(s)_j = e^{s_j} / \textstyle\sum_i e^{s_i}$$
#
# They are positive and add up to 1, and the largest number gets the largest weight.
#
# The rows are stacked to matrices. For one head, $Q$ has `seqlen_q` rows, $K$ and $V$ have
# `seqlen_k` rows, and each row has `head_dim` numbers:
#
# $$S = \text{scale} \cdot Q K^T, \qquad P = \text{softmax}(S), \qquad O = P V$$
#
# Row $i$ of $S$ says how well query $i$ matches every key. The softmax works on each row by itself.
# Row $i$ of $O$ is the mean of the rows of $V$ with those weights. The scale is usually
# $1 / \sqrt{\text{head\_dim}}$: a score is a sum of `head_dim` products, and without it scores grow
# with their number (Vaswani et al. 2017, [arXiv 1706.03762](https://arxiv.org/abs/1706.03762),
# section 3.2.1).

# %% [markdown] id="worked-example"
# ## Four tokens by hand
#
# Here are four tokens with `head_dim` 2 and scale 1. The keys are multiples of $\ln 2$, so that
# every exponential is a power of two: $e^{a \ln 2} = 2^a$.

# %% id="four-tokens"
q4 = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=np.float64)
k4 = np.log(2) * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
v4 = np.array([[9, 0], [0, 9], [9, 9], [18, 0]], dtype=np.float64)

for i in (0, 1):
    s = q4[i] @ k4.T
    p = np.exp(s) / np.exp(s).sum()
    print(f"query {i}: exp(S) = {np.exp(s).round(3)}, P = {p.round(3)}, O = {(p @ v4).round(2)}")

# %% [markdown] id="ask-hand-trace"
# ### Exercise: trace query 2, then count the trips
#
# *10 minutes, easy, 5 points, paper and pencil.*
#
# Queries 0 and 1 are done above. Do query 2, `[1, 1]`: the four values of $e^{S}$, their sum, and
# the output row, two numbers.
#
# Then count trips. The cutting board holds 2x2 tiles only, and every matrix lies in HBM as such
# tiles. *Predict first:* which is carried more often, $S$ or $O$?

# %% [markdown] id="trip-rules"
# The three steps run one after the other, and each stores its whole result before the next begins:
#
# - **Scores.** For each of the 4 tiles of $S$: load a tile of $Q$, load a tile of $K$, store $S$.
# - **Softmax.** For each of the 2 rows of tiles: load both tiles of $S$, store both tiles of $P$.
# - **Output.** For each of the 2 tiles of $O$: load two tiles of $P$ and two of $V$, store one.
#
# $Q$, $K$, $V$ and $O$ are 4x2: two tiles each. $S$ and $P$ are 4x4: four. Nothing stays on the board
# between tiles, so a tile that is loaded again counts again. Count loads and stores.

# %% exercise="hand_trace"
# Query 2: q4[2] against all four keys. Write lists and numbers.
exp_scores_row2 = [1, 2, 2, 4]  ### ANSWER
row_sum_row2 = 9  ### ANSWER
out_row2 = [11, 4]  ### ANSWER

# Trips of 2x2 tiles, N = 4.
trips_scores = 12  ### ANSWER
trips_softmax = 8  ### ANSWER
trips_output = 10  ### ANSWER

# %% [markdown] id="hints-hand-trace"
# <details><summary>Hint 1: direction</summary>
#
# The score of query 2 and key $j$ is the sum of the two numbers of `k4[j]`. The output is a
# weighted mean of the rows of `v4`.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# Divide your four exponentials by their sum: these are the weights. For the trips, multiply: how
# many tiles are produced, times how many trips each one takes.
#
# </details>

# %% check="hand_trace__scores" points=1
"""exp(S) and its sum for query 2."""
check.hand_trace__scores(exp_scores_row2, row_sum_row2)

# %% check="hand_trace__output" points=1
"""The output row of query 2 is the mean of V, weighted by P."""
check.hand_trace__output(out_row2)

# %% check="hand_trace__trips" points=3
"""Loads and stores of 2x2 tiles in each of the three steps."""
check.hand_trace__trips(trips_scores, trips_softmax, trips_output)

# %% [markdown] id="machine-counts"
# Of the 30 trips, 8 carry $S$ and 2 carry $O$. The machine can count too.
# `flashlab.TwoLevelMemory` is a kitchen for NumPy code: an array in HBM can be read and written by
# slices only, and every byte is counted.
#
# **Try it: predict, then play.** Which arrays are written and then read again? Decide. Then press
# *Play*, or go step by step: the picture shows which tile crosses, and which line made it cross.


# %% id="count-trips"
def textbook_tiles(q, k, v, s, p, out):
    """The three steps on 2x2 tiles, N = 4: every result goes back to HBM before the next step."""
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


square = ((4, 4), np.float64)
run4 = flashlab.measure(
    textbook_tiles,
    inputs={"q": q4, "k": k4, "v": v4},
    outputs={"s": square, "p": square, "out": ((4, 2), np.float64)},
)
print(run4.traffic)
flashlab.tile_player(run4, titles=["three steps"])

# %% [markdown] id="ask-naive-attention"
# ## Exercise: attention in NumPy
#
# *10 minutes, easy, 6 points, about 4 lines.*
#
# Write $O = \text{softmax}(\text{scale} \cdot QK^T)\,V$ for whole matrices. In float32, exp
# overflows above 88.7, in float64 above 709. So subtract each row's maximum first: the softmax does
# not change.
#
# *Predict first:* which of the shapes `(seqlen_q, seqlen_k)`, `(seqlen_q, head_dim)` is largest
# when the text is long?


# %% exercise="naive_attention"
def naive_attention(q, k, v, softmax_scale):
    """softmax(softmax_scale * Q K^T) V.

    q: (seqlen_q, head_dim) float32; k, v: (seqlen_k, head_dim) float32; softmax_scale: float.
    Returns (seqlen_q, head_dim). The inputs are not changed.
    """
    # 1. the scores S, (seqlen_q, seqlen_k)
    # 2. subtract the maximum of each row, take exp
    # 3. divide each row by its sum: P
    # 4. weigh the rows of V
    ### BEGIN SOLUTION
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    return p @ v
    ### END SOLUTION


# %% [markdown] id="hints-naive-attention"
# <details><summary>Hint 1: direction</summary>
#
# `axis=1` runs along the keys. `keepdims=True` keeps a column, which NumPy then lines up with rows.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# Four lines, and their shapes: S is (seqlen_q, seqlen_k); its row maxima, kept as a column, are
# (seqlen_q, 1); so are the row sums of the exponentials; the last product is (seqlen_q, head_dim).
# Write the shape behind each line and compare.
#
# </details>

# %% id="try-naive-attention" tags=["try"]
# query 2 should come out as you traced it
print(naive_attention(q4, k4, v4, 1.0).round(3))
print(f"10,000 tokens, head_dim 64: S has {10_000**2 / (10_000 * 64):.0f} times the numbers of Q")

# %% check="naive_attention__values" points=3
"""softmax(softmax_scale * Q K^T) V within the error bound, for square and other shapes."""
check.naive_attention__values(naive_attention)

# %% check="naive_attention__huge_scores" points=2
"""Finite and right when the scores reach 100, and far beyond."""
check.naive_attention__huge_scores(naive_attention)

# %% check="naive_attention__scale" points=1
"""softmax_scale is any number that the caller gives."""
check.naive_attention__scale(naive_attention)

# %% [markdown] id="ask-counting"
# ## Exercises: predict the work and the bytes
#
# *10 minutes, medium, 4 points, about 3 lines each.*
#
# **Work.** Count the floating-point operations of the two matrix products. A multiply and an add
# are two. Leave out the softmax.
#
# **Bytes.** The board now holds whole matrices. Each step reads its inputs from HBM once and stores
# its result: $Q, K$ in, $S$ out; $S$ in, $P$ out; $P, V$ in, $O$ out. *Predict first:* which trips
# grow with $N^2$?


# %% exercise="attention_flops"
def attention_flops(seqlen_q: int, seqlen_k: int, head_dim: int) -> int:
    """Floating-point operations of Q K^T and of P V together."""
    # 1. multiply-adds of one product
    # 2. two operations each, two products
    ### BEGIN SOLUTION
    return 4 * seqlen_q * seqlen_k * head_dim
    ### END SOLUTION


# %% check="attention_flops__any_shape" points=2
"""Two matrix products, for any three sizes."""
check.attention_flops__any_shape(attention_flops)


# %% exercise="naive_traffic_bytes"
def naive_traffic_bytes(seqlen_q: int, seqlen_k: int, head_dim: int, itemsize: int) -> int:
    """Bytes between HBM and SRAM in the three steps; one element takes `itemsize` bytes."""
    # 1. elements of Q, K, V and O: each crosses once
    # 2. elements of S and P: how often does each cross?
    # 3. bytes
    ### BEGIN SOLUTION
    inputs_and_output = 2 * seqlen_q * head_dim + 2 * seqlen_k * head_dim
    scores_and_weights = 4 * seqlen_q * seqlen_k
    return (inputs_and_output + scores_and_weights) * itemsize
    ### END SOLUTION


# %% [markdown] id="hints-counting"
# <details><summary>Hint 1: direction</summary>
#
# One score is a dot product of `head_dim` pairs. For the bytes, list the eight trips of the three
# steps and the shape that crosses in each.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# Count a small case on paper: 2 queries, 3 keys, `head_dim` 4. You should find 96 operations, and 64
# elements that cross. Then write the letter in the place of each number that you used.
#
# </details>

# %% check="naive_traffic_bytes__any_shape" points=2
"""All eight trips, for any sizes and any dtype."""
check.naive_traffic_bytes__any_shape(naive_traffic_bytes)

# %% [markdown] id="ask-slide"
# The four trips of $S$ and $P$ grow with $N^2$, the other four with $N$.
#
# **Try it: predict, then slide.** With `head_dim` 64, at which $N$ do $S$ and $P$ make up 90 % of
# the bytes: about 150, 600, or 10,000? Decide. Then move the sliders, and look between which of
# their steps it lies. The picture draws *your* `naive_traffic_bytes`.

# %% id="slide" tags=["try"]
flashlab.naive_traffic_slider(naive_traffic_bytes)

# %% [markdown] id="ask-hbm"
# $S$ and $P$ make up $N / (N + d)$ of the bytes: 90 % at $N = 9d$, 576 here.
#
# ## Exercise: the same attention on two levels of memory
#
# *15 minutes, medium, 6 points, about 8 lines.*
#
# Now write the three steps with real trips. `q[:]` reads a whole matrix, `s[:] = tile` stores one.
# A tile stays in SRAM as long as a variable holds it. Let go of $S$ and $P$ after storing them, and
# read them back: that is what three separate kernels, GPU functions, do. The board has no limit here.
#
# *Predict first:* the bytes, with your own formula.


# %% exercise="naive_attention_hbm"
def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    """Attention in three steps; S and P go to HBM and come back. Returns nothing.

    q, k, v: HBM arrays (seqlen, head_dim) to read; s, p: HBM arrays (seqlen_q, seqlen_k), scratch;
    out: HBM array (seqlen_q, head_dim) to write.
    """
    # 1. read Q and K, store S
    # 2. read S, store P
    # 3. read P and V, store O
    ### BEGIN SOLUTION
    s[:] = softmax_scale * (q[:] @ k[:].T)
    scores = s[:]
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    p[:] = weights / weights.sum(axis=1, keepdims=True)
    del scores, weights
    out[:] = p[:] @ v[:]
    ### END SOLUTION


# %% [markdown] id="hints-hbm"
# <details><summary>Hint 1: direction</summary>
#
# Your `naive_attention` has all the arithmetic. Only the trips are new.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# Three blocks, one a step. Each begins with reads, `tile = s[:]`, ends with a write, and lets its
# tiles go (`del`). No variable lives from one block to the next.
#
# </details>

# %% id="try-hbm" tags=["try"]
rng = np.random.default_rng(0)
N, d = 64, 16
inputs = {name: rng.standard_normal((N, d), dtype=np.float32) for name in "qkv"}
square = ((N, N), np.float32)
outputs = {"s": square, "p": square, "out": ((N, d), np.float32)}
softmax_scale = 1 / np.sqrt(d)
run = flashlab.measure(naive_attention_hbm, inputs, outputs, args=(softmax_scale,))
print(run.traffic)
print(f"predicted: {naive_traffic_bytes(N, N, d, 4):,} bytes")

# %% check="naive_attention_hbm__values" points=3
"""The output that lands in HBM is right."""
check.naive_attention_hbm__values(naive_attention_hbm)

# %% check="naive_attention_hbm__bytes" points=3
"""Every array moves exactly the bytes that the formula says."""
check.naive_attention_hbm__bytes(naive_attention_hbm)

# %% [markdown] id="ask-ten-thousand"
# ## Exercise: ten thousand tokens
#
# *5 minutes, easy, 3 points, three numbers and a list.*
#
# Four tokens were a toy. Take $N = 10{,}000$: how many scores has one head, how many bytes are they
# in float32, and how many bytes do $S$ *and* $P$ take for a layer of 32 heads? Which of these
# cards' memory holds that: T4 (16 GB), L4 (24 GB), A100-40 (40 GB), A100-80 and H100 (80 GB)?
# Write bytes; a GB is $10^9$ of them. *Predict first:* does a T4 hold one layer?

# %% exercise="ten_thousand"
scores_10k = 10_000**2  ### ANSWER
score_bytes_10k = 4 * 10_000**2  ### ANSWER
layer_bytes_10k = 32 * 2 * 4 * 10_000**2  ### ANSWER

# a list of names out of "T4", "L4", "A100-40", "A100-80", "H100"
cards_that_hold_it = ["A100-40", "A100-80", "H100"]  ### ANSWER

# %% check="ten_thousand__scores" points=2
"""Scores of a head, their bytes, and the bytes of S and P in a layer."""
check.ten_thousand__scores(scores_10k, score_bytes_10k, layer_bytes_10k)

# %% check="ten_thousand__cards" points=1
"""The cards whose memory holds S and P of one layer."""
check.ten_thousand__cards(cards_that_hold_it)

# %% [markdown] id="ask-repair"
# ## Exercise: find the bug
#
# *10 minutes, medium, 2 points, change 1 line.*
#
# This function raises for most shapes. For square ones it returns numbers, and they are wrong. A
# test that only looks at the shape of the result passes it. *Predict first:* for which square
# inputs would it still be right?


# %% id="buggy"
def buggy_attention(q, k, v, softmax_scale):
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1)
    return p @ v


print(buggy_attention(q4, k4, v4, 1.0).round(3))


# %% exercise="repaired_attention"
def repaired_attention(q, k, v, softmax_scale):
    """buggy_attention without the bug. Shapes as in naive_attention."""
    # copy the four lines from above and repair one of them
    ### BEGIN SOLUTION
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    return p @ v
    ### END SOLUTION


# %% [markdown] id="hints-repair"
# <details><summary>Hint 1: direction</summary>
#
# Print the shapes of `p` and of `p.sum(axis=1)`. How does NumPy line them up?
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# A vector is lined up with the last axis, the columns. The sums belong to the rows.
#
# </details>

# %% check="repaired_attention__values" points=2
"""Right for square and for rectangular inputs."""
check.repaired_attention__values(repaired_attention)

# %% [markdown] id="why-it-hid"
# Key $j$ was divided by the sum of query $j$. That is right only where all these sums are equal, as
# for one token, or queries that are all alike. No test should be content with such inputs.

# %% [markdown] id="number-that-matters"
# ## The number that matters
#
# At $N = 10{,}000$ and `head_dim` 64, in float32, this cell compares your prediction with the least
# that any attention must move: $Q$, $K$ and $V$ in, $O$ out.

# %% id="ratio"
moved = naive_traffic_bytes(10_000, 10_000, 64, 4)
least = 4 * 10_000 * 64 * 4
print(f"{moved / 1e9:.2f} GB moved, {least / 1e6:.2f} MB needed: {moved / least:.0f} times")
share = next(N for N in range(1, 10_000) if 8 * N * N >= 0.9 * naive_traffic_bytes(N, N, 64, 2))
print(f"S and P make up 90 % of the bytes from N = {share} on")

# %% [markdown] id="next"
# The whole difference is $S$ and $P$: results that nobody asked for, carried to the refrigerator
# and back. To keep them on the board, the softmax must work on a piece of a row at a time. It does
# not look as if it could: it needs the maximum and the sum of the *whole* row. Lessons 02 and 03
# find the way.
