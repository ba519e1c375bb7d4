"""The tables that an instructor gives: who is in the class, and when work came in."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

from autograder.errors import GradingError, first_line


def read_table(path: Path, option: str) -> list[list[str]]:
    """The rows of a CSV file, cells stripped, empty rows left out. Raises GradingError.

    Commas, semicolons or tabs, whatever the first line has most of. option: how the file was named.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise GradingError(f"{option} {first_line(error)}") from None
    except UnicodeDecodeError:
        raise GradingError(f"{option} {path}: is no CSV file in UTF-8") from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise GradingError(f"{option} {path}: is no CSV file: {error}") from None
    rows = [[cell.strip() for cell in row] for row in rows]
    return [row for row in rows if any(row)]


def read_arrivals(path: Path) -> dict[str, str]:
    """{student: when work came in, ISO 8601 in UTC} of a CSV of student,time.

    A student without a time is left out.
    """
    times = {}
    for n, (student, *rest) in enumerate(read_table(path, "--received")):
        when = rest[0] if rest else ""
        try:
            if when:
                times[student] = utc(when).isoformat()
        except ValueError:
            if n:  # the first line may be names of columns
                raise GradingError(
                    f"--received {path}: {when!r} is no time such as 2026-10-31T23:59"
                ) from None
    if not times:
        raise GradingError(
            f"--received {path}: has no student with a time; its lines are student,time, such as "
            "ada,2026-10-31T22:10+09:00"
        )
    return times


def utc(text: str) -> datetime:
    """A time such as 2026-10-31T23:59+09:00, in UTC; without +09:00 it is this machine's.

    Raises ValueError.
    """
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError(error) from None
