"""The widgets with the package versions that Colab ships, in a real browser.

    make test-colab

Colab's notebook page is its own and cannot run here; classic Notebook 6.5, which Colab's image has
too, is the nearest stand-in. The environment, with exactly these pins, is made in build/colab/ and
kept for the next time. Playwright and Chromium are those of .venv/, and the Python is the one that
made it: Colab's 3.13 where that is at hand (make PYTHON=python3.13), any from 3.11 on otherwise.
Triton, whose version in Colab follows its torch, is this project's own pin.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "colab"
sys.path.insert(0, str(ROOT))

import nbformat  # noqa: E402

from flashlab.widgets.examples import example  # noqa: E402
from tests.browser import lab  # noqa: E402

# Colab's image of August 2026, as far as the widgets meet it
PINS = {
    "anywidget": "0.9.21",
    "ipykernel": "6.17.1",
    "ipython": "7.34.0",
    "ipywidgets": "7.7.1",
    "notebook": "6.5.7",
    "numpy": "2.1.3",
    "plotly": "5.24.1",
}
# what these versions leave open and newer ones of which break them
ALSO = ["jupyter_client<8", "traitlets<5.10", "setuptools<81", "pyzmq<26"]
ON_LINUX = sys.platform == "linux"  # where triton has wheels
if ON_LINUX:
    ALSO += re.findall(r"^triton==.*$", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
CELLS = {  # after an import in a cell of its own, as in every lesson
    "player": "player = flashlab.tile_player()\nplayer",
    "stepper": "stepper = flashlab.softmax_stepper()\nstepper",
    "traffic": "traffic = flashlab.traffic_explorer()\ntraffic",
    "roof": "roof = flashlab.roofline()\nroof",
    "fits": "fits = flashlab.what_fits(card='L4', blocks=(16,))\nfits",
    "slider": "slider = flashlab.naive_traffic_slider(\n"
    "    lambda n, m, d, b: (4 * n * d + 4 * n * m) * b)\nslider",
}


def environment() -> Path:
    """The Python of the pinned environment, made if it is not there."""
    python = FOLDER / "bin" / "python"
    asked = "\n".join([*(f"{name}=={version}" for name, version in PINS.items()), *ALSO])
    done = FOLDER / "pins.txt"
    if not done.exists() or done.read_text() != asked:
        print("making build/colab/ ...", flush=True)
        venv.create(FOLDER, clear=True, with_pip=False)
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q"]
        subprocess.run([*pip, "--disable-pip-version-check", *asked.split("\n")], check=True)
        done.write_text(asked)
    return python


def serve(python: Path, folder: Path, token: str) -> tuple[subprocess.Popen, str]:
    """Classic Notebook on `folder`; its process and address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(folder / ".config")}
    env |= {"JUPYTER_DATA_DIR": str(folder / ".data"), "IPYTHONDIR": str(folder / ".ipython")}
    command = [python, "-m", "notebook", "--no-browser", "--allow-root", f"--port={port}"]
    command += [f"--NotebookApp.token={token}", f"--notebook-dir={folder}"]
    with open(folder / "server.log", "w") as log:
        process = subprocess.Popen([str(word) for word in command], env=env, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/api/status?token={token}", timeout=5)
            return process, url
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"classic Notebook did not start:\n{(folder / 'server.log').read_text()}")


def run_all(page) -> list[str]:
    """Run every cell; what raised, in words."""
    page.wait_for_function("window.Jupyter && Jupyter.notebook && Jupyter.notebook._fully_loaded")
    page.wait_for_function("Jupyter.notebook.kernel && Jupyter.notebook.kernel.is_connected()")
    return page.evaluate(
        """async () => {
            const cells = Jupyter.notebook.get_cells();
            for (const cell of cells) {
                const done = new Promise(r => cell.events.one("finished_execute.CodeCell", r));
                cell.execute();
                await done;
            }
            return cells.flatMap(c => c.output_area.outputs)
                .filter(o => o.output_type === "error").map(o => `${o.ename}: ${o.evalue}`);
        }"""
    )


def value(page, code: str) -> str:
    """What the notebook's kernel says of an expression, as text."""
    return page.evaluate(
        """code => new Promise((done, fail) => Jupyter.notebook.kernel.execute(code,
            {iopub: {output: m => m.msg_type === "error" ? fail(m.content.evalue)
                : done(m.content.data ? m.content.data["text/plain"] : m.content.text)}},
            {silent: false, store_history: false}))""",
        code,
    )


