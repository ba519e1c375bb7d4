"""Writes answers into every open pipe before they are asked for."""

from autograder.hostile import WRONG, add, answer

MARK = 20
SOURCE = """
import json
import os
import struct

head = json.dumps({"d": [["value", True], ["passed", True], ["points", 6]]}).encode()
for fd in range(3, 32):
    try:
        for _ in range(50):
            os.write(fd, struct.pack("<II", len(head), 0) + head)
    except OSError:
        pass
"""


def edit(notebook, folder):
    answer(notebook, WRONG)
    add(notebook, SOURCE, before="naive_attention__values")
