"""`compile_for` and `compile_source`: a kernel, a card, and what the launch would be given."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from flashlab.cards import CARDS, Card, card
from flashlab.compiler import process
from flashlab.compiler.report import Report, Reports
from flashlab.compiler.source import Bundle, Parameter, collect, parse
from flashlab.errors import FlashlabError

_POINTERS = {
    "float16": "*fp16", "bfloat16": "*bf16", "float32": "*fp32", "float64": "*fp64",
    "int8": "*i8", "int16": "*i16", "int32": "*i32", "int64": "*i64",
    "uint8": "*u8", "uint16": "*u16", "uint32": "*u32", "uint64": "*u64", "bool": "*i1",
    "float8_e4m3fn": "*fp8e4nv", "float8_e5m2": "*fp8e5",
}  # fmt: skip
_TYPE = re.compile(r"^\*?(fp16|bf16|fp32|fp64|fp8e4nv|fp8e5|[iu](8|16|32|64)|i1)(:16)?$")
_answers: dict[str, dict] = {}


class SignatureError(FlashlabError, TypeError):
    """The arguments given do not fit the kernel's parameters."""


def compile_for(
    kernel,
    card: str | Card | Iterable[str | Card],
    *,
    args: Sequence | Mapping | None = None,
    signature: Mapping | None = None,
    num_warps: int | None = None,
    num_stages: int | None = None,
    timeout: float = 180.0,
    **constexprs,
) -> Report | Reports:
    """Compile a @triton.jit kernel for one card (a Report) or several (Reports, in that order).

    card: "T4", "L4", "A100", "H100", "H200", "B200", "RTX", "MI300", several of them, or "all".
    args: what a launch would be given, in order or by name: tensors (their dtype and alignment
    count, not their values), integers, floats. Or signature: {parameter: type} with "*fp16" for a
    pointer (16-byte aligned, as allocators give it), "i32", "i32:16" for a multiple of 16, "fp32",
    or a value. constexprs: the kernel's tl.constexpr parameters; an autotuned kernel's first
    configuration fills in what is not given.

    A kernel that does not compile gives a Report with `error`, not an exception. Raises
    UnknownCard, SignatureError, SourceError or CompilerUnavailable, each in one line.
    """
    return _compile(
        collect(kernel), card, args, signature, num_warps, num_stages, timeout, constexprs
    )


def compile_source(
    source: str,
    name: str | None = None,
    card: str | Card | Iterable[str | Card] = "all",
    *,
    args: Sequence | Mapping | None = None,
    signature: Mapping | None = None,
    num_warps: int | None = None,
    num_stages: int | None = None,
    timeout: float = 180.0,
    place: str = "source",
    **constexprs,
) -> Report | Reports:
    """`compile_for`, for a kernel given as text: a notebook's cells, joined, or a file.

    name: the kernel in it; needed when there are several. Of the text only imports of triton,
    @triton.jit functions and constants are used; the rest is not run. The compiler reads the
    kernel, so for text from strangers call this where it may do no harm.
    """
    bundle = parse(source, name, place)
    return _compile(bundle, card, args, signature, num_warps, num_stages, timeout, constexprs)


def _compile(bundle, cards, args, signature, num_warps, num_stages, timeout, constexprs):
    several = not isinstance(cards, (str, Card)) or cards == "all"
    if isinstance(cards, str) and cards == "all":
        cards = list(CARDS)
    chosen = [card(c) for c in (cards if several else [cards])]
    tuned = dict(bundle.tuned)
    num_warps = num_warps or tuned.pop("num_warps", 4)
    num_stages = num_stages or tuned.pop("num_stages", None)
    names = {p.name for p in bundle.parameters}
    constexprs = {**{k: v for k, v in tuned.items() if k in names}, **constexprs}
    types, aligned, values = _signature(bundle, args, signature, constexprs)
    options = {"num_warps": num_warps} | ({"num_stages": num_stages} if num_stages else {})
    reports = []
    for one in chosen:
        answer = _ask(
            dict(
                module=bundle.module,
                name=bundle.name,
                signature=types,
                constexprs=values,
                aligned=sorted(aligned),
                options=options,
                backend=one.backend,
                arch=one.arch,
            ),
            timeout,
        )
        reports.append(_report(bundle, one, options, values, answer))
    return Reports(reports) if several else reports[0]


