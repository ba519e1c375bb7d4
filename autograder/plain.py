"""Launches and their runs as plain data, for the pipe between grader and kernel harness."""

from __future__ import annotations

import numpy as np

from autograder.frames import FrameError
from flashlab.checks.kernels import KernelRun, Launch, Output, Tensor
from flashlab.checks.observe import Fault
from flashlab.traffic import ArrayInfo, Event, Traffic

KINDS = ("read", "write", "atomic")


def of_launch(launch: Launch) -> dict:
    return {
        "grid": list(launch.grid),
        "args": [[name, _of_argument(a)] for name, a in launch.args.items()],
        "constexprs": dict(launch.constexprs),
        "num_warps": launch.num_warps,
        "num_stages": launch.num_stages,
    }


def _of_argument(a):
    if isinstance(a, Tensor):
        return {"array": a.array, "dtype": a.dtype, "order": a.order, "wide": a.wide}
    if isinstance(a, Output):
        shape = tuple(int(n) for n in a.shape)
        return {"shape": shape, "dtype": a.dtype, "order": a.order, "wide": a.wide}
    return a


def launch_of(told: dict) -> Launch:
    args = {name: _argument(a) for name, a in told["args"]}
    options = told["num_warps"], told["num_stages"]
    return Launch(tuple(told["grid"]), args, told["constexprs"], *options)


def _argument(a):
    if not isinstance(a, dict):
        return a
    kind, first = (Tensor, a["array"]) if "array" in a else (Output, a["shape"])
    return kind(first, a["dtype"], a["order"], a["wide"])


def of_run(run: KernelRun) -> dict:
    """A KernelRun; its events as columns."""
    events = run.traffic.events
    names = list(run.traffic.arrays)
    regions = [e.region for e in events]
    functions = list(dict.fromkeys(e.function for e in events))
    return {
        "outputs": run.outputs,
        "changed": list(run.changed),
        "idle": run.idle,
        "products": run.products,
        "fault": run.fault
        and [run.fault.kind, run.fault.message, run.fault.line, run.fault.source],
        "arrays": {n: [list(a.shape), a.dtype, a.itemsize] for n, a in run.traffic.arrays.items()},
        "sram_peak_bytes": run.traffic.sram_peak_bytes,
        "event_array": np.array([names.index(e.array) for e in events], np.int32),
        "event_kind": np.array([KINDS.index(e.kind) for e in events], np.int8),
        "event_numbers": np.array(
            [[e.nbytes, *e.program, e.line, e.loop_step, e.sram_bytes] for e in events], np.int64
        ).reshape(len(events), 7),
        "lines": [[*place, text] for place, text in run.traffic.source.items()],
        "functions": functions,
        "event_function": np.array([functions.index(e.function) for e in events], np.int32),
        "region_sizes": np.array([len(r) for r in regions], np.int32),
        "regions": np.array([pair for r in regions for pair in r], np.int64).reshape(-1, 2),
    }


def run_of(told: dict) -> KernelRun:
    """The KernelRun; raises FrameError where it is none."""
    try:
        names = list(told["arrays"])
        arrays = {n: ArrayInfo(tuple(s), d, i) for n, (s, d, i) in told["arrays"].items()}
        traffic = Traffic(arrays, sram_peak_bytes=int(told["sram_peak_bytes"]))
        traffic.source = {(str(f), int(line)): str(text) for f, line, text in told["lines"]}
        ends = np.cumsum(told["region_sizes"]).tolist()
        pairs, start = told["regions"].tolist(), 0
        columns = [told[f"event_{n}"].tolist() for n in ("array", "kind", "function", "numbers")]
        for step, (array, kind, function, numbers, end) in enumerate(
            zip(*columns, ends, strict=True)
        ):
            region = tuple((a, b) for a, b in pairs[start:end])
            nbytes, x, y, z, line, loop_step, sram = numbers
            start = end
            traffic.events.append(
                Event(
                    step,
                    names[array],
                    KINDS[kind],
                    region,
                    nbytes,
                    (x, y, z),
                    line,
                    loop_step,
                    sram,
                    str(told["functions"][function]),
                )  # fmt: skip
            )
        fault = None if told["fault"] is None else Fault(*told["fault"])
        outputs = {str(n): np.asarray(a) for n, a in told["outputs"].items()}
        counts = [{str(k): int(n) for k, n in told[c].items()} for c in ("idle", "products")]
        return KernelRun(outputs, traffic, fault, [str(n) for n in told["changed"]], *counts)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise FrameError(f"malformed: {error}") from None
