// <city-chat-launcher city="…" locale="…" side="start|end|left|right" offset="96" offset-side="24" colour="#8c1d1d"
// corners="square" logo="…" label="…" service="…" context="…" count="off" elderly>: a button in a corner of another
// site's page, and the chat in a panel beside the page's own content. The panel is not modal: the page stays usable. Esc
// closes it and gives the focus back. No session is opened before the resident opens the panel.
//
// Methods, properties and events are what docs/how-to/put-the-chat-on-your-site.md promises to sites: open(), close(),
// toggle(), start(service), isOpen, unread; city-chat-opened, -closed, -unread, -message, -completed. Anything on the page with
// data-city-chat="open" or data-city-chat="start:SERVICE" opens it, too.

import { legible } from "./colours.js";
import { count } from "./counting.js";
import { element, icon, logo, TAGS, wear } from "./dom.js";
import { hint } from "./hints.js";
import { openedBefore, rememberOpened } from "./memory.js";
import styles from "./launcher.css" with { type: "text" };
import words from "./launcher.words" with { type: "json" };

const LONGEST = 40; // characters of a text that a site gives
const FARTHEST = 400; // pixels from a corner

export class CityChatLauncher extends HTMLElement {
  #unread = 0;

  connectedCallback() {
    document.addEventListener("keydown", this.#escape);
    document.addEventListener("click", this.#pressed);
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    wear(root, ["launcher.css", styles]);
    this.button = element("button", { type: "button", class: "launch", "aria-expanded": "false", "aria-controls": "panel", onclick: () => this.open() });
    this.panel = element("div", { class: "panel", id: "panel", role: "dialog", hidden: true });
    root.append(this.button, this.panel);
    this.#measure();
    this.#dress();
    this.#label();
    this.panel.addEventListener("city-chat-close", () => this.close());
    this.panel.addEventListener("city-chat-message", () => this.#heard());
    this.panel.addEventListener("city-chat-begun", () => this.#count("begun"));
    this.panel.addEventListener("city-chat-completed", () => this.#count("completed"));
    this.panel.addEventListener("city-chat-locale", ({ detail }) => { this.setAttribute("locale", detail.locale); this.#label(); });
    this.#count("viewed");
    if (openedBefore(this.getAttribute("city"))) this.open(false);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#escape);
    document.removeEventListener("click", this.#pressed);
  }

  get locale() {
    const named = this.getAttribute("locale");
    if (named in words) return named;
    const wanted = [document.documentElement.lang, ...navigator.languages].map(localeOf).find((locale) => locale);
    return wanted ?? "zh_Hans";
  }

  get isOpen() {
    return this.panel !== undefined && !this.panel.hidden;
  }

  // Messages that came while the panel was closed.
  get unread() {
    return this.#unread;
  }

  // Opens the panel. The focus goes into it, unless the page opened it by itself.
  async open(focus = true) {
    const opens = this.panel.hidden;
    this.chat ??= this.#chat();
    this.panel.hidden = false;
    this.button.hidden = true;
    this.button.setAttribute("aria-expanded", "true");
    this.#heardNothing();
    rememberOpened(this.getAttribute("city"), true);
    if (focus) this.chat.enter();
    if (opens) this.#tell("opened");
    if (opens && focus) this.#count("opened");
    await this.chat.ready;
    if (focus && !this.panel.hidden && this.shadowRoot.activeElement) this.chat.enter();
  }

  close() {
    if (this.panel.hidden) return;
    const within = this.shadowRoot.activeElement !== null;
    this.panel.hidden = true;
    this.button.hidden = false;
    this.button.setAttribute("aria-expanded", "false");
    rememberOpened(this.getAttribute("city"), false);
    if (within || document.activeElement === document.body) this.button.focus();
    this.#tell("closed");
  }

  toggle() {
    return this.panel.hidden ? this.open() : this.close();
  }

  // Opens the panel and begins a service of the city, by its name.
  async start(service) {
    await this.open();
    await this.chat.begin(service);
  }

  #chat() {
    const { locale } = this;
    const chat = element("city-chat", {
      city: this.getAttribute("city"), locale, embedded: true, closable: true, elderly: this.hasAttribute("elderly"),
      ...Object.fromEntries(["colour", "logo", "service", "context"].map((name) => [name, this.getAttribute(name)])),
    });
    this.panel.append(chat);
    return chat;
  }

  // Colour, logo and place, as the site wishes them; what cannot be, the console says, and is left out.
  #dress() {
    const wanted = this.getAttribute("colour") ?? getComputedStyle(this).getPropertyValue("--city-colour").trim();
    const colour = wanted && legible(wanted, this.shadowRoot);
    if (colour) this.style.setProperty("--city-colour", colour);
    else if (wanted) hint("colour", `"${wanted}" is no colour that covers what is behind it: data-colour="#1d5a8c" is.`);
    if (colour) this.setAttribute("colour", colour);
    else this.removeAttribute("colour");
    for (const name of ["offset", "offset-side"]) {
      const far = this.getAttribute(name);
      if (far === null) continue;
      if (/^\d{1,3}$/.test(far) && far <= FARTHEST) this.style.setProperty(`--chat-${name}`, `${far}px`);
      else hint(name, `data-${name}="${far}" is not read: write 0 to ${FARTHEST}, in pixels.`);
    }
  }

  #label() {
    const said = words[this.locale];
    this.button.lang = this.panel.lang = TAGS[this.locale];
    this.panel.setAttribute("aria-label", said.panel);
    const picture = icon("chat");
    this.button.replaceChildren(picture, element("span", {}, this.getAttribute("label")?.trim().slice(0, LONGEST) || said.open));
    if (this.hasAttribute("logo")) logo(this.getAttribute("logo"), picture);
    if (this.#unread) {
      this.button.append(element("span", { class: "unread", "aria-hidden": "true" }, String(this.#unread)),
        element("span", { class: "unseen" }, ` ${said.unread.replace("{count}", this.#unread)}`));
    }
  }

  #heard() {
    if (!this.panel.hidden) return;
    this.#unread += 1;
    this.#label();
    this.#tell("unread", { count: this.#unread });
  }

  #heardNothing() {
    const before = this.#unread;
    this.#unread = 0;
    this.#label();
    if (before) this.#tell("unread", { count: 0 });
  }

  #tell(event, detail = {}) {
    this.dispatchEvent(new CustomEvent(`city-chat-${event}`, { bubbles: true, detail: { city: this.getAttribute("city"), ...detail } }));
  }

  #count(what) {
    if (this.getAttribute("count") !== "off") count(this.getAttribute("city"), what);
  }

  // Sites scale their own root font; the chat keeps the size that the resident has set in the browser.
  #measure() {
    const probe = element("span", { class: "probe", "aria-hidden": "true" });
    this.shadowRoot.append(probe);
    this.style.setProperty("--chat-rem", getComputedStyle(probe).fontSize);
    probe.remove();
  }

  #escape = (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) this.close();
  };

  // Links and buttons of the page itself: a link keeps its address for who has no scripts.
  #pressed = (event) => {
    const wish = event.target.closest?.("[data-city-chat]")?.dataset.cityChat;
    if (wish === undefined || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const service = /^start:([a-z][a-z0-9_]*)$/.exec(wish)?.[1];
    if (!service && wish !== "open") return hint(wish, `data-city-chat="${wish}" is neither "open" nor "start:SERVICE".`);
    event.preventDefault();
    if (service) this.start(service);
    else this.open();
  };
}

// zh-HK is zh_Hant, zh-Hans-HK is zh_Hans, en-GB is en, de is none.
function localeOf(tag) {
  const [primary, ...rest] = tag.toLowerCase().split(/[-_]/);
  if (primary === "en") return "en";
  if (primary !== "zh") return null;
  return !rest.includes("hans") && rest.some((part) => ["hant", "tw", "hk", "mo"].includes(part)) ? "zh_Hant" : "zh_Hans";
}
