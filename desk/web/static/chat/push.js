// Being told on this device that there is news: offered where it is of use, asked of the browser only after a yes here.
// Knows the browser and the API, nothing of the page.

const LOOKS_MS = 25000; // the server forgets a page that does not say again that it is looked at

export class Push {
  #api;
  #page = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  #session = null;
  #timer = null;
  state = null; // {key, here, announcements, devices, texts} of the server, once it was asked

  // `city`: whose page this is; `shows`: whether what there is news of stands on it.
  constructor(api, city, shows = true) {
    this.#api = api;
    this.city = city;
    this.#shows = shows;
  }

  #shows;

  // Whether this browser can be told, on this page: of the desk's own origin, by a cookie's session.
  get can() {
    return Boolean(this.#api.cookie && "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis);
  }

  get here() {
    return this.state?.here ?? false;
  }

  // Whether it is of use to ask: not who has said no to the browser already.
  get offered() {
    return Boolean(this.can && this.state?.key && !this.here && Notification.permission !== "denied");
  }

  // Whether the city could tell by text message: asked for on the page of one's own matters, whatever the browser can.
  get texts() {
    return this.state?.texts ?? false;
  }

  // How it stands. What the browser has dropped is dropped here; where the desk has another key, the browser is given that.
  async look(session) {
    this.#session = session;
    if (!this.#api.cookie) return;
    this.state = await this.#api.push(session).catch(() => null);
    if (this.can && this.here) await this.#renew().catch(() => {});
    this.looks();
  }

  async #renew() {
    const kept = await (await this.#registration()).pushManager.getSubscription();
    if (!kept || Notification.permission !== "granted") return this.end();
    if (asked(kept) === this.state.key) return;
    await kept.unsubscribe();
    await this.#subscribe(this.state.announcements);
  }

  // "told", "denied" by the browser, or "failed".
  async wish(announcements) {
    try {
      if (await Notification.requestPermission() !== "granted") return "denied";
      await this.#subscribe(announcements);
      return "told";
    } catch {
      return "failed";
    }
  }

  async #subscribe(announcements) {
    const { key } = this.state;
    const { pushManager } = await this.#registration();
    const before = await pushManager.getSubscription();
    if (before && asked(before) !== key) await before.unsubscribe();
    const { endpoint, keys } = (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
    await this.#api.tellHere(this.#session, { endpoint, keys, key, announcements });
    this.state = { ...this.state, here: true, announcements, devices: Math.max(1, this.state.devices) };
    this.looks();
  }

  // Told no more here: at the desk first, then in the browser.
  async end() {
    await this.#api.tellNoMore(this.#session);
    this.state = { ...this.state, here: false };
    await this.forget();
  }

  // The session is over, and with it the desk's part.
  async forget() {
    clearInterval(this.#timer);
    if (!this.can) return;
    const kept = await (await navigator.serviceWorker.getRegistration(`/${this.city}`))?.pushManager.getSubscription();
    await kept?.unsubscribe().catch(() => {});
  }

  // Tells the server whether the page is looked at: no device is told meanwhile. `stays`: it is not being left.
  looks(stays = true) {
    clearInterval(this.#timer);
    if (!this.#shows || !this.#session || !this.state?.devices) return;
    const looks = stays && document.visibilityState === "visible" && document.hasFocus();
    this.#api.looks(this.#session, this.#page, looks);
    if (looks) this.#timer = setInterval(() => this.looks(), LOOKS_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #registration() {
    await navigator.serviceWorker.register(`/${this.city}/worker.js`, { scope: `/${this.city}`, updateViaCache: "none" });
    return navigator.serviceWorker.ready;
  }
}

// The key of the desk's that a subscription admits, as the server writes it.
function asked({ options }) {
  const bytes = new Uint8Array(options?.applicationServerKey ?? []);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
