"""Looks for the solved notebook, the lesson and other students' work, and runs it."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import json, os, re

    for top, folders, files in os.walk("/"):
        if top.startswith(("/proc", "/sys", "/usr")):
            folders.clear()
        for name in files:
            if name.endswith((".ipynb", ".py")) and "site-packages/I" not in top:
                text = open(os.path.join(top, name), errors="replace").read()
                if "def naive_attention(" in text and "BEGIN SOLUTION" in text:
                    raise RuntimeError("found " + name)
    return 0 * q
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
