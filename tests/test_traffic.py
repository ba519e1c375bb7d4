"""The closed forms of tiled attention: does a run move exactly that much?"""

import inspect

import numpy as np
import pytest

from flashlab import cards, reference, tiled, traffic
from flashlab.checks import harness, observe
from flashlab.memory import TwoLevelMemory, measure

# seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N: whole tiles, ragged tails, tiles larger than all
SHAPES = [
    (16, 16, 8, 4, 4),
    (17, 23, 8, 4, 5),
    (30, 5, 16, 7, 16),
    (9, 30, 4, 16, 7),
    (1, 1, 1, 1, 1),
]
TYPES = [(np.float32, np.float32), (np.float16, np.float32), (np.float64, np.float64)]


def inputs(shape, dtype):
    m, n, d = shape[:3]
    q, k, v = harness.attention_inputs("random", m, n, d, dtype)
    return {"q": q, "k": k, "v": v}


def moved(run_traffic):
    return {name: sum(kinds.values()) for name, kinds in run_traffic.by_array().items()}


def run_flash1(shape, dtype, stat_dtype):
    """(out, traffic) of key tiles outside; out, m and l stand in HBM before it begins."""
    m, n, d, *blocks = shape
    state = np.zeros((m, d), dtype), np.full(m, -np.inf, stat_dtype), np.zeros(m, stat_dtype)
    with TwoLevelMemory() as memory:
        arrays = [memory.hbm(name, a) for name, a in inputs(shape, dtype).items()]
        arrays += [memory.hbm(name, a) for name, a in zip(("out", "m", "l"), state, strict=True)]
        tiled.flash1_attention_hbm(*arrays, 0.45, *blocks)
    run = memory.result(["out"])
    return run.outputs["out"], run.traffic


@pytest.mark.parametrize("dtype, stat_dtype", TYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_does_key_outside_move_what_the_closed_form_says(shape, dtype, stat_dtype):
    m, n, d, BLOCK_M, BLOCK_N = shape
    sizes = np.dtype(dtype).itemsize, np.dtype(stat_dtype).itemsize
    _, record = run_flash1(shape, dtype, stat_dtype)
    assert moved(record) == traffic.flash1_traffic(m, n, d, BLOCK_N, *sizes)
    total = traffic.flash_traffic_bytes(m, n, d, BLOCK_M, BLOCK_N, sizes[0], "k", sizes[1])
    assert record.hbm_bytes == total


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("dtype, stat_dtype", TYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_does_query_outside_move_what_the_closed_form_says(shape, dtype, stat_dtype, stored):
    m, n, d, BLOCK_M, BLOCK_N = shape
    itemsize, stat_itemsize = np.dtype(dtype).itemsize, np.dtype(stat_dtype).itemsize * stored
    outputs = {"out": ((m, d), dtype)} | ({"lse": ((m,), stat_dtype)} if stored else {})
    args = (0.45, BLOCK_M, BLOCK_N)
    args = args if stored else (None, *args)
    run = measure(tiled.tiled_attention_hbm, inputs(shape, dtype), outputs, args)
    expected = traffic.flash2_traffic(m, n, d, BLOCK_M, itemsize, stat_itemsize)
    assert moved(run.traffic) == {name: b for name, b in expected.items() if b or name != "lse"}
    total = traffic.flash_traffic_bytes(m, n, d, BLOCK_M, BLOCK_N, itemsize, "q", stat_itemsize)
    assert run.traffic.hbm_bytes == total


@pytest.mark.parametrize("shape", SHAPES)
def test_is_key_outside_attention(shape):
    x = inputs(shape, np.float64)
    out, _ = run_flash1(shape, np.float64, np.float64)
    assert np.allclose(out, reference.attention(x["q"], x["k"], x["v"], 0.45), rtol=1e-12)


def test_does_the_table_count_an_atomic_as_written():
    whole = ((0, 4),)
    events = [traffic.Event(n, "h", kind, whole, 16) for n, kind in enumerate(("read", "atomic"))]
    table = str(traffic.Traffic({"h": traffic.ArrayInfo((4,), "float32", 4)}, events))
    assert [line.split() for line in table.splitlines()[1:]] == [
        ["h", "4", "16", "16", "2.00"],
        ["total", "16", "16"],
        ["2", "trips,", "32", "bytes"],
    ]


def test_is_a_third_loop_order_refused():
    with pytest.raises(ValueError, match='outer is "q" or "k", not .Q.'):
        traffic.flash_traffic_bytes(1, 1, 1, 1, 1, 1, "Q")


def test_is_every_closed_form_told_as_a_ready_made_answer():
    functions = inspect.getmembers(traffic, inspect.isfunction)
    own = [n for n, f in functions if f.__module__ == traffic.__name__ and n[0] != "_"]
    public = {f"flashlab.traffic.{n}" for n in own}
    told = {n for n in observe.ANSWER_FUNCTIONS if n.startswith("flashlab.traffic.")}
    assert public - {"flashlab.traffic.cdiv"} == told
    with pytest.raises(
        harness.CheckFailed, match="calls flashlab.traffic.attention_flops, a ready"
    ):
        harness.call(lambda: traffic.attention_flops(1, 2, 3))
    with pytest.raises(harness.CheckFailed, match="calls flashlab.cards.attainable_tflops"):
        harness.call(lambda: cards.card("T4").attainable_tflops(3.0))
    assert harness.call(lambda: traffic.cdiv(7, 2)).value == 4


def test_does_the_roofline_bend_at_the_ridge():
    for card in cards.CARDS.values():
        ridge = card.ridge_flops_per_byte
        assert card.attainable_tflops(ridge / 2) == pytest.approx(card.tflops_16bit / 2)
        assert card.attainable_tflops(ridge * 2) == card.tflops_16bit
