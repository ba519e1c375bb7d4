"""Do the figures that lessons show come from a visit to a GPU, and from nowhere else?"""

import json

import pytest

import flashlab
from benchmarks import for_lessons
from flashlab.measurements import NotRecorded

RESULTS = {
    "machine": {
        "card": "X",
        "torch": "2",
        "triton": "3",
        "driver, max SM clock, power limit": "580.1, 1980 MHz, 700.00 W",
    },
    "parts": {
        "speed": {
            "tokens": 64,
            "rows": [
                {
                    "seqlen": 512,
                    "head_dim": 64,
                    "causal": False,
                    "forward": {
                        "ours": {"ms": 1.5, "p20": 1, "p80": 2, "n": 9, "tflops": 3.0},
                        "sdpa_cudnn": {"error": "RuntimeError: no"},
                    },
                }
            ],
        },
        "bytes": {
            "head_dim": 64,
            "BLOCK_M": 128,
            "dtype": "float16",
            "rows": [{"what": "flash", "heads": 1, "seqlen": 1024, "dram_mb": 0.4}],
        },
        "correctness": {
            "records": [
                {
                    "kernel": kernel,
                    "shape": shape,
                    "dtype": "float16",
                    "precision": "ieee",
                    "causal": causal,
                    "verdicts": {"out": {"relative_rmse": 1e-4, "error": 2e-4}},
                }
                for kernel, shape, causal in (
                    ("flash", for_lessons.PRECISION_SHAPE, False),
                    ("flash", for_lessons.PRECISION_SHAPE, True),
                    ("flash", [1, 1, 16, 1, 1], False),
                )
            ]
        },
    },
}


def test_is_the_file_what_the_results_give(tmp_path, monkeypatch, capsys):
    results, data = tmp_path / "results.json", tmp_path / "data.json"
    results.write_text(json.dumps(RESULTS))
    monkeypatch.setattr(for_lessons, "DATA", data)
    monkeypatch.setattr(for_lessons, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["for_lessons.py", str(results)])
    assert for_lessons.main() == 0
    made = json.loads(data.read_text())
    assert made["machine"] == {"card": "X", "torch": "2", "triton": "3", "driver": "580.1"}
    ours = {"ms": 1.5, "p20": 1, "p80": 2, "tflops": 3.0}
    assert made["forward"] == [{"seqlen": 512, "head_dim": 64, "causal": False, "ours": ours}]
    assert len(made["precision"]) == 1
    monkeypatch.setattr("sys.argv", ["for_lessons.py", str(results), "--check"])
    assert for_lessons.main() == 0
    data.write_text(data.read_text().replace("1.5", "1.4"))
    assert for_lessons.main() == 1
    assert "is not what" in capsys.readouterr().err


def test_is_every_figure_labelled_and_nothing_invented():
    record = flashlab.recorded()
    for piece in (*record.machine.values(), "recorded on"):
        assert piece in record.label
    rows = record.forward(64)
    assert [r["seqlen"] for r in rows] == sorted(r["seqlen"] for r in rows)
    for r in rows:  # the rate is that of the time
        flop = 4 * record.tokens * r["seqlen"] * 2048
        assert r["ours"]["tflops"] == pytest.approx(flop / r["ours"]["ms"] / 1e9, rel=1e-3)
    with pytest.raises(NotRecorded, match="no speed was recorded at head_dim 48"):
        record.forward(48)
    with pytest.raises(NotRecorded, match="no bytes were recorded for 'flash', 7 heads"):
        record.traffic("flash", 7)
    with pytest.raises(NotRecorded, match="nothing was recorded on 'T4'"):
        flashlab.recorded("T4")


def test_are_the_figures_those_of_the_last_visit(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["for_lessons.py", "--check"])
    assert for_lessons.main() == 0, capsys.readouterr().err
