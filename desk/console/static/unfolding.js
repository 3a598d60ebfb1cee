// What unfolds gives the focus to its first field, else to its button, at once: the next key is for that.
const FIELDS = "select, textarea, input:not([type=hidden])";
function enter(fold) {
  (fold.querySelector(FIELDS) ?? fold.querySelector("button"))?.focus({ preventScroll: true });
  show(fold);
}

// All of it, else it from its top on, where it says what will happen; but never without what has the focus.
function show(fold) {
  fold.scrollIntoView({ block: fold.offsetHeight > innerHeight ? "start" : "nearest" });
  if (fold.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
}

const OPEN_PANEL = "details[open]:has(> [data-unfolds])";

// The open panel around an element; null: there is none.
export function panelAround(element) {
  return element.closest?.(OPEN_PANEL) ?? null;
}

// The last of the page's open panels; null: there is none.
export function lastPanel() {
  return [...document.querySelectorAll(OPEN_PANEL)].pop() ?? null;
}

// What folds up leaves the focus on its head: no button that nobody sees keeps it.
export function foldUp(fold) {
  fold.open = false;
  fold.querySelector("summary").focus();
}

export function unfolds() {
  document.addEventListener("click", (event) => {
    const fold = event.target.closest("[data-unfolds]")?.parentElement;
    if (!fold) return;
    event.preventDefault();
    if (fold.open) return foldUp(fold);
    fold.open = true;
    enter(fold);
  });
  for (const open of document.querySelectorAll("details.fold[open]")) {
    if (open.id && !document.querySelector("[data-focus]")) enter(open);
  }
}
