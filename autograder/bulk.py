"""Grade a class: jobs out to workers, results in, one writer, ready to be stopped at any moment."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from autograder import by_hand, report
from autograder.errors import GradingError
from autograder.grade import Result, refuse
from autograder.gradebook import Marks
from autograder.jobs import TRIES, Job, Jobs
from autograder.worker import Worker, WorkerDied, job_of

# hands jobs out and yields each with its answer (see `Worker.grade`), or {"died": why}
Engine = Callable[[list[Job]], Iterator[tuple[Job, dict]]]


def run(jobs: Jobs, engine: Engine, marks: Marks, folder: Path, progress: Callable) -> None:
    """Grade what waits in `jobs` and write what comes back below `folder`.

    marks: the gradebook; nobody else writes to it meanwhile. progress(result) is called for each.
    What a killed run left behind, graded or not, is taken up where it stood.
    """
    _save(jobs, marks, folder)
    while waiting := jobs.waiting():
        with contextlib.closing(engine(waiting)) as answers:
            for job, answer in answers:
                result = _result(jobs, job, answer, marks)
                if result is None:
                    continue
                if answer.get("notebook"):
                    report.write_notebook(result, answer["notebook"], folder)
                jobs.finish(job, result)
                _save(jobs, marks, folder)
                progress(result)


def _result(jobs: Jobs, job: Job, answer: dict, marks: Marks) -> Result | None:
    """The result in an answer; None when the job is to be done again."""
    if "result" in answer:
        return Result.of(answer["result"])
    if jobs.died(job) < TRIES:
        return None
    if "error" in answer:  # no submission's fault: a sandbox that does not start, say
        raise GradingError(answer["error"])
    told = Result(job.submission.student, job.submission.lesson, job.submission.path.name)
    reason = f"{told.source} ended the grading process {TRIES} times ({answer['died']}): grade it"
    return refuse(told, f"{reason} by hand", marks.known)


def _save(jobs: Jobs, marks: Marks, folder: Path) -> None:
    """Gradebook and feedback of every result that has none yet."""
    for id, result, sha, received in jobs.unsaved():
        given = by_hand.that_holds(jobs, result, sha)
        marks.save(result, received, given)
        report.write_feedback(result, folder)
        jobs.saved(id, result, [g.text() for g in given])


def here(settings: dict, n: int) -> Engine:
    """An engine of `n` worker processes on this machine."""

    def engine(waiting: list[Job]) -> Iterator[tuple[Job, dict]]:
        todo: queue.SimpleQueue = queue.SimpleQueue()
        done: queue.SimpleQueue = queue.SimpleQueue()
        for job in waiting:
            todo.put(job)
        workers = [Worker(settings) for _ in range(min(n, len(waiting)))]
        threads = [
            threading.Thread(target=_work, args=(w, todo, done), daemon=True) for w in workers
        ]
        for thread in threads:
            thread.start()
        try:
            for _ in waiting:
                yield done.get()
        finally:
            with contextlib.suppress(queue.Empty):
                while True:
                    todo.get_nowait()
            for worker in workers:
                worker.close()
            for thread in threads:
                thread.join()
            for worker in workers:
                worker.kill()

    return engine


def _work(worker: Worker, todo: queue.SimpleQueue, done: queue.SimpleQueue) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            job = todo.get_nowait()
            try:
                answer = worker.grade(job_of(job.submission))
            except WorkerDied as death:
                answer = {"died": str(death)}
            done.put((job, answer))
