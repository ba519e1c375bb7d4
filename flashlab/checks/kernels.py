"""Checks of a learner's Triton kernel: one launch as plain data, one observation, verdicts on it.

A check builds a `Launch` (grid, arguments, constants: arrays, numbers and strings) and asks for a
`KernelRun`. In a notebook the kernel itself is run, in the instrumented interpreter and never in
the bare one; in grading `kernel` is a stand-in with `__observe_kernel__(launch, tf32)` and
`__report__(launch, card)`, which asks another process. Verdicts are reached here, on plain data.

The order of the verdicts: instrumented run (faults, values, bytes), the real compiler, the card's
limits, and the GPU where there is one.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from flashlab.checks import harness
from flashlab.checks.harness import compare, rounded
from flashlab.checks.observe import Fault, fault_of
from flashlab.errors import FlashlabError
from flashlab.traffic import Traffic

__all__ = ["compare", "rounded"]  # beside what is defined here

SHORT = {"float16": "fp16", "bfloat16": "bf16", "float32": "fp32", "int32": "i32"}
ITEMSIZE = {"float16": 2, "bfloat16": 2, "float32": 4, "int32": 4}
STUB = "YOUR CODE HERE"  # what a kernel's stub asserts, see tools/lesson_source.py
COMPILER_WORDS = (  # a pattern in what the compiler says -> what it means to a learner
    ("global variable", "make it a parameter, or write NAME = tl.constexpr(...) where it is set."),
    (r"NameError\(.(np|torch|math) ", "inside a kernel there is only triton.language."),
    ("NameError", "that name exists inside a loop or a branch only, or it is a function without "
     "@triton.jit."),
    (r"initial type \w+ but is re-assigned to <", "it is one number before the loop and a tile in "
     "it: begin with a tile, tl.zeros((BLOCK, ), tl.float32)."),
    (r"tl\.dot\(.*does not say why", "tl.dot adds up in float32: let acc be "
     "tl.zeros(..., tl.float32), of the shape of the product."),
    (r"tl\.(max|min|sum)\(.*(add @triton.jit|no attribute 'scalar')", "tl.max, tl.min and tl.sum "
     "take one tile, and then the axis: the larger of two is tl.maximum(a, b), the smaller "
     "tl.minimum(a, b)."),
    ("Unsupported function", "inside a kernel there is only triton.language: tl.exp, tl.maximum "
     "..."),
    ("multiple comparison", "& binds before <: put each comparison in parentheses, "
     "(a < b) & (c < d)."),
    ("Loop-carried", "a name keeps one type and one shape through a loop: give it that before."),
    ("'NoneType' object", "a helper returned nothing; is its last line a return?"),
    ("node type: Break", "a loop runs to its end: put the bound into range(), or use while."),
)  # fmt: skip
LAUNCH_SECONDS = 60.0  # a loop that never ends is stopped


@dataclass(frozen=True)
class Tensor:
    """An input in HBM. `array` holds the values as `dtype` has them (bfloat16 in a float32 array).

    order: the dimensions from the slowest to the fastest in memory; None: as they stand. wide: the
    stride that dimension 0, the slowest, seems to have in the interpreter; 0: its own.
    """

    array: np.ndarray
    dtype: str = "float32"
    order: tuple[int, ...] | None = None
    wide: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "array", rounded(np.asarray(self.array), self.dtype))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def nbytes(self) -> int:
        return self.array.size * ITEMSIZE[self.dtype]


@dataclass(frozen=True)
class Output:
    """A tensor that holds nothing before the launch and must be written whole by the kernel."""

    shape: tuple[int, ...]
    dtype: str = "float32"
    order: tuple[int, ...] | None = None
    wide: int = 0

    @property
    def nbytes(self) -> int:
        return int(np.prod(self.shape)) * ITEMSIZE[self.dtype]


@dataclass(frozen=True)
class Launch:
    """One launch: `kernel[grid](*args, **constexprs)`. Names and order are the kernel's own."""

    grid: tuple[int, ...]
    args: Mapping[str, Tensor | Output | int | float]
    constexprs: Mapping[str, int | float | bool | str] = field(default_factory=dict)
    num_warps: int = 4
    num_stages: int = 2

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(name for name, a in self.args.items() if isinstance(a, Output))

    @property
    def options(self) -> dict:
        return {"num_warps": self.num_warps, "num_stages": self.num_stages}


