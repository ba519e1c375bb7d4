"""Read a lesson's source, `lessons/NN_slug.py`, and say what is wrong with it, by line.

The format is jupytext's py:percent. The first lines are comments; one of them describes the lesson:

    # lesson: minutes=60 gpu="no" triton=false

Then come cells, each below a marker at the start of a line:

    # %% [markdown] id="kitchen"                    prose
    # %% id="predict-figure" tags=["figure"]        plain code
    # %% exercise="naive_attention"                 the learner's cell, with the answer in it
    # %% check="naive_attention__values" points=2   a docstring and one call
    # %% [markdown] id="kitchen" lang="ja"          the same prose in Japanese
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

# What a learner can take in: the one place where the limits stand.
MAX_CELL_LINES = 25  # lines with something on them, as released: an answer's own lines are free
MAX_CELLS = 48  # cells of a notebook, the set-up cell included

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
ANSWER = "### ANSWER"
STUB = 'raise NotImplementedError("YOUR CODE HERE")'
KERNEL_STUB = 'tl.static_assert(False, "YOUR CODE HERE")'
# nbgrader looks for these anywhere in a cell and stops, or cuts, where it finds one
RESERVED = ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "AUTOTEST", ANSWER)

LANGUAGES = ("ja",)  # twins may be in these; the lesson itself is in English
ATTRIBUTES = ("id", "exercise", "check", "points", "lang", "tags")
HEADER = {"minutes": int, "gpu": str, "triton": bool}
GPU = {"no": "not needed", "optional": "optional"}

_MARKER = re.compile(r"# ?%%(?P<rest>.*)$")
_ATTRIBUTE = re.compile(r'\s*(?P<key>[A-Za-z_]\w*)=(?P<value>"[^"]*"|\[[^\]]*\]|[\w.]+)(?=\s|$)')
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_ANSWER_LINE = re.compile(r"^(?P<left>\s*[A-Za-z_]\w* = ).*### ANSWER$")


class LessonError(Exception):
    """A mistake in a lesson's source. The text is one line: `lessons/01_x.py:57: what is wrong`."""


@dataclass
class Cell:
    """One cell of a lesson; `line` is its marker's line in the source, counted from 1."""

    line: int
    kind: str  # prose, code, exercise, check
    id: str
    source: str
    points: int = 0
    lang: str = "en"
    tags: list[str] = field(default_factory=list)
    first_line: int = 0  # the line of the source's first line


@dataclass
class Lesson:
    """A lesson as written: its name (NN_slug), title, header and cells of all languages."""

    name: str
    where: str  # the source as messages name it: lessons/NN_slug.py
    minutes: int
    gpu: str = "no"
    triton: bool = False
    cells: list[Cell] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.cells[0].source.split("\n")[0].removeprefix("# ").strip()

    @property
    def points(self) -> int:
        return sum(cell.points for cell in self.cells)

    def edition(self, lang: str = "en") -> list[Cell]:
        """The cells of one language: a twin takes the place of the cell that it translates."""
        twins = {c.id.removesuffix(f"-{lang}"): c for c in self.cells if c.lang == lang}
        return [twins.get(c.id, c) for c in self.cells if c.lang == "en"]


# --------------------------------------------------------------------------------------------------
# Reading


def read_lesson(path: Path, root: Path) -> Lesson:
    """The lesson in `path`, checked. Raises LessonError on the first mistake."""
    where = path.relative_to(root).as_posix()
    if not re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem):
        raise LessonError(f"{where}:1: a lesson is named NN_slug.py (two digits, lower case)")
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise LessonError(f"{where}:1: not UTF-8 text ({error.reason})") from None
    starts = [n for n, line in enumerate(lines) if _MARKER.match(line)]
    if not starts:
        raise LessonError(f"{where}:1: no cell: a cell begins with a line `# %%`")
    lesson = Lesson(path.stem, where, **_read_header(lines[: starts[0]], where))
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        lesson.cells.append(_read_cell(lines[start:stop], start + 1, where))
    check_lesson(lesson, root)
    return lesson


