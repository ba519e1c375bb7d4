# lesson: minutes=90 gpu="optional" triton=true

# %% [markdown] id="title"
# # 07 FlashAttention, forward
#
# Every cook takes one tile of queries, and for it walks past all the keys: a handful at a time, the
# small bowl on the board. Nobody waits for anybody, and nobody stores where another one stores.
#
# You have all the pieces: `absorb_block` from lesson 04, the bytes from lesson 05, pointers and
# masks from lesson 06. Here they become one kernel. It will be right for any N, move exactly the
# bytes that you predict, and compile for cards that you need not own.

# %% [markdown] id="pieces"
# ## From NumPy to Triton
#
# | lesson 04 | here |
# |---|---|
# | `for i in range(0, len(q), BLOCK_M)` | the grid: one program instance for each tile of $Q$ |
# | `q[i : i + BLOCK_M]`, a trip | `tl.load` at `offs_m[:, None] * HEAD_DIM + offs_d[None, :]` |
# | a slice that is cut off at the end | a tile keeps its size; a mask says what exists |
# | `q_tile @ k_tile.T` | `tl.dot(q, tl.trans(k), input_precision="ieee")` |
# | `np.maximum(a, b)`, `np.exp(x)` | `tl.maximum(a, b)`, `tl.exp(x)` |
# | `qk.max(axis=1)`, `p.sum(axis=1)` | `tl.max(qk, 1)`, `tl.sum(p, 1)` |
# | `np.full(n, -np.inf)`, `np.zeros(n)` | `tl.full((n,), float("-inf"), tl.float32)`, `tl.zeros((n,), tl.float32)` |
#
# Inputs may be float16 or bfloat16. Scores, $m$, $l$ and `acc` stay float32. `tl.dot` sums up in
# float32 anyway, but its two inputs must have one type: before the product with $V$, the weights
# are rounded, `p.to(v.dtype)`.
#
# The tensors are one head each, row after row in memory: $Q$ and $O$ have `seqlen_q` rows of
# HEAD_DIM elements, $K$ and $V$ have `seqlen_k`. Heads and strides are lesson 08's.

# %% [markdown] id="ask-forward-bytes"
# ## Exercise: first the prediction
#
# *5 minutes, easy, 2 points, about 6 lines.*
#
# Your formula of lesson 05, queries outside, tensor by tensor. Program instances share nothing, so
# each of them loads all of $K$ and $V$. Lanes that are off move nothing. The LSE is float32, 4
# bytes, whatever the inputs are. Later, your kernel is held against this function, to the byte.
#
# <details><summary>Hint</summary>
#
# How many program instances are there? $Q$, $O$ and the LSE cross once in all, $K$ and $V$ once for
# each instance.
#
# </details>


