"""Do the pictures live in a real page: moved by keyboard and pointer, read back, light and dark?"""

from __future__ import annotations

import json
import time

import nbformat
import pytest
from nbconvert import HTMLExporter

from flashlab.widgets.examples import example
from flashlab.widgets.roofline import START as ROOF
from flashlab.widgets.roofline import controls as roof_controls
from flashlab.widgets.roofline import roofline_picture
from flashlab.widgets.traffic_explorer import NAMES, SEQLENS, START, controls, traffic_picture
from tests.browser import lab

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


def shown(page) -> dict:
    """What a figure under controls shows, as its page says."""
    return json.loads(page.locator(".fl[data-shown]").get_attribute("data-shown"))


def until(page, what: str, wanted) -> dict:
    """Wait until the page shows `wanted` under `what`; all that it shows."""
    page.wait_for_function(
        """([what, wanted]) => {
            const root = document.querySelector(".fl[data-shown]");
            return root && JSON.stringify(JSON.parse(root.dataset.shown)[what]) === wanted; }""",
        arg=[what, json.dumps(wanted, separators=(",", ":"))],
    )
    return shown(page)


def to_end(slider, end: str) -> None:
    """Move a slider to one of its ends with the pointer: press on the knob, drag beyond the end."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    mouse, y = slider.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] / 2, y)
    mouse.down()
    mouse.move(box["x"] + (box["width"] + 30 if end == "End" else -30), y, steps=4)
    mouse.up()


def reach_all_by_tab(page) -> None:
    """From a widget's first control, Tab visits every one; each has a name and a visible focus."""
    controls = "button, input, select, summary"
    root = page.locator(".fl").first
    wanted = root.locator(controls).evaluate_all(
        """all => all.filter(e => e.offsetWidth).map(e => e.getAttribute("aria-label")
            || (e.labels && [...e.labels].map(l => l.textContent).join(" ")) || e.textContent)"""
    )
    assert wanted and all(name.strip() for name in wanted), wanted
    root.locator(controls).first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")  # come by keyboard, whatever the pointer did before
    visited = []
    for _ in wanted:
        visited.append(
            page.evaluate(
                """() => { const e = document.activeElement;
                return [e.closest(".fl") !== null, getComputedStyle(e).outlineStyle]; }"""
            )
        )
        page.keyboard.press("Tab")
    assert visited == [[True, "solid"]] * len(wanted)
    assert page.evaluate("document.activeElement.closest('.fl')") is None, "and Tab leads out"


UNREADABLE = """root => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", {willReadFrequently: true});
    const paint = (colour, alpha = 1) => {
        pen.globalAlpha = alpha;
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b] = Array.from(pen.getImageData(0, 0, 1, 1).data).map(v => v / 255).map(
            v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const words = e => Array.from(e.childNodes).some(n => n.nodeType === 3 && n.data.trim());
    return Array.from(root.querySelectorAll("*")).filter(e => words(e) && e.checkVisibility(
        {opacityProperty: true, visibilityProperty: true})).flatMap(e => {
        const above = [];
        for (let a = e; a; a = a.parentElement) above.unshift(getComputedStyle(a));
        if (!e.getClientRects().length) return [];
        let paper = paint("#FFFFFF");
        for (const style of above) paper = paint(style.backgroundColor);
        const own = above.at(-1), faint = above.reduce((all, s) => all * s.opacity, 1);
        const ink = paint(e instanceof SVGElement ? own.fill : own.color, faint);
        const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        return ratio < 4.5 ? [`${e.textContent.trim()}: ${ratio.toFixed(2)}`] : [];
    });
}"""


def is_readable(page) -> None:
    """Every word of a widget stands out from its ground by 4.5 to 1 (WCAG 2.1, AA)."""
    assert page.locator(".fl").first.evaluate(UNREADABLE) == []


