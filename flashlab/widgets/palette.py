"""One set of colours for every picture, and the style sheet made of it.

Okabe and Ito's colours ("Color Universal Design", 2008): told apart with any colour vision, which a
test simulates. Text never stands on them; it is drawn in ink, beside or on a faint tint.
"""

from __future__ import annotations

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PINK, SKY, YELLOW, GREY = "#CC79A7", "#56B4E9", "#F0E442", "#7B8794"
INK, PAPER, LINE = "#1F2933", "#FFFFFF", "#9AA5B1"

# arrays, by the name they have in every lesson
ARRAYS = {
    "q": BLUE, "k": ORANGE, "v": GREEN, "s": PINK, "p": SKY, "out": VERMILION, "lse": YELLOW,
}  # fmt: skip
# lines of the charts: at least 3:1 against white and against JupyterLab's dark background
METHODS = {"naive": VERMILION, "flash1": GREEN, "flash2": BLUE, "compulsory": GREY}
_ALIASES = {
    "o": "out", "output": "out", "x": "q", "y": "out", "l": "lse", "m": "lse",
    "a": "q", "b": "k", "c": "out",
}  # fmt: skip


def plain_name(name: str) -> str:
    """`Q`, `q_ptr`, `q` -> `q`: one name for one thing, whoever measured it."""
    name = name.lower().removesuffix("_ptr")
    return _ALIASES[name] if name in ("o", "output") else name


def colour_of(name: str) -> str:
    """The colour of an array; grey for a name that no lesson uses."""
    name = plain_name(name)
    return ARRAYS.get(_ALIASES.get(name, name), GREY)


# for every <svg>, on its own or in a page
SVG_STYLE = f"""
svg.fl-svg {{
  font-family: system-ui, Helvetica, Arial, sans-serif; font-size: 13px; max-width: 100%;
  fill: var(--fl-ink, {INK}); height: auto; display: block;
}}
.fl-svg .panel {{ fill: var(--fl-ink, {INK}); fill-opacity: .035; stroke: var(--fl-line, {LINE}); }}
.fl-svg .part {{ stroke: var(--fl-paper, {PAPER}); stroke-width: .5; }}
.fl-svg .faint {{ opacity: .75; }}
.fl-svg .small {{ font-size: 11.5px; }}
.fl-svg .head {{ font-weight: 600; }}
.fl-svg .big {{ font-size: 17px; font-weight: 600; }}
.fl-svg .grid {{ stroke: var(--fl-line, {LINE}); stroke-opacity: .45; fill: none; }}
.fl-svg .ghost {{ fill: none; stroke: var(--fl-line, {LINE}); stroke-dasharray: 4 3; }}
"""
# In JupyterLab and Colab the page's own variables win, so that a dark theme is dark here too.
PAGE_STYLE = f"""
.fl {{
  --fl-paper: var(--jp-layout-color0, var(--colab-primary-surface-color, {PAPER}));
  --fl-ink: var(--jp-content-font-color0, var(--colab-primary-text-color, {INK}));
  --fl-line: {LINE}; --fl-accent: {BLUE};
  color: var(--fl-ink); background: var(--fl-paper); padding: 8px 10px; max-width: 1080px;
  font: 14px/1.4 var(--jp-ui-font-family, system-ui, Helvetica, Arial, sans-serif);
}}
.fl p {{ margin: 4px 0; color: inherit; }}
.fl button, .fl select {{
  font: inherit; color: inherit; background: var(--fl-paper); border: 1px solid var(--fl-line);
  border-radius: 4px; padding: 2px 10px; cursor: pointer;
}}
.fl :focus-visible {{ outline: 3px solid var(--fl-accent); outline-offset: 2px; }}
.fl input[type=range] {{ accent-color: var(--fl-accent); width: 170px; margin: 0; }}
.fl-controls, .fl-player, .fl-presets, .fl-panels {{
  display: flex; flex-wrap: wrap; gap: 6px 16px; align-items: center; margin: 4px 0;
}}
.fl-controls label {{ display: flex; gap: 8px; align-items: center; }}
.fl-controls output, .fl-player output {{ min-width: 4.5em; font-variant-numeric: tabular-nums; }}
.fl-presets {{ gap: 6px; flex-basis: 100%; }}
.fl-player {{ gap: 6px 8px; }}
.fl-player input[type=range] {{ flex: 1 1 200px; }}
.fl-player .fl-play {{ min-width: 5em; font-weight: 600; }}
.fl-panels {{ align-items: flex-start; gap: 12px 24px; }}
.fl-panel {{ flex: 1 1 380px; max-width: 510px; min-width: 0; margin: 0; }}
.fl-panel > div:first-child > svg {{ width: 100%; }}
.alone .fl-panel {{ display: flex; flex-wrap: wrap; gap: 4px 24px; max-width: none; }}
.alone .fl-panel > div {{ flex: 1 1 380px; max-width: 510px; min-width: 0; }}
.fl-source {{ margin: 6px 0; border-left: 3px solid var(--fl-line); overflow-x: auto; }}
.fl .fl-source button {{
  display: flex; gap: 10px; min-width: 100%; border: 0; border-radius: 0; padding: 3px 8px;
  text-align: left; background: none;
}}
.fl-source b {{ min-width: 3.4em; text-align: right; font-weight: 400; opacity: .8; }}
.fl-source code {{ font-size: 12.5px; color: inherit; background: none; white-space: pre; }}
.fl .fl-source [aria-current] {{
  background: color-mix(in srgb, var(--fl-accent) 22%, transparent);
}}
.fl-source [aria-current] b::before {{ content: "\\25B8 "; }}
.fl-heard {{ position: absolute; width: 1px; height: 1px; overflow: hidden; opacity: 0; }}
.fl-trouble {{ border-left: 4px solid {VERMILION}; padding-left: 8px; font-weight: 600; }}
.fl details {{ margin: 4px 0; }}
.fl summary {{ display: list-item; cursor: pointer; }}
.fl table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
.fl caption {{ text-align: left; font-weight: 600; }}
.fl th, .fl td {{
  padding: 1px 10px 1px 0; text-align: right; border-bottom: 1px solid var(--fl-line);
}}
.fl th:first-child, .fl td:first-child {{ text-align: left; }}
"""
