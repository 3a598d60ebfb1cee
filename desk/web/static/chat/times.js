// When something was said, in the time of the device, as each language writes it.

import { TAGS } from "./dom.js";

// at: an ISO time with its offset, a Date, or null for now. 10:05
export function clock(at) {
  const when = at ? new Date(at) : new Date();
  return `${String(when.getHours()).padStart(2, "0")}:${String(when.getMinutes()).padStart(2, "0")}`;
}

// The day, to compare with others.
export function date(at) {
  return (at ? new Date(at) : new Date()).toDateString();
}

// Tuesday 24 November
export function day(at, locale) {
  const tag = { en: "en-GB" }[locale] ?? TAGS[locale];
  return new Intl.DateTimeFormat(tag, { weekday: "long", day: "numeric", month: "long" }).format(at ? new Date(at) : new Date());
}
