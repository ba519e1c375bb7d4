"""Can a grading be stopped anywhere and go on, with each submission graded once?"""

import contextlib
import csv
import errno
import glob
import html
import json
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from pathlib import Path

import psutil
import pytest
from made_class import LESSON, RIGHT, ROOT, WRONG, grade, hand_in, make_class, marks_in, scores
from nbgrader.api import Gradebook

from autograder import bulk, class_report, cli, course, export, report
from autograder.class_report import write_class
from autograder.collect import collect
from autograder.errors import GradingError
from autograder.grade import Result, Verdict
from autograder.gradebook import Marks
from autograder.jobs import Jobs
from autograder.judge import UNREADABLE
from autograder.names import student_of
from autograder.sandbox import Limits, find_isolation
from autograder.similar import nearly_identical
from autograder.worker import Worker, WorkerDied, job_of, settings_of

SETTINGS = settings_of(5, Limits(cell_seconds=5, total_seconds=20), find_isolation())

pytestmark = pytest.mark.timeout(200)


# --------------------------------------------------------------------------------------------------
# Stopped and gone on


def test_does_a_grading_killed_twice_go_on_and_grade_each_once(tmp_path, capfd):
    marks = make_class(tmp_path / "class", 24)
    out, words = tmp_path / "out", [sys.executable, "-m", "autograder", "grade"]
    words += [tmp_path / "class", "--out", out, "--jobs", "2", "--seed", "3"]
    for done, how in ((3, signal.SIGKILL), (10, signal.SIGTERM)):
        grader = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        while graded(out) < done:
            assert grader.poll() is None, grader.stderr.read()
            time.sleep(0.02)
        grader.send_signal(how)
        _, said = grader.communicate(timeout=30)
        assert done <= graded(out) < 24
        if how == signal.SIGTERM:
            assert "stopped; the same command goes on from here" in said
    results = finished(out)
    assert grade(*words[4:]) == 0
    seen = capfd.readouterr()
    assert f"going on in {out}/: {len(results)} of 24 are graded" in seen.err
    assert marks_in(out) == marks
    assert finished(out).items() >= results.items(), "what was graded is not graded again"
    assert sum(r["points"] for r in json.loads((out / "grades.json").read_text())) == 32


def graded(out):
    return len(finished(out))


def finished(out):
    """{student: result as text} of the queue."""
    try:
        with sqlite3.connect(f"file:{out}/queue.db?mode=ro", uri=True) as db:
            return dict(db.execute("select student, result from job where result is not null"))
    except sqlite3.OperationalError:
        return {}


def test_is_a_result_that_missed_the_gradebook_saved_later(tmp_path, capfd):
    marks = make_class(tmp_path / "class", 2)
    out = tmp_path / "out"
    assert grade(tmp_path / "class", "--out", out) == 0
    (out / "gradebook.db").unlink()  # as if the machine had lost what was not written yet
    with sqlite3.connect(out / "queue.db") as db:
        db.execute("update job set saved = 0")
        db.execute("insert into job (student, path, sha, lesson) values ('x', '/none', '', ?)",
                   (LESSON,))  # fmt: skip
    assert grade(tmp_path / "class", "--out", out) == 0
    assert marks_in(out) == {**marks, "x": 0}


def test_is_a_killed_workers_job_done_again(tmp_path):
    make_class(tmp_path, 1)
    (submission,) = collect(tmp_path, course.lessons())
    worker = Worker(SETTINGS)
    assert worker.grade(job_of(submission))["result"]["student"] == "s000"
    worker._process.kill()
    with pytest.raises(WorkerDied):
        worker.grade(job_of(submission))
    assert worker.grade(job_of(submission, submission.path.read_bytes()))["notebook"]
    process = worker._process
    worker.kill()
    assert not psutil.pid_exists(process.pid)


