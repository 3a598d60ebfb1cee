// <city-chat city="…" locale="…" name="…" elderly embedded closable entered="…">: the chat of a city, as one element.
//
// `elderly` is larger, with fewer choices at once; the resident may choose it too. `embedded`: in a panel, with a button
// with the city's own title and colour; `closable`: with a button that closes it. `entered`: the account by whose
// platform the resident came in; the conversation is then given as `session`, and kept for this tab alone. `alerts-above`:
// the page around it shows emergency alerts, so that it need not. `colour`, `logo`: of the site that holds it, instead of the
// city's; `service`: begins with this one; `context`: what the site's page is about, for a clerk to read. Everything comes from the server that the script is of.
// Methods: start(payload, title), begin(service), say(text), draft(text), switchLocale(locale), enter(); `ready` resolves once it can be used.
// Events: city-chat-locale {locale}, when the resident chose another language; city-chat-city {city}, when the conversation
// is with another city than before (`city` says with which); city-chat-message {author}, when something new was said;
// city-chat-manner {manner}, when it is larger from now on, or no longer; city-chat-begun, when the resident said something for the first time; city-chat-completed {service, order}, when something was
// booked, handed in or paid; city-chat-close, when the panel should close; city-chat-lost, when who came in by a platform must come in anew. Style: --city-colour.

import { BASE } from "./address.js";
import { Alerts } from "./alerts.js";
import { Api } from "./api.js";
import { Composer } from "./composer.js";
import { legible } from "./colours.js";
import { ask, download, locate } from "./dialogs.js";
import { Dictation } from "./dictation.js";
import { element, icon, TAGS, wear } from "./dom.js";
import { Feed } from "./feed.js";
import { Head } from "./head.js";
import { explain, hint } from "./hints.js";
import { agreedToSpeak, elderlyWanted, Memory, wantElderly } from "./memory.js";
import { Opening } from "./opening.js";
import { Offering } from "./offering.js";
import { Onward } from "./onward.js";
import { Outbox } from "./outbox.js";
import { Push } from "./push.js";
import { Reading } from "./reading.js";
import { Receipts } from "./receipts.js";
import { asPage, asText, lines } from "./record.js";
import { Transcript } from "./transcript.js";
import { Unread } from "./unread.js";
import styles from "./chat.css" with { type: "text" };
import boardStyles from "./board.css" with { type: "text" };

const TYPING_MS = 8000;
const TELL_TYPING_MS = 3000; // one hint in so long is enough
const PLACES = new Set(["place", "stop", "station", "from", "to"]); // values that may be told by where the resident is
const PATIENCE_MS = 300; // before the dots appear

export class CityChat extends HTMLElement {
  #api = null;
  ready = null;
  #answering = new Set(); // ids of messages without their turn_done
  #typingUntil = 0;
  #withClerk = false; // only then is it told that the resident writes
  #toldTyping = 0;

