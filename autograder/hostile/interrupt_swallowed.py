"""Has a cell that never ends, whatever is raised in it."""

from autograder.hostile import add

MARK = 26
TOLD = "a cell ran for more than 3 s"
SOURCE = """
import signal

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""


def edit(notebook, folder):
    add(notebook, SOURCE)
