// Controls, keys, bars, sentence and table of a figure that stands below, in the same .fl-board.

const MARKS = {
  circle: "M15,2 a5,5 0 1 0 .01,0 z", square: "M10,2 h10 v10 h-10 z", diamond: "M8.5,7 l6.5,-6.5 6.5,6.5 -6.5,6.5 z",
  cross: "M10,2 l10,10 M20,2 l-10,10",
};

// A line, a mark or both, as the figure draws them.
function keyOf({ label, colour, dash, mark }) {
  const picture = svgEl("svg", { width: 30, height: 14, "aria-hidden": "true" });
  if (dash != null) {
    picture.append(svgEl("line", { x1: 0, x2: 30, y1: 7, y2: 7, stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash }));
  }
  if (mark) {
    const line = mark === "cross" ? { fill: "none", stroke: colour, "stroke-width": 3 } : { fill: colour };
    picture.append(svgEl("path", { d: MARKS[mark], ...line }));
  }
  return el("span", { class: "fl-key" }, picture, label);
}

const percent = (share) => `${100 * clamp(share, 0, 1)}%`;

function gaugeRow({ label, share, words }) {
  const over = share > 1;
  const bar = el("span", { class: over ? "fl-bar over" : "fl-bar", "aria-hidden": "true" });
  bar.append(el("span", { style: `width: ${percent(share)}` }));
  return el("div", { class: "fl-row fl-gauge", "data-over": over }, el("span", {}, label), bar,
    el(over ? "b" : "span", { class: "fl-words" }, words));
}

function splitRow(row) {
  const bar = el("span", { class: row.over ? "fl-bar fl-split over" : "fl-bar fl-split", "aria-hidden": "true" });
  bar.append(...row.parts.map(({ name, share, colour, words }) => el("span", { "data-part": name, "data-share": share,
    title: `${name}: ${words}`, style: `width: ${percent(share)}; background: ${colour}` })));
  return el("div", { class: "fl-row" }, keyOf(row), bar,
    el("span", { class: "fl-words" }, el("b", {}, row.words), row.over ? ", does not fit" : ""));
}

// The figure is another widget; it takes no change of its size before it is drawn.
const figureOf = (root) =>
  root.closest(".fl-board")?.querySelector(".js-plotly-plot:has(.scatterlayer .trace)");

function render({ model, el: parent }) {
  const root = mount(model, parent);
  knobs(model, root);
  const headline = el("p", { class: "fl-headline" });
  const split = el("div", { class: "fl-rows" }), gauges = el("div", { class: "fl-rows" });
  const keys = el("p", { class: "fl-keys" });
  const said = el("p", { "aria-live": "polite", class: "fl-sentence" });
  const place = el("details", {}, el("summary", {}, "As a table"));
  root.append(headline, split, keys, gauges, said, place);
  let tries = 0, asked = 0, wanted = 0, timer = 0;
  const atFigure = () => {
    const figure = figureOf(root);
    if (!figure) return void (++tries < 100 && setTimeout(atFigure, 100));
    figure.setAttribute("role", "img");
    figure.setAttribute("aria-label", model.get("sentence"));
    fit(figure);
  };
  // Asks Python for a figure as wide as the page; again, ever later, while it is not drawn so.
  const fit = (figure) => {
    if (!root.clientWidth) return;  // not on the page
    const width = clamp(root.clientWidth - 20, ...model.get("limits"));
    if (width === wanted && timer) return;
    if (width !== wanted) asked = 0;
    wanted = width;
    clearTimeout(timer);
    timer = 0;
    const drawn = figure.querySelector(".main-svg")?.width.baseVal.value ?? 0;
    if (Math.abs(drawn - width) < 2 || asked > 4) return;
    send(model, { room: [width, asked++] });
    timer = setTimeout(() => { timer = 0; fit(figure); }, 500 * 2 ** asked);
  };
  const draw = soon(() => {
    const [number, of] = model.get("headline");
    headline.replaceChildren(...(number ? [el("b", {}, number), of] : []));
    split.replaceChildren(...model.get("split").map(splitRow));
    gauges.replaceChildren(...model.get("gauges").map(gaugeRow));
    keys.replaceChildren(...model.get("legend").map(keyOf));
    said.textContent = model.get("sentence");
    said.classList.toggle("fl-heard", Boolean(number));  // the bars say it all
    const { head, rows, caption } = model.get("table");
    place.replaceChildren(place.firstChild, table(head, rows, caption));
    root.dataset.shown = JSON.stringify(model.get("shown"));
    atFigure();
  });
  model.on("change:sentence change:gauges change:split change:legend change:table change:shown", draw);
  draw();
  const sized = new ResizeObserver(soon(atFigure));
  sized.observe(root);
  return () => { sized.disconnect(); clearTimeout(timer); };
}

export default { render };
