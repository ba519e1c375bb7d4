"""The two-level memory: are its bytes exact, is everything on chip counted, are faults clear?"""

import numpy as np
import pytest
from numpy import zeros as nothing_in

from flashlab.memory import (
    HbmError,
    SramOverflow,
    TileError,
    TwoLevelMemory,
    measure,
    observe_on_memory,
)
from flashlab.traffic import naive_traffic


def naive(q, k, v, s, p, out, softmax_scale):
    tile = q[:] @ k[:].T * softmax_scale
    s[:] = tile
    del tile
    tile = s[:]
    e = np.exp(tile - tile.max(axis=1, keepdims=True))
    p[:] = e / e.sum(axis=1, keepdims=True)
    del tile, e
    out[:] = p[:] @ v[:]


def run_naive(seqlen_q, seqlen_k, head_dim, dtype, sram_bytes=None):
    g = np.random.default_rng(0)
    shapes = [(seqlen_q, head_dim), (seqlen_k, head_dim), (seqlen_k, head_dim)]
    inputs = {n: g.standard_normal(s).astype(dtype) for n, s in zip("qkv", shapes, strict=True)}
    scratch = ((seqlen_q, seqlen_k), dtype)
    outputs = {"s": scratch, "p": scratch, "out": ((seqlen_q, head_dim), dtype)}
    scale = np.dtype(dtype).type(0.3)
    return inputs, measure(naive, inputs, outputs, (scale,), sram_bytes)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1, 1), (4, 4, 2), (17, 23, 8), (33, 5, 16), (64, 64, 64)])
def test_are_the_bytes_of_naive_attention_exactly_the_closed_form(shape, dtype):
    _, run = run_naive(*shape, dtype)
    expected = naive_traffic(*shape, np.dtype(dtype).itemsize)
    assert {n: sum(kinds.values()) for n, kinds in run.traffic.by_array().items()} == expected
    assert run.traffic.trips == 8
    assert run.unwritten == {"s": 0, "p": 0, "out": 0}


def test_is_the_result_that_of_plain_numpy():
    inputs, run = run_naive(17, 23, 8, np.float64)
    s = inputs["q"] @ inputs["k"].T * 0.3
    p = np.exp(s - s.max(1, keepdims=True))
    expected = p / p.sum(1, keepdims=True) @ inputs["v"]
    assert np.array_equal(run.outputs["out"], expected)
    assert type(run.outputs["out"]) is np.ndarray


def test_does_a_tile_occupy_sram_until_it_is_dropped():
    ones = np.ones((8, 4), np.float32)
    with TwoLevelMemory() as memory:
        q = memory.hbm("q", ones)
        board = memory.board
        tile = q[0:2]
        assert board.used_bytes == 32
        view = tile.T[1:]
        assert board.used_bytes == 32, "a view takes no room"
        double = tile * 2
        assert board.used_bytes == 64
        del tile
        assert board.used_bytes == 64, "the view keeps the tile"
        del view
        assert board.used_bytes == 32
        double = double.astype(np.float64)
        assert board.used_bytes == 64
        del double
        assert board.used_bytes == 0
    assert memory.traffic.sram_peak_bytes == 96


ON_CHIP = {
    "ufunc": lambda x: np.exp(x),
    "operator": lambda x: x + x,
    "matmul": lambda x: x @ x.T,
    "method dot": lambda x: x.dot(x.T),
    "reduction": lambda x: x.max(axis=1, keepdims=True),
    "np.sum": lambda x: np.sum(x, axis=0),
    "copy": lambda x: x.copy(),
    "fancy index": lambda x: x[[0, 2]],
    "where": lambda x: np.where(x > 1, x, 0),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x),
    "concatenate": lambda x: np.concatenate([x, x]),
    "zeros": lambda x: np.zeros((5, 3)),
    "full": lambda x: np.full(6, -np.inf),
    "arange": lambda x: np.arange(7),
    "zeros_like": lambda x: np.zeros_like(x),
}


