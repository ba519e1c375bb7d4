"""The compiler's own process: one JSON job a line on stdin, one JSON answer a line on stdout.

Started by `flashlab.compiler.process`, never imported; it needs triton and the standard library.
It runs with TRITON_INTERPRET unset whatever the notebook does.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

# PTX instructions that are counted; the first three groups run on tensor cores
PATTERNS = {
    "mma": r"\bmma\.sync",
    "wgmma": r"\bwgmma\.mma_async",
    "tcgen05": r"\btcgen05\.mma",
    "cp.async": r"\bcp\.async\.c[ag]\.shared",
    "tma": r"\bcp\.async\.bulk\.tensor",
}


def load(job, folder):
    path = Path(folder) / f"kernel_{job['key']}.py"
    path.write_text(job["module"])
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, job["name"])


def compile_one(job, folder):
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    kernel = load(job, folder)
    index = {name: i for i, name in enumerate(kernel.arg_names)}
    source = ASTSource(
        fn=kernel,
        signature=job["signature"],
        constexprs={(index[name],): value for name, value in job["constexprs"].items()},
        attrs={(index[name],): [["tt.divisibility", 16]] for name in job["aligned"]},
    )
    hip = job["backend"] == "hip"
    target = GPUTarget(job["backend"], job["arch"], 64 if hip else 32)
    binary = triton.compile(source, target=target, options=job["options"])
    meta = binary.metadata
    answer = {
        "shared_bytes": meta.shared,
        "num_warps": meta.num_warps,
        "num_stages": meta.num_stages,
        "tensor_memory_columns": getattr(meta, "tmem_size", 0) or 0,
        "triton": triton.__version__,
    }
    return answer | (read_amd(binary) if hip else read_nvidia(binary, folder))


def read_nvidia(binary, folder):
    import triton

    counts = {k: len(re.findall(p, binary.asm["ptx"])) for k, p in PATTERNS.items()}
    file = Path(folder) / "kernel.cubin"
    file.write_bytes(binary.asm["cubin"])
    tool = Path(triton.__file__).parent / "backends/nvidia/bin/cuobjdump"
    said = subprocess.run([tool, "-res-usage", file], capture_output=True, text=True)
    found = re.search(r"REG:(\d+) STACK:(\d+)", said.stdout)
    if found is None:
        raise RuntimeError(f"cuobjdump said: {(said.stdout + said.stderr)[-300:]}")
    return {
        "registers": int(found.group(1)),
        "spill_bytes": int(found.group(2)),
        "tensor_core": {k: counts[k] for k in ("mma", "wgmma", "tcgen05") if counts[k]},
        "async_copies": counts["cp.async"],
        "bulk_copies": counts["tma"],
    }


def read_amd(binary):
    text = binary.asm["amdgcn"]

    def field(name):
        found = re.search(rf"\.{name}:\s*(\d+)", text)
        return int(found.group(1)) if found else 0

    mfma = len(re.findall(r"v_mfma", text))
    return {
        "registers": field("vgpr_count"),  # on this family the accumulation registers are included
        "spill_bytes": field("private_segment_fixed_size"),
        "tensor_core": {"mfma": mfma} if mfma else {},
        "async_copies": len(re.findall(r"(?:buffer|global)_load_\w*lds|buffer_load.* lds\b", text)),
        "bulk_copies": 0,
    }


def said_by_compiler(error, module):
    """The words of the innermost CompilationError: what the fault is, not who called it.

    The line is the innermost one of `module`, the learner's text: tl.max fails in Triton's own.
    """
    at, place, chain = None, None, error
    while chain is not None:
        if hasattr(chain, "node") and hasattr(chain, "src"):
            at = chain
            theirs = chain.src and chain.src.strip() in module
            place = chain if place is None or theirs else place
        chain = chain.__cause__ or chain.__context__
    if at is None:
        lines = [x for x in str(error).splitlines() if x.strip()]
        return {"kind": type(error).__name__, "message": "\n".join(lines[:12])}
    message = at.error_message
    cause = at.__cause__
    if not message and cause is not None:
        message = str(cause)
    if message is None or not str(message).strip():
        message = "Triton refuses this line and does not say why."
    if quoted := re.fullmatch(r"""AssertionError\((["'])(.*)\1\)""", str(message), re.S):
        message = quoted[2]
    return {
        "kind": type(at).__name__,
        "message": str(message),
        "function": place.src,
        "line": getattr(place.node, "lineno", None),
        "column": getattr(place.node, "col_offset", 0),
    }


def answer(job):
    with tempfile.TemporaryDirectory(prefix="flashlab_") as folder:
        try:
            return {"ok": compile_one(job, folder)}
        except Exception as error:
            said = said_by_compiler(error, job["module"])
            if os.environ.get("FLASHLAB_DEBUG"):
                said["traceback"] = traceback.format_exc()
            return {"error": said}


def main():
    # what the compiler prints must not get between the answers
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