CUT_OFF = """() => {
    const out = document.querySelector(".jp-OutputArea"), edge = out.getBoundingClientRect().right;
    return Array.from(out.querySelectorAll(".fl, .fl *, .main-svg, .jp-OutputArea-output"))
        .filter(e => e.getClientRects().length && !e.closest(".fl-source, .fl-heard"))
        .filter(e => e.getBoundingClientRect().right > edge + 1).map(e => e.outerHTML.slice(0, 80));
}"""


def fits_a_narrow_window(page) -> None:
    """With 600 pixels for the notebook nothing of a widget is cut off or scrolled away."""
    wide = page.locator(".fl").first.evaluate("root => root.clientWidth")
    page.set_viewport_size({"width": 960, "height": 1000})
    page.wait_for_function("wide => document.querySelector('.fl').clientWidth < wide", arg=wide)
    deadline = time.monotonic() + 20  # a figure is drawn again
    while page.evaluate(CUT_OFF) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert page.evaluate(CUT_OFF) == []
    page.set_viewport_size({"width": 1400, "height": 1000})


def test_would_faint_words_be_seen(chromium):
    page = chromium.new_page()
    page.set_content('<div id="a" style="color: #888">grey on white</div>')
    assert page.locator("body").evaluate(UNREADABLE) == ["grey on white: 3.54"]
    page.set_content('<body style="background: #111"><svg><text fill="#0072B2" y="9">blue</text>')
    assert page.locator("body").evaluate(UNREADABLE) == ["blue: 3.64"]
    page.close()


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
    is_readable(page)
    fits_a_narrow_window(page)
    assert ledger(page) == [{"trips": 9, "bytes": 144}, {"trips": 9, "bytes": 136}]
    reach_all_by_tab(page)
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
    is_readable(page)
    notebook.screenshot("player-dark")
    theme(notebook, "JupyterLab Light")
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


# --------------------------------------------------------------------------------------------------
# Traffic explorer


def curves(page) -> dict[str, dict]:
    """The data that plotly draws: {trace: {"x": [...], "y": [...]}}."""
    return page.locator(".js-plotly-plot").evaluate(
        """plot => Object.fromEntries(plot.data.map(t => [t.name, Object.fromEntries(
             ["x", "y"].map(k => [k, Array.from(t[k] ?? [])]))]))"""
    )


def agrees(page, **moved) -> None:
    """What the figure draws at these settings is the closed form."""
    wanted = traffic_picture({**START, **moved})
    assert until(page, "totals", wanted["totals"])["fits"] == wanted["chip"]["fits"]
    total = max(wanted["totals"].values())
    last = [[NAMES[m], wanted["curves"][m][-1]] for m in NAMES]
    here = [["here", wanted["totals"]["compulsory"]]]
    page.wait_for_function(  # the figure's own message comes after that of the words
        """wanted => wanted.every(([name, value]) => Array.from(
            document.querySelector(".js-plotly-plot").data.find(t => t.name === name).y
        ).at(-1) === value)""",
        arg=here + last,
    )
    drawn = curves(page)
    for method, name in NAMES.items():
        assert drawn[name]["x"] == SEQLENS
        assert drawn[name]["y"] == wanted["curves"][method]
    assert drawn["here"]["y"] == [wanted["totals"][m] for m in NAMES]
    shares = page.locator("[data-part=K]").evaluate_all(
        "all => all.map(e => Number(e.dataset.share))"
    )
    assert shares == [wanted["parts"][m]["k"] / total for m in NAMES]
    wide = page.locator("[data-part=K]").evaluate_all(
        "all => all.map(e => e.offsetWidth / e.parentElement.clientWidth)"
    )
    assert wide == pytest.approx(shares, abs=0.01), "the bars are as long as they say"


