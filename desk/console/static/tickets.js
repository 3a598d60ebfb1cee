// What the queue and a ticket's page do beside their forms: letters for a row, sending, inserting, live lines.
const AGAIN_MS = 5_000;
const GONE = "gone"; // how a ticket stands that is another agency's now
const keysOn = document.body.dataset.keys === "on";

// In a list: c claims the row that has the focus, x chooses it. What is chosen stays so when the list is loaded anew.
const bulk = document.querySelector("[data-bulk]");
if (bulk) {
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[data-row]");
    if (!keysOn || !row || event.ctrlKey || event.altKey || event.metaKey) return;
    const box = row.querySelector("input[type=checkbox]");
    if (event.key === "x" && box) {
      event.preventDefault();
      box.checked = !box.checked;
      note(box);
    } else if (event.key === "c" && box) {
      const button = bulk.querySelector("[data-bulk-claim]");
      if (!button) return;
      event.preventDefault();
      for (const one of bulk.querySelectorAll("[data-row] input[type=checkbox]")) {
        one.checked = one === box;
        note(one);
      }
      bulk.requestSubmit(button);
    }
  });
  const chosen = new Set(); // noted when they are chosen: rows may be loaded anew between any two keys
  function note(box) {
    if (box.checked) chosen.add(box.value);
    else chosen.delete(box.value);
  }
  const boxes = () => [...bulk.querySelectorAll("input[name=ticket]")];
  bulk.addEventListener("change", ({ target }) => {
    if (target.name === "ticket") note(target);
  });
  addEventListener("pageshow", () => boxes().forEach(note)); // who comes back finds the boxes as they were left
  document.addEventListener("htmx:before:settle", () => { // at once: Enter in between would send rows in which none is chosen
    const left = new Set(boxes().map((box) => box.value));
    for (const one of chosen) if (!left.has(one)) chosen.delete(one);
    for (const box of boxes()) box.checked = chosen.has(box.value);
  });
}

// A ticket leads back to the list, and the search, that was left for it in this tab.
const LIST = "ticket-list";
const LISTS = /^\/console\/tickets(\?|$)/u;
function leadBack() {
  const left = sessionStorage.getItem(LIST) ?? "";
  if (!LISTS.test(left)) return;
  for (const one of document.querySelectorAll("[data-back]")) one.setAttribute("href", left);
}
if (bulk) {
  const asked = new URLSearchParams(location.search);
  for (const told of ["done", "left"]) asked.delete(told);
  sessionStorage.setItem(LIST, `/console/tickets${asked.size ? `?${asked}` : ""}`);
}
leadBack();
document.addEventListener("htmx:after:swap", leadBack);

// An emergency, or a ticket that was given, more than before is heard, once, and stands in the title until somebody touches the page.
const TONES = [880, 660, 880];
const TONE_SECONDS = 0.18;
let emergencies = alarms();
function alarms() {
  const { emergencies: waiting, given } = document.getElementById("queue")?.dataset ?? {};
  return Number(waiting ?? 0) + Number(given ?? 0);
}
function sound() {
  const audio = new AudioContext(); // silent until somebody has pressed something on the page: browsers want it so
  TONES.forEach((hertz, place) => {
    const tone = audio.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(audio.destination);
    tone.start(audio.currentTime + place * TONE_SECONDS);
    tone.stop(audio.currentTime + (place + 0.8) * TONE_SECONDS);
  });
  setTimeout(() => audio.close(), 2_000);
}
let unseen = false;
function mark() {
  const title = document.title.replace(/^❗/u, "");
  document.title = unseen ? `❗${title}` : title;
}
document.addEventListener("htmx:after:swap", () => {
  const now = alarms();
  if (now > emergencies) {
    unseen = true;
    sound();
  }
  emergencies = now;
});
document.addEventListener("htmx:finally:request", mark); // htmx gives the tab the title of what it loaded
for (const look of ["keydown", "pointerdown"]) {
  document.addEventListener(look, () => {
    unseen = false;
    mark();
  });
}