@pytest.mark.parametrize("name", ON_CHIP)
def test_is_every_array_made_on_chip_counted(name):
    with TwoLevelMemory() as memory:
        tile = memory.hbm("x", np.ones((4, 4), np.float32))[:]
        before = memory.board.used_bytes
        made = ON_CHIP[name](tile)
        assert memory.board.used_bytes == before + made.nbytes > before
        del made
        assert memory.board.used_bytes == before


def test_is_a_plain_array_counted_once_it_meets_a_tile():
    stranger = np.ones((4, 4))
    with TwoLevelMemory() as memory:
        tile = memory.hbm("x", np.ones((4, 4)))[:]
        total = tile + stranger
        assert memory.board.used_bytes == 3 * total.nbytes


def test_is_a_plain_array_counted_when_a_result_is_written_into_it():
    stranger = np.ones((4, 4))
    with TwoLevelMemory() as memory:
        tile = memory.hbm("x", np.ones((4, 4)))[:]
        np.exp(tile, out=stranger)
        assert memory.board.used_bytes == tile.nbytes + stranger.nbytes
        np.matmul(tile, tile, out=stranger)
        np.dot(tile, tile, out=stranger)
        assert memory.board.used_bytes == tile.nbytes + stranger.nbytes


def test_is_a_creator_counted_under_a_name_of_the_learner():
    def filled(x, out):
        mine = nothing_in((8, 8))
        out[:] = x[:] + mine[:4, :4]

    run = measure(filled, {"x": np.ones((4, 4))}, {"out": ((4, 4), np.float64)})
    assert run.traffic.sram_peak_bytes == 8 * (8 * 8 + 2 * 4 * 4)
    assert nothing_in is np.zeros and type(np.zeros(1)) is np.ndarray


@pytest.mark.parametrize("way", ["tolist", "tobytes", "dumps"])
def test_is_a_tile_kept_from_becoming_what_sram_cannot_hold(way):
    with TwoLevelMemory() as memory:
        tile = memory.hbm("x", np.ones((4, 4)))[:]
        with pytest.raises(TileError, match="SRAM holds arrays only"):
            getattr(tile, way)()
        assert str(tile[0]) == "[1. 1. 1. 1.]" and f"{tile[0, 0]:.1f}" == "1.0"


@pytest.mark.parametrize("name", ["svd", "eigh", "qr", "slogdet"])
def test_are_named_results_counted_one_by_one(name):
    with TwoLevelMemory() as memory:
        tile = memory.hbm("x", np.eye(4))[:]
        before = memory.board.used_bytes
        made = getattr(np.linalg, name)(tile)
        assert type(made) is type(getattr(np.linalg, name)(np.eye(4)))
        assert memory.board.used_bytes == before + sum(x.nbytes for x in made if np.ndim(x))


def test_do_the_creators_make_plain_arrays_again_afterwards():
    with pytest.raises(ZeroDivisionError), TwoLevelMemory():
        raise ZeroDivisionError
    assert type(np.zeros(3)) is np.ndarray


def test_does_in_place_work_take_no_room():
    with TwoLevelMemory() as memory:
        acc = np.zeros((4, 4))
        acc *= 2.0
        acc[:2] += 1.0
        np.multiply(acc, 3.0, out=acc)
    assert memory.traffic.sram_peak_bytes == 128


def test_does_the_overflow_name_tile_size_and_room():
    with pytest.raises(SramOverflow) as caught:
        run_naive(17, 23, 8, np.float32, sram_bytes=4000)
    text = str(caught.value)
    assert "the new tile (17, 23) float32 needs 1,564 bytes, and of 4,000 only 872 are free" in text
    assert "tile (17, 23) float32 (1,564 bytes)" in text and "a temporary" in text
    with pytest.raises(SramOverflow, match=r"reading k\[0:23, 0:8\]"):
        run_naive(17, 23, 8, np.float32, sram_bytes=1000)


