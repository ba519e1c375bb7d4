"""Do the pictures live in a real page: moved by keyboard and pointer, read back, light and dark?"""

from __future__ import annotations

import nbformat
import pytest

from flashlab.widgets.examples import example

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def write(lab_server, name: str, **cells: str) -> str:
    """A notebook in the served folder, its path there; `cells` are code cells by id."""
    made = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    made.cells = [nbformat.v4.new_code_cell(code, id=key) for key, code in cells.items()]
    (lab_server.folder / "pictures").mkdir(exist_ok=True)
    nbformat.write(made, lab_server.folder / "pictures" / name)
    return f"pictures/{name}"


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


def to_end(slider, end: str) -> None:
    """Move a slider to one of its ends with the pointer: press on the knob, drag beyond the end."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    mouse, y = slider.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] / 2, y)
    mouse.down()
    mouse.move(box["x"] + (box["width"] + 30 if end == "End" else -30), y, steps=4)
    mouse.up()


# --------------------------------------------------------------------------------------------------
# Tile player

MY_TILES = """
import flashlab, numpy as np
def mine(q, k, v, out):
    for i in range(0, 9, 2):
        a = q[i : min(i + 2, 9)]
        for j in range(0, 9, 4):
            s = a @ k[j : min(j + 4, 9)].T
            o = s @ v[j : min(j + 4, 9)]
        out[i : min(i + 2, 9)] = o
x = {n: np.ones((9, 3), np.float32) for n in "qkv"}
run = flashlab.measure(mine, x, {"out": ((9, 3), np.float32)}, sram_bytes=512)
flashlab.tile_player(run)
"""


def ledger(page) -> list[dict]:
    """Trips and bytes that each panel shows."""
    return page.locator(".fl-panel").evaluate_all(
        """panels => panels.map(p => Object.fromEntries(["trips", "bytes"].map(
             what => [what, Number(p.querySelector(`[data-number=${what}]`)
                 .textContent.replaceAll(",", ""))])))"""
    )


def at_step(page, n: int):
    page.locator(f".fl[data-step='{n}']").wait_for()


def test_tile_player_by_keyboard(notebook, lab_server):
    notebook.open(write(lab_server, "player.ipynb", show="import flashlab\nflashlab.tile_player()"))
    notebook.run("show")
    page = notebook.page
    scrub = page.get_by_role("slider", name="step")
    scrub.press("End")
    at_step(page, 30)
    assert ledger(page) == [{"trips": 30, "bytes": 480}, {"trips": 14, "bytes": 208}]
    scrub.press("Home")
    at_step(page, 0)
    for n in range(1, 10):
        scrub.press("ArrowRight")
        at_step(page, n)
    notebook.screenshot("player-light")
    assert ledger(page) == [{"trips": 9, "bytes": 144}, {"trips": 9, "bytes": 136}]
    assert len(notebook.ids()) == 1 and notebook.source("show").startswith("import")
    for name, size in (("Step", 10), ("Back", 9), ("Start", 0)):
        page.get_by_role("button", name=name, exact=True).press("Enter")
        at_step(page, size)
    page.get_by_role("combobox", name="speed").select_option("8 steps a second")
    page.get_by_role("button", name="Play").press("Space")
    page.get_by_role("button", name="Pause").wait_for()
    at_step(page, 30)
    page.get_by_role("button", name="Play").wait_for()
    theme(notebook, "JupyterLab Dark")
    notebook.screenshot("player-dark")
    for name in ("N", "BLOCK_M", "BLOCK_N"):
        for key in ("Home", "End"):
            page.get_by_role("slider", name=name, exact=True).press(key)
    for N, BLOCK_M, BLOCK_N in ((8, 8, 8), (1, 8, 8)):
        page.get_by_role("slider", name="N", exact=True).press("End" if N == 8 else "Home")
        totals = [t.trips for t in example(N, BLOCK_M, BLOCK_N)]
        page.locator("output", has_text=f"0 of {max(totals)}").wait_for()
        scrub.press("End")
        at_step(page, max(totals))
        shown = [t.hbm_bytes for t in example(N, BLOCK_M, BLOCK_N)]
        assert [one["bytes"] for one in ledger(page)] == shown
    no_trouble(notebook)


def test_tile_player_by_pointer(notebook, lab_server):
    notebook.open(write(lab_server, "mine.ipynb", show=MY_TILES))
    notebook.run("show")
    page = notebook.page
    scrub = page.get_by_role("slider", name="step")
    to_end(scrub, "End")
    at_step(page, 40)
    assert ledger(page) == [{"trips": 40, "bytes": 4 * 3 * (9 + 2 * 5 * 9 + 9)}]
    to_end(scrub, "Home")
    at_step(page, 0)
    page.locator("[data-tick='8']").click()
    at_step(page, 9)
    line = page.locator(".fl-source [aria-current=step]")
    assert line.locator("code").text_content() == "a = q[i : min(i + 2, 9)]"
    line.click()  # to the next trip of this line
    at_step(page, 17)
    page.get_by_text("As a table").click()
    assert page.get_by_role("row", name="K 540 0").count() == 1
    notebook.screenshot("player-mine")
    no_trouble(notebook)
