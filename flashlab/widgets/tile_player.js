// The tile player's view: shows step n on the drawings that Python made of step 0.

const START = { array: -1, cells: [], slot: -1, held: [], line: "",
  gauge: { parts: [], made: 0, words: "" }, said: "nothing has moved yet" };

// After n accesses: running counts, how often each tile has crossed (trace.py has the same).
export function frame(panel, n) {
  n = clamp(n, 0, panel.steps.length);
  const crossed = panel.arrays.map((a) => Array((a.rows.length - 1) * (a.columns.length - 1)).fill(0));
  const written = panel.arrays.map((a, i) => crossed[i].map(() => !a.made_here));
  let bytes = 0;
  for (const step of panel.steps.slice(0, n)) {
    bytes += step.nbytes;
    for (const cell of step.cells) {
      crossed[step.array][cell] += 1;
      if (step.kind) written[step.array][cell] = true;
    }
  }
  const now = n ? panel.steps[n - 1] : START;
  const kept = Object.fromEntries(Object.keys(START).map((key) => [key, now[key]]));
  return { trips: n, bytes, crossed, written, ...kept };
}

// Paths of an arrow and of its head, from a tile to its slot or back.
export function arrow([x1, y1, x2, y2]) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [bx, by] = [x2 - 9 * ux, y2 - 9 * uy];
  return [`M${x1},${y1} L${bx},${by}`,
    `M${x2},${y2} L${bx - 4 * uy},${by + 4 * ux} L${bx + 4 * uy},${by - 4 * ux} z`];
}

// One panel on the page; returns show(n).
function panelView(panel, place, jump) {
  const drawing = el("div");
  drawing.innerHTML = panel.svg;
  const svg = drawing.firstElementChild;
  const find = (name) => Object.fromEntries(
    [...svg.querySelectorAll(`[data-${name}]`)].map((node) => [node.getAttribute(`data-${name}`), node]));
  const [cells, counts, slots, slotWords, ticks, bars, numbers] =
    ["cell", "count", "slot", "slot-words", "tick", "bar", "number"].map(find);
  const only = (name) => svg.querySelector(`[data-${name}]`);
  const [way, tip, gauge, gaugeWords, here, move] =
    ["way", "tip", "gauge", "gauge-words", "here", "move"].map(only);
  const { scales, wide, tops } = panel;
  for (const [n, tick] of Object.entries(ticks)) tick.onclick = () => jump(Number(n) + 1);

  const lines = Object.entries(panel.source).map(([line, words]) => {
    const steps = panel.steps.flatMap((step, n) => (step.line === line ? [n + 1] : []));
    const next = () => jump(steps.find((n) => n > shown) ?? steps[0]);
    return [line, el("button", { type: "button", onclick: next, title: "to its next trip" },
      el("b", {}, line.split(":")[1]), el("code", {}, words))];
  });
  const rows = panel.table.map(([label, read, written]) => [label, number(read), number(written)]);
  place.append(el("figure", { class: "fl-panel" }, drawing, el("div", {},
    ...(lines.length ? [el("div", { class: "fl-source", role: "group",
      "aria-label": `lines of ${panel.title} that touch HBM` }, ...lines.map(([, b]) => b))] : []),
    ...(panel.cut ? [el("p", {}, `${number(panel.cut)} more trips are not shown.`)] : []),
    el("details", {}, el("summary", {}, "As a table"),
      table(["array", "bytes read", "bytes written"], rows, panel.title)))));

  let shown = 0;
  return (n) => {
    const now = frame(panel, n);
    shown = n;
    for (const [key, node] of Object.entries(cells)) {
      const [array, cell] = key.split(":").map(Number);
      const moving = array === now.array && now.cells.includes(cell);
      node.classList.toggle("unwritten", !now.written[array][cell]);
      node.classList.toggle("moving", moving);
      if (counts[key]) counts[key].textContent = moving ? "" : now.crossed[array][cell] || "";
    }
    const held = Object.fromEntries(now.held.map(([slot, ...rest]) => [slot, rest]));
    for (const [key, node] of Object.entries(slots)) {
      const { array, rows, columns } = panel.slots[key];
      const [words, tall, broad] = held[key] ?? [panel.arrays[array].label, rows, columns];
      node.classList.toggle("held", key in held);
      node.classList.toggle("moving", Number(key) === now.slot);
      node.setAttribute("height", Math.max(tall * panel.unit, 8));
      node.setAttribute("width", Math.max(broad * panel.unit, 8));
      slotWords[key].textContent = words;
      slotWords[key].classList.toggle("faint", !(key in held));
    }
    for (const [key, node] of Object.entries(ticks)) node.classList.toggle("past", Number(key) < now.trips);
    for (const what of ["trips", "bytes"]) {
      bars[what].setAttribute("width", now[what] * panel.bar / scales[what]);
      numbers[what].textContent = number(now[what]);
    }
    const [line, head] = now.trips ? arrow(panel.steps[now.trips - 1].way) : ["", ""];
    way.setAttribute("d", line);
    tip.setAttribute("d", head);
    let x = 0;
    const unit = wide / scales.sram;
    const parts = now.gauge.parts.map(([array, size]) => {
      const part = svgEl("rect", { x, y: tops.gauge, width: size * unit, height: 14,
        fill: panel.arrays[array].colour });
      x += size * unit;
      return part;
    });
    const y = tops.gauge + 7;
    gauge.replaceChildren(...parts,
      svgEl("line", { x1: x, y1: y, x2: x + now.gauge.made * unit, y2: y, class: "made" }));
    gaugeWords.textContent = now.gauge.words;
    move.textContent = now.said;
    const at = now.trips * wide / scales.trips;
    here.setAttribute("x1", at);
    here.setAttribute("x2", at);
    for (const [source, button] of lines) {
      if (source === now.line) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
    svg.setAttribute("aria-label", `${panel.title}: ${now.said}; ${number(now.bytes)} bytes so far.`);
    return `${panel.title}: ${now.said}.`;
  };
}

function render({ model, el: parent }) {
  const root = mount(model, parent);
  const place = el("div", { class: "fl-panels" });
  let panels = [];
  const film = player(model, (n) => {
    film.said.textContent = panels.map((show) => show(n)).join(" ");
    root.dataset.step = n;
  });
  const build = () => {
    const given = model.get("panels");
    const open = [...place.querySelectorAll("details")].map((d) => d.open);
    place.replaceChildren();
    place.classList.toggle("alone", given.length === 1);
    panels = given.map((panel) => panelView(panel, place, film.jump));
    [...place.querySelectorAll("details")].forEach((d, n) => { d.open = open[n] ?? false; });
    film.length(Math.max(0, ...given.map((panel) => panel.steps.length)));
  };
  knobs(model, root, film.stop);
  root.append(film.box, film.said, place);
  model.on("change:panels", build);
  build();
  return film.stop;
}

export default { render };
