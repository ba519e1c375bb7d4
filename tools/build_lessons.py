"""Build the notebooks: lessons/*.py -> solutions/ -> nbgrader -> course/.

    python tools/build_lessons.py [--check] [--lang ja] [LESSON ...]

All notebooks are made in a scratch folder first; the old ones are replaced only when every lesson
was built. --check replaces nothing and fails with the list of files that a build would change.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import sys
import tempfile
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.lesson_source import (  # noqa: E402
    GPU,
    Cell,
    Lesson,
    LessonError,
    clear_answers,
    read_lesson,
)

TABLE_BEGIN = "<!-- lessons: written by tools/build_lessons.py -->"
TABLE_END = "<!-- /lessons -->"
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


# --------------------------------------------------------------------------------------------------
# One lesson -> the instructor's notebook


def notebook_of(lesson: Lesson, course: dict, lang: str = "en") -> nbformat.NotebookNode:
    """The notebook with answers, all nbgrader metadata set and the set-up cell after the title."""
    title, *rest = lesson.edition(lang)
    cells = [
        _markdown(title, _with_badge(title.source, lesson, course, lang)),
        _code("setup", setup_source(lesson, course), {"nbgrader": _nbgrader("setup", locked=True)}),
        *(_expand(cell) for cell in rest),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    nbformat.validate(notebook)
    return notebook


def _expand(cell: Cell) -> nbformat.NotebookNode:
    if cell.kind == "prose":
        return _markdown(cell, cell.source)
    metadata: dict = {"tags": cell.tags} if cell.tags else {}
    if cell.kind == "exercise":
        metadata["nbgrader"] = _nbgrader(cell.id, solution=True)
    elif cell.kind == "check":
        metadata["nbgrader"] = _nbgrader(cell.id, grade=True, locked=True, points=cell.points)
    return _code(cell.id, cell.source, metadata)


def _markdown(cell: Cell, source: str) -> nbformat.NotebookNode:
    metadata = {"tags": cell.tags} if cell.tags else {}
    return nbformat.v4.new_markdown_cell(source, id=cell.id, metadata=metadata)


def _code(cell_id: str, source: str, metadata: dict) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, id=cell_id, metadata=metadata)


def _nbgrader(grade_id: str, grade=False, solution=False, locked=False, points=None) -> dict:
    metadata = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    }
    return metadata if points is None else {**metadata, "points": points}


def setup_source(lesson: Lesson, course: dict) -> str:
    """The code of the set-up cell: installs flashlab where it is missing, then imports it."""
    extra = "[triton]" if lesson.triton else ""
    url = f"git+https://github.com/{course['repository']}@{course['branch']}"
    lines = [
        "# Run this cell first. Where flashlab is missing (in Colab, say), it installs it.",
        "import importlib.util",
        "import sys",
        "",
        'if importlib.util.find_spec("flashlab") is None:',
        f'    %pip install -q "flashlab{extra} @ {url}"',
        'if "google.colab" in sys.modules:  # Colab shows sliders only when asked to',
        "    from google.colab import output",
        "    output.enable_custom_widget_manager()",
        "",
        "import numpy as np",
        "",
        "import flashlab",
    ]
    if lesson.triton:  # the choice comes first: triton reads it when it is imported
        used = any("DEVICE" in cell.source for cell in lesson.cells)
        device = 'DEVICE = flashlab.device()  # "cuda" where there is a GPU, else "cpu"'
        lines += [
            "",
            device if used else "flashlab.device()  # no GPU: kernels run in the interpreter",
            "",
            "import torch",
            "import triton",
            "import triton.language as tl",
            "",
        ]
    if any(cell.kind == "check" for cell in lesson.cells):
        lines.append(f"from flashlab.checks import lesson_{lesson.name} as check")
    return "\n".join(lines).strip()


def _with_badge(source: str, lesson: Lesson, course: dict, lang: str) -> str:
    """The title cell with a line below the heading: the badge and the facts of the header."""
    heading, _, rest = source.partition("\n")
    if lang == "ja":
        gpu = {"no": "GPU 不要", "optional": "GPU はなくてもよい"}[lesson.gpu]
        facts = [f"{lesson.minutes} 分", f"{lesson.points} 点", gpu]
    else:
        gpu = {"no": "no GPU needed", "optional": "a GPU is optional"}[lesson.gpu]
        facts = [f"{lesson.minutes} minutes", _plural(lesson.points, "point"), gpu]
    line = " · ".join([badge(lesson.name, course, lang), *facts])
    return f"{heading}\n\n{line}\n\n{rest.strip()}".strip()


def badge(name: str, course: dict, lang: str = "en") -> str:
    """The `Open in Colab` badge of a lesson, in Markdown."""
    path = notebook_path("course", name, lang).as_posix()
    place = f"github/{course['repository']}/blob/{course['branch']}/{path}"
    return f"[![Open in Colab]({BADGE})](https://colab.research.google.com/{place})"


def notebook_path(top: str, name: str, lang: str = "en") -> Path:
    """Where a lesson's notebook lies: course/NN_slug/NN_slug.ipynb, course-ja/... in Japanese."""
    return Path(top if lang == "en" else f"{top}-{lang}", name, f"{name}.ipynb")


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "s")


