// What is seen until the conversation is there: who will speak, that it opens, and, where it does not, why, whom to call
// and the way to try again. Needs nothing from the desk: its words and the cities' telephones come with the script.

import { BASE } from "./address.js";
import { element, icon, TAGS } from "./dom.js";
import telephones from "./opening.telephones" with { type: "json" };
import words from "./opening.words" with { type: "json" };

const SLOW_MS = 4000;

export class Opening {
  // act: {retry(), close()}; close is offered where the chat is `closable`
  constructor(act, { city, locale, closable }) {
    this.said = words[locale] ?? words.zh_Hans;
    this.close = closable ? element("button", { type: "button", class: "tool", "aria-label": this.said.close, onclick: () => act.close() }, icon("close")) : null;
    this.bar = element("div", { class: "head" }, element("div", { class: "names" }, element("h2", { class: "title" }, this.said.title)), this.close);
    this.text = element("p", { role: "status" });
    this.call = telephones[city] ? element("p", {}, this.said.call, " ", element("a", { href: `tel:${telephones[city]}` }, telephones[city])) : null;
    this.retry = element("button", { type: "button", class: "again", onclick: () => { this.opens(); act.retry(); } }, this.said.retry);
    this.page = element("a", { class: "again", href: new URL(`${city}?lang=${locale}`, BASE).href, target: "_blank", rel: "noopener", hidden: true }, this.said.page);
    this.site = element("p", { class: "opening-site", hidden: true }, this.said.site.replace("{site}", location.origin));
    this.ways = element("div", { class: "opening-ways", hidden: true }, this.page, this.retry, this.call, this.site);
    this.lines = element("div", { class: "skeleton", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
    this.box = element("div", { class: "opening", lang: TAGS[locale] }, this.lines, this.text, this.ways);
    this.frame = element("div", { class: "frame", lang: TAGS[locale] }, this.bar, element("div", { class: "middle" }, this.box));
    this.opens();
  }

  // It opens: after a while that is said, too.
  opens() {
    clearTimeout(this.timer);
    this.#say("", true);
    this.timer = setTimeout(() => this.#say(this.said.slow, true), SLOW_MS);
  }

  // The desk cannot be reached: it is tried again and again.
  away() {
    if (this.#isBlocked) return this.blocked();
    clearTimeout(this.timer);
    this.#say(navigator.onLine ? this.said.away : this.said.offline, false);
  }

  // It will not open by itself: `why` is what the desk said, if it said anything.
  failed(why) {
    clearTimeout(this.timer);
    this.#say([this.said.failed, why].filter(Boolean).join(" "), false);
  }

  // This site may not show the chat: the desk's own page does, and whoever runs the site reads what is missing.
  blocked() {
    this.#isBlocked = true;
    clearTimeout(this.timer);
    this.#say(this.said.blocked, false);
    this.page.hidden = this.site.hidden = false;
    this.retry.hidden = true;
  }

  #isBlocked = false;

  gone() {
    clearTimeout(this.timer);
    this.box.remove();
    this.frame.remove();
  }

  #say(text, opens) {
    if (this.text.textContent !== text) this.text.textContent = text;
    this.lines.hidden = !opens;
    this.ways.hidden = !text;
  }
}
