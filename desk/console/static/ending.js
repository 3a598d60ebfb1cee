// Warns before the session ends, and leads to the login page when it has.
const WARN_SECONDS = 120;
const dialog = document.getElementById("ending");
let warn = WARN_SECONDS;
let timer = null;

export function watch(idle, longest) {
  warn = Math.min(WARN_SECONDS, idle / 2);
  lookIn(Math.min(idle, longest) - warn);
  dialog.querySelector("#stay").addEventListener("submit", stay);
}

function lookIn(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(0, seconds) * 1000);
}

// Another tab may have prolonged it: the server is asked before anybody is warned.
async function look() {
  const left = await ask("/console/session", { headers: { "Console-Background": "1" } });
  if (left === null) return;
  const ends = Math.min(left.idle, left.longest);
  if (ends > warn + 1) {
    if (dialog.open) dialog.close();
    delete dialog.dataset.seen;
    return lookIn(ends - warn);
  }
  if (!dialog.open && !dialog.dataset.seen) {
    const isLast = left.longest <= left.idle;
    for (const line of dialog.querySelectorAll("[data-when]")) line.hidden = (line.dataset.when === "longest") !== isLast;
    dialog.querySelector("#stay").hidden = isLast;
    dialog.dataset.seen = "yes";
    dialog.showModal();
  }
  lookIn(Math.min(ends + 1, 15));
}

async function stay(event) {
  event.preventDefault();
  const left = await ask(event.target.action, { method: "POST", body: new URLSearchParams(new FormData(event.target)) });
  if (left === null) return;
  delete dialog.dataset.seen;
  dialog.close();
  lookIn(Math.min(left.idle, left.longest) - warn);
}

async function ask(path, options) {
  try {
    const answer = await fetch(path, { ...options, headers: { Accept: "application/json", ...options.headers } });
    if (answer.ok) return await answer.json();
    if (answer.status === 401 || answer.redirected) leave();
  } catch {
    lookIn(15); // away for a moment
  }
  return null;
}

function leave() {
  location.assign(`/console/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