def test_can_a_worker_be_closed_while_a_thread_grades_with_it(tmp_path):
    hand_in(tmp_path, "ada", "while True: pass")
    (submission,) = collect(tmp_path, course.lessons())
    worker, said = Worker(SETTINGS), []

    def work():
        for _ in range(2):  # the second time there is no process to start again
            try:
                worker.grade(job_of(submission))
            except WorkerDied as death:
                said.append(str(death))

    thread = threading.Thread(target=work)
    thread.start()
    while worker._process is None:
        time.sleep(0.01)
    worker.close()
    thread.join(30)
    assert not thread.is_alive() and said[1] == "grading was stopped"
    assert worker._process is None


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_does_prove_stop_at_once_with_one_line(how):
    words = [sys.executable, "-m", "autograder", "prove", "--lesson", LESSON]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    quiet["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # as in a terminal
    prove = subprocess.Popen(words, cwd=ROOT, start_new_session=True, **quiet)
    while not (started := running(prove, "autograder.worker")):
        assert prove.poll() is None, prove.stderr.read()
        time.sleep(0.05)
    if how == signal.SIGINT:
        os.killpg(prove.pid, how)
    else:
        prove.send_signal(how)
    said = prove.communicate(timeout=30)
    assert (prove.returncode, *said) == (130, "", "\nautograder: stopped\n")
    psutil.wait_procs(started, timeout=5)
    assert not any(p.is_running() for p in started)


def running(parent, word):
    """The processes below `parent` that have `word` in their command line."""
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(parent.pid).children(recursive=True)
        return [p for p in children if word in p.cmdline()]
    return []


def test_is_a_workers_memory_bounded_and_its_sandboxes_are_not_bounded_by_it(tmp_path):
    make_class(tmp_path, 1)
    (submission,) = collect(tmp_path, course.lessons())
    worker = Worker(SETTINGS)
    assert worker.grade(job_of(submission))["result"]
    soft, hard = resource.prlimit(worker._process.pid, resource.RLIMIT_AS)
    assert soft < 6 << 30 and hard == resource.getrlimit(resource.RLIMIT_AS)[1]
    worker.kill()


def test_is_a_submission_that_ends_every_worker_given_up(tmp_path):
    make_class(tmp_path / "class", 3)
    deaths = []

    def engine(waiting):
        for job in waiting:
            if job.submission.student == "s001":
                deaths.append(job)
                yield job, {"died": "signal 9"}
            else:
                lesson = course.lessons()[LESSON]
                verdicts = [Verdict(c, "", p, p) for c, p in lesson.points.items()]
                yield job, {"result": Result(job.submission.student, LESSON, "x", verdicts).plain()}

    marks = run(tmp_path, engine)
    assert marks == {"s000": 2, "s001": 0, "s002": 2} and len(deaths) == 3


def run(folder, engine):
    """Grade folder/class into folder with this engine."""
    with Marks(f"sqlite:///{folder}/gradebook.db", course.lessons()) as book:
        jobs = Jobs(folder)
        jobs.add(collect(folder / "class", course.lessons()))
        bulk.run(jobs, engine, book, folder, lambda result: None)
        jobs.close()
    return marks_in(folder)


def test_does_trouble_of_our_own_stop_with_one_line(tmp_path):
    make_class(tmp_path / "class", 1)

    def engine(waiting):
        yield waiting[0], {"error": "the sandbox does not start: no message"}

    with pytest.raises(GradingError, match="the sandbox does not start"):
        run(tmp_path, engine)


def test_can_two_not_grade_into_one_folder(tmp_path):
    first = Jobs(tmp_path)
    with pytest.raises(GradingError, match="another grading is running in"):
        Jobs(tmp_path)
    first.close()
    Jobs(tmp_path).close()


def test_does_a_file_that_changed_take_its_places(tmp_path):
    path = hand_in(tmp_path / "class", "ada", WRONG)
    jobs = Jobs(tmp_path)
    jobs.add(collect(tmp_path / "class", course.lessons()))
    jobs.add(collect(tmp_path / "class", course.lessons()))
    assert jobs.counts() == (0, 1)
    hand_in(tmp_path / "class", "ada", RIGHT)
    jobs.add(collect(tmp_path / "class", course.lessons()))
    (job,) = jobs.waiting()
    assert job.submission.path == path and job.submission.sha
    jobs.close()


# --------------------------------------------------------------------------------------------------
# Regrade, compare, late work


def test_does_a_regrade_change_what_is_named_and_nothing_else(tmp_path, capfd):
    make_class(tmp_path / "class", 3)
    out = tmp_path / "out"
    assert grade(tmp_path / "class", "--out", out, "--seed", "3") == 0
    with sqlite3.connect(out / "queue.db") as db:  # as if the check had been wrong that day
        db.execute("update job set result = replace(result, '\"points\": 2.0', '\"points\": 1.0')")
    assert cli.main(["regrade", str(out), "--student", "s001"]) == 0
    assert marks_in(out) == {"s000": 0, "s001": 2, "s002": 2}
    by_student = {r["student"]: r["points"] for r in json.loads((out / "grades.json").read_text())}
    assert by_student == {"s000": 0, "s001": 2, "s002": 1}
    assert cli.main(["regrade", str(out), "--exercise", "tile_bytes"]) == 0
    by_student = {r["student"]: r["points"] for r in json.loads((out / "grades.json").read_text())}
    assert by_student == {"s000": 0, "s001": 2, "s002": 2}
    capfd.readouterr()
    assert cli.main(["regrade", str(out), "--student", "nobody"]) == 2
    assert cli.main(["regrade", str(tmp_path)]) == 2
    said = capfd.readouterr().err
    assert "there is no student 'nobody'; there are: s000, s001, s002\n" in said
    assert "holds no grading" in said
    assert cli.main(["regrade", str(out), "--exercise", "none"]) == 2
    assert "no exercise 'none'; there are: tile_bytes\n" in capfd.readouterr().err


def test_do_other_exercises_keep_their_marks_in_a_regrade(tmp_path):
    hand_in(tmp_path / "class", "ada", RIGHT)
    jobs = Jobs(tmp_path)
    jobs.add(collect(tmp_path / "class", course.lessons()))
    (job,) = jobs.waiting()
    verdicts = [Verdict("a__x", "", 1, 2, "why"), Verdict("b__y", "", 0, 2, "because")]
    jobs.finish(job, Result("ada", LESSON, "x", verdicts))
    assert jobs.again(exercise="c") == 0 and jobs.again(exercise="b") == 1
    (job,) = jobs.waiting()
    new = [Verdict("a__x", "", 0, 2, "worse"), Verdict("b__y", "", 2, 2)]
    kept = jobs.finish(job, Result("ada", LESSON, "x", new))
    assert [(v.points, v.reason) for v in kept.verdicts] == [(1, "why"), (2, "")]
    assert [r.points for r in jobs.results()] == [3]
    jobs.close()


def test_is_the_difference_of_two_gradings_told(tmp_path, capfd):
    for name, source in (("before", WRONG), ("after", RIGHT)):
        hand_in(tmp_path / "class", "ada", source)
        assert grade(tmp_path / "class", "--out", tmp_path / name) == 0
    capfd.readouterr()
    assert cli.main(["compare", str(tmp_path / "before"), str(tmp_path / "after")]) == 0
    assert f"ada {LESSON} tile_bytes__any_size: 0 -> 2" in capfd.readouterr().out
    assert cli.main(["compare", str(tmp_path / "before"), str(tmp_path / "before")]) == 0
    assert capfd.readouterr().out == "no difference\n"
    with pytest.raises(GradingError, match="holds no grading"):
        export.compare(tmp_path, tmp_path)


def test_is_late_work_penalised_by_nbgraders_rule(tmp_path, capfd):
    for student in ("early", "late"):
        hand_in(tmp_path / "class", student, RIGHT)
    arrivals = tmp_path / "arrivals.csv"
    arrivals.write_text("student,time\nearly,2026-05-01T10:00+00:00\nlate,2026-05-03T10:00+02:00\n")
    words = [tmp_path / "class", "--received", arrivals, "--due", "2026-05-02T00:00+00:00"]
    for rule, marks in (("none", {"early": 2, "late": 2}), ("zero", {"early": 2, "late": 0})):
        out = tmp_path / rule
        assert grade(*words, "--late", rule, "--out", out) == 0
        with Gradebook(f"sqlite:///{out}/gradebook.db") as book:
            found = book.assignment_submissions(LESSON)
            got = {s.student.id: s.score - s.late_submission_penalty for s in found}
            assert got == marks
            assert {s.student.id: s.total_seconds_late > 0 for s in found} == {
                "early": False,
                "late": True,
            }
        assert scores(out) == marks
        assert ("late: 0 of 2 count" in capfd.readouterr().out) == (rule == "zero")
    page = (out / "feedback" / "late" / f"{LESSON}.html").read_text()
    assert "2 points less, as this was handed in late. <strong>0 of 2 count.</strong>" in page
    assert "by hand" not in page
    assert cli.main(["regrade", str(out), "--student", "late"]) == 0
    assert scores(out) == marks, "--late is what the grading began with"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--due", "tomorrow"], "--due: 'tomorrow' is no time such as 2026-10-31T23:59"),
        (["--jobs", "0"], "--jobs: '0' is no number of submissions: 1 or more"),
        (["--seconds", "nan"], "--seconds: 'nan' is no number of seconds"),
        (["--late", "half"], "--late half: there is no such rule; say none, zero, or a plugin"),
        (["--late", "no.Such"], "--late no.Such: there is no module no; PYTHONPATH says"),
        (["--late", "csv.reader"], "--late csv.reader: csv has no class reader made from"),
        (["--received", "none.csv"], "--received none.csv: no such file or directory"),
        (["--gradebook", "/dev/full"], "sqlite:////dev/full: database or disk is full"),
        (["--what"], "unrecognized arguments: --what"),
    ],
)
def test_is_a_wrong_option_one_line(words, told, tmp_path, capfd):
    hand_in(tmp_path / "class", "ada", RIGHT)
    try:
        code = grade(tmp_path / "class", "--out", tmp_path / "out", *words)
    except SystemExit as stop:
        code = stop.code
    said = capfd.readouterr().err.splitlines()
    assert code == 2 and len(said) == 1 and told in said[0]
    assert not re.search("Errno|trait|sqlite3|sqlalche", said[0])
    assert not (tmp_path / "out").exists(), "options are tried before anything is written"


