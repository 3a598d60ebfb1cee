// What the browser remembers of a city's chat: the session, and messages that the server has not acknowledged.

const KEY = "city-chat:";

export class Memory {
  constructor(city) {
    this.city = city;
  }

  // {session, token, city, locale, seq, spoken} or null. `seq`: the last event seen; `spoken`: whether the resident said something.
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

  // [{id, body, label, state: "pending" | "failed", reason}]
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

  // Called when another tab of this browser changed what is remembered.
  onChange(told) {
    const listener = (event) => {
      if (event.key === `${KEY}${this.city}:outbox`) told();
    };
    addEventListener("storage", listener);
    return () => removeEventListener("storage", listener);
  }

  #read(name) {
    try {
      return JSON.parse(localStorage.getItem(`${KEY}${this.city}:${name}`)) ?? this.#volatile[name] ?? null;
    } catch {
      return this.#volatile[name] ?? null;
    }
  }

  // Where storage is forbidden or full, the page alone remembers.
  #volatile = {};

  #write(name, value) {
    this.#volatile[name] = value;
    try {
      if (value === null) localStorage.removeItem(`${KEY}${this.city}:${name}`);
      else localStorage.setItem(`${KEY}${this.city}:${name}`, JSON.stringify(value));
    } catch {
      // kept in #volatile
    }
  }
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
