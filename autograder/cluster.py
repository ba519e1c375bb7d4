"""The same jobs on other machines, by Dask: `--scheduler ADDRESS`.

A Dask worker needs this checkout on its path: `cd CHECKOUT; python -m distributed.cli.dask_worker
ADDRESS`. Submissions travel by value. A task only supervises a process that can be killed, because
Dask cannot stop a task that hangs. The scheduler gives a lost worker's job to another.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import cache

from autograder import collect
from autograder.bulk import Engine
from autograder.course import ROOT
from autograder.errors import GradingError
from autograder.jobs import Job
from autograder.read import NotANotebook
from autograder.worker import Worker, WorkerDied, job_of

_mine = threading.local()  # a worker process for each thread of a Dask worker


def connect(address: str):
    """Dask's client of the scheduler at `address`.

    Raises GradingError when Dask is not installed or the scheduler does not answer.
    """
    try:
        from distributed import Client
    except ImportError:
        raise GradingError("Dask is not installed: pip install 'flashlab[cluster]'") from None
    try:
        return Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise GradingError(f"no Dask scheduler answers at {address}: {error}") from None


def there(client, settings: dict) -> Engine:
    """An engine on the Dask cluster of this client."""

    def engine(waiting: list[Job]) -> Iterator[tuple[Job, dict]]:
        from distributed import as_completed

        settings["edition"] = edition()
        todo, running = iter(waiting), {}

        def submit():
            job = next(todo, None)
            if job is None:
                return None
            future = client.submit(supervise, settings, _by_value(job), pure=False)
            running[future] = job
            return future

        room = 2 * max(1, sum(client.nthreads().values()))
        coming = as_completed([f for f in (submit() for _ in range(room)) if f is not None])
        try:
            for future in coming:
                job = running.pop(future)
                error = future.exception()
                yield job, {"died": str(error)} if error else future.result()
                if (more := submit()) is not None:
                    coming.add(more)
        finally:
            client.cancel(list(running))

    return engine


def _by_value(job: Job) -> dict:
    try:
        content = b"" if job.submission.problem else collect.read(job.submission.path)
    except NotANotebook as problem:
        job.submission.problem, content = str(problem), b""
    return job_of(job.submission, content)


def supervise(settings: dict, job: dict) -> dict:
    """The task: grade one job in a process of its own. Runs on a Dask worker."""
    if settings["edition"] != edition():
        return {"error": f"a Dask worker has another edition of the course, in {ROOT}"}
    if getattr(_mine, "settings", None) != settings:
        _mine.worker, _mine.settings = Worker(settings), settings
    try:
        return _mine.worker.grade(job)
    except WorkerDied as death:
        return {"died": str(death)}


@cache
def edition() -> str:
    """A name for this state of notebooks, checks and grader."""
    digest = hashlib.sha256()
    for top, pattern in (("course", "*/*.ipynb"), ("flashlab", "**/*.py"), ("autograder", "*.py")):
        for path in sorted((ROOT / top).glob(pattern)):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
