"""Grade a class into a folder, from its first file to the reports, or go on where it stopped."""

from __future__ import annotations

import secrets
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

from autograder import bulk, by_hand, course, gradebook, report
from autograder.class_report import write_class
from autograder.collect import collect
from autograder.errors import GradingError, first_line, listed
from autograder.grade import Result
from autograder.jobs import Jobs
from autograder.progress import Progress
from autograder.roster import (
    Attendance,
    Person,
    Roster,
    attendance,
    of_gradebook,
    plain,
    read_roster,
)
from autograder.sandbox import Isolation, Limits, find_isolation
from autograder.tables import read_arrivals
from autograder.worker import settings_of

TABLE = 12  # submissions whose every exercise is printed
ROLL = 60  # and those of which each has a line


def grade(options) -> int:
    """`grade`; options: what `cli` parsed. Returns 0; raises GradingError."""
    known = course.lessons()
    if options.lesson:
        course.find_lesson(options.lesson)
    _apart(options.folder, options.out)
    arrivals, people = _arrivals(options), _people(options)
    submissions = collect(options.folder, known, options.lesson, Roster(people).find)
    isolation = find_isolation(options.trust_submissions, (options.folder, options.out))
    client = _tried(options)
    if _goes_on(options):
        with closing(Jobs(options.out)) as jobs:
            done, total = jobs.counts()
            print(f"going on in {options.out}/: {done} of {total} are graded", file=sys.stderr)
            jobs.add(submissions)
            _note_terms(options, jobs, arrivals, people)
            return _finish(options, options.out, jobs, isolation, client)
    named = gradebook.url_of(options.gradebook, options.out) if options.gradebook else ""
    given = by_hand.earlier(options.out, named)
    out = _fresh(options.out)
    with closing(Jobs(out)) as jobs:
        seed = options.seed if options.seed is not None else secrets.randbelow(2**31 - 1) + 1
        by_hand.keep(jobs, given)
        secret = gradebook.has_password(named)
        jobs.describe(gradebook="" if secret else named, password=secret, lesson=options.lesson)
        jobs.add(submissions)
        _note_terms(options, jobs, arrivals, people)
        jobs.describe(folder=str(options.folder.resolve()), seed=seed)  # from now on it goes on
        return _finish(options, out, jobs, isolation, client)


def regrade(options) -> int:
    """`regrade`, with what the grading in the folder began with or was told since."""
    if not (options.out / "queue.db").exists():
        raise GradingError(f"{options.out} holds no grading: there is no queue.db in it")
    with closing(Jobs(options.out)) as jobs:
        if not jobs.about().get("seed"):
            raise GradingError(f"the grading in {options.out} never began: give `grade` again")
        folder = Path(jobs.about()["folder"])
        arrivals, people = _arrivals(options), _people(options)
        isolation = find_isolation(options.trust_submissions, (folder, options.out))
        exercises = dict.fromkeys(v.exercise for r in jobs.results() for v in r.verdicts)
        _known("student", options.student, jobs.students())
        _known("exercise", options.exercise, list(exercises))
        client = _tried(options)
        _url(options, jobs, options.out)  # before anything is put back
        if gone := jobs.gone(options.student):
            raise GradingError(
                f"what was handed in is no longer there, so nothing is graded: {listed(gone)}"
            )
        if not jobs.again(options.student, options.exercise) and not jobs.waiting():
            named = " ".join(filter(None, (options.student, options.exercise)))
            raise GradingError(f"nothing in {options.out} to grade again for {named or 'anybody'}")
        _note_terms(options, jobs, arrivals, people)
        return _finish(options, options.out, jobs, isolation, client)


def _known(what: str, name: str, there: list[str]) -> None:
    if name and name not in there:
        raise GradingError(f"there is no {what} {name!r}; there are: {listed(there)}")


def _arrivals(options) -> dict[str, str]:
    return {} if options.received is None else read_arrivals(options.received)


def _people(options) -> list[Person]:
    return [] if options.roster is None else read_roster(options.roster)


def _tried(options):
    """Try what was named before anything is written; the scheduler's client, if there is one."""
    if options.late:
        gradebook.late_rule(options.late)
    if options.gradebook:
        gradebook.Marks(gradebook.url_of(options.gradebook, options.out), {}).gradebook.close()
    if not options.scheduler:
        return None
    from autograder.cluster import connect

    return connect(options.scheduler)


