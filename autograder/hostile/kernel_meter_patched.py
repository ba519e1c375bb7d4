"""Patches the meter, the interpreter and triton in its own process."""

from autograder.hostile import add

LESSON = "06_triton_in_an_hour"
MARK = 28
SOURCE = """
import sys

import flashlab
import triton


class Nothing:
    def __getattr__(self, name):
        return lambda *args, **kwargs: None


flashlab.metered = flashlab.interpreter = Nothing()
triton.jit = lambda fn: Nothing()
for name in [n for n in sys.modules if n.startswith(("flashlab", "triton"))]:
    sys.modules[name].__dict__.update(run=print, observe_kernel=print, launch=print)
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="first-kernel")
