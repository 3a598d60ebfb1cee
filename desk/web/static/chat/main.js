// The script of a chat: defines <city-chat>, and <city-chat-launcher>, the button and panel for other sites' pages.
//
//   <script src="https://desk.example/chat.js" data-city="…"></script>
//
// puts the button there by itself; what else can be said of it (data-colour, data-offset, …) is passed on to it as
// attributes. data-desk names the desk where a site serves its own copy of this script. What is served as /chat.js is
// these files in one (desk/web/bundle.py). `CityChat` is for scripts of the site; it stays as it is within version 1.

import { SCRIPT } from "./address.js";
import { CityChat } from "./element.js";
import { CityChatLauncher } from "./launcher.js";

const WISHES = { city: "city", locale: "locale", side: "side", elderly: "elderly", offset: "offset", offsetSide: "offset-side", colour: "colour", corners: "corners", logo: "logo", label: "label", service: "service", context: "context", count: "count" };

for (const [name, made] of [["city-chat", CityChat], ["city-chat-launcher", CityChatLauncher]]) {
  if (!customElements.get(name)) customElements.define(name, made);
}

const there = () => document.querySelector("city-chat-launcher");

if (!("CityChat" in globalThis)) {
  Object.defineProperty(globalThis, "CityChat", { value: Object.freeze({
    version: 1,
    open: () => there()?.open(),
    close: () => there()?.close(),
    toggle: () => there()?.toggle(),
    start: (service) => there()?.start(service) ?? document.querySelector("city-chat")?.begin(service),
    get isOpen() { return there()?.isOpen ?? false; },
    get unread() { return there()?.unread ?? 0; },
  }) });
}

function launch(wished) {
  if (there()) return;
  const made = document.createElement("city-chat-launcher");
  for (const [name, attribute] of Object.entries(WISHES)) {
    if (wished[name] !== undefined) made.setAttribute(attribute, wished[name]);
  }
  document.body.append(made);
}

if (SCRIPT?.dataset.city) {
  if (document.body) launch(SCRIPT.dataset);
  else addEventListener("DOMContentLoaded", () => launch(SCRIPT.dataset));
}