// Who has sent an answer goes on writing; Escape leaves the box for the letters. What they read stays in sight. Else the
// hand goes on at the conversation: arrows scroll it, Tab leads to the reply, and all letters count.
if (location.hash === "#answered") document.getElementById("message")?.focus({ preventScroll: true });
else if (document.activeElement === document.body) document.getElementById("talk")?.focus({ preventScroll: true });
document.getElementById("reply-form")?.scrollIntoView({ block: "nearest" });
document.addEventListener("htmx:after:swap", () => { // what came above it moved the box that is written in
  if (document.activeElement?.id === "message") document.getElementById("reply-form")?.scrollIntoView({ block: "nearest" });
});

// What is written and not sent is not lost without a word, whatever else is pressed.
document.addEventListener("submit", (event) => {
  const box = document.querySelector("[data-unsent]");
  if (!box?.value.trim() || box.form === event.target || event.target.querySelector("#note")) return;
  if (!confirm(box.dataset.unsent)) event.preventDefault();
});

// What is plainly written in another script than the resident reads is said so, and sent all the same.
const LETTERS = 8; // in the other script before it is said; of Han characters, which say more, half as many
const HAN = /\p{Script=Han}/gu;
const LATIN = /\p{Script=Latin}/gu;
function count(pattern, words) {
  return words.match(pattern)?.length ?? 0;
}
document.addEventListener("input", ({ target }) => {
  const line = document.getElementById("other-script");
  if (!line || !target.dataset.reads) return;
  const [han, latin] = [count(HAN, target.value), count(LATIN, target.value)];
  line.hidden = target.dataset.reads === "Latn" ? han < LETTERS / 2 || latin > han : latin < LETTERS || han > 0;
});

// Ctrl+Enter sends the form of what is being written or chosen: the reply, a note, a panel.
const SENDS = "form[method=post] :is(textarea, .fold :is(select, input))";
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  if (!event.target.matches?.(SENDS) || "inserts" in event.target.dataset) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// A canned or a suggested answer goes into the box; its first {argument} is selected, to be written over. What has lines
// of its own begins on one, and its beginning is seen.
const ARGUMENT = /\{[^{}\n]{1,30}\}/u;
function selectArgument(box) {
  const argument = ARGUMENT.exec(box.value);
  if (!argument) return false;
  box.focus();
  box.setSelectionRange(argument.index, argument.index + argument[0].length);
  return true;
}
function insert(box, text, { inLines = false } = {}) {
  if (!text) return;
  let before = box.value.slice(0, box.selectionStart);
  let after = box.value.slice(box.selectionEnd);
  if (inLines && before && !before.endsWith("\n")) before += "\n";
  if (inLines && after && !after.startsWith("\n")) after = `\n${after}`;
  const caret = before.length + (inLines ? 0 : text.length);
  box.value = before + text + after;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.blur(); // where the caret stands when the focus comes is scrolled into view
  box.setSelectionRange(caret, caret);
  box.focus();
  selectArgument(box);
  (box.closest(".field") ?? box).scrollIntoView({ block: "nearest" });
}
// Arrows and letters choose in a closed list, Enter inserts; what is picked in an open one is inserted at once.
const OPENS = ["Enter", " ", "F4"];
const choosing = new WeakSet();
const listAround = (event) => event.target.closest?.("[data-inserts]");
function insertChosen(select) {
  const box = document.getElementById(select.dataset.inserts);
  if (!box) return;
  insert(box, select.value, { inLines: "lines" in select.dataset });
  select.selectedIndex = 0;
}
document.addEventListener("keydown", (event) => {
  const select = listAround(event);
  if (!select) return;
  if (OPENS.includes(event.key) || event.altKey) choosing.delete(select);
  else choosing.add(select);
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !select.value) return;
  event.preventDefault();
  insertChosen(select);
});
document.addEventListener("pointerdown", (event) => {
  const select = listAround(event);
  if (select) choosing.delete(select);
});
document.addEventListener("change", (event) => {
  const select = listAround(event);
  if (select && !choosing.has(select)) insertChosen(select);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const box = button && document.getElementById(button.dataset.insert);
  if (box) insert(box, button.dataset.text, { inLines: true });
});


