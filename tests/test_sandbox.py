"""Can a submission reach anything but the pipe, and can it say anything that is believed?"""

import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder import cli, course
from autograder.bench import make_bench
from autograder.errors import GradingError
from autograder.frames import Channel, Closed, FrameError, OutOfTime, dump, load
from autograder.judge import check_of
from autograder.learner import Function, Learner, Missing, clean
from autograder.sandbox import Isolation, Limits, Sandbox, Stopped, find_isolation
from flashlab.checks import harness
from flashlab.checks.observe import observe
from flashlab.memory import observe_on_memory

ROOT = Path(__file__).resolve().parents[1]
LIMITS = Limits(cell_seconds=5, total_seconds=40)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return make_bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture
def learner(bench):
    made = Learner(lambda room: Sandbox(find_isolation(), bench, LIMITS, room), LIMITS)
    yield made
    made.close()


def value(learner, source):
    """What `result` is after the cell."""
    learner.run(textwrap.dedent(source))
    return learner.look("result")


# --------------------------------------------------------------------------------------------------
# Frames

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.complex_numbers(allow_nan=False)
    | st.fractions()
    | st.just(...),
    lambda x: st.lists(x) | st.tuples(x, x) | st.dictionaries(st.text(), x),
    max_leaves=20,
)
numbers = hnp.arrays(
    st.sampled_from(["f2", "f4", "f8", "i1", "i8", "u4", "?", "c16", ">f4"]),
    hnp.array_shapes(min_dims=0, min_side=0),
)


def carried(message, **how):
    frame = dump(message, **how)
    cut = 8 + int.from_bytes(frame[:4], "little")
    return load(frame[8:cut], frame[cut:], how.get("call"))


@given(plain)
def test_do_plain_values_cross_unchanged(x):
    assert carried({"x": x})["x"] == x


@given(numbers)
def test_do_arrays_cross_bit_for_bit(x):
    got = carried({"x": x})["x"]
    assert got.dtype == x.dtype.newbyteorder("=") and got.shape == x.shape and got.flags.writeable
    assert got.tobytes() == x.astype(got.dtype).tobytes()


def test_do_numbers_keep_their_type_and_strangers_their_name():
    class Odd:
        pass

    got = carried({"x": [np.float32(1.5), {1, 2}, Odd(), np.array(["a"]), lambda: 1, {}.keys()]})
    number, numbers, odd, words, function, keys = got["x"]
    assert type(number) is np.float32 and numbers == {1, 2} and keys == []
    assert [type(odd).__name__, type(words).__name__] == ["Odd", "ndarray of <U1"]
    assert type(function).__name__ == "function"


@pytest.mark.parametrize(
    "value", [range(10**9), range(0, -(10**30), -1), Decimal("1e999999"), Decimal("-1e-999999")]
)
def test_does_what_would_fill_the_memory_come_as_its_name_alone(value):
    got = load(dump({"x": value})[8:], b"")["x"]
    assert (type(got).__name__, isinstance(got, type(value))) == (type(value).__name__, False)


@pytest.mark.parametrize("value", [range(-3, 40_000, 2), Decimal("1e300"), Decimal("nan")])
def test_does_what_is_small_come_as_it_is(value):
    assert repr(load(dump({"x": value})[8:], b"")["x"]) == repr(value)


@settings(max_examples=300)
@given(st.binary(max_size=200), st.binary(max_size=64))
def test_is_noise_refused_and_nothing_else(head, body):
    with pytest.raises(FrameError):
        load(head, body)


@settings(max_examples=300)
@given(plain, st.data())
def test_is_a_changed_head_read_or_refused_but_never_more(x, data):
    head = dump({"x": x, "y": np.arange(3)})[8:]
    at = data.draw(st.integers(0, len(head) - 1))
    changed = head[:at] + data.draw(st.binary(max_size=4)) + head[at + 1 :]
    try:
        load(changed[:-24], changed[-24:])
    except FrameError:
        pass


