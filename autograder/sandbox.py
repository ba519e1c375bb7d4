"""Start a process that can reach nothing but a pipe to us, and end it whatever it does.

bubblewrap gives it namespaces of its own: no network, no other process, and a file system that has
Python, its libraries and the bench (`autograder.bench`), all read-only, and two small empty folders
to write to. There is no home, no environment, no gradebook, no other submission. A seccomp filter
and resource limits do the rest. It runs as root, switching to a user that owns nothing, and as an
ordinary user, in a user namespace.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import IPython
import numpy
import psutil

from autograder.bench import LIBRARIES
from autograder.course import ROOT
from autograder.errors import GradingError
from autograder.frames import Channel, Closed, FrameError, OutOfTime, dump, load
from autograder.seccomp import seccomp_filter

START_SECONDS = 60
NOBODY = 65534
# uids of sandboxes, where we may choose: one each, so that their limits are their own
FIRST_UID = 1_700_000_000
_numbers = itertools.count()

_START = """
import json, os, resource, sys
told = json.loads(sys.argv[1])
sys.argv = ["lesson"]
for name, value in told["limits"].items():
    hard = resource.getrlimit(getattr(resource, name))[1]
    value = hard if value < 0 else value if hard < 0 else min(value, hard)
    resource.setrlimit(getattr(resource, name), (value, value))
if told["uid"]:
    os.setgroups([])
    os.setresgid(told["uid"], told["uid"], told["uid"])
    os.setresuid(told["uid"], told["uid"], told["uid"])
os.umask(0o077)
sys.path[:0] = told["first"]
sys.path += told["last"]
from importlib import import_module
import_module(told["program"]).main(told["room"])
"""


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    cell_seconds: float = 30  # one cell, or one check with all its calls
    total_seconds: float = 240  # the submission
    memory_bytes: int = 2 << 30  # all its processes together
    processes: int = 32
    file_bytes: int = 16 << 20  # one file; all files together: four times as much
    restarts: int = 8  # new processes after the code ended or hung


@dataclass(frozen=True)
class Isolation:
    """How submissions are kept apart from us. `bwrap`: its path; "" trusts them."""

    bwrap: str = ""
    root: bool = False  # we are: the sandbox switches to a user of its own
    hide: tuple[str, ...] = field(default=(str(ROOT),))  # folders never shown


class Stopped(Exception):
    """The learner's process is gone. The text says why, as a clause: "a cell ran for ..."."""


class TookTooLong(Stopped):
    """The learner's process had to be ended at its deadline."""


def find_isolation(trust: bool = False, hide: tuple[Path, ...] = ()) -> Isolation:
    """The isolation of this machine, tried out. Raises GradingError with one line where it fails.

    trust: no isolation at all; the instructor has read the submissions.
    hide: folders that no submission may see, should they lie below Python's own.
    """
    if trust:
        return Isolation()
    advice = "or read the submissions and say --trust-submissions"
    bwrap = shutil.which("bwrap")
    if not bwrap:
        raise GradingError(
            "no bubblewrap here, so submissions would run with your rights: install it "
            f"(apt install bubblewrap; Linux only), {advice}"
        )
    hidden = tuple(str(p.resolve()) for p in (ROOT, *hide))
    isolation = Isolation(bwrap, os.geteuid() == 0, hidden)
    problem = _try_out(isolation)
    if problem:
        raise GradingError(
            f"bubblewrap cannot start a sandbox here ({problem}): allow it, {advice}"
        )
    return isolation


