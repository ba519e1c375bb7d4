# lesson: minutes=70 gpu="no"

# %% [markdown] id="title"
# # 02 Softmax that survives
#
# Put too much on the scale and the needle stops at its end. Whatever you weigh then, you read the
# same number. exp does this to a float, and it does it early.
#
# You will break the softmax on purpose, repair it in three passes over memory, keep its logsumexp,
# and measure what each number format loses. Then you will decide which error a test may accept.

# %% [markdown] id="definition"
# ## The definition, and where it breaks
#
# $$\text{softmax}(x)_j = \frac{e^{x_j}}{\sum_i e^{x_i}}$$
#
# No weight is larger than 1, and yet $e^{x_j}$ can be larger than every number the format has.
# The cell prints where that happens.

# %% id="limits"
for dtype in (np.float16, np.float32, np.float64):
    top = np.finfo(dtype).max
    print(
        f"{np.dtype(dtype)}: largest number {top:.4g}, reached by exp at {np.log(float(top)):.2f}"
    )


def naive_softmax(x):
    with np.errstate(all="ignore"):
        return np.exp(x) / np.exp(x).sum(dtype=x.dtype)


# %% [markdown] id="ask-overflow"
# ### Exercise: find the input that breaks it
#
# *5 minutes, easy, 2 points.*
#
# Write two lists of scores, at most 8 each. In `breaks_fp16` no score may exceed 12 in size; the
# float16 softmax must overflow. In `breaks_fp32` the limit is 90, and float32 must overflow.
#
# *Predict first:* is one score above the limit enough to spoil the other weights?

# %% exercise="overflow_inputs"
breaks_fp16 = [11.5, 0.0]  ### ANSWER
breaks_fp32 = [89.0, 0.0]  ### ANSWER

# %% [markdown] id="hints-overflow"
# <details><summary>Hint 1: direction</summary>
#
# The limits stand in the output above. An infinite sum counts too.
#
# </details>
# <details><summary>Hint 2: in words</summary>
#
# One score between 11.1 and 12, and one between 88.8 and 90, with any other score beside it.
#
# </details>

# %% check="overflow_inputs__break" points=2
"""naive_softmax overflows on both inputs, within the limits."""
check.overflow_inputs__break(breaks_fp16, breaks_fp32)

# %% id="overflow-shown" tags=["try"]
for scores, dtype in ((breaks_fp16, np.float16), (breaks_fp32, np.float32)):
    if scores is ...:
        raise NotImplementedError("Fill in the two lists above.")
    print(np.dtype(dtype), scores, "->", naive_softmax(np.array(scores, dtype)))

# %% [markdown] id="shift"
# ## Shift invariance
#
# One score above the limit spoils its whole row: its own weight is inf / inf, which is NaN, and all
# others are divided by inf, which leaves 0.
#
# Multiply numerator and denominator by $e^{-c}$. Nothing changes:
#
# $$\frac{e^{x_j}}{\sum_i e^{x_i}} = \frac{e^{x_j - c}}{\sum_i e^{x_i - c}}$$
#
# On paper this holds for every $c$. In floats a large $c$ makes every exp 0, and 0 / 0 is NaN: the
# last line below. Take $c = m = \max_i x_i$. Then every exponent is at most 0, every term
# is at most 1, and one term is exactly 1. So the sum lies between 1 and the number of scores:
# neither overflow nor division by 0 is left.

# %% id="shift-measured"
x = np.array([1.0, 2.0, 3.0], np.float32)
for c in (0, 3, 50, -80, 120):
    print(f"c = {c:4}: {naive_softmax(x - np.float32(c))}")

# %% [markdown] id="ask-safe"
# ## Exercise: safe softmax in three passes
#
# *15 minutes, medium, 6 points, about 10 lines.*
#
# The row is too long for the cutting board: `x` lies in HBM and you read `block` scores at a time.
# Pass 1 finds the maximum $m$. Pass 2 adds up $l = \sum e^{x_i - m}$. Pass 3 writes
# $e^{x_j - m} / l$.
#
# *Predict first:* $n$ scores in float32. How many bytes cross?


