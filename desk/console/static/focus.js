// What comes anew by itself takes the focus from nobody: it goes back to the same thing, else to the row that stands in
// its place, else to what is left around it. htmx itself gives it back to what has an id.
const MARKS = ["id", "href", "data-text", "name", "value"];
const STOPS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";

let held = null;
let swaps = 0; // at once

export function holdFocus() {
  document.addEventListener("htmx:before:swap", () => {
    swaps += 1;
    if (document.activeElement !== document.body) held = note(document.activeElement);
  });
  // After all who listen to htmx:after:swap: they may know better where it belongs.
  document.addEventListener("htmx:finally:swap", () => {
    if (held && !held.element.isConnected && document.activeElement === document.body) giveBack(held);
    swaps = Math.max(0, swaps - 1);
    if (!swaps) held = null;
  });
}

function note(element) {
  const around = [];
  for (let one = placeOf(element); one; one = placeOf(one)) around.push(one.id);
  return { element, mark: markOf(element), row: rows().indexOf(element.closest("[data-row]")), around };
}

function placeOf(element) {
  return element.parentElement?.closest("[id]");
}

// What tells one thing of a page from the others, however often it is written anew.
function markOf(element) {
  const marks = MARKS.map((name) => element.getAttribute(name));
  return JSON.stringify([element.localName, ...marks, element.closest("form")?.getAttribute("action"), placeOf(element)?.id]);
}

function rows() {
  return [...document.querySelectorAll("[data-rows] [data-row]")];
}

function giveBack({ mark, row, around }) {
  const same = [...document.querySelectorAll(STOPS)].find((one) => markOf(one) === mark);
  const inPlace = row < 0 ? null : rows()[Math.min(row, rows().length - 1)]?.querySelector("a[href], button");
  const left = around.filter((id) => id !== "main").map((id) => document.getElementById(id)?.querySelector(STOPS));
  for (const one of [same, inPlace, ...left, document.getElementById("main")]) {
    one?.focus();
    if (document.activeElement !== document.body) return;
  }
}