// Of the ways in which a ticket ends, and of the agencies that may have it, only what is chosen is explained.
function explain() {
  for (const one of document.querySelectorAll("[data-chosen]")) {
    one.hidden = one.dataset.chosen !== document.getElementById(one.dataset.chosenIn)?.value;
  }
}
explain();
document.addEventListener("change", explain);
document.addEventListener("htmx:after:swap", explain);

// What was refused because an {argument} is left is put right where it stands.
const refused = document.querySelector("[data-fills][aria-invalid]");
if (refused) selectArgument(refused);

// The newest line is in sight, unless somebody has scrolled up to read: then nothing moves under their eyes.
let atEnd = true;
let top = 0;
function talk() {
  return document.getElementById("talk");
}
document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target !== talk()) return;
    top = target.scrollTop;
    atEnd = target.scrollHeight - top - target.clientHeight < 40;
  },
  true,
);
function showEnd() {
  if (talk()) talk().scrollTop = atEnd ? talk().scrollHeight : top;
}
showEnd();

// Who has a ticket, and what can be done with it, may change while its page is open: what is being written is kept, and
// where it cannot be sent any more it stays to be copied.
// The box itself is left alone while it can be used: not a letter is lost.
const FIELDS = ":is(textarea, select, input:not([type=hidden]))";
let { stands, box } = talk()?.dataset ?? {};
const kept = new Map();
function keep(part) {
  const { activeElement } = document;
  return {
    written: [...part.querySelectorAll(FIELDS)],
    open: [...part.querySelectorAll("details[open]")].map((fold) => fold.id),
    focused: part.contains(activeElement) ? activeElement.id : "",
    caret: activeElement?.selectionStart,
  };
}
function restore({ written, open, focused, caret }) {
  for (const { id, value } of written) {
    const field = document.getElementById(id);
    if (field) field.value = value;
    else if (id === "message") leave(value);
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const field = focused && document.getElementById(focused);
  if (!field) return;
  field.focus({ preventScroll: true });
  if (field.matches("textarea")) field.setSelectionRange(caret, caret);
}
function leave(words) {
  if (!words.trim()) return;
  document.getElementById("unsent").value = words;
  document.getElementById("unsent-field").hidden = false;
}
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (["#reply", "#folds"].includes(ctx.select)) kept.set(ctx.select, keep(document.querySelector(ctx.select)));
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (kept.has(ctx.select)) restore(kept.get(ctx.select));
  kept.delete(ctx.select);
  showEnd();
  if (!talk()) return;
  const before = { stands, box };
  ({ stands, box } = talk().dataset);
  if (stands === GONE) source?.close();
  if (box !== before.box) document.body.dispatchEvent(new CustomEvent("boxed"));
  if (stands !== before.stands) document.body.dispatchEvent(new CustomEvent("stood"));
});

// That the resident is writing stands there for a moment; nobody is told when they stop.
const WRITING_MS = 6_000;
let stops = 0;
function write(now) {
  clearTimeout(stops);
  const line = document.getElementById("writing");
  if (line) line.hidden = !now;
  if (now) stops = setTimeout(() => write(false), WRITING_MS);
}

// What is told while the page is being loaded anew is loaded after it: what was asked of an element that is gone is lost.
let isLoading = false;
let isBehind = false;
let settles = 0;
function grow() {
  if (isLoading) {
    isBehind = true;
    return;
  }
  isLoading = true;
  settles = setTimeout(settle, AGAIN_MS); // whatever became of the request
  document.body.dispatchEvent(new CustomEvent("grew"));
}
function settle() {
  clearTimeout(settles);
  isLoading = false;
  if (!isBehind) return;
  isBehind = false;
  grow();
}
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.select === "#talk") setTimeout(settle);
});

// The conversation is heard of while the page is open.
let source = null;
function listen(path) {
  source = new EventSource(path);
  source.addEventListener("open", grow); // what came before it
  source.addEventListener("grew", () => {
    write(false);
    grow();
  });
  source.addEventListener("writing", () => write(true));
  source.addEventListener("present", (event) => {
    document.getElementById("present").textContent = event.data;
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(path), AGAIN_MS);
  });
}
const path = talk()?.dataset.talk;
if (path) listen(path);
