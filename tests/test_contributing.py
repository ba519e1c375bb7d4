"""Does the example that CONTRIBUTING.md gives work, word for word?"""

import re
import shlex
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
# a path at the end of a paragraph, then the file; commands are `sh`
FILES = dict(re.findall(r"`([\w/.]+)`:\n\n```(?:python|diff)\n(.*?)```\n", TEXT, re.S))
COMMANDS = re.search(r"```sh\n(.*?)```\n", TEXT, re.S)[1].splitlines()
LAST = re.search(r"the last line says `(.*)`", TEXT)[1]


@pytest.fixture
def repository(tmp_path):
    """What the example needs of the repository, with the example in it."""
    left_out = ("__pycache__", "*_answers", "sample_class")
    for name in ("autograder", "flashlab", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(*left_out))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def run(command: str, repository) -> subprocess.CompletedProcess:
    words = shlex.split(command.replace(".venv/bin/python", shlex.quote(sys.executable)))
    return subprocess.run(words, cwd=repository, capture_output=True, text=True)


def test_is_the_example_built_and_proven(repository):
    assert len(FILES) == 5 and len(COMMANDS) == 2
    for command in COMMANDS:
        done = run(command, repository)
        assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].split() == LAST.split()


def test_is_the_examples_code_in_the_style_of_the_rest(repository):
    for command in ("check", "format --check"):
        words = [sys.executable, "-m", "ruff", *command.split(), *(n for n in FILES if ".py" in n)]
        done = subprocess.run(words, cwd=repository, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
