// <city-chat-launcher city="…" locale="…" side="start|end" elderly>: a button in a corner of another site's page, and the
// chat in a panel beside the page's own content. The panel is not modal: the page stays usable. Esc closes it and gives
// the focus back. Nothing is asked of the desk, and no session is opened, before the resident opens the panel.

import { element, icon, TAGS, wear } from "./dom.js";
import { openedBefore, rememberOpened } from "./memory.js";
import styles from "./launcher.css" with { type: "text" };
import words from "./launcher.words" with { type: "json" };

export class CityChatLauncher extends HTMLElement {
  #unread = 0;

  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    wear(root, ["launcher.css", styles]);
    this.button = element("button", { type: "button", class: "launch", "aria-expanded": "false", "aria-controls": "panel", onclick: () => this.open() });
    this.panel = element("div", { class: "panel", id: "panel", role: "dialog", hidden: true });
    root.append(this.button, this.panel);
    this.#measure();
    this.#label();
    this.panel.addEventListener("city-chat-close", () => this.close());
    this.panel.addEventListener("city-chat-message", () => this.#heard());
    this.panel.addEventListener("city-chat-locale", ({ detail }) => { this.setAttribute("locale", detail.locale); this.#label(); });
    document.addEventListener("keydown", this.#escape);
    if (openedBefore(this.getAttribute("city"))) this.open(false);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#escape);
  }

  get locale() {
    const named = this.getAttribute("locale");
    if (named in words) return named;
    const wanted = [document.documentElement.lang, ...navigator.languages].map(localeOf).find((locale) => locale);
    return wanted ?? "zh_Hans";
  }

  // Opens the panel. The focus goes into it, unless the page opened it by itself.
  async open(focus = true) {
    this.chat ??= this.#chat();
    this.panel.hidden = false;
    this.button.hidden = true;
    this.button.setAttribute("aria-expanded", "true");
    this.#unread = 0;
    this.#label();
    rememberOpened(this.getAttribute("city"), true);
    if (focus) this.chat.enter();
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
  }

  #chat() {
    const { locale } = this;
    const chat = element("city-chat", { city: this.getAttribute("city"), locale, embedded: true, closable: true, elderly: this.hasAttribute("elderly") });
    this.panel.append(chat);
    return chat;
  }

  #label() {
    const said = words[this.locale];
    this.button.lang = this.panel.lang = TAGS[this.locale];
    this.panel.setAttribute("aria-label", said.panel);
    this.button.replaceChildren(icon("chat"), element("span", {}, said.open));
    if (this.#unread) {
      this.button.append(element("span", { class: "unread", "aria-hidden": "true" }, String(this.#unread)),
        element("span", { class: "unseen" }, ` ${said.unread.replace("{count}", this.#unread)}`));
    }
  }

  #heard() {
    if (!this.panel.hidden) return;
    this.#unread += 1;
    this.#label();
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
}

// zh-HK is zh_Hant, zh-Hans-HK is zh_Hans, en-GB is en, de is none.
function localeOf(tag) {
  const [primary, ...rest] = tag.toLowerCase().split(/[-_]/);
  if (primary === "en") return "en";
  if (primary !== "zh") return null;
  return !rest.includes("hans") && rest.some((part) => ["hant", "tw", "hk", "mo"].includes(part)) ? "zh_Hant" : "zh_Hans";
}
