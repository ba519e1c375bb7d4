"""From a kernel, wherever it was written, to the source of a module that the compiler can import.

The module holds the kernel, every @triton.jit helper that it reaches, the constants they name and
the imports they need, and nothing else: no launch, no print, no other cell. From live functions the
names are looked up in their globals; from source text they are found by reading it, without running
any of it.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import types
from dataclasses import dataclass

from flashlab.errors import FlashlabError

_JIT_CLASSES = ("JITFunction", "InterpretedFunction", "Autotuner", "Heuristics")


class SourceError(FlashlabError, ValueError):
    """The source of a kernel cannot be had, or holds no kernel of that name."""


@dataclass(frozen=True)
class Function:
    """One @triton.jit function: its text from `def` on, and where it stands."""

    name: str
    text: str
    line: int  # of its `def`, in the file or the notebook cell; from 1
    place: str  # "cell" or a file name


@dataclass(frozen=True)
class Parameter:
    name: str
    constexpr: bool
    default: object = inspect.Parameter.empty


@dataclass(frozen=True)
class Bundle:
    """All that the compiler needs of a kernel."""

    name: str
    module: str  # source text of the module
    functions: tuple[Function, ...]
    parameters: tuple[Parameter, ...]
    tuned: tuple[tuple[str, object], ...] = ()  # an autotuned kernel's first configuration
    not_specialized: frozenset[str] = frozenset()


def is_jit(value) -> bool:
    return type(value).__name__ in _JIT_CLASSES


def python_function(kernel):
    """The plain function inside a @triton.jit kernel, autotuned or not."""
    fn = kernel
    while fn is not None and not inspect.isfunction(fn):
        fn = getattr(fn, "fn", None)
    if fn is None:
        raise SourceError(f"{kernel!r} is not a @triton.jit kernel")
    return fn


# --------------------------------------------------------------------------------------------------
# From live functions


def collect(kernel) -> Bundle:
    """The bundle of a kernel that exists as an object: in a notebook's cells, a module, a test."""
    top = python_function(kernel)
    imports: dict[str, str] = {"tl": "import triton.language as tl"}
    constants: dict[str, str] = {}
    aliases: dict[str, str] = {}
    functions: dict[types.FunctionType, Function] = {}

    def visit(fn) -> None:
        if fn in functions:
            return
        found = _function(fn)
        if any(f.name == found.name for f in functions.values()):
            raise SourceError(f"two different helpers are called {found.name}; rename one")
        functions[fn] = found
        scope = {**fn.__globals__, **inspect.getclosurevars(fn).nonlocals}
        for name in sorted(_names(found.text) - set(inspect.signature(fn).parameters)):
            if name in scope:
                bind(name, scope[name])

    def bind(name: str, value) -> None:
        if isinstance(value, types.ModuleType):
            imports[name] = f"import {value.__name__} as {name}"
        elif is_jit(value):
            inner = python_function(value)
            if (inner.__module__ or "").split(".")[0] == "triton":
                imports[name] = f"from {inner.__module__} import {inner.__name__} as {name}"
                return
            visit(inner)
            if name != inner.__name__:
                aliases[name] = f"{name} = {inner.__name__}"
        elif (text := _constant(value)) is not None:
            constants[name] = f"{name} = {text}"
        elif str(getattr(value, "__module__", "")).split(".")[0] == "triton":
            imports[name] = f"from {value.__module__} import {value.__name__} as {name}"
        # anything else is left out: the compiler then says that the name is not defined

    visit(top)
    ordered = list(functions.values())[::-1]  # helpers before the kernel, for the reader
    tuned = _first_config(kernel)
    return Bundle(
        top.__name__,
        _module(imports, constants, ordered, aliases),
        tuple(ordered),
        _parameters_of(top),
        tuned,
        frozenset(_not_specialized(kernel)),
    )


def _function(fn) -> Function:
    try:
        lines, first = inspect.getsourcelines(fn)
    except (OSError, TypeError):
        raise SourceError(
            f"the source of {fn.__name__} cannot be read (was it made by exec?); "
            "give its text to flashlab.compile_source instead"
        ) from None
    text = textwrap.dedent("".join(lines))
    start = re.search(r"^def\s+\w+\s*\(", text, re.MULTILINE)
    if start is None:
        raise SourceError(f"{fn.__name__} is not written as `def {fn.__name__}(...)`")
    above = text[: start.start()].count("\n")
    file = fn.__code__.co_filename
    in_cell = "ipykernel" in file or file.startswith("<ipython")
    return Function(fn.__name__, text[start.start() :], first + above, "cell" if in_cell else file)


def _constant(value) -> str | None:
    """Source of a global that a kernel names, or None. Plain numbers are written as they are: the
    compiler refuses them, as it would on a GPU."""
    kind = type(value).__name__
    if kind == "constexpr":
        inner = _constant(value.value)
        return None if inner is None else f"tl.constexpr({inner})"
    if isinstance(value, (bool, int, float, str, type(None))):
        text = repr(value)
        return f'float("{text}")' if text in ("inf", "-inf", "nan") else text
    if kind == "dtype" and type(value).__module__.startswith("triton"):
        return f"tl.dtype({value.name!r})"
    return None


