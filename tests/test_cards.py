"""The table of cards: can it be read alone, is every figure sourced, do the figures agree?"""

import re
import subprocess
import sys

import pytest

from flashlab import cards
from flashlab.cards import CARDS, KB, MB, UnknownCard, card


def test_can_the_table_be_read_without_torch_or_triton():
    code = (
        "import sys\n"
        "sys.modules['torch'] = sys.modules['triton'] = None\n"
        "from flashlab.cards import card\n"
        "print(card('t4').target, card('MI300').target)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("sm_75 gfx942\n", "")


@pytest.mark.parametrize("one", CARDS.values(), ids=CARDS)
def test_does_every_rate_and_size_stand_in_its_source(one):
    found = re.search(rf"\[{one.name}\](.*?)(?=\n  \[|\Z)", cards.__doc__, re.DOTALL)
    assert found, f"no source is given for {one.name}"
    numbers = {float(x) for x in re.findall(r"\d+(?:\.\d+)?", found.group(1))}
    assert one.tflops_16bit in numbers
    assert one.tflops_fp32 in numbers
    assert one.hbm_gb_per_s in numbers or one.hbm_gb_per_s / 1000 in numbers
    assert one.sms in numbers
    dies = 8 if one.name == "MI300" else 1
    assert one.l2_bytes / MB / dies in numbers


@pytest.mark.parametrize("one", CARDS.values(), ids=CARDS)
def test_do_the_figures_of_a_card_agree(one):
    held = one.shared_bytes_per_block + one.shared_reserved_bytes
    assert held == one.shared_bytes_per_sm
    # AMD's compute unit: 4 SIMDs of 8 waves
    assert one.max_warps_per_sm * one.warp_size == one.max_threads_per_sm
    assert one.tflops_fp32 < one.tflops_16bit
    assert one.ridge_flops_per_byte == pytest.approx(one.tflops_16bit * 1e3 / one.hbm_gb_per_s)


def test_are_shared_memory_limits_those_of_the_compute_capability():
    limits = {one.arch: one.shared_bytes_per_block // KB for one in CARDS.values()}
    assert limits == {75: 64, 80: 163, 89: 99, 90: 227, 100: 227, 120: 99, "gfx942": 64}
    assert [c.name for c in CARDS.values() if not c.bf16] == ["T4"]


def test_is_what_an_sm_holds_at_once_that_of_the_compute_capability():
    held = {
        one.arch: (one.max_threads_per_sm, one.max_warps_per_sm, one.max_blocks_per_sm)
        for one in CARDS.values()
    }
    ampere, ada = (2048, 64, 32), (1536, 48, 24)
    assert held == {
        75: (1024, 32, 16), 80: ampere, 89: ada, 90: ampere, 100: ampere, 120: ada,
        "gfx942": (2048, 32, 32),
    }  # fmt: skip


def test_does_an_unknown_card_give_one_line_with_the_known_ones():
    with pytest.raises(UnknownCard) as raised:
        card("V100")
    assert str(raised.value) == f"unknown card 'V100'; known are {', '.join(CARDS)}"
    assert card("h100") is CARDS["H100"] is card(CARDS["H100"])
