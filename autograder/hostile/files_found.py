"""Looks for what an earlier submission left, in the same run."""

from autograder.hostile.files_left import MARK, edit

__all__ = ["MARK", "edit"]
