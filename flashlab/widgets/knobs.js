// Controls, gauges, sentence and table of a figure that stands below, in the same .fl-board.

function gaugeRow({ label, share, words }) {
  const over = share > 1;
  const bar = el("span", { class: over ? "fl-bar over" : "fl-bar", "aria-hidden": "true" });
  bar.append(el("span", { style: `width: ${100 * clamp(share, 0, 1)}%` }));
  return el("div", { class: "fl-gauge", "data-over": over }, el("span", {}, label), bar,
    over ? el("b", {}, words) : el("span", {}, words));
}

// The figure is another widget: name it for a screen reader as soon as it is there.
function nameFigure(root, words) {
  const figure = root.closest(".fl-board")?.querySelector(".js-plotly-plot");
  if (!figure) return false;
  figure.setAttribute("role", "img");
  figure.setAttribute("aria-label", words);
  return true;
}

function render({ model, el: parent }) {
  const root = mount(model, parent);
  knobs(model, root);
  const gauges = el("div", { class: "fl-gauges" });
  const said = el("p", { "aria-live": "polite", class: "fl-sentence" });
  const place = el("details", {}, el("summary", {}, "As a table"));
  root.append(gauges, said, place);
  let tries = 0;
  const name = () => {
    if (!nameFigure(root, model.get("sentence")) && ++tries < 100) setTimeout(name, 100);
  };
  const draw = soon(() => {
    said.textContent = model.get("sentence");
    gauges.replaceChildren(...model.get("gauges").map(gaugeRow));
    const { head, rows, caption } = model.get("table");
    place.replaceChildren(place.firstChild, table(head, rows, caption));
    root.dataset.shown = JSON.stringify(model.get("shown"));
    name();
  });
  model.on("change:sentence change:gauges change:table change:shown", draw);
  draw();
}

export default { render };
