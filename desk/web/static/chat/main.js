// The script of a chat: defines <city-chat>, and <city-chat-launcher>, the button and panel for other sites' pages.
//
//   <script src="https://desk.example/chat.js" data-city="…"></script>
//
// puts the button there by itself. data-locale (zh_Hans, zh_Hant, en; else the page's lang, else the browser's),
// data-side (start or end, the default) and data-elderly are passed on to it; data-desk names the desk where a site
// serves its own copy of this script. What is served as /chat.js is these files in one (desk/web/bundle.py).

import { SCRIPT } from "./address.js";
import { CityChat } from "./element.js";
import { CityChatLauncher } from "./launcher.js";

for (const [name, made] of [["city-chat", CityChat], ["city-chat-launcher", CityChatLauncher]]) {
  if (!customElements.get(name)) customElements.define(name, made);
}

function launch({ city, locale, side, elderly }) {
  if (document.querySelector("city-chat-launcher")) return;
  const made = document.createElement("city-chat-launcher");
  for (const [name, value] of Object.entries({ city, locale, side, elderly })) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  document.body.append(made);
}

if (SCRIPT?.dataset.city) {
  if (document.body) launch(SCRIPT.dataset);
  else addEventListener("DOMContentLoaded", () => launch(SCRIPT.dataset));
}
