// Counts what was said while the page is hidden: in its title, and on its icon where it is kept as an application.

const COUNTED = /^\(\d+\) /;

export class Unread {
  #count = 0;

  // Something was said.
  add() {
    if (document.visibilityState !== "hidden") return;
    this.#count += 1;
    document.title = `(${this.#count}) ${document.title.replace(COUNTED, "")}`;
    navigator.setAppBadge?.(this.#count).catch(() => {});
  }

  // The page is looked at.
  clear() {
    if (document.visibilityState === "hidden") return;
    document.title = document.title.replace(COUNTED, "");
    if (this.#count) navigator.clearAppBadge?.().catch(() => {});
    this.#count = 0;
  }
}
