// The head of the chat: who speaks, the connection, and the menu. Knows nothing of the network.

import { element, icon, logo } from "./dom.js";

export class Head {
  // act: {language(locale), elderly(on), aloud(on), phone(), notify(), close()} and, each a line of the menu: transcript("text" | "page"), data(), leave(everywhere), erase()
  constructor(act, closable) {
    this.act = act;
    this.seal = element("span", { class: "seal", "aria-hidden": "true" });
    this.title = element("h2", { class: "title" });
    this.agency = element("p", { class: "agency", hidden: true });
    this.status = element("p", { class: "connection", role: "status" });
    this.button = element("button", { type: "button", class: "tool menu-button", "aria-expanded": "false", "aria-controls": "menu", onclick: () => this.toggle() }, icon("menu"));
    this.leave = closable ? element("button", { type: "button", class: "tool", onclick: () => act.close() }, icon("close")) : null;
    this.notice = element("button", { type: "button", hidden: true, onclick: () => { this.toggle(false); act.notify(); } });
    this.menu = element("div", { class: "menu", id: "menu", hidden: true });
    this.bar = element("div", { class: "head" }, this.seal, element("div", { class: "names" }, this.title, this.agency), this.status, this.button, this.leave, this.menu);
  }

  // Whether being told on this device stands in the menu.
  notify(offered) {
    this.notice.hidden = !offered;
  }

  // logo: a picture in the place of the seal, or null; shown: {title, agency, hours, seal} of the city; languages: [{locale, tag, name}];
  // aloud: whether answers are read aloud, null where they cannot be; matters: address of the page of one's own matters;
  // form: that of the service in progress as a form, or null; phone: whether the conversation may go on on one
  relabel(texts, { title, logo: picture = null, shown, languages, locale, elderly, aloud, matters, form, phone }) {
    this.title.textContent = title;
    this.seal.textContent = shown.seal ?? "";
    this.seal.hidden = !shown.seal;
    if (picture && this.seal.isConnected) logo(picture, this.seal);
    this.agency.textContent = shown.agency ? texts.about.replace("{agency}", shown.agency).replace("{hours}", shown.hours ?? "") : "";
    this.agency.hidden = !shown.agency;
    this.button.setAttribute("aria-label", texts.menu);
    this.leave?.setAttribute("aria-label", texts.close);
    const line = (text, act, attributes = {}) =>
      element("button", { type: "button", ...attributes, onclick: () => { this.toggle(false); act(); } }, text);
    this.notice.textContent = texts.push_menu;
    const choices = languages.map(({ locale: code, tag, name }) =>
      line(name, () => this.act.language(code), { lang: tag, "aria-pressed": String(code === locale) }));
    this.form = element("a", { class: "menu-link", href: form ?? "", hidden: !form }, texts.form);
    this.menu.replaceChildren(
      element("div", { class: "menu-languages", role: "group", "aria-label": texts.language }, ...choices),
      line(texts.elderly, () => this.act.elderly(!elderly), { class: "switch", "aria-pressed": String(elderly) }),
      line(texts.aloud, () => this.act.aloud(!aloud), { class: "switch", "aria-pressed": String(Boolean(aloud)), hidden: aloud === null }),
      element("a", { class: "menu-link", href: matters, ...(new URL(matters).origin !== location.origin && { target: "_blank", rel: "noopener" }) }, texts.matters),
      this.form,
      line(texts.phone, () => this.act.phone(), { hidden: !phone }),
      this.notice,
      line(texts.transcript_text, () => this.act.transcript("text")),
      line(texts.transcript_page, () => this.act.transcript("page")),
      line(texts.data, () => this.act.data()),
      line(texts.leave, () => this.act.leave(false)),
      line(texts.leave_all, () => this.act.leave(true)),
      line(texts.erase, () => this.act.erase(), { class: "grave" }));
  }

  toggle(open = this.menu.hidden) {
    this.menu.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.menu.querySelector("button").focus();
  }

  // Where the service in progress stands as a form; null: none is in progress.
  asForm(href) {
    if (href) this.form.href = href;
    this.form.hidden = !href;
  }

  // Whether there was a menu to close.
  escape() {
    if (this.menu.hidden) return false;
    this.toggle(false);
    this.button.focus();
    return true;
  }

  state(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}
