"""A kernel's Python, made ready for the interpreter, and the way back to the line it came from.

Triton's interpreter rewrites `x = value` so that a plain number becomes a tensor, as it would in
the compiler. It does so with a name that it puts, with a hundred others, into the notebook's
globals. The rewrite here hands that function in through a closure: the globals stay as they are,
and are still looked up at each call, so that helpers and constants may be redefined.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
import types
import weakref
from typing import NamedTuple

import triton.language as tl
from triton.runtime import interpreter as I

from flashlab.interpreter.faults import KernelFault, place_of

_HIDDEN = "__to_tensor"
_BUILTINS = {"min": "__minimum", "max": "__maximum"}  # Python's, where the compiler has Triton's
_rewritten: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
_definitions: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # code -> its syntax tree
kernel_files: set[str] = set()  # where learners' kernels and helpers stand
_triton_folder = I.__file__.rpartition("runtime")[0]


class Site(NamedTuple):
    """A place in a learner's kernel."""

    filename: str
    line: int
    function: str
    code: str  # the line's text, without indent
    node: ast.AST | None  # the expression that was being run, where Python tells it


def rewritten(fn) -> types.FunctionType:
    """`fn` with its assignments rewritten; `fn` itself where its source cannot be had."""
    made = _rewritten.get(fn)
    if made is None:
        made = _rewrite(fn)
        _rewritten[fn] = made
        if not made.__code__.co_filename.startswith(_triton_folder):
            kernel_files.add(made.__code__.co_filename)
    return made


def _rewrite(fn) -> types.FunctionType:
    try:
        lines, first = inspect.getsourcelines(fn)
        tree = ast.parse(textwrap.dedent("".join(lines)))
        definition = next(n for n in tree.body if isinstance(n, ast.FunctionDef))
    except (OSError, TypeError, SyntaxError, StopIteration):
        return fn
    definition.decorator_list, definition.returns = [], None
    arguments = definition.args
    for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        a.annotation = None
    arguments.defaults = []
    arguments.kw_defaults = [None] * len(arguments.kwonlyargs)
    ast.increment_lineno(definition, first - 1)
    taken = {*fn.__globals__, *fn.__code__.co_varnames, *fn.__code__.co_freevars}
    rewriter = _Rewriter({name for name in _BUILTINS if name not in taken})
    rewriter.visit(definition)
    if rewriter.refused is not None:
        node = rewriter.refused
        raise KernelFault(
            "error",
            "Triton takes one target an assignment; write two lines.",
            line=node.lineno,
            code=linecache.getline(fn.__code__.co_filename, node.lineno).strip(),
            function=fn.__name__,
            place=place_of(fn.__code__.co_filename),
        )
    cells = dict(zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True))
    # the code object of the function, with the hidden name and its own outer names as free ones
    hidden = {_HIDDEN: _to_tensor, "__minimum": _minimum, "__maximum": _maximum}
    outer = ast.parse(f"def outer({', '.join([*hidden, *cells])}): pass")
    outer.body[0].body = [definition]
    module = compile(ast.fix_missing_locations(outer), fn.__code__.co_filename, "exec")
    outer_code = next(c for c in module.co_consts if isinstance(c, types.CodeType))
    code = next(c for c in outer_code.co_consts if isinstance(c, types.CodeType))
    cells |= {name: types.CellType(value) for name, value in hidden.items()}
    closure = tuple(cells[name] for name in code.co_freevars)
    made = types.FunctionType(code, fn.__globals__, fn.__name__, fn.__defaults__, closure)
    made.__kwdefaults__ = fn.__kwdefaults__
    _definitions[code] = definition
    return made


def _to_tensor(value):
    return I.interpreter_semantic.to_tensor(value, False)


def _minimum(a, b):
    return tl.minimum(a, b) if isinstance(a, tl.tensor) or isinstance(b, tl.tensor) else min(a, b)


def _maximum(a, b):
    return tl.maximum(a, b) if isinstance(a, tl.tensor) or isinstance(b, tl.tensor) else max(a, b)


class _Rewriter(ast.NodeTransformer):
    """`x = value` makes a tensor of a number; min and max of two become Triton's."""

    def __init__(self, builtins: set[str]) -> None:
        self.builtins = builtins
        self.refused: ast.Assign | None = None

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self.builtins:
            if len(node.args) == 2 and not node.keywords:
                node.func.id = _BUILTINS[node.func.id]
        return node

    def visit_Assign(self, node):
        self.generic_visit(node)
        if len(node.targets) > 1:
            self.refused = self.refused or node
        node.value = ast.copy_location(
            ast.Call(ast.Name(_HIDDEN, ast.Load()), [node.value], []), node.value
        )
        return node


# --------------------------------------------------------------------------------------------------
# From a running frame to the learner's line


def learners_frame(frame):
    """The innermost frame, from `frame` outward, that is a learner's kernel or helper; or None."""
    while frame is not None and frame.f_code.co_filename not in kernel_files:
        frame = frame.f_back
    return frame


def site_of(frame, lasti: int | None = None, line: int | None = None) -> Site:
    """The place a frame has reached, or the one that a traceback's entry (lasti, line) names."""
    code = frame.f_code
    line = line or frame.f_lineno
    lasti = frame.f_lasti if lasti is None else lasti
    node = _node(code, lasti)
    text = linecache.getline(code.co_filename, line).strip()
    return Site(code.co_filename, line, code.co_name, text, node)


def _node(code, lasti: int) -> ast.AST | None:
    """The expression whose instruction is at `lasti`."""
    definition = _definitions.get(code)
    if definition is None or lasti < 0:
        return None
    start, end, left, right = list(code.co_positions())[lasti // 2]
    for node in ast.walk(definition):
        if not isinstance(node, ast.expr) or _is_hidden(node):
            continue
        where = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
        if where == (start, end, left, right):
            return node
    return None


def _is_hidden(node: ast.expr) -> bool:
    """Whether the rewriting put it there."""
    name = node.func if isinstance(node, ast.Call) else node
    return isinstance(name, ast.Name) and name.id == _HIDDEN


def values_of(frame, names: set[str]) -> list[ast.expr]:
    """What a frame's function assigns to these names, wherever it does."""
    definition = _definitions.get(frame.f_code)
    return [
        node.value
        for node in ast.walk(definition or ast.Pass())
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id in names for t in node.targets)
    ]


def nodes_on(frame) -> list[ast.AST]:
    """Every node of a frame's function that covers the line it has reached."""
    definition = _definitions.get(frame.f_code)
    line = frame.f_lineno
    return [
        node
        for node in ast.walk(definition or ast.Pass())
        if getattr(node, "lineno", line + 1) <= line <= (getattr(node, "end_lineno", 0) or 0)
    ]
