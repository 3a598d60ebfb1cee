// What the browser remembers of a city's chat: the session, and messages that the server has not acknowledged.

const KEY = "city-chat:";

export class Memory {
  // `name` is the city, or the account by which the resident came in.
  constructor(name, storage = null) {
    this.name = name;
    this.#storage = storage;
  }

  #storage;

  // Named each time: where storage is forbidden, even the name throws.
  get #kept() {
    return this.#storage ?? localStorage;
  }

  // `token` is null where a cookie keeps it: {session, token, city, locale, seq, read, spoken} or null. `seq`: the last event seen; `read`: the last told to be read; `spoken`: whether the resident said something.
  get session() {
    return this.#read("session");
  }

  set session(session) {
    this.#write("session", session);
  }

  note(changes) {
    const session = this.session;
    if (session) this.session = { ...session, ...changes };
  }

  // [{id, body, label, state: "pending" | "failed" | "lost", reason, upload: {tab, at}}]; `upload`: a file of that tab
  get outbox() {
    return this.#read("outbox") ?? [];
  }

  set outbox(messages) {
    this.#write("outbox", messages.length ? messages : null);
  }

  forget() {
    this.session = null;
    this.outbox = [];
  }

  // Tabs share what is remembered: what must be done by one of them at a time is done by turns. Where storage is forbidden,
  // or the page came over plain HTTP, there are no locks, and each does it at once.
  async byTurns(act) {
    if (this.#storage || !navigator.locks) return act();
    let begun = false;
    try {
      return await navigator.locks.request(`${KEY}${this.name}`, () => { begun = true; return act(); });
    } catch (error) {
      if (begun) throw error;
      return act();
    }
  }

  // Called when another tab of this browser changed what is remembered.
  onChange(told) {
    const listener = (event) => {
      if (event.key === `${KEY}${this.name}:outbox`) told();
    };
    addEventListener("storage", listener);
    return () => removeEventListener("storage", listener);
  }

  #read(name) {
    try {
      return JSON.parse(this.#kept.getItem(`${KEY}${this.name}:${name}`)) ?? this.#volatile[name] ?? null;
    } catch {
      return this.#volatile[name] ?? null;
    }
  }

  // Where storage is forbidden or full, the page alone remembers.
  #volatile = {};

  #write(name, value) {
    this.#volatile[name] = value;
    try {
      if (value === null) this.#kept.removeItem(`${KEY}${this.name}:${name}`);
      else this.#kept.setItem(`${KEY}${this.name}:${name}`, JSON.stringify(value));
    } catch {
      // kept in #volatile
    }
  }
}

// Whether the panel of a city's chat is open, for this tab as long as it lives: it stays open from page to page.
export function openedBefore(city) {
  try {
    return sessionStorage.getItem(`${KEY}${city}:open`) !== null;
  } catch {
    return false;
  }
}

export function rememberOpened(city, open) {
  try {
    if (open) sessionStorage.setItem(`${KEY}${city}:open`, "1");
    else sessionStorage.removeItem(`${KEY}${city}:open`);
  } catch {
    // then it opens anew on the next page
  }
}

// Whether the resident wants the chat larger and simpler, on all pages of a site. null: nothing was chosen.
export function elderlyWanted() {
  try {
    return { 1: true, 0: false }[localStorage.getItem(`${KEY}elderly`)] ?? null;
  } catch {
    return null;
  }
}

export function wantElderly(wanted) {
  try {
    localStorage.setItem(`${KEY}elderly`, wanted ? "1" : "0");
  } catch {
    // for this page alone
  }
}

// Whether answers are read aloud on this device.
export function aloudWanted() {
  try {
    return localStorage.getItem(`${KEY}aloud`) === "1";
  } catch {
    return false;
  }
}

export function wantAloud(wanted) {
  try {
    localStorage.setItem(`${KEY}aloud`, wanted ? "1" : "0");
  } catch {
    // not where storage is forbidden
  }
}

// Whether it was said here what becomes of what is spoken, and agreed to.
export function agreedToSpeak(agrees = false) {
  try {
    if (agrees) localStorage.setItem(`${KEY}speaks`, "1");
    return localStorage.getItem(`${KEY}speaks`) === "1";
  } catch {
    return agrees;
  }
}

// A name of this tab that lives as long as it does, also over reloads.
export function tab() {
  try {
    const name = sessionStorage.getItem(`${KEY}tab`) ?? newId();
    sessionStorage.setItem(`${KEY}tab`, name);
    return name;
  } catch {
    return newId();
  }
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
