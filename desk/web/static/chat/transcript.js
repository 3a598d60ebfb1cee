// The log of the conversation: what was said, its buttons and cards. Knows nothing of the network.
//
// All that answers one message of the resident is one row: what is only acknowledged stands in one bubble with the next
// question. Above cards stands the short line of a message. What can be done next sticks to the end of what is seen.

import { Boards } from "./board.js";
import { element, icon, linked, TAGS } from "./dom.js";
import { guideOf, helpful } from "./helpful.js";
import { Payments } from "./payment.js";
import { clock, date, day } from "./times.js";

// Answers to one question: their buttons are used up once the resident has said something else.
const ANSWERS = /^\/(affirm|deny|choose|inform|correct|cancel|go_back)\b/;
const NEAR_END_PX = 80;
const FEW = 4;
const FIRST = 6; // of the greeting
const ACT = 3; // so few choices stay in sight while what they are about is read

export class Transcript {
  #texts;
  #choose;
  #titles = new Map(); // payload -> title, of all buttons seen
  #mine = new Map(); // client id -> row
  #openChoices = [];
  #put = 0; // where the log was scrolled to last, by itself
  #follows = true; // until the resident scrolls back: what comes is shown
  #atEnd = true;

  // choose(payload, title): a button was pressed. act: {retry(id), discard(id), board(board), helpful({city, guide, locale, answer})}
  constructor(texts, choose, act) {
    this.#texts = texts;
    this.#choose = choose;
    this.act = act;
    this.rows = element("div", { class: "rows" });
    this.dots = element("div", { class: "dots", hidden: true }, element("span"), element("span"), element("span"));
    this.dotsText = element("span", { class: "unseen" });
    this.dots.append(this.dotsText);
    this.log = element("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", tabindex: "0" }, this.rows, this.dots);
    this.newer = element("button", { class: "newer", type: "button", hidden: true, onclick: () => this.toEnd(true) }, icon("down"), element("span"));
    this.log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => { if (this.#atEnd) this.toEnd(true); }).observe(this.log); // a banner or a keyboard takes room
    this.payments = new Payments(texts);
    this.boards = new Boards(texts, (board) => this.act.board(board));
    this.relabel(texts);
  }

  relabel(texts) {
    this.#texts = texts;
    this.payments.relabel(texts);
    this.boards.relabel(texts);
    this.log.setAttribute("aria-label", texts.log);
    this.newer.querySelector("span").textContent = texts.newer;
  }

  #quiet = false;

  get quiet() {
    return this.#quiet;
  }

  // While history is shown nothing is read aloud.
  set quiet(quiet) {
    this.#quiet = quiet;
    this.log.setAttribute("aria-live", quiet ? "off" : "polite");
    this.log.setAttribute("aria-busy", String(quiet));
    this.log.classList.toggle("quiet", quiet);
  }

  clear() {
    this.rows.replaceChildren();
    this.payments.clear();
    this.boards.clear();
    this.#mine.clear();
    this.#titles.clear();
    this.#openChoices = [];
    this.#locate = null;
    this.#day = null;
    this.newer.hidden = true;
  }

  titleOf(payload) {
    return this.#titles.get(payload);
  }

  has(id) {
    return this.#mine.has(id);
  }

  // Few choices at once: the rest of a long list comes on demand.
  few = false;

  #day = null; // the day of the last row; today's needs no line of its own
  locale = "zh_Hans";

  // A line above the first row of another day.
  #dated(at) {
    const now = date(at);
    const before = this.#day ?? date();
    this.#day = now;
    if (now !== before) this.rows.append(element("p", { class: "day" }, day(at, this.locale)));
  }