@pytest.mark.parametrize(
    "head",
    [
        b'{"d": [["x", {"a": ["<f8", [1000000000]]}]]}',
        b'{"d": [["x", {"a": ["<f8", [-1]]}]]}',
        b'{"d": [["x", {"a": ["|O", [1]]}]]}',
        b'{"d": [["x", {"s": ["<f8", []]}]]}',
        b'{"d": [["x", {"f": 0}]]}',
        b"[" * 100_000,
        b'{"l": [' * 50 + b"1" + b"]}" * 50,
        b'{"l": [' + b"0," * 60_000 + b"0]}",
        b'{"d": [[{"l": []}, 1]]}',
    ],
    ids=["long", "negative", "objects", "no bytes", "function", "deep", "nested", "many", "key"],
)
def test_is_a_lying_head_refused(head):
    with pytest.raises(FrameError):
        load(head, b"")


def test_are_frames_bounded_and_late_ones_not_waited_for():
    with pytest.raises(FrameError, match="more than 64 MB of arrays"):
        dump({"x": np.zeros(9 << 20)})
    with pytest.raises(FrameError, match="nested deeper"):
        deep = []
        for _ in range(40):
            deep = [deep]
        dump({"x": deep})
    (r, w), (r2, w2) = os.pipe(), os.pipe()
    near = Channel(r, w2)
    with pytest.raises(OutOfTime):
        near.receive(time.monotonic() + 0.05)
    with pytest.raises(OutOfTime):  # nobody reads
        near.send(b"x" * (1 << 20), time.monotonic() + 0.05)
    os.write(w, b"\xff\xff\xff\x7f\0\0\0\0")
    with pytest.raises(FrameError, match="larger"):
        near.receive(time.monotonic() + 1)
    os.close(w)
    with pytest.raises(Closed):
        near.receive(time.monotonic() + 1)
    for fd in (r, r2, w2):
        os.close(fd)


# --------------------------------------------------------------------------------------------------
# What can be reached


def test_is_there_nothing_to_read_write_or_call(learner, tmp_path):
    secret = tmp_path / "gradebook.db"
    secret.write_text("marks")
    os.environ["A_SECRET"] = "in the environment"
    places = [secret, ROOT / "solutions", ROOT / "lessons", ROOT / "autograder", ROOT / "flashlab"]
    places += [Path.home() / ".bashrc", "/etc/passwd", "/var", "/proc/1/environ", "/dev/shm/x"]
    found = value(
        learner,
        f"""
        import os, socket, ctypes
        result = {{}}
        for place in {[str(p) for p in places]}:
            try:
                listing = os.listdir(place) if os.path.isdir(place) else [open(place).read()]
                result[place] = "".join(listing).strip("\\0")
            except OSError as error:
                result[place] = ""
        def attempt(name, act):
            try:
                act()
                result[name] = "done"
            except OSError as error:
                result[name] = ""
        folder = {str(Path(np.__file__).parent)!r}
        attempt("write numpy", lambda: open(folder + "/x.py", "w"))
        attempt("write root", lambda: open("/x", "w"))
        attempt("write bench", lambda: open("/bench/site-packages/flashlab/memory.py", "a"))
        attempt("connect", lambda: socket.create_connection(("127.0.0.1", {serving()}), 2))
        attempt("vsock", lambda: socket.socket(40, socket.SOCK_STREAM))
        attempt("name", lambda: socket.gethostbyname("localhost"))
        attempt("kill", lambda: os.kill({os.getpid()}, 9))
        attempt("setuid", lambda: os.setuid(0))
        libc = ctypes.CDLL(None, use_errno=True)
        for name, args in (("unshare", (0x10000000,)), ("memfd_create", (b"x", 0)),
                           ("ptrace", (0, 0, 0, 0)), ("shmget", (0, 4096, 0o1600))):
            result[name] = "done" if getattr(libc, name)(*args) >= 0 else ""
        result["who"] = [os.getuid(), sorted(os.environ), os.getppid()]
        """,
    )
    uid, environment, _ = found.pop("who")
    assert uid not in (0, os.getuid()) and "A_SECRET" not in environment
    assert {k: v for k, v in found.items() if v} == {}


