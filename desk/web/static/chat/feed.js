// Keeps hearing the events of a session: a stream, or long polls where streams do not get through.
// Every event is handed on once, in order of `seq`, however often the connection breaks.

const SILENT_MS = 40000; // the server is heard every 15 s
const MUTE_MS = 8000; // an open stream says something at once; else something on the way holds it back
const STREAMS_BEFORE_POLL = 2;
const POLLS_BEFORE_STREAM = 12;
const PAUSES_MS = [300, 1000, 2000, 4000, 8000];

export class Feed {
  #api;
  #hear;
  #abort = null;
  #polls = 0;
  #wake = () => {};

  // hear: {event(event), typing(), state("live"|"reconnecting"), lost(session)}
  constructor(api, hear) {
    this.#api = api;
    this.#hear = hear;
  }

  // Begins after `seq`; ends whatever ran before.
  start(session, seq) {
    this.stop();
    this.#abort = new AbortController();
    this.#run(session, seq, this.#abort.signal);
  }

  stop() {
    this.#abort?.abort();
    this.#abort = null;
    this.#wake();
  }

  // The network is back, or the page is seen again: do not wait for the pause to end.
  hurry() {
    this.#wake();
  }

  async #run(session, seq, signal) {
    let failures = 0;
    const take = (event) => {
      if (event.seq > seq) {
        seq = event.seq;
        this.#hear.event(event);
      }
    };
    const answered = () => {
      failures = 0;
      this.#hear.state("live");
    };
    while (!signal.aborted) {
      try {
        if (this.#polls > 0) await this.#poll(session, () => seq, take, answered, signal);
        else await this.#listen(session, seq, take, answered, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error.status === 401) return this.#hear.lost(session);
        failures += error.mute ? 0 : 1;
        if (error.mute || failures === STREAMS_BEFORE_POLL) this.#polls = POLLS_BEFORE_STREAM;
      }
      if (signal.aborted) return;
      if (failures > 0) this.#hear.state("reconnecting");
      await this.#pause(failures, signal);
    }
  }

  async #poll(session, seq, take, answered, signal) {
    const events = await this.#api.page(session, seq(), 20, signal);
    this.#polls -= 1;
    answered();
    events.forEach(take);
  }

  async #listen(session, seq, take, answered, signal) {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    signal.addEventListener("abort", end);
    let spoke = false;
    let watch = setTimeout(end, MUTE_MS + 7000);
    try {
      const answer = await this.#api.stream(session, seq, attempt.signal);
      clearTimeout(watch);
      watch = setTimeout(end, MUTE_MS);
      const parser = new EventParser((event) => {
        if (event.name === "typing") this.#hear.typing();
        else if (event.data) take(JSON.parse(event.data));
      });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        if (!spoke) answered();
        spoke = true;
        clearTimeout(watch);
        watch = setTimeout(end, SILENT_MS);
        parser.push(value);
      }
    } catch (error) {
      if (!spoke && attempt.signal.aborted && !signal.aborted) throw Object.assign(new Error("mute"), { mute: true });
      throw error;
    } finally {
      clearTimeout(watch);
      signal.removeEventListener("abort", end);
      attempt.abort();
    }
  }

  #pause(failures, signal) {
    const ms = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] * (0.7 + 0.6 * Math.random());
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = setTimeout(resolve, this.#polls > 0 && failures === 0 ? 0 : ms);
      this.#wake = () => { clearTimeout(timer); resolve(); };
    });
  }
}

// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
export class EventParser {
  #rest = "";
  #name = "";
  #data = [];

  constructor(emit) {
    this.emit = emit;
  }

  push(chunk) {
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    lines.forEach((line) => this.#line(line));
  }

  #line(line) {
    if (line === "") {
      if (this.#data.length) this.emit({ name: this.#name || "message", data: this.#data.join("\n") });
      this.#name = "";
      this.#data = [];
      return;
    }
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (field === "data") this.#data.push(value ?? "");
    else if (field === "event") this.#name = value ?? "";
  }
}
