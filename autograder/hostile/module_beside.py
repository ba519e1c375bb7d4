"""Lies beside modules that shadow NumPy and the checks, and a start-up file."""

MARK = 26


def edit(notebook, folder):
    for name in ("numpy.py", "flashlab.py", "json.py", "sitecustomize.py", "conftest.py"):
        (folder / name).write_text("raise SystemExit(1)")
