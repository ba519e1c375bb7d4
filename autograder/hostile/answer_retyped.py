"""Has its answers in Markdown and raw cells."""

from autograder.hostile import cell

MARK = 26


def edit(notebook, folder):
    for i, name in enumerate(("hand_trace", "naive_attention", "ten_thousand")):
        cell(notebook, name)["cell_type"] = ("markdown", "raw", "unheard-of")[i]