# --------------------------------------------------------------------------------------------------
# The instructor's notebook -> the learner's, by nbgrader


def release(notebooks: dict[str, nbformat.NotebookNode]) -> dict[str, str]:
    """{name: the learner's notebook as text}, by nbgrader's generate_assignment, in scratch.

    No database, no side files. Raises LessonError with nbgrader's own words when it refuses one.
    """
    # nbgrader takes two seconds to import: not for --help, not for a lesson with a mistake
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import (
        CheckCellMetadata,
        ClearOutput,
        ClearSolutions,
        ComputeChecksums,
        LockCells,
    )
    from traitlets.config import Config

    class ClearCourseSolutions(ClearSolutions):
        """The course's stubs in the place of nbgrader's."""

        def preprocess_cell(self, cell, resources, cell_index):
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = clear_answers(cell.source)
            return cell, resources

    log = logging.getLogger("tools.build_lessons.nbgrader")
    said = _Said()
    log.handlers, log.propagate = [said], False
    texts: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="lessons-") as scratch:
        config = Config()
        config.CourseDirectory.root = scratch
        config.CourseDirectory.source_directory = "solutions"
        config.CourseDirectory.solution_directory = "unused"  # its default is `solution`
        config.CourseDirectory.release_directory = "course"
        config.CourseDirectory.ignore = ["*.py", "*.db", "*.log"]
        config.GenerateAssignment.no_database = True
        config.GenerateAssignment.preprocessors = [
            LockCells,
            ClearCourseSolutions,
            ClearOutput,
            CheckCellMetadata,
            ComputeChecksums,
        ]
        for name, notebook in notebooks.items():
            source = Path(scratch, notebook_path("solutions", name))
            source.parent.mkdir(parents=True)
            source.write_text(text_of(notebook), encoding="utf-8")
            config.CourseDirectory.assignment_id = name
            try:
                directory = CourseDirectory(config=config)
                GenerateAssignment(coursedir=directory, config=config, log=log).start()
            except Exception as error:
                raise LessonError(f"lessons/{name}.py:1: nbgrader: {said.last or error}") from None
            built = Path(scratch, notebook_path("course", name))
            texts[name] = text_of(nbformat.read(built, as_version=4))
    return texts


class _Said(logging.Handler):
    """Keeps what nbgrader said about the first error instead of printing pages."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR and "Traceback" in record.getMessage():
            self.last = self.last or record.getMessage().strip().split("\n")[-1]


def text_of(notebook: nbformat.NotebookNode) -> str:
    """A notebook as text: keys sorted, so that a rebuild gives the same bytes."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


# --------------------------------------------------------------------------------------------------
# The README's table


def lessons_table(lessons: list[Lesson], course: dict) -> str:
    """The table of lessons in Markdown."""
    rows = ["| Lesson | Minutes | Points | GPU | In the browser |", "|---|---|---|---|---|"]
    for lesson in lessons:
        path = notebook_path("course", lesson.name).as_posix()
        facts = f"{lesson.minutes} | {lesson.points} | {GPU[lesson.gpu]}"
        rows.append(f"| [{lesson.title}]({path}) | {facts} | {badge(lesson.name, course)} |")
    return "\n".join(rows)


def readme_with_table(text: str, table: str) -> str:
    """README's text with the table between its two markers replaced."""
    if text.count(TABLE_BEGIN) != 1 or text.count(TABLE_END) != 1:
        raise LessonError(f"README.md:1: needs one {TABLE_BEGIN} and one {TABLE_END}")
    pattern = re.escape(TABLE_BEGIN) + ".*?" + re.escape(TABLE_END)
    block = f"{TABLE_BEGIN}\n{table}\n{TABLE_END}"
    return re.sub(pattern, lambda _: block, text, flags=re.DOTALL)