def test_does_help_say_the_defaults(capsys):
    with pytest.raises(SystemExit):
        cli.main(["grade", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for default in ("grades", str(os.cpu_count()), "30", "none"):
        assert f"default: {default}" in said


def test_is_a_full_disk_one_line_and_nothing_lost(tmp_path, capfd, monkeypatch):
    marks = make_class(tmp_path / "class", 2)
    out, write = tmp_path / "out", report.write_feedback

    def full(result, folder):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "page.html")

    monkeypatch.setattr(report, "write_feedback", full)
    assert grade(tmp_path / "class", "--out", out) == 2
    said = capfd.readouterr().err.splitlines()[-1]
    assert said.startswith("autograder: page.html: no space left on device; the same command")
    monkeypatch.setattr(report, "write_feedback", write)
    assert grade(tmp_path / "class", "--out", out) == 0
    assert marks_in(out) == marks and len([*out.glob("feedback/*/*.html")]) == 2


def test_is_a_broken_queue_one_line(tmp_path, capfd):
    hand_in(tmp_path / "class", "ada", RIGHT)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "queue.db").write_text("no database at all, " * 100)
    assert grade(tmp_path / "class", "--out", tmp_path / "out") == 2
    assert capfd.readouterr().err.startswith("autograder: file is not a database")


def test_is_a_manual_score_kept_and_marked_for_review(tmp_path):
    hand_in(tmp_path / "class", "ada", WRONG)
    out = tmp_path / "out"
    assert grade(tmp_path / "class", "--out", out) == 0
    with Gradebook(f"sqlite:///{out}/gradebook.db") as book:
        grade_of = book.find_grade("tile_bytes__any_size", LESSON, LESSON, "ada")
        grade_of.manual_score = 1.5
        book.db.commit()
    assert cli.main(["regrade", str(out)]) == 0
    with Gradebook(f"sqlite:///{out}/gradebook.db") as book:
        grade_of = book.find_grade("tile_bytes__any_size", LESSON, LESSON, "ada")
        assert (grade_of.score, grade_of.needs_manual_grade) == (1.5, True)