# %% exercise="forward_bytes"
def forward_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize):
    """Bytes that each tensor moves, read or written: a dict with the keys q, k, v, out, lse.

    An element of q, k, v, out takes itemsize bytes, one of lse takes 4.
    """
    # 1. program instances
    # 2. five numbers
    ### BEGIN SOLUTION
    instances = -(-seqlen_q // BLOCK_M)
    rows = seqlen_q * head_dim * itemsize
    keys = instances * seqlen_k * head_dim * itemsize
    return {"q": rows, "k": keys, "v": keys, "out": rows, "lse": 4 * seqlen_q}
    ### END SOLUTION


# %% check="forward_bytes__formula" points=2
"""The bytes of each tensor, for whole and ragged sizes and any element size."""
check.forward_bytes__formula(forward_bytes)

# %% [markdown] id="ask-absorb-block"
# ## Exercise: absorb_block, as a helper
#
# *15 minutes, medium, 5 points, about 5 lines.*
#
# A `@triton.jit` function may call another one, and may return a tuple. Translate `absorb_block`.
# One thing gets simpler: here every row sees a key in its first tile, so $m'$ is never $-\infty$,
# and no special case is needed. (Lesson 09 will need it.)
#
# `tl.dot(a, b, acc, input_precision="ieee")` adds to `acc`: rescale the old one *before* you hand
# it over.
#
# *Predict first:* rounded to float16, a weight above $2^{-14}$ is off by up to 1/2048 of itself, a
# smaller one by more, or it becomes 0. Will `l` be off too?


# %% exercise="absorb_block"
@triton.jit
def absorb_block(m_i, l_i, acc, qk, v):
    """The state after one more tile of keys: (m_new, l_new, acc_new), all float32.

    m_i, l_i: (BLOCK_M,); acc: (BLOCK_M, BLOCK_D); qk: (BLOCK_M, BLOCK_N) scaled scores, float32,
    -inf where there is no key; v: (BLOCK_N, BLOCK_D), the type of the inputs.
    """
    # 1. the new maximum, the factor of the old terms, the weights of the new ones
    # 2. l: rescale, add the sum of the weights
    # 3. acc: rescale, tl.dot of the weights, in v's type, with v
    ### BEGIN SOLUTION
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    alpha = tl.exp(m_i - m_new)
    p = tl.exp(qk - m_new[:, None])
    acc = tl.dot(p.to(v.dtype), v, alpha[:, None] * acc, input_precision="ieee")
    return m_new, alpha * l_i + tl.sum(p, 1), acc
    ### END SOLUTION


# %% [markdown] id="hints-absorb-block"
# <details><summary>Hint 1: direction</summary>
#
# Put your lesson 04 next to the table above and go line by line. `x[:, None]` makes a column here
# too.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# m_new = larger of m_i and the row maximum of qk; alpha = exp of m_i minus m_new; p = exp of qk minus
# m_new as a column; l_new = alpha times l_i plus row sums of p; acc_new = dot of p in v's type with
# v, input_precision "ieee", added to alpha, as a column, times acc.
#
# </details>


# %% id="absorb-kernel"
@triton.jit
def absorb_kernel(
    m_ptr, l_ptr, acc_ptr, qk_ptr, v_ptr, m_out_ptr, l_out_ptr, acc_out_ptr,
    ROWS: tl.constexpr, COLS: tl.constexpr, HEAD_DIM: tl.constexpr,
):  # fmt: skip
    """Loads one state and one tile, calls your helper, stores the new state."""
    rows, cols, d = tl.arange(0, ROWS), tl.arange(0, COLS), tl.arange(0, HEAD_DIM)
    tile = rows[:, None] * HEAD_DIM + d[None, :]
    m_i, l_i, acc = tl.load(m_ptr + rows), tl.load(l_ptr + rows), tl.load(acc_ptr + tile)
    qk = tl.load(qk_ptr + rows[:, None] * COLS + cols[None, :])
    v = tl.load(v_ptr + cols[:, None] * HEAD_DIM + d[None, :])
    m_new, l_new, acc_new = absorb_block(m_i, l_i, acc, qk, v)
    tl.store(m_out_ptr + rows, m_new)
    tl.store(l_out_ptr + rows, l_new)
    tl.store(acc_out_ptr + tile, acc_new)


# %% id="try-absorb-block" tags=["try"]
# the keys of lesson 04, two and two, each of them 16 times: l and acc are 16 times those of your trace
qk = torch.log(torch.tensor([1.0, 2, 2, 4])).repeat_interleave(16).repeat(16, 1)
v = torch.tensor([[9.0, 0], [0, 9], [9, 9], [18, 0]]).repeat_interleave(16, 0).repeat(1, 32)
state = [torch.full((16,), -torch.inf), torch.zeros(16), torch.zeros(16, 64)]
for keys in (slice(0, 32), slice(32, 64)):
    new = [torch.empty_like(x) for x in state]
    scores = qk[:, keys].contiguous()
    absorb_kernel[(1,)](*state, scores, v[keys], *new, ROWS=16, COLS=32, HEAD_DIM=64)
    state = new
    print("m, l, acc =", state[0][0].item(), state[1][0].item(), state[2][0, :2].tolist())

# %% check="absorb_block__values" points=4
"""m, l and acc are those of all keys seen, in float32, float16 and bfloat16."""
check.absorb_block__values(absorb_kernel)

# %% check="absorb_block__gpu" points=1
"""The real compiler takes it for an A100 and an H100, in all three types."""
check.absorb_block__gpu(absorb_kernel)

# %% [markdown] id="ask-whole"
# ## Exercise: sizes that divide
#
# *20 minutes, medium, 5 points, about 16 lines.*
#
# The rounding touches `acc` alone: `l` adds up the weights before they are rounded.
#
# Now the kernel, first without masks: BLOCK_M divides `seqlen_q`, BLOCK_N divides `seqlen_k`, HEAD_DIM is a power of
# two. One program instance takes one tile of $Q$, walks along $K$ and $V$, divides by $l$ once, and
# stores its tile of $O$.
#
# *Predict first:* where must the load of $Q$ stand, so that $Q$ crosses once?


# %% exercise="flash_whole_kernel"
@triton.jit
def flash_whole_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """out = softmax(softmax_scale * q k^T) v, one head, sizes that divide.

    q, out: (seqlen_q, HEAD_DIM); k, v: (seqlen_k, HEAD_DIM), row after row, of one type.
    Launched with seqlen_q / BLOCK_M program instances.
    """
    # 1. my rows of q: load them
    # 2. the empty state
    # 3. BLOCK_N keys at a time: load k and v, scale the scores, absorb
    # 4. divide, store
    ### BEGIN SOLUTION
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, HEAD_DIM)
    tile_m = offs_m[:, None] * HEAD_DIM + offs_d[None, :]
    q = tl.load(q_ptr + tile_m)
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, HEAD_DIM), tl.float32)
    for start_n in range(0, seqlen_k, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        tile_n = offs_n[:, None] * HEAD_DIM + offs_d[None, :]
        k = tl.load(k_ptr + tile_n)
        v = tl.load(v_ptr + tile_n)
        qk = softmax_scale * tl.dot(q, tl.trans(k), input_precision="ieee")
        m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v)
    tl.store(out_ptr + tile_m, acc / l_i[:, None])
    ### END SOLUTION


