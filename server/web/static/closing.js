// The owner's week: one tab stop, and a time chosen by dragging or by two cells fills the form. Nothing is sent.
const grid = document.querySelector("table.owner-week");
const form = document.querySelector("#close");
if (grid && form) {
  const rows = [...grid.tBodies[0].rows].map((row) => [...row.querySelectorAll("td")]);
  const all = rows.flat();
  const stops = (cell) => [...cell.querySelectorAll("a")].concat([...cell.querySelectorAll(".cellname")]);
  const stop = (cell) => stops(cell)[0];
  for (const one of all.flatMap(stops)) one.tabIndex = -1;
  let current = all.find((cell) => cell.querySelector(".pick")) ?? all[0];
  stop(current).tabIndex = 0;
  let first = null;
  let dragged = false;
  const told = (key, when) => (document.querySelector("#chosen").textContent = grid.dataset[key].replace("{0}", when));
  const wall = (instant) => [instant.slice(0, 10), instant.slice(11, 16)];
  const go = (cell, target) => {
    if (!cell) return;
    stops(current).forEach((one) => (one.tabIndex = -1));
    current = cell;
    const to = target ?? stop(cell);
    to.tabIndex = 0;
    if (document.activeElement !== to) to.focus();
  };
  const span = (a, b) => (a.dataset.from <= b.dataset.from ? [a, b] : [b, a]);
  const paint = (a, b) => {
    for (const cell of all) {
      const inside = a && cell.dataset.from >= a.dataset.from && cell.dataset.from <= b.dataset.from;
      cell.classList.toggle("chosen", Boolean(inside));
      if (inside) cell.setAttribute("aria-selected", "true");
      else cell.removeAttribute("aria-selected");
    }
  };
  const fill = (one, other) => {
    const [a, b] = span(one, other);
    paint(a, b);
    const [day, start] = wall(a.dataset.from);
    const [last, end] = wall(b.dataset.to);
    form.elements.date.value = day;
    form.elements.start.value = start;
    form.elements.end.value = end;
    form.elements.end_date.value = last === day ? "" : last;
    told("chosen", `${day} ${start}–${last === day ? "" : `${last} `}${end}`);
  };
  const choose = (cell) => {
    if (first && cell !== first) {
      fill(first, cell);
      first = null;
      form.elements.reason.focus();
      return;
    }
    first = cell;
    fill(cell, cell);
    told("start", wall(cell.dataset.from).join(" "));
  };
  grid.addEventListener("click", (event) => {
    const pick = event.target.closest(".pick");
    if (!pick && !(dragged && event.target.closest("td"))) return;
    event.preventDefault();
    if (!dragged) choose(pick.closest("td"));
    dragged = false;
  });
  let from = null;
  grid.addEventListener("pointerdown", (event) => {
    const cell = event.target.closest("td[data-from]");
    dragged = false;
    from = event.pointerType === "touch" || event.button !== 0 ? null : cell; // a finger scrolls
  });
  grid.addEventListener("pointermove", (event) => {
    if (!from) return;
    const under = document.elementsFromPoint(event.clientX, event.clientY).find((one) => one.matches?.("td[data-from]"));
    if (!under || (!dragged && under === from)) return;
    dragged = true;
    first = null;
    fill(from, under);
  });
  addEventListener("pointerup", () => (from = null));
  grid.addEventListener("dragstart", (event) => event.preventDefault()); // of links
  grid.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      first = null;
      paint();
      told("again", "");
      return;
    }
    const y = rows.findIndex((row) => row.includes(current));
    if (y < 0) return;
    const row = rows[y].filter((cell) => cell.offsetParent !== null);
    const x = row.indexOf(current);
    const below = (by) => rows[Math.min(Math.max(y + by, 0), rows.length - 1)][rows[y].indexOf(current)];
    const to = {
      ArrowRight: () => row[x + 1],
      ArrowLeft: () => row[x - 1],
      ArrowDown: () => below(1),
      ArrowUp: () => below(-1),
      PageDown: () => below(10),
      PageUp: () => below(-10),
      Home: () => (event.ctrlKey ? rows[0] : rows[y]).find((cell) => cell.offsetParent !== null),
      End: () => (event.ctrlKey ? rows.at(-1) : rows[y]).findLast((cell) => cell.offsetParent !== null),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    go(to());
  });
  grid.addEventListener("focusin", (event) => {
    const cell = event.target.closest("tbody td");
    if (cell && cell !== current) go(cell, event.target);
  });
}