def test_traffic_explorer_by_keyboard_and_pointer(notebook, lab_server):
    code = "import flashlab\nw = flashlab.traffic_explorer()\nw"
    notebook.open(write(lab_server, "traffic.ipynb", show=code))
    notebook.run("show")
    page = notebook.page
    page.locator(".js-plotly-plot .scatterlayer").first.wait_for()
    agrees(page)
    notebook.screenshot("traffic-light")
    is_readable(page)
    fits_a_narrow_window(page)
    reach_all_by_tab(page)
    state: dict = {}
    for n, one in enumerate(c for c in controls([]) if "kind" not in c):
        slider = page.get_by_role("slider", name=one["label"], exact=True)
        for key in ("Home", "End"):
            if n % 2:
                to_end(slider, key)
            else:
                slider.press(key)
            state[one["name"]] = one["options"][0 if key == "Home" else -1]
            agrees(page, **state)
    page.get_by_label("card").select_option("T4")
    page.get_by_label("dtype").select_option("fp32")
    page.get_by_label("causal").press("Space")
    agrees(page, **state, card="T4", dtype="fp32", causal=True)
    theme(notebook, "JupyterLab Dark")
    is_readable(page)
    notebook.screenshot("traffic-dark")
    theme(notebook, "JupyterLab Light")
    figure = page.locator(".js-plotly-plot")
    assert figure.get_attribute("role") == "img"
    assert "does NOT fit T4" in figure.get_attribute("aria-label")
    no_trouble(notebook)


def test_traffic_explorer_with_a_measured_run(notebook, lab_server):
    code = MY_TILES.replace("flashlab.tile_player(run)", "flashlab.traffic_explorer(run)")
    notebook.open(write(lab_server, "measured.ipynb", show=code))
    notebook.run("show")
    page = notebook.page
    page.locator(".js-plotly-plot .scatterlayer").first.wait_for()
    assert until(page, "N", 9)["measured"][0]["bytes"] == 4 * 3 * (9 + 2 * 5 * 9 + 9)
    assert curves(page)["measured"] == {"x": [9], "y": [1296]}
    notebook.screenshot("traffic-measured")
    no_trouble(notebook)


# --------------------------------------------------------------------------------------------------
# Online-softmax stepper

FORGETFUL = """
import flashlab, numpy as np
def update(m, l, x):
    m_new = max(m, x.max())
    return m_new, l + np.exp(x - m_new).sum()
flashlab.softmax_stepper(update)
"""


def test_softmax_stepper(notebook, lab_server):
    notebook.open(write(lab_server, "stepper.ipynb", show=FORGETFUL))
    notebook.run("show")
    page = notebook.page
    picture = page.locator(".fl").get_by_role("img")
    scrub = page.get_by_role("slider", name="step")

    def says(n: int) -> str:
        at_step(page, n)
        return picture.get_attribute("aria-label")

    assert says(0).startswith("Nothing seen yet")
    scrub.press("End")
    assert says(4).startswith("Block 4 of 4: m = 2.01")
    scrub.press("ArrowLeft")
    assert "WRONG: the old sum was not rescaled: multiply it by alpha." in says(3)
    notebook.screenshot("stepper-light")
    is_readable(page)
    fits_a_narrow_window(page)
    reach_all_by_tab(page)
    to_end(scrub, "Home")
    says(0)
    page.get_by_label("scores", exact=True).select_option("falling")
    block = page.get_by_role("slider", name="scores in a block")
    for key, blocks in (("Home", 12), ("End", 1)):
        block.press(key)
        page.locator(".fl-player output", has_text=f"0 of {blocks}").wait_for()
    to_end(block, "Home")
    page.locator(".fl-player output", has_text="0 of 12").wait_for()
    to_end(scrub, "End")
    assert says(12).endswith("right.")
    theme(notebook, "JupyterLab Dark")
    page.get_by_label("scores", exact=True).select_option("rising")
    page.locator(".fl-player output", has_text="0 of 12").wait_for()
    to_end(scrub, "End")
    assert "WRONG" in says(12)
    is_readable(page)
    notebook.screenshot("stepper-dark")
    theme(notebook, "JupyterLab Light")
    no_trouble(notebook)


