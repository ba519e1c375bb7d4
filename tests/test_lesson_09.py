"""Is the complete kernel of lesson 09 right for every shape, type, mask and group it is for?"""

import itertools
import linecache

import pytest

from flashlab.checks import kernels
from flashlab.checks import lesson_09_masks_and_sharing as check
from tests.conftest import ROOT
from tools.lesson_source import read_lesson

SHAPES = [(1, 2, 113, 64), (2, 3, 203, 32), (1, 1, 1, 64)]  # batch, heads of K, seqlen, head_dim


@pytest.fixture(scope="module")
def kernel():
    """flash_attention_kernel of the solved lesson, with the helper that it calls."""
    import triton
    import triton.language as tl

    lesson = read_lesson(ROOT / "lessons" / "09_masks_and_sharing.py", ROOT)
    scope = {"triton": triton, "tl": tl}
    for cell in lesson.cells:
        if cell.id in ("absorb-tile", "flash_attention_kernel"):
            name = f"<ipython-input-{cell.id}>"
            linecache.cache[name] = (1, None, cell.source.splitlines(True), name)
            exec(compile(cell.source, name, "exec"), scope)
    return scope["flash_attention_kernel"]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", check.DTYPES)
def test_is_it_right_to_the_byte_causal_or_not_and_in_groups_of_4(kernel, shape, dtype):
    batch, heads, seqlen, head_dim = shape
    for causal, group in itertools.product((False, True), (1, 4)):
        sizes = batch, heads * group, heads, seqlen, seqlen, head_dim, 64, 32
        case = check.Case(sizes, dtype, causal, 0)
        run = kernels.run(kernel, case.launch)  # fails on any fault
        assert run.idle == {} and list(run.products) == [kernels.SHORT[dtype]]
        case.compare(run.outputs, "flash_attention_kernel")
        case.check_bytes(kernel, run)


def test_is_a_lesson_s_closed_form_of_the_causal_bytes_that_of_the_mask():
    for M, N, BLOCK_M, BLOCK_N in check.MASKS:
        keys = 0
        for start in range(0, M, BLOCK_M):
            rows = range(start, min(start + BLOCK_M, M))
            seen = {j // BLOCK_N for i in rows for j in range(N) if j <= i + N - M}
            keys += sum(min(BLOCK_N, N - b * BLOCK_N) for b in seen)
            whole = [
                b for b in range(N // BLOCK_N)
                if all(j <= i + N - M for i in rows for j in range(b * BLOCK_N, (b + 1) * BLOCK_N))
            ]  # fmt: skip
            blocks = check.blocks_of(start, M, N, BLOCK_M, BLOCK_N)
            assert blocks == (len(whole), max(seen, default=-1) + 1)
        assert keys == check.causal_keys(M, N, BLOCK_M, BLOCK_N)
