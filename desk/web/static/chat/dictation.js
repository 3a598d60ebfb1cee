// Speaking in the place of typing: the browser writes down what it hears. Nothing is sent by it. Knows nothing of the page.

const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;
const SPOKEN = { zh_Hans: "zh-CN", zh_Hant: "zh-HK", en: "en-GB" };
const REASONS = { "not-allowed": "denied", "service-not-allowed": "denied", "no-speech": "nothing", aborted: null };

// Whether this browser can.
export const canDictate = Boolean(Recognition) && isSecureContext;

export class Dictation {
  #hears = null;

  // act: {hear(words), state(hears), fail("denied" | "nothing" | "failed")}; `words` are all that were said so far.
  constructor(act) {
    this.act = act;
  }

  get on() {
    return this.#hears !== null;
  }

  // On the device itself, where the browser can do so.
  async start(locale) {
    const lang = SPOKEN[locale];
    const hears = this.#hears = new Recognition();
    Object.assign(hears, { lang, interimResults: true, continuous: true });
    hears.onresult = ({ results }) => {
      if (this.#hears === hears) this.act.hear(Array.from(results, ([{ transcript }]) => transcript).join(""));
    };
    hears.onerror = ({ error }) => { const why = error in REASONS ? REASONS[error] : "failed"; if (why) this.act.fail(why); };
    hears.onend = () => { if (this.#hears === hears) this.#ended(); };
    this.act.state(true);
    const here = await Recognition.available?.({ langs: [lang], processLocally: true }).catch(() => null);
    if (this.#hears !== hears) return; // stopped meanwhile
    if (here === "available") hears.processLocally = true;
    try {
      hears.start();
    } catch {
      this.#ended();
      this.act.fail("failed");
    }
  }

  stop() {
    const hears = this.#hears;
    if (!hears) return;
    this.#ended();
    hears.stop();
  }

  #ended() {
    this.#hears = null;
    this.act.state(false);
  }
}
