// Follow a long task by its events; without this module the page reloads itself every few seconds.
const bar = document.querySelector("[data-events]");
if (bar) {
  const source = new EventSource(bar.dataset.events);
  const said = document.getElementById("progress-said");
  source.addEventListener("progress", (event) => {
    const [done, total] = event.data.split(" ").map(Number);
    bar.max = Math.max(total, done, 1);
    bar.value = done;
    said.textContent = `${done} / ${Math.max(total, done)}`;
  });
  source.addEventListener("over", () => {
    source.close();
    location.reload();
  });
}