# --------------------------------------------------------------------------------------------------
# Roofline


def test_roofline(notebook, lab_server):
    code = MY_TILES.replace("flashlab.tile_player(run)", "flashlab.roofline(run)")
    notebook.open(write(lab_server, "roofline.ipynb", show=code))
    notebook.run("show")
    page = notebook.page
    page.locator(".js-plotly-plot .scatterlayer").first.wait_for()
    state = dict(ROOF)

    def agrees_with_roof() -> None:
        wanted = roofline_picture(state)
        page.wait_for_function(
            """([card, points]) => {
                const shown = JSON.parse(document.querySelector(".fl[data-shown]").dataset.shown);
                const data = document.querySelector(".js-plotly-plot").data;
                return shown.card === card && points.every(([name, x, y]) => {
                    const trace = data.find(t => t.name === name);
                    return trace.x[0] === x && trace.y[0] === y; }); }""",
            arg=[
                state["card"],
                [[p["name"], p["intensity"], p["tflops"]] for p in wanted["points"]],
            ],
        )
        drawn = curves(page)
        for name, roof in wanted["roofs"].items():
            assert drawn[name] == roof

    agrees_with_roof()
    assert curves(page)["your run"]["x"] == [4 * 9 * 9 * 3 / 1296]
    notebook.screenshot("roofline-light")
    is_readable(page)
    fits_a_narrow_window(page)
    reach_all_by_tab(page)
    for n, one in enumerate(c for c in roof_controls() if "kind" not in c):
        slider = page.get_by_role("slider", name=one["label"], exact=True)
        for key in ("Home", "End"):
            if n % 2:
                slider.press(key)
            else:
                to_end(slider, key)
            state[one["name"]] = one["options"][0 if key == "Home" else -1]
            agrees_with_roof()
    page.get_by_label("card").select_option("T4")
    state["card"] = "T4"
    agrees_with_roof()
    theme(notebook, "JupyterLab Dark")
    is_readable(page)
    notebook.screenshot("roofline-dark")
    theme(notebook, "JupyterLab Light")
    no_trouble(notebook)


def test_a_figure_that_missed_a_change_of_width_gets_it_again(notebook, lab_server):
    loses = """
import flashlab
w = flashlab.roofline()
real, lost = w.figure._send_relayout_msg, []
w.figure._send_relayout_msg = lambda *a, **k: real(*a, **k) if lost else lost.append(a)
w"""
    notebook.open(write(lab_server, "loses.ipynb", show=loses, more="lost"))
    notebook.run("show")
    notebook.page.locator(".js-plotly-plot .scatterlayer").first.wait_for()
    fits_a_narrow_window(notebook.page)
    notebook.run("more")
    assert notebook.text("more") == "[({'width': 508},)]"
    no_trouble(notebook)


# --------------------------------------------------------------------------------------------------
# What fits where


def test_what_fits(notebook, lab_server):
    code = (
        "import flashlab\nfits = flashlab.what_fits(card='L4', blocks=(16, 64), num_stages=4)\nfits"
    )
    notebook.open(write(lab_server, "fits.ipynb", show=code, more="fits.sentence"))
    notebook.run("show")
    page = notebook.page

    def finished() -> None:
        page.locator(".fl[data-running='false'][data-done='4']").wait_for()

    finished()
    one = page.locator("[data-field='64x16']")
    assert one.get_attribute("aria-label").startswith("BLOCK_M 64, BLOCK_N 16: fits, ")
    one.press("Enter")
    page.locator(
        ".fl-report", has_text="flash_forward_kernel on an L4 (sm_89): can launch"
    ).wait_for()
    page.get_by_role("slider", name="head_dim").press("End")
    page.locator("[data-field='64x64'].no").wait_for()
    finished()
    notebook.screenshot("fits-light")
    is_readable(page)
    fits_a_narrow_window(page)
    reach_all_by_tab(page)
    page.locator("[data-field='64x64']").click()
    page.locator(".fl-report", has_text="an L4 has 99 KB a block").wait_for()
    for name in ("num_warps", "num_stages"):
        slider = page.get_by_role("slider", name=name)
        to_end(slider, "End")
        slider.press("Home")
    finished()
    theme(notebook, "JupyterLab Dark")
    is_readable(page)
    notebook.screenshot("fits-dark")
    theme(notebook, "JupyterLab Light")
    notebook.run("more")
    assert "L4, 1 warp, 1 stage, head_dim 128" in notebook.text("more")
    picture, _ = notebook.outputs("show")
    assert "4 of 4 blocks fit" in picture["data"]["text/plain"], "the first map, complete"
    no_trouble(notebook)