def test_are_scores_by_hand_carried_over_where_the_answer_is_the_same(tmp_path, capfd):
    folder, out = tmp_path / "class", tmp_path / "out"
    for student in ("ada", "ben"):
        hand_in(folder, student, WRONG)
    assert grade(folder, "--out", out) == 0
    for student in ("ada", "ben"):
        by_hand(out, student, 1.5, "well tried", extra=0.25)
    hand_in(folder, "ben", RIGHT)
    capfd.readouterr()
    assert grade(folder, "--out", out) == 0
    said = capfd.readouterr()
    assert f"the earlier grading is in {out}.1/\n" in said.err
    assert "in an earlier grading, and carried over: 2\n" in said.out  # a score and a comment
    changed = "not carried over: ben tile_bytes__any_size, ben tile_bytes\n"
    assert f"given by hand before the answer changed, so {changed}" in said.out
    assert "graded by hand: 1.75 of 2 count" in said.out
    assert scores(out) == {"ada": 1.75, "ben": 2}
    page = (out / "feedback" / "ada" / f"{LESSON}.html").read_text()
    assert "1.75 points more, given by hand. <strong>1.75 of 2 count.</strong>" in page
    with Gradebook(f"sqlite:///{out}/gradebook.db") as book:
        comments = [book.find_comment("tile_bytes", LESSON, LESSON, s) for s in ("ada", "ben")]
        assert [c.manual_comment for c in comments] == ["well tried", None]
    by_hand(out, "ada", None, None)  # somebody thought better of it
    assert cli.main(["regrade", str(out)]) == 0
    assert scores(out) == {"ada": 0, "ben": 2}


def by_hand(out, student, score, comment, extra=None):
    with Gradebook(f"sqlite:///{out}/gradebook.db") as book:
        given = book.find_grade("tile_bytes__any_size", LESSON, LESSON, student)
        given.manual_score, given.extra_credit = score, extra
        book.find_comment("tile_bytes", LESSON, LESSON, student).manual_comment = comment
        book.db.commit()


def test_is_a_gradebook_that_cannot_be_read_not_put_aside(tmp_path, capfd):
    hand_in(tmp_path / "class", "ada", WRONG)
    out = tmp_path / "out"
    out.mkdir()
    with contextlib.closing(Jobs(out)) as jobs:
        jobs.describe(folder="another", lesson="", seed=1)
    (out / "gradebook.db").write_text("no database at all, " * 100)
    assert grade(tmp_path / "class", "--out", out) == 2
    assert "cannot read the scores by hand in sqlite" in capfd.readouterr().err
    assert not out.with_name("out.1").exists()


# --------------------------------------------------------------------------------------------------
# What comes back


def result(student, points=2.0, reason="", answers=None, lesson=LESSON):
    verdicts = [Verdict("tile_bytes__any_size", "states", points, 2.0, reason)]
    return Result(student, lesson, "x.ipynb", verdicts, answers=answers or {}, seconds=1.0)


def test_are_canvas_and_moodle_given_their_columns(tmp_path):
    results = [result("ada"), result("=ben", 0.0, "wrong\nthere"), result("ada", lesson="01_x")]
    results[0].score = 1.0  # late
    export.write_canvas(results, tmp_path / "canvas.csv")
    rows = list(csv.reader((tmp_path / "canvas.csv").open()))
    assert rows[0] == [
        "Student", "ID", "SIS User ID", "SIS Login ID", "Section", LESSON, "01_x"
    ]  # fmt: skip
    assert rows[1][0].strip() == "Points Possible" and rows[1][5:] == ["2.0", "2.0"]
    assert rows[2:] == [
        ["'=ben", "", "", "'=ben", "", "0.0", ""],
        ["ada", "", "", "ada", "", "1.0", "2.0"],
    ]
    results.append(Result("zed", LESSON, "x"))  # nothing of it could be read
    export.write_canvas(results, tmp_path / "canvas.csv")
    assert list(csv.reader((tmp_path / "canvas.csv").open()))[1][5:] == ["2.0", "2.0"]
    export.write_moodle(results, tmp_path / "moodle.csv")
    rows = list(csv.reader((tmp_path / "moodle.csv").open()))
    assert rows[0][:3] == ["Username", LESSON, f"{LESSON} (Feedback)"]
    assert rows[1][:3] == ["'=ben", "0.0", "wrong there"]


def test_is_no_cell_a_formula_and_no_other_changed():
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
    assert [export.no_formula(text) for text in formulas] == [f"'{text}" for text in formulas]
    for cell in ("a=1", "", 1.5, -2.0):
        assert export.no_formula(cell) == cell


def test_does_the_class_report_count_reasons_and_escape_names(tmp_path):
    results = [result(f"s{i}", 0.0, f"got {i}.5, expected 7") for i in range(3)]
    results += [result(f"<script>{x}</script>", answers={"e": LONG}) for x in "xy"]
    results += [result("b", 0.0, "<img src=x>")]
    results[0].remarks = ["printed & more"]
    write_class(results, 3, tmp_path / "class.html")
    page = (tmp_path / "class.html").read_text()
    assert '<td class="n">3</td><td>got 0.5, expected 7</td>' in page
    assert "<script>" not in page and "<img" not in page and "printed &amp; more" in page
    assert "<td>2 all, 4 none</td>" in page
    assert page.partition("Nearly the same code")[2].count("&lt;script&gt;") == 2


def test_has_moodle_no_number_for_a_student_of_two_assignments(tmp_path):
    ada, again, ben = result("ada"), result("ada", lesson="01_x"), result("ben")
    ada.number, again.number, ben.number = (f"Participant {n}" for n in (1, 2, 3))
    export.write_moodle([ada, again, ben], tmp_path / "moodle.csv")
    rows = list(csv.reader((tmp_path / "moodle.csv").open()))
    assert [row[:2] for row in rows[1:]] == [["ada", ""], ["ben", "Participant 3"]]


def test_does_the_class_report_leave_nobody_out_of_its_bars():
    rows = class_report._histogram([0, 25, 26], 26).split("<tr>")[1:]
    counts = [re.search(r'<td>(.*) points</td><td class="n">(\d*)', row).groups() for row in rows]
    assert counts[0] == ("0 to 2", "1") and counts[-1] == ("24 to 26", "2")
    assert sum(int(n or 0) for _, n in counts) == 3


def test_is_a_delay_rounded_up_to_a_minute():
    spans = {30: "1 min", 1200: "20 min", 7261: "2 h 2 min", 12_000: "3 h 20 min"}
    assert {s: class_report._span(s) for s in spans} == spans


