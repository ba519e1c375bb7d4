"""Find the submissions in what an instructor points at; say in words what cannot be read."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.course import Lesson
from autograder.errors import GradingError
from autograder.names import lesson_of, student_of
from autograder.read import NotANotebook, parse

MAX_BYTES = 256 << 20  # a larger file is not opened
DEPTH = 4  # folders below the one that is graded
SMALL_BYTES = 8 << 20  # a larger one is parsed in the sandbox only


@dataclass
class Submission:
    """One notebook that somebody handed in. `problem`: why it cannot be graded, or ""."""

    student: str
    path: Path
    lesson: str = ""  # "" until it has been read
    problem: str = ""
    sha: str = ""  # SHA-256 of the file
    only: str = ""  # the one exercise that is to be graded
    received: str = ""  # when it came in, ISO 8601 in UTC; by default the file's own time
    note: str = ""  # about other files of the same student and lesson


@dataclass
class _Found:
    """A submission before namesakes and duplicates are dealt with."""

    submission: Submission
    apart: str  # number or folders that tell two of one name apart
    rank: tuple  # the highest of one student's files for one lesson is graded
    home: tuple[str, ...] = ()  # the folder that the student was named after
    own: str = ""  # the file's own name, where it says no lesson: it may be a student's, too


def collect(
    where: Path,
    known: dict[str, Lesson],
    only: str = "",
    in_class: Callable[[str], object] = lambda name: False,
) -> list[Submission]:
    """The submissions below `where`, one of each student and lesson.

    Read are STUDENT/NN_slug.ipynb and nbgrader's STUDENT/NN_slug/NN_slug.ipynb, in further folders
    or not, loose STUDENT.ipynb, what Moodle and Canvas export (see `student_of`), and one notebook
    by itself. Another file name is taken for the lesson that its cells are of. Of two files of one
    student for one lesson the newer is returned, and its `note` names the other; namesakes are
    told apart by their numbers or folders, and loose notebooks in a group's folder by their own
    names. known: the released lessons. only: grade this lesson alone; a loose notebook is taken for
    it. in_class: is that the name of a student? Raises GradingError when there is nothing to grade.
    """
    if not where.exists():
        raise GradingError(f"there is no folder or notebook {where}")
    if where.is_file() and where.suffix != ".ipynb":
        raise GradingError(f"{where} is no notebook (.ipynb); unpack an archive, name its folder")
    paths, closed = _paths(where)
    if where in closed:
        raise GradingError(f"{where} cannot be opened: say who may read it, with chmod")
    found = [f for path in paths if (f := _found(path, where, known, only))]
    found += [_closed(path, where, known, only) for path in closed]
    if not found:
        what = f"notebook of lesson {only}" if only else "notebook (.ipynb)"
        raise GradingError(
            f"no {what} in {where}; expected STUDENT/NN_lesson.ipynb or STUDENT.ipynb in it"
        )
    _take_apart(found, in_class)
    _tell_apart(found)
    groups = defaultdict(list)
    for f in found:
        s = f.submission
        groups[(s.student, s.lesson) if s.lesson else s.path].append(f)
    return [_newest(group, where) for group in groups.values()]


def _take_apart(found: list[_Found], in_class: Callable[[str], object]) -> None:
    """Is a folder one student's, or a group's, where each loose notebook is a student's own?"""
    homes = defaultdict(list)
    for f in found:
        if f.home:
            homes[f.home].append(f)
    for home, files in homes.items():
        loose = [f for f in files if f.own]
        of_group = len(loose) == len(files) and (
            any(len(h) > len(home) and h[: len(home)] == home for h in homes) or _several(loose)
        )
        several = len({f.own for f in loose}) > 1 or len(files) > len(loose)
        for f in loose:
            s, shown = f.submission, "/".join(home)
            if of_group or (in_class(f.own) and not in_class(home[-1])):
                s.student, f.apart = f.own, shown
                if of_group and not in_class(f.own):
                    s.note = f"taken for {f.own}'s by its file name, as {shown} holds several"
            elif several:
                s.note = f"{s.path.name} is taken for {s.student}'s, by its folder's name"


def _several(loose: list[_Found]) -> bool:
    """Are two of one lesson? (Of no lesson, where none is of any.)"""
    lessons = dict.fromkeys((f.own, f.submission.lesson if f.rank[1:2] == (True,) else "")
                            for f in loose)  # fmt: skip
    counts = Counter(lesson for _, lesson in lessons)
    return max((n for lesson, n in counts.items() if lesson), default=counts[""]) > 1


def _tell_apart(found: list[_Found]) -> None:
    """Add to the names of namesakes what tells them apart."""
    seen = defaultdict(set)
    for f in found:
        lesson = "" if f.apart.isdecimal() else f.submission.lesson  # Canvas: a user's for good
        if lesson or f.apart:
            seen[f.submission.student, lesson].add(f.apart)
    namesakes = {student for (student, _), ones in seen.items() if len(ones) > 1}
    for f in found:
        if f.submission.student in namesakes and f.apart:
            f.submission.student += f" ({f.apart})"


def _newest(group: list[_Found], where: Path) -> Submission:
    """The newest of one student's files for one lesson; its note names the others."""
    best, *others = sorted(group, key=lambda f: f.rank, reverse=True)
    taken = best.submission
    for other in others:
        path, problem = _shown(other.submission.path, where), other.submission.problem
        why = problem or f"the newer one is graded, {_shown(taken.path, where)}"
        taken.note += f"{'; ' * bool(taken.note)}{path} is not graded: {why}"
    return taken