def test_is_nothing_that_it_writes_there_outside(learner):
    places = ["/tmp", "/var/tmp", "/dev/shm", "/home/learner", str(Path.home()), str(ROOT), "/"]
    name = f"owned-{os.getpid()}"
    written = value(
        learner,
        f"""
        import os
        for place in {places}:
            os.system("touch " + place + "/{name} 2>/dev/null")
        result = [p for p in {places} if os.path.exists(p + "/{name}")]
        """,
    )
    assert written == ["/tmp", "/home/learner"], "the touch itself works"
    assert [p for p in places if Path(p, name).exists()] == []


def serving():
    """The port of a socket that listens on this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    serving.kept = listener
    return listener.getsockname()[1]


def test_can_the_folders_to_write_to_be_filled_only_so_far(learner):
    written = value(
        learner,
        """
        result = 0
        for n in range(20):
            try:
                with open(f"/tmp/{n}", "wb") as file:
                    for _ in range(64):
                        result += file.write(bytes(1 << 20))
            except OSError:
                pass
        """,
    )
    assert 8 << 20 < written <= 5 * LIMITS.file_bytes


def test_are_answers_and_ready_made_attention_missing(learner):
    learner.run(
        """
def asks(what):
    if what == "torch":
        import torch.nn.functional as F
        import torch
        return F.softmax(torch.float32)
    elif what == "reference":
        from flashlab.reference import attention
        return attention(1, 2, 3, 4)
    elif what == "traffic":
        from flashlab.traffic import naive_traffic
        return naive_traffic(1, 2, 3, 4)
    elif what == "check":
        from flashlab.checks.harness import plain_attention
        return plain_attention(1, 2, 3, 4)
def found():
    import os
    return [f for d, _, fs in os.walk("/bench") for f in fs if f.endswith(".py")
            and "p / p.sum" in open(d + "/" + f).read()]
"""
    )
    asks = learner.look("asks")
    told = asks.__observe__(["torch"], {}, False).fault.message
    assert told.startswith("torch.nn.functional.softmax is not there")
    for what in ("reference.attention", "traffic.naive_traffic"):
        outcome = asks.__observe__([what.split(".")[0]], {}, False)
        assert outcome.ready_made == [f"flashlab.{what}"] and outcome.fault is None
    assert asks.__observe__(["check"], {}, False).fault.kind == "HeldBack"
    assert learner.look("found").__observe__([], {}, False).value == []


@pytest.mark.parametrize(
    ("bomb", "told"),
    [
        ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", ""),
        ("x = []\nwhile True: x.append(bytearray(1 << 24))", ""),
        ("import os\nos.kill(os.getpid(), 9)", "ended its own process"),
        ("import os, sys\nos.closerange(3, 100)", "ended its own process"),
        ("import os\n[os.write(fd, b'\\xff' * 4096) for fd in (3, 4, 5)]", ""),
    ],
    ids=["fork", "memory", "kill", "close", "noise"],
)
def test_is_a_bomb_over_with_its_cell(bench, bomb, told):
    limits = Limits(cell_seconds=1.5, total_seconds=30, memory_bytes=400 << 20)
    learner = Learner(lambda room: Sandbox(find_isolation(), bench, limits), limits)
    learner.run("kept = 7")
    try:
        learner.run(bomb)
    except Stopped as stop:
        assert told in str(stop)
    assert learner.look("kept") == 7
    learner.close()
    assert not [p for p in psutil.Process().children(recursive=True) if "bwrap" in p.name()]


def test_are_many_processes_measured_together(bench):
    limits = Limits(cell_seconds=20, total_seconds=40, memory_bytes=400 << 20)
    learner = Learner(lambda room: Sandbox(find_isolation(), bench, limits), limits)
    hog = "import os, time\nfor _ in range(3): os.fork()\nx = b'1' * (150 << 20)\ntime.sleep(20)"
    with pytest.raises(Stopped, match="used more than 0.4 GB of memory"):
        learner.run(hog)
    learner.close()


def test_is_a_killed_graders_sandbox_gone_too(bench):
    code = f"""
