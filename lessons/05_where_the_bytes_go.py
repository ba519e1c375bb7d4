# lesson: minutes=105 gpu="no"

# %% [markdown] id="title"
# # 05 Where the bytes go
#
# The cook no longer carries half-cut vegetables back. Some walks are left, though, and a good cook
# knows each of them before the cooking starts.
#
# You will predict every byte that tiled attention moves, in both loop orders, and measure that you
# were right. You will find the largest block for a card, fit the exponents of a theorem, put
# attention on the roofline, and then hold claims from articles against your own numbers.

# %% [markdown] id="two-orders"
# ## Two orders of the same loops
#
# Tiles of $Q$ meet tiles of $K$ and $V$. Which loop is outside?
#
#     queries outside (FlashAttention-2)     keys outside (FlashAttention)
#
#     for each tile of Q:                    for each tile of K and V:
#         load Q                                 load K, V
#         for each tile of K and V:              for each tile of Q:
#             load K, V                              load Q, O, m, l
#             absorb the block                       absorb the block
#         store O, LSE                               store O, m, l
#
# Left is lesson 04 and Algorithm 1 of [arXiv 2307.08691](https://arxiv.org/abs/2307.08691). Right
# is Algorithm 1 of [arXiv 2205.14135](https://arxiv.org/abs/2205.14135): a row is not done before
# the last tile of keys, so its state waits in HBM. It stands there from the start, as 0, $-\infty$
# and 0; who put it there is not counted.
#
# The cell below measures one run, keys outside: 17 queries in tiles of 4, 23 keys in tiles of 5.
# The last column says how often an array crosses.

# %% id="meter"
from flashlab import tiled
from flashlab.cards import card


def measured(outer, seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, store_lse=True):
    """The traffic of one run on the two-level memory, all in float32. outer: "q" or "k"."""
    g, f32 = np.random.default_rng(0), np.float32
    lengths = {"q": seqlen_q, "k": seqlen_k, "v": seqlen_k}
    x = {name: g.standard_normal((n, head_dim), dtype=f32) for name, n in lengths.items()}
    out, row, args = (seqlen_q, head_dim), (seqlen_q,), (0.125, BLOCK_M, BLOCK_N)
    if outer == "k":
        x |= {"out": np.zeros(out, f32), "m": np.full(row, -np.inf, f32), "l": np.zeros(row, f32)}
        return flashlab.measure(tiled.flash1_attention_hbm, x, {}, args).traffic
    spec = {"out": (out, f32), "lse": (row, f32)}
    if not store_lse:
        del spec["lse"]
        args = (None, *args)
    return flashlab.measure(tiled.tiled_attention_hbm, x, spec, args).traffic


print(measured("k", 17, 23, 8, 4, 5))

# %% [markdown] id="ask-traffic"
# ## Exercise: predict the bytes of both orders
#
# *15 minutes, medium, 6 points, about 8 lines.*
#
# Count every load and store in the two columns above, for any lengths. A ragged tail is a visit
# too, but only its own elements cross: 17 rows in tiles of 4 are 5 visits and 17 rows.
#
# *Predict first:* with the queries outside, which nearly halves the bytes: twice the BLOCK_M, or
# twice the BLOCK_N?


