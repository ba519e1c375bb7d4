"""Some ninety small kernels, right and wrong, and who accepts them: interpreter, compiler, both.

`judged_kernels.csv` beside this file holds the verdicts; a test reproduces them. Every kernel is
launched with two program instances on 64 x 64 float32 tensors x and out, n = 50, N = 32.

    python tests/judged_kernels.py          writes the table anew and says what has changed
"""

# ruff: noqa
import csv
import math
import os
import re
import sys
from pathlib import Path

if __name__ == "__main__":
    os.environ["TRITON_INTERPRET"] = "1"
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
import triton
import triton.language as tl

TABLE = Path(__file__).with_suffix(".csv")
CARD = "A100"
CONSTANT = tl.constexpr(2)
PLAIN_CONSTANT = 2
A_LIST = []
KERNELS = {}


def judged(kernel):
    KERNELS[kernel.fn.__name__] = kernel
    return kernel


def arguments():
    x = torch.arange(64 * 64, dtype=torch.float32).reshape(64, 64) % 7
    return dict(x=x, out=torch.zeros(64, 64), n=50, N=32)


def judge(kernel) -> tuple[str, str, str, str]:
    """(interpreter, compiler, what the first said, what the second said): "accepts" or "refuses"."""
    import flashlab

    given = arguments()
    heard = ""
    try:
        with flashlab.metered(timeout=5):
            kernel[(2,)](**given)
    except flashlab.KernelFault as fault:
        heard = f"{fault.kind}: {fault.what}" if fault.kind == "error" else fault.kind
    given.pop("N")
    report = flashlab.compile_for(kernel, CARD, args=given, N=32)
    said = report.error.splitlines()[-1] if report.error else ""
    verdicts = ["refuses" if text else "accepts" for text in (heard, said)]
    return (*verdicts, short(heard), short(said))


def short(text: str) -> str:
    return re.sub(r" object at 0x\w+", "", " ".join(text.split()))[:90]


def table() -> dict[str, tuple[str, str, str, str]]:
    with TABLE.open(newline="") as file:
        return {row[0]: tuple(row[1:]) for row in list(csv.reader(file))[1:]}


@triton.jit
def helper(a):
    return a + 1


def no_jit_helper(a):
    return a + 1


@triton.jit
def two_values(a):
    return a, a + 1


@triton.jit
def early_return(a, FLAG: tl.constexpr):
    if FLAG:
        return a
    return a + 1


# --------------------------------------------------------------------------------------------------
# Right


@judged
@triton.jit
def copies(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i, mask=i < n, other=0.0), mask=i < n)


@judged
@triton.jit
def calls_a_helper(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, helper(tl.load(x + i)))


@judged
@triton.jit
def unpacks_a_helper(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a, b = two_values(tl.load(x + i))
    tl.store(out + i, a * b)


@judged
@triton.jit
def returns_early_by_a_constant(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, early_return(tl.load(x + i), True))


@judged
@triton.jit
def uses_a_constexpr_global(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i) * CONSTANT)


