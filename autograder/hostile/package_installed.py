"""Installs a library while it is graded, and calls that."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import subprocess
    import sys

    subprocess.run([sys.executable, "-m", "pip", "install", "scipy"], check=True, timeout=3)
    from scipy.special import softmax

    return softmax(softmax_scale * q @ k.T, axis=1) @ v
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
