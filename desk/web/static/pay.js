// A pay page asks how its order stands, and shows the new page when that has changed.

const page = document.getElementById("pay");
const { order, key, status } = page.dataset;
const CHANGING = new Set(["open", "confirming", "paid", "refunding"]);
const UNSURE_MS = 45000; // who comes back from paying and has not paid after all: the way to pay is shown again
const QUICK_MS = status === "confirming" ? 1000 : 3000, SLOW_MS = 15000, QUICK_FOR_MS = 10 * 60000;
const begun = Date.now();

function hasChanged(now) {
  return now !== status && !(status === "confirming" && now === "open");
}

async function look() {
  try {
    const answer = await fetch(`/pay/${order}/status?k=${encodeURIComponent(key)}`, { cache: "no-store" });
    if (answer.ok && hasChanged((await answer.json()).status)) return location.reload();
  } catch {
    // away for a moment: asked again
  }
  wait();
}

function wait() {
  setTimeout(() => (document.hidden ? wait() : look()), Date.now() - begun < QUICK_FOR_MS ? QUICK_MS : SLOW_MS);
}

if (CHANGING.has(status)) wait();
document.addEventListener("visibilitychange", () => { if (!document.hidden && CHANGING.has(status)) look(); });
if (status === "confirming") setTimeout(() => { document.getElementById("unpaid").hidden = false; }, UNSURE_MS);