import time
from pathlib import Path
from autograder.sandbox import *
s = Sandbox(find_isolation(), Path({str(bench)!r}), Limits())
print(s._process.pid, flush=True)
time.sleep(60)
"""
    grader = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    pid = int(grader.stdout.readline())
    assert psutil.pid_exists(pid)
    grader.kill()
    grader.wait()
    for _ in range(100):
        if not psutil.pid_exists(pid):
            break
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)


@pytest.mark.skipif(os.getuid() != 0, reason="the other tests run as an ordinary user already")
def test_does_it_work_for_an_ordinary_user_too(bench):
    code = f'''
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from autograder.sandbox import *
from autograder.learner import Learner
assert os.getuid() == 1000
learner = Learner(lambda room: Sandbox(find_isolation(), Path({str(bench)!r}), Limits()), Limits())
learner.run("import os, numpy; result = [os.getuid(), os.path.exists({str(ROOT / "course")!r})]")
print(learner.look("result"))
try:
    learner.run("os.kill(os.getpid(), 9)")
except Stopped as stop:
    print(stop)
learner.run("""
children = []
try:
    while True:
        child = os.fork()
        if not child:
            import time
            time.sleep(60)
        children.append(child)
except OSError:
    result = len(children)
""")
print(learner.look("result"))
learner.close()
'''
    # Python and the checkout may lie in a home that only root can open: show them, in a mount
    # namespace of our own
    at_home = [p for p in (Path(sys.base_prefix).resolve(), ROOT) if p.is_relative_to("/root")]
    script = "".join(f"mkdir -p $d/{i}; mount --bind {p} $d/{i}; " for i, p in enumerate(at_home))
    script = f"umask 022; d=$(mktemp -d); {script}mount -t tmpfs -o mode=755 x /root; "
    script += "".join(f"mkdir -p {p}; mount --bind $d/{i} {p}; " for i, p in enumerate(at_home))
    as_user = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "--inh-caps=-all"]
    argv = [*as_user, sys.executable, "-B", "-c", code]
    if at_home:
        argv = ["unshare", "-m", "bash", "-c", f'{script}exec "$@"', "bash", *argv]
    for folder in bench.parents:
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    lines = done.stdout.splitlines()
    assert lines[:1] == ["[65534, False]"], done.stderr
    assert lines[1].startswith("ended its own process") and 0 < int(lines[2]) <= 32


def test_does_it_refuse_in_one_line_where_there_is_no_bubblewrap(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(GradingError, match="no bubblewrap here, so submissions would run"):
        find_isolation()
    assert cli.main(["grade", "--out", "marks"]) == 2
    told = capfd.readouterr().err
    assert told.count("\n") == 1 and "--trust-submissions" in told
    assert list(tmp_path.iterdir()) == []


def test_is_a_bubblewrap_that_does_not_work_told(tmp_path, monkeypatch):
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(GradingError, match="cannot start a sandbox here .*No permissions"):
        find_isolation()


def test_do_trusted_submissions_run_without_it(bench):
    learner = Learner(lambda room: Sandbox(find_isolation(trust=True), bench, LIMITS), LIMITS)
    assert find_isolation(trust=True) == Isolation()
    assert value(learner, "import os; result = os.getuid()") == os.getuid()
    with pytest.raises(Stopped):
        learner.run("import os; os._exit(1)")
    assert learner.look("result") == os.getuid()
    learner.close()


# --------------------------------------------------------------------------------------------------
# What is believed


def test_does_the_bench_observe_what_a_notebook_does(learner):
    source = """
import numpy as np
def twice(x, y=1):
    print("secret", x)
    return [2 * x, (y, "s", None)]
def spoils(x):
    x[0] = 7
def fails(x):
    z = 3
    return x / z[0]
def stub(x):
    raise NotImplementedError("YOUR CODE HERE")
def hungry(x):
    return np.ones(1 << 20).sum()