# %% exercise="safe_softmax_hbm"
def safe_softmax_hbm(x, y, block):
    """softmax(x) in three passes. Returns nothing.

    x: HBM array (n,) float32 to read; y: HBM array (n,) float32 to write; block: scores per trip.
    The last block may be shorter. SRAM holds eight blocks, not the row.
    """
    # 1. the maximum of all blocks
    # 2. the sum of exp(score - maximum) over all blocks
    # 3. read each block again, write its weights
    ### BEGIN SOLUTION
    n = len(x)
    m, total = -np.inf, 0.0
    for i in range(0, n, block):
        m = max(m, x[i : min(i + block, n)].max())
    for i in range(0, n, block):
        total += np.exp(x[i : min(i + block, n)] - m).sum()
    for i in range(0, n, block):
        end = min(i + block, n)
        y[i:end] = np.exp(x[i:end] - m) / total
    ### END SOLUTION


# %% [markdown] id="hints-safe"
# <details><summary>Hint 1: direction</summary>
#
# Three loops over `range(0, len(x), block)`. Only two numbers live from one loop to the next.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# m = -inf; each block: m = max(m, block max). total = 0; each block: total += sum of exp(block - m).
# Each block: y[i:stop] = exp(block - m) / total, with stop = min(i + block, n).
#
# </details>

# %% id="try-safe" tags=["try"]
scores = np.linspace(-100, 100, 1000, dtype=np.float32)
run = flashlab.measure(
    safe_softmax_hbm, {"x": scores}, {"y": ((1000,), np.float32)}, args=(64,), sram_bytes=2048
)
print(run.traffic)
# Predict first: how much of x has been read when the first weight is stored? Then press Play.
flashlab.tile_player(run, titles=["your three passes"])

# %% check="safe_softmax_hbm__values" points=3
"""softmax(x) for any length and block, finite for huge and for very negative scores."""
check.safe_softmax_hbm__values(safe_softmax_hbm)

# %% check="safe_softmax_hbm__bytes" points=3
"""x crosses three times, y once."""
check.safe_softmax_hbm__bytes(safe_softmax_hbm)

# %% [markdown] id="ask-lse"
# ## Exercise: logsumexp
#
# *10 minutes, easy, 4 points, about 4 lines.*
#
# The two numbers $m$ and $l$ fold into one: $\text{LSE} = \ln \sum_i e^{x_i} = m + \ln l$. With it,
# $\text{softmax}(x)_j = e^{x_j - \text{LSE}}$. FlashAttention stores this single number for each
# row ([arXiv 2307.08691](https://arxiv.org/abs/2307.08691), section 3.1).
#
# A masked score is $-\infty$. A row with all scores masked has the sum 0, so its LSE is $-\infty$.
# *Predict first:* what is $-\infty - (-\infty)$ in floating point?


# %% exercise="logsumexp"
def logsumexp(x):
    """ln(sum(exp(x))), a float. x: (n,) float32, n >= 1; entries may be -inf, even all of them."""
    # 1. the maximum; if it is -inf, the answer is too
    # 2. the sum of exp(x - maximum)
    # 3. put the maximum back
    ### BEGIN SOLUTION
    m = x.max()
    if m == -np.inf:
        return -np.inf
    return m + np.log(np.exp(x - m).sum())
    ### END SOLUTION


# %% [markdown] id="hints-lse"
# <details><summary>Hint 1: direction</summary>
#
# Factor $e^m$ out of the sum; the logarithm turns the product into a sum.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# Find the maximum. If it is -inf, it is the answer: leave at once. Otherwise shift, take exp, sum,
# take log, and undo the shift. Test yourself on two equal scores of 1000: 1000.693.
#
# </details>

