"""How fast is the grader, and does it lose anything? Four parts, each with its own numbers.

    python benchmarks/grading.py                              all parts, half an hour on 2 cores
    python benchmarks/grading.py --parts stock,dask           some of them
    python benchmarks/grading.py --parts thousand --n 100     a smaller class

    stock     the same 40 submissions by `nbgrader autograde` and by this grader with --jobs 2,
              isolation included; taking turns, halves in the order A B B A
    thousand  1,000 generated submissions, the grader killed three times on the way
    dask      60 submissions on a scheduler and three workers, one of which is killed
    fuzz      2,000 mutated notebooks (tests/test_fuzz_grading.py)

Writes benchmarks/results/grading.json, prints a line a part, and exits with 1 if a mark is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import nbformat
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nbgrader.api import Gradebook  # noqa: E402

from autograder import course  # noqa: E402

PARTS = ("stock", "thousand", "dask", "fuzz")
VERSIONS = ("nbgrader", "numpy", "ipython", "distributed", "hypothesis")
LESSON = "01_naive_attention"
NBGRADER = """
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.db_url = {url!r}
c.Execute.timeout = 60
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated; default all")
    parser.add_argument("--n", type=int, default=1000, help="submissions of the part thousand")
    parser.add_argument("--mutants", type=int, default=2000, help="notebooks of the part fuzz")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/grading.json")
    options = parser.parse_args()
    results = json.loads(options.out.read_text()) if options.out.exists() else {}
    versions = {name: metadata.version(name) for name in VERSIONS}
    machine = {"cpus": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"}
    results["machine"] = {**machine, "python": platform.python_version(), **versions}
    for part in options.parts.split(","):
        with tempfile.TemporaryDirectory(prefix="grading-") as folder:
            found = globals()[f"run_{part}"](Path(folder), options)
        results[part] = found
        print(f"{part}: {json.dumps(found)}", flush=True)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=1) + "\n")
    return 1 if any(r.get("wrong") for r in results.values()) else 0


# --------------------------------------------------------------------------------------------------
# A class whose marks are known


def make_class(folder: Path, n: int, seed: int = 0) -> dict[str, float]:
    """n submissions of LESSON, each with some exercises solved; the mark of each."""
    draw, lesson, marks = random.Random(seed), course.find_lesson(LESSON), {}
    solved = course.read(ROOT / "solutions" / LESSON / f"{LESSON}.ipynb")
    answers = {course.grade_id(c): c.source for c in solved.cells if course.is_answer(c)}
    for i in range(n):
        done = {name for name in answers if draw.random() < 0.7}
        notebook = nbformat.from_dict(lesson.notebook)
        notebook = nbformat.reads(nbformat.writes(notebook), as_version=4)
        for cell in notebook.cells:
            if course.is_answer(cell) and course.grade_id(cell) in done:
                cell.source = answers[course.grade_id(cell)]
        path = folder / f"s{i:04}" / LESSON / f"{LESSON}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        points = lesson.points.items()
        marks[f"s{i:04}"] = sum(p for check, p in points if check.partition("__")[0] in done)
    return marks


def wrong(url: str, marks: dict[str, float]) -> list[str]:
    """Students whose mark in the gradebook is not the one that they earned."""
    with Gradebook(url) as book:
        found = {s.student.id: s.score for s in book.assignment_submissions(LESSON)}
    return [s for s in marks if found.get(s) != marks[s]] + [s for s in found if s not in marks]


def ours(folder: Path, out: Path, *more: str) -> list[str]:
    words = [sys.executable, "-m", "autograder", "grade", str(folder), "--out", str(out)]
    return [*words, "--jobs", "2", "--seed", "3", *more]