def _read_header(lines: list[str], where: str) -> dict:
    header: dict = {}
    for n, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            raise LessonError(f"{where}:{n}: only comments may stand before the first cell")
        if not line.startswith("# lesson:"):
            continue
        for key, value in _attributes(line.removeprefix("# lesson:"), f"{where}:{n}").items():
            if key not in HEADER:
                raise LessonError(f"{where}:{n}: unknown setting {key!r}; known: {_list(HEADER)}")
            if type(value) is not HEADER[key]:
                wanted = {int: "a whole number", bool: "true or false", str: "quoted"}
                raise LessonError(f"{where}:{n}: {key} must be {wanted[HEADER[key]]}")
            header[key] = value
    if header.get("gpu", "no") not in GPU:
        raise LessonError(f"{where}:1: gpu must be one of {_list(GPU)}")
    if "minutes" not in header:
        raise LessonError(f"{where}:1: no line `# lesson: minutes=60` before the first cell")
    return header


def _read_cell(lines: list[str], line: int, where: str) -> Cell:
    at = f"{where}:{line}"
    rest = _MARKER.match(lines[0])["rest"]
    if not lines[0].startswith("# %%") or (rest and not rest.startswith(" ")):
        raise LessonError(f"{at}: unknown marker `{lines[0].strip()}`; write `# %% id=...`")
    prose = bool(re.match(r" +\[markdown\](?= |$)", rest))
    attributes = _attributes(rest.replace("[markdown]", "", 1) if prose else rest, at)
    for key in attributes:
        if key not in ATTRIBUTES:
            raise LessonError(f"{at}: unknown attribute {key!r}; known: {_list(ATTRIBUTES)}")
    named = [key for key in ("id", "exercise", "check") if key in attributes]
    if len(named) != 1:
        problem = f"has both {' and '.join(named)}" if named else "has no id"
        raise LessonError(f"{at}: this cell {problem}; give it one of id, exercise, check")
    kind = {"id": "prose" if prose else "code"}.get(named[0], named[0])
    if prose and kind != "prose":
        raise LessonError(f"{at}: {named[0]} cells hold code, not [markdown]")
    if not isinstance(attributes[named[0]], str) or not _ID.fullmatch(attributes[named[0]]):
        raise LessonError(
            f'{at}: {named[0]} must be a "quoted" name of lower-case letters, digits, _ and - '
            "(60 at most)"
        )
    cell = Cell(line, kind, attributes[named[0]], "")
    _read_points(cell, attributes, at)
    _read_tags(cell, attributes, at)
    _read_language(cell, attributes, at)
    body = lines[1:]
    blank = next((n for n, text in enumerate(body) if text.strip()), len(body))
    cell.first_line = line + 1 + blank
    if kind == "prose":
        body = [_prose_line(text, f"{where}:{line + 1 + n}") for n, text in enumerate(body)]
    cell.source = "\n".join(text.rstrip() for text in body).strip("\n")
    if not cell.source:
        raise LessonError(f'{at}: cell "{cell.id}" is empty')
    return cell


def _attributes(text: str, at: str) -> dict:
    """`id="a" points=2 tags=["x"]` as a dict."""
    found: dict = {}
    while text.strip():
        match = _ATTRIBUTE.match(text)
        if not match:
            raise LessonError(f"{at}: cannot read `{text.strip()}`; write key=value pairs")
        try:
            value = json.loads(match["value"])
        except ValueError:
            raise LessonError(f'{at}: write {match["key"]}="{match["value"]}", quoted') from None
        if match["key"] in found:
            raise LessonError(f"{at}: {match['key']} is given twice")
        found[match["key"]] = value
        text = text[match.end() :]
    return found


def _read_points(cell: Cell, attributes: dict, at: str) -> None:
    if cell.kind == "check":
        cell.points = attributes.get("points", 0)
        if type(cell.points) is not int or cell.points < 1:
            raise LessonError(f'{at}: check "{cell.id}" has no points; add points=1 or more')
    elif "points" in attributes:
        raise LessonError(f'{at}: "{cell.id}" has points, but points belong to checks')


def _read_tags(cell: Cell, attributes: dict, at: str) -> None:
    cell.tags = attributes.get("tags", [])
    if not isinstance(cell.tags, list) or not all(isinstance(tag, str) for tag in cell.tags):
        raise LessonError(f'{at}: tags must be a list, tags=["name"]')


