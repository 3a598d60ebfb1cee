// Elements, styles and icons. Text is always set as text, never as markup.

import { BASE } from "./address.js";

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// The same of a drawing.
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Puts style sheets on a shadow root: [name, text] each. A page's policy on styles does not concern those that a script
// has made; browsers without them (before 2023) load the file instead.
export function wear(root, ...styles) {
  try {
    root.adoptedStyleSheets = styles.map(([, text]) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text); return sheet; });
  } catch {
    for (const [name] of styles) root.append(element("link", { rel: "stylesheet", href: new URL(`static/chat/${name}`, BASE).href }));
  }
}

const ICONS = {
  chat: "M4 5h16v11h-9l-4.500 4v-4H4zM8 9.500h8M8 12.500h5",
  close: "M6 6l12 12M18 6 6 18",
  send: "M4 12 20 4l-4 16-4.500-6.500L4 12zm7.500 1.500L20 4",
  place: "M12 21s7-6.100 7-11.500a7 7 0 1 0-14 0C5 14.900 12 21 12 21zm0-9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  file: "M4.500 7.500h3l1.500-2h6l1.500 2h3v11h-15zM12 16a3.200 3.200 0 1 0 0-6.400A3.200 3.200 0 0 0 12 16z",
  menu: "M5 12h.01M12 12h.01M19 12h.01",
  speak: "M12 15a3 3 0 0 0 3-3V6.500a3 3 0 0 0-6 0V12a3 3 0 0 0 3 3zm-6-3a6 6 0 0 0 12 0M12 18v3",
  down: "M12 5v14m-6-6 6 6 6-6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-7.500 8.500c.6-4 3.600-6 7.500-6s6.900 2 7.500 6z",
};

export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

// A picture of the site's own in the place of another element, once it is there: where it cannot be loaded that stays.
export function logo(address, instead) {
  const { href, protocol } = new URL(address, location.href);
  if (!["https:", "http:"].includes(protocol)) return;
  const image = element("img", { class: "logo", alt: "", referrerpolicy: "no-referrer" });
  image.addEventListener("load", () => instead.replaceWith(image));
  image.src = href;
}

const LINK = /https?:\/\/[^\s<>"'，。；、）】」]+/g;

// A text with its addresses as links; those of `named`, [{title, url}], by their names.
export function linked(text, named = []) {
  const names = new Map(named.map(({ title, url }) => [url, title]));
  const parts = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(/[.,;:!?)]+$/, "");
    parts.append(text.slice(from, match.index), element("a", { href: address, target: "_blank", rel: "noopener noreferrer", class: names.has(address) ? "named" : null }, names.get(address) ?? address));
    from = match.index + address.length;
  }
  parts.append(text.slice(from));
  return parts;
}

export const TAGS = { zh_Hans: "zh-Hans", zh_Hant: "zh-Hant", en: "en" };
