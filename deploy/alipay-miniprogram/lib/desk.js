// The resident's lasting conversation with the desk: comes in, hears events by long polls, sends in order. Knows no page.

const PAUSES_MS = [500, 1000, 2000, 4000, 8000];
const POLL_SECONDS = 20;
const STALE_MS = 20 * 60 * 1000; // then the resident comes in anew: who they are is known to the desk for half an hour

class Desk {
  // tell: {event(event), received(message), sent(message, id), failed(message), state("" | "away"), over()}
  constructor(platform, config, tell, wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))) {
    this.platform = platform;
    this.config = config;
    this.tell = tell;
    this.wait = wait;
    this.session = null;
    this.seq = 0;
    this.enteredAt = 0;
    this.round = 0; // of listening: a new one ends the one before
    this.sending = false;
  }

  url(path) {
    return `${this.config.desk}/chat/v1/${path}`;
  }

  get outbox() {
    return this.platform.read(`outbox:${this.config.account}`) || [];
  }

  set outbox(messages) {
    this.platform.write(`outbox:${this.config.account}`, messages.length ? messages : null);
  }

  texts(locale) {
    return this.patiently(() => this.platform.request("GET", this.url(`texts?locale=${locale}`)));
  }

  // Comes in, unless the resident did so lately.
  async enter(locale, now = Date.now()) {
    if (this.session && now - this.enteredAt < STALE_MS) return this.session;
    const opened = await this.patiently(async () => {
      const entry = await this.platform.code();
      return this.platform.request("POST", this.url("entries"), { data: { account: this.config.account, entry, ...(locale ? { locale } : {}) } });
    });
    if (this.session && this.session.session !== opened.session) this.seq = 0;
    this.session = opened;
    this.enteredAt = now;
    return opened;
  }

  // What the resident said at earlier visits, oldest first: [{id, text, payload, location, media}].
  async earlier() {
    const { received } = await this.patiently(() => this.platform.request("GET", this.url("me/data"), { token: this.session.token }));
    return received;
  }

  // The emergency alerts that hold in the city that the conversation is with, the gravest first; null where the desk
  // does not answer: then what was shown stays.
  async alerts(locale) {
    const city = encodeURIComponent(this.session.city);
    try {
      return (await this.platform.request("GET", this.url(`cities/${city}/alerts?locale=${locale}`))).alerts;
    } catch {
      return null;
    }
  }

  // Hears events until `rest` is called. Each event is told once, in the order of `seq`.
  async listen() {
    this.round += 1;
    const { round } = this;
    for (let failures = 0; round === this.round; ) {
      try {
        const { events } = await this.platform.request("GET", this.url(`events?after=${this.seq}&wait=${POLL_SECONDS}`), { token: this.session.token, seconds: POLL_SECONDS + 10 });
        if (round !== this.round) return;
        if (failures) this.tell.state("");
        failures = 0;
        for (const event of events) {
          if (event.seq <= this.seq) continue;
          this.seq = event.seq;
          this.tell.event(event);
        }
      } catch (error) {
        if (round !== this.round) return;
        if (error.status === 401) {
          this.enteredAt = 0;
          await this.enter();
        } else {
          failures += 1;
          this.tell.state("away");
          await this.wait(PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1]);
        }
      }
    }
  }

  rest() {
    this.round += 1;
  }

  // `body` is {text} | {payload} | {location} | {media_id}; `label` is how the resident sees it.
  say(body, label) {
    const message = { id: newId(), body, label, state: "pending" };
    this.outbox = [...this.outbox, message];
    this.tell.received(message);
    this.flush();
    return message;
  }

  async flush() {
    if (this.sending || !this.session) return;
    this.sending = true;
    try {
      for (let failures = 0; this.outbox.length; ) {
        const [message, ...later] = this.outbox;
        try {
          const { message_id: id } = await this.platform.request("POST", this.url("messages"), { token: this.session.token, data: { client_msg_id: message.id, ...message.body } });
          failures = 0;
          this.outbox = later;
          this.tell.sent(message, id);
        } catch (error) {
          if (error.status === 401) {
            this.enteredAt = 0;
            await this.enter();
          } else if (error.passing) {
            this.tell.state("away");
            failures += 1;
            await this.wait(PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1]);
          } else {
            this.outbox = later;
            this.tell.failed({ ...message, reason: error.message });
          }
        }
      }
    } finally {
      this.sending = false;
    }
  }

  async sendPicture(path) {
    const { media_id: id } = await this.platform.upload(this.url("media"), this.session.token, path);
    return this.say({ media_id: id }, "");
  }

  // Pays an order in the app; answers Alipay's result. That it is paid comes as an event.
  async pay(order) {
    const { trade_no: trade } = await this.platform.request("POST", this.url(`orders/${order}/trade`), { token: this.session.token });
    return this.platform.pay(trade);
  }

  // Until the desk answers; what can never succeed ends it.
  async patiently(call) {
    for (let failures = 0; ; ) {
      try {
        const answer = await call();
        if (failures) this.tell.state("");
        return answer;
      } catch (error) {
        if (!error.passing) {
          this.tell.over();
          throw error;
        }
        this.tell.state("away");
        failures += 1;
        await this.wait(PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1]);
      }
    }
  }
}

// Unique in a conversation: the time, and what no other message of the same moment has.
function newId() {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
}

module.exports = { Desk };
