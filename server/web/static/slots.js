// One tab stop for the grid of times: arrows move within the row and the column, Home and End to the ends of a row.
const grid = document.querySelector("table.slots");
if (grid) {
  const rows = [...grid.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("td")]);
  const stop = (cell) => cell.querySelector("a, span");
  const all = rows.flat();
  let current = all.find((cell) => cell.matches(".chosen")) ?? all.find((cell) => cell.querySelector("a")) ?? all[0];
  for (const cell of all) stop(cell).tabIndex = cell === current ? 0 : -1;
  const go = (cell) => {
    if (!cell) return;
    stop(current).tabIndex = -1;
    current = cell;
    stop(current).tabIndex = 0;
    stop(current).focus();
  };
  const shown = (row) => row.filter((cell) => cell.offsetParent !== null);
  grid.addEventListener("keydown", (event) => {
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
}