@cache
def _try_out(isolation: Isolation) -> str:
    """Start an empty sandbox; why it does not work, or ""."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        argv = [*_wrap(isolation, Path(folder), Limits()), sys.executable, "-c", ""]
        argv[-3] = os.path.realpath(sys.executable)
        with _seccomp_fd() as fd:
            argv = _with_seccomp(argv, fd)
            done = subprocess.run(argv, capture_output=True, text=True, env={}, pass_fds=fd)
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return "" if done.returncode == 0 else lines[-1]


class Sandbox:
    """A running process that answers messages. Use as a context manager, or call `kill`."""

    def __init__(
        self, isolation: Isolation, bench: Path, limits: Limits, room: int = 0, host: bool = False
    ) -> None:
        """Start it on `bench` (autograder.bench.make_bench). Raises GradingError if it fails.

        room: bytes of address space beyond what it starts with, or 0 for no such limit. host: run
        the harness of kernels, with torch and triton, and no learner's cell.
        """
        self.limits, self.alive, self._room, self._host = limits, True, room, host
        self._stderr = tempfile.TemporaryFile()
        self._folder = ""
        argv, cwd = self._argv(isolation, bench)
        with _seccomp_fd(isolation) as fd:
            self._process = subprocess.Popen(
                _with_seccomp(argv, fd),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env=self._environment(isolation),
                cwd=cwd,
                pass_fds=fd,
                start_new_session=True,
                bufsize=0,
            )
        pipes = os.dup(self._process.stdout.fileno()), os.dup(self._process.stdin.fileno())
        self._process.stdin.close()
        self._process.stdout.close()
        self.channel = Channel(*pipes, self._watch_memory)
        try:
            load(*self.channel.receive(time.monotonic() + START_SECONDS))
        except (Closed, OutOfTime, FrameError, Stopped):
            problem = self._last_words()
            self.kill()
            raise GradingError(f"the sandbox does not start: {problem}") from None
        except BaseException:
            self.kill()
            raise

    def _argv(self, isolation: Isolation, bench: Path) -> tuple[list[str], str | None]:
        limits = _resource_limits(self.limits)
        python = [os.path.realpath(sys.executable), "-I", "-S", "-c", _START]
        program = "autograder.kernel_host" if self._host else "autograder.inside"
        told = {"limits": limits, "uid": 0, "last": list(_libraries()), "program": program}
        told["room"] = self._room
        if self._host:
            limits["RLIMIT_AS"] = -1  # torch and the compiler reserve far more than they use
        if isolation.bwrap:
            told |= {"uid": _uid() if isolation.root else 0, "first": ["/bench/site-packages"]}
            wrap = _wrap(isolation, bench, self.limits, self._host)
            return [*wrap, *python, json.dumps(told)], None
        del limits["RLIMIT_NPROC"]  # it would count the instructor's own processes
        self._folder = tempfile.mkdtemp(prefix="lesson-")
        told |= {"first": [str(bench / "site-packages")]}
        return [*python, json.dumps(told)], self._folder

    def _environment(self, isolation: Isolation) -> dict[str, str]:
        """Of bwrap itself, whose environment the sandbox could read; or of a trusted process."""
        return {} if isolation.bwrap else _variables(self._folder)

    def send(self, message: dict, deadline: float, keep=None, max_body: int = 64 << 20) -> None:
        """Send one message by `deadline` (time.monotonic()); raises Stopped."""
        try:
            self.channel.send(dump(message, keep, max_body), deadline)
        except (Closed, OutOfTime) as error:
            raise self._stop(error) from None

    def receive(self, deadline: float) -> dict:
        """The next message by `deadline`; raises Stopped, and then the process is dead."""
        try:
            return load(*self.channel.receive(deadline))
        except (Closed, OutOfTime, FrameError) as error:
            raise self._stop(error) from None

    def _stop(self, error: Exception) -> Stopped:
        self.kill()
        if isinstance(error, OutOfTime):
            return TookTooLong("took too long")
        if isinstance(error, FrameError):
            return Stopped(f"sent the grader something it does not take: {error}")
        return Stopped("ended its own process (a crash, an exit, or out of memory)")

    def _watch_memory(self) -> None:
        """Called while we wait: kill it when its processes together use too much."""
        used = 0
        with contextlib.suppress(psutil.Error):
            for process in psutil.Process(self._process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    used += process.memory_info().rss
        if used > self.limits.memory_bytes:
            self.kill()
            raise Stopped(f"used more than {self.limits.memory_bytes / 1e9:.1f} GB of memory")

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._stderr.seek(0)
        lines = self._stderr.read(1 << 16).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no message"

    def kill(self) -> None:
        """End it and everything that it started."""
        if not self.alive:
            return
        self.alive = False
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._folder:  # no namespace that ends with it
                os.killpg(self._process.pid, 9)
            self._process.kill()
        self._process.wait()
        self.channel.close()
        self._stderr.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exc) -> None:
        self.kill()


# --------------------------------------------------------------------------------------------------
# bubblewrap's words


def _wrap(isolation: Isolation, bench: Path, limits: Limits, host: bool = False) -> list[str]:
    """The command line up to the program that runs inside."""
    if isolation.root:
        who = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        who += ["--unshare-cgroup-try", "--cap-drop", "ALL"]
        who += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        who = ["--unshare-all", "--uid", str(NOBODY), "--gid", str(NOBODY), "--cap-drop", "ALL"]
    room = str(4 * limits.file_bytes)
    argv = [isolation.bwrap, *who, "--die-with-parent", "--new-session", "--hostname", "lesson"]
    for folder in ("/tmp", "/home/learner"):  # first: a checkout may lie inside of them
        argv += ["--perms", "1777", "--size", room, "--tmpfs", folder]
    argv += _file_system(isolation, bench, () if host else LIBRARIES)
    argv += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/"]
    for name, value in _variables("/home/learner").items():
        argv += ["--setenv", name, value]
    return [*argv, "--chdir", "/home/learner", "--"]


def _file_system(isolation: Isolation, bench: Path, masked: tuple[str, ...]) -> list[str]:
    """Python, its libraries and the bench; parents that nobody else may list; masks."""
    base = os.path.realpath(sys.base_prefix)
    shown = ["/usr", *(p for p in (base, *_libraries()) if not _inside(p, "/usr"))]
    words: list[str] = []
    for link in ("lib", "lib64", "bin", "sbin"):
        if os.path.islink(f"/{link}"):
            words += ["--symlink", os.readlink(f"/{link}"), f"/{link}"]
        elif os.path.isdir(f"/{link}"):
            words += ["--ro-bind", f"/{link}", f"/{link}"]
    for path in [*shown[1:], "/bench", "/home/learner", "/etc/ld.so.cache"]:
        for parent in reversed(Path(path).parents[:-1]):
            words += ["--perms", "0755", "--dir", str(parent)]
    for path in ("/etc/ld.so.cache", "/etc/alternatives"):
        words += ["--ro-bind-try", path, path]
    for path in sorted(shown, key=len):
        words += ["--ro-bind", path, path]
    for folder in isolation.hide:
        if any(_inside(folder, path) and folder != path for path in shown):
            words += ["--tmpfs", folder]
            for path in shown:
                words += ["--ro-bind", path, path] if _inside(path, folder) else []
    for library in _libraries():
        for name in (*masked, "flashlab", "autograder"):
            if os.path.isdir(os.path.join(library, name)):
                words += ["--tmpfs", os.path.join(library, name)]
    return [*words, "--ro-bind", str(bench), "/bench"]


@cache
def _libraries() -> tuple[str, ...]:
    """Folders that NumPy and IPython are imported from, where that is not Python's own."""
    found = [Path(module.__file__).resolve().parents[1] for module in (numpy, IPython, psutil)]
    found.append(Path(sysconfig.get_path("purelib")).resolve())
    return tuple(dict.fromkeys(str(p) for p in found if p.is_dir()))


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _variables(home: str) -> dict[str, str]:
    one = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    kept = {n: os.environ[n] for n in ("LD_LIBRARY_PATH",) if n in os.environ}
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "USER": "learner",
        "LANG": "C.UTF-8",
        "IPYTHONDIR": f"{home}/.ipython",
        "MPLBACKEND": "agg",
        "NBGRADER_EXECUTION": "autograde",
        "TRITON_INTERPRET": "1",
        **one,
        **kept,
    }