@dataclass
class KernelRun:
    """What one instrumented launch did. Plain data only."""

    outputs: dict[str, np.ndarray] = field(default_factory=dict)  # bfloat16 as float32
    traffic: Traffic = field(default_factory=Traffic)
    fault: Fault | None = None
    changed: list[str] = field(default_factory=list)  # inputs that the kernel wrote to
    idle: dict[str, int] = field(default_factory=dict)  # tensor -> accesses without an active lane
    products: dict[str, int] = field(default_factory=dict)  # type, "fp16" -> number of tl.dot


def strides(tensor: Tensor | Output) -> tuple[int, ...]:
    """Strides in elements, one for each dimension."""
    out, step = [0] * len(tensor.shape), 1
    for dim in reversed(tensor.order or range(len(tensor.shape))):
        out[dim], step = step, step * tensor.shape[dim]
    return (tensor.wide or out[0], *out[1:])


# --------------------------------------------------------------------------------------------------
# Observing


def run(kernel, launch: Launch, tf32: bool = False) -> KernelRun:
    """Run the kernel in the instrumented interpreter; fail on everything that is wrong by itself.

    Out of bounds, races, elements never written, a changed input, another parameter list. A stub
    raises Unfinished. tf32: compute fp32 products as a GPU's tensor cores do.
    """
    name = harness.name_of(kernel)
    done = observe_kernel(kernel, launch, tf32)
    if done.fault is not None:
        fault = done.fault
        if fault.kind == "KernelFault":  # its text says what, where and the likely cause
            raise harness.CheckFailed(f"{name}: {fault.message}\n  {describe(launch)}")
        where = f" at line {fault.line} of your cell: {fault.source}" if fault.line else ""
        harness.fail(f"{name} raised {fault.kind}{where}", f"{fault.message}\n  {describe(launch)}")
    if done.changed:
        harness.fail(
            f"{name} wrote to {done.changed[0]}, which is an input",
            f"Store to {' or '.join(launch.outputs)} only.",
        )
    return done


def observe_kernel(kernel, launch: Launch, tf32: bool = False) -> KernelRun:
    """Run once and report, without judging. A stub raises Unfinished."""
    if hasattr(kernel, "__observe_kernel__"):
        return kernel.__observe_kernel__(launch, tf32)
    check_parameters(kernel, launch)
    import flashlab.interpreter.meter as meter_module

    tensors = {name: _to_torch(a, "cpu") for name, a in launch.args.items() if _is_tensor(a)}
    before = {n: t.clone() for n, t in tensors.items() if n not in launch.outputs}
    args = [tensors.get(name, a) for name, a in launch.args.items()]
    done = KernelRun()
    spread = {name: a.wide for name, a in launch.args.items() if _is_tensor(a) and a.wide}
    meter = meter_module.metered(launch.outputs, tf32=tf32, timeout=LAUNCH_SECONDS, spread=spread)
    try:
        with meter:
            kernel[launch.grid](*args, **launch.constexprs, **launch.options)
    except NotImplementedError:
        raise harness.unfinished(harness.name_of(kernel)) from None
    except FlashlabError as error:
        done.fault = Fault("KernelFault", str(error))
    except Exception as error:
        done.fault = fault_of(error)
    if done.fault is None:
        done.traffic, done.idle, done.products = meter.traffic, meter.idle, meter.products
        done.outputs = {name: _to_numpy(tensors[name]) for name in launch.outputs}
        done.changed = [n for n, t in before.items() if not _same_bits(t, tensors[n])]
    return done


def native(kernel, launch: Launch) -> dict[str, np.ndarray] | None:
    """The outputs of a launch on this machine's GPU; None where there is none to use."""
    if hasattr(kernel, "__observe_kernel__"):
        return None
    import torch

    if not torch.cuda.is_available() or type(kernel).__name__ == "InterpretedFunction":
        return None
    if any(_is_tensor(a) and a.wide for a in launch.args.values()):  # no card has that memory
        return None
    bf16 = any(_is_tensor(a) and a.dtype == "bfloat16" for a in launch.args.values())
    if bf16 and torch.cuda.get_device_capability() < (8, 0):  # a T4 has no such numbers
        return None
    name = harness.name_of(kernel)
    tensors = {n: _to_torch(a, "cuda") for n, a in launch.args.items() if _is_tensor(a)}
    args = [tensors.get(n, a) for n, a in launch.args.items()]
    try:
        kernel[launch.grid](*args, **launch.constexprs, **launch.options)
        torch.cuda.synchronize()
    except Exception as error:
        text = (str(error).splitlines() or [""])[0]
        harness.fail(f"{name} failed on the GPU: {type(error).__name__}: {text}", describe(launch))
    return {n: _to_numpy(tensors[n]) for n in launch.outputs}