@judged
@triton.jit
def loops(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    acc = tl.zeros((N,), tl.float32)
    for j in range(0, n):
        acc += tl.load(x + j * 64 + i)
    tl.store(out + i, acc)


@judged
@triton.jit
def loops_by_tl_range(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    acc = tl.zeros((N,), tl.float32)
    for j in tl.range(0, n, 2, num_stages=2):
        acc += tl.load(x + j * 64 + i)
    tl.store(out + i, acc)


@judged
@triton.jit
def loops_by_static_range(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    acc = tl.zeros((N,), tl.float32)
    for j in tl.static_range(4):
        acc += tl.load(x + j * 64 + i)
    tl.store(out + i, acc)


@judged
@triton.jit
def loops_while(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    acc = tl.zeros((N,), tl.float32)
    j = 0
    while j < n:
        acc += tl.load(x + j * 64 + i)
        j += 1
    tl.store(out + i, acc)


@judged
@triton.jit
def branches_on_a_scalar(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i)
    if tl.program_id(0) == 0:
        a = a * 2
    else:
        a = a * 3
    tl.store(out + i, a)


@judged
@triton.jit
def branches_on_a_constant(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    if N == 32:
        a = tl.load(x + i)
    else:
        a = tl.load(x + i, mask=i < n)
    tl.store(out + i, a)


@judged
@triton.jit
def multiplies_tiles(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    at = i[:, None] * 64 + i[None, :]
    a = tl.load(x + at)
    tl.store(out + tl.program_id(0) * 32 + at, tl.dot(a, tl.trans(a)))


@judged
@triton.jit
def accumulates_a_dot(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    at = i[:, None] * 64 + i[None, :]
    acc = tl.zeros((N, N), tl.float32)
    for j in range(0, 64, N):
        a = tl.load(x + at + j)
        acc = tl.dot(a, a, acc)
    tl.store(out + tl.program_id(0) * 32 + at, acc)


@judged
@triton.jit
def multiplies_half_tiles(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    at = i[:, None] * 64 + i[None, :]
    a = tl.load(x + at).to(tl.float16)
    tl.store(out + tl.program_id(0) * 32 + at, tl.dot(a, a.T))


@judged
@triton.jit
def multiplies_bf16_tiles(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    at = i[:, None] * 64 + i[None, :]
    a = tl.load(x + at).to(tl.bfloat16)
    tl.store(out + tl.program_id(0) * 32 + at, tl.dot(a, a.T))


@judged
@triton.jit
def reduces(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    a = tl.load(x + i[:, None] * 64 + i[None, :])
    tl.store(out + tl.program_id(0) * N + i, tl.max(a, 1) + tl.sum(a, 0))


@judged
@triton.jit
def finds_the_largest(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    a = tl.load(x + i)
    tl.store(out + tl.program_id(0), tl.argmax(a, 0).to(tl.float32))


@judged
@triton.jit
def scans(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + tl.program_id(0) * N + i, tl.cumsum(tl.load(x + i), 0))


@judged
@triton.jit
def sorts(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + tl.program_id(0) * N + i, tl.sort(tl.load(x + i)))


@judged
@triton.jit
def takes_softmax(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + tl.program_id(0) * N + i, tl.softmax(tl.load(x + i)))


@judged
@triton.jit
def adds_by_atomics(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.atomic_add(out + i, tl.load(x + i))


@judged
@triton.jit
def uses_descriptors(x, out, n, N: tl.constexpr):
    x_d = tl.make_tensor_descriptor(x, [64, 64], [64, 1], [N, N])
    out_d = tl.make_tensor_descriptor(out, [64, 64], [64, 1], [N, N])
    out_d.store([0, tl.program_id(0) * N], x_d.load([0, 0]))


@judged
@triton.jit
def selects(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i)
    tl.store(out + i, tl.where((a > 1) & (a < 5) | (a == 6), a, -a))


@judged
@triton.jit
def rounds_down_and_up(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i) / 3
    tl.store(out + i, tl.floor(a) + tl.ceil(a) + tl.sqrt(a) + tl.exp2(a) + tl.sigmoid(a))


@judged
@triton.jit
def counts_in_integers(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    k = (i * 7) // 3 % 5 + tl.cdiv(n, N) - (i >> 1) + (i ^ 3)
    tl.store(out + i, k.to(tl.float32))


@judged
@triton.jit
def takes_pythons_min_and_max(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i)
    tl.store(out + i, max(min(a, 3.0), 1.0))


@judged
@triton.jit
def converts_pythons_number(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i) + float("inf"))


@judged
@triton.jit
def asserts_statically(x, out, n, N: tl.constexpr):
    tl.static_assert(N == 32, "N must be 32")
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i))


@judged
@triton.jit
def makes_random_numbers(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.rand(7, i))


@judged
@triton.jit
def reshapes(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    a = tl.load(x + i)
    b = tl.reshape(a, (4, 8)).trans(1, 0)
    tl.store(out + tl.program_id(0) * N + i, tl.reshape(b, (N,)))


@judged
@triton.jit
def joins_and_splits(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    a, b = tl.split(tl.join(tl.load(x + i), tl.load(x + i + N)))
    tl.store(out + tl.program_id(0) * N + i, a - b)


@judged
@triton.jit
def declares_what_it_knows(x, out, n, N: tl.constexpr):
    start = tl.multiple_of(tl.program_id(0) * N, 32)
    i = tl.max_contiguous(start + tl.arange(0, N), 32)
    tl.store(out + i, tl.load(x + i))


@judged
@triton.jit
def ifs_by_a_ternary_on_a_scalar(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    shift = 64 if n > 40 else 0
    tl.store(out + i, tl.load(x + i + shift))


@judged
@triton.jit
def compares_scalars_with_and(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i)
    if n > 40 and n < 60:
        a = a + 1
    tl.store(out + i, a)


# --------------------------------------------------------------------------------------------------
# Wrong in memory or in order: the compiler cannot see it


@judged
@triton.jit
def loads_past_the_end(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + 4080 + i))


@judged
@triton.jit
def loads_before_the_start(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i - 1))


@judged
@triton.jit
def stores_past_the_end(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i + 4096, tl.load(x + i))


@judged
@triton.jit
def multiplies_the_stride_twice(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    a = tl.load(x + (tl.program_id(0) + 1) * 64 * 64 + i)
    tl.store(out + tl.program_id(0) * N + i, a)


@judged
@triton.jit
def makes_a_pointer_of_a_number(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load((i * 4 + 4096).to(tl.int64).to(tl.pointer_type(tl.float32))))


@judged
@triton.jit
def stores_all_to_one_place(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, tl.load(x + tl.program_id(0) * N + i))


@judged
@triton.jit
def stores_overlapping_tiles(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * (N - 4) + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i))


@judged
@triton.jit
def reads_what_another_wrote(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i))
    tl.store(out + 64 + i, tl.load(out + tl.arange(0, N)))


@judged
@triton.jit
def writes_what_another_read(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(out + N + tl.arange(0, N))
    tl.store(out + i, a)


@judged
@triton.jit
def stores_two_values_to_one_element(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i // 2, i.to(tl.float32))


@judged
@triton.jit
def mixes_stores_and_atomics(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    if tl.program_id(0) == 0:
        tl.store(out + i, tl.load(x + i))
    else:
        tl.atomic_add(out + i, tl.load(x + i))


@judged
@triton.jit
def fails_an_assertion_on_the_device(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.device_assert(i < 40, "i is too large")
    tl.store(out + i, tl.load(x + i))


# --------------------------------------------------------------------------------------------------
# Wrong in language


@judged
@triton.jit
def still_has_its_stub(x, out, n, N: tl.constexpr):
    tl.static_assert(False, "YOUR CODE HERE")


@judged
@triton.jit
def raises(x, out, n, N: tl.constexpr):
    raise NotImplementedError("YOUR CODE HERE")


@judged
@triton.jit
def names_what_is_not_there(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, nowhere)


@judged
@triton.jit
def misspells_a_function(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, tl.maximun(tl.load(x + i), 0))


@judged
@triton.jit
def forgets_a_constexpr(x, out, n, N: tl.constexpr):
    i = tl.arange(0, n)
    tl.store(out + i, tl.load(x + i))


@judged
@triton.jit
def ranges_over_no_power_of_two(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * 48 + tl.arange(0, 48)
    tl.store(out + i, tl.load(x + i))


@judged
@triton.jit
def allocates_no_power_of_two(x, out, n, N: tl.constexpr):
    acc = tl.zeros((24,), tl.float32)
    tl.store(out + tl.program_id(0), tl.sum(acc, 0))


@judged
@triton.jit
def allocates_far_too_much(x, out, n, N: tl.constexpr):
    acc = tl.zeros((2048, 2048), tl.float32)
    tl.store(out + tl.program_id(0), tl.sum(tl.sum(acc, 0), 0))


@judged
@triton.jit
def adds_tiles_that_do_not_fit(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, tl.load(x + i) + tl.zeros((16,), tl.float32))


@judged
@triton.jit
def multiplies_tiles_that_do_not_fit(x, out, n, N: tl.constexpr):
    i, j = tl.arange(0, N), tl.arange(0, 16)
    a = tl.load(x + i[:, None] * 64 + j[None, :])
    tl.store(out + i[:, None] * 64 + i[None, :], tl.dot(a, a))


@judged
@triton.jit
def multiplies_two_dtypes(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    a = tl.load(x + i[:, None] * 64 + i[None, :])
    tl.store(out + i[:, None] * 64 + i[None, :], tl.dot(a, a.to(tl.float16)))


@judged
@triton.jit
def multiplies_vectors(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    a = tl.load(x + i)
    tl.store(out + i, tl.dot(a, a))


@judged
@triton.jit
def multiplies_with_the_at_sign(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    a = tl.load(x + i[:, None] * 64 + i[None, :])
    tl.store(out + i[:, None] * 64 + i[None, :], a @ a)


@judged
@triton.jit
def multiplies_too_small_tiles(x, out, n, N: tl.constexpr):
    i, j = tl.arange(0, N), tl.arange(0, 8)
    a = tl.load(x + i[:, None] * 64 + j[None, :])
    tl.store(out + tl.program_id(0) * 32 + i[:, None] * 64 + i[None, :], tl.dot(a, tl.trans(a)))


@judged
@triton.jit
def reduces_an_axis_that_is_not_there(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + tl.program_id(0), tl.sum(tl.load(x + i), 1))


@judged
@triton.jit
def loads_from_no_pointer(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, tl.load(i))


@judged
@triton.jit
def indexes_like_numpy(x, out, n, N: tl.constexpr):
    a = x[0:32]
    tl.store(out + tl.arange(0, N), a)


@judged
@triton.jit
def indexes_a_tile(x, out, n, N: tl.constexpr):
    a = tl.load(x + tl.arange(0, N))
    tl.store(out + tl.program_id(0), a[3])


@judged
@triton.jit
def assigns_into_a_tile(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    a = tl.load(x + i)
    a[0] = 0.0
    tl.store(out + i, a)


@judged
@triton.jit
def gives_other_without_mask(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i, other=0.0))


@judged
@triton.jit
def masks_with_another_shape(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, tl.load(x + i, mask=tl.arange(0, 16) < n, other=0.0))


@judged
@triton.jit
def adds_pointers(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, tl.load(x + out + i))


@judged
@triton.jit
def offsets_by_a_float(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, tl.load(x + i * 1.0))


@judged
@triton.jit
def calls_numpy(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, np.exp(tl.load(x + i)))


@judged
@triton.jit
def calls_torch(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, torch.exp(tl.load(x + i)))


@judged
@triton.jit
def divides_shapes_at_run_time(x, out, n, N: tl.constexpr):
    i = tl.arange(0, N)
    tl.store(out + i, tl.load(x + i) * x.shape[0])


@judged
@triton.jit
def assigns_twice_in_one_line(x, out, n, N: tl.constexpr):
    i = j = tl.arange(0, N)
    tl.store(out + tl.program_id(0) * N + i, tl.load(x + j))


# what Python allows and the interpreter runs, and the compiler does not


@judged
@triton.jit
def branches_on_a_tile(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i)
    if a > 3:
        a = a * 2
    tl.store(out + i, a)


@judged
@triton.jit
def loops_while_a_tile(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i)
    while a > 3:
        a = a - 1
    tl.store(out + i, a)


@judged
@triton.jit
def ands_tiles(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i), mask=(i < n) and (i > 3))


@judged
@triton.jit
def ors_tiles(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i), mask=(i < 3) or (i > 9))


@judged
@triton.jit
def nots_a_tile(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i), mask=not (i < 3))


@judged
@triton.jit
def chains_comparisons_of_a_tile(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i), mask=0 <= i < n)


@judged
@triton.jit
def chains_comparisons_of_scalars(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i)
    if 0 < n < 60:
        a = a + 1
    tl.store(out + i, a)


@judged
@triton.jit
def ifs_by_a_ternary_on_a_tile(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i)
    tl.store(out + i, a if a > 3 else -a)


@judged
@triton.jit
def breaks_out_of_a_loop(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    acc = tl.zeros((N,), tl.float32)
    for j in range(0, n):
        if j > 10:
            break
        acc += tl.load(x + j * 64 + i)
    tl.store(out + i, acc)


@judged
@triton.jit
def continues_a_loop(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    acc = tl.zeros((N,), tl.float32)
    for j in range(0, n):
        if j == 10:
            continue
        acc += tl.load(x + j * 64 + i)
    tl.store(out + i, acc)


@judged
@triton.jit
def returns_from_a_loop(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    for j in range(0, n):
        if j > 10:
            return
        tl.store(out + j * 64 + i, tl.load(x + j * 64 + i))


@judged
@triton.jit
def changes_a_dtype_in_a_loop(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    acc = 0
    for j in range(0, n):
        acc = acc + tl.load(x + j)
    tl.store(out + i, acc)


@judged
@triton.jit
def changes_a_shape_in_a_loop(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    acc = 0.0
    for j in range(0, n):
        acc = acc + tl.load(x + j * 64 + i)
    tl.store(out + i, acc)


@judged
@triton.jit
def defines_in_an_if_only(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    if n > 10:
        a = tl.load(x + i)
    tl.store(out + i, a)


@judged
@triton.jit
def defines_in_a_loop_only(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    for j in range(0, n):
        a = tl.load(x + j * 64 + i)
    tl.store(out + i, a)


@judged
@triton.jit
def prints_an_f_string(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i)
    tl.static_print(f"{n}")
    tl.store(out + i, a)


@judged
@triton.jit
def appends_to_a_list(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    A_LIST.append(n)
    tl.store(out + i, tl.load(x + i))


@judged
@triton.jit
def makes_an_int_of_a_tensor(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i + int(n)))


@judged
@triton.jit
def calls_math_on_an_argument(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i) * math.sqrt(n))


@judged
@triton.jit
def calls_math_on_a_constant(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i) * math.sqrt(N))


@judged
@triton.jit
def uses_a_plain_global(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i) * PLAIN_CONSTANT)


@judged
@triton.jit
def keeps_tiles_in_a_list(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tiles = [tl.load(x + i), tl.load(x + 64 + i)]
    tl.store(out + i, tiles[0] + tiles[1])


@judged
@triton.jit
def comprehends_a_list(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tiles = [tl.load(x + 64 * j + i) for j in range(2)]
    tl.store(out + i, tiles[0] + tiles[1])


@judged
@triton.jit
def keeps_tiles_in_a_dict(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tiles = {"a": tl.load(x + i)}
    tl.store(out + i, tiles["a"])


@judged
@triton.jit
def has_a_lambda(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    double = lambda a: a * 2
    tl.store(out + i, double(tl.load(x + i)))


@judged
@triton.jit
def calls_a_helper_without_jit(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, no_jit_helper(tl.load(x + i)))


@judged
@triton.jit
def tries(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    try:
        a = tl.load(x + i)
    except ValueError:
        a = tl.zeros((N,), tl.float32)
    tl.store(out + i, a)


@judged
@triton.jit
def loops_over_a_float_range(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    acc = tl.zeros((N,), tl.float32)
    for j in range(0, n / 2):
        acc += tl.load(x + j * 64 + i)
    tl.store(out + i, acc)


@judged
@triton.jit
def loops_over_a_tuple(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    acc = tl.zeros((N,), tl.float32)
    for j in (0, 64, 128):
        acc += tl.load(x + j + i)
    tl.store(out + i, acc)


@judged
@triton.jit
def has_a_walrus(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, (a := tl.load(x + i)) * a)


@judged
@triton.jit
def declares_a_global(x, out, n, N: tl.constexpr):
    global PLAIN_CONSTANT
    i = tl.program_id(0) * N + tl.arange(0, N)
    tl.store(out + i, tl.load(x + i))


@judged
@triton.jit
def asserts(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    assert n < 60, "n is too large"
    tl.store(out + i, tl.load(x + i))


@judged
@triton.jit
def compares_with_is(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)
    a = tl.load(x + i)
    if out is None:
        a = a + 1
    tl.store(out + i, a)


@judged
@triton.jit
def has_a_function_inside(x, out, n, N: tl.constexpr):
    i = tl.program_id(0) * N + tl.arange(0, N)

    def double(a):
        return a * 2

    tl.store(out + i, double(tl.load(x + i)))


def main() -> None:
    old = table() if TABLE.exists() else {}
    new = {name: judge(kernel) for name, kernel in KERNELS.items()}
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["kernel", "interpreter", "compiler", "the interpreter says", "the compiler says"]
        )
        writer.writerows([name, *row] for name, row in new.items())
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            print(name, *(new.get(name) or ["is gone"]), sep=" | ")
    kinds = [row[:2] for row in new.values()]
    print(len(kinds), {k: kinds.count(k) for k in sorted(set(kinds))})


if __name__ == "__main__":
    main()