def _resource_limits(limits: Limits) -> dict[str, int]:
    found = {
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": int(limits.total_seconds) + 30,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": 128,
        "RLIMIT_NPROC": limits.processes,
    }
    # Linux counts processes by user and, from 5.14 on, by user namespace. Before that, a limit
    # would count every process of the instructor's.
    if os.geteuid() != 0 and _kernel() < (5, 14):
        del found["RLIMIT_NPROC"]
    return found


def _kernel() -> tuple[int, ...]:
    words = platform.release().split("-")[0].split(".")
    return tuple(int(w) for w in words[:2] if w.isdigit())


def _uid() -> int:
    """A user that nobody is; another one for each sandbox where this namespace has so many."""
    wanted = FIRST_UID + (os.getpid() * 1000 + next(_numbers) % 1000) % 400_000_000
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= wanted < first + count:
            return wanted
    return NOBODY


@contextlib.contextmanager
def _seccomp_fd(isolation: Isolation | None = None):
    """A descriptor bwrap reads the filter from, as a tuple; () where there is none."""
    program = seccomp_filter() if isolation is None or isolation.bwrap else b""
    if not program:
        yield ()
        return
    with tempfile.TemporaryFile() as file:
        file.write(program)
        file.seek(0)
        yield (file.fileno(),)


def _with_seccomp(argv: list[str], fds: tuple[int, ...]) -> list[str]:
    return [argv[0], *(w for fd in fds for w in ("--seccomp", str(fd))), *argv[1:]]
