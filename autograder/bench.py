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
REAL = {"__init__", "cards", "errors", "memory", "traffic", "checks/__init__", "checks/observe"}
# Libraries with ready-made attention. NumPy lessons are graded without them.
LIBRARIES = ("torch", "functorch", "torchgen", "triton", "jax", "jaxlib", "tensorflow", "keras",
             "flash_attn", "xformers", "mlx", "paddle", "onnxruntime", "cupy")  # fmt: skip

_ANSWER = '''"""Holds answers: empty while work is graded."""

from autograder.held import answer


def __getattr__(name):
    return answer(__name__, name)
'''
_PICTURE = '''"""Not needed while work is graded."""

from autograder.held import picture as __getattr__
'''


def make_bench(folder: Path, held: tuple[str, ...] = LIBRARIES) -> Path:
    """Fill `folder` and return it; `folder/site-packages` goes on the sandbox's path.

    held: libraries that cannot be imported there. The code lies in a folder of that name so that
    `flashlab` takes none of it for the learner's.
    """
    top = folder / "site-packages"
    for name in INSIDE:
        _write(top / "autograder" / f"{name}.py", (HERE / f"{name}.py").read_text())
    _write(top / "autograder" / "held.txt", "\n".join(held))
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).with_suffix("").as_posix()
        _write(top / "flashlab" / f"{name}.py", _edition(name, path.read_text()))
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
    return _ANSWER if module.startswith(observe.ANSWER_MODULES) else _PICTURE


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
