// Answers read aloud, where the browser has a voice of the device's own for the language: what is read leaves it nowhere.

import { aloudWanted, wantAloud } from "./memory.js";

const VOICES = { zh_Hans: ["zh-CN", "cmn-Hans", "zh"], zh_Hant: ["zh-HK", "yue", "zh-TW", "cmn-Hant"], en: ["en"] };
const ADDRESS = /https?:\/\/[^\s<>"'，。；、）】」]+/g;

export class Reading {
  // `told`: voices have come, or gone.
  constructor(told) {
    this.voices = globalThis.speechSynthesis;
    this.told = told;
    this.voices?.addEventListener?.("voiceschanged", this.told);
  }

  can(locale) {
    return Boolean(this.#voice(locale));
  }

  get on() {
    return aloudWanted();
  }

  want(on) {
    wantAloud(on);
    if (!on) this.stop();
  }

  // A message as the API sends it; links by their names.
  say({ text, links = [], locale }) {
    const voice = this.on ? this.#voice(locale) : null;
    if (!voice) return;
    const names = new Map(links.map(({ title, url }) => [url, title]));
    const said = new SpeechSynthesisUtterance(text.replace(ADDRESS, (url) => names.get(url) ?? ""));
    Object.assign(said, { voice, lang: voice.lang });
    this.voices.speak(said);
  }

  stop() {
    this.voices?.cancel();
  }

  end() {
    this.stop();
    this.voices?.removeEventListener?.("voiceschanged", this.told);
  }

  #voice(locale) {
    const found = (this.voices?.getVoices() ?? []).filter(({ localService }) => localService);
    const tag = (voice) => voice.lang.replace("_", "-").toLowerCase();
    for (const wanted of VOICES[locale]) {
      const voice = found.find((one) => tag(one).startsWith(wanted.toLowerCase()));
      if (voice) return voice;
    }
    return null;
  }
}
