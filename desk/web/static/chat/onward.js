// Going on on one's phone: shows the code, and asks whether the phone that wants to go on is the resident's. Knows nothing
// of the network.

import { element } from "./dom.js";

const LOOK_MS = 1500;
const SVG = "http://www.w3.org/2000/svg";
const WAITS = new Set(["shown", "asked", "allowed"]);

export class Onward {
  // act: {show() -> {side, path, seconds}, look() -> {state, number}, answer(number, yes), stop()}, all promises
  constructor(act) {
    this.act = act;
  }

  // Resolves once it is closed.
  open(root, texts) {
    this.texts = texts;
    this.state = null;
    this.box = element("dialog", { class: "ask onward", "aria-labelledby": "onward-title" });
    root.append(this.box);
    this.box.showModal();
    this.#show();
    return new Promise((resolve) => this.box.addEventListener("close", () => {
      clearTimeout(this.timer);
      this.box.remove();
      if (WAITS.has(this.state)) this.act.stop().catch(() => {});
      resolve();
    }));
  }

  async #show() {
    try {
      this.code = await this.act.show();
      this.#stand({ state: "shown", number: null });
    } catch {
      this.#stand({ state: "failed", number: null });
    }
  }

  // Looks again for as long as something may become of it; what cannot be asked now is asked the next time.
  async #look() {
    const now = await this.act.look().catch(() => null);
    if (!this.box.open) return;
    if (now && now.state !== this.state) this.#stand(now);
    else this.#lookSoon();
  }

  #lookSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#look(), LOOK_MS);
  }

  #stand({ state, number }) {
    if (!this.box.open) return;
    this.state = state;
    const { texts } = this;
    const say = (name) => texts[`onward_${name}`];
    const title = (text) => element("h2", { id: "onward-title", tabindex: "-1" }, text);
    const press = (text, act, kind) => element("button", { type: "button", class: kind, onclick: act }, text);
    const close = press(say("close"), () => this.box.close());
    const again = press(say("again"), () => this.#show(), "main");
    const answer = (text, yes, kind) => press(text, async ({ currentTarget }) => {
      currentTarget.disabled = true;
      await this.act.answer(number, yes).catch(() => {});
      this.#look();
    }, kind);
    const [heading, shown, buttons] = {
      shown: () => [texts.phone, [this.#code(), element("p", {}, say("scan")), element("p", { role: "status" }, say("waits")), element("p", {}, say("good").replace("{minutes}", Math.round(this.code.seconds / 60)))], [close]],
      asked: () => [say("asked"), [element("p", { class: "number" }, `${number.slice(0, 2)} ${number.slice(2)}`), element("p", {}, say("asked_lead"))], [answer(say("no"), false), answer(say("yes"), true, "main")]],
      allowed: () => [say("allowed"), [element("p", {}, say("allowed_lead"))], [close]],
      used: () => [say("used"), [element("p", {}, say("used_lead"))], [close]],
      refused: () => [say("none"), [element("p", {}, say("refused_lead"))], [close, again]],
      void: () => [say("none"), [element("p", {}, say("void_lead"))], [close, again]],
      failed: () => [say("none"), [element("p", {}, texts.push_failed)], [close, again]],
    }[state]?.() ?? [say("over"), [element("p", {}, say("over_lead"))], [close, again]];
    this.box.replaceChildren(title(heading), ...shown, element("div", { class: "ask-buttons" }, ...buttons));
    this.box.firstChild.focus();
    if (WAITS.has(state)) this.#lookSoon();
  }

  #code() {
    const svg = document.createElementNS(SVG, "svg");
    const path = document.createElementNS(SVG, "path");
    for (const [name, value] of Object.entries({ viewBox: `0 0 ${this.code.side} ${this.code.side}`, role: "img", class: "scanned", "aria-label": this.texts.onward_code_alt })) svg.setAttribute(name, value);
    path.setAttribute("d", this.code.path);
    svg.append(path);
    return svg;
  }
}
