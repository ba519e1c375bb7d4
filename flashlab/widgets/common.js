// What all views share. Python puts this before each view's own script.

export const number = (n) => Math.round(n).toLocaleString("en-US");

export const clamp = (n, low, high) => Math.max(low, Math.min(high, n));

// el("p", { class: "said" }, "words"): one element; "on..." sets a listener
function el(tag, given = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...inside);
  return node;
}

function svgEl(tag, given) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(given)) node.setAttribute(key, value);
  return node;
}

// At most once a frame, and the last call wins: a burst of moves draws what it ends in.
function soon(draw) {
  let asked = false, last;
  return (...given) => {
    last = given;
    if (asked) return;
    asked = true;
    const run = () => { asked = false; draw(...last); };
    if (document.hidden) setTimeout(run, 0);
    else requestAnimationFrame(run);
  };
}

// The view's root. Arrow keys belong to its controls: JupyterLab must not move to another cell.
function mount(model, parent) {
  const root = el("div", { class: "fl" });
  root.addEventListener("keydown", (event) => event.stopPropagation());
  parent.append(root);
  const trouble = el("p", { class: "fl-trouble", role: "alert" });
  const tell = () => {
    trouble.textContent = model.get("trouble");
    trouble.hidden = !trouble.textContent;
  };
  // the picture for pages without a kernel, in an output of its own, is not needed while this lives
  const still = model.get("stands_for");
  if (still) {
    const outer = [".jp-OutputArea-child", ".output_area"].map((name) => `${name}:has(> * .${still})`);
    root.append(el("style", {}, `.${still}, ${outer.join(", ")} { display: none !important; }`));
  }
  model.on("change:trouble", tell);
  tell();
  root.append(trouble);
  return root;
}

function send(model, changes) {
  for (const [key, value] of Object.entries(changes)) model.set(key, value);
  model.save_changes();
}

// Sliders, choices and ticks, drawn from a list that Python gives:
//   { name, label, options: [...], words: [...] }           a slider over the options
//   { name, label, options, words, kind: "choice" }         a <select>
//   { name, label, kind: "tick" }                           a checkbox
//   { kind: "presets", label, presets: [[words, values]] }  buttons that set several at once
function controls(spec, values, changed) {
  const now = { ...values };
  const refresh = [];
  const change = (more) => {
    Object.assign(now, more);
    for (const draw of refresh) draw();
    changed({ ...now });
  };
  const box = el("div", { class: "fl-controls" });
  for (const one of spec) {
    const words = one.words ?? one.options?.map(String);
    const at = () => Math.max(0, one.options.indexOf(now[one.name]));
    if (one.kind === "presets") {
      const buttons = one.presets.map(([label, given]) =>
        el("button", { type: "button", onclick: () => change(given) }, label));
      box.append(el("div", { class: "fl-presets", role: "group", "aria-label": one.label },
        el("span", {}, one.label), ...buttons));
    } else if (one.kind === "tick") {
      const input = el("input", { type: "checkbox", "data-name": one.name,
        onchange: () => change({ [one.name]: input.checked }) });
      refresh.push(() => { input.checked = now[one.name]; });
      box.append(el("label", { class: "fl-tick" }, input, one.label));
    } else if (one.kind === "choice") {
      const select = el("select", { "data-name": one.name, "aria-label": one.label,
        onchange: () => change({ [one.name]: one.options[select.selectedIndex] }) });
      select.append(...words.map((word) => el("option", {}, word)));
      refresh.push(() => { select.selectedIndex = at(); });
      box.append(el("label", {}, el("span", {}, one.label), select));
    } else {
      const shown = el("output", {});
      const input = el("input", { type: "range", min: 0, max: one.options.length - 1, step: 1,
        "aria-label": one.label, "data-name": one.name,
        oninput: () => change({ [one.name]: one.options[Number(input.value)] }) });
      refresh.push(() => {
        input.value = at();
        shown.textContent = words[at()];
        input.setAttribute("aria-valuetext", words[at()]);
      });
      box.append(el("label", {}, el("span", {}, one.label), input, shown));
    }
  }
  for (const draw of refresh) draw();
  return { box, set(more) { Object.assign(now, more); for (const draw of refresh) draw(); } };
}

function table(head, rows, caption) {
  const line = (cells, tag) => el("tr", {}, ...cells.map((cell) => el(tag, {}, String(cell))));
  return el("table", {}, el("caption", {}, caption), el("thead", {}, line(head, "th")),
    el("tbody", {}, ...rows.map((row) => line(row, "td"))));
}

// The controls of a view, if it has any, bound to `values`.
function knobs(model, root, before = () => {}) {
  const spec = model.get("controls");
  if (!spec.length) return;
  const made = controls(spec, model.get("values"), soon((values) => {
    before();
    send(model, { values });
  }));
  model.on("change:values", () => made.set(model.get("values")));
  root.append(made.box);
}

// Start, back, play, step, scrub and speed over `step` of the model; show(n) draws.
function player(model, show) {
  let last = 0, timer = null;
  const step = () => clamp(model.get("step"), 0, last);
  const said = el("p", { class: "fl-heard", "aria-live": "polite" });
  const scrub = el("input", { type: "range", min: 0, step: 1, "aria-label": "step",
    oninput: () => jump(Number(scrub.value)) });
  const count = el("output");
  const speed = el("select", { "aria-label": "speed" }, ...[0.5, 1, 2, 4, 8].map((n) =>
    el("option", { value: n, selected: n === 2 }, `${n} steps a second`)));
  const play = el("button", { type: "button", class: "fl-play", onclick: () => (timer ? stop() : start()) });

  const now = () => {
    const n = step();
    scrub.value = n;
    scrub.setAttribute("aria-valuetext", `step ${n} of ${last}`);
    count.textContent = `${n} of ${last}`;
    show(n);
  };
  const draw = soon(now);
  const go = (n) => send(model, { step: clamp(n, 0, last) });
  const jump = (n) => { stop(); go(n); };
  const stop = () => {
    clearTimeout(timer);
    timer = null;
    play.textContent = "Play";
    said.setAttribute("aria-live", "polite");
  };
  const tick = () => {
    if (step() >= last) return stop();
    go(step() + 1);
    timer = setTimeout(tick, 1000 / Number(speed.value));
  };
  const start = () => {
    play.textContent = "Pause";
    said.setAttribute("aria-live", "off");  // a film read aloud would never end
    if (step() >= last) go(0);
    timer = setTimeout(tick, 1000 / Number(speed.value));
  };
  const button = (words, to) => el("button", { type: "button", onclick: () => jump(to()) }, words);
  const box = el("div", { class: "fl-player", role: "group", "aria-label": "player" },
    button("Start", () => 0), button("Back", () => step() - 1), play, button("Step", () => step() + 1),
    scrub, count, speed);
  model.on("change:step", draw);
  stop();
  return { box, said, jump, stop, length(n) { last = n; scrub.max = n; now(); } };
}
