# lesson: minutes=90 gpu="optional" triton=true

# %% [markdown] id="title"
# # 06 Triton in an hour
#
# So far one cook did everything. A GPU is a hundred kitchens around one refrigerator. Every cook
# gets the same recipe and a number, and the number says which part of the meal is theirs.
#
# The recipe is a **kernel**, the cook a **program instance**. You will write three kernels in
# [Triton](https://triton-lang.org), repair two, and learn where this lesson's way to run them
# without a GPU is blind.

# %% [markdown] id="recipe"
# ## One recipe, many cooks
#
# A kernel is a Python function with `@triton.jit` above it. It is launched with a **grid**:
# `kernel[(3,)](...)` starts three program instances, in no fixed order, with the same arguments.
#
# - `tl.program_id(0)` is the instance's number: 0, 1 or 2. A grid may have two or three axes, so
#   messages write the number as (2, 0, 0).
# - A tensor arrives as a **pointer**, the address of its first element. The kernel does not know
#   its shape. `x_ptr + 5` points to the element 5 places further in memory.
# - `tl.arange(0, BLOCK)` is a **tile** of the numbers 0 to BLOCK - 1; each place in it is a
#   **lane**. `x_ptr` plus a tile of offsets is a tile of pointers. A tile's sizes are powers of two,
#   known when the kernel is compiled: `tl.constexpr` marks such a parameter.
# - `tl.load` is a trip from HBM to the chip, `tl.store` a trip back. In between, tiles live in
#   registers and SRAM, and arithmetic goes element by element, as in NumPy.
#
# Without a GPU the kernel runs on your processor, in an interpreter that this course has
# instrumented. It checks each address and counts each byte. `flashlab.metered` gives you the record.
# Name the outputs, so that it can tell whether each of their elements was stored.


# %% id="first-kernel"
@triton.jit
def double_kernel(x_ptr, out_ptr, BLOCK: tl.constexpr):
    pid = tl.program_id(0)  # which program instance am I?
    offs = pid * BLOCK + tl.arange(0, BLOCK)  # (BLOCK,): the elements that are mine
    x = tl.load(x_ptr + offs)  # (BLOCK,): one trip from HBM
    tl.store(out_ptr + offs, 2 * x)  # one trip back


x, out = torch.arange(12, dtype=torch.float32), torch.empty(12)
with flashlab.metered(outputs=("out_ptr",)) as meter:
    double_kernel[(3,)](x, out, BLOCK=4)
print(out.tolist())
for e in meter.trace():
    first, stop = e.region[0]
    print(f"instance {e.program[0]}: {e.kind:5} {e.array}[{first}:{stop}], {e.nbytes} bytes")

# %% [markdown] id="ask-trace-mask"
# ### Exercise: ten elements, tiles of four
#
# *5 minutes, easy, 3 points, paper and pencil.*
#
# Twelve elements were a lucky number. Take 10 float32 and BLOCK = 4. A tile has no half sizes, so
# some lanes of the last tile point behind the tensor. A **mask**, a tile of true and false, switches
# them off: `tl.load(pointers, mask=offs < n)`. A lane that is off moves no byte; messages call those
# that are on **active**.
#
# <details><summary>Hint</summary>
#
# Count the instances by rounding 10 / 4 up; they are numbered from 0. Write the last one's offsets
# down and ask of each: is it below 10?
#
# </details>

# %% exercise="trace_mask"
# how many program instances?
instances = 3  ### ANSWER
# the last instance: its four offsets, and its mask as four times 1 (on) or 0 (off)
offs_last = [8, 9, 10, 11]  ### ANSWER
mask_last = [1, 1, 0, 0]  ### ANSWER
# bytes that the last instance loads
bytes_last = 8  ### ANSWER

# %% check="trace_mask__numbers" points=3
"""Instances, offsets, mask and bytes for n = 10, BLOCK = 4."""
check.trace_mask__numbers(instances, offs_last, mask_last, bytes_last)

# %% [markdown] id="ask-copy"
# ## Exercise: a masked copy
#
# *10 minutes, easy, 4 points, about 5 lines.*
#
# Copy `n` elements, for any `n`. Each program instance copies one tile. The load needs a mask, and
# the store needs one too: on a GPU a store past the end changes somebody else's numbers.
#
# *Predict first:* the first kernel in place of yours, n = 10: which trip goes wrong first?