# --------------------------------------------------------------------------------------------------
# Saved and opened again

ALL_FIVE = {
    "player": "import flashlab\nflashlab.tile_player()",
    "stepper": "flashlab.softmax_stepper()",
    "traffic": "flashlab.traffic_explorer()",
    "roof": "flashlab.roofline()",
    "fits": "flashlab.what_fits(card='L4', blocks=(16, 64), num_stages=4)",
}


def images(notebook) -> list[dict]:
    """The pictures in the outputs: how wide they were drawn, what they say to a screen reader."""
    return notebook.page.locator(".jp-OutputArea-output img").evaluate_all(
        "all => all.filter(i => i.offsetWidth).map(i => ({wide: i.naturalWidth, alt: i.alt}))"
    )


def test_saved_and_reopened(notebook, lab_server):
    """Alive: five views, no picture twice. Reopened, trusted or not: five pictures, no error."""
    path = write(lab_server, "five.ipynb", **ALL_FIVE)
    notebook.open(path)
    for cell in ALL_FIVE:
        notebook.run(cell)
    page = notebook.page
    page.locator(".fl[data-running='false'][data-done='4']").wait_for()
    page.locator(".js-plotly-plot").nth(1).wait_for()
    assert page.locator(".fl").count() == 5 and images(notebook) == []
    notebook.screenshot("five-alive")
    notebook._in_lab("await w.context.save();")
    no_trouble(notebook)
    saved = lab_server.folder / path
    assert saved.stat().st_size < 150_000

    # as a web page, without a network
    html, _ = HTMLExporter().from_filename(str(saved))
    (saved.parent / "five.html").write_text(html, "utf-8")
    web = page.context.browser.new_page(offline=True)
    web.goto(f"file://{saved.parent / 'five.html'}", wait_until="domcontentloaded")
    pictures = web.locator(".fl-still img")
    assert pictures.evaluate_all("all => all.map(i => i.naturalWidth > 400)") == [True] * 5
    assert all(pictures.nth(n).is_visible() for n in range(5))
    web.close()

    # a new kernel, which knows nothing of the widgets: all there is, is in the file
    for name in ("trusted", "untrusted"):
        notebook.shut_down()
        again = saved
        if name == "untrusted":
            again = saved.with_name("again.ipynb")
            again.write_text(saved.read_text("utf-8").replace("tile_player()", "tile_player( )"))
        lab.load(page, lab_server)
        notebook.open(f"pictures/{again.name}")
        trusted = notebook._in_lab("return cells()[0].model.trusted;")
        assert trusted == (name == "trusted")
        page.locator(".jp-OutputArea-output img").nth(4).wait_for()
        notebook.screenshot(f"five-{name}")
        drawn = images(notebook)
        assert len(drawn) == 5 and all(one["wide"] > 400 for one in drawn)
        assert drawn[0]["alt"].startswith("three steps: 30 trips")
        assert "4 of 4 blocks fit" in drawn[4]["alt"]
        for words in ("Error displaying widget", "Loading widget"):
            assert page.get_by_text(words).locator("visible=true").count() == 0
    assert notebook.outside_requests == []
