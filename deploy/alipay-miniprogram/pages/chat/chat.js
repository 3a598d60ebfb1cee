// The chat: the resident's lasting conversation, in which everything is done.

const config = require("../../config.js");
const { Desk } = require("../../lib/desk.js");
const { Platform } = require("../../lib/platform.js");
const { marked, mine, paid, rewritten, rowOf, usedUp } = require("../../lib/rows.js");

// What my.tradePay answers: paid, refused, the resident left. After anything else nobody knows yet whether it is paid.
const PAY_RESULTS = { 9000: "paid_told", 4000: "pay_failed", 6001: "pay_left" };
const ALERTS_EVERY_MS = 30000;
const LOCALES = [[/^zh[-_]?(hant|hk|tw|mo)/i, "zh_Hant"], [/^en/i, "en"]];

function localeOf(language) {
  const found = LOCALES.find(([tag]) => tag.test(language || ""));
  return found ? found[1] : "zh_Hans";
}

Page({
  data: { texts: {}, rows: [], input: "", dots: false, person: false, state: "", last: "", over: false, news: false, alerts: [] },

  async onLoad() {
    this.locale = localeOf(my.getSystemInfoSync().language);
    this.answering = 0;
    this.platform = new Platform(my);
    this.setData({ news: Boolean(config.newsTemplate) && this.platform.subscribes });
    this.desk = new Desk(this.platform, config, {
      event: (event) => this.take(event),
      received: (message) => this.add(usedUp(this.data.rows), mine(message, this.data.texts)),
      sent: (message, id) => { this.answering += 1; this.setData({ rows: marked(this.data.rows, message.id, "", id), dots: true }); },
      failed: (message) => this.setData({ rows: marked(this.data.rows, message.id, message.reason) }),
      state: (state) => this.setData({ state: state ? this.data.texts.unavailable || "…" : "" }),
      over: () => this.setData({ over: true }),
    });
    this.ready = this.begin();
  },

  // Back from another page or app: who was away for long comes in anew.
  async onShow() {
    await this.ready;
    await this.desk.enter(this.locale);
    this.desk.listen();
    this.desk.flush();
    this.watch();
  },

  onHide() {
    this.rest();
  },

  onUnload() {
    this.rest();
  },

  rest() {
    clearInterval(this.watching);
    this.desk.rest();
  },

  // Emergency alerts stand above the conversation while they hold.
  watch() {
    clearInterval(this.watching);
    this.watching = setInterval(() => this.look(), ALERTS_EVERY_MS);
    this.look();
  },

  async look() {
    const alerts = await this.desk.alerts(this.locale);
    if (alerts && JSON.stringify(alerts) !== JSON.stringify(this.data.alerts)) this.setData({ alerts });
  },

  async begin() {
    const { texts } = await this.desk.texts(this.locale);
    this.setData({ texts });
    await this.desk.enter(this.locale);
    this.earlier = await this.desk.earlier();
    for (const message of this.desk.outbox) this.add(this.data.rows, mine(message, texts));
  },

  // What the resident had said at an earlier visit before an answer to it: shown where it was said.
  saidBefore(answered) {
    const { texts } = this.data;
    const before = this.earlier.filter(({ id }) => Number(id) <= Number(answered || 0));
    this.earlier = this.earlier.slice(before.length);
    return before.map(({ id, text, shown, payload, location }) => {
      const label = shown || text || (payload ? texts.chosen : location ? texts.place_sent : texts.file_sent);
      return { ...mine({ id: `received-${id}`, label }, texts), state: "", of: id };
    });
  },

  add(rows, row) {
    this.setData({ rows: [...rows, row], last: `row-${row.id}` });
  },

  take(event) {
    const { texts, rows } = this.data;
    if (event.type === "message") this.add([...rows, ...this.saidBefore(event.message.in_reply_to)], rowOf(event.message, texts));
    else if (event.type === "payment") this.setData({ rows: paid(rows, event.payment, texts) });
    else if (event.type === "city") {
      this.desk.session = { ...this.desk.session, city: event.city };
      this.look();
    } else if (event.type === "ticket") this.setData({ person: ["open", "claimed"].includes(event.ticket.state) });
    else if (event.type === "turn_done") {
      this.answering = Math.max(0, this.answering - 1);
      this.setData({ dots: this.answering > 0, person: event.handed_over, rows: rewritten(this.data.rows, event) });
      if (event.payment) this.setData({ rows: paid(this.data.rows, event.payment, texts) });
    }
  },

  onInput({ detail }) {
    this.setData({ input: detail.value });
  },

  onSend() {
    const text = this.data.input.trim();
    if (!text) return;
    this.setData({ input: "" });
    this.desk.say({ text }, text);
  },

  onChoose({ target }) {
    const { payload, title } = target.dataset;
    this.desk.say({ payload }, title);
  },

  async onPlace() {
    const { texts } = this.data;
    try {
      this.desk.say({ location: await this.platform.place() }, texts.place_sent);
    } catch (error) {
      my.showToast({ content: error.message === "denied" ? texts.place_denied : texts.place_failed });
    }
  },

  async onPicture() {
    let path;
    try {
      path = await this.platform.picture();
    } catch {
      return; // nothing was chosen
    }
    try {
      await this.desk.sendPicture(path);
    } catch (error) {
      my.showToast({ content: error.problem ? error.problem.title : this.data.texts.unavailable });
    }
  },

  // What Alipay says of it is told; that an order is paid the page shows when the desk knows it.
  async onPay({ target }) {
    const { texts } = this.data;
    try {
      const result = await this.desk.pay(target.dataset.order);
      my.showToast({ content: texts[PAY_RESULTS[result] || "pay_unsure"] });
    } catch (error) {
      my.showToast({ content: error.problem ? error.problem.title : texts.unavailable });
    }
  },

  async onNews() {
    const { texts } = this.data;
    const isOn = await this.platform.subscribe(config.newsTemplate);
    my.showToast({ content: isOn ? texts.news_on : texts.news_failed });
  },
});