def _names(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def _first_config(kernel) -> tuple[tuple[str, object], ...]:
    while kernel is not None and not inspect.isfunction(kernel):
        for config in getattr(kernel, "configs", None) or ():
            return tuple(
                {
                    **config.kwargs,
                    "num_warps": config.num_warps,
                    "num_stages": config.num_stages,
                }.items()
            )
        kernel = getattr(kernel, "fn", None)
    return ()


def _not_specialized(kernel) -> set[str]:
    while type(kernel).__name__ in ("Autotuner", "Heuristics"):
        kernel = kernel.fn
    listed = getattr(kernel, "do_not_specialize", None)
    listed = listed or getattr(kernel, "kwargs", {}).get("do_not_specialize") or ()
    names = list(inspect.signature(python_function(kernel)).parameters)
    return {names[x] if isinstance(x, int) else x for x in listed}


def _parameters_of(fn) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(p.name, "constexpr" in str(p.annotation), p.default)
        for p in inspect.signature(fn).parameters.values()
    )


# --------------------------------------------------------------------------------------------------
# From text


def parse(source: str, name: str | None = None, place: str = "source") -> Bundle:
    """The bundle of the kernel `name` in source text (a cell, a file); nothing of it is run.

    Kept: imports of triton, functions decorated with jit, and constants made of literals.
    name: the kernel; may be left out when the text holds exactly one that no other one calls.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise SourceError(f"line {error.lineno}: {error.msg}") from None
    imports, constants, functions, nodes, lists = (
        {"tl": "import triton.language as tl"},
        {},
        {},
        {},
        {},
    )
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            _keep_import(node, imports)
        elif isinstance(node, ast.FunctionDef) and any(
            _is_jit_mark(d) for d in node.decorator_list
        ):
            _refuse_code_in_header(node)
            text = "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno]) + "\n"
            functions[node.name] = Function(node.name, text, node.lineno, place)
            nodes[node.name] = node
            lists[node.name] = _listed_not_specialized(node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if _is_constant(node.value) and all(isinstance(t, ast.Name) for t in targets):
                for target in targets:
                    constants[target.id] = f"{target.id} = {ast.unparse(node.value)}"
    if name is None:
        called = {n for f in functions.values() for n in _names(f.text) if n != f.name}
        tops = [n for n in functions if n not in called]
        if len(tops) != 1:
            found = ", ".join(functions) or "none"
            raise SourceError(f"which kernel? name one of the @triton.jit functions: {found}")
        name = tops[0]
    if name not in functions:
        found = ", ".join(functions) or "none"
        raise SourceError(f"no @triton.jit function is called {name!r}; found: {found}")
    return Bundle(
        name,
        _module(imports, constants, list(functions.values()), {}),
        tuple(functions.values()),
        _parameters_in(nodes[name]),
        not_specialized=frozenset(lists[name]),
    )


def _keep_import(node, imports: dict[str, str]) -> None:
    for alias in node.names:
        base = alias.name if isinstance(node, ast.Import) else (node.module or "")
        if base.split(".")[0] not in ("triton", "math"):
            continue
        if isinstance(node, ast.Import):
            imports[alias.asname or alias.name] = ast.unparse(ast.Import([alias]))
        elif not node.level:
            text = ast.unparse(ast.ImportFrom(node.module, [alias], 0))
            imports[alias.asname or alias.name] = text


def _is_jit_mark(node) -> bool:
    node = node.func if isinstance(node, ast.Call) else node
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) == "jit"


def _is_constant(node) -> bool:
    """Literals, arithmetic on them, names, tl.something, and calls of constexpr or float."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, (ast.Name, ast.Attribute)):
        return isinstance(node, ast.Name) or _is_constant(node.value)
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left) and _is_constant(node.right)
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
        called = getattr(called, "id", called)
        return called in ("constexpr", "float") and all(map(_is_constant, node.args))
    return False


def _refuse_code_in_header(node: ast.FunctionDef) -> None:
    a = node.args
    marks = [p.annotation for p in (*a.posonlyargs, *a.args, *a.kwonlyargs) if p.annotation]
    for part in [*a.defaults, *(d for d in a.kw_defaults if d), *marks]:
        if not _is_constant(part):
            raise SourceError(f"line {part.lineno}: {node.name} has code in its header")


def _listed_not_specialized(node: ast.FunctionDef) -> list[str]:
    names = [p.arg for p in node.args.args]
    for mark in node.decorator_list:
        for key in getattr(mark, "keywords", ()):
            if key.arg == "do_not_specialize":
                try:
                    listed = ast.literal_eval(key.value)
                except ValueError:
                    return []
                return [names[x] if isinstance(x, int) else x for x in listed]
    return []


def _parameters_in(node: ast.FunctionDef) -> tuple[Parameter, ...]:
    args = [*node.args.posonlyargs, *node.args.args]
    missing = [None] * (len(args) - len(node.args.defaults))
    pairs = [*zip(args, [*missing, *node.args.defaults], strict=True)]
    pairs += zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    out = []
    for arg, default in pairs:
        mark = ast.unparse(arg.annotation) if arg.annotation else ""
        value = inspect.Parameter.empty
        if default is not None:
            try:
                value = ast.literal_eval(default)
            except ValueError:
                value = inspect.Parameter.empty
        out.append(Parameter(arg.arg, "constexpr" in mark, value))
    return tuple(out)


def _module(imports, constants, functions, aliases) -> str:
    bodies = [f"@triton.jit\n{f.text}" for f in functions]
    head = ["import triton", *dict.fromkeys(imports.values()), *constants.values()]
    return "\n".join([*head, "", *bodies, *aliases.values()]) + "\n"