  // A message of the resident. state: "pending" | "slow" | "waiting" | "failed" | "lost" | "sent"
  showMine({ id, label, state = "sent", reason = null, picture = null, at = null }) {
    this.#dated(at);
    const bubble = element("div", { class: "bubble" });
    if (picture) bubble.append(element("img", { src: picture, alt: "" }));
    bubble.append(element("span", { class: "words", dir: "auto" }, label));
    const status = element("div", { class: "status" });
    const row = element("div", { class: "row mine", "data-time": clock(at) }, this.#speaker(this.#texts.you), bubble, status);
    this.#mine.set(id, row);
    this.#useUp();
    this.rows.append(row);
    this.mark(id, state, reason);
    this.toEnd(true);
  }

  mark(id, state, reason = null) {
    const row = this.#mine.get(id);
    if (!row) return;
    row.dataset.state = state;
    const status = row.querySelector(".status");
    const said = { pending: this.#texts.sending, slow: this.#texts.slow, waiting: this.#texts.waiting, failed: reason ?? this.#texts.failed, lost: this.#texts.file_lost, sent: row.dataset.time }[state];
    status.replaceChildren(said);
    if (state === "failed") status.append(this.#act("retry", () => this.act.retry(id)));
    if (state === "failed" || state === "lost") {
      status.append(this.#act("discard", () => { row.remove(); this.#mine.delete(id); this.act.discard(id); }));
    }
  }

  // The resident's own words are shown otherwise from now on: numbers that were taken are masked.
  rewrite(id, words) {
    this.#mine.get(id)?.querySelector(".words").replaceChildren(words);
  }

  // How much of a message's file has been sent: 0 to 1.
  uploading(id, part) {
    const status = this.#mine.get(id)?.querySelector(".status");
    if (!status) return;
    const bar = status.querySelector("progress") ?? element("progress", { max: "1", "aria-label": this.#texts.uploading });
    bar.value = part;
    if (!bar.isConnected) status.replaceChildren(this.#texts.uploading, bar);
  }

  #act(text, act) {
    return element("button", { type: "button", class: "link", onclick: act }, this.#texts[text]);
  }

  // A message of the account or a clerk, as the API sends it, with when it was said.
  show(message, at = null, begins = false) {
    this.#dated(at);
    const row = this.#goesOn(message) ? this.rows.lastChild : this.#row(message, at);
    const words = message.line ?? message.text;
    this.#say(row, message, linked(words, message.links));
    this.#showCards(row, message);
    const guide = this.quiet ? null : guideOf(message);
    if (guide) row.append(helpful(this.#texts, (answer) => this.act.helpful({ ...guide, locale: message.locale, answer })));
    const links = this.#links(message);
    const inPlace = new Set(message.cards.map(({ board }) => board?.again)); // the card has a way to it already
    const buttons = message.buttons.filter(({ payload }) => !inPlace.has(payload));
    for (const { payload, title } of message.buttons) this.#titles.set(payload, title);
    if (buttons.length + links.length) row.append(this.#choices(buttons, begins, links));
    if (this.#follows) this.#into(row, message.in_reply_to !== null);
    if (!this.#nearEnd) this.newer.hidden = false;
    return row;
  }

  // Whether a message goes on with what stands last: the account answers the same message of the resident.
  #goesOn({ author, in_reply_to: turn, locale, buttons }) {
    const last = this.rows.lastChild;
    return author === "bot" && turn !== null && last?.dataset.turn === turn && last.lang === TAGS[locale] && !buttons.some(({ url }) => url);
  }

  #row(message, at) {
    const clerk = message.author === "clerk";
    const urgent = message.buttons.some(({ url }) => url);
    const row = element("div", { class: `row theirs${clerk ? " clerk" : urgent ? " urgent" : ""}`, lang: TAGS[message.locale] });
    if (message.author === "bot" && message.in_reply_to !== null && !urgent) row.dataset.turn = message.in_reply_to;
    const speaker = clerk ? message.speaker ?? this.#texts.clerk : this.#texts.assistant;
    row.append(element("div", { class: "author" }, ...(clerk ? [icon("person")] : []), element("span", {}, speaker), element("time", {}, clock(at))));
    this.rows.append(row);
    return row;
  }

  // What follows nothing but words joins their bubble.
  #say(row, message, words) {
    const before = row.lastElementChild;
    if (before?.classList.contains("bubble") && !message.image) return before.append(element("div", { class: "further", dir: "auto" }, words));
    row.append(element("div", { class: "bubble", dir: "auto" }, ...(message.image ? [picture(message.image)] : []), words));
  }

  #showCards(row, message) {
    const paid = message.cards.filter(({ payment }) => payment);
    const apart = paid.length === 1; // several have each its own way to pay
    for (const card of message.cards) {
      const payment = card.payment ? this.payments.of(card.payment) : null;
      row.append(this.#card(card, payment, apart));
      if (payment && apart) row.append(payment.ways);
    }
  }

  // Documents stand among the choices, by their names; where cards say what is meant, so do the addresses of the text.
  #links({ cards, links = [] }) {
    const paid = cards.some(({ payment }) => payment);
    return links.filter(({ kind }) => kind === "document" || (cards.length && (kind !== "pay_page" || !paid)));
  }

  // Asks for a place: it can be sent from where the question stands, too.
  askPlace(act) {
    this.#locate?.remove();
    this.#locate = null;
    const row = this.rows.lastElementChild;
    if (!act || !row?.classList.contains("theirs")) return;
    this.#locate = element("button", { type: "button", class: "locate", onclick: act }, icon("place"), this.#texts.place_here);
    const choices = row.lastElementChild.classList.contains("choices") ? row.lastElementChild : element("div", { class: "choices act" });
    choices.prepend(this.#locate);
    row.append(choices);
    if (this.#atEnd) this.toEnd(true);
  }

  #locate = null;

  set typing(typing) {
    if (this.dots.hidden === !typing) return;
    const follow = this.#nearEnd;
    this.dots.hidden = !typing;
    this.dotsText.textContent = typing ? this.#texts.typing : "";
    if (typing && follow) this.toEnd();
  }

  toEnd(now = false) {
    this.#scroll(this.log.scrollHeight, now ? "instant" : "auto");
    this.newer.hidden = true;
  }

  #scroll(top, behavior) {
    this.log.scrollTo({ top, behavior });
    this.#put = this.log.scrollTop;
    this.#follows = true;
    this.#atEnd = this.#nearEnd;
  }

  // Who scrolls back is reading: nothing takes the place away until they are at the end again.
  #scrolled() {
    if (Math.abs(this.log.scrollTop - this.#put) > 2) this.#follows = this.#nearEnd;
    this.#atEnd = this.#nearEnd;
    if (this.#nearEnd) this.newer.hidden = true;
  }

  get #nearEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_END_PX;
  }

  // To the end, but never past the resident's own last message: a long answer is read from its beginning. What is no
  // answer to it (a clerk writes, a reminder comes) is shown all the same: from its own beginning, if both do not fit.
  #into(row, answers) {
    const asked = [...this.rows.querySelectorAll(".mine")].at(-1);
    const place = (shown) => shown.offsetTop - this.rows.offsetTop;
    const stays = asked && asked.offsetHeight < this.log.clientHeight / 3 && place(asked) >= this.log.scrollTop;
    const fits = stays && place(row) + row.offsetHeight - place(asked) <= this.log.clientHeight;
    this.#scroll(place(stays && (fits || (answers && !this.few)) ? asked : row), "auto"); // large letters: the answer has the room
  }

  #speaker(name) {
    return element("span", { class: "unseen" }, `${name}: `);
  }

  #card(card, payment, apart) {
    if (card.board) return element("div", { class: "card" }, this.boards.of(card.board));
    const rows = card.rows.map(({ label, value }) => element("div", {}, element("dt", {}, label), element("dd", { dir: "auto" }, value)));
    const made = element("div", { class: "card" }, element("div", { class: "card-title" }, card.title), element("dl", {}, ...rows));
    if (payment) made.append(payment.status, payment.code, ...(apart ? [] : [payment.ways]));
    if (card.buttons.length) made.append(this.#choices(card.buttons));
    return made;
  }

  // begins: they are those of the greeting, the frequent first.
  #choices(buttons, begins = false, links = []) {
    const group = element("div", { class: buttons.length <= ACT ? "choices act" : "choices" }, ...links.map(({ title, url }) => leading(url, title)));
    const scale = buttons.some(({ payload }) => payload?.startsWith("/grade_ticket")); // all of its steps, or it leans
    const first = this.few ? FEW : begins ? FIRST : buttons.length;
    const shown = buttons.length > first + 1 && !scale ? first : buttons.length;
    for (const [place, { title, payload, url }] of buttons.entries()) {
      if (url) {
        group.append(element("a", { class: "dial", href: url }, title));
        continue;
      }
      this.#titles.set(payload, title);
      const button = element("button", { type: "button" }, title);
      button.addEventListener("click", () => {
        button.classList.add("chosen");
        if (!button.querySelector(".unseen")) button.append(element("span", { class: "unseen" }, ` (${this.#texts.chosen})`));
        this.#choose(payload, title);
      });
      if (ANSWERS.test(payload)) this.#openChoices.push(button);
      button.hidden = place >= shown;
      group.append(button);
    }
    if (shown < buttons.length) group.append(this.#more(group));
    return group;
  }

  #more(group) {
    return element("button", { type: "button", class: "more", onclick: ({ currentTarget }) => {
      const hidden = group.querySelectorAll("button[hidden]");
      for (const button of hidden) button.hidden = false;
      currentTarget.remove();
      hidden[0].focus();
    } }, this.#texts.more);
  }

  #useUp() {
    for (const button of this.#openChoices) button.disabled = true;
    this.#openChoices = [];
    this.#locate?.remove();
    this.#locate = null;
  }
}

// An address as a button with a name.
function leading(url, title) {
  return element("a", { class: "lead", href: url, target: "_blank", rel: "noopener noreferrer" }, title);
}

// An image beside a message; it is the desk's own, wherever this page was opened.
function picture({ url, text, width, height }) {
  return element("img", { src: new URL(url).pathname, alt: text, width: String(width), height: String(height), loading: "lazy" });
}