def call(words: list[str], **how) -> float:
    """Seconds that a command takes; it must succeed."""
    start = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, **how)
    if done.returncode:
        raise SystemExit(f"{' '.join(words[:4])} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - start


# --------------------------------------------------------------------------------------------------
# The parts


def run_stock(folder: Path, options) -> dict:
    halves = []
    for half in range(2):
        top = folder / str(half)
        marks = make_class(top / "submitted", 20, seed=half)
        source = top / "source" / LESSON
        source.mkdir(parents=True)
        shutil.copy(ROOT / "solutions" / LESSON / f"{LESSON}.ipynb", source)
        url = f"sqlite:///{top}/stock.db"
        (top / "nbgrader_config.py").write_text(NBGRADER.format(root=str(top), url=url))
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}  # it calls alembic by its name
        how = {"cwd": top, "env": env}
        call([sys.executable, "-m", "nbgrader", "generate_assignment", LESSON], **how)
        stock = [sys.executable, "-m", "nbgrader", "autograde", LESSON]
        mine = ours(top / "submitted", top / "ours")
        halves.append((top, marks, url, (stock, how), (mine, {"cwd": ROOT})))
    seconds = {"stock": 0.0, "ours": 0.0}
    order = [("stock", 0), ("ours", 0), ("ours", 1), ("stock", 1)]
    for who, half in order:
        words, how = halves[half][3 if who == "stock" else 4]
        seconds[who] += call(words, **how)
    bad = []
    for top, marks, url, *_ in halves:
        bad += wrong(url, marks) + wrong(f"sqlite:///{top}/ours/gradebook.db", marks)
    ratio = seconds["ours"] / seconds["stock"]
    return {"seconds": rounded(seconds), "ratio": round(ratio, 3), "submissions": 40, "wrong": bad}


def run_thousand(folder: Path, options) -> dict:
    marks, out = make_class(folder / "class", options.n), folder / "out"
    start, peak, kills = time.perf_counter(), 0, 0
    for stop_at in [options.n // 5, options.n // 2, 4 * options.n // 5, options.n + 1]:
        grader = subprocess.Popen(ours(folder / "class", out), cwd=ROOT, stdout=subprocess.DEVNULL)
        while grader.poll() is None and graded(out) < stop_at:
            peak = max(peak, memory_of(grader.pid))
            time.sleep(0.2)
        if grader.poll() is None:
            grader.send_signal(signal.SIGKILL)
            kills += 1
        grader.wait()
    seconds = time.perf_counter() - start
    with sqlite3.connect(out / "queue.db") as db:
        jobs, done = db.execute("select count(*), count(result) from job").fetchone()
    bad = wrong(f"sqlite:///{out}/gradebook.db", marks)
    if (jobs, done, kills) != (options.n, options.n, 3):
        bad.append(f"{jobs} jobs, {done} done, {kills} kills")
    numbers = {"submissions": options.n, "killed": kills, "seconds": round(seconds, 1)}
    rate = round(options.n / seconds, 2)
    return {**numbers, "per_second": rate, "peak_mb": round(peak / 1e6), "wrong": bad}


def run_dask(folder: Path, options) -> dict:
    marks, out = make_class(folder / "class", 60), folder / "out"
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{s.getsockname()[1]}"
    host, port = address.split(":")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    quiet = {"env": env, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", host]
    started = [subprocess.Popen([*dask, "--port", port, "--no-dashboard"], **quiet)]
    work = [sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://{address}"]
    work += ["--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--no-nanny"]
    workers = [subprocess.Popen(work, **quiet) for _ in range(3)]
    start = time.perf_counter()
    try:
        words = ours(folder / "class", out, "--scheduler", f"tcp://{address}")
        grader = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
        while grader.poll() is None and graded(out) < 20:
            time.sleep(0.1)
        workers[0].kill()
        code = grader.wait()
    finally:
        for process in [*workers, *started]:
            process.kill()
            process.wait()
    seconds = round(time.perf_counter() - start, 1)
    bad = wrong(f"sqlite:///{out}/gradebook.db", marks) + (["failed"] if code else [])
    return {"submissions": 60, "workers": 3, "killed": 1, "seconds": seconds, "wrong": bad}


def run_fuzz(folder: Path, options) -> dict:
    env = {**os.environ, "FUZZ": str(options.mutants)}
    words = [sys.executable, "-m", "pytest", "tests/test_fuzz_grading.py", "-p", "no:cacheprovider"]
    start = time.perf_counter()
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True)
    seconds = round(time.perf_counter() - start, 1)
    bad = [done.stdout[-2000:]] if done.returncode else []
    return {"notebooks": options.mutants, "seconds": seconds, "wrong": bad}


def graded(out: Path) -> int:
    try:
        with sqlite3.connect(f"file:{out}/queue.db?mode=ro", uri=True) as db:
            return db.execute("select count(result) from job").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def memory_of(pid: int) -> int:
    """Bytes that a process and all that it started use now: workers and sandboxes, too."""
    used = 0
    with contextlib.suppress(psutil.Error):
        grader = psutil.Process(pid)
        for process in [grader, *grader.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                used += process.memory_info().rss
    return used


def rounded(numbers: dict) -> dict:
    return {name: round(value, 1) for name, value in numbers.items()}


if __name__ == "__main__":
    sys.exit(main())