# %% check="logsumexp__values" points=3
"""ln of the sum of exponentials, for small, huge and partly masked scores."""
check.logsumexp__values(logsumexp)

# %% check="logsumexp__all_masked" points=1
"""-inf, not NaN, when every score is -inf."""
check.logsumexp__all_masked(logsumexp)

# %% [markdown] id="ask-round"
# ## Exercise: emulate bf16 and tf32
#
# *15 minutes, hard, 4 points, about 5 lines.*
#
# A float32 has 23 mantissa bits. bf16 keeps the first 7 of them and tf32 keeps 10; both keep
# float32's 8 exponent bits. fp16 has 10 mantissa bits and 5 exponent bits.
#
# Round to nearest; a tie goes to the neighbour whose last kept bit is 0. Bits are whole numbers:
# `x.view(np.uint32)`. *Predict first:* what does bf16 make of 1 + 1/256, a tie?


# %% exercise="round_mantissa"
def round_mantissa(x, bits):
    """x rounded to `bits` mantissa bits, to nearest even. x: float32 array, finite; 1 <= bits < 23.

    Returns a float32 array of the same shape. x is not changed.
    """
    # 1. how many bits are dropped?
    # 2. add just under half of the last kept bit, plus that bit itself (ties to even)
    # 3. clear the dropped bits
    ### BEGIN SOLUTION
    drop = np.uint32(23 - bits)
    u = x.view(np.uint32)
    odd = (u >> drop) & np.uint32(1)
    u = u + np.uint32(2 ** (int(drop) - 1) - 1) + odd
    return ((u >> drop) << drop).view(np.float32)
    ### END SOLUTION


# %% [markdown] id="hints-round"
# <details><summary>Hint 1: direction</summary>
#
# Shifting right and left again truncates. Adding the right whole number first makes it rounding.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# In decimals: to round whole numbers to tens, add 4 and set the last digit to 0. That takes 143 to
# 140 and 146 to 150. Add 5 where the tens digit is odd: then the tie 135 goes up to 140, while the
# tie 145 goes down to 140.
#
# In bits, what is half of the last kept bit, minus 1? Keep every number an unsigned 32-bit integer.
#
# </details>

# %% id="try-round" tags=["try"]
print(round_mantissa(np.array([1 + 1 / 256, 1 + 3 / 256, 3.14159265], np.float32), 7))

# %% check="round_mantissa__nearest" points=2
"""Round to nearest, for any number of bits, positive and negative."""
check.round_mantissa__nearest(round_mantissa)

# %% check="round_mantissa__ties" points=2
"""A tie goes to the even neighbour."""
check.round_mantissa__ties(round_mantissa)

# %% [markdown] id="losses"
# ## What each format loses
#
# The cell rounds the inputs and every result of a softmax, and compares with float64 on the
# original numbers: the median over 100 rows. Spread is the largest score. Here fp16 and tf32 lose
# alike: both keep 10 mantissa bits. What fp16's few exponent bits lose is too small to show here.

# %% id="losses-measured" tags=["try"]
formats = {
    "fp16": lambda a: np.asarray(a, np.float16).astype(np.float32),
    "bf16": lambda a: round_mantissa(np.asarray(a, np.float32), 7),
    "tf32": lambda a: round_mantissa(np.asarray(a, np.float32), 10),
    "fp32": lambda a: np.asarray(a, np.float32),
}
g = np.random.default_rng(0)
for spread in (1, 10, 80):
    rows = g.uniform(-spread, spread, (100, 256))
    exact = np.exp(rows - rows.max(axis=1, keepdims=True))
    exact /= exact.sum(axis=1, keepdims=True)
    for name, r in formats.items():
        s = r(rows)
        e = r(np.exp(r(s - s.max(axis=1, keepdims=True))))
        w = r(e / r(e.sum(axis=1, keepdims=True)))
        top = np.median(abs(w.max(axis=1) / exact.max(axis=1) - 1))
        worst = np.median(abs(w - exact).max(axis=1))
        print(
            f"spread {spread:2}, {name}: relative error of the top weight {top:.1e}, "
            f"largest error of a row {worst:.1e}"
        )

