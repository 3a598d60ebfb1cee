// What unfolds gives the focus to its first field, else to its button, at once: the next key is for that.
const FIELDS = "select, textarea, input:not([type=hidden])";
function enter(fold) {
  (fold.querySelector(FIELDS) ?? fold.querySelector("button"))?.focus();
}

export function unfolds() {
  for (const summary of document.querySelectorAll("[data-unfolds]")) {
    summary.addEventListener("click", (event) => {
      event.preventDefault();
      const fold = summary.parentElement;
      fold.open = !fold.open;
      if (fold.open) enter(fold);
    });
  }
  for (const open of document.querySelectorAll("details.fold[open]")) {
    if (open.id && !document.querySelector("[data-focus]")) enter(open);
  }
}
