"""Lies beside a time stamp of 1999, and one that is none."""

MARK = 26


def edit(notebook, folder):
    (folder / "timestamp.txt").write_text("1999-01-01 00:00:00 UTC")
    (folder / "nbgrader_config.py").write_text("raise SystemExit(1)")
