// What the queue and a ticket's page do beside their forms: letters for a row, sending, inserting, live lines.
const AGAIN_MS = 5_000;
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
    } else if (event.key === "c" && box) {
      const button = bulk.querySelector("[data-bulk-claim]");
      if (!button) return;
      event.preventDefault();
      for (const one of bulk.querySelectorAll("[data-row] input[type=checkbox]")) one.checked = one === box;
      bulk.requestSubmit(button);
    }
  });
  let chosen = [];
  let focused = null;
  document.addEventListener("htmx:before:swap", () => {
    chosen = [...bulk.querySelectorAll("input[name=ticket]:checked")].map((box) => box.value);
    const row = document.activeElement?.closest?.("[data-row]");
    focused = row ? [row.querySelector("input[name=ticket]").value, document.activeElement.matches("input")] : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const box of bulk.querySelectorAll("input[name=ticket]")) {
      if (chosen.includes(box.value)) box.checked = true;
      if (focused && box.value === focused[0]) (focused[1] ? box : box.closest("[data-row]").querySelector("a")).focus();
    }
  });
}

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

// Who has sent an answer goes on writing; Escape leaves the box for the letters. Else the hand goes on at the
// conversation: arrows scroll it, Tab leads to the reply, and all letters count.
const box = document.getElementById("message");
if (location.hash === "#message" && box) box.focus();
else if (document.activeElement === document.body) document.getElementById("talk")?.focus({ preventScroll: true });

// What is written and not sent is not lost without a word, whatever else is pressed.
document.addEventListener("submit", (event) => {
  const box = document.querySelector("[data-unsent]");
  if (!box?.value.trim() || box.form === event.target || event.target.querySelector("#note")) return;
  if (!confirm(box.dataset.unsent)) event.preventDefault();
});

// Ctrl+Enter sends what is being written.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  if (!event.target.matches?.("[data-sends]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// A canned or a suggested answer goes into the box; its first {argument} is selected, to be written over.
const ARGUMENT = /\{[^{}\n]{1,30}\}/u;
function selectArgument(box) {
  const argument = ARGUMENT.exec(box.value);
  if (!argument) return false;
  box.focus();
  box.setSelectionRange(argument.index, argument.index + argument[0].length);
  return true;
}
function insert(box, text) {
  if (!text) return;
  const before = box.value.slice(0, box.selectionStart);
  const after = box.value.slice(box.selectionEnd);
  box.value = before + text + after;
  box.focus();
  if (!selectArgument(box)) box.setSelectionRange(before.length + text.length, before.length + text.length);
}
// Arrows and letters choose in a closed list, Enter inserts; what is picked in an open one is inserted at once.
const OPENS = ["Enter", " ", "F4"];
for (const select of document.querySelectorAll("[data-inserts]")) {
  let isChoosing = false;
  const insertChosen = () => {
    insert(document.getElementById(select.dataset.inserts), select.value);
    select.selectedIndex = 0;
  };
  select.addEventListener("keydown", (event) => {
    isChoosing = !OPENS.includes(event.key) && !event.altKey;
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !select.value) return;
    event.preventDefault();
    insertChosen();
  });
  select.addEventListener("pointerdown", () => {
    isChoosing = false;
  });
  select.addEventListener("change", () => {
    if (!isChoosing) insertChosen();
  });
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (button) insert(document.getElementById(button.dataset.insert), button.dataset.text);
});


// What was refused because an {argument} is left is put right where it stands.
const refused = document.querySelector("[data-fills][aria-invalid]");
if (refused) selectArgument(refused);

// The newest line is in sight, unless somebody has scrolled up to read.
let atEnd = true;
function talk() {
  return document.getElementById("talk");
}
function showEnd() {
  if (atEnd && talk()) talk().scrollTop = talk().scrollHeight;
}
document.addEventListener("htmx:before:swap", () => {
  const list = talk();
  atEnd = !list || list.scrollHeight - list.scrollTop - list.clientHeight < 40;
});
document.addEventListener("htmx:after:swap", showEnd);
showEnd();

// That the resident is writing stands there for a moment; nobody is told when they stop.
const WRITING_MS = 6_000;
let stops = 0;
function write(now) {
  clearTimeout(stops);
  document.getElementById("writing").hidden = !now;
  if (now) stops = setTimeout(() => write(false), WRITING_MS);
}

// The conversation is heard of while the page is open.
function listen(path) {
  const source = new EventSource(path);
  source.addEventListener("grew", () => {
    write(false);
    document.body.dispatchEvent(new CustomEvent("grew"));
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