def _read_language(cell: Cell, attributes: dict, at: str) -> None:
    if "lang" not in attributes:
        return
    cell.lang = attributes["lang"]
    if cell.lang not in LANGUAGES:
        raise LessonError(f"{at}: unknown lang {cell.lang!r}; known: {_list(LANGUAGES)}")
    if cell.kind != "prose":
        raise LessonError(f'{at}: "{cell.id}" has a lang, but code is shared by all languages')
    cell.id += f"-{cell.lang}"


def _prose_line(text: str, at: str) -> str:
    text = text.rstrip()
    if text and text != "#" and not text.startswith("# "):
        raise LessonError(f"{at}: a line of prose begins with `# `")
    return text[2:]


# --------------------------------------------------------------------------------------------------
# Mistakes


def check_lesson(lesson: Lesson, root: Path) -> None:
    """Raise LessonError on the first mistake of the lesson as a whole."""
    title = lesson.cells[0]
    if title.kind != "prose" or not title.source.startswith("# "):
        raise LessonError(
            f"{lesson.where}:{title.line}: the first cell must be the title, `# # NN ...`"
        )
    _check_ids(lesson)
    for cell in lesson.cells:
        _check_markers(cell, lesson.where)
        if cell.kind != "prose":
            _parse(cell, lesson.where)
        size = sum(1 for line in released(cell).split("\n") if line.strip())
        if size > MAX_CELL_LINES:
            raise LessonError(
                f'{lesson.where}:{cell.line}: cell "{cell.id}" has {size} lines; '
                f"the limit is {MAX_CELL_LINES}"
            )
    _check_checks(lesson, root)
    cells = len(lesson.edition()) + 1
    if cells > MAX_CELLS:
        line = lesson.edition()[MAX_CELLS - 1].line
        raise LessonError(f"{lesson.where}:{line}: {cells} cells; the limit is {MAX_CELLS}")


def _check_ids(lesson: Lesson) -> None:
    first: dict[str, Cell] = {}
    for cell in lesson.cells:
        at = f"{lesson.where}:{cell.line}"
        if cell.id == "setup":
            raise LessonError(f'{at}: id "setup" is the set-up cell\'s, which the build adds')
        if cell.id in first:
            raise LessonError(f'{at}: id "{cell.id}" is already used in line {first[cell.id].line}')
        first[cell.id] = cell
        original = first.get(cell.id.removesuffix(f"-{cell.lang}"))
        if cell.lang != "en" and (original is None or original.kind != "prose"):
            raise LessonError(f'{at}: "{cell.id}" is the twin of no prose cell above it')


def _check_markers(cell: Cell, where: str) -> None:
    """Solution markers stand alone, in pairs, in exercises only."""
    open_line = 0
    answers = 0
    for n, text in enumerate(cell.source.split("\n"), cell.first_line):
        at = f"{where}:{n}"
        word = next((word for word in RESERVED if word in text), None)
        if word is None:
            continue
        if cell.kind != "exercise":
            raise LessonError(
                f'{at}: "{word}" in {cell.kind} cell "{cell.id}": nbgrader acts on it'
            )
        if text.strip() == BEGIN:
            if open_line:
                raise LessonError(f"{at}: {BEGIN} again; the one in line {open_line} has no end")
            open_line, answers = n, answers + 1
        elif text.strip() == END:
            if not open_line:
                raise LessonError(f"{at}: {END} without a {BEGIN} above it")
            open_line = 0
        elif text.endswith(ANSWER) and not open_line:
            if not (_ANSWER_LINE.match(text) and _is_code(text.strip())):
                raise LessonError(f"{at}: an answer of one line is `name = value  {ANSWER}`")
            answers += 1
        else:
            raise LessonError(f'{at}: "{word}" must be a marker on a line of its own')
    if open_line:
        raise LessonError(f"{where}:{open_line}: {BEGIN} has no {END}")
    if cell.kind == "exercise" and not answers:
        raise LessonError(
            f'{where}:{cell.line}: exercise "{cell.id}" has no answer; put it between {BEGIN} '
            f"and {END}, or write `name = value  {ANSWER}`"
        )


