"""Shows ten thousand results, pages with scripts among them, and prints without an end."""

from autograder.hostile import add

MARK = 26
SOURCE = """
import sys

from IPython.display import HTML, Javascript, display

for i in range(10_000):
    display(i, HTML("<script>alert(1)</script>"), Javascript("alert(1)"))
for _ in range(300):
    print("<img src=x onerror=alert(1)>" * 10_000)
    print("\x1b]0;owned\x07" * 10_000, file=sys.stderr)
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="four-tokens")