def _note_terms(options, jobs: Jobs, arrivals: dict[str, str], people: list[Person]) -> None:
    """Note when work is due and came in, what late work loses, and who is in the class.

    Marks that change by it are due again.
    """
    if people:
        jobs.describe(roster=plain(people))
    said = {"due": options.due and options.due.isoformat(), "late": options.late}
    about = jobs.about()
    new = {name: value for name, value in said.items() if value and value != about.get(name)}
    if new:
        jobs.describe(**new)
        jobs.save_again()
    roster = Roster(Person(**row) for row in jobs.about().get("roster", ()))
    if strangers := jobs.arrived(roster.as_called(arrivals, jobs.students())):
        print(
            f"autograder: --received names who handed in nothing here: {listed(strangers)}",
            file=sys.stderr,
        )


def _finish(options, out: Path, jobs: Jobs, isolation: Isolation, client) -> int:
    """Grade what waits, write the reports, print the table. client: Dask's, or None."""
    about, known = jobs.about(), course.lessons()
    url = _url(options, jobs, out)
    due = datetime.fromisoformat(about["due"]) if about.get("due") else None
    limits = Limits(cell_seconds=options.seconds, total_seconds=8 * options.seconds)
    settings = settings_of(about["seed"], limits, isolation)
    waiting = len(jobs.by_hand())
    with gradebook.Marks(url, known, due, about.get("late") or "none") as marks:
        if client is not None:
            from autograder.cluster import there

            engine, at_a_time = there(client, settings), sum(client.nthreads().values())
        else:
            engine, at_a_time = bulk.here(settings, options.jobs), options.jobs
        try:
            bulk.run(jobs, engine, marks, out, Progress(*jobs.counts(), jobs=at_a_time))
        except BaseException:
            report.write(list(jobs.results()), out)
            raise
        results = list(jobs.results())
        own = not (options.gradebook or about.get("gradebook") or about.get("password"))
        told = _attendance(about, results, marks, own)
    report.write(results, out, told)
    write_class(results, about["seed"], out / "class.html", told)
    kind = report.table if len(results) <= TABLE else report.roll
    print((kind if len(results) <= ROLL else report.summary)(results))
    for line in [*told.lines(), *report.doubts(results)]:
        print(f"\n{line}")
    if kept := waiting - len(jobs.by_hand()):
        print(f"\ngiven by hand in an earlier grading, and carried over: {kept}")
    if changed := by_hand.told(jobs, own):
        print(f"\n{changed}")
    print(f"\nseed {about['seed']}; marks, feedback and gradebook are in {out}/")
    return 0


def _attendance(
    about: dict, results: list[Result], marks: gradebook.Marks, own: bool
) -> Attendance:
    """Who handed in nothing, by the roster that was given, else by the gradebook's students.

    own: the gradebook began with this grading, and has no others.
    """
    if about.get("roster"):
        roster = Roster(Person(**row) for row in about["roster"])
        return attendance(roster, results, marks.handed_in())
    if own:
        return Attendance()
    told = attendance(Roster(of_gradebook(marks.gradebook)), results, marks.handed_in())
    return Attendance(missing=told.missing)


def _url(options, jobs: Jobs, out: Path) -> str:
    """The gradebook that is named now, or was when this grading began."""
    about = jobs.about()
    if about.get("password") and not options.gradebook:
        raise GradingError("say --gradebook once more: its password is not kept")
    return (not options.gradebook and about.get("gradebook")) or gradebook.url_of(
        options.gradebook, out
    )


def _goes_on(options) -> bool:
    """Does the folder hold the same grading, not at its end?"""
    if not (options.out / "queue.db").exists():
        return False
    with closing(Jobs(options.out)) as jobs:
        about, (done, total) = jobs.about(), jobs.counts()
    same = about.get("folder") == str(options.folder.resolve())
    same = same and about.get("lesson") == options.lesson and about.get("seed")
    return bool(same and done < total and options.seed in (None, about["seed"]))


def _apart(folder: Path, out: Path) -> None:
    """Raise GradingError where `out` could not be put aside without moving anything else."""
    folder, here = folder.resolve(), Path.cwd()
    place = out.resolve()
    if out.exists() and not out.is_dir():
        raise GradingError(f"{out} is a file; name a folder with --out")
    if place == folder or place in folder.parents:
        raise GradingError(f"{out}/ holds the submissions; name another folder with --out")
    if place.is_dir() and any(place.iterdir()):
        if not (place / "queue.db").exists():
            raise GradingError(f"{out}/ holds other files; name a folder of its own with --out")
        if place == here or place in here.parents:
            raise GradingError(f"you are in {place}/; go elsewhere, or name another with --out")


def _fresh(out: Path) -> Path:
    """An empty folder `out`; the grading that stood there is kept as out.1, out.2, ..."""
    if out.is_dir() and any(out.iterdir()):
        n = 1
        while (kept := out.with_name(f"{out.name}.{n}")).exists():
            n += 1
        out.rename(kept)
        print(f"the earlier grading is in {kept}/", file=sys.stderr)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GradingError(f"cannot write to {first_line(error)}") from None
    return out