# %% [markdown] id="why-losses"
# An error in a score is an absolute error in the exponent: $e^{x + \delta} = e^x e^\delta$. The
# larger the scores, the coarser their rounding, and the larger $\delta$. That is why kernels keep
# the scores, $m$ and $l$ in float32 and round only what enters a matrix product.

# %% [markdown] id="ask-bound"
# ## Exercise: which error may a test accept?
#
# *10 minutes, medium, 4 points, about 4 lines.*
#
# A fixed tolerance is too strict for large numbers and too lax for small ones. Ask a better
# question: how wrong is the *ordinary* implementation in the same format? Accept at most twice
# that. A `floor` is added, because `plain` is sometimes exact by luck. This **2x rule** judges
# every kernel of the course; FlashAttention's own tests
# ([Dao-AILab/flash-attention](https://github.com/Dao-AILab/flash-attention)) use such a rule.
#
# *Predict first:* why twice and not once? And is NaN smaller than the bound?


# %% exercise="accepts"
def accepts(got, plain, exact, floor):
    """True when max|got - exact| <= 2 max|plain - exact| + floor; False for anything else.

    got, plain, exact: float64 arrays of one shape, exact is finite; floor: float >= 0.
    """
    # 1. the two largest errors
    # 2. compare; NaN and inf in got are never accepted
    ### BEGIN SOLUTION
    error = np.abs(got - exact).max()
    allowed = 2 * np.abs(plain - exact).max() + floor
    return bool(error <= allowed)
    ### END SOLUTION


# %% [markdown] id="hints-bound"
# <details><summary>Hint 1: direction</summary>
#
# A comparison with NaN is False. So ask "is it within?", not "is it outside?".
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# Two arrays of absolute differences, both from `exact`; the largest entry of each; the second one
# doubled, with the floor on top. The comparison itself is the answer, if it is the right way round.
#
# </details>

# %% check="accepts__right_ones" points=2
"""Errors up to the bound are accepted, at every magnitude."""
check.accepts__right_ones(accepts)

# %% check="accepts__wrong_ones" points=2
"""Errors above the bound are rejected, at every magnitude, NaN too."""
check.accepts__wrong_ones(accepts)

# %% [markdown] id="defend"
# NaN is not smaller than anything: every comparison with it is False, so `error <= allowed` rejects it.
#
# Why twice: another right grouping of the same sum makes other rounding errors, of the same size
# but not the same. The cell adds 64 rows of 1,024 float16 numbers in 200 random orders. The largest
# error of each order is what the rule would compare. Every order is right, so each rejection is a
# false alarm.

# %% id="defend-measured"
numbers = np.random.default_rng(1).random((64, 1024)).astype(np.float16)
true_sums = numbers.astype(np.float64).sum(axis=1)
largest = []
for seed in range(200):
    order = np.random.default_rng(seed).permutation(1024)
    parts = numbers[:, order].reshape(64, 32, 32).astype(np.float32).sum(axis=2)
    sums = parts.astype(np.float16).astype(np.float32).sum(axis=1)
    largest.append(abs(sums - true_sums).max())
got, plain = np.array(largest)[:, None], np.array(largest)[None, :]
print(f"largest error of an order: {got.min():.3f} to {got.max():.3f}")
for factor in (1, 2):
    print(f"within {factor} times that of another order: {(got <= factor * plain).mean():.1%}")

# %% [markdown] id="number-that-matters"
# ## The number that matters
#
# Three passes read $x$ three times and write $y$ once: 16 bytes for each float32 score. Two passes
# would be enough if the maximum and the sum could be found in one. They can: lesson 03.
