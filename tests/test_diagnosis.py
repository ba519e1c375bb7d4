"""Does the first cell's diagnosis say the truth of this machine, and of others?"""

import importlib.util
import platform

import numpy as np
import pytest

import flashlab
from flashlab.diagnosis import Diagnosis, diagnose

HERE = dict(python="3.12.1", system="Linux x86_64", numpy="2.1", torch="2.13", triton="3.7", gpu="")
NUMPY_LESSONS = "the NumPy lessons run here in full"


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        ({}, "Lessons", f"{NUMPY_LESSONS}, the Triton lessons on the processor, in the"),
        ({"gpu": "L4 (sm_89)"}, "Lessons", f"{NUMPY_LESSONS}, the Triton lessons on the GPU"),
        ({"triton": ""}, "Lessons", NUMPY_LESSONS),
        ({"triton": ""}, "Triton", "not installed; the Triton lessons need it: pip install triton"),
        ({"triton": "", "system": "Darwin arm64"}, "Triton", "there is none for this system; for"),
        ({"torch": ""}, "torch", "not installed; the NumPy lessons do without"),
        ({"numpy": ""}, "NumPy", "missing: pip install numpy"),
        ({}, "GPU", "none found; nothing in the course needs one"),
        ({"gpu": "L4 (sm_89)"}, "GPU", "L4 (sm_89)"),
    ],
)
def test_is_each_machine_told_what_it_can_do(change, line, words):
    assert dict(Diagnosis(**{**HERE, **change}).lines())[line].startswith(words)


def test_is_this_machine_described():
    told = str(diagnose()).splitlines()
    system = f"{platform.system()} {platform.machine()}"
    assert told[0].split() == ["Python", platform.python_version(), "on", *system.split()]
    assert told[1].split() == ["NumPy", np.__version__]


def test_has_no_public_name_a_module_that_would_take_its_place():
    # whoever imports flashlab.NAME first would make flashlab.NAME(...) a call of the module
    names = [name for name in dir(flashlab) if not name.startswith("_")]
    public = [name for name in names if callable(getattr(flashlab, name))]
    assert "doctor" in public
    assert [name for name in public if importlib.util.find_spec(f"flashlab.{name}")] == []
