"""Leaves a process in a session of its own behind, which would go on."""

from autograder.hostile import add

MARK = 26
SOURCE = """
import subprocess

subprocess.Popen(["sleep", "1000"], start_new_session=True)
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="four-tokens")