def test_are_a_large_classs_full_marks_counted():
    told = report.summary([result("ada"), result("ben", 1.0)])
    assert told == f"{LESSON}: 2 submissions, median 1.5 of 2 points, 1 with all"


def test_is_a_point_lost_of_two_shown_as_lost():
    page = report.feedback(result("ada", 1.0, "half of it"))
    assert '<li class="lost">' in page and "half of it" in page and '<li class="won">' not in page


def test_is_every_text_on_a_learners_page_escaped():
    texts = [f"<b>{x}</b>" for x in ("student", "file.ipynb", "remark", "states", "reason")]
    verdict = Verdict("<b>exercise</b>__x", texts[3], 0.0, 2.0, texts[4])
    page = report.feedback(Result(texts[0], "", texts[1], [verdict], remarks=[texts[2]]))
    assert "<b>" not in page
    assert all(html.escape(text) in page for text in [*texts, "<b>exercise</b>"])


def test_has_the_class_report_a_line_for_each_student(tmp_path):
    late, ada, broken = result("Zoe", lesson=LESSON), result("ada", 1.0, "wrong & so"), result("B")
    late.score, late.penalty, late.late = 0.5, 1.5, 100_000.0
    broken.remarks = [broken.verdicts[0].reason] = ["b is empty"]
    broken.verdicts[0].points = 0.0
    write_class([late, ada, broken], 3, tmp_path / "class.html")
    page = (tmp_path / "class.html").read_text()
    assert "median 0.5 of 2 points (late penalties included)" in page
    _, head, *rows = page.partition("<h3>Students</h3>")[2].split("<tr>")
    assert re.findall("<th>(.*?)</th>", head) == [
        "student", "points", "by the checks", "late", "problems"
    ]  # fmt: skip
    cells = [re.findall("<td.*?>(.*?)</td>", row) for row in rows]
    details = "<details><summary>{}</summary><ul><li>{}</li></ul></details>"
    assert cells == [
        [link("ada"), "1 of 2", "1", "",
         details.format("tile_bytes 1 of 2", "<code>tile_bytes</code> 1 of 2: wrong &amp; so")],
        [link("B"), "0 of 2", "0", "", details.format("b is empty", "b is empty")],
        [link("Zoe"), "0.5 of 2", "2", "1 d 3 h, 1.5 less", ""],
    ]  # fmt: skip


def test_is_a_check_that_breaks_on_many_answers_told(tmp_path):
    broke = f"f {UNREADABLE} (KeyError: 'N')."
    results = [result(name, 0.0, broke) for name in ("ada", "ben")]
    assert report.doubts([results[0], result("cy", 0.0, "wrong")]) == []
    (line,) = report.doubts([*results, result("cy", 0.0, "wrong")])
    check = results[0].verdicts[0].check
    assert f"the check {check} could not read the answers of 2 learners, such as ada" in line
    write_class(results, 3, tmp_path / "class.html")
    assert f"<p>{line}</p>" in (tmp_path / "class.html").read_text()


def link(student):
    return f'<a href="feedback/{student}/{LESSON}.html">{student}</a>'


def test_is_a_class_of_sixty_a_line_each_on_the_terminal():
    results = [result(f"s{i}", i % 3, "why\nit is" * (i % 3 < 2)) for i in range(3)]
    results[2].score = 1.5
    results[2].penalty = 0.5
    assert report.roll(results, 70).splitlines() == [
        "student  lesson         points",
        "s0       00_start_here  0 of 2    tile_bytes: why it is",
        "s1       00_start_here  1 of 2    tile_bytes: why it is",
        "s2       00_start_here  1.5 of 2  late: 1.5 of 2 count",
    ]


LONG = "\n".join(f"def f{i}(a, b):\n    return [a[{i}] + b * {i}, a - {i}] * a" for i in range(9))


def test_are_nearly_identical_answers_listed_and_different_ones_not():
    renamed = LONG.replace("a", "alpha").replace("    return", "    # mine\n    return")
    other = "\n".join(f"x{i} = max({i}, min(y, {i}) // z) if y[{i}] else -z" for i in range(30))
    short = "x = 1"
    found = nearly_identical(
        [result(s, answers={"e": a}) for s, a in zip("abcde", (LONG, renamed, other, short, short),
                                                     strict=True)]
    )  # fmt: skip
    assert [(lesson, one, two) for lesson, one, two, _ in found] == [(LESSON, "a", "b")]
    everybody = [result(f"s{i}", answers={"e": LONG}) for i in range(20)]
    assert nearly_identical(everybody) == [], "what all have is no sign of copying"


def test_do_two_students_never_share_a_file(tmp_path, capfd):
    folder = tmp_path / "class"
    for student, source in (("a b", RIGHT), ("a_b", WRONG), ("ü" * 60, RIGHT)):
        hand_in(folder, student, source)
    for odd in (b"/\xff", b"/\x1b[31mred"):
        os.makedirs(os.fsencode(folder) + odd)
        os.link(folder / "a b" / f"{LESSON}.ipynb", os.fsencode(folder) + odd + b"/x.ipynb")
    assert grade(folder, "--out", tmp_path / "out") == 0
    pages = [p.read_text() for p in (tmp_path / "out" / "feedback").glob("*/*.html")]
    assert len(pages) == 5 and sum("2 of 2 points" in p for p in pages) == 2
    assert sum("has an unprintable name" in p for p in pages) == 2
    assert "\x1b" not in capfd.readouterr().out


# --------------------------------------------------------------------------------------------------
# What the files are called


