// What belongs to an order in the chat: its status on its card, and the ways to pay it: its page, and on wide screens its
// QR code. All of an order follows its newest status. Knows nothing of the network.

import { BASE } from "./address.js";
import { element } from "./dom.js";

const WIDE = "(min-width: 62rem)";

export class Payments {
  #texts;
  #shown = new Map(); // order -> [{status, ways}] of its cards
  #newest = new Map(); // order -> the newest that is known of it

  constructor(texts) {
    this.#texts = texts;
  }

  relabel(texts) {
    this.#texts = texts;
    for (const payment of this.#newest.values()) this.#draw(payment);
  }

  clear() {
    this.#shown.clear();
    this.#newest.clear();
  }

  // The elements of one card: {status, code, ways}. payment: {order, amount, currency, status, url}
  of(payment) {
    const made = { status: element("div", { class: "payment" }), code: element("figure", { hidden: true }), ways: element("div", { class: "act" }) };
    this.#shown.set(payment.order, [...(this.#shown.get(payment.order) ?? []), made]);
    this.update(payment);
    return made;
  }

  // An order has changed, or was told of once more.
  update(payment) {
    this.#newest.set(payment.order, payment);
    this.#draw(payment);
  }

  #draw(payment) {
    for (const { status, code, ways } of this.#shown.get(payment.order) ?? []) {
      const said = this.#texts[`payment_${payment.status}`] ?? payment.status;
      status.replaceChildren(element("p", { class: `payment-status payment-${payment.status}`, role: "status" },
        element("span", { class: "unseen" }, `${this.#texts.payment_status}: `), said));
      status.dataset.status = payment.status; // what can be chosen of an open order goes with it: see chat.css
      const open = payment.status === "open" && payment.url;
      ways.hidden = !open;
      const wanted = open ? [this.#link(payment)] : [];
      // what is as it was stays the same element: a press that has begun on it goes on
      if (ways.innerHTML !== wanted.map((one) => one.outerHTML).join("")) ways.replaceChildren(...wanted);
      this.#show(code, open ? payment : null);
    }
  }

  #link({ url }) {
    return element("a", { class: "payment-link", href: url, target: "_blank", rel: "noopener" }, this.#texts.payment_pay);
  }

  #show(code, payment) {
    code.hidden = !payment || !matchMedia(WIDE).matches;
    if (code.hidden) return code.replaceChildren();
    const { pathname, search } = new URL(payment.url);
    const image = element("img", { class: "payment-code", src: new URL(`${pathname}/qr.svg${search}`, BASE).href, alt: `${this.#texts.payment_code} (${payment.order})`, width: 176, height: 176 });
    image.addEventListener("error", () => { code.hidden = true; });
    code.replaceChildren(image, element("figcaption", {}, this.#texts.payment_code));
  }
}
