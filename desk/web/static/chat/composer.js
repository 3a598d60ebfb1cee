// Where the resident writes: the input, the file to be sent with its preview, and the buttons for a place, a file, speaking
// (where the browser has it) and sending.

import { canDictate } from "./dictation.js";
import { element, icon } from "./dom.js";

const LIMIT = 10000; // characters that the API takes
const COUNT_FROM = 9500;
const TYPES = "image/png,image/jpeg,image/webp,image/gif,application/pdf,audio/*";
const KINDS = /^(image\/(png|jpeg|webp|gif)|application\/pdf|audio\/.+)$/;
const FILE_LIMIT = 10 * 1024 * 1024;

export class Composer {
  #texts;
  #do;

  // act: {say(text), place(), file(file), speak(), refuse(text), typing()}
  constructor(texts, act) {
    this.#do = act;
    this.input = element("textarea", { id: "input", rows: "1", dir: "auto", autocomplete: "off", enterkeyhint: "send", "aria-describedby": "count" });
    this.label = element("label", { class: "unseen", for: "input" });
    this.count = element("span", { class: "count", id: "count", role: "status" });
    this.place = element("button", { type: "button", class: "tool", onclick: () => act.place() }, icon("place"));
    this.chooser = element("input", { type: "file", accept: TYPES, hidden: true, tabindex: "-1" });
    this.file = element("button", { type: "button", class: "tool", onclick: () => this.chooser.click() }, icon("file"));
    this.speak = element("button", { type: "button", class: "tool", "aria-pressed": "false", hidden: !canDictate, onclick: () => act.speak() }, icon("speak"));
    this.send = element("button", { type: "submit", class: "send" }, icon("send"));
    this.strip = element("div", { class: "attached", role: "group", hidden: true });
    this.form = element("form", { class: canDictate ? "composer speaks" : "composer", novalidate: true }, this.strip,
      this.label, this.place, this.file, this.chooser, element("div", { class: "field" }, this.input, this.count), this.speak, this.send);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    this.input.addEventListener("input", () => {
      this.#fit();
      if (this.input.value.trim()) act.typing();
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("paste", (event) => this.#pasted(event));
    this.chooser.addEventListener("change", () => this.#chosen(this.chooser.files[0]));
    this.relabel(texts);
    this.#fit();
  }

  relabel(texts) {
    this.#texts = texts;
    this.label.textContent = texts.input;
    this.input.placeholder = texts.placeholder;
    for (const [button, text] of [[this.place, texts.place], [this.file, texts.file], [this.speak, texts.speak], [this.send, texts.send]]) {
      button.setAttribute("aria-label", text);
      button.title = text;
    }
    this.strip.setAttribute("aria-label", texts.attached);
    this.strip.querySelector("button")?.setAttribute("aria-label", texts.file_remove);
    this.#fit();
  }

  draft(text) {
    if (this.input.value.trim()) return;
    this.input.value = text;
    this.#fit();
    this.input.focus({ preventScroll: true });
  }

  // What is being heard stands behind what was written before; with null it is over.
  hears(words) {
    if (words === null) {
      this.#before = null;
      return this.speak.setAttribute("aria-pressed", "false");
    }
    this.speak.setAttribute("aria-pressed", "true");
    this.#before ??= this.input.value && `${this.input.value.trimEnd()} `;
    this.input.value = this.#before + words;
    this.#fit();
  }

  #before = null;

  // On a touch screen focus would raise the keyboard over the answer.
  focus() {
    if (matchMedia("(hover: hover)").matches) this.input.focus({ preventScroll: true });
  }

  #key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      this.#submit();
    }
  }

  #submit() {
    const text = this.input.value.trim();
    const file = this.#file;
    if ((!text && !file) || this.#over > 0) return this.input.focus();
    this.input.value = "";
    this.#fit();
    this.#attach(null);
    if (file) this.#do.file(file);
    if (text) this.#do.say(text);
    this.input.focus({ preventScroll: true });
  }

  get #over() {
    return Array.from(this.input.value.trim()).length - LIMIT;
  }

  #fit() {
    this.input.style.height = "auto";
    if (this.input.scrollHeight) this.input.style.height = `${this.input.scrollHeight}px`;
    const over = this.#over;
    this.form.classList.toggle("over", over > 0);
    this.count.textContent =
      over > 0 ? this.#texts.too_long.replace("{count}", over)
      : over > COUNT_FROM - LIMIT ? this.#texts.left.replace("{count}", -over)
      : "";
  }

  #file = null;

  #pasted(event) {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    this.#chosen(file);
  }

  #chosen(file) {
    this.chooser.value = "";
    if (!file) return;
    if (file.size > FILE_LIMIT) this.#do.refuse(this.#texts.file_large);
    else if (!KINDS.test(file.type)) this.#do.refuse(this.#texts.file_type);
    else {
      this.#do.refuse("");
      this.#attach(file);
    }
    this.focus();
  }

  // Shows what will be sent, or with null that nothing will.
  #attach(file) {
    const picture = this.strip.querySelector("img");
    if (picture) URL.revokeObjectURL(picture.src);
    this.#file = file;
    this.strip.hidden = !file;
    if (!file) return this.strip.replaceChildren();
    const shown = file.type.startsWith("image/") ? element("img", { src: URL.createObjectURL(file), alt: "" }) : icon("file");
    shown.addEventListener("error", () => shown.replaceWith(icon("file")));
    this.strip.replaceChildren(shown,
      element("span", { class: "attached-name", role: "status" }, `${file.name} (${size(file.size)})`),
      element("button", { type: "button", class: "tool", "aria-label": this.#texts.file_remove, onclick: () => { this.#attach(null); this.focus(); } }, icon("close")));
  }
}

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
