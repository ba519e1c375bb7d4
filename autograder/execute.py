"""Run a notebook to its end, or as far as it lets us. The one module that starts learners' code.

A cell that never ends, or a kernel that dies, costs the cells after it and nothing else: their
checks get an error output that says so. Outputs are cut off at a limit while they arrive.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from autograder.course import ROOT, is_check

CELL_SECONDS = 30
OUTPUT_BYTES = 1 << 20  # of a whole notebook


class _Client(NotebookClient):
    """An nbclient that stops keeping outputs at OUTPUT_BYTES and runs in the graders' kernel."""

    kept_bytes = 0

    def output(self, outs, msg, display_id, cell_index):
        size = len(str(msg["content"].get("text", msg["content"].get("data", ""))))
        before, self.kept_bytes = self.kept_bytes, self.kept_bytes + size
        if self.kept_bytes <= OUTPUT_BYTES or msg["msg_type"] == "error":
            return super().output(outs, msg, display_id, cell_index)
        if before <= OUTPUT_BYTES:
            note = f"[output cut off here: more than {OUTPUT_BYTES >> 20} MB]\n"
            outs.append(nbformat.v4.new_output("stream", name="stdout", text=note))
        return None


def execute(
    notebook: nbformat.NotebookNode, seed: int, cell_seconds: int = CELL_SECONDS
) -> list[str]:
    """Run `notebook` in place in a kernel of this Python; return remarks in words.

    seed: the checks draw their inputs from it. cell_seconds: a cell that runs longer ends the run.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    remarks = []
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        client = _Client(
            notebook,
            timeout=cell_seconds,
            startup_timeout=60,
            allow_errors=True,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env=_environment(folder, seed), stderr=subprocess.DEVNULL)
        except CellTimeoutError:
            remarks.append(f"a cell ran for more than {cell_seconds} s and was stopped")
        except DeadKernelError:
            remarks.append("the code ended its own process (a crash, an exit, or out of memory)")
        except Exception as error:  # the protocol itself broken by the code it runs
            remarks.append(f"the run broke off: {type(error).__name__}")
    if remarks:
        _mark_unreached(notebook, remarks[0])
    if client.kept_bytes > OUTPUT_BYTES:
        remarks.append(f"printed {client.kept_bytes / 1e6:.0f} MB, cut off at 1 MB")
    for cell in notebook.cells:
        if is_check(cell):
            _keep_verdict(cell)
    return remarks


def _environment(folder: str, seed: int) -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {
        **os.environ,
        "PYTHONPATH": path,
        "IPYTHONDIR": str(Path(folder) / ".ipython"),
        "NBGRADER_EXECUTION": "autograde",
        "FLASHLAB_CHECK_SEED": str(seed),
    }


def _mark_unreached(notebook: nbformat.NotebookNode, reason: str) -> None:
    """Give every check that did not finish an error that says why."""
    for cell in notebook.cells:
        finished = cell.cell_type == "code" and cell.execution_count is not None
        verdict = finished and (cell.outputs or not is_check(cell))
        if is_check(cell) and not verdict:
            text = f"not reached: {reason}"
            cell.outputs = [
                nbformat.v4.new_output("error", ename="NotReached", evalue=text, traceback=[text])
            ]


def _keep_verdict(cell) -> None:
    """Leave only what a check itself may say: its line on stdout, or one error.

    nbgrader takes a displayed number for partial credit and scores 0 on anything on stderr; a check
    writes neither, so whatever stands there is not the check's.
    """
    cell.outputs = [
        out
        for out in cell.outputs
        if out.output_type == "error" or (out.output_type == "stream" and out.name == "stdout")
    ]
