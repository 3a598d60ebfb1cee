// Sends messages in order, each until the server has acknowledged it. The same id is sent every time, so nothing doubles.
// A file is uploaded when its turn comes; until then this page alone holds it.

import { newId, tab } from "./memory.js";

const SLOW_MS = 5000; // then it is said that a message is still on its way
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];
const FORGOTTEN_MS = 600000;
const LOADED = Date.now();
const here = () => ({ tab: tab(), at: LOADED }); // the tab is named once it is needed: before that nothing is kept

export class Outbox {
  #api;
  #memory;
  #tell;
  #running = false;
  #failures = 0;
  #pauses = false; // nothing gets through for now
  #wake = () => {};
  #files = new Map(); // message id -> File

  // tell: {added(message, file), sent(message, messageId), begun(), slow(message), waiting(message), uploading(message, part), failed(message), lost()}
  constructor(api, memory, tell) {
    this.#api = api;
    this.#memory = memory;
    this.#tell = tell;
  }

  // `body` is {text} | {payload} | {location}, or null for a file; `label` is how the resident sees it.
  add(body, label, file = null) {
    const message = { id: newId(), body, label, state: "pending", ...(file ? { upload: here() } : {}) };
    if (file) this.#files.set(message.id, file);
    this.#memory.outbox = [...this.#memory.outbox, message];
    this.#tell.added(message, file);
    if (this.#pauses) this.#tell.waiting(message);
    this.flush();
  }

  // Files that a page of this tab still held when it was left are gone with it; those of another tab after a while.
  settle() {
    for (const { id, upload, state } of this.#memory.outbox) {
      if (!upload || state === "lost" || this.#files.has(id)) continue;
      if (upload.tab === tab() || Date.now() - upload.at > FORGOTTEN_MS) this.#change(id, { state: "lost" });
    }
  }

  retry(id) {
    this.#change(id, { state: "pending", reason: undefined });
    this.flush();
  }

  discard(id) {
    this.#files.delete(id);
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
    return this.#memory.outbox.find(({ id, state, upload }) => state === "pending" && (!upload || this.#files.has(id)));
  }

  #change(id, changes) {
    this.#memory.outbox = this.#memory.outbox.map((message) => (message.id === id ? { ...message, ...changes } : message));
  }

  async #send(message) {
    const session = this.#memory.session;
    try {
      const body = message.upload ? await this.#upload(session, message) : message.body;
      const { message_id: messageId } = await this.#post(session, message, body);
      this.#failures = 0;
      if (this.#memory.session?.session !== session.session) return;
      this.discard(message.id);
      const begins = !this.#memory.session.spoken;
      this.#memory.note({ spoken: true });
      this.#tell.sent(message, messageId);
      if (begins) this.#tell.begun();
    } catch (error) {
      if (error.status === 401) {
        await this.#tell.lost(session);
        return;
      }
      if (!(error.passing ?? false)) {
        this.#change(message.id, { state: "failed", reason: error.problem?.title });
        this.#tell.failed({ ...message, reason: error.problem?.title });
        return;
      }
      for (const one of this.#memory.outbox) if (one.state === "pending") this.#tell.waiting(one);
      await this.#pause(error.retryAfter);
    }
  }

  async #post(session, message, body) {
    const slow = setTimeout(() => this.#tell.slow(message), SLOW_MS);
    try {
      return await this.#api.post(session, { client_msg_id: message.id, ...body });
    } finally {
      clearTimeout(slow);
    }
  }

  async #upload(session, message) {
    const stored = await this.#api.upload(session, this.#files.get(message.id), (part) => this.#tell.uploading(message, part));
    const body = { media_id: stored.media_id };
    this.#change(message.id, { body, upload: undefined });
    return body;
  }

  #pause(asked) {
    const own = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length - 1)] * (0.7 + 0.6 * Math.random());
    this.#failures += 1;
    this.#pauses = true;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(own, asked ?? 0));
      this.#wake = () => { clearTimeout(timer); resolve(); };
    }).finally(() => { this.#pauses = false; });
  }
}
