"""What an instructor is told in one line."""

from __future__ import annotations


class GradingError(Exception):
    """Grading cannot start or go on. The text is one line that says what to do."""
