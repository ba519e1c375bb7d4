"""The folder of code that a submission sees: as much of flashlab as notebooks need, no answers.

Of flashlab only the modules in REAL are there as they are. Modules that hold answers are replaced
by ones that say so when they are called, everything else by ones that do nothing.
"""

from __future__ import annotations

import ast
import compileall
import shutil
from pathlib import Path

from flashlab.checks import observe

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "flashlab"
INSIDE = ("__init__", "frames", "held", "inside", "read")  # of autograder
HOST = (*INSIDE, "kernel_host", "kernel_source", "plain")
REAL = {"__init__", "cards", "errors", "memory", "traffic", "checks/__init__", "checks/observe"}
# Libraries with ready-made attention. NumPy lessons are graded without them.
LIBRARIES = ("torch", "functorch", "torchgen", "triton", "jax", "jaxlib", "tensorflow", "keras",
             "flash_attn", "xformers", "mlx", "paddle", "onnxruntime", "cupy")  # fmt: skip

_ANSWER = '''"""Holds answers: empty while work is graded."""

from autograder.held import answer


def __getattr__(name):
    return answer(__name__, name)
'''
_TOOL = _ANSWER.replace("Holds answers: empty", "Not here").replace("answer", "tool")
_PICTURE = '''"""Not needed while work is graded."""

from autograder.held import picture as __getattr__
'''


def make_bench(folder: Path, host: bool = False) -> Path:
    """Fill `folder` and return it; `folder/site-packages` goes on the sandbox's path.

    The code lies in a folder of that name so that `flashlab` takes none of it for the learner's.
    host: for the harness of kernels, where nobody else's Python runs: all of flashlab.
    """
    top = folder / "site-packages"
    for name in HOST if host else INSIDE:
        _write(top / "autograder" / f"{name}.py", (HERE / f"{name}.py").read_text())
    _write(top / "autograder" / "held.txt", "" if host else "\n".join(LIBRARIES))
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).with_suffix("").as_posix()
        text = path.read_text()
        _write(top / "flashlab" / f"{name}.py", text if host else _edition(name, text))
    compileall.compile_dir(top, quiet=2)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def remove_bench(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _edition(name: str, source: str) -> str:
    """What stands in the sandbox for the module `name` of flashlab."""
    if name in REAL:
        return _without_answers(name, source)
    module = "flashlab." + name.removesuffix("/__init__").replace("/", ".")
    if module.startswith(observe.ANSWER_MODULES):
        return _ANSWER
    return _PICTURE if module.startswith("flashlab.widgets") else _TOOL


def _without_answers(name: str, source: str) -> str:
    """`source`, its answering functions (observe.ANSWER_FUNCTIONS) emptied."""
    held = {
        f.rsplit(".", 1)[1]
        for f in observe.ANSWER_FUNCTIONS
        if f.rsplit(".", 1)[0] == "flashlab." + name
    }
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in held:
            node.body = ast.parse(
                f"from autograder.held import answer\nreturn answer(__name__, {node.name!r})()"
            ).body
    return ast.unparse(tree) if held else source


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
