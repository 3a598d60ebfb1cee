// Tells the server which messages that nobody had asked for were on the screen of a page that was looked at.

const PART = 0.5; // of a message, or of the screen where it is longer
const TELL_MS = 1500;
const MOST = 100; // in a request

export class Receipts {
  #tell;
  #seqs = new Map(); // of messages that were not seen yet, by element
  #seen = new Set(); // that were on the screen, and are not told yet
  #timer = null;
  #watch;

  // tell(seqs) hands them on.
  constructor(tell) {
    this.#tell = tell;
    this.#watch = new IntersectionObserver((entries) => this.#look(entries), { threshold: [0, PART] });
  }

  add(row, seq) {
    this.#seqs.set(row, seq);
    this.#watch.observe(row);
  }

  // The page is looked at again: what stands on the screen counts now.
  hurry() {
    if (document.visibilityState !== "visible") return;
    for (const row of this.#seqs.keys()) {
      this.#watch.unobserve(row);
      this.#watch.observe(row);
    }
  }

  clear() {
    this.#watch.disconnect();
    this.#seqs.clear();
    this.#seen.clear();
  }

  #look(entries) {
    if (document.visibilityState !== "visible") return;
    for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of entries) {
      const fills = rootBounds && intersectionRect.height >= PART * rootBounds.height;
      if (!isIntersecting || !(intersectionRatio >= PART || fills) || !this.#seqs.has(target)) continue;
      this.#seen.add(this.#seqs.get(target));
      this.#seqs.delete(target);
      this.#watch.unobserve(target);
    }
    if (this.#seen.size) this.#timer ??= setTimeout(() => this.#send(), TELL_MS);
  }

  #send() {
    this.#timer = null;
    const seqs = [...this.#seen].sort((a, b) => a - b).slice(-MOST);
    this.#seen.clear();
    if (seqs.length) this.#tell(seqs);
  }
}
