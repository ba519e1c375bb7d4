"""Lift a Triton kernel out of a notebook's cells: its source, without running any of it.

Taken are the @triton.jit functions that the kernel reaches, the constants that they name and the
names under which triton was imported. They are run by the grader's own harness, in Python, so they
may hold only what a kernel needs: arithmetic, control flow, and calls of triton.language, of each
other and of a few built-in functions. Everything else is refused by its line.
"""

from __future__ import annotations

import ast
import contextlib
import warnings
from dataclasses import asdict, dataclass, field
from functools import lru_cache

# of triton.language; what is missing here cannot be named in a graded kernel
LANGUAGE = set(
    """
    PropagateNan abs add advance arange argmax argmin associative_scan assume atomic_add
    atomic_and atomic_cas atomic_max atomic_min atomic_or atomic_xchg atomic_xor bfloat16
    bitonic_merge block_type broadcast broadcast_to cast cat cdiv ceil clamp constexpr cos
    cumprod cumsum debug_barrier device_assert device_print div_rn dot dot_scaled dtype erf exp
    exp2 expand_dims fdiv flip float16 float32 float64 float8e4b15 float8e4b8 float8e4nv
    float8e5 float8e5b16 floor fma full gather histogram int1 int16 int32 int64 int8 interleave
    join load load_tensor_descriptor log log2 make_block_ptr make_tensor_descriptor max
    max_constancy max_contiguous maximum min minimum multiple_of num_programs permute philox
    pi32_t pointer_type program_id rand rand4x randint randint4x randn randn4x range ravel
    reduce reduce_or reshape rsqrt sigmoid sin softmax sort split sqrt sqrt_rn squeeze
    static_assert static_print static_range store store_tensor_descriptor sub sum swizzle2d
    tensor topk trans tuple uint16 uint32 uint64 uint8 umulhi unsqueeze view void where xor_sum
    zeros zeros_like
    """.split()
)
# of tensors, pointers and types
MEMBERS = set(
    """
    T abs advance argmax argmin associative_scan atomic_add atomic_max atomic_min broadcast_to
    cast cdiv cumprod cumsum dtype element_ty exp exp2 expand_dims flip gather histogram
    int_bitwidth is_bf16 is_block is_floating is_fp16 is_fp32 is_int is_ptr load log log2
    logical_and logical_or max min name numel permute primitive_bitwidth ravel reduce reshape
    rsqrt scalar shape sigmoid softmax sort split sqrt store sum to trans type value view
    xor_sum
    """.split()
)
BUILTINS = ("abs", "bool", "float", "int", "len", "max", "min", "print", "range")
MAX_NODES = 5000
MAX_CELL = 1 << 16  # characters: a longer cell holds no kernel
MAX_CELLS = 1 << 19  # of all cells that are looked at; a syntax tree takes a thousand times as much
_STATEMENTS = (
    ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.For, ast.While, ast.If, ast.Return,
    ast.Pass, ast.Break, ast.Continue, ast.Assert,
)  # fmt: skip
_EXPRESSIONS = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant,
    ast.Tuple, ast.List, ast.Subscript, ast.Slice, ast.Attribute, ast.keyword, ast.operator,
    ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip


class Refused(Exception):
    """A kernel holds what cannot be graded. The text says where and what."""


@dataclass
class Kernel:
    """What the harness needs of one kernel. Plain data."""

    name: str
    functions: list[list] = field(default_factory=list)  # [name, number of cell, line, text]
    constants: dict[str, str] = field(default_factory=dict)  # name -> expression
    modules: list[str] = field(default_factory=list)  # names of triton.language
    triton: list[str] = field(default_factory=list)  # names of triton

    def plain(self) -> dict:
        return asdict(self)


def lift(cells: list[str], name: str) -> Kernel | None:
    """The kernel that `name` stands for after these cells; None when it is no kernel.

    Raises Refused.
    """
    found, room = _Found(), MAX_CELLS
    for number, source in enumerate(cells):
        if len(source) <= min(MAX_CELL, room):
            room -= len(source)
            found.read(source, number)
    name = found.resolved(name)
    if name not in found.functions:
        return None
    made = Kernel(name, modules=sorted(found.modules), triton=sorted(found.triton))
    todo, done = [name], set()
    while todo:
        one = todo.pop()
        if one in done:
            continue
        done.add(one)
        if one in found.functions:
            node, number, source = found.functions[one]
            _Check(found, node).function()
            text = "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno]) + "\n"
            made.functions.append([node.name, number, node.lineno, text])
            todo += _loaded(node)
        elif one in found.constants:
            value = found.constants[one]
            if isinstance(value, ast.Name) and value.id in found.functions:
                todo.append(value.id)
            made.constants[one] = ast.unparse(value)
            todo += _loaded(value)
    return made


