"""Starts 10,000 threads."""

from autograder.hostile import add

MARK = 26
SOURCE = """
import threading
import time

for _ in range(10_000):
    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
"""


def edit(notebook, folder):
    add(notebook, SOURCE)
