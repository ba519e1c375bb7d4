"""What every fault says alike, and the words for what Triton or its compiler refuses."""

from __future__ import annotations

import ast
from typing import NamedTuple

import numpy as np

from flashlab.interpreter import source
from flashlab.interpreter.faults import KernelFault, place_of


class Access(NamedTuple):
    """One load, store or atomic that is about to fail."""

    word: str  # "load", "store", "atomic"
    program: tuple[int, int, int]
    frame: object  # the learner's, or None
    pointers: np.ndarray  # virtual addresses, the tile's shape
    mask: np.ndarray | None  # bool, the same shape


def fault(kind: str, what: str, frame=None, **fields) -> KernelFault:
    """A KernelFault at the line that `frame` (a learner's, or None) has reached."""
    if frame is not None:
        site = source.site_of(frame)
        fields = {
            "line": site.line,
            "code": site.code,
            "function": site.function,
            "place": place_of(site.filename),
            **fields,
        }
    return KernelFault(kind, what, **fields)


def of(access: Access) -> dict:
    """The fields of a fault that an access says."""
    return dict(access=access.word, program=access.program, frame=access.frame)


# --------------------------------------------------------------------------------------------------
# What the compiler would refuse


def tile_truth(shape: tuple[int, ...], frame) -> KernelFault:
    construct, instead = "a condition", "&, |, ~ (with parentheses) or tl.where"
    for node in source.nodes_on(frame) if frame is not None else ():
        if wrong := larger_of_two(node):
            construct = f"`{wrong}(a, b)`"
            instead = "tl.maximum(a, b) for the larger of two, tl.max(tile, axis) within one tile"
            break
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            construct, instead = "a chained comparison", "(a <= b) & (b < c)"
            if lacks_parentheses(node):
                instead += "; & binds before <, so each comparison needs its own parentheses"
            break
        if isinstance(node, ast.BoolOp):
            word = "and" if isinstance(node.op, ast.And) else "or"
            sign = "&" if word == "and" else "|"
            construct, instead = f"`{word}`", f"`{sign}`, each side in parentheses"
            break
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            construct, instead = "`not`", "`~`"
            break
        if isinstance(node, ast.IfExp):
            construct, instead = "`a if condition else b`", "tl.where(condition, a, b)"
            break
        if isinstance(node, (ast.If, ast.While)) and node.lineno == frame.f_lineno:
            word = type(node).__name__.lower()
            construct, instead = f"`{word}`", "tl.where, or a mask; only a scalar can branch"
    return fault(
        "tile-truth",
        f"{construct} asks for the truth of a tile of shape {shape}, which is neither true nor "
        "false as a whole.",
        frame,
        cause=f"use {instead}.",
    )


def larger_of_two(node: ast.AST) -> str:
    """What stands, in a call with two tiles, where tl.maximum or tl.minimum is meant; else ""."""
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return ""
    called = ast.unparse(node.func)
    axis = isinstance(node.args[1], (ast.Constant, ast.UnaryOp))
    meant = called in ("np.maximum", "np.minimum") or (called in ("tl.max", "tl.min") and not axis)
    return called if meant else ""


def small_dot(left: tuple[int, ...], right: tuple[int, ...], least: int, program, frame):
    return fault(
        "small-dot",
        f"{left} times {right} has K = {left[-1]}, and a GPU's matrix unit takes {least} or more.",
        frame,
        program=program,
        cause=f"pad K to {least} with a masked load (other=0.0), or sum the products without "
        "tl.dot.",
    )


def lacks_parentheses(node: ast.AST) -> bool:
    """Whether it is `a < b & c < d`, or `a & b < c`: & taken before <."""
    sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
    return any(
        isinstance(x, ast.BinOp) and isinstance(x.op, (ast.BitAnd, ast.BitOr)) for x in sides
    )


# --------------------------------------------------------------------------------------------------
# What Python or Triton itself refuses, in other words

_HINTS = [  # a piece of what was raised -> what to do
    ("arange's arguments must be", "mark the size as tl.constexpr: among the kernel's "
     "parameters, or where it is set, NAME: tl.constexpr = ..."),
    ("power of 2", "round the size up with triton.next_power_of_2 and mask what is over."),
    ("make_shape_compatible", "two tiles of different shapes meet; is a [:, None] missing, or "
     "exchanged with a [None, :]? Or does tl.max or tl.sum go along the other axis?"),
    ("accumulator shape", "acc has the shape of the product: (M, N) for (M, K) times (K, N)."),
    ("out of bounds for shape []", "tl.max and tl.min reduce a tile; the larger or smaller of two "
     "is tl.maximum, tl.minimum."),
    ("equal reduction dimensions", "tl.dot takes (M, K) and (K, N); is a tl.trans missing?"),
    ("must be same dtype", "bring both to one type with .to(...)."),
    ("equal ranks >= 2", "tl.dot takes 2-D tiles; tl.sum(a * b, 0) multiplies vectors."),
    ("operand type(s) for @", "write tl.dot(a, b)."),
    ("does not support item assignment", "a tile cannot be changed in place; use tl.where."),
    ("NoneType object", "a helper returned nothing; is its last line a return?"),
    ("object is not iterable", "a tile has no single elements to pick; use a mask, or tl.sum."),
    ("unsupported tensor index", "a tensor argument is a pointer: tl.load(x + offsets, mask=...)."),
    ("Unsupported ptr type", "tl.load and tl.store take an argument's pointer plus offsets."),
    ("invalid operands of type pointer", "offsets must be whole numbers; divide with //."),
    ("add pointers together", "add offsets to one pointer, not two pointers."),
    ("no attribute 'to_tensor'", "inside a kernel there is only triton.language: tl.exp ..."),
    ("name 'torch' is not", "inside a kernel there is only triton.language: tl.exp, tl.max ..."),
    ("name 'np' is not", "inside a kernel there is only triton.language: tl.exp, tl.max ..."),
    ("must be Tensor, not tensor", "inside a kernel there is only triton.language: tl.exp ..."),
    ("`other` cannot be provided", "other= is what masked-off lanes get; give mask= too."),
]  # fmt: skip


def cause_of_error(said: str, code: str = "") -> str:
    """said: what was raised, "AssertionError" where Triton gives no reason; code: the line."""
    if said == "AssertionError" and "tl.dot(" in code:
        return "tl.dot adds up in float32: let acc be tl.zeros(..., tl.float32), of that shape."
    return next((hint for piece, hint in _HINTS if piece in said), "")