# %% exercise="flash_traffic_bytes"
def flash_traffic_bytes(
    seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize, outer, stat_itemsize
):
    """Bytes between HBM and SRAM of tiled attention, one head. Returns a whole number.

    outer: "q", queries outside, or "k", keys outside. An element of Q, K, V, O takes itemsize
    bytes; a row statistic (the LSE; m and l) takes stat_itemsize, 0 where it is not stored.
    """
    # 1. how many tiles has the outer loop?
    # 2. which elements cross once, and which at every visit?
    # 3. the row statistics
    # 4. bytes
    ### BEGIN SOLUTION
    if outer == "q":
        visits = -(-seqlen_q // BLOCK_M)
        elements = 2 * seqlen_q * head_dim + visits * 2 * seqlen_k * head_dim
        statistics = seqlen_q
    else:
        visits = -(-seqlen_k // BLOCK_N)
        elements = 2 * seqlen_k * head_dim + visits * 3 * seqlen_q * head_dim
        statistics = visits * 4 * seqlen_q
    return elements * itemsize + statistics * stat_itemsize
    ### END SOLUTION


# %% [markdown] id="hints-traffic"
# <details><summary>Hint 1: direction</summary>
#
# Take the columns line by line. What stands in the outer loop alone crosses once in all. What stands
# in the inner loop crosses once for each turn of the outer one. `-(-a // b)` rounds a / b up.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# queries outside: visits = tiles of Q; elements = Q + O + visits times (K + V); statistics = one a
# row. keys outside: visits = tiles of K; elements = K + V + visits times (Q + O loaded + O stored);
# statistics = visits times (m and l, loaded and stored). bytes = elements times itemsize plus
# statistics times stat_itemsize.
#
# </details>

# %% id="try-traffic" tags=["try"]
for outer, store_lse in (("q", True), ("q", False), ("k", True)):
    for sizes in ((64, 64, 16, 16, 16), (100, 37, 8, 16, 24)):
        predicted = flash_traffic_bytes(*sizes, 4, outer, 4 if store_lse else 0)
        moved = measured(outer, *sizes, store_lse).hbm_bytes
        print(f"{outer} outside, {sizes}: predicted {predicted:,}, measured {moved:,}")

print("\nMB for N = 4,096, head_dim 64, float16, queries outside")
print("  BLOCK_N =", *(f"{n:6}" for n in (16, 32, 64, 128)))
for BLOCK_M in (16, 32, 64, 128, 256):
    sizes = [(4096, 4096, 64, BLOCK_M, BLOCK_N) for BLOCK_N in (16, 32, 64, 128)]
    moved = [flash_traffic_bytes(*s, 2, "q", 4) / 1e6 for s in sizes]
    print(f"BLOCK_M {BLOCK_M:3}", *(f"{mb:6.1f}" for mb in moved))
# Predict first: which slider moves FlashAttention-2's curve, BLOCK_M or BLOCK_N, and which the
# other's? The crosses are measured, one for each order.
runs = measured("q", 64, 64, 16, 16, 16), measured("k", 64, 64, 16, 16, 16)
flashlab.traffic_explorer(*runs, titles=["queries outside", "keys outside"])

# %% check="flash_traffic_bytes__queries_outside" points=3
"""Queries outside, with and without LSE: the bytes that the two-level memory measures."""
check.flash_traffic_bytes__queries_outside(flash_traffic_bytes)

# %% check="flash_traffic_bytes__keys_outside" points=3
"""Keys outside: the bytes that the two-level memory measures."""
check.flash_traffic_bytes__keys_outside(flash_traffic_bytes)

# %% [markdown] id="ask-largest"
# ## Exercise: the largest block that fits
#
# Which loop is outside, then? Keys outside, at equal blocks, moves about 1.5 times as much: at
# N = 4,096, blocks of 128, 53.5 MB against 34.6. $O$ goes both ways there at every visit. That is
# one reason why FlashAttention-2 turned the loops.
#
# In your table BLOCK_N changes nothing: it only says in how many pieces $K$ and $V$ arrive. BLOCK_M
# says how often they do. So BLOCK_M should be as large as the board allows, and BLOCK_N need not be.
#
# *10 minutes, medium, 4 points, about 8 lines.*
#
# Find that BLOCK_M. All of this lies on the board at once:
#
# - `itemsize` bytes an element: a tile of $Q$, one of $K$, one of $V$;
# - 4 bytes an element: the tile of scores, `acc`, and $m$ and $l$ of each row.
#
# *Predict first:* a T4 has 64 KB. Does anything fit with head_dim 128 and BLOCK_N 128 in float16?


# %% exercise="largest_block_m"
def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    """The largest BLOCK_M, a power of two (1, 2, 4, ...), whose tiles fit; 0 if not even 1 does."""
    # 1. bytes that do not depend on BLOCK_M
    # 2. bytes of each row of the block
    # 3. the largest power of two that fits
    ### BEGIN SOLUTION
    fixed = itemsize * 2 * BLOCK_N * head_dim
    row = itemsize * head_dim + 4 * (BLOCK_N + head_dim + 2)
    BLOCK_M = 1
    while fixed + BLOCK_M * row <= sram_bytes:
        BLOCK_M *= 2
    return BLOCK_M // 2
    ### END SOLUTION


# %% [markdown] id="hints-largest"
# <details><summary>Hint 1: direction</summary>
#
# The tiles of $K$ and $V$ cost the same for every BLOCK_M. Everything else grows with it.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# fixed = bytes of the tiles of K and V; row = bytes of one row of Q, acc and scores, plus m and l;
# start with 1 and double while fixed + block times row is at most sram_bytes; return the last block
# that fitted, or 0.
#
# </details>

# %% check="largest_block_m__fits" points=4
"""The largest power of two whose tiles fit together, for any board."""
check.largest_block_m__fits(largest_block_m)

# %% id="try-largest" tags=["try"]
for name in ("T4", "L4", "A100", "H100"):
    sram = card(name).shared_bytes_per_block
    for head_dim in (64, 128):
        sizes = {n: largest_block_m(sram, head_dim, n, 2) for n in (16, 64, 128)}
        words = ", ".join(f"{block} at BLOCK_N {n}" for n, block in sizes.items())
        print(f"{name:4} {sram // 1024} KB, head_dim {head_dim:3}: BLOCK_M {words}")

# %% [markdown] id="ask-exponent"
# ## Theorem 2, measured
#
# A T4 holds nothing with BLOCK_N and head_dim 128: $K$ and $V$ alone are 65,536 bytes, its whole
# board. A real kernel keeps `acc` and the scores in registers, so a card's true limit differs;
# lesson 08 asks the compiler. FlashAttention-2 takes 64 or 128 for both blocks (section 3.3 of its
# paper). The rule stays: on a board of $M$ elements a tile with $d$ columns has about $M / d$ rows.
#
# From this follows Theorem 2 of FlashAttention ([arXiv 2205.14135](https://arxiv.org/abs/2205.14135),
# section 3.2). Keys outside, $d \le M \le Nd$, $B_c = \lceil M / 4d \rceil$ keys and
# $B_r = \min(B_c, d)$ queries in a tile: $\Theta(N^2 d^2 / M)$ HBM accesses. The three steps make
# $\Theta(Nd + N^2)$. $\Theta$ drops constant factors and whatever grows more slowly.
#
# ### Exercise: fit an exponent
#
# *10 minutes, easy, 3 points, about 3 lines.*
#
# If $\text{amount} = c \cdot \text{size}^a$, then $\ln \text{amount} = \ln c + a \ln \text{size}$: a
# line with slope $a$. Find the slope by least squares. The cell after the check fits it to bytes
# that it measures.
#
# *Predict first:* which exponents have $N$, $d$ and $M$?


# %% exercise="fitted_exponent"
def fitted_exponent(sizes, amounts):
    """The exponent a for which amounts = c * size ** a fits best (least squares of the logarithms).

    sizes, amounts: 1-D arrays of positive numbers, equally long. Returns a float.
    """
    # 1. the logarithms of both
    # 2. the slope of the best line
    ### BEGIN SOLUTION
    slope, _ = np.polyfit(np.log(sizes), np.log(amounts), 1)
    return slope
    ### END SOLUTION


# %% [markdown] id="hints-exponent"
# <details><summary>Hint 1: direction</summary>
#
# `np.polyfit(x, y, 1)` fits a line and returns two numbers, the slope first.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# Take away its mean from each logarithm. The slope is the sum of the products of the two, divided by
# the sum of the squares of the centred log sizes.
#
# </details>

# %% check="fitted_exponent__slope" points=3
"""The least-squares slope on log-log axes."""
check.fitted_exponent__slope(fitted_exponent)

# %% id="sweeps" tags=["try"]
usual = {"N": 256, "d": 8, "M": 512}
for name, values in {"N": (128, 256, 384), "d": (4, 8, 16), "M": (512, 1024, 2048)}.items():
    total, again, peaks = [], [], []
    for value in values:
        N, d, M = (usual | {name: value}).values()
        B_c = -(-M // (4 * d))
        traffic = measured("k", N, N, d, min(B_c, d), B_c)
        moved = {array: sum(kinds.values()) for array, kinds in traffic.by_array().items()}
        total.append(traffic.hbm_bytes)
        again.append(moved["q"] + moved["out"])
        peaks.append(f"{traffic.sram_peak_bytes / (4 * M):.1f}")
    exponents = (fitted_exponent(np.array(values, float), np.array(y)) for y in (again, total))
    print(f"{name} = {values}: exponent of Q and O {{:.2f}}, of all {{:.2f}};".format(*exponents))
    print(f"    SRAM peak {', '.join(peaks)} times 4M bytes")

# %% [markdown] id="what-the-fit-says"
# ## What the fit says, and what it does not
#
# The exponents of the theorem are 2 for $N$, 2 for $d$ and $-1$ for $M$.
#
# $Q$ and $O$ cross again at every visit, and their bytes have just these. Those of all bytes are a
# little smaller in size: 1.96, 1.82 and $-0.93$. $K$ and $V$ cross once, $2Nd$ elements whatever
# $M$ is, and $m$ and $l$ have no $d$. The share of both vanishes as $N$ and $d$ grow, and $\Theta$
# looks only there.
#
# $M$ is meant up to a constant, too. Four tiles of $M/4$ elements, the scores and the temporaries
# of NumPy took up to 1.8 times as much here.
#
# With the queries outside and BLOCK_M $= M / 4d$ the elements are $2Nd + 8 N^2 d^2 / M$: other
# constants, the same exponents. Tiling makes the square smaller. It does not make it a line.

# %% [markdown] id="ask-roofline"
# ## The roofline
#
# A card computes at most `peak` operations a second and moves at most `bandwidth` bytes a second.
# Work with an **arithmetic intensity** of $I$ operations per byte can therefore reach at most
#
# $$\min(\text{peak},\; I \cdot \text{bandwidth})$$
#
# operations a second. The two limits meet at the **ridge** (Williams et al. 2009,
# [doi 10.1145/1498765.1498785](https://doi.org/10.1145/1498765.1498785)). Left of it the memory
# decides, right of it the arithmetic. **Prefill** is attention for all queries of a prompt at once;
# **decoding** adds one token a step.
#
# ### Exercise: intensity and roof
#
# *10 minutes, easy, 3 points, 1 or 2 lines each.*
#
# Write both. Count the operations of both matrix products, as in lesson 01. *Predict first:* a
# decoding step has one query and many keys, float16. How many operations per byte?


# %% exercise="roofline"
def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    """Floating-point operations of Q K^T and P V per byte moved."""
    ### BEGIN SOLUTION
    return 4 * seqlen_q * seqlen_k * head_dim / hbm_bytes
    ### END SOLUTION


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    """The roof over that intensity, in TFLOP/s (10^12). gb_per_s: bandwidth in 10^9 bytes."""
    ### BEGIN SOLUTION
    return min(peak_tflops, flops_per_byte * gb_per_s / 1000)
    ### END SOLUTION


# %% [markdown] id="hints-roofline"
# <details><summary>Hint 1: direction</summary>
#
# One score takes `head_dim` multiply-adds, its part of the output as many again. Operations per byte
# times bytes per second are operations per second.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# Divide the operations by the bytes. For the roof, take the smaller of the peak and the intensity
# times the bandwidth; 1,000 GFLOP are one TFLOP.
#
# </details>

# %% check="roofline__intensity" points=1
"""Operations of both products, divided by the bytes."""
check.roofline__intensity(intensity)

# %% check="roofline__roof" points=2
"""Bandwidth below the ridge, the peak above it."""
check.roofline__roof(attainable_tflops)

# %% id="try-roofline" tags=["try"]
N, d, two_bytes = 4096, 128, 2
ways = {
    "prefill, three steps": (N, two_bytes * (4 * N * d + 4 * N * N)),
    "prefill, tiles, BLOCK_M 128": (N, flash_traffic_bytes(N, N, d, 128, 64, two_bytes, "q", 4)),
    "prefill, Q, K, V, O once": (N, two_bytes * 4 * N * d),
    "decode, 1 query": (1, two_bytes * (2 * d + 2 * N * d)),
    "decode, 8 queries share K, V": (8, two_bytes * (2 * 8 * d + 2 * N * d)),
}
cards = [card(name) for name in ("T4", "L4", "A100", "H100")]
print(f"{'':30}  FLOP/B", *(f"{c.name:>7}" for c in cards))
print(f"{'peak, TFLOP/s':38}", *(f"{c.tflops_16bit:7.0f}" for c in cards))
print(f"{'ridge, FLOP/B':38}", *(f"{c.ridge_flops_per_byte:7.0f}" for c in cards))
print("the roof over each way, TFLOP/s:")
for way, (rows, moved) in ways.items():
    per_byte = intensity(rows, N, d, moved)
    roofs = [attainable_tflops(per_byte, c.tflops_16bit, c.hbm_gb_per_s) for c in cards]
    print(f"{way:30} {per_byte:7.1f}", *(f"{roof:7.1f}" for roof in roofs))
# Predict first: which BLOCK_M lifts the tiles over the ridge of an A100? Of an H100? Then slide.
flashlab.roofline(card="A100")

# %% [markdown] id="ask-dram"
# ## The third level
#
# *"Attention is memory-bound."* The three steps are, and decoding is, on all four cards: they lie
# left of every ridge. Prefill that moves $Q$, $K$, $V$ and $O$ once has $N / 2$ FLOP/B in float16:
# from N of about 800 on it lies right of every ridge.
#
# And the tiles? In float16 a key brings $4d$ bytes of $K$ and $V$, and BLOCK_M queries
# make BLOCK_M times $4d$ operations of them. So tiles with BLOCK_M 128 never have more than
# 128 FLOP/B, and 128 x 3.35 TB/s are 429 TFLOP/s. Yet FlashAttention-3 reached 648 on an H100
# (head_dim 128, N = 16k; Fig. 5 of [arXiv 2407.08608](https://arxiv.org/abs/2407.08608)), and its
# tiles have 128 queries (`hopper/tile_size.h` in [its
# repository](https://github.com/Dao-AILab/flash-attention)). So not every tile came from HBM. An
# **SM** is one cook with his board; a **program** is one turn of the outer loop, the work of one
# SM. Between HBM, whose chips are DRAM, and the SMs lies **L2**, the shop's counter, which all
# cooks share.
#
# ### Exercise: bytes from DRAM
#
# *10 minutes, medium, 4 points, about 4 lines.*
#
# A small model, queries outside, one head at a time. If its $K$ and $V$ fit into L2 together, they
# cross from DRAM once. If not, they cross at every visit. $Q$ and $O$ cross once; leave out the
# LSE. *Predict first:* up to which N are DRAM bytes linear in $N$, about 1,000 or 100,000?


# %% exercise="dram_bytes"
def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    """Bytes between DRAM and L2 in the model above, queries outside. Returns a whole number."""
    # 1. bytes of K and V; do they fit?
    # 2. how often do they cross?
    # 3. add Q and O
    ### BEGIN SOLUTION
    kv_bytes = 2 * seqlen_k * head_dim * itemsize
    visits = 1 if kv_bytes <= l2_bytes else -(-seqlen_q // BLOCK_M)
    return visits * kv_bytes + 2 * seqlen_q * head_dim * itemsize
    ### END SOLUTION


# %% [markdown] id="hints-dram"
# <details><summary>Hint 1: direction</summary>
#
# Your formula for the queries outside, with one case more.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# kv = bytes of K plus bytes of V; times = 1 if kv is at most l2_bytes, else the tiles of Q rounded
# up; return times kv, plus Q and O.
#
# </details>

# %% check="dram_bytes__both_sides" points=4
"""K and V once where they fit into L2, once for each tile of queries where not."""
check.dram_bytes__both_sides(dram_bytes)

# %% id="try-dram" tags=["try"]
H100 = card("H100")
print("     N    tile loads, MB    DRAM, MB    FLOP per DRAM byte (H100, head_dim 128)")
for N in (4096, 8192, 16_384, 32_768, 65_536, 131_072):
    loads = flash_traffic_bytes(N, N, 128, 128, 64, 2, "q", 0)
    dram = dram_bytes(N, N, 128, 128, 2, H100.l2_bytes)
    print(f"{N:6} {loads / 1e6:15,.0f} {dram / 1e6:12,.0f} {intensity(N, N, 128, dram):12,.0f}")
# Real life is between: heads share L2, and programs that run together want the same tile at once.
# NVIDIA's profiler, Nsight Compute, counts both levels: lts__t_bytes at L2, dram__bytes at DRAM.

# %% [markdown] id="ask-table"
# ## Exercise: the comparison table
#
# Articles compare both ways in a table: Flash "reduces the $N^2$ compute", its memory is
# "sub-linear", its HBM access is "proportional to $N$".
#
# *5 minutes, easy, 3 points, six numbers or expressions.*
#
# Fill the table in for one head of ten thousand tokens: head_dim 64, float16, queries outside,
# BLOCK_M 128. **Extra** memory is what lies in HBM beside $Q$, $K$, $V$ and $O$: $S$ and $P$, or
# the LSE in float32. Write bytes, not MB, and count the LSE in `hbm_flash`.
#
# *Predict first:* which of the three rows is the same in both columns?

# %% exercise="table_10k"
# floating-point operations of both products
flops_three_steps = 4 * 10_000**2 * 64  ### ANSWER
flops_flash = 4 * 10_000**2 * 64  ### ANSWER
# extra memory in HBM, bytes
extra_three_steps = 2 * 10_000**2 * 2  ### ANSWER
extra_flash = 10_000 * 4  ### ANSWER
# bytes between HBM and SRAM
hbm_three_steps = (4 * 10_000 * 64 + 4 * 10_000**2) * 2  ### ANSWER
hbm_flash = flash_traffic_bytes(10_000, 10_000, 64, 128, 64, 2, "q", 4)  ### ANSWER

# %% check="table_10k__numbers" points=3
"""FLOPs, extra memory and HBM bytes of both ways at N = 10,000."""
check.table_10k__numbers(
    flops_three_steps, flops_flash, extra_three_steps, extra_flash, hbm_three_steps, hbm_flash
)

# %% [markdown] id="ask-claims-bytes"
# FLOPs are equal, extra memory is linear in $N$ (the LSE), and bytes moved are still quadratic.
#
# ## Exercise: claims about memory
#
# *10 minutes, easy, 3 points, three numbers or expressions.*
#
# Each claim stands in some article. Answer it with a number: three digits are enough, whole numbers
# exactly. The verdicts follow after claim 7.
#
# 1. *"An A100 has 20 MB of SRAM, so a tile may take megabytes."* It has 108 SMs with 192 KB each,
#    L1 and shared memory together (NVIDIA A100 whitepaper), and one block may use 163 KB. Which
#    fraction of the 108 x 192 KB is that?
# 2. *"HBM access is proportional to N."* By which factor do the tile loads grow from N = 16,384 to
#    32,768? head_dim 64, BLOCK_M 128, float16, queries outside, no LSE.
# 3. *"But my profiler shows linear DRAM bytes."* Up to which N are the DRAM bytes of your model
#    linear? An A100's L2 has 40 MB of $2^{20}$ bytes; head_dim 128, float16.

# %% exercise="claims_bytes"
one_block_share = 163 / (108 * 192)  ### ANSWER
growth = (2 + 2 * 256) / (1 + 128)  ### ANSWER
longest_n_in_l2 = 40 * 2**20 // (2 * 128 * 2)  ### ANSWER

# %% check="claims_bytes__numbers" points=3
"""The share of one block, the growth of tile loads, the longest N within L2."""
check.claims_bytes__numbers(one_block_share, growth, longest_n_in_l2)

# %% [markdown] id="ask-claims-work"
# ## Exercise: claims about work
#
# *10 minutes, medium, 4 points, six numbers or expressions.*
#
# 4. *"Recomputation costs FLOPs."* A training step has 2 matrix products forward and 4 backward.
#    Flash computes $S$ once more, backward. By which factor do the products of a step grow?
# 5. *"Bigger blocks are always faster."* N = 4,096, one head, a program for each tile of queries,
#    each on an SM of its own: on how many of an A100's 108 SMs is there work with BLOCK_M 64, on
#    how many with 128?
# 6. *"A causal mask makes it exactly 2x faster."* N = 1,024, tiles of 128 x 128. A tile must be
#    computed if a query in it may see a key in it. All tiles, divided by those?
# 7. *"Multiply the old sum by exp(m_new - m_old)."* One score, ln 2, in the first block; one, ln 8,
#    in the second. What is $l$ in the end with the right factor, and what with this one?

# %% exercise="claims_work"
training_ratio = 7 / 6  ### ANSWER
busy_sms_64 = 64  ### ANSWER
busy_sms_128 = 32  ### ANSWER
causal_gain = 64 / 36  ### ANSWER
l_right = 1.25  ### ANSWER
l_claimed = 5  ### ANSWER

# %% check="claims_work__counted" points=3
"""Products of a training step, SMs at work, tiles under a causal mask."""
check.claims_work__counted(training_ratio, busy_sms_64, busy_sms_128, causal_gain)

# %% check="claims_work__rescale" points=1
"""The sum after two blocks, with both factors."""
check.claims_work__rescale(l_right, l_claimed)

# %% [markdown] id="what-the-claims-come-to"
# ## What the claims come to
#
# 1. *20 MB of SRAM.* True of the card, false of a tile: one block has 163 KB, less than 1 % of it.
# 2. *Proportional to N.* False: nearly four times the bytes for twice the tokens. Tiling makes
#    the square smaller.
# 3. *Linear DRAM bytes.* True as long as $K$ and $V$ fit into L2. The loads between L2 and the SMs
#    grow with the square all the same.
# 4. *Recomputation costs FLOPs.* True, by your factor, and yet it saves time. In Figure 2 of
#    [arXiv 2205.14135](https://arxiv.org/abs/2205.14135) Flash has more FLOPs, a ninth of the traffic
#    and 5.7 times less time.
# 5. *Bigger blocks.* Half true: they move fewer bytes, but with few heads they leave SMs idle.
# 6. *Exactly 2x.* False: less than 2, because tiles on the diagonal are computed as a whole.
#    FlashAttention-2 measures 1.7 to 1.8 (section 3.1.1 of its paper).
# 7. *exp(m_new - m_old).* False: it is the inverse. The wrong one is printed in that very paper, in
#    line 10 of Algorithm 1 ([issue 991](https://github.com/Dao-AILab/flash-attention/issues/991)).

# %% [markdown] id="ask-rmse"
# ## Exercise: "it is an approximation"
#
# One claim is left: Flash is fast, and so it must be less exact.
#
# *5 minutes, easy, 2 points, about 2 lines.*
#
# Measure it. Write the root mean square error,
# $\sqrt{\text{mean}\left((\text{got} - \text{exact})^2\right)}$. *Predict first:* in float16, are the
# three steps nearer to the truth, or the tiles?
#
# <details><summary>Hint</summary>
#
# A float16 cannot hold the square of a small error. `exact` is float64, so `got - exact` is too:
# do not cast it back.
#
# </details>


# %% exercise="rmse"
def rmse(got, exact):
    """Root mean square error over all entries, a float. got: any float dtype; exact: float64."""
    # 1. the errors, in float64
    # 2. square, mean, root
    ### BEGIN SOLUTION
    return float(np.sqrt(np.mean((got.astype(np.float64) - exact) ** 2)))
    ### END SOLUTION


# %% check="rmse__values" points=2
"""The root of the mean squared error, in float64."""
check.rmse__values(rmse)

# %% id="try-rmse" tags=["try"]
f16, f32, g = np.float16, np.float32, np.random.default_rng(0)
x = g.normal(0, 1, (3, 512, 64)) + g.normal(0, 10, (3, 512, 64)) * (g.random((3, 512, 64)) < 0.001)
q, k, v = x.astype(f16).astype(np.float64)
s = q @ k.T / 8
p = np.exp(s - s.max(1, keepdims=True))
exact = p / p.sum(1, keepdims=True) @ v
print(f"float64, tiles:       {rmse(tiled.tiled_attention(q, k, v, 0.125, 64, 64)[0], exact):.1e}")

q, k, v = (a.astype(f32) for a in (q, k, v))
s = (q @ k.T / 8).astype(f16).astype(f32)  # three steps: S lies in HBM, in float16
p = np.exp(s - s.max(1, keepdims=True))
p = (p / p.sum(1, keepdims=True)).astype(f16).astype(f32)  # and so does P
print(f"float16, three steps: {rmse((p @ v).astype(f16), exact):.1e}")

m, l, acc = np.full((512, 1), -np.inf, f32), np.zeros((512, 1), f32), np.zeros((512, 64), f32)
for j in range(0, 512, 64):  # tiles: only the weights are rounded, for the product with V
    s = q @ k[j : j + 64].T / 8
    m_new = np.maximum(m, s.max(1, keepdims=True))
    alpha, p = np.exp(m - m_new), np.exp(s - m_new)
    l, m = alpha * l + p.sum(1, keepdims=True), m_new
    acc = alpha * acc + p.astype(f16).astype(f32) @ v[j : j + 64]
print(f"float16, tiles:       {rmse((acc / l).astype(f16), exact):.1e}")

# %% [markdown] id="next"
# ## The number that matters
#
# Ten thousand tokens make $10^8$ scores. Where do they all go? Nowhere. Each is computed once, a
# program holds one tile of them at a time, and none ever crosses. What crosses is $Q$, $K$, $V$,
# $O$ and the LSE: at head_dim 64 3.9 times fewer bytes than with the three steps, and you can say
# where each of them goes.
#
# Nor is it an approximation. In float64 the tiles agree to the last digits. In float16 they are
# nearer to the truth than the three steps; FlashAttention-3 reports 1.9e-4 against 3.2e-4 on such
# inputs (Table 3). Its sizes are other ones: compare the order, not the numbers.
#
# Lesson 06 leaves NumPy: the same tiles, written in Triton. Lesson 07 holds your kernel against
# your formula, byte by byte.