  connectedCallback() {
    this.ready ??= this.#begin();
    for (const event of ["online", "offline"]) addEventListener(event, this.#hurry);
    for (const event of ["focus", "blur"]) addEventListener(event, this.#looks);
    addEventListener("pagehide", this.#leaves);
    document.addEventListener("visibilitychange", this.#hurry);
  }

  disconnectedCallback() {
    this.receipts?.clear();
    this.transcript?.boards.clear();
    for (const event of ["online", "offline"]) removeEventListener(event, this.#hurry);
    for (const event of ["focus", "blur"]) removeEventListener(event, this.#looks);
    removeEventListener("pagehide", this.#leaves);
    this.push?.stop();
    this.reading?.end();
    this.dictation?.stop();
    document.removeEventListener("visibilitychange", this.#hurry);
    this.feed?.stop();
    this.alerts?.stop();
    this.unwatch?.();
    this.ready = null;
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
    await this.ready;
    this.outbox.add({ payload }, title);
    this.composer.focus();
  }

  // Begins a service by its name, unless the conversation is about it already, or the city does not offer it.
  async begin(service) {
    await this.ready;
    await this.#greeted;
    if (this.#service === service) return;
    const title = this.transcript.titleOf(`/${service}`);
    if (title === undefined) return hint(`service ${service}`, `"${service}" is no service that ${this.city} offers.`);
    await this.start(`/${service}`, title);
  }

  // Says a sentence, as if the resident had typed it.
  async say(text) {
    await this.ready;
    this.outbox.add({ text }, text);
  }

  // Puts words where the resident writes, unless something stands there; they are not sent.
  async draft(text) {
    await this.ready;
    this.composer.draft(text);
  }

  // Puts the focus where the resident writes; until it is there, on what closes the panel.
  enter() {
    (this.composer?.form.isConnected ? this.composer.input : this.opening?.close)?.focus({ preventScroll: true });
  }

  // Speaks another language: a conversation that has begun is told so, one that has not begins anew.
  async switchLocale(locale) {
    await this.ready;
    if (locale === this.locale) return;
    const say = this.texts[`say_${locale}`];
    this.setAttribute("locale", locale);
    await this.#load(locale);
    if (this.memory.session?.spoken || this.memory.outbox.length) this.outbox.add({ text: say }, say);
    else await this.#anew();
    this.#tell("locale", { locale });
  }

  // Something is seen at once, whatever becomes of it; what went wrong is said, and tried again when that is wished.
  async #begin() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const held = root.activeElement !== null;
    root.replaceChildren();
    wear(root, ["chat.css", styles], ["board.css", boardStyles]);
    this.toggleAttribute("elderly", elderlyWanted() ?? this.hasAttribute("elderly"));
    this.opening = new Opening({ retry: () => { this.enter(); this.#again(); }, close: () => this.#tell("close") },
      { city: this.getAttribute("city"), locale: this.locale, closable: this.hasAttribute("closable") });
    root.append(this.opening.frame);
    if (held) this.enter();
    try {
      await this.#build(root);
    } catch (error) {
      if (!this.isConnected) throw error;
      this.opening.failed(error.problem?.title);
      this.#explain(error);
      await new Promise((resolve) => { this.#again = resolve; });
      return this.#begin();
    }
  }

  #escapes = (event) => this.#escape(event);
  #again = () => {}; // ends a pause before the next attempt

  async #build(root) {
    const entered = this.getAttribute("entered");
    this.memory = entered ? new Memory(entered, sessionStorage) : new Memory(this.getAttribute("city"));
    this.#api = new Api(BASE, entered ? `entry-${entered}` : `city-${this.getAttribute("city")}`);
    if (this.session) this.memory.session = { ...this.session, seq: 0, spoken: true };
    const texts = await this.#patiently(() => this.#api.texts(this.locale));
    this.texts = texts.texts;
    this.languages = texts.languages;
    this.transcript = new Transcript(this.texts, (payload, title) => { this.outbox.add({ payload }, title); this.composer.focus(); }, {
      retry: (id) => { this.transcript.mark(id, "pending"); this.outbox.retry(id); },
      discard: (id) => { this.outbox.discard(id); this.composer.focus(); },
      helpful: (said) => this.#api.helpful(said),
      board: ({ asked, locale }) => this.#api.board(asked, locale),
    });
    this.composer = new Composer(this.texts, {
      say: (text) => this.outbox.add({ text }, text),
      place: () => this.#place(),
      file: (file) => this.outbox.add(null, file.name, file),
      speak: () => this.#speak(),
      refuse: (text) => this.#notice(text),
      typing: () => this.#typing(),
    });
    this.dictation = new Dictation({
      hear: (words) => this.composer.hears(words),
      state: (on) => {
        this.composer.hears(on ? "" : null);
        if (on) this.#notice(this.texts.speak_listening);
        else if (this.said.textContent === this.texts.speak_listening) this.#notice("");
      },
      fail: (why) => this.#notice(this.texts[`speak_${why}`]),
    });
    this.onward = new Onward({
      show: () => this.#api.showCode(this.memory.session),
      look: () => this.#api.lookAtCode(this.memory.session),
      answer: (number, yes) => this.#api.answerPhone(this.memory.session, number, yes),
      stop: () => this.#api.stopCode(this.memory.session),
    });
    this.reading?.end();
    this.reading = new Reading(() => this.#relabel());
    this.outbox = new Outbox(this.#api, this.memory, {
      added: (message, file) => { this.reading.stop(); this.dictation.stop(); this.transcript.showMine({ ...message, picture: file?.type.startsWith("image/") ? URL.createObjectURL(file) : null }); },
      uploading: (message, part) => this.transcript.uploading(message.id, part),
      sent: (message, id) => { this.transcript.mark(message.id, "sent"); this.#rows.set(id, message.id); this.#rewrite(id); this.#await(id); },
      begun: () => this.#tell("begun"),
      slow: (message) => this.transcript.mark(message.id, "slow"),
      waiting: (message) => this.transcript.mark(message.id, "waiting"),
      failed: (message) => this.transcript.mark(message.id, "failed", message.reason),
      lost: (session) => this.#over(session),
    });
    this.feed = new Feed(this.#api, {
      event: (event) => this.#take(event),
      typing: () => { this.#typingUntil = Date.now() + TYPING_MS; this.#dots(); setTimeout(() => this.#dots(), TYPING_MS + 50); },
      state: (state) => this.#state(state === "live" ? "" : navigator.onLine ? this.texts.reconnecting : this.texts.offline),
      lost: (session) => this.#over(session),
    });
    this.push?.stop();
    this.push = new Push(entered ? { cookie: null } : this.#api, this.getAttribute("city"));
    this.offering = new Offering({
      wish: (announcements) => this.push.wish(announcements),
      end: () => this.push.end(),
      close: () => this.composer.focus(),
    });
    this.receipts = new Receipts((seqs) => this.#read(seqs));
    this.alerts?.stop();
    this.alerts = new Alerts(() => this.#api.alerts(this.city, this.locale), () => this.transcript.toEnd());
    this.unwatch?.();
    this.unwatch = this.memory.onChange(() => this.#showOutbox());
    this.outbox.settle();
    const held = root.activeElement !== null;
    this.opening.frame.replaceWith(this.#frame());
    if (held) this.enter(); // what had the focus is gone
    root.addEventListener("keydown", this.#escapes); // once, however often it is begun
    this.#relabel();
    this.#showCity();
    await (this.memory.session ? this.#resume() : this.#anew());
    this.opening.gone();
    this.outbox.flush();
    const wanted = this.getAttribute("service");
    if (wanted && !this.memory.session?.spoken && !this.memory.outbox.length) this.begin(wanted);
  }

  #frame() {
    this.head = new Head({
      language: (locale) => this.switchLocale(locale),
      elderly: (wanted) => this.#elderly(wanted),
      aloud: (wanted) => this.#aloud(wanted),
      phone: () => this.onward.open(this.frame, this.texts).then(() => this.composer.focus()),
      notify: () => this.offering.show(this.push.here, this.#ways),
      close: () => this.#tell("close"),
      transcript: (kind) => this.#save(kind),
      data: () => this.#download(),
      erase: () => this.#erase(),
      leave: (everywhere) => this.#leave(everywhere),
    }, this.hasAttribute("closable"));
    this.person = element("p", { class: "person", role: "status", hidden: true });
    this.said = element("p", { class: "notice", role: "status" });
    this.frame = element("div", { class: "frame" },
      this.head.bar, this.alerts.list, this.person, element("div", { class: "middle" }, this.transcript.log, this.opening.box, this.transcript.newer), this.offering.box, this.said, this.composer.form);
    return this.frame;
  }

  #relabel() {
    this.frame.lang = TAGS[this.locale];
    const elderly = this.hasAttribute("elderly");
    this.transcript.few = elderly;
    this.transcript.locale = this.locale;
    this.head.relabel(this.texts, {
      title: this.#shown?.title ?? this.getAttribute("name") ?? this.texts.bot,
      logo: this.getAttribute("logo"), shown: this.#shown ?? this.#own, languages: this.languages, locale: this.locale, elderly,
      aloud: this.reading.can(this.locale) ? this.reading.on : null,
      matters: this.#matters,
      form: this.#form,
      phone: this.#goesOn,
    });
    this.alerts.relabel(this.texts);
    this.offering.relabel(this.texts);
    this.person.replaceChildren(icon("person"), element("span", {}, this.texts.person));
  }

  #tell(event, detail) {
    this.dispatchEvent(new CustomEvent(`city-chat-${event}`, { bubbles: true, composed: true, detail }));
  }

  // Chosen in the menu: a conversation that has begun is told so, one that has not begins anew.
  async #elderly(wanted) {
    this.#wearElderly(wanted);
    this.composer.focus();
    const say = wanted ? this.texts.say_elderly : this.texts.say_standard;
    if (this.memory.session?.spoken || this.memory.outbox.length) this.outbox.add({ text: say }, say);
    else await this.#anew();
  }

  #wearElderly(wanted) {
    wantElderly(wanted);
    this.toggleAttribute("elderly", wanted);
    this.#tell("manner", { manner: wanted ? "elderly" : "standard" });
    this.#relabel();
    this.transcript.toEnd(true);
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

  // The city as the page that holds the chat says it.
  get #own() {
    return Object.fromEntries(["agency", "hours", "seal"].map((name) => [name, this.getAttribute(name)]));
  }

  #shown = null; // the city that the conversation has moved to, as the server describes it
  #told = null; // the city that the page was last told of

  // The head names the city that the conversation has moved to, and wears its colour; the page is told.
  async #showCity() {
    const { city, locale } = this;
    if (!this.hasAttribute("alerts-above")) this.alerts.watch();
    const own = city === this.getAttribute("city") && !this.hasAttribute("embedded");
    const shown = own ? null : await this.#patiently(() => this.#api.city(city, locale));
    if (city !== this.city || locale !== this.locale) return; // it moved on meanwhile
    this.#shown = shown;
    const colour = [this.getAttribute("colour"), shown?.colour].map((one) => one && legible(one, this.shadowRoot)).find((one) => one);
    if (colour) this.style.setProperty("--city-colour", colour);
    else this.style.removeProperty("--city-colour");
    this.#relabel();
    if (city === (this.#told ?? this.getAttribute("city"))) return;
    this.#told = city;
    this.#tell("city", { city });
  }

  #inCity(city) {
    this.memory.note({ city });
    this.#showCity();
  }

  unread = new Unread();

  #looks = () => this.push?.looks();
  #leaves = () => this.push?.looks(false);

  // Whether devices can be told, of this conversation; asked once, and never of the browser.
  async #lookAtPush() {
    await this.push.look(this.memory.session);
    this.head.notify(this.push.offered || this.push.here || this.push.texts);
  }

  // Something was begun of which there will be news: then it is of use to be told, and is asked once on a page.
  #offerPush() {
    if (this.transcript.quiet || !(this.push.offered || this.push.texts) || this.push.here || this.#pushWasOffered) return;
    this.#pushWasOffered = true;
    this.offering.show(false, this.#ways);
  }

  // In which ways it can be told that there is news.
  get #ways() {
    return { here: this.push.offered || this.push.here, address: this.push.texts ? `${this.#matters}#own-texts` : null };
  }

  get #matters() {
    return new URL(`${this.city}/my-matters?lang=${this.locale}`, BASE).href;
  }

  #pushWasOffered = false;

  // A new session in the place of `before`; what was not sent yet goes to it. Of several tabs whose session is over, the
  // first one begins the next, and the others go on with that. `end` ends the one before, while the others wait.
  async #anew(before = this.memory.session?.session, end = () => {}) {
    this.feed.stop();
    this.receipts.clear();
    const begins = await this.memory.byTurns(async () => {
      await end();
      if (this.hasAttribute("entered")) return this.#lost();
      this.transcript.clear();
      this.#answering.clear();
      this.person.hidden = true;
      const kept = this.memory.session;
      if (kept && kept.session !== before) return false;
      await this.#open();
      return true;
    });
    if (begins === false) return this.#resume();
  }

  async #open() {
    const { city } = this;
    this.memory.session = null;
    const opened = await this.#patiently(() => this.#api.openSession(city, this.locale, this.hasAttribute("elderly") ? "elderly" : "standard", this.getAttribute("context")));
    this.memory.session = { ...opened, seq: 0, spoken: false };
    this.#showOutbox();
    this.feed.start(this.memory.session, 0);
    this.outbox.flush();
    this.#lookAtPush();
  }

  // A session is over. Another tab may have begun the next one already, in the same cookie; and where a session was
  // never heard of, this browser keeps no cookies, so that the page must keep the token.
  async #over({ session }) {
    const kept = this.memory.session;
    if (kept && kept.session !== session) {
      this.feed.stop();
      this.transcript.clear();
      return this.#resume();
    }
    if (kept && !kept.seq && !this.hasAttribute("entered")) this.#api.cookie = null;
    return this.#anew(session);
  }

  // Who came in by a platform comes in there again.
  #lost() {
    this.memory.session = null;
    this.#tell("lost");
  }

  // The session that this browser remembers, shown from its beginning.
  async #resume() {
    const { seq: seen } = this.memory.session;
    let events = [], received = [], city;
    try {
      if (this.memory.session.token && this.#api.cookie) this.memory.session = await this.#patiently(() => this.#api.intoCookie(this.memory.session));
      ({ received, city } = await this.#patiently(() => this.#api.data(this.memory.session)));
      for (let page; (page = await this.#patiently(() => this.#api.page(this.memory.session, events.at(-1)?.seq ?? 0, 0))).length; ) events.push(...page);
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
    if (!received.length && !this.memory.outbox.length) this.#askPlace();
    this.transcript.toEnd(true);
    this.transcript.quiet = false;
    this.#dots();
    this.feed.start(this.memory.session, events.at(-1)?.seq ?? 0);
    this.#lookAtPush();
  }

  #showReceived({ id, text, shown, payload, location, media, at }) {
    const label = shown ?? text ?? (payload ? this.transcript.titleOf(payload) ?? this.texts.chosen : location ? this.texts.place_sent : this.texts.file_sent);
    if (media || label) this.transcript.showMine({ id: `received-${id}`, label, at });
    this.#rows.set(id, `received-${id}`);
  }

  #showOutbox() {
    for (const message of this.memory.outbox) if (!this.transcript.has(message.id)) this.transcript.showMine(message);
  }

  #take(event) {
    if (event.type === "message") {
      this.#typingUntil = 0;
      this.#lastSaid = event.message;
      this.#greet();
      const row = this.transcript.show(event.message, event.at, event.seq === 1);
      const unasked = event.message.in_reply_to === null && event.message.author === "bot";
      const isNews = unasked && event.seq > (this.memory.session?.read ?? 1); // 1: the greeting
      if (isNews) this.receipts.add(row, event.seq);
      if (!this.transcript.quiet) this.#tell("message", { author: event.message.author });
      if (!this.transcript.quiet) this.reading.say(event.message);
      if (!this.transcript.quiet && !this.hasAttribute("embedded")) this.unread.add();
      if (!this.transcript.quiet && isNews) this.#tell("news");
    } else if (event.type === "turn_done") {
      this.#answering.delete(event.in_reply_to);
      this.#early.add(event.in_reply_to);
      if (event.shown) this.#shownAs.set(event.in_reply_to, event.shown);
      this.#rewrite(event.in_reply_to);
      this.person.hidden = !event.handed_over;
      this.#service = event.service;
      this.head.asForm(this.#form);
      if (event.payment) this.transcript.payments.update(event.payment);
      if (event.completed && !this.transcript.quiet) this.#tell("completed", { service: event.completed, order: null });
      if (event.completed || event.handed_over) this.#offerPush();
      this.#asksPlace = PLACES.has(event.asks_for) && !event.handed_over;
      if (!this.transcript.quiet) this.#askPlace();
    } else if (event.type === "payment") {
      this.transcript.payments.update(event.payment);
      if (event.payment.status === "paid" && !this.transcript.quiet) this.#tell("completed", { service: null, order: event.payment.order });
    } else if (event.type === "manner") {
      this.#wearElderly(event.manner === "elderly");
    } else if (event.type === "city") {
      this.#inCity(event.city);
    } else if (event.type === "ticket") {
      this.person.hidden = !["open", "claimed"].includes(event.ticket.state);
      this.#withClerk = event.ticket.state === "claimed";
    }
    this.memory.note({ seq: event.seq });
    this.#dots();
  }

  #greet;
  #greeted = new Promise((resolve) => { this.#greet = resolve; }); // once something was said, and with it what is offered
  #service = null; // what the conversation is about

  // The address of the service in progress as a form: on pages of the desk's own, where its cookies are good.
  get #form() {
    const there = this.#service && new URL(`${this.city}/services/${this.#service}/form?lang=${this.locale}`, BASE);
    return there && there.origin === location.origin ? there.href : null;
  }

  // Whether this conversation may go on on a phone: from a computer, and not where it is on one as that of a platform.
  get #goesOn() {
    return !this.hasAttribute("entered") && matchMedia("(hover: hover)").matches;
  }

  #asksPlace = false;

  #askPlace() {
    this.transcript.askPlace(this.#asksPlace ? () => this.#place() : null);
  }

  #read(seqs) {
    const { session } = this.memory;
    if (!session) return;
    this.#api.read(session, seqs);
    this.memory.note({ read: Math.max(session.read ?? 0, ...seqs) });
  }

  #early = new Set(); // answered, perhaps before their post was acknowledged
  #rows = new Map(); // the server's id of a message of the resident -> that of its row
  #shownAs = new Map(); // likewise -> how its words are shown once they are answered

  #rewrite(id) {
    if (this.#rows.has(id) && this.#shownAs.has(id)) this.transcript.rewrite(this.#rows.get(id), this.#shownAs.get(id));
  }

  #await(id) {
    if (this.#early.has(id)) return;
    this.#answering.add(id);
    setTimeout(() => this.#dots(), PATIENCE_MS);
  }

  #dots() {
    const answering = this.#answering.size > 0 && this.person.hidden;
    this.transcript.typing = answering || this.#typingUntil > Date.now();
  }

  #typing() {
    if (!this.#withClerk || Date.now() - this.#toldTyping < TELL_TYPING_MS) return;
    this.#toldTyping = Date.now();
    this.#api.typing(this.memory.session);
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

  // What becomes of what is spoken is said once; then the browser asks for the microphone by itself.
  async #speak() {
    if (this.dictation.on) return this.dictation.stop();
    const { speak, speak_why, speak_ask, allow, cancel } = this.texts;
    const agreed = agreedToSpeak() || (await ask(this.frame, { title: speak, lines: [speak_why, speak_ask], yes: allow, no: cancel }));
    if (!agreed) return this.composer.focus();
    agreedToSpeak(true);
    this.reading.stop();
    await this.dictation.start(this.locale);
  }

  // From now on; what was said last at once.
  #aloud(wanted) {
    this.reading.want(wanted);
    this.#relabel();
    if (wanted && this.#lastSaid) this.reading.say(this.#lastSaid);
    this.composer.focus();
  }

  #lastSaid = null;

  async #save(kind) {
    try {
      const data = await this.#api.data(this.memory.session);
      const shown = this.#shown ?? (await this.#api.city(this.city, this.locale));
      const title = `${shown.title} · ${this.texts.log}`;
      const said = lines(data, this.texts);
      if (kind === "text") download(`${this.city}.txt`, asText(title, said, this.texts), "text/plain");
      else download(`${this.city}.html`, asPage(title, TAGS[this.locale], said, this.texts), "text/html");
    } catch {
      this.#notice(this.texts.data_failed);
    }
  }

  async #download() {
    try {
      download(`${this.city}.json`, JSON.stringify(await this.#api.data(this.memory.session), null, 2), "application/json");
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
        await this.#api.erase(this.memory.session);
        void this.push.forget().catch(() => {}); // the browser may take its time
        this.#lookAtPush();
        this.memory.outbox = [];
        this.memory.note({ spoken: false });
        this.#answering.clear();
        this.transcript.clear();
        this.person.hidden = true;
        this.feed.start(this.memory.session, this.memory.session.seq);
      } catch {
        this.#notice(this.texts.erase_failed);
      }
    }
    this.composer.focus();
  }

  // Ends the session: here, or on every device. What was said stays until it is erased.
  async #leave(everywhere) {
    const { leave, leave_why, leave_all, leave_all_why, leave_yes, cancel } = this.texts;
    const agreed = await ask(this.frame, {
      title: everywhere ? leave_all : leave, lines: [everywhere ? leave_all_why : leave_why], yes: leave_yes, no: cancel, grave: true,
    });
    if (agreed) {
      const session = this.memory.session;
      let ended = false;
      try {
        await this.#anew(session.session, async () => { await this.#end(session, everywhere); ended = true; });
      } catch (error) {
        if (ended) throw error;
        this.feed.start(session, session.seq);
        return this.#notice(this.texts.leave_failed);
      }
      this.#notice(this.texts.ended);
    }
    this.composer.focus();
  }

  async #end(session, everywhere) {
    try {
      await this.#api.leave(session, everywhere);
    } catch (error) {
      if (error.status !== 401) throw error; // 401: it was ended elsewhere
    }
    void this.push.forget().catch(() => {});
    this.offering.box.hidden = true;
    if (this.memory.session?.session === session.session) this.memory.forget();
  }

  // What Esc closed is marked, so that a panel around the chat stays open.
  #escape(event) {
    if (event.key !== "Escape" || event.isComposing || event.target.closest("dialog")) return;
    if (this.head.escape()) return event.preventDefault();
    this.reading.stop();
    this.dictation.stop();
    if (this.said.textContent) event.preventDefault();
    this.#notice("");
    this.composer.input.focus();
  }

  #notice(text) {
    this.said.textContent = text;
  }

  #state(text) {
    this.head?.state(text);
  }

  #hurry = () => {
    this.push?.looks();
    this.unread.clear();
    if (!navigator.onLine) return this.#state(this.texts.offline);
    if (document.visibilityState === "hidden") return;
    this.feed?.hurry();
    this.outbox?.hurry();
    this.receipts?.hurry();
  };

  // Why it does not open: the console says it to whoever runs the site, the panel to its visitors.
  async #explain(error) {
    const { opening } = this;
    if (await explain(error, this.getAttribute("city"))) opening.blocked();
  }

  // Until the server answers; what can never succeed is thrown.
  async #patiently(call) {
    for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
      try {
        const answer = await call();
        this.#state("");
        this.opening.opens();
        return answer;
      } catch (error) {
        if (!(error.passing ?? false)) throw error;
        if (this.texts) this.#state(navigator.onLine ? this.texts.unavailable : this.texts.offline);
        this.opening.away();
        this.#explain(error);
        await new Promise((resolve) => { this.#again = resolve; setTimeout(resolve, error.retryAfter ?? pause); });
      }
    }
  }
}
