"""JupyterLab and one window for each file of tests, a fresh course and kernel for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import lab
from tests.conftest import GOLDEN, ROOT


@pytest.fixture(scope="module")
def lab_server(tmp_path_factory) -> Iterator[lab.LabServer]:
    try:
        with lab.serving(tmp_path_factory.mktemp("lab")) as server:
            yield server
    except lab.CannotStart as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    try:
        with lab.chromium() as browser:
            yield browser
    except lab.CannotStart as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="module")
def lab_window(lab_server, chromium) -> Iterator[lab.Notebook]:
    with lab.window(lab_server, chromium) as opened:
        yield opened


@pytest.fixture
def notebook(request, lab_server, lab_window) -> Iterator[lab.Notebook]:
    """An empty JupyterLab window; `.open(path)` opens a notebook of the copied course."""
    # a fresh copy each time: a saved widget without its kernel is an error in the console
    for old in lab_server.folder.iterdir():
        shutil.rmtree(old)
    for course in (ROOT / "course", GOLDEN / "course"):
        if course.exists():
            shutil.copytree(course, lab_server.folder, dirs_exist_ok=True)
    lab_window.console_errors.clear()
    lab_window.outside_requests.clear()
    failed = request.session.testsfailed
    yield lab_window
    lab_window.shut_down()
    if request.session.testsfailed > failed:  # whatever it left
        lab.load(lab_window.page, lab_server)