# %% [markdown] id="hints-whole"
# <details><summary>Hint 1: direction</summary>
#
# It is your matmul of lesson 06 with another middle: the rows of the instance before the loop, a
# loop over tiles, one store after it. What is carried along is three things instead of one.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# offs_m from program_id(0); offs_d = 0 to HEAD_DIM - 1; q at offs_m as a column times HEAD_DIM plus
# offs_d as a row. m = -inf, l = 0, acc = 0. For start_n in steps of BLOCK_N: k and v at offs_n times
# HEAD_DIM plus offs_d; qk = scale times dot of q and k transposed; absorb. After the loop: store acc
# divided by l, as a column, where q came from.
#
# </details>

# %% id="try-whole" tags=["try"]
g = torch.Generator().manual_seed(0)
q, k, v = (torch.randn(n, 16, generator=g) for n in (32, 64, 64))
out = torch.empty(32, 16)
with flashlab.metered(outputs=("out_ptr",)) as meter:
    flash_whole_kernel[(2,)](q, k, v, out, 32, 64, 0.25, HEAD_DIM=16, BLOCK_M=16, BLOCK_N=16)
exact = torch.softmax(0.25 * q.double() @ k.double().T, 1) @ v.double()
print(meter)
print(f"largest error {(out - exact).abs().max().item():.1e}")

# %% check="flash_whole_kernel__values" points=3
"""Attention for sizes that divide, in float32 and float16: scores near 0, huge, far below 0."""
check.flash_whole_kernel__values(flash_whole_kernel)

# %% check="flash_whole_kernel__bytes" points=1
"""Every tensor moves the bytes that your own formula says: Q and O cross once."""
check.flash_whole_kernel__bytes(flash_whole_kernel, forward_bytes)

# %% check="flash_whole_kernel__gpu" points=1
"""The real compiler takes it for an A100 and an H100; where there is a GPU, it runs there."""
check.flash_whole_kernel__gpu(flash_whole_kernel)

# %% [markdown] id="ask-ghosts"
# ## Exercise: three keys that do not exist
#
# *5 minutes, easy, 3 points, paper and pencil.*
#
# 5 keys, BLOCK_N = 4. The second tile of $K$ and $V$ has one real row. Its other three lanes are off
# in the load, with `other=0.0`, and nothing else is done about them. All five real scores are 0, and
# all entries of $V$ are 8. What are the sum $l$ and the output? And what are they if the scores of
# those three are set to $-\infty$ before they are absorbed?
#
# <details><summary>Hint</summary>
#
# A row of zeros has the score 0, and exp(0 - 0) is not 0. Its row of $V$ is zeros too.
#
# </details>