class _Found:
    """What the cells bind at their top level, the last binding of each name."""

    def __init__(self) -> None:
        self.functions: dict[str, tuple[ast.FunctionDef, int, str]] = {}
        self.constants: dict[str, ast.expr] = {}
        self.modules, self.triton = {"tl"}, {"triton"}

    def read(self, source: str, number: int) -> None:
        source = _without_magics(source)
        for node in _statements(source):
            if isinstance(node, ast.FunctionDef):
                self._forget(node.name)
                if any(map(_is_jit, node.decorator_list)):
                    self.functions[node.name] = node, number, source
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    self._bind(target, node.value)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                self._import(node)

    def _bind(self, target, value) -> None:
        for inner in ast.walk(target):
            if isinstance(inner, ast.Name):
                self._forget(inner.id, keep=value)
        with contextlib.suppress(RecursionError):  # a sum of a thousand terms is no constant
            if isinstance(target, ast.Name) and _is_constant(value, self):
                self.constants[target.id] = value

    def _forget(self, name: str, keep: ast.expr | None = None) -> None:
        if isinstance(keep, ast.Name) and keep.id == name:
            return
        self.functions.pop(name, None)
        self.constants.pop(name, None)

    def _import(self, node) -> None:
        for alias in node.names:
            module = alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
            bound = alias.asname or alias.name.partition(".")[0]
            if module == "triton.language" and (alias.asname or isinstance(node, ast.ImportFrom)):
                self.modules.add(bound)
            elif module == "triton":
                self.triton.add(bound)

    def resolved(self, name: str) -> str:
        """The function that `name` is another name of."""
        for _ in range(10):
            value = self.constants.get(name)
            if not isinstance(value, ast.Name):
                break
            name = value.id
        return name


class _Check:
    """Refuses whatever a kernel does not need."""

    def __init__(self, found: _Found, node: ast.FunctionDef) -> None:
        self.found, self.node = found, node

    def function(self) -> None:
        node, arguments = self.node, self.node.args
        if arguments.vararg or arguments.kwarg:
            self.refuse(node, "* and ** parameters")
        if getattr(node, "type_params", ()):
            self.refuse(node, "type parameters")
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for part in [*arguments.defaults, *(d for d in arguments.kw_defaults if d)]:
            if not _is_constant(part, self.found):
                self.refuse(part, "code in the header")
        for part in [*(a.annotation for a in every if a.annotation), node.returns]:
            if part is not None and not _is_constant(part, self.found):
                self.refuse(part, "code in the header")
        inside = [n for statement in node.body for n in ast.walk(statement)]
        if len(inside) > MAX_NODES:
            self.refuse(node, "so much code")
        for inner in inside:
            self.node_is_allowed(inner)

    def node_is_allowed(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name) and node.id.startswith("__"):
            self.refuse(node, f"`{node.id}`")
        if isinstance(node, ast.Attribute):
            self.attribute(node)
        elif isinstance(node, ast.Call):
            self.call(node)
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not all(_is_name_or_tuple(t) for t in targets):
                self.refuse(node, "an assignment to a part of something")
        elif isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            self.refuse(node, "bytes")
        elif not isinstance(node, (*_STATEMENTS, *_EXPRESSIONS)):
            self.refuse(node, f"`{type(node).__name__}`")

    def attribute(self, node: ast.Attribute) -> None:
        base, name = node.value, node.attr
        if isinstance(base, ast.Name) and base.id in self.found.modules:
            allowed = name in LANGUAGE or name == "math"
        elif isinstance(base, ast.Name) and base.id in self.found.triton:
            allowed = name in ("language", "cdiv", "next_power_of_2")
        elif isinstance(base, ast.Attribute) and base.attr in ("math", "language"):
            allowed = name in LANGUAGE or (base.attr == "language" and name == "math")
        else:
            allowed = name in MEMBERS
        if not allowed:
            self.refuse(node, f"`.{name}`")

    def call(self, node: ast.Call) -> None:
        if any(isinstance(a, ast.Starred) for a in node.args) or not all(
            k.arg for k in node.keywords
        ):
            self.refuse(node, "* and ** arguments")
        if not isinstance(node.func, (ast.Name, ast.Attribute)):
            self.refuse(node, "a call of something without a name")

    def refuse(self, node: ast.AST, what: str) -> None:
        line = getattr(node, "lineno", self.node.lineno)
        raise Refused(
            f"{self.node.name} is graded from its source alone, and line {line} of its cell has "
            f"{what}, which no kernel needs."
        )


def forget() -> None:
    """Drop what is kept of the cells of one submission."""
    _statements.cache_clear()


@lru_cache(maxsize=256)  # every check looks at the same cells
def _statements(source: str) -> tuple[ast.stmt, ...]:
    """The statements of a cell; none where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _without_magics(source: str) -> str:
    """Lines that are IPython's, not Python's, emptied."""
    lines = source.splitlines()
    return "\n".join("" if line.lstrip()[:1] in ("%", "!", "?") else line for line in lines)


def _is_jit(node: ast.expr) -> bool:
    node = node.func if isinstance(node, ast.Call) else node
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) == "jit"


def _is_name_or_tuple(node: ast.expr) -> bool:
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(map(_is_name_or_tuple, node.elts))
    return isinstance(node, ast.Name)


def _is_constant(node: ast.expr, found: _Found) -> bool:
    """Literals, arithmetic, names, triton.language's names, and calls of constexpr and float."""
    if isinstance(node, (ast.Constant, ast.Name)):
        return not (isinstance(node, ast.Name) and node.id.startswith("_"))
    if isinstance(node, ast.Attribute):
        base = node.value
        known = isinstance(base, ast.Name) and base.id in found.modules
        return known and node.attr in LANGUAGE
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand, found)
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left, found) and _is_constant(node.right, found)
    if isinstance(node, ast.Call) and not node.keywords:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
        named = getattr(called, "id", called) in ("constexpr", "float")
        return named and all(_is_constant(a, found) for a in node.args)
    return False


def _loaded(node: ast.AST) -> list[str]:
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
