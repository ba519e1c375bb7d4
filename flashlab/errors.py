"""Errors that a learner meets: one clear message, no traceback into our own code."""

from __future__ import annotations


class FlashlabError(Exception):
    """Base of every error that flashlab raises on purpose.

    IPython shows the message alone; the frames of flashlab say nothing to a learner.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class Unfinished(FlashlabError, NotImplementedError):
    """An answer is still as it was handed out."""
