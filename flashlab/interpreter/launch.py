"""The launch: `kernel[grid](...)` on CPU tensors, run by the interpreter over checked memory.

`install` replaces the `run` of Triton's kernel classes. Whether TRITON_INTERPRET was set when
triton was imported makes no difference here: a kernel that was made for the GPU is interpreted all
the same when its tensors are on the CPU, and goes to the GPU when they are there.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from unittest import mock

import torch
import triton
import triton.language as tl
from triton.runtime import interpreter as I
from triton.runtime.autotuner import Autotuner
from triton.runtime.jit import JITFunction
from triton.tools.tensor_descriptor import TensorDescriptor

from flashlab.interpreter import causes, language, numerics, source
from flashlab.interpreter.access import Memory
from flashlab.interpreter.faults import KernelFault, LaunchError, Unfinished, place_of
from flashlab.interpreter.session import Launch, Session
from flashlab.interpreter.tensors import Argument

STUB = "YOUR CODE HERE"
_stack: list = []  # the meters that are open, the innermost last
_installed: list = []  # what to put back, and how often it has been asked for
_depth = 0
_guarded = False
_running = False  # whether a kernel is being interpreted right now


@dataclass(frozen=True)
class Options:
    """How a launch is to be run; see `metered`."""

    races: bool = True
    tf32: bool = False
    sectors: bool = False
    config: object = None
    timeout: float | None = None
    spread: Mapping[str, int] = field(default_factory=dict)


def open_meters() -> list:
    """The meters that are open now, the innermost last."""
    return _stack


# --------------------------------------------------------------------------------------------------
# Into triton and out again


def install() -> None:
    """Take over the launches. Each `install` wants one `remove`."""
    global _depth
    _depth += 1
    if _depth > 1:
        return
    interpreted, compiled, tuned = I.InterpretedFunction, JITFunction, Autotuner
    for owner, name, new in (
        (interpreted, "run", _run(interpreted.run)),
        (compiled, "run", _run(compiled.run)),
        (interpreted, "__call__", _call(interpreted.__call__)),
        (compiled, "__call__", _call(compiled.__call__)),
        (tuned, "run", _run_tuned(tuned.run)),
    ):
        patch = mock.patch.object(owner, name, new)
        patch.start()
        _installed.append(patch)


def remove() -> None:
    global _depth
    _depth -= 1
    while not _depth and _installed:
        _installed.pop().stop()


def guard() -> None:
    """From here on, every launch on CPU tensors is checked, metered or not."""
    global _guarded
    if not _guarded:
        install()
        _guarded = True


def _run(stock):
    def run(kernel, *args, grid, warmup=False, **kwargs):
        if not _on_the_cpu(kernel, args, kwargs):
            for meter in _stack[-1:]:
                meter.session.launches.append(Launch(kernel.fn.__name__, (1, 1, 1), native=True))
            return stock(kernel, *args, grid=grid, warmup=warmup, **kwargs)
        if warmup:
            return None
        if _stack:
            return _stack[-1].launch(kernel, grid, args, kwargs)
        return launch(Session(record=False), Options(), kernel, grid, args, kwargs)

    return run


def _call(stock):
    def call(helper, *args, **kwargs):
        if not _running:
            return stock(helper, *args, **kwargs)
        return source.rewritten(helper.fn)(*args, **kwargs)

    return call


def _run_tuned(stock):
    def run(tuner, *args, **kwargs):
        if not _on_the_cpu(tuner.fn, args, kwargs):
            return stock(tuner, *args, **kwargs)
        given = _stack[-1].options.config if _stack else None
        config = tuner.configs[0] if given is None else given
        tuner.nargs = dict(zip(tuner.arg_names, args, strict=False))
        try:
            chosen = config if isinstance(config, dict) else config.all_kwargs()
            tuner.pre_hook({**tuner.nargs, **kwargs, **chosen}, reset_only=True)
            if getattr(config, "pre_hook", None) is not None:
                config.pre_hook({**tuner.nargs, **kwargs, **chosen})
            return tuner.fn.run(*args, **kwargs, **chosen)
        finally:
            tuner.nargs = None

    return run


def _on_the_cpu(kernel, args, kwargs) -> bool:
    """Whether this launch is the interpreter's: it was asked for, or the tensors are on the CPU."""
    while not isinstance(kernel, (I.InterpretedFunction, JITFunction)):
        kernel = kernel.fn
    if isinstance(kernel, I.InterpretedFunction):
        return True
    devices = {t.device.type for t in _tensors([*args, *kwargs.values()])}
    return devices == {"cpu"}


def _tensors(values):
    for value in values:
        if isinstance(value, TensorDescriptor):
            value = value.base
        if isinstance(value, tuple):
            yield from _tensors(value)
        elif isinstance(value, triton.runtime.jit.TensorWrapper):
            yield value.base
        elif isinstance(value, torch.Tensor):
            yield value


# --------------------------------------------------------------------------------------------------
# One launch


def launch(session: Session, options: Options, kernel, grid, args, kwargs, expect=None) -> None:
    """Run every program instance, one after another. Raises KernelFault or LaunchError.

    expect: says of an Argument whether it is an output that holds nothing yet.
    """
    global _running
    fn = kernel.fn
    bound = _bind(fn, args, kwargs)
    for hook in kernel.pre_run_hooks:
        hook(*args, **kwargs)
    grid = _whole_grid(grid, bound, fn.__name__)
    session.new_launch()
    registered: list[Argument] = []
    record = Launch(fn.__name__, grid)
    memory = Memory(registered, grid, session.events, options.races, options.sectors)
    memory.sector_count, memory.source = session.sectors, session.source
    memory.idle, memory.products = session.idle, session.products
    if options.timeout is not None:
        memory.deadline = time.monotonic() + options.timeout
    made = source.rewritten(fn)
    try:
        with ExitStack() as stack:
            stack.enter_context(language.interpreted(_methods(memory, options)))
            _running = True
            values = _values(session, options, fn, bound, registered)
            for a in registered:
                if expect is not None and expect(a):
                    session.expect(a)
            record.tensors = {a.name: a.key for a in registered}
            session.launches.append(record)
            _run_grid(made, values, grid, memory)
    finally:
        _running = False


