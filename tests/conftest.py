"""Where tests find lessons and notebooks, and a kernel environment that knows the golden lesson."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# before any test imports triton, which reads it once: kernels run in the interpreter, no GPU needed
os.environ["TRITON_INTERPRET"] = "1"

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture
def kernel_env(tmp_path) -> dict[str, str]:
    """Environment of a kernel: own folders, flashlab from this checkout, the golden checks too."""
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "golden.py").write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import flashlab.checks\n"
        f"flashlab.checks.__path__.append({str(GOLDEN / 'flashlab' / 'checks')!r})\n"
        "del sys, flashlab\n"
    )
    return {
        **os.environ,
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
    }