# --------------------------------------------------------------------------------------------------
# All files


def find_lessons(root: Path, wanted: list[str]) -> list[Path]:
    """The sources of the wanted lessons (`01`, `01_slug` or a path), all of them by default."""
    every = sorted((root / "lessons").glob("*.py"))
    if not wanted:
        return every
    found = []
    for word in wanted:
        stem = Path(word).stem
        hits = [path for path in every if stem in (path.stem, path.stem[:2])]
        if not hits:
            names = ", ".join(path.stem for path in every) or "none"
            raise LessonError(f"no lesson {word!r}; there are: {names}")
        found += hits
    return sorted(set(found))


def render(root: Path, wanted: list[str] = (), lang: str = "en") -> dict[Path, str | None]:
    """{path: text} of all files that a build writes; None for a file that it removes."""
    with open(root / "pyproject.toml", "rb") as file:
        course = tomllib.load(file)["tool"]["course"]
    lessons, mistakes = [], []
    for path in find_lessons(root, list(wanted)):
        try:
            lessons.append(read_lesson(path, root))
        except LessonError as error:
            mistakes.append(str(error))
    if mistakes:
        raise LessonError("\n".join(mistakes))
    notebooks = {lesson.name: notebook_of(lesson, course, lang) for lesson in lessons}
    files: dict[Path, str | None] = {}
    for name, text in release(notebooks).items():
        files[notebook_path("solutions", name, lang)] = text_of(notebooks[name])
        files[notebook_path("course", name, lang)] = text
    if not wanted:
        for path in _left_over(root, notebooks, lang):
            files[path] = None
        readme = root / "README.md"
        if lang == "en" and readme.exists():
            table = lessons_table(lessons, course)
            files[Path("README.md")] = readme_with_table(readme.read_text("utf-8"), table)
    return files


def _left_over(root: Path, notebooks: dict, lang: str) -> list[Path]:
    """Notebooks of lessons that no longer exist."""
    found = []
    for top in ("solutions", "course"):
        folder = notebook_path(top, "x", lang).parts[0]
        for path in sorted((root / folder).glob("*/*.ipynb")):
            if path.stem == path.parent.name and path.stem not in notebooks:
                found.append(path.relative_to(root))
    return found


def differing(root: Path, files: dict[Path, str | None]) -> list[Path]:
    """The files whose text on disk is not the built one."""

    def now(path: Path) -> str | None:
        return (root / path).read_text("utf-8") if (root / path).exists() else None

    return sorted(path for path, text in files.items() if now(path) != text)


def swap_in(root: Path, files: dict[Path, str | None]) -> list[Path]:
    """Write what differs, each file at once; returns the notebooks that were put aside.

    A notebook in course/ that somebody has run keeps its work: it is renamed, not overwritten.
    """
    aside = []
    for path in differing(root, files):
        target, text = root / path, files[path]
        if path.parts[0].startswith("course") and _worked_in(target):
            kept = next(
                name
                for n in range(1, 1000)
                if not (name := target.with_name(f"{target.stem}.yours-{n}.ipynb")).exists()
            )
            target.rename(kept)
            aside.append(kept.relative_to(root))
        if text is None:
            target.unlink(missing_ok=True)
            if not any(target.parent.iterdir()):
                target.parent.rmdir()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".{target.name}.new")
        scratch.write_text(text, encoding="utf-8", newline="\n")
        os.replace(scratch, target)
    return aside


def _worked_in(path: Path) -> bool:
    """True for a notebook that was run: the build writes none with outputs."""
    if path.suffix != ".ipynb" or not path.exists():
        return False
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        return any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="build_lessons.py", description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="01 or 01_slug (default: all)")
    parser.add_argument("--check", action="store_true", help="fail if a build would change a file")
    parser.add_argument("--lang", choices=["en", "ja"], default="en", help="the edition to build")
    options = parser.parse_args(arguments)
    try:
        files = render(root, options.lessons, options.lang)
    except LessonError as error:
        print(error, file=sys.stderr)
        return 1
    notebooks = sum(path.suffix == ".ipynb" and text is not None for path, text in files.items())
    changed = differing(root, files)
    if options.check:
        for path in changed:
            print(f"{path.as_posix()} is not up to date; run `make build`", file=sys.stderr)
        if not changed:
            print(f"{notebooks} notebooks are up to date")
        return 1 if changed else 0
    aside = swap_in(root, files)
    print(f"{notebooks} notebooks, {len(changed)} files changed")
    for path in aside:
        print(f"somebody's work was kept: {path.as_posix()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
