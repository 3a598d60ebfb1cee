// Sends messages in order, each until the server has acknowledged it. The same id is sent every time, so nothing doubles.

import { newId } from "./memory.js";

const PAUSES_MS = [500, 1000, 2000, 4000, 8000];

export class Outbox {
  #api;
  #memory;
  #tell;
  #running = false;
  #failures = 0;
  #wake = () => {};

  // tell: {added(message), sent(message, messageId), waiting(message), failed(message), lost()}
  constructor(api, memory, tell) {
    this.#api = api;
    this.#memory = memory;
    this.#tell = tell;
  }

  // `body` is {text} | {payload} | {location} | {media_id}; `label` is how the resident sees it.
  add(body, label) {
    const message = { id: newId(), body, label, state: "pending" };
    this.#memory.outbox = [...this.#memory.outbox, message];
    this.#tell.added(message);
    this.flush();
  }

  retry(id) {
    this.#change(id, { state: "pending", reason: undefined });
    this.flush();
  }

  discard(id) {
    this.#memory.outbox = this.#memory.outbox.filter((message) => message.id !== id);
  }

  hurry() {
    this.#wake();
  }

  async flush() {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let message; (message = this.#next()) && this.#memory.session; ) await this.#send(message);
    } finally {
      this.#running = false;
    }
  }

  #next() {
    return this.#memory.outbox.find((message) => message.state === "pending");
  }

  #change(id, changes) {
    this.#memory.outbox = this.#memory.outbox.map((message) => (message.id === id ? { ...message, ...changes } : message));
  }

  async #send(message) {
    const { session, token } = this.#memory.session;
    try {
      const { message_id: messageId } = await this.#api.post(token, { client_msg_id: message.id, ...message.body });
      this.#failures = 0;
      if (this.#memory.session?.session !== session) return;
      this.discard(message.id);
      this.#memory.note({ spoken: true });
      this.#tell.sent(message, messageId);
    } catch (error) {
      if (error.status === 401) {
        await this.#tell.lost();
        return;
      }
      if (!(error.passing ?? false)) {
        this.#change(message.id, { state: "failed", reason: error.problem?.title });
        this.#tell.failed({ ...message, reason: error.problem?.title });
        return;
      }
      this.#tell.waiting(message);
      await this.#pause(error.retryAfter);
    }
  }

  #pause(asked) {
    const own = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length - 1)] * (0.7 + 0.6 * Math.random());
    this.#failures += 1;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(own, asked ?? 0));
      this.#wake = () => { clearTimeout(timer); resolve(); };
    });
  }
}
