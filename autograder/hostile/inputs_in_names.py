"""Hides the input in names of types and errors, in lines of its own and in later answers."""

from autograder.hostile import answer

MARK = 18
SOURCE = """
import linecache

seen = []


def naive_attention(q, k, v, softmax_scale):
    seen.append(q)
    text = str(q[:2].tolist())
    if len(seen) % 3 == 0:
        return type(text, (), {})()
    if len(seen) % 3 == 1:
        raise type(text, (Exception,), {})(text)
    linecache.getline = lambda *anything: text
    raise ValueError
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
    answer(notebook, "raise ValueError(str(seen))", "attention_flops")