# %% exercise="ghosts"
# masked in the load only
l_ghosts = 8  ### ANSWER
out_ghosts = 5  ### ANSWER
# with -inf for the scores of keys that do not exist
l_masked = 5  ### ANSWER
out_masked = 8  ### ANSWER

# %% check="ghosts__numbers" points=3
"""Sum and output, with three ghosts and without."""
check.ghosts__numbers(l_ghosts, out_ghosts, l_masked, out_masked)

# %% [markdown] id="ask-forward"
# ## Exercise: any N, any head_dim, and the LSE
#
# *25 minutes, hard, 17 points, about 22 lines. This is the kernel that the course is about.*
#
# Start from your kernel above. Three things are new:
#
# 1. `seqlen_q` and `seqlen_k` need not be multiples of a block. Mask each load and store, and see to
#    the ghosts with `tl.where(condition, a, b)`.
# 2. HEAD_DIM is any number from 16 to 128; a tile wants a power of two, `triton.next_power_of_2(n)`.
#    Mark the new constant as you mark a parameter: `BLOCK_D: tl.constexpr = ...`. A row in memory
#    still has HEAD_DIM elements.
# 3. Store $\text{LSE} = m + \ln l$, one float32 a row. `tl.log` is the natural logarithm.
#
# *Predict first:* rows behind the end of $Q$ are zeros in the tile. Do they disturb the others?


# %% exercise="flash_forward_kernel"
@triton.jit
def flash_forward_kernel(
    q_ptr, k_ptr, v_ptr, out_ptr, lse_ptr, seqlen_q, seqlen_k, softmax_scale,
    HEAD_DIM: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """out = softmax(softmax_scale * q k^T) v and its natural log-sum-exp, one head.

    q, out: (seqlen_q, HEAD_DIM); k, v: (seqlen_k, HEAD_DIM), row after row, all of one type; lse:
    (seqlen_q,) float32. Any lengths from 1 on; HEAD_DIM 16 to 128; BLOCK_M and BLOCK_N powers of
    two. softmax_scale is positive. Launched with cdiv(seqlen_q, BLOCK_M) program instances.
    """
    # 1. BLOCK_D, the width of a tile; my rows of q, masked: load them; the empty state
    # 2. BLOCK_N keys at a time: load k and v, masked; scale the scores; -inf for ghosts; absorb
    # 3. divide, store out and lse, masked
    ### BEGIN SOLUTION
    BLOCK_D: tl.constexpr = triton.next_power_of_2(HEAD_DIM)
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, BLOCK_D)
    tile_m = offs_m[:, None] * HEAD_DIM + offs_d[None, :]
    inside_m = (offs_m[:, None] < seqlen_q) & (offs_d[None, :] < HEAD_DIM)
    q = tl.load(q_ptr + tile_m, mask=inside_m, other=0.0)
    m_i = tl.full((BLOCK_M,), float("-inf"), tl.float32)
    l_i = tl.zeros((BLOCK_M,), tl.float32)
    acc = tl.zeros((BLOCK_M, BLOCK_D), tl.float32)
    for start_n in range(0, seqlen_k, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        tile_n = offs_n[:, None] * HEAD_DIM + offs_d[None, :]
        inside_n = (offs_n[:, None] < seqlen_k) & (offs_d[None, :] < HEAD_DIM)
        k = tl.load(k_ptr + tile_n, mask=inside_n, other=0.0)
        v = tl.load(v_ptr + tile_n, mask=inside_n, other=0.0)
        qk = softmax_scale * tl.dot(q, tl.trans(k), input_precision="ieee")
        qk = tl.where(offs_n[None, :] < seqlen_k, qk, float("-inf"))
        m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v)
    tl.store(out_ptr + tile_m, acc / l_i[:, None], mask=inside_m)
    tl.store(lse_ptr + offs_m, m_i + tl.log(l_i), mask=offs_m < seqlen_q)
    ### END SOLUTION


