// What pages of the console do beside their forms: shortcuts, dialogs, the end of the session, live hints.
import { listen } from "./live.js";
import { watch } from "./ending.js";
import { holdFocus } from "./focus.js";
import { shortcuts, showHelp } from "./keys.js";
import { unfolds } from "./unfolding.js";

// What needs a script is shown by it, also in what comes later.
function showScripted() {
  for (const one of document.querySelectorAll(".needs-script")) one.hidden = false;
}
showScripted();
document.addEventListener("htmx:after:swap", showScripted);
document.querySelector("[data-focus]")?.focus();
unfolds();
holdFocus();

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener?.dataset.opens === "help") showHelp();
  else if (opener) document.getElementById(opener.dataset.opens).showModal();
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    const copied = document.getElementById(copier.dataset.copy);
    await navigator.clipboard.writeText(copied.dataset.value ?? copied.textContent);
    copier.textContent = copier.dataset.copied;
  }
  const shower = event.target.closest("[data-shows]");
  if (shower) {
    const password = document.getElementById(shower.dataset.shows);
    const shows = password.type === "password";
    password.type = shows ? "text" : "password";
    shower.setAttribute("aria-pressed", shows);
  }
  for (const menu of document.querySelectorAll("details.menu[open], details.group[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A password that was shown is sent as one: browsers then offer to keep it, and never remember it as a text.
document.addEventListener("submit", (event) => {
  for (const one of event.target.querySelectorAll("[data-shows]")) document.getElementById(one.dataset.shows).type = "password";
});

document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (sourceElement.closest("[data-live]")) request.headers["Console-Background"] = "1";
});

shortcuts(document.body.dataset.keys === "on");
if (document.body.dataset.idle) {
  watch(Number(document.body.dataset.idle), Number(document.body.dataset.longest));
  listen();
}