def place(folder, name, source=RIGHT, day=1):
    """A submission at folder/name, changed on that day."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    hand_in(folder / "made", "x", source).rename(path)
    shutil.rmtree(folder / "made")
    os.utime(path, (86_400 * day,) * 2)
    return path


def found(folder):
    """[(student, lesson, path)] of what is collected, in order."""
    return sorted(
        (s.student, s.lesson, s.path.relative_to(folder).as_posix())
        for s in collect(folder, course.lessons())
    )


@pytest.mark.parametrize(
    ("name", "student"),
    [
        (f"ada/{LESSON}.ipynb", "ada"),
        (f"ada/{LESSON}/{LESSON}.ipynb", "ada"),
        (f"group A/ada/{LESSON}.ipynb", "ada"),
        (f"autumn/group A/ada/{LESSON}/{LESSON}.ipynb", "ada"),
        (f"group A/ada/{LESSON} (2).ipynb", "ada"),
        ("group A/ada/Untitled.ipynb", "ada"),
        (f"{LESSON}/ada.ipynb", "ada"),
        (f"12_ada/{LESSON}.ipynb", "12_ada"),
        (f"Jürgen Müller_12345_assignsubmission_file_{LESSON}.ipynb", "Jürgen Müller"),
        (f"Ada X_1233_assignsubmission_file/{LESSON}.ipynb", "Ada X"),
        (f"zip/Ada X_1233_assignsubmission_file_/answers/{LESSON}.ipynb", "Ada X"),
        (f"lovelaceada_LATE_1235_567891_{LESSON}.ipynb", "lovelaceada"),
        (f"{LESSON}/lovelaceada_1235_567891_{LESSON}-1.ipynb", "lovelaceada"),
    ],
)
def test_whose_is_a_file_of_this_name(name, student, tmp_path):
    place(tmp_path, name)
    assert found(tmp_path) == [(student, LESSON, name)]


def test_is_nothing_read_behind_a_link(tmp_path):
    place(tmp_path / "private", f"sub/{LESSON}.ipynb")
    (tmp_path / "class" / "ada").mkdir(parents=True)
    (tmp_path / "class" / "ada" / "link").symlink_to(tmp_path / "private")
    (submission,) = collect(tmp_path / "class", course.lessons())
    assert submission.problem == "lies behind a symbolic link, and is not read"
    assert submission.sha == ""


def test_is_a_platforms_name_taken_apart():
    moodle = student_of("Jürgen Müller_12345_assignsubmission_file_01_naive_attention.ipynb")
    assert moodle == ("Jürgen Müller", "Participant 12345", "01_naive_attention")
    late = student_of("lovelaceada_LATE_1235_567891_01_naive_attention-2.ipynb")
    assert late == ("lovelaceada", "1235", "01_naive_attention-2")
    for other in ("ada.ipynb", "01_naive_attention.ipynb", "group_1_2026_tuesday", "a_1_2_b.ipynb"):
        assert student_of(other) == ("", "", "")


def test_does_nobody_lose_work_to_a_namesake(tmp_path):
    names = [
        f"group A/ada/{LESSON}.ipynb",
        f"group A/ben/{LESSON}.ipynb",
        f"group B/ben/{LESSON}.ipynb",
        f"Jan Li_11_assignsubmission_file/{LESSON}.ipynb",
        f"Jan Li_12_assignsubmission_file/{LESSON}.ipynb",
        f"lijan_21_5678_{LESSON}.ipynb",
        f"lijan_22_5679_{LESSON}.ipynb",
    ]
    for name in names:
        place(tmp_path, name)
    assert [student for student, _, _ in found(tmp_path)] == [
        "Jan Li (Participant 11)",
        "Jan Li (Participant 12)",
        "ada",
        "ben (group A)",
        "ben (group B)",
        "lijan (21)",
        "lijan (22)",
    ]


@pytest.mark.parametrize(
    ("names", "students"),
    [
        (["group A/ada.ipynb", "group A/ben.ipynb"], ["ada", "ben"]),
        (["group A/ada.ipynb", "group A/ada (1).ipynb", "group A/ben.ipynb"], ["ada", "ben"]),
        (["A/ada.ipynb", "A/ben.ipynb", "B/ada.ipynb", "B/c.ipynb"], "ada (A),ada (B),ben,c"),
        ([f"autumn/{LESSON}/ada.ipynb", f"autumn/{LESSON}/ben.ipynb"], ["ada", "ben"]),
        (["group A/ada/ada.ipynb", "group A/ben/ben.ipynb"], ["ada", "ben"]),
        ([f"group A/ada/{LESSON}.ipynb", "group A/ben.ipynb"], ["ada", "ben"]),
        ([f"ada/{LESSON}.ipynb", "ada/draft.ipynb"], ["ada"]),
        (["ada/work.ipynb", "ada/work (1).ipynb"], ["ada"]),
        (["ada/Untitled.ipynb", "ada/hw1/hw1.ipynb"], ["Untitled", "hw1"]),
    ],
)
def test_is_each_loose_notebook_in_a_groups_folder_a_students_own(names, students, tmp_path):
    for name in names:
        place(tmp_path, name)
    students = students.split(",") if isinstance(students, str) else students
    found = collect(tmp_path, course.lessons())
    assert sorted(s.student for s in found) == students
    for s in found:
        by_itself = s.student.split(" (")[0] in s.path.name and s.path.parent.name != s.student
        told = "by its file name, as" in s.note or "is not graded: the newer" in s.note
        assert told or not by_itself, s


def test_is_nothing_merged_without_a_word(tmp_path):
    place(tmp_path, "group A/ada.ipynb")
    shutil.copy(ROOT / "course/02_softmax/02_softmax.ipynb", tmp_path / "group A" / "ben.ipynb")
    notes = {s.note for s in collect(tmp_path, course.lessons())}
    told = "{}.ipynb is taken for group A's, by its folder's name"
    assert notes == {told.format("ada"), told.format("ben")}
    in_class = {"ada", "ben"}.__contains__
    assert {s.student for s in collect(tmp_path, course.lessons(), "", in_class)} == {"ada", "ben"}
    (tmp_path / "group A" / "ben.ipynb").unlink()
    assert [s.student for s in collect(tmp_path, course.lessons(), "", in_class)] == ["ada"]


def test_are_broken_notebooks_in_a_groups_folder_kept_apart(tmp_path):
    for name in ("ada", "ben"):
        place(tmp_path, f"group A/{name}.ipynb").write_text("{")
    for only in ("", LESSON):
        found = collect(tmp_path, course.lessons(), only)
        assert [s.student for s in found] == ["ada", "ben"]


def test_has_a_large_notebook_its_lesson_without_being_parsed(tmp_path, monkeypatch):
    large = place(tmp_path, "ada.ipynb")
    monkeypatch.setattr("autograder.collect.SMALL_BYTES", 1000)
    monkeypatch.setattr("autograder.collect.parse", None)
    (submission,) = collect(tmp_path, course.lessons())
    assert (submission.lesson, submission.problem) == (LESSON, "")
    large.write_text("[" * 100_000)
    (submission,) = collect(tmp_path, course.lessons())
    assert (submission.lesson, submission.problem) == ("", ""), "the sandbox finds out"


def test_has_one_moodle_student_one_name_in_two_assignments(tmp_path):
    place(tmp_path, f"Jan Li_11_assignsubmission_file_{LESSON}.ipynb")
    softmax = tmp_path / "Jan Li_97_assignsubmission_file_02_softmax.ipynb"
    shutil.copy(ROOT / "course/02_softmax/02_softmax.ipynb", softmax)
    assert {student for student, _, _ in found(tmp_path)} == {"Jan Li"}


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ((f"ada/{LESSON}.ipynb", 9), (f"ada/{LESSON} (1).ipynb", 1)),
        ((f"ada/{LESSON} (9).ipynb", 1), (f"ada/{LESSON} (10).ipynb", 1)),
        ((f"ada/{LESSON}/{LESSON}.ipynb", 3), (f"ada/{LESSON}.ipynb", 4)),
        (("ada/draft.ipynb", 5), (f"ada/{LESSON}.ipynb", 5)),
        ((f"li_1235_5678_{LESSON}.ipynb", 9), (f"li_LATE_1235_5679_{LESSON}-1.ipynb", 1)),
    ],
)
def test_is_the_newer_of_two_graded_and_the_other_named(older, newer, tmp_path):
    for name, day in (older, newer):
        place(tmp_path, name, day=day)
    (submission,) = collect(tmp_path, course.lessons())
    assert submission.path == tmp_path / newer[0]
    told = f"{older[0]} is not graded: the newer one is graded, {newer[0]}"
    assert (submission.problem, submission.note) == ("", told)


def test_does_a_duplicate_touch_no_mark_page_or_statistic(tmp_path, capfd):
    for name, source, day in (("(1)", RIGHT, 1), ("(2)", RIGHT, 1), ("(3)", WRONG, 1)):
        place(tmp_path / "class", f"ada/{LESSON} {name}.ipynb", source, day)
    place(tmp_path / "class", f"ada/{LESSON} (4).ipynb", RIGHT)
    hand_in(tmp_path / "class", "ben", WRONG)
    out = tmp_path / "out"
    assert grade(tmp_path / "class", "--out", out) == 0
    assert marks_in(out) == scores(out) == {"ada": 2, "ben": 0}
    page = (out / "feedback/ada" / f"{LESSON}.html").read_text()
    assert "2 of 2 points" in page and f"ada/{LESSON} (3).ipynb is not graded" in page
    report_ = (out / "class.html").read_text()
    assert "2 submissions, median 1 of 2 points" in report_ and all(
        f"({n}).ipynb is not graded" in report_ for n in (1, 2, 3)
    )
    assert f"ada/{LESSON} (3).ipynb is not" in capfd.readouterr().out


def test_does_a_later_download_take_the_place_of_what_waits(tmp_path):
    place(tmp_path / "class", f"ada/{LESSON}.ipynb")
    jobs = Jobs(tmp_path)
    jobs.add(collect(tmp_path / "class", course.lessons()))
    newer = place(tmp_path / "class", f"ada/{LESSON} (1).ipynb")
    jobs.add(collect(tmp_path / "class", course.lessons()))
    (job,) = jobs.waiting()
    assert job.submission.path == newer and "is not graded" in job.submission.note
    jobs.close()


def test_do_the_exports_have_the_platforms_numbers(tmp_path):
    place(tmp_path / "class", f"Jan Li_11_assignsubmission_file/{LESSON}.ipynb")
    place(tmp_path / "class", f"lijan_21_5678_{LESSON}.ipynb")
    out = tmp_path / "out"
    assert grade(tmp_path / "class", "--out", out) == 0
    canvas = list(csv.reader((out / "canvas.csv").open()))
    assert canvas[2:] == [
        ["Jan Li", "", "", "Jan Li", "", "2.0"],
        ["lijan", "21", "", "", "", "2.0"],
    ]
    moodle = list(csv.reader((out / "moodle.csv").open()))
    assert [row[:3] for row in moodle] == [
        ["Username", "Identifier", LESSON],
        ["Jan Li", "Participant 11", "2.0"],
        ["lijan", "", "2.0"],
    ]


# --------------------------------------------------------------------------------------------------
# Other machines, another database


@pytest.fixture
def cluster(tmp_path):
    """(address, the workers' processes) of a Dask scheduler and three workers of one thread."""
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    port = free_port()
    processes = [start([*dask, "--host", "127.0.0.1", "--port", port, "--no-dashboard"], tmp_path)]
    address = f"tcp://127.0.0.1:{port}"
    work = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nworkers", "1"]
    work += ["--nthreads", "1", "--no-dashboard", "--no-nanny", "--death-timeout", "60"]
    workers = [start([*work, "--name", f"w{i}"], tmp_path) for i in range(3)]
    yield address, workers
    for process in [*workers, *processes]:
        process.kill()
        process.wait()


def start(words, folder):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    log = (folder / "dask.log").open("a")
    return subprocess.Popen([*map(str, words)], cwd=folder, env=env, stdout=log, stderr=log)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_is_every_mark_right_when_one_of_three_dask_workers_is_killed(cluster, tmp_path):
    address, workers = cluster
    marks, out = make_class(tmp_path / "class", 15), tmp_path / "out"
    killed = threading.Thread(target=kill_after, args=(workers[1], out, 3), daemon=True)
    killed.start()
    assert grade(tmp_path / "class", "--out", out, "--scheduler", address) == 0
    killed.join()
    assert workers[1].poll() is not None and workers[0].poll() is None
    assert marks_in(out) == marks
    assert len(list((out / "graded").glob("*/*.ipynb"))) == 15


def kill_after(worker, out, done):
    while graded(out) < done:
        time.sleep(0.01)
    worker.kill()


def test_is_a_scheduler_that_does_not_answer_one_line(tmp_path, capfd):
    make_class(tmp_path / "class", 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    assert grade(tmp_path / "class", "--out", tmp_path / "out", "--scheduler", address) == 2
    said = capfd.readouterr().err.strip().splitlines()
    assert said[-1].startswith(f"autograder: no Dask scheduler answers at {address}")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def postgres(tmp_path_factory):
    """URL of a PostgreSQL server of this test's own."""
    found = [shutil.which("initdb"), *sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))]
    binaries = [Path(p).parent for p in found if p]
    if not binaries:
        pytest.fail("no PostgreSQL for this test: run `make system`, as root", pytrace=False)
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    user = []
    if os.getuid() == 0:  # the server refuses to run as root, or as a user without a name
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        user = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        user = ["setpriv", *user]
    initdb, ctl = (str(binaries[-1] / name) for name in ("initdb", "pg_ctl"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
    data = str(folder / "data")
    subprocess.run([*user, initdb, "-D", data, "-A", "trust", "-U", "nb"], **quiet)
    told = f"-k {folder} -c listen_addresses='' -c fsync=off"
    log = str(folder / "log")
    subprocess.run([*user, ctl, "-D", data, "-o", told, "-w", "-l", log, "start"], **quiet)
    yield f"postgresql+psycopg://nb:secret@/postgres?host={folder}"
    subprocess.run([*user, ctl, "-D", data, "-m", "immediate", "stop"], **quiet)
    shutil.rmtree(folder)


def test_can_the_gradebook_be_a_postgresql_database(postgres, tmp_path, capfd):
    marks, out = make_class(tmp_path / "class", 3), tmp_path / "out"
    assert grade(tmp_path / "class", "--out", out, "--gradebook", postgres) == 0
    with Gradebook(postgres) as book:
        found = {s.student.id: s.score for s in book.assignment_submissions(LESSON)}
    assert found == marks
    assert "secret" not in (out / "queue.db").read_bytes().decode("latin1")
    assert cli.main(["regrade", str(out)]) == 2
    assert "say --gradebook once more" in capfd.readouterr().err
    assert cli.main(["regrade", str(out), "--gradebook", postgres]) == 0


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql+psycopg://nb:secret@127.0.0.1:1/x", "cannot open the gradebook postgresql"),
        ("mysq://x", "cannot open the gradebook mysq://x: SQLAlchemy knows no such database"),
        ("sqlite:////nowhere/at/all.db", "cannot open the gradebook sqlite"),
    ],
)
def test_is_a_gradebook_that_does_not_open_one_line(url, told, tmp_path, capfd):
    make_class(tmp_path / "class", 1)
    assert grade(tmp_path / "class", "--out", tmp_path / "out", "--gradebook", url) == 2
    said = capfd.readouterr().err
    assert said.count("\n") == 1 and told in said and "secret" not in said
    assert not (tmp_path / "out").exists()


