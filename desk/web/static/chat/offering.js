// Asks whether the resident wishes to be told on this device that there is news. Knows nothing of the network.

import { element } from "./dom.js";

export class Offering {
  // act: {wish(announcements) -> Promise<"told" | "denied" | "failed">, end() -> Promise, close()}
  constructor(act) {
    this.act = act;
    this.box = element("section", { class: "offering", hidden: true });
  }

  relabel(texts) {
    this.texts = texts;
    this.box.setAttribute("aria-label", texts.push_title);
  }

  get open() {
    return !this.box.hidden;
  }

  // Offers it; `told`: it is so already, and can be ended; `here`: whether this browser can; `address`: where text
  // messages are asked for, null where there are none.
  show(told = false, { here = true, address = null } = {}) {
    const { texts } = this;
    const outside = address && new URL(address).origin !== location.origin;
    const byText = address && element("a", { class: "link", href: address, ...(outside && { target: "_blank", rel: "noopener" }) }, texts.push_texts);
    const close = element("button", { type: "button", class: "link", onclick: () => this.close() }, texts.push_no);
    if (!here) {
      this.box.replaceChildren(element("p", {}, texts.push_texts_ask), element("div", { class: "offering-ways" }, byText, close));
      this.box.hidden = false;
      return;
    }
    const announced = element("input", { type: "checkbox", id: "push-announcements" });
    const yes = element("button", { type: "button", class: "main" }, told ? texts.push_end : texts.push_yes);
    const no = element("button", { type: "button", class: "link", onclick: () => this.close() }, told ? texts.push_close : texts.push_no);
    yes.addEventListener("click", async () => {
      yes.disabled = no.disabled = true;
      const done = told ? await this.act.end().then(() => "ended", () => "failed") : await this.act.wish(announced.checked);
      this.#say(texts[`push_${done}`]);
    });
    this.box.replaceChildren(
      element("p", {}, told ? texts.push_is : texts.push_ask),
      ...(told ? [] : [element("label", { for: "push-announcements" }, announced, texts.push_announcements)]),
      element("div", { class: "offering-ways" }, yes, ...(byText ? [byText] : []), no));
    this.box.hidden = false;
  }

  close() {
    if (this.box.hidden) return;
    this.box.hidden = true;
    this.act.close();
  }

  #say(text) {
    const said = element("p", { role: "status", tabindex: "-1" }, text);
    const close = element("button", { type: "button", class: "link", onclick: () => this.close() }, this.texts.push_close);
    this.box.replaceChildren(said, element("div", { class: "offering-ways" }, close));
    said.focus();
  }
}
