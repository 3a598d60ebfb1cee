// The chat API over HTTP. Knows addresses and answers, nothing of the page.

const ANSWER_MS = 15000;
const UPLOAD_MS = 120000;

export class ApiError extends Error {
  // `status` 0: the server could not be reached. `retryAfter` in milliseconds, or null.
  constructor(status, problem = null, retryAfter = null) {
    super(problem?.title ?? `status ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  // Whether the same request may succeed later.
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export class Api {
  // On pages of the desk's own the token is kept in a cookie that no script reads, under a name of the page's own: `cookie`.
  constructor(base, cookie = null) {
    this.base = base;
    this.cookie = new URL(base).origin === location.origin && navigator.cookieEnabled ? cookie : null;
  }

  async texts(locale) {
    return (await this.#call("GET", `texts?locale=${encodeURIComponent(locale)}`)).json();
  }

  // {city, name, title, agency, phone, colour, locale}
  async city(city, locale) {
    return (await this.#call("GET", `cities/${encodeURIComponent(city)}?locale=${encodeURIComponent(locale)}`)).json();
  }

  // [{number, tag, severity, grade, headline, areas, instruction, until}]: the emergency alerts that hold, the gravest first
  async alerts(city, locale) {
    return (await (await this.#call("GET", `cities/${encodeURIComponent(city)}/alerts?locale=${encodeURIComponent(locale)}`)).json()).alerts;
  }

  // The board of a stop as it is now; asked: {city, stop, lines, towards}
  async board({ city, stop, lines, towards }, locale) {
    const wanted = new URLSearchParams({ stop, lines: lines.join(","), towards: towards ?? "", locale });
    return (await this.#call("GET", `cities/${encodeURIComponent(city)}/board?${wanted}`)).json();
  }

  async openSession(city, locale, manner, context = null) {
    return (await this.#call("POST", "sessions", { json: { city, locale, manner, ...(context && { context: context.slice(0, 200) }), ...(this.cookie && { cookie: this.cookie }) } })).json();
  }

  // A session whose token a script could read so far: from now on a cookie keeps it.
  async intoCookie(session) {
    const { token } = await (await this.#call("POST", `session?cookie=${encodeURIComponent(this.cookie)}`, { session })).json();
    return { ...session, token };
  }

  // Ends the session here, or on every device.
  async leave(session, everywhere) {
    await this.#call("DELETE", everywhere ? "sessions" : "session", { session });
  }

  async post(session, message) {
    return (await this.#call("POST", "messages", { session, json: message })).json();
  }

  // That the resident is writing: for the clerk who has the conversation. Whether it arrives matters to nobody.
  async typing(session) {
    await this.#call("POST", "typing", { session }).catch(() => {});
  }

  // Which messages were seen. Whether it arrives matters to nobody but who counts.
  async read(session, seqs) {
    await this.#call("POST", "read", { session, json: { seqs } }).catch(() => {});
  }

  // How it stands with being told on this device: {key, here, announcements, devices}
  async push(session) {
    return (await this.#call("GET", "push", { session })).json();
  }

  async tellHere(session, wished) {
    await this.#call("POST", "push", { session, json: wished });
  }

  async tellNoMore(session) {
    await this.#call("DELETE", "push", { session });
  }

  // A code that the resident's phone scans to go on with this conversation: {side, path, seconds}
  async showCode(session) {
    return (await this.#call("POST", "phone", { session })).json();
  }

  // {state, number}
  async lookAtCode(session) {
    return (await this.#call("GET", "phone", { session })).json();
  }

  async answerPhone(session, number, yes) {
    await this.#call("POST", "phone/answer", { session, json: { number, yes } });
  }

  async stopCode(session) {
    await this.#call("DELETE", "phone", { session, keepalive: true });
  }

  // Whether the page is looked at. Whether it arrives matters to nobody: it is said again.
  async looks(session, page, looks) {
    await this.#call("POST", "looks", { session, json: { page, looks }, keepalive: true }).catch(() => {});
  }

  // Whether a guide helped: {city, guide, locale, answer}. No session comes along. Whether it arrives matters to nobody but who counts.
  async helpful(said) {
    await this.#call("POST", "helpful", { json: said }).catch(() => {});
  }

  // Tells of its progress: told(part), 0 to 1. Only XMLHttpRequest says how much of a body has been sent.
  upload(session, file, told) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", new URL("chat/v1/media", this.base));
      for (const [name, value] of Object.entries({ ...this.#who(session), ...headers({ accept: "application/json", type: "application/octet-stream" }) })) request.setRequestHeader(name, value);
      request.responseType = "json";
      request.timeout = UPLOAD_MS;
      request.upload.addEventListener("progress", ({ loaded, total }) => told(total ? loaded / total : 0));
      for (const event of ["error", "abort", "timeout"]) request.addEventListener(event, () => reject(new ApiError(0)));
      request.addEventListener("load", () => {
        if (request.status < 300) return resolve(request.response);
        reject(new ApiError(request.status, request.response, waiting(request.getResponseHeader("Retry-After"))));
      });
      request.send(file);
    });
  }

  async data(session) {
    return (await this.#call("GET", "me/data", { session })).json();
  }

  async erase(session) {
    await this.#call("DELETE", "me", { session });
  }

  // One page of events after `after`; waits up to `wait` seconds for the first.
  async page(session, after, wait, signal) {
    const answer = await this.#call("GET", `events?after=${after}&wait=${wait}`, {
      session, accept: "application/json", ms: (wait + 10) * 1000, signal,
    });
    return (await answer.json()).events;
  }

  // The stream of events after `after`; `signal` ends it. It lasts: nothing of the page should wait for it.
  async stream(session, after, signal) {
    return this.#fetch(`events?after=${after}`, { headers: { ...this.#who(session), ...headers({ accept: "text/event-stream" }) }, signal, cache: "no-store", priority: "low" });
  }

  // By its token, where this page has it; else by the cookie, which is good beside the session's name alone.
  #who(session) {
    if (!session) return {};
    return session.token ? { Authorization: `Bearer ${session.token}` } : { "Chat-Session": `${this.cookie} ${session.session}` };
  }

  #call(method, path, { session, json, body, type, accept = "application/json", ms = ANSWER_MS, signal, keepalive = false } = {}) {
    return this.#fetch(path, {
      method,
      keepalive, // it arrives though the page is left
      headers: { ...this.#who(session), ...headers({ accept, type: json ? "application/json" : type }) },
      body: json ? JSON.stringify(json) : body,
      signal: limited(ms, signal),
      cache: /^(texts|cities(?!.*\/board))/.test(path) ? "default" : "no-store",
    });
  }

  async #fetch(path, options) {
    let answer;
    try {
      answer = await fetch(new URL(`chat/v1/${path}`, this.base), { credentials: this.cookie ? "same-origin" : "omit", ...options });
    } catch {
      throw new ApiError(0);
    }
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => null);
    throw new ApiError(answer.status, problem, waiting(answer.headers.get("Retry-After")));
  }
}

function waiting(seconds) {
  return Number(seconds) > 0 ? Number(seconds) * 1000 : null;
}

// A signal that strikes after `ms`, or with another one. AbortSignal.any and .timeout are younger than many phones.
function limited(ms, signal) {
  const limit = new AbortController();
  setTimeout(() => limit.abort(), ms);
  signal?.addEventListener("abort", () => limit.abort());
  return limit.signal;
}

function headers({ accept, type }) {
  const set = { Accept: accept };
  if (type) set["Content-Type"] = type;
  return set;
}
