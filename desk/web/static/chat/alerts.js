// Emergency alerts above the conversation while they hold. Said aloud once by a screen reader; each can be folded.

import { element } from "./dom.js";

const EVERY_MS = 30000;

export class Alerts {
  // ask(): the alerts of the city that the conversation is with; changed(): the place that they take has changed
  constructor(ask, changed) {
    this.ask = ask;
    this.changed = changed;
    this.list = element("section", { class: "alerts", role: "alert", hidden: true });
    this.shown = "";
  }

  relabel(texts) {
    this.list.setAttribute("aria-label", texts.alerts);
  }

  watch() {
    this.stop();
    this.timer = setInterval(() => this.look(), EVERY_MS);
    this.look();
  }

  stop() {
    clearInterval(this.timer);
  }

  async look() {
    const found = await this.ask().catch(() => null); // what was shown stays until the server answers
    if (!found) return;
    const now = JSON.stringify(found);
    if (now === this.shown) return;
    this.shown = now;
    this.list.replaceChildren(...found.map((one) => this.#line(one)));
    this.list.hidden = found.length === 0;
    this.changed();
  }

  #line({ tag, severity, grade, headline, areas, instruction, until }) {
    return element("details", { class: "alert", "data-grade": grade, open: true },
      element("summary", {}, element("span", { class: "grade" }, severity), " ", element("span", { lang: tag }, headline)),
      element("p", { lang: tag }, areas),
      instruction ? element("p", { class: "instruction", lang: tag }, instruction) : null,
      element("p", { class: "until" }, until));
  }
}