def check(page) -> list[str]:
    """Use every widget; the list of what is not as it should be."""
    wrong: list[str] = []

    def expect(holds: bool, words: str) -> None:
        print(f"  {'ok' if holds else 'WRONG'}: {words}", flush=True)
        if not holds:
            wrong.append(words)

    errors = run_all(page)
    expect(errors == [], f"cells run without an error {errors}")
    page.locator(".fl").nth(len(CELLS) - 1).wait_for()
    page.locator(".js-plotly-plot .scatterlayer").nth(2).wait_for()
    expect(page.locator(".fl").count() == len(CELLS), f"{len(CELLS)} widgets live")
    shown = page.locator(".fl-still img").locator("visible=true").count()
    expect(shown == 0, "no still picture beside a living one")

    steps = page.get_by_role("slider", name="step")
    for n, name in enumerate(("player", "stepper")):
        steps.nth(n).press("End")
        last = steps.nth(n).get_attribute("max")
        page.locator(f".fl[data-step='{last}']").nth(0).wait_for()
        page.wait_for_timeout(300)
        expect(value(page, f"{name}.step") == last, f"{name}: End by keyboard reaches step {last}")
    most = max(run.trips for run in example(8, 2, 2))
    page.get_by_role("slider", name="N", exact=True).nth(0).press("End")
    page.locator("output", has_text=f"0 of {most}").wait_for()
    expect(value(page, "player.values['N']") == "8", "tile player: N by keyboard, traced in Python")

    for n, name in ((1, "traffic"), (2, "roof"), (3, "slider")):
        page.get_by_role("slider", name="N", exact=True).nth(n).press("End")
        page.wait_for_timeout(1500)
        expect(value(page, f"{name}.values['N']") == "131072", f"{name}: N by keyboard")
    drawn = (
        page.locator(".js-plotly-plot")
        .nth(0)
        .evaluate("plot => plot.data.find(t => t.name === 'here').y[0]")
    )
    wanted = value(page, "traffic.picture()['totals']['naive']")
    expect(int(drawn) == int(wanted), f"traffic explorer draws the closed form, {wanted} bytes")
    trouble = page.locator(".fl-trouble:visible").all_text_contents()
    if ON_LINUX:
        page.locator(".fl[data-running='false'][data-done='1'] .fits").wait_for()
        expect(value(page, "fits.report(16, 16).can_launch") == "True", "what fits: compiled")
        expect(trouble == [], f"no trouble told {trouble}")
    else:
        expect(all("triton is not installed" in t for t in trouble), f"without triton: {trouble}")
    return wrong


def main() -> int:
    python = environment()
    said = "import " + ", ".join(name for name in PINS if name not in ("ipython",))
    said += "; import IPython, sys; print(*sorted(f'{m} {sys.modules[m].__version__}' for m in "
    said += f"{[n if n != 'ipython' else 'IPython' for n in PINS]}), sep=', ')"
    print(subprocess.run([python, "-c", said], check=True, capture_output=True, text=True).stdout)
    token, noise, outside = secrets.token_hex(16), [], []
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        made = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
        made.cells = [nbformat.v4.new_code_cell(code)
                      for code in ("import flashlab", *CELLS.values())]  # fmt: skip
        nbformat.write(made, folder / "widgets.ipynb")
        process, url = serve(python, folder, token)
        try:
            with lab.chromium() as browser:
                page = browser.new_page(viewport={"width": 1300, "height": 1000})
                page.set_default_timeout(60_000)
                page.on("console", lambda m: noise.append(m.text) if m.type == "error" else None)
                page.on("pageerror", lambda error: noise.append(str(error)))

                def guard(route) -> None:
                    if route.request.url.startswith(url):
                        route.continue_()
                    else:
                        outside.append(route.request.url)
                        route.abort()

                page.route("**/*", guard)
                page.goto(f"{url}/notebooks/widgets.ipynb?token={token}")
                wrong = check(page)
                lab.SCREENSHOTS.mkdir(exist_ok=True)
                tall = page.locator("#notebook-container").bounding_box()["height"]
                page.set_viewport_size({"width": 1300, "height": int(tall) + 200})
                page.screenshot(path=lab.SCREENSHOTS / "colab-pins.png")
        finally:
            process.terminate()
            process.wait(20)
    wrong += [f"console: {words}" for words in noise] + [f"asked for {where}" for where in outside]
    print("\n".join(wrong) or "all widgets work with Colab's versions")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
