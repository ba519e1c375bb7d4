"""JupyterLab in Chromium, driven by Playwright; results come back as plain data.

Commands go through `window.jupyterapp` (the server runs with --expose-app-in-browser) and outputs
are read from the notebook's model: no waiting for time, no reading of the page's HTML.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import GOLDEN, ROOT
from tools.build_lessons import BADGE

SIZE = {"width": 1400, "height": 1000}
BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="117" height="20"/>'
SCREENSHOTS = ROOT / "screenshots"
# what a test must not depend on: news from the network, cells drawn only when scrolled to
SETTINGS = {
    "apputils-extension/notification": {
        "checkForUpdates": False,
        "doNotDisturbMode": True,
        "fetchNews": "false",
    },
    "notebook-extension/tracker": {"windowingMode": "none"},
}


class CannotStart(RuntimeError):
    """No Chromium here, or JupyterLab does not come up."""


def chromium_path(own: str) -> str:
    """The system's Chromium, else Playwright's own, else a failure in one line."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    if Path(own).exists():
        return own
    raise CannotStart("no Chromium for the browser tests: run `make system`")


@dataclass
class LabServer:
    """A JupyterLab server on a copy of course/ and of the golden course."""

    url: str
    token: str
    folder: Path


@contextmanager
def serving(home: Path) -> Iterator[LabServer]:
    """JupyterLab on the empty folder `home`/course, with settings and kernels of its own."""
    folder = home / "course"
    folder.mkdir()
    for name, values in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    startup = home / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "golden.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nimport flashlab.checks\n"
        f"flashlab.checks.__path__.append({str(GOLDEN / 'flashlab' / 'checks')!r})\n"
        "del sys, flashlab\n"
    )
    env = {
        **os.environ,
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"]
    command += [f"--ServerApp.root_dir={folder}", f"--ServerApp.port={port}"]
    command += [f"--IdentityProvider.token={token}", "--ServerApp.port_retries=0", "--allow-root"]
    log = home / "server.log"
    with open(log, "w") as file:
        process = subprocess.Popen(command, env=env, stdout=file, stderr=file)
    server = LabServer(f"http://127.0.0.1:{port}", token, folder)
    try:
        _wait_for(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(server: LabServer, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{server.url}/api/status?token={server.token}", timeout=5)
            return
        except OSError:
            time.sleep(0.2)
    raise CannotStart(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@dataclass
class Notebook:
    """One notebook open in JupyterLab."""

    page: Page
    console_errors: list[str] = field(default_factory=list)
    outside_requests: list[str] = field(default_factory=list)

    def _in_lab(self, body: str, **given):
        """Run `body` in the page with `app`, `w` (the notebook) and `given`; plain data back."""
        script = f"""async (given) => {{
            const app = window.jupyterapp;
            const w = app.shell.currentWidget;
            const cells = () => Array.from(w.content.widgets);
            const at = id => {{
                const n = cells().findIndex(c => c.model.id === id);
                if (n < 0) throw new Error(`no cell ${{id}}`);
                return n;
            }};
            const result = await (async () => {{ {body} }})();
            return result === undefined ? null : JSON.parse(JSON.stringify(result));
        }}"""
        return self.page.evaluate(script, given)

    def open(self, path: str) -> None:
        """Open a notebook and wait until its kernel answers."""
        self._in_lab(
            """const opened = await app.commands.execute(
                   "docmanager:open", {path: given.path, factory: "Notebook"});
               await opened.context.ready;
               await opened.sessionContext.ready;
               await opened.sessionContext.session.kernel.info;""",
            path=path,
        )

    def ids(self) -> list[str]:
        return self._in_lab("return cells().map(c => c.model.id);")

    def run_all(self) -> None:
        """JupyterLab's own Run All: stops at the first error."""
        self._in_lab('await app.commands.execute("notebook:run-all-cells");')
        self.wait_until_idle()

    def run(self, cell_id: str) -> list[dict]:
        """Run one cell and return its outputs."""
        self._in_lab(
            """w.content.activeCellIndex = at(given.id);
               w.content.deselectAll();
               await app.commands.execute("notebook:run-cell");""",
            id=cell_id,
        )
        self.wait_until_idle()
        return self.outputs(cell_id)

    def wait_until_idle(self) -> None:
        self._in_lab(
            """const kernel = w.sessionContext.session.kernel;
               await kernel.requestKernelInfo();
               while (kernel.status !== "idle") await new Promise(done => setTimeout(done, 20));"""
        )

    def set_source(self, cell_id: str, source: str) -> None:
        self._in_lab(
            "cells()[at(given.id)].model.sharedModel.setSource(given.source);",
            id=cell_id,
            source=source,
        )

    def source(self, cell_id: str) -> str:
        return self._in_lab("return cells()[at(given.id)].model.sharedModel.source;", id=cell_id)

    def outputs(self, cell_id: str) -> list[dict]:
        return self._in_lab(
            "const c = cells()[at(given.id)].model; return c.outputs ? c.outputs.toJSON() : [];",
            id=cell_id,
        )

    def errors(self) -> list[tuple[str, str, str]]:
        """(cell id, error name, message) of every error that the notebook shows."""
        return [
            (cell_id, output["ename"], output["evalue"])
            for cell_id in self.ids()
            for output in self.outputs(cell_id)
            if output["output_type"] == "error"
        ]

    def text(self, cell_id: str) -> str:
        """What a cell printed, showed or raised, as text."""
        words = []
        for output in self.outputs(cell_id):
            words += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
            words += output.get("traceback", [])
        return "\n".join("".join(word) for word in words if word)

    def screenshot(self, name: str) -> Path:
        """A picture of the window in screenshots/, which git ignores: to be looked at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def shut_down(self) -> None:
        self._in_lab(
            """await w?.context?.save();
               await app.commands.execute("application:close-all");
               await app.serviceManager.sessions.shutdownAll();"""
        )


@contextmanager
def chromium() -> Iterator[Browser]:
    """Every page of it has a context, and so a profile, of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(playwright.chromium.executable_path),
            args=["--no-sandbox", "--disable-gpu"],
        )
        yield browser
        browser.close()


@contextmanager
def window(server: LabServer, browser: Browser) -> Iterator[Notebook]:
    """An empty JupyterLab window; `.open(path)` opens a notebook of the server's folder."""
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(120_000)
    opened = Notebook(page)

    def guard(route) -> None:
        if route.request.url == BADGE:  # the one picture that lives elsewhere
            route.fulfill(content_type="image/svg+xml", body=BLANK)
        else:
            opened.outside_requests.append(route.request.url)
            route.abort()

    page.route(re.compile(f"^(?!{re.escape(server.url)}|data:|blob:)"), guard)
    page.on(
        "console",
        lambda m: opened.console_errors.append(m.text) if m.type == "error" else None,
    )
    page.on("pageerror", lambda error: opened.console_errors.append(str(error)))
    load(page, server)
    yield opened
    opened.shut_down()
    page.close()


def load(page: Page, server: LabServer) -> None:
    """JupyterLab with nothing open, as if never seen before."""
    page.set_viewport_size(SIZE)
    page.goto(f"{server.url}/lab?reset&token={server.token}")
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("async () => { await window.jupyterapp.restored; }")
