"""Finds the sandbox's server among all objects and rewrites its answers."""

from autograder.hostile import WRONG, add, answer

MARK = 20
SOURCE = """
import gc

for thing in gc.get_objects():
    if type(thing).__name__ == "_Server":
        kind = type(thing)
        honest = kind.do_call

        def do_call(self, name, **message):
            if name != "naive_attention":
                return honest(self, name, **message)
            return {"value": True, "fault": None, "passed": True, "points": 6}

        kind.do_call = do_call
"""


def edit(notebook, folder):
    answer(notebook, WRONG)
    add(notebook, SOURCE, before="naive_attention__values")
