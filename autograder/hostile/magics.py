"""Uses magics, the shell, top-level await and a question mark."""

from autograder.hostile import add

MARK = 26
SOURCE = """
%matplotlib inline
%timeit -n 1 -r 1 pass
!echo hello
import asyncio

await asyncio.sleep(0)
print?
%load_ext autoreload
%cd /tmp
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="four-tokens")