"""
    learner.run(source)
    scope = {}
    exec(source, scope)
    x = np.arange(3, dtype=np.float32)
    for name in ("twice", "spoils", "fails", "hungry"):
        near, far = observe(scope[name], (x,)), observe(learner.look(name), (x,))
        assert str(far.value) == str(near.value)
        assert far.changed == near.changed and x[0] == 0
        assert bool(far.fault) == bool(near.fault)
    assert far.peak_bytes == 0
    fault = observe(learner.look("fails"), (x,)).fault
    assert (fault.kind, fault.line, fault.source) == ("TypeError", 9, "return x / z[0]")
    assert observe(learner.look("hungry"), (x,), watch_memory=True).peak_bytes >= 8 << 20
    with pytest.raises(NotImplementedError, match="YOUR CODE HERE"):
        observe(learner.look("stub"), (x,))
    assert observe(learner.look("twice"), (x,), {"y": 5}).value[1][0] == 5


def test_does_a_checks_own_function_stay_outside(learner):
    learner.run(
        "def fold(merge, states):\n    return merge(merge(states[0], states[1]), states[2])"
    )
    secret = []

    def merge(a, b):
        secret.append((a, b))
        return a[0] + b[0], a[1] * b[1]

    def broken(a, b):
        raise ValueError("these do not go together")

    fold = learner.look("fold")
    states = [(np.full(2, i), float(i)) for i in (1, 2, 3)]
    outcome = harness.call(fold, merge, states)
    assert outcome.value[0].tolist() == [6, 6] and outcome.value[1] == 6 and len(secret) == 2
    with pytest.raises(harness.CheckFailed, match="fold raised ValueError .* do not go together"):
        harness.call(fold, broken, states)


def test_is_hbm_counted_outside(learner):
    source = """
def copies(x, y, block):
    for i in range(0, len(x), block):
        y[i : i + block] = x[i : i + block]
    x[0:1]
def forges(x, y, block):
    x._port.channel = None
    y._port.write = lambda *a: None
def lies(x, y, block):
    y._port.write("y", ((0, 99),), 1.0)
def early(x, y, block):
    return y[0:1]
def fills(x, y, block):
    import numpy as np
    big = np.zeros(1000)
    tile = x[0:4]
"""
    learner.run(source)
    x = np.arange(12, dtype=np.float32)

    def measured(name, sram=None):
        return observe_on_memory(
            learner.look(name), {"x": x}, {"y": (x.shape, np.float32)}, (4,), sram
        )

    run = measured("copies")
    assert run.outputs["y"].tolist() == x.tolist() and run.unwritten == {"y": 0}
    assert run.traffic.by_array()["x"]["read"] == 52 and run.traffic.trips == 7
    assert run.traffic.events[0].line == 3 and run.traffic.sram_peak_bytes == 16
    assert measured("early").outcome.fault.message.startswith("y[0:1] is read before it is written")
    assert "overflows at line" in measured("fills", 64).outcome.fault.message
    run = measured("lies")
    assert run.unwritten == {"y": 12} and run.outcome.fault.kind == "IndexError"
    try:
        run = measured("forges")
    except Stopped:
        pass  # it cut its own line
    else:
        assert run.unwritten == {"y": 12}


FORGERIES = {
    "numpy": "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True",
    "transformer": "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'])",
    "ast": """
import ast
class Drop(ast.NodeTransformer):
    def visit_Raise(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Drop())""",
    "checks": """
import sys, types
for name in list(sys.modules):
    if name.startswith("flashlab.checks"):
        module = sys.modules[name].__dict__
        module.update(passed=print, fail=lambda *a: None, compare=lambda *a, **k: 0)
""",
    "server": """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "_Server":
        type(thing).do_call = lambda self, **k: {"value": True, "fault": None, "passed": True}
        type(thing).do_look = lambda self, name: {"value": float("nan")}
""",
    "frames": """
import os, json, struct
head = json.dumps({"d": [["value", True], ["fault", None]]}).encode()
for fd in range(3, 20):
    try: os.write(fd, struct.pack("<II", len(head), 0) + head)
    except OSError: pass
""",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_does_no_forgery_make_a_wrong_answer_right(forgery, learner):
    check = __import__("flashlab.checks.lesson_00_start_here", fromlist=["x"])
    learner.run("def tile_bytes(rows, columns, itemsize):\n    return 1")
    try:
        learner.run(FORGERIES[forgery])
        given = learner.look("tile_bytes")
    except Stopped:
        given = learner.look("tile_bytes")  # its own process, once more
    with harness.seeded(5), pytest.raises((harness.CheckFailed, Stopped)):
        check.tile_bytes__any_size(given)


def test_is_what_an_object_says_of_itself_not_believed(learner):
    source = """
