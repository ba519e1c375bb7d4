"""What an instructor is told in one line."""

from __future__ import annotations

from collections.abc import Iterable

LISTED = 20  # names in one line


class GradingError(Exception):
    """Grading cannot start or go on. The text is one line that says what to do."""


def first_line(error: Exception) -> str:
    """An error in one line, without its number or its library's name."""
    error = getattr(error, "orig", None) or error  # SQLAlchemy's has the driver's
    if isinstance(error, OSError) and error.strerror:
        what = error.strerror[0].lower() + error.strerror[1:]
        return f"{error.filename}: {what}" if error.filename else what
    return (str(error).splitlines() or [type(error).__name__])[0]


def listed(names: Iterable[str]) -> str:
    """a, b, c: at most LISTED names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{', '.join(names[:LISTED]) or 'none'}{more}"