def test_does_a_capacity_that_just_suffices_suffice():
    _, run = run_naive(17, 23, 8, np.float32)
    peak = run.traffic.sram_peak_bytes
    assert run_naive(17, 23, 8, np.float32, peak)[1].traffic.sram_peak_bytes == peak
    with pytest.raises(SramOverflow):
        run_naive(17, 23, 8, np.float32, peak - 1)


FAULTS = {
    "past the end": (lambda x, o: x[6:9], "x[6:9] reaches outside x, whose dimension 0 has 8"),
    "second dimension": (lambda x, o: x[0:2, 3:5], "x[:, 3:5] reaches outside x"),
    "negative": (lambda x, o: x[-1], "x[-1] reaches outside"),
    "step": (lambda x, o: x[::2], "without a step"),
    "fancy": (lambda x, o: x[[1, 2]], "not list"),
    "too many": (lambda x, o: x[0, 0, 0], "2 dimensions, 3 indices"),
    "arithmetic": (lambda x, o: x * 2, "x is in HBM"),
    "ufunc": (lambda x, o: np.exp(x), "x is in HBM"),
    "function": (lambda x, o: np.concatenate([x, x]), "x is in HBM"),
    "matmul with a tile": (lambda x, o: x[:] @ x, "x is in HBM"),
    "transpose": (lambda x, o: x.T, "x is in HBM"),
    "unwritten": (lambda x, o: o[2:4], "o[2:4, 0:4] is read before it is written"),
    "wrong shape": (lambda x, o: o.__setitem__(slice(0, 2), x[0:3]), "has shape (2, 4)"),
    "store from HBM": (lambda x, o: o.__setitem__(slice(0, 2), x), "x is in HBM"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_is_a_wrong_access_refused_in_clear_words(name):
    access, text = FAULTS[name]
    with TwoLevelMemory() as memory:
        x = memory.hbm("x", np.ones((8, 4)))
        o = memory.hbm_output("o", (8, 4))
        with pytest.raises(HbmError) as caught:
            access(x, o)
    assert text in str(caught.value)


def test_are_region_line_loop_step_and_sram_in_the_trace():
    def copy(x, o):
        for i in range(0, 8, 3):
            stop = min(i + 3, 8)
            o[i:stop] = x[i:stop]

    x = np.arange(32, dtype=np.float32).reshape(8, 4)
    run = measure(copy, {"x": x}, {"o": ((8, 4), np.float32)})
    assert np.array_equal(run.outputs["o"], x)
    events = run.traffic.events
    assert [e.region[0] for e in events] == [(0, 3), (0, 3), (3, 6), (3, 6), (6, 8), (6, 8)]
    assert [e.kind for e in events] == ["read", "write"] * 3
    assert [e.loop_step for e in events] == [0, 0, 1, 1, 2, 2]
    assert [e.sram_bytes for e in events] == [48, 48, 48, 48, 32, 32]
    assert {e.line for e in events} == {copy.__code__.co_firstlineno + 3}


def test_are_unwritten_elements_counted_and_nan():
    def half(x, o):
        o[0:4] = x[0:4]

    run = measure(half, {"x": np.ones((8, 4))}, {"o": ((8, 4), np.float64)})
    assert run.unwritten == {"o": 16}
    assert np.isnan(run.outputs["o"][4:]).all()


def test_does_observe_report_instead_of_raise():
    def wrong(x, o):
        o[0:1] = x[0:1] + undefined  # noqa: F821

    run = observe_on_memory(wrong, {"x": np.ones((8, 4))}, {"o": ((8, 4), np.float64)})
    assert run.outcome.fault.kind == "NameError"
    assert "undefined" in run.outcome.fault.source
    assert run.traffic.hbm_read_bytes == 32
