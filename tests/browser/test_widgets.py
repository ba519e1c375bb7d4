"""Do the pictures live in a real page: moved by keyboard and pointer, read back, light and dark?"""

from __future__ import annotations

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def write(lab_server, name: str, **cells: str) -> None:
    """A notebook in the served folder; `cells` are code cells by id."""
    made = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    made.cells = [nbformat.v4.new_code_cell(code, id=key) for key, code in cells.items()]
    nbformat.write(made, lab_server.folder / name)


def no_trouble(notebook) -> None:
    assert notebook.errors() == []
    assert notebook.console_errors == []
    assert notebook.outside_requests == []


def theme(notebook, name: str) -> None:
    notebook._in_lab(
        'await app.commands.execute("apputils:change-theme", {theme: given.theme});', theme=name
    )
    light = str("Dark" not in name).lower()
    notebook.page.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")
    notebook.page.locator("#jupyterlab-splash").wait_for(state="detached")


def test_x(notebook, lab_server):
    write(lab_server, "p.ipynb", show="""import flashlab, numpy as np
def f(q, k, v, out):
    for i in range(0, 9, 2):
        a = q[i : min(i + 2, 9)]
        for j in range(0, 9, 4):
            b = k[j : min(j + 4, 9)]
            s = a @ b.T
            o = s @ v[j : min(j + 4, 9)]
        out[i : min(i + 2, 9)] = o
x = {n: np.ones((9, 3), np.float32) for n in "qkv"}
r = flashlab.measure(f, x, {"out": ((9, 3), np.float32)}, sram_bytes=512)
player = flashlab.tile_player(r)
player""")
    notebook.open("p.ipynb")
    notebook.run("show")
    root = notebook.page.locator(".fl")
    root.wait_for()
    scrub = notebook.page.get_by_role("slider", name="step")
    for _ in range(9): scrub.press("ArrowRight")
    notebook.page.locator(".fl[data-step='9']").wait_for()
    notebook.screenshot("player-light")
    theme(notebook, "JupyterLab Dark")
    notebook.screenshot("player-dark")
    no_trouble(notebook)