class Yes(float):
    __eq__ = __ge__ = __le__ = __lt__ = __gt__ = lambda *a: True
    __ne__ = lambda *a: False
    __sub__ = __rsub__ = lambda *a: 0.0
    __hash__ = None
class Array(__import__("numpy").ndarray):
    __array_ufunc__ = lambda *a, **k: True
    __eq__ = lambda *a: True
number = Yes(3)
array = __import__("numpy").zeros(3).view(Array)
class Anything: __class__ = property(lambda self: dict)
thing = Anything()
"""
    learner.run(source)
    assert learner.look("number") == 3 and type(learner.look("number")) is float
    assert type(learner.look("array")) is np.ndarray
    try:
        assert not isinstance(learner.look("thing"), dict) or learner.look("thing") == {}
    except Stopped:
        pass
    with pytest.raises(Missing):
        learner.look("nothing")


def test_is_a_cell_that_ended_its_process_left_out(learner):
    learner.run("a = 1")
    with pytest.raises(Stopped, match="ended its own process"):
        learner.run("b = 2\nimport os; os._exit(0)")
    learner.run("c = a + 2")
    assert learner.look("c") == 3
    with pytest.raises(Missing):
        learner.look("b")


def test_does_it_give_up_after_some_restarts(bench):
    limits = Limits(cell_seconds=5, total_seconds=60, restarts=2)
    learner = Learner(lambda room: Sandbox(find_isolation(), bench, limits), limits)
    for _ in range(3):
        with pytest.raises(Stopped):
            learner.run("import os; os._exit(0)")
    with pytest.raises(Stopped, match="ended or hung 3 times"):
        learner.run("x = 1")


def test_has_a_cell_what_notebooks_have(learner):
    reply = learner.run(
        "%time x = 1\n!echo from the shell\nprint('out')\n"
        "import sys; print('err', file=sys.stderr)\n"
        "display({1: 2})\nawait __import__('asyncio').sleep(0)\n'last'"
    )
    kinds = [kind for kind, *_ in reply["outputs"]]
    text = "".join(part[1] for part in reply["outputs"])
    assert kinds[-2:] == ["display", "result"] and "stderr" in kinds
    assert "from the shell" in text and "'last'" in text
    reply = learner.run("1 +")
    assert reply["outputs"][0][:2] == ["error", "SyntaxError"]
    assert learner.run("print('x' * 5_000_000)")["printed"] == 5_000_001


def test_is_a_learners_text_harmless_in_a_report():
    assert clean("\x1b[31mred\x1b[0m \x07\u202ebell\ud800\tx\u2066\u200b") == "red bell?x"
    assert len(clean("x" * 5000)) == 600 and clean(None) == ""


def test_can_every_check_cell_be_judged_outside():
    for lesson in course.lessons().values():
        for cell in lesson.notebook.cells:
            if course.is_check(cell):
                function, call = check_of(cell.source, lesson.name)
                assert function.__name__ == course.grade_id(cell) and not isinstance(call, Function)


def test_is_memory_bounded_whatever_the_code_says_of_it(learner):
    learner.run(
        """
import tracemalloc
import numpy as np
tracemalloc.get_traced_memory = lambda: (0, 0)
tracemalloc.start = tracemalloc.stop = lambda *a: None
def scores(q):
    return (q @ q.T).sum()
def mapped(q):
    import mmap
    room = np.frombuffer(mmap.mmap(-1, 4 * len(q) ** 2), np.float32)
    return np.matmul(q, q.T, out=room.reshape(len(q), -1)).sum()
def tiles(q):
    return sum((q[i : i + 512] @ q.T).sum() for i in range(0, len(q), 512))
"""
    )
    n = learner.look("scores").__long_seqlen__
    q = np.ones((n, 4), np.float32)
    assert harness.long_seqlen(learner.look("scores")) == n and harness.long_seqlen(len) == 0
    for name, within in (("scores", False), ("mapped", False), ("tiles", True)):
        outcome = observe(learner.look(name), (q,), watch_memory=True)
        assert (outcome.fault is None and outcome.peak_bytes <= 2 * n * n) == within, name
    assert learner.look("scores").__observe__([q[:9]], {}, False).value == 324
