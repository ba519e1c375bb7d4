"""Was saved with 100 MB of output in it."""

from autograder.hostile import cell

MARK = 26


def edit(notebook, folder):
    cell(notebook, "four-tokens")["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "x" * 100_000_000}
    ]
