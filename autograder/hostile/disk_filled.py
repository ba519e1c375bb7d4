"""Writes until nothing can be written any more."""

from autograder.hostile import add

MARK = 26
SOURCE = """
for n in range(1000):
    try:
        with open(f"/tmp/{n}", "wb") as file:
            while True:
                file.write(bytes(1 << 20))
    except OSError:
        pass
"""


def edit(notebook, folder):
    add(notebook, SOURCE)
