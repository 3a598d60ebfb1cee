// A service as a form. It works without this script, which finds the conversation that the chat of this browser has, tells
// the chat of one that began here, and shows a masked number when that is wished.

import { kept, opened, openOnce } from "./visit.js";

const TRIED = "form:tried";
const main = document.getElementById("form");
const { city, locale, session } = main.dataset;

if ("mayOpen" in main.dataset) openOnce(city, TRIED, () => location.reload());
else opened(TRIED);

// The chat goes on with a conversation that began here; its cookie was set with the first answer.
if (session) {
  const name = `city-chat:${city}:session`;
  const before = kept(() => localStorage, name);
  try {
    if (!before?.includes(session)) localStorage.setItem(name, JSON.stringify({ session, token: null, city, locale, seq: 0, spoken: true }));
  } catch {
    // storage is forbidden: the chat begins anew
  }
}

// What is typed of a masked number is shown, and masked again, without losing it.
const link = document.querySelector(".form-shows");
const answer = document.getElementById("answer");
if (link && answer?.type === "password") {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "link-button", textContent: main.dataset.show });
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const shows = answer.type === "password";
    answer.type = shows ? "text" : "password";
    button.setAttribute("aria-pressed", String(shows));
    answer.focus();
  });
  link.replaceWith(button);
}
