// The part of a card that belongs to an order: its status, the way to its pay page, and on wide screens its QR code.
// Every card of an order follows the order's newest status. Knows nothing of the network.

import { BASE } from "./address.js";
import { element } from "./dom.js";

const WIDE = "(min-width: 62rem)";

export class PaymentCards {
  #texts;
  #shown = new Map(); // order -> elements of its cards
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

  // The element for a card. payment: {order, amount, currency, status, url}
  of(payment) {
    const made = element("div", { class: "payment" });
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
    for (const place of this.#shown.get(payment.order) ?? []) {
      const said = this.#texts[`payment_${payment.status}`] ?? payment.status;
      const status = element("p", { class: `payment-status payment-${payment.status}`, role: "status" },
        element("span", { class: "unseen" }, `${this.#texts.payment_status}: `), said);
      place.dataset.status = payment.status; // what can be chosen of an open order goes with it: see chat.css
      place.replaceChildren(status, ...(payment.status === "open" && payment.url ? this.#ways(payment) : []));
    }
  }

  #ways({ url, order }) {
    const link = element("a", { class: "payment-link", href: url, target: "_blank", rel: "noopener" }, this.#texts.payment_pay);
    if (!matchMedia(WIDE).matches) return [link];
    const { pathname, search } = new URL(url);
    const code = element("img", { class: "payment-code", src: new URL(`${pathname}/qr.svg${search}`, BASE).href, alt: `${this.#texts.payment_code} (${order})`, width: 176, height: 176 });
    const figure = element("figure", {}, code, element("figcaption", {}, this.#texts.payment_code));
    code.addEventListener("error", () => figure.remove());
    return [figure, link];
  }
}
