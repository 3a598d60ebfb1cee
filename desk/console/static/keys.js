// Shortcuts of one key, which can be switched off (WCAG 2.1.4). None counts while something is written.
import { foldUp, lastPanel, panelAround } from "./unfolding.js";

const LETTER_MS = 1500;
const CHOOSING_MS = 1000; // browsers add letters to what is looked for in a list for so long
const AT_ONCE = "button:not([type=button])"; // what sends a form: in a list, a letter may be meant for another place

export function shortcuts(on) {
  let goes = 0;
  let chooses = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return escape(event);
    if (!on || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || writes(event.target)) return;
    const isLed = Date.now() - goes < LETTER_MS;
    const saving = event.key === "Enter" && savingOf(event.target);
    if (saving) {
      event.preventDefault();
      saving.click();
      return;
    }
    if (event.target.matches("select") && !isLed && !isOwnLetter(event)) {
      if (Date.now() - chooses < CHOOSING_MS || isForTheList(event)) {
        chooses = event.key.length === 1 ? Date.now() : 0;
        return;
      }
    }
    if (isLed) {
      goes = 0;
      go(event);
    } else if (event.key === "g") {
      goes = Date.now();
    } else if (event.key === "?") {
      event.preventDefault();
      showHelp();
    } else if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        const fold = search.closest("details");
        if (fold) fold.open = true;
        search.focus();
      }
    } else if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      move(event.key === "j" ? 1 : -1);
    } else {
      press(event);
    }
  });
}

// The list of keys, with those of the page in front: whatever has a letter is called what it says.
export function showHelp() {
  const help = document.getElementById("help");
  if (!help) return;
  const section = document.getElementById("page-keys");
  const list = section.querySelector("dl");
  for (const old of list.querySelectorAll("[data-own]")) old.remove();
  for (const line of list.querySelectorAll("[data-needs]")) line.hidden = !document.querySelector(line.dataset.needs);
  const named = new Map();
  for (const one of document.querySelectorAll("[data-key]")) {
    if (!named.has(one.dataset.key)) named.set(one.dataset.key, nameOf(one));
  }
  list.prepend(...[...named].map(([key, name]) => lineOf(key, name)));
  section.hidden = !list.querySelector("div:not([hidden])");
  help.showModal();
}

function nameOf(element) {
  const says = (element.labels?.length ? element.labels[0] : element).cloneNode(true);
  for (const key of says.querySelectorAll("kbd, .count, .meaning")) key.remove();
  return element.getAttribute("aria-label") || says.textContent.trim();
}

function lineOf(key, name) {
  const [line, term, said, letter] = ["div", "dt", "dd", "kbd"].map((tag) => document.createElement(tag));
  line.dataset.own = "";
  letter.textContent = key;
  said.textContent = name;
  term.append(letter);
  line.append(term, said);
  return line;
}

function writes(element) {
  return element.closest("input:not([type=checkbox], [type=radio]), textarea, [contenteditable]") !== null;
}

// In a list of choices a key that begins none of them is the page's, as everywhere where nothing is written; but not one
// that would send a form at once, unless it is of the button that saves what was chosen. An open list keeps all keys.
// Enter presses that button, too: it begins no choice in any language.
function isForTheList({ key, target }) {
  if (key.length !== 1 || key === " ") return true;
  if (isOpen(target)) return true;
  if ([...target.options].some((one) => one.label.trim().toLowerCase().startsWith(key.toLowerCase()))) return true;
  const pressed = keyed(key);
  return (pressed?.matches(AT_ONCE) ?? false) && pressed !== savingOf(target);
}

function isOpen(list) {
  return CSS.supports("selector(:open)") && list.matches(":open");
}

// The button that saves what a closed list has; null: nothing is chosen, or there is none.
function savingOf(list) {
  if (!list.matches("select") || list.value === "" || isOpen(list)) return null;
  return list.form?.querySelector("[data-saves]") ?? null;
}

// The letter of a panel folds it up also from its list of choices, where nothing is written.
function isOwnLetter(event) {
  return event.target.matches("select") && panelAround(event.target)?.querySelector("[data-unfolds]").dataset.key === event.key;
}

// The innermost first: a menu, the field that is written in, a panel. What stands in a panel's fields stays there.
// Who leaves a field goes on where the page says, so that the focus is seen.
function escape(event) {
  const { target } = event;
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  const around = target.closest?.("details.menu[open], details.group[open]") ?? panelAround(target);
  const holds = target.matches?.("select") || writes(target);
  const fold = around ?? (holds ? null : lastPanel());
  if (fold) foldUp(fold);
  else if (holds) leave(target);
}

function leave(field) {
  const rests = document.querySelector("[data-rests]");
  if (rests) rests.focus({ preventScroll: true });
  else field.blur();
}

function go(event) {
  const link = document.querySelector(`a[data-letter="${CSS.escape(event.key)}"]`);
  if (link) {
    event.preventDefault();
    location.assign(link.href);
  }
}

// Rows are what [data-rows] holds; each is focused by its first link.
function move(step) {
  const links = [...document.querySelectorAll("[data-rows] [data-row]")]
    .map((row) => row.querySelector("a[href], button"))
    .filter((link) => link !== null);
  const at = links.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
  links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
}

// What a page presses by a letter of its own: <button data-key="a"> or <a data-key="r">.
function press(event) {
  const pressed = keyed(event.key);
  if (!pressed) return;
  event.preventDefault();
  if (pressed.matches("input, textarea, select")) return pressed.focus();
  pressed.click();
  if (pressed.matches("summary") && pressed.parentElement.open) firstField(pressed.parentElement)?.focus();
}

function firstField(panel) {
  return panel.querySelector("select, textarea, input:not([type=hidden])");
}

function keyed(key) {
  return document.querySelector(`[data-key="${CSS.escape(key)}"]`);
}