def _methods(memory: Memory, options: Options) -> dict:
    """The builder's methods that belong to this launch, over those for bf16 and tf32."""
    methods = memory.methods()
    compute = numerics.builder_methods(I.interpreter_builder, options.tf32)

    def dot(a, b, *rest):
        memory.check_dot(a, b)
        return compute["create_dot"](a, b, *rest)

    return {**compute, **methods, "create_dot": dot}


def _bind(fn, args, kwargs) -> dict:
    """{parameter: value}; options of the compiler (num_warps ...) are left out."""
    signature = inspect.signature(fn)
    known = {k: v for k, v in kwargs.items() if k in signature.parameters}
    for name in kwargs:
        if name not in known and name.isupper():
            raise LaunchError(f"{fn.__name__} has no parameter {name}")
    try:
        bound = signature.bind(*args, **known)
    except TypeError as error:
        raise LaunchError(f"{fn.__name__}: {error}") from None
    bound.apply_defaults()
    for name, value in bound.arguments.items():
        for tensor in _tensors([value]):
            if tensor.device.type != "cpu":
                raise LaunchError(
                    f"{fn.__name__}: {name} is on {tensor.device}, and the interpreter runs on the "
                    'CPU; make tensors with device="cpu"'
                )
    for name, value in bound.arguments.items():
        if type(value).__module__ == "numpy" and hasattr(value, "__array_interface__"):
            if getattr(value, "ndim", 0):
                raise LaunchError(
                    f"{fn.__name__}: {name} is a NumPy array; kernels take torch tensors, "
                    f"torch.from_numpy({name})"
                )
    return dict(bound.arguments)


def _whole_grid(grid, bound: dict, name: str) -> tuple[int, int, int]:
    if callable(grid):
        grid = grid(bound)
    if not isinstance(grid, (tuple, list)):
        raise LaunchError(f"{name}[grid]: the grid must be a tuple like ({grid},), got {grid!r}")
    if not 1 <= len(grid) <= 3:
        raise LaunchError(f"{name}[grid]: a grid has 1 to 3 numbers, got {len(grid)}")
    for n in grid:
        if isinstance(n, float) or not hasattr(n, "__index__"):
            raise LaunchError(
                f"{name}[grid]: the grid must be whole numbers, got {n!r}; triton.cdiv(n, BLOCK) "
                "rounds up"
            )
    whole = [int(n) for n in grid]
    if min(whole) < 0:
        raise LaunchError(f"{name}[grid]: the grid must not be negative, got {tuple(whole)}")
    return tuple(whole + [1] * (3 - len(whole)))


def _values(session, options, fn, bound: dict, registered: list) -> dict:
    """The kernel's arguments as the interpreter takes them; tensors get their virtual address."""
    stock = I._implicit_cvt
    current = [""]

    def convert(value):
        if isinstance(value, bool):
            return tl.tensor(I.TensorHandle(I.np.array([value]), tl.int1), tl.int1)
        if not hasattr(value, "data_ptr"):
            return stock(value)
        known = next((a for a in registered if a.tensor is value), None)
        if known is None:
            name = current[0]
            count = sum(a.name.partition("[")[0] == name for a in registered)
            name = f"{name}[{count}]" if count else name
            wide = options.spread.get(name, 0)
            known = session.register(name, value, len(registered), options.sectors, wide)
            registered.append(known)
        tensor = stock(value)
        tensor.handle.data = I.np.array([known.base], dtype=I.np.uint64)
        return tensor

    executor = I.GridExecutor(fn, list(bound), (1,))
    values = {}
    with language.patched((I, "_implicit_cvt", convert)):
        for name, value in bound.items():
            current[0] = name
            values[name] = value if name in executor.constexprs else convert(value)
    return values


def _run_grid(fn, values: dict, grid, memory: Memory) -> None:
    builder = I.interpreter_builder
    builder.set_grid_dim(*grid)
    for x in range(grid[0]):
        for y in range(grid[1]):
            for z in range(grid[2]):
                builder.set_grid_idx(x, y, z)
                memory.start((x, y, z))
                try:
                    fn(**values)
                except Exception as error:
                    raise _as_fault(error, (x, y, z)) from None


def _as_fault(error: Exception, program) -> KernelFault:
    """What a kernel raised, as a fault with the learner's line."""
    if isinstance(error, KernelFault):
        if error.program is None:
            error.program = program
            error.args = (error.text,)
        return error
    at, traceback = None, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename in source.kernel_files:
            at = traceback
        traceback = traceback.tb_next
    fields = {}
    if at is not None:
        site = source.site_of(at.tb_frame, at.tb_lasti, at.tb_lineno)
        fields = dict(
            line=site.line, code=site.code, function=site.function, place=place_of(site.filename)
        )
    said = str(error).strip()
    if isinstance(error, AssertionError) and said == STUB:
        return Unfinished("unfinished", "the kernel still has a stub.", program=program, **fields)
    if not isinstance(error, AssertionError) or not said:
        said = f"{type(error).__name__}: {said}" if said else type(error).__name__
    cause = causes.cause_of_error(said, fields.get("code", ""))
    return KernelFault("error", said, program=program, cause=cause, **fields)


__all__ = ["Launch", "Options", "Session", "guard", "install", "launch", "remove"]
