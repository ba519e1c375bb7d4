"""Lies beside a copy, and beside a checkpoint that Jupyter left."""

MARK = 26


def edit(notebook, folder):
    hidden = folder / ".ipynb_checkpoints"
    hidden.mkdir()
    for path in (folder / "copy.ipynb", hidden / "01_naive_attention-checkpoint.ipynb"):
        path.write_text("{}")