def check_parameters(kernel, launch: Launch) -> None:
    """Fail unless `kernel` is a Triton kernel that takes this launch's arguments, by name."""
    name = harness.name_of(kernel)
    fn = getattr(kernel, "fn", None)
    if fn is None or not hasattr(type(kernel), "__getitem__"):
        harness.fail(f"{name} is no Triton kernel", "Write @triton.jit on the line above its def.")
    while not inspect.isfunction(fn):  # an autotuner around a kernel
        fn = fn.fn
    parameters = inspect.signature(fn).parameters
    wanted = [*launch.args, *launch.constexprs]
    missing = [n for n in wanted if n not in parameters]
    known = len(parameters) if missing else len(wanted)
    spare = [p for p in list(parameters.values())[known:] if p.default is inspect.Parameter.empty]
    if missing or spare or list(parameters)[: len(wanted)] != wanted:
        harness.fail(
            f"{name} takes ({', '.join(parameters)}), expected ({', '.join(wanted)})",
            "Keep the names and the order of the first line as they were given.",
        )


def describe(launch: Launch) -> str:
    """In words: `On q_ptr (17, 16) float16; k_ptr, v_ptr (30, 16) float16; BLOCK_M = 16.`"""
    alike: dict[str, list[str]] = {}  # shape and type -> the tensors
    words = []
    for name, a in {**launch.args, **launch.constexprs}.items():
        if name.startswith("stride_"):  # a dozen numbers that hide the others
            continue
        if _is_tensor(a):
            shape = f"{tuple(a.shape)} {a.dtype}"
            shape += f" with a stride of {a.wide:,} in dimension 0" if a.wide else ""
            alike.setdefault(shape, []).append(name)
        else:
            words.append(f"{name} = {a:.4g}" if isinstance(a, float) else f"{name} = {a}")
    tensors = [f"{', '.join(names)} {shape}" for shape, names in alike.items()]
    return f"On {'; '.join([*tensors, ', '.join(words)])}."


# --------------------------------------------------------------------------------------------------
# Values


def plain_attention(q, k, v, softmax_scale: float, dtype: str, mask=None) -> np.ndarray:
    """The ordinary implementation: products summed in float32, each result rounded to `dtype`.

    q: (..., seqlen_q, head_dim); k, v: (..., seqlen_k, head_dim); mask: True where a query may see
    a key. A fully masked row gives 0. The yardstick of the 2x rule.
    """
    q, k, v = (np.asarray(x, np.float32) for x in (q, k, v))
    s = rounded(rounded(q @ np.swapaxes(k, -1, -2), dtype) * np.float32(softmax_scale), dtype)
    s = np.asarray(s, np.float32)
    s = s if mask is None else np.where(mask, s, -np.inf)
    m = s.max(axis=-1, keepdims=True)
    p = np.exp(s - np.where(np.isneginf(m), 0, m))
    total = p.sum(axis=-1, keepdims=True)
    p = rounded(p / np.where(total == 0, 1, total), dtype)
    return np.asarray(rounded(np.asarray(p, np.float32) @ v, dtype), np.float32)


def plain_lse(q, k, softmax_scale: float, mask=None) -> np.ndarray:
    """Natural log-sum-exp of the rows in float32, the yardstick for an LSE output."""
    q, k = np.asarray(q, np.float32), np.asarray(k, np.float32)
    s = q @ np.swapaxes(k, -1, -2) * np.float32(softmax_scale)
    s = s if mask is None else np.where(mask, s, np.float32(-np.inf))
    m = s.max(axis=-1, keepdims=True)
    shift = np.where(np.isneginf(m), 0, m)
    with np.errstate(divide="ignore"):
        return (shift + np.log(np.exp(s - shift).sum(axis=-1, keepdims=True)))[..., 0]


# --------------------------------------------------------------------------------------------------
# Bytes