def _is_code(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _parse(cell: Cell, where: str) -> ast.Module:
    try:
        ast.parse(released(cell))
        return ast.parse(cell.source)
    except SyntaxError as error:
        line = cell.first_line + (error.lineno or 1) - 1
        raise LessonError(f'{where}:{line}: cell "{cell.id}": {error.msg}') from None


def _check_checks(lesson: Lesson, root: Path) -> None:
    module = root / "flashlab" / "checks" / f"lesson_{lesson.name}.py"
    known = _functions(module)
    exercises: dict[str, Cell] = {}
    checked: set[str] = set()
    names: set[str] = set()
    for cell in lesson.cells:
        at = f"{lesson.where}:{cell.line}"
        if cell.kind == "exercise":
            exercises[cell.id] = cell
        if cell.kind == "check":
            exercise, separator, prop = cell.id.partition("__")
            if not (separator and prop) or exercise not in exercises:
                raise LessonError(f'{at}: check "{cell.id}" belongs to no exercise above it')
            checked.add(exercise)
            _check_call(cell, names, lesson.where)
            if cell.id not in known:
                place = module.relative_to(root).as_posix()
                raise LessonError(f'{at}: check "{cell.id}" is not a function of {place}')
        elif cell.kind != "prose":
            names |= _top_level_names(_parse(cell, lesson.where))
    for exercise, cell in exercises.items():
        if exercise not in checked:
            raise LessonError(f'{lesson.where}:{cell.line}: exercise "{exercise}" has no check')


def _check_call(cell: Cell, names: set[str], where: str) -> None:
    """A check is a docstring, then `check.ID(name, ...)`, and nothing else."""
    at = f"{where}:{cell.line}"
    body = _parse(cell, where).body
    first = body[0].value if body and isinstance(body[0], ast.Expr) else None
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
        raise LessonError(f'{at}: check "{cell.id}" must begin with a docstring: the property')
    call = body[1].value if len(body) == 2 and isinstance(body[1], ast.Expr) else None
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != f"check.{cell.id}":
        raise LessonError(
            f'{at}: after its docstring, check "{cell.id}" must be one call check.{cell.id}(...)'
        )
    bare = all(isinstance(argument, ast.Name) for argument in call.args)
    if not bare or call.keywords or not call.args:
        raise LessonError(f'{at}: check "{cell.id}" takes the bare names of answers, nothing else')
    for argument in call.args:
        if argument.id not in names:
            raise LessonError(f'{at}: check "{cell.id}": no cell above defines {argument.id}')


def _top_level_names(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        else:
            stores = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            names |= {n.id for n in stores if isinstance(n.ctx, ast.Store)}
    return names


def _functions(module: Path) -> set[str]:
    if not module.exists():
        return set()
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _list(words) -> str:
    return ", ".join(words)


# --------------------------------------------------------------------------------------------------
# Stubs


def released(cell: Cell) -> str:
    """The cell as the learner gets it: answers taken out, stubs put in."""
    return clear_answers(cell.source) if cell.kind == "exercise" else cell.source


def clear_answers(source: str) -> str:
    """Regions between the markers become stubs, `name = value  ### ANSWER` becomes `name = ...`.

    Inside a `@triton.jit` function the stub is a static_assert: Triton compiles no `raise`.
    """
    kernels = _kernel_lines(source)
    kept: list[str] = []
    inside = False
    for n, line in enumerate(source.split("\n"), 1):
        if line.strip() == BEGIN:
            indent = line[: len(line) - len(line.lstrip())]
            kept.append(indent + (KERNEL_STUB if n in kernels else STUB))
            inside = True
        elif line.strip() == END:
            inside = False
        elif not inside:
            answer = _ANSWER_LINE.match(line)
            kept.append(answer["left"] + "..." if answer else line)
    return "\n".join(kept)


def _kernel_lines(source: str) -> set[int]:
    """The lines of functions decorated with `triton.jit` (or `jit`)."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set()
    lines: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
        if any(ast.unparse(d) in ("triton.jit", "jit") for d in decorators):
            lines |= set(range(node.lineno, node.end_lineno + 1))
    return lines