# %% [markdown] id="hints-forward"
# <details><summary>Hint 1: direction</summary>
#
# There are five accesses: $Q$, $K$, $V$, $O$, LSE. For each, ask which axes of its tile may run past
# the end, and of which length. Then ask what the lanes that are off do to a product, a maximum and a
# sum.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# As above, with BLOCK_D, the power of two, and offs_d = 0 to BLOCK_D - 1. Mask of q and out: offs_m
# below seqlen_q and offs_d below HEAD_DIM. Mask of k and v: offs_n below seqlen_k and offs_d below
# HEAD_DIM. other = 0 in the loads. After scaling: qk = where offs_n, as a row, is below seqlen_k,
# then qk, else -inf. At the end: lse at offs_m = m plus log of l, masked by offs_m below seqlen_q.
#
# </details>


# %% id="launcher" tags=["try"]
def flash_forward(q, k, v, BLOCK_M=16, BLOCK_N=16):
    """(out, lse) of one head; q: (seqlen_q, head_dim), k and v: (seqlen_k, head_dim)."""
    out = torch.empty_like(q)
    lse = torch.empty(len(q), device=q.device)
    flash_forward_kernel[(triton.cdiv(len(q), BLOCK_M),)](
        q, k, v, out, lse, len(q), len(k), q.shape[1] ** -0.5,
        HEAD_DIM=q.shape[1], BLOCK_M=BLOCK_M, BLOCK_N=BLOCK_N,
    )  # fmt: skip
    return out, lse


g = torch.Generator().manual_seed(0)
q, k, v = (torch.randn(n, 40, generator=g).to(DEVICE) for n in (37, 50, 50))
out, lse = flash_forward(q, k, v)  # on your GPU, where there is one
s = q.double() @ k.double().T * 40**-0.5
print(f"out is off by {(out - torch.softmax(s, 1) @ v.double()).abs().max().item():.1e},")
print(f"lse by {(lse - torch.logsumexp(s, 1)).abs().max().item():.1e}, on {q.device}")

# %% [markdown] id="ask-play-forward"
# **Try it: predict, then play.** 40 queries, 40 keys, tiles of 16. How many of the trips are stores,
# and is one of them a tile of scores? Decide, then press *Play*: this is your kernel, trip by trip.
# Press a bar to see the line that made it.

# %% id="play-forward" tags=["try"]
q, k, v = (torch.randn(40, 16, generator=g) for _ in range(3))
with flashlab.metered(outputs=("out_ptr", "lse_ptr")) as meter:
    flash_forward(q, k, v)
flashlab.tile_player(meter, titles=["your kernel"])

# %% check="flash_forward_kernel__ragged" points=4
"""Any lengths, scores random, rising, falling, equal, huge or with outliers: all of it right."""
check.flash_forward_kernel__ragged(flash_forward_kernel)

# %% check="flash_forward_kernel__head_dim" points=2
"""A head_dim that is no power of two."""
check.flash_forward_kernel__head_dim(flash_forward_kernel)

# %% check="flash_forward_kernel__lse" points=3
"""The natural log-sum-exp, also where all scores lie far below 0."""
check.flash_forward_kernel__lse(flash_forward_kernel)

# %% check="flash_forward_kernel__half" points=2
"""float16 and bfloat16 in, float32 within, also where acc grows large and shrinks again."""
check.flash_forward_kernel__half(flash_forward_kernel)

# %% check="flash_forward_kernel__bytes" points=3
"""Every tensor moves the bytes that your own formula says."""
check.flash_forward_kernel__bytes(flash_forward_kernel, forward_bytes)

# %% check="flash_forward_kernel__gpu" points=2
"""The real compiler takes it for an A100 and an H100; where there is a GPU, it is right there."""
check.flash_forward_kernel__gpu(flash_forward_kernel)

# %% check="flash_forward_kernel__fits" points=1
"""With tiles of 64 x 64 and head_dim 64, shared memory is within the limit of both cards."""
check.flash_forward_kernel__fits(flash_forward_kernel)

