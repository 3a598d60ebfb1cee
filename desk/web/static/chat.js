// <city-chat city="…" locale="…" name="…">: the chat of a city, as one element.
//
// Everything comes from the server that serves this file. Methods: start(payload, title), switchLocale(locale).
// Events: city-chat-locale {locale}, when the resident chose another language; city-chat-city {city}, when the conversation
// is with another city than before (`city` says with which). Style: --city-colour.

import { Api } from "./static/chat/api.js";
import { Composer } from "./static/chat/composer.js";
import { ask, download, locate } from "./static/chat/dialogs.js";
import { element, icon, TAGS } from "./static/chat/dom.js";
import { Feed } from "./static/chat/feed.js";
import { Memory } from "./static/chat/memory.js";
import { Outbox } from "./static/chat/outbox.js";
import { Transcript } from "./static/chat/transcript.js";

const BASE = new URL(".", import.meta.url);
const TYPING_MS = 8000;
const PATIENCE_MS = 300; // before the dots appear

class CityChat extends HTMLElement {
  #api = new Api(BASE);
  #ready = null;
  #answering = new Set(); // ids of messages without their turn_done
  #typingUntil = 0;

  connectedCallback() {
    this.#ready ??= this.#build();
    addEventListener("online", this.#hurry);
    document.addEventListener("visibilitychange", this.#hurry);
  }

  disconnectedCallback() {
    removeEventListener("online", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
    this.feed?.stop();
    this.unwatch?.();
    this.#ready = null;
  }

  get locale() {
    return this.getAttribute("locale") ?? "zh_Hans";
  }

  // The city that the conversation is with: the resident may have moved from the one that the page names.
  get city() {
    return this.memory?.session?.city ?? this.getAttribute("city");
  }

  // Starts a service, as its button in the chat would.
  async start(payload, title) {
    await this.#ready;
    this.outbox.add({ payload }, title);
    this.composer.focus();
  }

  // Speaks another language: a conversation that has begun is told so, one that has not begins anew.
  async switchLocale(locale) {
    await this.#ready;
    if (locale === this.locale) return;
    const say = this.texts[`say_${locale}`];
    this.setAttribute("locale", locale);
    await this.#load(locale);
    if (this.memory.session?.spoken || this.memory.outbox.length) this.outbox.add({ text: say }, say);
    else await this.#anew();
    this.dispatchEvent(new CustomEvent("city-chat-locale", { bubbles: true, detail: { locale } }));
  }

  async #build() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.replaceChildren(element("link", { rel: "stylesheet", href: new URL("static/chat/chat.css", BASE).href }));
    this.memory = new Memory(this.getAttribute("city"));
    const texts = await this.#patiently(() => this.#api.texts(this.locale));
    this.texts = texts.texts;
    this.languages = texts.languages;
    this.transcript = new Transcript(this.texts, (payload, title) => { this.outbox.add({ payload }, title); this.composer.focus(); }, {
      retry: (id) => { this.transcript.mark(id, "pending"); this.outbox.retry(id); },
      discard: (id) => { this.outbox.discard(id); this.composer.focus(); },
    });
    this.composer = new Composer(this.texts, {
      say: (text) => this.outbox.add({ text }, text),
      place: () => this.#place(),
      file: (file) => this.#file(file),
      refuse: (text) => this.#notice(text),
    });
    this.outbox = new Outbox(this.#api, this.memory, {
      added: (message) => this.transcript.showMine({ ...message, picture: this.#pictures.get(message.body.media_id) }),
      sent: (message, id) => { this.transcript.mark(message.id, "sent"); this.#await(id); },
      waiting: (message) => this.transcript.mark(message.id, "waiting"),
      failed: (message) => this.transcript.mark(message.id, "failed", message.reason),
      lost: () => this.#anew(),
    });
    this.feed = new Feed(this.#api, {
      event: (event) => this.#take(event),
      typing: () => { this.#typingUntil = Date.now() + TYPING_MS; this.#dots(); setTimeout(() => this.#dots(), TYPING_MS + 50); },
      state: (state) => this.#state(state === "live" ? "" : this.texts.reconnecting),
      lost: () => this.#anew(),
    });
    this.unwatch = this.memory.onChange(() => this.#showOutbox());
    root.append(this.#frame());
    root.addEventListener("keydown", (event) => this.#escape(event));
    this.#relabel();
    this.#showCity();
    await (this.memory.session ? this.#resume() : this.#anew());
    this.outbox.flush();
  }

  #frame() {
    this.title_ = element("h2", { class: "title" });
    this.agency = element("p", { class: "agency", hidden: true });
    this.status = element("p", { class: "connection", role: "status" });
    this.menuButton = element("button", { type: "button", class: "tool menu-button", "aria-expanded": "false", "aria-controls": "menu", onclick: () => this.#menu() }, icon("menu"));
    this.menu = element("div", { class: "menu", id: "menu", hidden: true });
    this.person = element("p", { class: "person", role: "status", hidden: true });
    this.said = element("p", { class: "notice", role: "status" });
    this.frame = element("div", { class: "frame" },
      element("header", { class: "head" }, element("div", { class: "names" }, this.title_, this.agency), this.status, this.menuButton, this.menu),
      this.person, element("div", { class: "middle" }, this.transcript.log, this.transcript.newer), this.said, this.composer.form);
    return this.frame;
  }

  #relabel() {
    this.frame.lang = TAGS[this.locale];
    this.title_.textContent = this.#shown?.title ?? this.getAttribute("name") ?? this.texts.bot;
    this.agency.textContent = this.#shown?.agency ?? "";
    this.agency.hidden = !this.#shown;
    this.menuButton.setAttribute("aria-label", this.texts.menu);
    this.person.replaceChildren(icon("person"), element("span", {}, this.texts.person));
    const language = element("div", { class: "menu-languages", role: "group", "aria-label": this.texts.language },
      ...this.languages.map(({ locale, tag, name }) => element("button", {
        type: "button", lang: tag, "aria-pressed": String(locale === this.locale), onclick: () => { this.#menu(false); this.switchLocale(locale); },
      }, name)));
    this.menu.replaceChildren(language,
      element("button", { type: "button", onclick: () => { this.#menu(false); this.#download(); } }, this.texts.data),
      element("button", { type: "button", class: "grave", onclick: () => { this.#menu(false); this.#erase(); } }, this.texts.erase));
  }

  async #load(locale) {
    const { texts, languages } = await this.#patiently(() => this.#api.texts(locale));
    this.texts = texts;
    this.languages = languages;
    this.transcript.relabel(texts);
    this.composer.relabel(texts);
    this.#relabel();
    this.#showCity();
  }

  #shown = null; // the city that the conversation has moved to, as the server describes it
  #told = null; // the city that the page was last told of

  // The head names the city that the conversation has moved to, and wears its colour; the page is told.
  async #showCity() {
    const { city, locale } = this;
    const shown = city === this.getAttribute("city") ? null : await this.#patiently(() => this.#api.city(city, locale));
    if (city !== this.city || locale !== this.locale) return; // it moved on meanwhile
    this.#shown = shown;
    if (shown) this.style.setProperty("--city-colour", shown.colour);
    else this.style.removeProperty("--city-colour");
    this.#relabel();
    if (city === (this.#told ?? this.getAttribute("city"))) return;
    this.#told = city;
    this.dispatchEvent(new CustomEvent("city-chat-city", { bubbles: true, detail: { city } }));
  }

  #inCity(city) {
    this.memory.note({ city });
    this.#showCity();
  }

  // A new session; what was not sent yet goes to it.
  async #anew() {
    const { city } = this;
    this.feed.stop();
    this.memory.session = null;
    this.transcript.clear();
    this.#answering.clear();
    this.person.hidden = true;
    const opened = await this.#patiently(() => this.#api.openSession(city, this.locale));
    this.memory.session = { ...opened, seq: 0, spoken: false };
    this.#showOutbox();
    this.feed.start(opened.token, 0);
    this.outbox.flush();
  }

  // The session that this browser remembers, shown from its beginning.
  async #resume() {
    const { token, seq: seen } = this.memory.session;
    let events = [], received = [], city;
    try {
      ({ received, city } = await this.#patiently(() => this.#api.data(token)));
      for (let page; (page = await this.#patiently(() => this.#api.page(token, events.at(-1)?.seq ?? 0, 0))).length; ) events.push(...page);
    } catch (error) {
      if (error.status === 401) return this.#anew();
      throw error;
    }
    this.#inCity(events.filter(({ type }) => type === "city").at(-1)?.city ?? city);
    this.transcript.quiet = true;
    for (const event of events) {
      const reply = Number(event.in_reply_to ?? event.message?.in_reply_to ?? 0);
      while (received.length && Number(received[0].id) <= reply) this.#showReceived(received.shift());
      if (event.seq > seen) this.transcript.quiet = false;
      if (event.type !== "city") this.#take(event);
    }
    for (const message of received) {
      this.#showReceived(message);
      this.#answering.add(message.id);
    }
    this.#showOutbox();
    this.transcript.toEnd(true);
    this.transcript.quiet = false;
    this.#dots();
    this.feed.start(token, events.at(-1)?.seq ?? 0);
  }

  #showReceived({ id, text, payload, location, media }) {
    const label = text ?? (payload ? this.transcript.titleOf(payload) ?? this.texts.chosen : location ? this.texts.place_sent : this.texts.file_sent);
    if (media || label) this.transcript.showMine({ id: `received-${id}`, label });
  }

  #showOutbox() {
    for (const message of this.memory.outbox) if (!this.transcript.has(message.id)) this.transcript.showMine(message);
  }

  #take(event) {
    if (event.type === "message") {
      this.#typingUntil = 0;
      this.transcript.show(event.message);
    } else if (event.type === "turn_done") {
      this.#answering.delete(event.in_reply_to);
      this.#early.add(event.in_reply_to);
      this.person.hidden = !event.handed_over;
      if (event.payment) this.transcript.payments.update(event.payment);
    } else if (event.type === "payment") {
      this.transcript.payments.update(event.payment);
    } else if (event.type === "city") {
      this.#inCity(event.city);
    } else if (event.type === "ticket") {
      this.person.hidden = !["open", "claimed"].includes(event.ticket.state);
    }
    this.memory.note({ seq: event.seq });
    this.#dots();
  }

  #early = new Set(); // answered, perhaps before their post was acknowledged

  #await(id) {
    if (this.#early.has(id)) return;
    this.#answering.add(id);
    setTimeout(() => this.#dots(), PATIENCE_MS);
  }

  #dots() {
    const answering = this.#answering.size > 0 && this.person.hidden;
    this.transcript.typing = answering || this.#typingUntil > Date.now();
  }

  async #place() {
    const agreed = await ask(this.frame, {
      title: this.texts.place, lines: [this.texts.place_why, this.texts.place_ask], yes: this.texts.allow, no: this.texts.cancel,
    });
    if (!agreed) return this.composer.focus();
    this.#notice(this.texts.locating);
    try {
      const location = await locate();
      this.#notice("");
      this.outbox.add({ location }, this.texts.place_sent);
    } catch (error) {
      this.#notice(error.message === "denied" ? this.texts.place_denied : this.texts.place_failed);
    }
    this.composer.focus();
  }

  #pictures = new Map(); // media id -> address of the picture in this page

  async #file(file) {
    this.#notice(this.texts.uploading);
    try {
      const { media_id: id, content_type: type } = await this.#api.upload(this.memory.session.token, file);
      if (type.startsWith("image/")) this.#pictures.set(id, URL.createObjectURL(file));
      this.#notice("");
      this.outbox.add({ media_id: id }, file.name);
    } catch (error) {
      this.#notice(error.problem?.title ?? this.texts.unavailable);
    }
    this.composer.focus();
  }

  async #download() {
    try {
      download(`${this.city}.json`, await this.#api.data(this.memory.session.token));
    } catch {
      this.#notice(this.texts.data_failed);
    }
  }

  async #erase() {
    const agreed = await ask(this.frame, {
      title: this.texts.erase, lines: [this.texts.erase_why], yes: this.texts.erase_yes, no: this.texts.cancel, grave: true,
    });
    if (agreed) {
      try {
        await this.#api.erase(this.memory.session.token);
        this.memory.outbox = [];
        this.memory.note({ spoken: false });
        this.#answering.clear();
        this.transcript.clear();
        this.person.hidden = true;
        this.feed.start(this.memory.session.token, this.memory.session.seq);
      } catch {
        this.#notice(this.texts.erase_failed);
      }
    }
    this.composer.focus();
  }

  #menu(open = this.menu.hidden) {
    this.menu.hidden = !open;
    this.menuButton.setAttribute("aria-expanded", String(open));
    if (open) this.menu.querySelector("button").focus();
  }

  #escape(event) {
    if (event.key !== "Escape" || event.isComposing || event.target.closest("dialog")) return;
    if (!this.menu.hidden) {
      this.#menu(false);
      this.menuButton.focus();
    } else {
      this.#notice("");
      this.composer.input.focus();
    }
  }

  #notice(text) {
    this.said.textContent = text;
  }

  #state(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  #hurry = () => {
    if (document.visibilityState === "hidden") return;
    this.feed?.hurry();
    this.outbox?.hurry();
  };

  // Until the server answers; what can never succeed is thrown.
  async #patiently(call) {
    for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
      try {
        const answer = await call();
        if (this.status) this.#state("");
        return answer;
      } catch (error) {
        if (!(error.passing ?? false)) throw error;
        if (this.status) this.#state(this.texts.unavailable);
        await new Promise((resolve) => setTimeout(resolve, error.retryAfter ?? pause));
      }
    }
  }
}

customElements.define("city-chat", CityChat);
