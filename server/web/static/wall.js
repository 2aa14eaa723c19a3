// A screen on a wall: the day is read anew, and what is shown stays while the network is away.
const shown = () => document.getElementById("wall");
const again = async () => {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) return answer.status === 404 ? location.reload() : undefined;
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = read.getElementById("wall");
    if (next) shown().replaceWith(next);
  } catch {
    // The next round asks again.
  }
};
setInterval(again, 1000 * Number(shown().dataset.seconds));
