// One tab stop for a table of links: arrows, Home and End in the row, PageUp and PageDown by ten rows, with Ctrl to the corners.
const grid = document.querySelector("table.timeline");
if (grid) {
  const rows = [...grid.tBodies[0].rows].map((row) => [...row.querySelectorAll("a")]);
  for (const link of rows.flat()) link.tabIndex = -1;
  let current = rows[0]?.[0];
  if (current) current.tabIndex = 0;
  const go = (link) => {
    current.tabIndex = -1;
    current = link;
    current.tabIndex = 0;
    current.focus();
  };
  grid.addEventListener("keydown", (event) => {
    const y = rows.findIndex((row) => row.includes(current));
    const x = rows[y].indexOf(current);
    const row = (by) => rows[Math.min(Math.max(y + by, 0), rows.length - 1)];
    const to = {
      ArrowRight: () => rows[y][x + 1],
      ArrowLeft: () => rows[y][x - 1],
      ArrowDown: () => row(1)[x],
      ArrowUp: () => row(-1)[x],
      PageDown: () => row(10)[x],
      PageUp: () => row(-10)[x],
      Home: () => (event.ctrlKey ? rows[0] : rows[y])[0],
      End: () => (event.ctrlKey ? rows.at(-1) : rows[y]).at(-1),
    }[event.key];
    if (!to || event.altKey || event.metaKey) return;
    event.preventDefault();
    const link = to();
    if (link) go(link);
  });
  grid.addEventListener("focusin", (event) => {
    const link = event.target.closest("a");
    if (link && link !== current) go(link);
  });
}
