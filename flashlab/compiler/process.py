"""Keeps the compiler's process: started on first use, used for every job, replaced when it dies."""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path

from flashlab.errors import FlashlabError

_WORKER = Path(__file__).with_name("worker.py")
_lock = threading.Lock()
_process: subprocess.Popen | None = None
_stderr = None
_owner = 0  # a forked child must not talk to its parent's worker


class CompilerUnavailable(FlashlabError, RuntimeError):
    """There is no compiler on this machine."""


def ask(job: dict, timeout: float = 180.0) -> dict:
    """The worker's answer to one job: {"ok": ...} or {"error": {"kind", "message", ...}}.

    When the process dies (a compiler abort) or takes longer than `timeout` seconds, the answer is
    an error that says so, and the next job starts a fresh process.
    """
    global _process
    if find_spec("triton") is None:
        raise CompilerUnavailable(
            "triton is not installed here, so there is no compiler (it has wheels for Linux only)"
        )
    with _lock:
        process = _started()
        try:
            process.stdin.write((json.dumps(job) + "\n").encode())
            process.stdin.flush()
            line = _read_line(process, timeout)
        except BrokenPipeError:
            line = b""
        if line:
            return json.loads(line)
        timed_out = line is None
        process.kill()
        code = process.wait()
        _process = None
        if timed_out:
            return {"error": {"kind": "Timeout", "message": f"no result after {timeout:.0f} s"}}
        return {"error": {"kind": "CompilerCrash", "message": _last_words(code)}}


def stop() -> None:
    """End the worker, if there is one. The next job starts another."""
    global _process
    with _lock:
        if _process is not None and _owner == os.getpid():
            _process.stdin.close()
            try:
                _process.wait(5)
            except subprocess.TimeoutExpired:
                _process.kill()
                _process.wait()
            _process.stdout.close()
        _process = None


def _started() -> subprocess.Popen:
    global _process, _stderr, _owner
    if _process is not None and _owner == os.getpid() and _process.poll() is None:
        return _process
    hidden = ("TRITON_INTERPRET",)
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    _stderr = tempfile.TemporaryFile()
    _process = subprocess.Popen(
        # -P: the folder of worker.py must not come before the standard library
        [sys.executable, "-P", str(_WORKER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=_stderr,
        env=environment,
    )
    _owner = os.getpid()
    return _process


def _read_line(process, timeout: float) -> bytes | None:
    """One line of the worker; b"" when it has ended, None when nothing came in time."""
    ready, _, _ = select.select([process.stdout], [], [], timeout)
    return process.stdout.readline() if ready else None


def _last_words(code: int) -> str:
    _stderr.seek(0)
    lines = _stderr.read().decode(errors="replace").splitlines()
    telling = [x for x in lines if "error" in x.lower() or "assert" in x.lower()] or lines
    said = f": {telling[-1].strip()[:300]}" if telling else ""
    return f"the compiler itself ended with code {code}{said}"


atexit.register(stop)
