// The map's view: a table of buttons; the one that is pressed shows the compiler's whole report.

const WORDS = { fits: "fits", spills: "spills", no: "cannot launch", error: "error", slow: "not compiled", waiting: "..." };

function render({ model, el: parent }) {
  const root = mount(model, parent);
  const map = el("table", { class: "fl-map" });
  const report = el("pre", { class: "fl-report", "aria-live": "polite" });
  const bar = el("progress", { "aria-label": "compiled" });
  const said = el("p", { class: "fl-sentence" });
  let chosen = null, buttons = {};

  const choose = (key) => {
    chosen = key;
    draw();
  };
  const build = () => {
    const rows = model.get("rows"), columns = model.get("columns");
    buttons = {};
    const line = (m) => el("tr", {}, el("th", { scope: "row" }, String(m)), ...columns.map((n) => {
      const key = `${m}x${n}`;
      buttons[key] = el("button", { type: "button", "data-field": key, onclick: () => choose(key) });
      return el("td", {}, buttons[key]);
    }));
    map.replaceChildren(
      el("caption", {}, "BLOCK_M down, BLOCK_N across"),
      el("thead", {}, el("tr", {}, el("th", {}), ...columns.map((n) => el("th", { scope: "col" }, String(n))))),
      el("tbody", {}, ...rows.map(line)));
  };
  const draw = soon(() => {
    for (const one of model.get("fields").flat()) {
      const key = `${one.BLOCK_M}x${one.BLOCK_N}`;
      const button = buttons[key];
      button.className = one.verdict;
      button.replaceChildren(el("b", {}, WORDS[one.verdict]), "\n" + one.lines.join("\n"));
      button.setAttribute("aria-pressed", key === chosen);
      button.setAttribute("aria-label",
        `BLOCK_M ${one.BLOCK_M}, BLOCK_N ${one.BLOCK_N}: ${[WORDS[one.verdict], ...one.lines].join(", ")}`);
      if (key === chosen && report.textContent !== one.report) report.textContent = one.report;
    }
    if (!chosen) report.textContent = "Press a field for the compiler's whole report.";
    bar.max = model.get("total");
    bar.value = model.get("done");
    bar.hidden = !model.get("running");
    said.textContent = model.get("sentence");
    root.dataset.done = model.get("done");
    root.dataset.running = model.get("running");
  });
  knobs(model, root);
  root.append(bar, said, el("div", { class: "fl-beside" }, map, report));
  model.on("change:rows change:columns", () => { build(); draw(); });
  model.on("change:fields change:running", draw);
  build();
  draw();
}

export default { render };