# %% exercise="copy_kernel"
@triton.jit
def copy_kernel(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """out = x. Both have n elements; launched with cdiv(n, BLOCK) program instances.

    cdiv(a, b) is a / b, rounded up. BLOCK is a power of two.
    """
    # 1. the elements that are mine
    # 2. which of them exist
    # 3. load and store those
    ### BEGIN SOLUTION
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offs < n
    x = tl.load(x_ptr + offs, mask=inside)
    tl.store(out_ptr + offs, x, mask=inside)
    ### END SOLUTION


# %% [markdown] id="hints-copy"
# <details><summary>Hint 1: direction</summary>
#
# It is the first kernel with a mask. The mask compares the offsets, not the numbers within the tile.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# offsets = number of the instance times BLOCK, plus 0 to BLOCK - 1; inside = offsets below n; load
# x there with the mask; store it to out there with the same mask.
#
# </details>

# %% id="try-copy" tags=["try"]
x, out = torch.arange(10, dtype=torch.float32), torch.empty(10)
for kernel, sizes in ((double_kernel, ()), (copy_kernel, (10,))):
    try:
        with flashlab.metered(outputs=("out_ptr",)) as meter:
            kernel[(3,)](x, out, *sizes, BLOCK=4)
        print(out.tolist(), "\n", meter)
    except flashlab.KernelFault as fault:
        print(fault, "\n")

# %% check="copy_kernel__values" points=3
"""out equals x for whole and for ragged n, and nothing else is touched."""
check.copy_kernel__values(copy_kernel)

# %% check="copy_kernel__gpu" points=1
"""The real compiler takes it for an A100 and an H100; where there is a GPU, it runs there."""
check.copy_kernel__gpu(copy_kernel)

# %% [markdown] id="ask-softmax"
# ## Exercise: the softmax of a row
#
# *15 minutes, medium, 6 points, about 8 lines.*
#
# Program instance $i$ takes row $i$, all of it in one tile: BLOCK is the smallest power of two that
# holds `n_cols`. `tl.max(s, 0)`, `tl.sum(p, 0)` and `tl.exp(s)` do what their names say.
#
# Lanes that are off hold something all the same: what `other=` says. A maximum and a sum see it.
# *Predict first:* which number disturbs neither?


# %% exercise="softmax_kernel"
@triton.jit
def softmax_kernel(x_ptr, out_ptr, n_cols, BLOCK: tl.constexpr):
    """Each row of out is the softmax of that row of x, computed in float32.

    x, out: (n_rows, n_cols), row after row in memory, float32 or float16; launched with n_rows
    program instances; BLOCK >= n_cols, a power of two. tl.store rounds to the type of out.
    """
    # 1. where my row begins, which columns exist
    # 2. load it; what do the other lanes hold?
    # 3. in float32: x.to(tl.float32); subtract the maximum, exp, divide by the sum
    # 4. store
    ### BEGIN SOLUTION
    cols = tl.arange(0, BLOCK)
    inside = cols < n_cols
    offs = tl.program_id(0) * n_cols + cols
    s = tl.load(x_ptr + offs, mask=inside, other=float("-inf")).to(tl.float32)
    p = tl.exp(s - tl.max(s, 0))
    tl.store(out_ptr + offs, p / tl.sum(p, 0), mask=inside)
    ### END SOLUTION


# %% [markdown] id="hints-softmax"
# <details><summary>Hint 1: direction</summary>
#
# Row 1 begins where row 0 ends, `n_cols` elements further on: BLOCK is the size of a tile, and has
# nothing to do with where things lie. For `other`, ask which score has weight 0.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# cols = 0 to BLOCK - 1; pointers = x_ptr + row number times n_cols + cols; load with mask cols <
# n_cols and other = minus infinity; p = exp of (s minus maximum); store p / sum of p, masked.
#
# </details>

# %% id="try-softmax" tags=["try"]
x, out = torch.tensor([[0.0, 1, 2, 3, 4], [-9.0, -9, -9, -9, -9]]), torch.empty(2, 5)
with flashlab.metered(outputs=("out_ptr",)) as meter:
    softmax_kernel[(2,)](x, out, 5, BLOCK=8)
print(out.numpy().round(4), "row sums", out.sum(1).tolist())
print(meter)

# %% check="softmax_kernel__values" points=4
"""Every row is the softmax of its row, for any n_cols, also far from 0, in both types."""
check.softmax_kernel__values(softmax_kernel)

# %% check="softmax_kernel__bytes" points=1
"""x crosses once and out crosses once: three passes over a tile cost no trip."""
check.softmax_kernel__bytes(softmax_kernel)

# %% check="softmax_kernel__gpu" points=1
"""The real compiler takes it for an A100 and an H100; where there is a GPU, it runs there."""
check.softmax_kernel__gpu(softmax_kernel)

# %% [markdown] id="two-dimensions"
# ## Tiles with two dimensions
#
# Memory is one long row. Element $(i, j)$ of a matrix with $N$ columns lies at offset $i \cdot N +
# j$. Broadcasting makes a tile of such offsets out of two vectors, as in NumPy:
#
# `offs_m[:, None] * N + offs_n[None, :]` has shape (BLOCK_M, BLOCK_N).
#
# A mask is made the same way: `(offs_m[:, None] < M) & (offs_n[None, :] < N)`. Write `&`, with the
# parentheses. Python's `and` wants *one* truth, and a tile has many.
#
# A loop is written as in Python: `for start in range(0, n, BLOCK):`. What it sums up begins as a
# tile of zeros, such as `tl.zeros((BLOCK_M, BLOCK_N), tl.float32)`.
#
# `tl.dot(a, b, acc)` is `acc + a @ b` on the matrix unit, summed up in float32. Its three sizes are
# 16 or more. In float32, a GPU cuts the inputs to 10 bits of mantissa (**tf32**) unless you add
# `input_precision="ieee"`. The try cell below (`tf32=True`) and the checks cut like a GPU, so write
# it.

# %% [markdown] id="ask-matmul"
# ## Exercise: matrix product, ragged edges
#
# *20 minutes, medium, 6 points, about 14 lines.*
#
# $C = A B$. The grid has two axes: instance $(i, j)$ owns tile $(i, j)$ of $C$, and nobody else
# stores there. It walks along $K$ in steps of BLOCK_K, one tile of $A$ and one of $B$ at a time. No
# size need be a multiple of its block.
#
# *Predict first:* how often does $A$ cross in all?


# %% exercise="matmul_kernel"
@triton.jit
def matmul_kernel(
    a_ptr, b_ptr, c_ptr, M, N, K,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    """c = a @ b. a: (M, K), b: (K, N), c: (M, N), row after row in memory, all of one type.

    Launched with cdiv(M, BLOCK_M) x cdiv(N, BLOCK_N) program instances. Sums in float32.
    """
    # 1. my rows of a, my columns of b
    # 2. acc: a tile of zeros in float32
    # 3. along K in steps of BLOCK_K: load both tiles, masked; tl.dot
    # 4. store my tile of c, masked
    ### BEGIN SOLUTION
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.program_id(1) * BLOCK_N + tl.arange(0, BLOCK_N)
    row, col = offs_m[:, None] < M, offs_n[None, :] < N
    acc = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    for start_k in range(0, K, BLOCK_K):
        offs_k = start_k + tl.arange(0, BLOCK_K)
        a_ptrs = a_ptr + offs_m[:, None] * K + offs_k[None, :]
        b_ptrs = b_ptr + offs_k[:, None] * N + offs_n[None, :]
        a = tl.load(a_ptrs, mask=row & (offs_k[None, :] < K), other=0.0)
        b = tl.load(b_ptrs, mask=col & (offs_k[:, None] < K), other=0.0)
        acc = tl.dot(a, b, acc, input_precision="ieee")
    c_ptrs = c_ptr + offs_m[:, None] * N + offs_n[None, :]
    tl.store(c_ptrs, acc, mask=row & col)
    ### END SOLUTION


# %% [markdown] id="hints-matmul"
# <details><summary>Hint 1: direction</summary>
#
# Write the offsets of each tile from the shape of its matrix: a row of $A$ has K elements, a row of
# $B$ and of $C$ has N. What lies outside must add nothing to the sum.
#
# </details>
# <details><summary>Hint 2: pseudocode</summary>
#
# offs_m from program_id(0), offs_n from program_id(1). For each start_k: offs_k = start_k + arange;
# a at offs_m as a column times K plus offs_k as a row, mask both limits, other 0; b at offs_k as a
# column times N plus offs_n as a row, likewise; acc = dot(a, b, acc). After the loop: c at offs_m
# times N plus offs_n, masked.
#
# </details>

# %% id="try-matmul" tags=["try"]
M, N, K, B = 40, 33, 20, 16
g = torch.Generator().manual_seed(0)
a, b, c = torch.randn(M, K, generator=g), torch.randn(K, N, generator=g), torch.empty(M, N)
with flashlab.metered(outputs=("c_ptr",), tf32=True) as meter:  # products as a GPU computes them
    grid = (triton.cdiv(M, B), triton.cdiv(N, B))
    matmul_kernel[grid](a, b, c, M, N, K, BLOCK_M=B, BLOCK_N=B, BLOCK_K=B)
print(meter)
print("largest difference to torch:", f"{(c - a @ b).abs().max().item():.1e}")

# %% [markdown] id="ask-play-matmul"
# **Try it: predict, then play.** Nine instances, a tile of $C$ each. Instance (0, 1) needs the same
# rows of $A$ as (0, 0) had before it. Does it find them on the chip? Decide, then press *Play*. A
# number in a tile says how often it has crossed; press a bar to see the line of your kernel.

# %% id="play-matmul" tags=["try"]
flashlab.tile_player(meter, titles=["your matmul"])

# %% check="matmul_kernel__values" points=3
"""c = a @ b for whole and for ragged sizes, in float32 and float16, as a GPU computes it."""
check.matmul_kernel__values(matmul_kernel)

# %% check="matmul_kernel__bytes" points=2
"""a crosses once for each column of tiles, b once for each row of tiles, c once."""
check.matmul_kernel__bytes(matmul_kernel)

# %% check="matmul_kernel__gpu" points=1
"""The real compiler takes it for an A100 and an H100; where there is a GPU, it runs there."""
check.matmul_kernel__gpu(matmul_kernel)

# %% [markdown] id="ask-row-max"
# ## Exercise: a kernel that reads what is not there
#
# *10 minutes, easy, 2 points, one line to repair, maybe two.*
#
# This kernel takes the maximum of BLOCK_M rows at once. Run it and read the fault: what, where,
# likely cause. On a GPU nobody would tell: the load brings whatever lies there, or the launch dies
# with *illegal memory access*, long after the line that did it.
#
# *Predict first:* for which M is it right?


# %% id="leaky-kernel"
@triton.jit
def leaky_max_kernel(x_ptr, out_ptr, M, N, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.arange(0, BLOCK_N)
    x_ptrs = x_ptr + offs_m[:, None] * N + offs_n[None, :]
    x = tl.load(x_ptrs, mask=offs_n[None, :] < N, other=float("-inf"))
    tl.store(out_ptr + offs_m, tl.max(x, 1))


try:
    with flashlab.metered(outputs=("out_ptr",)):
        leaky_max_kernel[(2,)](torch.randn(6, 5), torch.empty(6), 6, 5, BLOCK_M=4, BLOCK_N=8)
except flashlab.KernelFault as fault:
    print(fault)


# %% exercise="row_max_kernel"
@triton.jit
def row_max_kernel(x_ptr, out_ptr, M, N, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """out[i] is the maximum of row i. x: (M, N), out: (M,); BLOCK_N >= N.

    Launched with cdiv(M, BLOCK_M) program instances.
    """
    # copy the five lines from above and repair them
    ### BEGIN SOLUTION
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.arange(0, BLOCK_N)
    x_ptrs = x_ptr + offs_m[:, None] * N + offs_n[None, :]
    inside = (offs_m[:, None] < M) & (offs_n[None, :] < N)
    x = tl.load(x_ptrs, mask=inside, other=float("-inf"))
    tl.store(out_ptr + offs_m, tl.max(x, 1), mask=offs_m < M)
    ### END SOLUTION


# %% check="row_max_kernel__values" points=2
"""The maximum of every row for any M and N, and no access outside."""
check.row_max_kernel__values(row_max_kernel)

# %% [markdown] id="ask-column-sums"
# ## Exercise: a kernel with a race
#
# *10 minutes, medium, 3 points, about 8 lines.*
#
# (The leaky kernel is right where M is a multiple of BLOCK_M: then no row of a tile lies outside.)
#
# This one adds up columns, a strip of rows for each instance. Every instance stores to the same
# place: a **race**. Which store comes last is not defined, and none of them is the sum.
#
# The cure is the idea behind FlashAttention-2's loop order: **an instance owns its output.** Give
# each instance BLOCK_N columns, and let it walk down *all* the rows.


# %% id="racing-kernel"
@triton.jit
def racing_sums_kernel(x_ptr, out_ptr, M, N, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    for start_n in range(0, N, BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        inside = (offs_m[:, None] < M) & (offs_n[None, :] < N)
        x = tl.load(x_ptr + offs_m[:, None] * N + offs_n[None, :], mask=inside, other=0.0)
        tl.store(out_ptr + offs_n, tl.sum(x, 0), mask=offs_n < N)


try:
    with flashlab.metered(outputs=("out_ptr",)):
        racing_sums_kernel[(2,)](torch.randn(7, 5), torch.empty(5), 7, 5, BLOCK_M=4, BLOCK_N=4)
except flashlab.KernelFault as fault:
    print(fault)


# %% exercise="column_sums_kernel"
@triton.jit
def column_sums_kernel(x_ptr, out_ptr, M, N, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """out[j] is the sum of column j. x: (M, N), out: (N,), float32. out holds nothing before.

    Launched with cdiv(N, BLOCK_N) program instances, one for each BLOCK_N columns.
    """
    # 1. my columns
    # 2. a sum for each of them, 0 at first
    # 3. BLOCK_M rows at a time: load the tile, add its sum over the rows
    # 4. store once
    ### BEGIN SOLUTION
    offs_n = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)
    acc = tl.zeros((BLOCK_N,), tl.float32)
    for start_m in range(0, M, BLOCK_M):
        offs_m = start_m + tl.arange(0, BLOCK_M)
        inside = (offs_m[:, None] < M) & (offs_n[None, :] < N)
        x = tl.load(x_ptr + offs_m[:, None] * N + offs_n[None, :], mask=inside, other=0.0)
        acc += tl.sum(x, 0)
    tl.store(out_ptr + offs_n, acc, mask=offs_n < N)
    ### END SOLUTION


# %% check="column_sums_kernel__values" points=3
"""The sum of every column for any M and N, and one owner for each output."""
check.column_sums_kernel__values(column_sums_kernel)

# %% [markdown] id="limits"
# ## What the interpreter cannot know
#
# The interpreter runs your kernel as Python. A GPU runs what the **compiler** makes of it, and the
# compiler knows far less Python. It reads the source once, before any number but the constexprs is
# known. So:
#
# - each name has one type and one shape, before, in and after a loop;
# - a name exists after a loop only if it existed before it;
# - a loop runs to its end; `while` and `if` may ask a single number, never a tile;
# - what it calls is Triton's own or has `@triton.jit`; what it reads from outside is `tl.constexpr`.
#
# All kernels below add up n numbers, and the interpreter gets every sum right.

# %% id="suspects"
STEP = 16


@triton.jit
def part(x_ptr, start, n, BLOCK: tl.constexpr):
    offs = start + tl.arange(0, BLOCK)
    return tl.sum(tl.load(x_ptr + offs, mask=offs < n, other=0.0))


@triton.jit
def sum_a(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    total, start = 0.0, 0
    while start < n:
        total += part(x_ptr, start, n, BLOCK)
        start += BLOCK
    tl.store(out_ptr, total)


@triton.jit
def sum_b(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    total = 0
    for start in range(0, n, BLOCK):
        total += part(x_ptr, start, n, BLOCK)
    tl.store(out_ptr, total)


@triton.jit
def sum_c(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    total = 0.0
    for start in range(0, n, STEP):
        total += part(x_ptr, start, n, BLOCK)
    tl.store(out_ptr, total)


# %% id="more-suspects"
@triton.jit
def sum_d(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    total = 0.0
    for start in range(0, n, BLOCK):
        more = part(x_ptr, start, n, BLOCK)
        if more != 0.0:
            total += more
    tl.store(out_ptr, total)


@triton.jit
def sum_e(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    total = 0.0
    for start in range(0, 1_000_000, BLOCK):
        if start >= n:
            break
        total += part(x_ptr, start, n, BLOCK)
    tl.store(out_ptr, total)


@triton.jit
def sum_f(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    total = 0.0
    for start in range(0, n, BLOCK):
        end = start + BLOCK
        total += part(x_ptr, start, n, BLOCK)
    if end >= n:
        tl.store(out_ptr, total)


# %% [markdown] id="ask-refused"
# ### Exercise: which ones does the compiler refuse?
#
# *10 minutes, medium, 4 points, a list of letters.*
#
# Go through the rules above, kernel by kernel. Write the letters of those that do not compile, such
# as `["a", "d"]`. Answer before you run the cell after the check.
#
# <details><summary>Hint</summary>
#
# Four are refused. Look at what `total` is before the loop, what is read after a loop, where a loop
# may stop, and where each name comes from.
#
# </details>

# %% exercise="refused"
refused = ["b", "c", "e", "f"]  ### ANSWER

# %% check="refused__letters" points=4
"""The kernels that the compiler refuses, and no others."""
check.refused__letters(refused)

# %% id="see-refused" tags=["try"]
x, out = torch.linspace(-1, 2, 50), torch.empty(1)
for kernel in (sum_a, sum_b, sum_c, sum_d, sum_e, sum_f):
    with flashlab.metered(outputs=("out_ptr",)):
        kernel[(1,)](x, out, 50, BLOCK=16)
    report = flashlab.compile_for(kernel, "H100", args=(x, out, 50), BLOCK=16)
    print(f"{report.kernel}: interpreter {out.item():.1f}, compiler:", report.error or "fine", "\n")

# %% [markdown] id="number-that-matters"
# ## The number that matters
#
# A kernel that the interpreter passes has half passed. That is why each kernel here is compiled too,
# for cards that you need not own. The report knows what the interpreter cannot:
#
# - *shared KB*: the SRAM of a **block**, which is what a GPU calls a program instance, and the
#   *limit* of the card;
# - *registers*: what each thread of a block holds, and the bytes that **spill** into slow memory
#   when they are not enough;
# - *tensor cores*: how many instructions for them the code has, `mma` or the H100's larger `wgmma`;
# - *async copies*: loads into shared memory that run while the block computes. `num_stages=3` asks
#   for tiles of three steps in there at once;
# - *blocks/SM*: how many blocks one SM, a kitchen of the GPU, holds at a time.
#
# It does not know the time; only a card does. A larger tile means fewer bytes and more SRAM. This
# cell does not run your matmul: it compiles it, for sizes that are multiples of 16 (`"i32:16"`).
#
# *Predict first:* which card spills?

# %% id="report" tags=["try"]
half = dict.fromkeys(("a_ptr", "b_ptr", "c_ptr"), "*fp16") | dict.fromkeys("MNK", "i32:16")
for B in (32, 64, 128):
    moved = 2 * (2 * 4096**3 // B + 4096**2)
    print(f"tiles {B} x {B}, N = 4,096 in float16: {moved / 1e9:.1f} GB between HBM and chip")
    blocks = dict(BLOCK_M=B, BLOCK_N=B, BLOCK_K=64)
    print(flashlab.compile_for(
        matmul_kernel, ("T4", "A100", "H100"), signature=half, num_stages=3, **blocks
    ), "\n")  # fmt: skip

# %% [markdown] id="next"
# The T4 spills with every one of these tiles, and the larger they are, the more: Triton has no
# tensor-core instruction for it any more, so all of a product goes through registers. Lesson 08
# chooses tiles for each card.
#
# Three kernels, and each program instance owns what it stores. Lesson 07 puts the pieces together:
# pointers and masks from here, `absorb_block` from lesson 04, and your formula from lesson 05 to
# hold the kernel against.