def test_do_the_containers_commands_parse_and_name_what_there_is():
    text = (ROOT / "autograder" / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    words = ("FROM", "RUN", "WORKDIR", "COPY", "VOLUME", "ENTRYPOINT", "CMD")
    assert all(line.split()[0] in words for line in lines)
    for line in lines:
        if line.startswith("RUN"):
            subprocess.run(["sh", "-n", "-c", line[4:]], check=True)
        if line.startswith(("VOLUME", "ENTRYPOINT", "CMD")):
            assert all(isinstance(word, str) for word in json.loads(line.split(None, 1)[1]))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (extras,) = re.findall(r"-e '\.\[(.+?)\]'", text)
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    (torch,) = re.findall(r"torch==\S+", text)
    assert torch in (ROOT / "constraints.txt").read_text().split()


def test_has_the_container_all_that_grading_needs(tmp_path):
    (tmp_path / "course").mkdir()
    for line in (ROOT / "autograder" / "Containerfile").read_text().splitlines():
        if line.startswith("COPY"):
            *sources, target = line.split()[1:]
            for source in sources:
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, tmp_path / "course" / target)
                else:
                    shutil.copy(ROOT / source, tmp_path / "course" / target)
    make_class(tmp_path / "class", 2)
    words = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        tmp_path / "class",
        "--out",
        tmp_path / "o",
    ]
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "course")}
    done = subprocess.run(words, cwd=tmp_path / "course", env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert scores(tmp_path / "o") == {"s000": 0, "s001": 2}
