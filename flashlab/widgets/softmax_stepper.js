// The stepper's view: Python has drawn every step; this shows the one that is asked for.

function render({ model, el: parent }) {
  const root = mount(model, parent);
  const place = el("div", { class: "fl-drawing" });
  const more = el("details", {}, el("summary", {}, "As a table"));
  let shown = null;
  const film = player(model, (n) => {
    const picture = model.get("pictures")[n] ?? "";
    if (picture !== shown) place.innerHTML = shown = picture;
    film.said.textContent = model.get("sentences")[n] ?? "";
    root.dataset.step = n;
  });
  const build = () => {
    const { head, rows, caption } = model.get("table");
    more.replaceChildren(more.firstChild, table(head, rows, caption));
    film.length(model.get("pictures").length - 1);
  };
  knobs(model, root, film.stop);
  root.append(film.box, film.said, place, more);
  model.on("change:pictures", build);
  build();
  return film.stop;
}

export default { render };
