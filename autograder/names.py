"""Who handed in which lesson, read from the names that platforms and browsers give to files."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path

# (pattern of student, number and file, what the number is called in that platform's tables)
_PLATFORMS = (
    # Moodle: a flat file, or a folder, whose name ends before the file's
    (r"(.+)_(\d+)_assignsubmission_file(?:_(.*?))?(?:\.ipynb)?", "Participant {}"),
    # Canvas: the user's number, then the upload's; files only
    (r"([^_]+)(?:_LATE)?_(\d+)_\d{3,}_(.+)\.ipynb", "{}"),
)
# "01_softmax (1)" is a browser's second download, "01_softmax-1" Canvas's second submission
_LESSON = re.compile(r"(\d\d_\w+?)(?:[ +_]?\((\d+)\))?(?:-(\d+))?")


def student_of(name: str) -> tuple[str, str, str]:
    """(student, number, file's name without its ending) of a platform's file or folder name.

    The number is as the platform's own tables have it: "Participant 12345" is Moodle's, a new one
    in each assignment, and "1235" Canvas's, the user's for good. Three times "" for another name.
    """
    for pattern, number in _PLATFORMS:
        if found := re.fullmatch(pattern, name):
            return found[1], number.format(found[2]), found[3] or ""
    return "", "", ""


def number_of(path: Path) -> str:
    """The student's number in the platform that the file came from; "" where it is none's."""
    names = [path.name, *(folder.name for folder in path.parents)]
    return next((number for name in names if (number := student_of(name)[1])), "")


def lesson_of(stem: str, known: Container[str]) -> tuple[str, tuple[int, int]]:
    """(lesson, version) of a file's name without its ending; a higher version is newer.

    The lesson is "" where the name is none of `known`.
    """
    found = _LESSON.fullmatch(stem)
    if found is None or found[1] not in known:
        return "", (0, 0)
    return found[1], (int(found[3] or 0), int(found[2] or 0))
