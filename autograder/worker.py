"""A process that grades what it is told, one submission after the other, and can be killed.

Started as `python -m autograder.worker`. It reads a JSON object a line from stdin, settings first,
then jobs, and writes one a line to stdout. `Worker` is the other end of those pipes. Both ends are
trusted; what a submission does ends in the sandbox, and at worst in this process.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import select
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

import nbformat

from autograder import kernels
from autograder.collect import Submission
from autograder.course import ROOT, lessons
from autograder.errors import GradingError
from autograder.grade import Grader, Result, refuse
from autograder.sandbox import Isolation, Limits

ROOM = 2 << 30  # bytes of address space that a worker may take beyond what it starts with


class WorkerDied(Exception):
    """The process ended, or was ended, in the middle of a job. The text says which."""


class Worker:
    """A worker process, started when the first job comes and again after it died.

    One thread grades with it; any other may `close` it meanwhile.
    """

    def __init__(self, settings: dict) -> None:
        self._settings = settings
        self._process: subprocess.Popen | None = None
        self._lock, self._closed = threading.Lock(), False
        # the submission's own limits, and its kernels', end it before this
        self._seconds = (2 + kernels.TOTAL) * settings["limits"]["total_seconds"] + 120

    def grade(self, job: dict) -> dict:
        """The answer to one job: {"result": ..., "notebook": ...} or {"error": one line}.

        Raises WorkerDied; the next call starts a new process.
        """
        process = self._running()
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
            return json.loads(self._line(process))
        except (OSError, ValueError) as error:
            self.kill()
            raise WorkerDied(str(error) or type(error).__name__) from None

    def _line(self, process: subprocess.Popen) -> bytes:
        end, got = time.monotonic() + self._seconds, bytearray()
        while not got.endswith(b"\n"):
            if not select.select([process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise OSError(f"the grading process was silent for {self._seconds:g} s")
            chunk = os.read(process.stdout.fileno(), 1 << 20)
            if not chunk:
                raise OSError("the grading process ended")
            got += chunk
        return bytes(got)

    def _running(self) -> subprocess.Popen:
        with self._lock:
            if self._closed:
                raise WorkerDied("grading was stopped")
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "autograder.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    cwd=ROOT,
                    start_new_session=True,  # a Ctrl-C is the parent's to handle
                )
                self._process.stdin.write(json.dumps(self._settings).encode() + b"\n")
            return self._process

    def kill(self) -> None:
        """End the process and the sandbox that it runs. The thread that grades calls this."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                for pipe in (self._process.stdin, self._process.stdout):
                    with contextlib.suppress(OSError):
                        pipe.close()
                self._process = None

    def close(self) -> None:
        """End the process for good: a job that it is at raises WorkerDied in its thread."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()  # the other end of its pipes is that thread's to close


def settings_of(seed: int, limits: Limits, isolation: Isolation) -> dict:
    """What a worker is told first."""
    return {"seed": seed, "limits": asdict(limits), "isolation": asdict(isolation)}


def job_of(submission: Submission, content: bytes | None = None) -> dict:
    """A submission as a job; with `content` it travels by value."""
    by_value = base64.b64encode(content).decode() if content is not None else None
    return {
        "student": submission.student,
        "path": str(submission.path.absolute()),
        "lesson": submission.lesson,
        "problem": submission.problem,
        "only": submission.only,
        "content": by_value,
    }


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints, the pipe carries answers alone
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    told = json.loads(sys.stdin.buffer.readline())
    _bound_memory()
    isolation = Isolation(**{**told["isolation"], "hide": tuple(told["isolation"]["hide"])})
    with Grader(lessons(), told["seed"], Limits(**told["limits"]), isolation) as grader:
        for line in sys.stdin.buffer:
            answers.write(json.dumps(_answer(grader, json.loads(line))).encode() + b"\n")
            answers.flush()


def _answer(grader: Grader, job: dict) -> dict:
    content = None if job["content"] is None else base64.b64decode(job["content"])
    named = {n: job[n] for n in ("student", "lesson", "problem", "only")}
    submission = Submission(path=Path(job["path"]), **named)
    try:
        result = grader.grade(submission, content)
    except GradingError as error:  # our own trouble, such as a sandbox that does not start
        return {"error": str(error)}
    except Exception as error:  # a mistake of ours that this submission brought to light
        told = Result(submission.student, submission.lesson, submission.path.name)
        reason = f"{told.source} made the grader stumble ({type(error).__name__}: {error}); please"
        result = refuse(told, f"{reason} report it, and grade it by hand", grader.known)
    notebook = None if result.notebook is None else nbformat.writes(result.notebook)
    return {"result": result.plain(), "notebook": notebook}


def _bound_memory() -> None:
    """What a check makes of an answer, such as of arrays that broadcast, must fit in ROOM."""
    with contextlib.suppress(OSError):  # no Linux
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = pages * resource.getpagesize() + ROOM
        resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))


def _end_with_parent(parent: int) -> None:
    """A grader that was killed leaves no worker behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main()
