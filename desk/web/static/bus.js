// The page of a stop: its board is brought anew while it is looked at, and at a press. The link works by itself; this only
// saves a page.

const EVERY_MS = 30000;
const LONGEST_MS = 30 * 60000; // who left it open is not looking any more; a press begins anew

const again = document.getElementById("again");
const said = document.querySelector(".bus > [role=status]");
let since = performance.now();
let asking = false;

async function renew(aloud) {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch(again.href, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("board").replaceWith(page.getElementById("board"));
    said.textContent = aloud ? again.dataset.said : "";
  } catch {
    said.textContent = again.dataset.away;
  }
  said.classList.toggle("unseen", said.textContent !== again.dataset.away);
  asking = false;
}

again.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  since = performance.now();
  renew(true);
});
setInterval(() => {
  if (document.visibilityState === "visible" && performance.now() - since < LONGEST_MS) renew(false);
}, EVERY_MS);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") renew(false);
});