def _ask(job: dict, timeout: float) -> dict:
    key = hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()[:24]
    if key not in _answers:
        # the module's own key, not the job's: Triton's disk cache then serves every card
        module = hashlib.sha256(job["module"].encode()).hexdigest()[:16]
        answer = process.ask({**job, "key": module}, timeout)
        if answer.get("error", {}).get("kind") in ("Timeout", "CompilerCrash"):
            return answer  # may go better next time
        _answers[key] = answer
    return _answers[key]


def _report(bundle: Bundle, one: Card, options, values, answer) -> Report:
    base = dict(kernel=bundle.name, card=one, constexprs=values)
    if "error" in answer:
        said = answer["error"]
        text, kind = _place(bundle, said), said["kind"]
        return Report(**base, num_warps=options["num_warps"], error=text, error_kind=kind)
    facts = {k: v for k, v in answer["ok"].items() if k != "triton"}
    return Report(**base, **facts)


def _place(bundle: Bundle, said: dict) -> str:
    """What the compiler says, led by the line of the cell or file that it means."""
    message = said["message"].strip()
    line = said.get("line")
    for function in bundle.functions:
        if line is None or said.get("function", "").strip() != function.text.strip():
            continue
        text = function.text.splitlines()[line - 1].strip()
        where = function.line + line - 1
        whose = "of the cell" if function.place == "cell" else f"of {function.place}"
        return f"line {where} {whose}, in {function.name}: {text}\n{message}"
    return message


# --------------------------------------------------------------------------------------------------
# What a launch would make of its arguments


def _signature(bundle: Bundle, args, signature, constexprs):
    """({parameter: type}, aligned parameters, {parameter: constant value})."""
    if (args is None) == (signature is None):
        raise SignatureError("give either args=... (what a launch gets) or signature={name: type}")
    runtime = [p for p in bundle.parameters if p.name not in constexprs]
    given: dict = {}
    if isinstance(args, Mapping) or signature is not None:
        given = dict(args if signature is None else signature)
    else:
        if len(args) > len(runtime):
            raise SignatureError(f"{bundle.name} takes {len(runtime)} arguments, got {len(args)}")
        given = {p.name: value for p, value in zip(runtime, args, strict=False)}
    known = {p.name for p in bundle.parameters}
    for extra in [*given, *constexprs]:
        if extra not in known:
            raise SignatureError(f"{bundle.name} has no parameter {extra!r}")
    types, aligned, values = {}, set(), {}
    for p in bundle.parameters:
        value = constexprs.get(p.name, given.get(p.name, p.default))
        if value is Parameter.__dataclass_fields__["default"].default:
            raise SignatureError(f"{bundle.name} needs a value for {p.name!r}")
        if p.constexpr or p.name in constexprs or value is None:
            types[p.name], values[p.name] = "constexpr", _plain(p.name, value)
            continue
        kind, is_aligned = _type_of(p.name, value, p.name not in bundle.not_specialized)
        types[p.name] = kind
        if kind == "constexpr":
            values[p.name] = 1
        elif is_aligned:
            aligned.add(p.name)
    return types, aligned, values


def _plain(name: str, value):
    value = getattr(value, "value", value)  # a tl.constexpr
    if isinstance(value, (bool, int, float, str, type(None))):
        return value
    raise SignatureError(f"constexpr {name} must be a number, string or None, got {value!r}")


def _type_of(name: str, value, specialize: bool) -> tuple[str, bool]:
    """Triton's type of one argument and whether it is known to be a multiple of 16, by the rules of
    a launch: 1 becomes a constant, a multiple of 16 is declared, a pointer by its address."""
    if isinstance(value, str):
        if not _TYPE.match(value):
            raise SignatureError(f"{name}: {value!r} is no type; write '*fp16', 'i32', 'fp32' ...")
        kind, _, mark = value.partition(":")
        return kind, bool(mark) or kind.startswith("*")
    if isinstance(value, bool):
        return "i1", False
    if isinstance(value, int):
        if value == 1 and specialize:
            return "constexpr", False
        kind = "i32" if -(2**31) <= value < 2**31 else "i64" if value < 2**63 else "u64"
        return kind, specialize and value % 16 == 0
    if isinstance(value, float):
        return "fp32", False
    if hasattr(value, "dtype"):
        dtype = str(value.dtype).rpartition(".")[2]
        if dtype in _POINTERS:
            # allocators align to 16 bytes and more; a view may start anywhere
            offset = value.storage_offset() if hasattr(value, "storage_offset") else 0
            size = value.element_size() if hasattr(value, "element_size") else 1
            return _POINTERS[dtype], offset * size % 16 == 0
    raise SignatureError(f"{name}: no kernel takes {type(value).__name__} {str(value)[:40]!r}")