def _shown(path: Path, where: Path) -> str:
    return str(path.relative_to(where)) if path.is_relative_to(where) else str(path)


def _paths(where: Path) -> tuple[list[Path], list[Path]]:
    """(notebooks, folders that cannot be opened) below `where`; not in gradings' own folders."""
    if where.is_file():
        return [where], []
    found, closed = [], []
    walk = os.walk(where, followlinks=True, onerror=lambda e: closed.append(Path(e.filename)))
    for name, inner, files in walk:
        folder = Path(name)
        if {"queue.db", "queue.lock"} <= set(files):
            inner.clear()
            continue
        found += [folder / n for n in [*inner, *files] if n.endswith(".ipynb") and n[0] != "."]
        deep = len(folder.relative_to(where).parts) >= DEPTH
        inner[:] = [] if deep else [n for n in inner if not n.startswith(".")]
    return sorted(found, key=lambda p: (p.relative_to(where).parts[:-1], p.name)), sorted(closed)


def _closed(folder: Path, where: Path, known, only: str) -> _Found:
    """In the place of what is in a folder that cannot be opened."""
    student, apart, _, home = _who(folder / "x.ipynb", where, known)
    problem = "is a folder that cannot be opened"
    name = Path(_printable(folder))
    return _Found(Submission(_printable(student), name, only, problem), apart, (False,), home)


def _found(path: Path, where: Path, known, only: str) -> _Found | None:
    """The submission at `path`, or None when it belongs to another lesson than `only`."""
    student, apart, stem, home = _who(path, where, known)
    named, version = lesson_of(stem, known)
    if not str(path).isprintable():  # bytes that are no UTF-8, or an escape for the terminal
        path, student = Path(_printable(path)), _printable(student)
        problem = "has an unprintable name: rename it"
        return _Found(
            Submission(student, path, named or only, problem), _printable(apart), (False,)
        )
    submission = Submission(student, path, named)
    changed = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    submission.received = changed.isoformat(timespec="seconds")
    try:
        if any(p.is_symlink() for p in path.parents if where in p.parents):
            raise NotANotebook("lies behind a symbolic link, and is not read")
        content = read(path)
        submission.sha = hashlib.sha256(content).hexdigest()
        if not named:
            submission.lesson = _guess(content, known)
    except NotANotebook as problem:
        submission.problem = str(problem)
    sure = bool(submission.lesson)
    if only and not sure:
        submission.lesson = only
        if submission.sha:  # what it is shows when it is graded
            submission.problem = ""
    if only and submission.lesson != only:
        return None
    rank = not submission.problem, sure, version, submission.received, stem == named, path.name
    own = "" if named else re.sub(r"[ _+]?\(\d+\)$", "", path.stem)
    return _Found(submission, apart, rank, home, own)


def _who(path: Path, where: Path, known) -> tuple[str, str, str, tuple[str, ...]]:
    """(student, what tells two of that name apart, the file's own name, the student's folder).

    The file's name is without its ending; the folder is () where another name says who it is.
    """
    folders = list(path.parent.relative_to(where).parts) if where.is_dir() else []
    here = where.resolve() if where.is_dir() else path.absolute().parent
    for name in (path.name, *reversed(folders), here.name):
        student, number, stem = student_of(name)
        if student:
            return student, number, stem if name == path.name and stem else path.stem, ()
    while folders and (folders[-1] in known or folders[-1] == path.stem):
        folders.pop()
    if folders:
        return folders[-1], "/".join(folders[:-1]), path.stem, tuple(folders)
    if not lesson_of(path.stem, known)[0]:
        return path.stem, "", path.stem, ()
    while here.name in known:
        here = here.parent
    return here.name, "", path.stem, ()


def _guess(content: bytes, known: dict[str, Lesson]) -> str:
    """The lesson that the cells are of; a large notebook is not parsed here, only searched.

    "" where a large one names no lesson's cell.
    """
    if len(content) <= SMALL_BYTES:
        return guess_lesson(parse(content), known)
    names = {re.escape(name).encode() for lesson in known.values() for name in lesson.answers}
    pattern = rb'"(?:grade_id|id)"\s*:\s*"(' + b"|".join(sorted(names)) + rb')"'
    found = {match[1].decode() for match in re.finditer(pattern, content)}
    return guess_lesson([{"id": n, "grade_id": n} for n in found], known) if found else ""


def _printable(name) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in os.fspath(name))


def read(path: Path) -> bytes:
    """The bytes of the notebook at `path`; raises NotANotebook."""
    if path.is_symlink() or path.parent.is_symlink():
        raise NotANotebook("is a symbolic link, not a notebook")
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NotANotebook(f"cannot be read: {error.strerror}") from None
    with open(file, "rb") as opened:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            raise NotANotebook("is no file, so no notebook")
        if about.st_size > MAX_BYTES:
            raise NotANotebook(f"is larger than {MAX_BYTES >> 20} MB")
        return opened.read(MAX_BYTES + 1)


def guess_lesson(cells: list[dict], known: dict[str, Lesson]) -> str:
    """The lesson whose answer cells the notebook has most of. Raises NotANotebook: it has none."""
    there = {c["grade_id"] for c in cells} | {c["id"] for c in cells}
    best = max(known.values(), key=lambda x: len(there & set(x.answers)), default=None)
    if best is None or not there & set(best.answers):
        raise NotANotebook("fits no lesson; name it NN_lesson.ipynb or say --lesson")
    return best.name