def check_bytes(
    kernel,
    run: KernelRun,
    expected: Mapping[str, int],
    *,
    on: str,
    whys: Mapping[str, Iterable[tuple[str, int]]] | None = None,
) -> int:
    """Fail unless each tensor moves exactly `expected` bytes, read and written together.

    on: the launch in words. whys: {tensor: [(likely why, bytes that this mistake moves)]}; the
    first that fits is named. Returns the bytes of all.
    """
    table = run.traffic.by_array()
    for tensor, wanted in expected.items():
        moved = sum(table.get(tensor, {}).values())
        if moved == wanted:
            continue
        info = run.traffic.arrays[tensor]
        size = int(np.prod(info.shape)) * info.itemsize
        why = f"{tensor} crosses {moved / size:.4g} times its size, {wanted / size:.4g} would do."
        if moved < wanted:
            why = (
                f"Too few: {tensor} crosses {moved / size:.4g} times its size and not "
                f"{wanted / size:.4g} times, so that some of it is never loaded or stored. Does a "
                "loop end too early, or a mask let too little through?"
            )
        for text, wrong in (whys or {}).get(tensor, ()):
            if moved == wrong:
                why = text
                break
        name = harness.name_of(kernel)
        harness.fail(f"{name} moves {moved:,} bytes of {tensor} on {on}, not {wanted:,}", why)
    return sum(expected.values())


# --------------------------------------------------------------------------------------------------
# The compiler and the card


def report(kernel, launch: Launch, card: str):
    """What the launch would need on `card`: a flashlab.compiler Report."""
    if hasattr(kernel, "__report__"):
        return kernel.__report__(launch, card)
    from flashlab.compiler import compile_for

    return compile_for(kernel, card, signature=signature(launch), **_compile_options(launch))


def signature(launch: Launch) -> dict:
    """The launch's arguments as the compiler takes them: pointer types, and numbers by value."""
    return {n: f"*{SHORT[a.dtype]}" if _is_tensor(a) else a for n, a in launch.args.items()}


def _compile_options(launch: Launch) -> dict:
    return {**launch.constexprs, **launch.options}


def check_compiles(kernel, launch: Launch, cards: Iterable[str] = ("A100", "H100")) -> None:
    """Fail where the real compiler refuses the kernel; its words name the learner's line.

    A stub raises Unfinished.
    """
    for card in cards:
        found = report(kernel, launch, card)
        if found.error.endswith(STUB):
            raise harness.unfinished(harness.name_of(kernel))
        if found.error:
            fits = (text for said, text in COMPILER_WORDS if re.search(said, found.error, re.S))
            why = next(fits, "")
            raise harness.CheckFailed(
                f"{harness.name_of(kernel)} does not compile for the {found.card.name} "
                f"({found.card.target}), whatever the interpreter says:\n{found.error}"
                + (f"\n  Likely cause: {why}" if why else "")
            )


def check_fits(kernel, launch: Launch, card: str):
    """Fail unless the kernel compiles for `card` and can be launched there; return the report."""
    check_compiles(kernel, launch, (card,))
    found = report(kernel, launch, card)
    if not found.can_launch:
        sizes = ", ".join(f"{n} = {v}" for n, v in {**launch.constexprs, **launch.options}.items())
        harness.fail(
            f"{harness.name_of(kernel)} cannot be launched with {sizes}: it {found.why}",
            "Smaller blocks or fewer stages need less.",
        )
    return found


# --------------------------------------------------------------------------------------------------
# Between plain data and torch


def _is_tensor(a) -> bool:
    return isinstance(a, (Tensor, Output))


def _to_torch(a: Tensor | Output, device: str):
    import torch

    dtype = getattr(torch, a.dtype)
    if isinstance(a, Tensor):
        flat = torch.from_numpy(np.ascontiguousarray(a.array)).to(dtype)
    else:
        flat = torch.full(tuple(a.shape), float("nan") if dtype.is_floating_point else 0).to(dtype)
    if a.order is not None:
        flat = flat.permute(a.order).contiguous().permute(tuple(np.argsort(a.order).tolist()))
    return flat.to(device)


def _to_numpy(tensor) -> np.ndarray:
    import torch

    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy().copy()


def _same_bits(a, b) -> bool:
    import torch

    flat = (a.contiguous().view(-1).view(torch.uint8), b.contiguous().view(-1).view(torch.uint8))
    return bool((flat[0] == flat[1]).all())
