// One tab stop for the grid of times: arrows move within the row and the column, Home and End to the ends of a row.
// Enter on a free time chooses it and comes back to it, Esc chooses nothing; a status says what stands there, and why not.
const grid = document.querySelector("table.slots");
if (grid) {
  const rows = [...grid.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("td")]);
  const stop = (cell) => cell.querySelector("a, span");
  const all = rows.flat();
  let current = all.find((cell) => cell.matches(".chosen")) ?? all.find((cell) => cell.matches(".free") && cell.offsetParent) ?? all[0];
  for (const cell of all) stop(cell).tabIndex = cell === current ? 0 : -1;
  const go = (cell) => {
    if (!cell) return;
    stop(current).tabIndex = -1;
    current = cell;
    stop(current).tabIndex = 0;
    stop(current).focus();
    if (!cell.matches(".free")) say(cell);
  };
  const said = document.getElementById("slots-said");
  const say = (cell) => {
    said?.classList.remove("hidden");
    if (said) said.textContent = cell.dataset.said;
  };
  const shown = (row) => row.filter((cell) => cell.offsetParent !== null);
  grid.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || event.key === "Enter") {
      const link = event.key === "Enter" ? event.target.closest(".free a") : document.getElementById("unchoose");
      if (!link) return;
      link.hash = ""; // going to a part of the page would take the focus away again
      sessionStorage.setItem("slots", "back");
      if (event.key === "Escape") link.click();
      return;
    }
    const y = rows.findIndex((row) => row.includes(current));
    const row = shown(rows[y]);
    const x = row.indexOf(current);
    const below = (by) => rows[Math.min(Math.max(y + by, 0), rows.length - 1)][rows[y].indexOf(current)];
    const to = {
      ArrowRight: () => row[x + 1],
      ArrowLeft: () => row[x - 1],
      ArrowDown: () => below(1),
      ArrowUp: () => below(-1),
      PageDown: () => below(10),
      PageUp: () => below(-10),
      Home: () => row[0],
      End: () => row.at(-1),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    go(to());
  });
  grid.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td");
    if (cell && cell !== current) go(cell);
  });
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (cell && !cell.querySelector("a")) say(cell);
  });
  if (sessionStorage.getItem("slots")) {
    sessionStorage.removeItem("slots");
    stop(all.find((cell) => cell.matches(".chosen")) ?? current).focus();
  }
}