# %% [markdown] id="ask-blind"
# ## Exercise: tests that see nothing
#
# *10 minutes, medium, 3 points, three lists.*
#
# Four tests, blocks of 16, all with random scores, (`seqlen_q`, `seqlen_k`):
#
# 1: (64, 64) · 2: (32, 48) · 3: (48, 20) · 4: (20, 48)
#
# Three kernels, each yours with one mistake. Which tests catch it, by a wrong value, an element that
# is never stored or an access outside? Lists of numbers.
#
# - A forgets `tl.where`: the ghosts keep their score 0.
# - B walks `range(0, seqlen_q, BLOCK_N)`; all its masks are right.
# - C masks the rows of $Q$, $O$ and LSE with `offs_m < seqlen_k`.
#
# <details><summary>Hint</summary>
#
# A needs a last tile of keys that is not full. B needs more tiles of keys than of queries. For C,
# ask which rows exist and are left out, and which do not exist and are let through: a tile covers
# whole blocks.
#
# </details>

# %% exercise="blind_tests"
catch_a = [3]  ### ANSWER
catch_b = [2, 4]  ### ANSWER
catch_c = [3, 4]  ### ANSWER

# %% check="blind_tests__lists" points=3
"""The tests that catch each of the three mistakes."""
check.blind_tests__lists(catch_a, catch_b, catch_c)

# %% [markdown] id="number-that-matters"
# ## The number that matters
#
# The bytes of your kernel, measured, next to your prediction and to the three steps of lesson 01,
# $4Nd + 4N^2$ elements.

# %% id="ratio" tags=["try"]
N, d, B = 256, 64, 64
g = torch.Generator().manual_seed(0)
q, k, v = (torch.randn(N, d, generator=g, dtype=torch.float16) for _ in range(3))
with flashlab.metered(outputs=("out_ptr", "lse_ptr")) as meter:
    flash_forward(q, k, v, B, B)
print(meter)
three_steps = 2 * (4 * N * d + 4 * N * N)
predicted = sum(forward_bytes(N, N, d, B, 2).values())
print(f"predicted {predicted:,}; three steps {three_steps:,}, {three_steps / predicted:.1f} times")

# %% [markdown] id="ask-slide-forward"
# **Try it: predict, then slide.** The cross is your kernel as measured, the curves are formulas. At
# N = 256 the three steps move not even twice your bytes. At N = 131,072: about 2, 30 or 1,000 times?
# And with BLOCK_M 256? Decide, then move N to its end, then BLOCK_M.

# %% id="slide-forward" tags=["try"]
flashlab.traffic_explorer(meter, titles=["your kernel"])

# %% [markdown] id="ask-report"
# **What it needs on a card.** The compiler says it, for float16, sizes that are multiples of 16
# (`"i32:16"`) and tiles of three steps on chip at once (`num_stages=3`). Lesson 06 has the columns,
# from *shared KB* to *blocks/SM*. The first time, each of the three pairs takes some seconds. The T4
# needs tiles of its own: lesson 08.
#
# *Predict first:* does BLOCK_N 128 in the place of 64 move fewer bytes? What does it cost?

# %% id="report" tags=["try"]
types = dict.fromkeys(("q_ptr", "k_ptr", "v_ptr", "out_ptr"), "*fp16") | {"lse_ptr": "*fp32"}
sizes = {"seqlen_q": "i32:16", "seqlen_k": "i32:16", "softmax_scale": "fp32"}
for BLOCK_M, BLOCK_N in ((64, 64), (128, 64), (128, 128)):
    blocks = dict(HEAD_DIM=64, BLOCK_M=BLOCK_M, BLOCK_N=BLOCK_N)
    moved = sum(forward_bytes(4096, 4096, 64, BLOCK_M, 2).values())
    print(
        f"BLOCK_M = {BLOCK_M}, BLOCK_N = {BLOCK_N}: {moved / 1e6:.0f} MB for N = 4,096", flush=True
    )
    print(flashlab.compile_for(
        flash_forward_kernel, ("A100", "H100"), signature=types | sizes, num_stages=3, **blocks
    ), "\n", flush=True)  # fmt: skip

# %% [markdown] id="next"
# BLOCK_M alone says how often $K$ and $V$ cross. A larger BLOCK_N moves no byte less; it takes shared
# memory and registers, until they spill.
#
# This is the forward pass of FlashAttention-2 for one head
# ([arXiv 2307.08691](https://arxiv.org/abs/2307.08691), Algorithm 1). It is exact, its bytes are
# known before it runs, and no score ever reaches HBM.
#
# Lesson 08 brings it to a real GPU: batch, heads and strides, the base-2 exponential, warps and
# stages, and timing that can be trusted.
