// Whether an answer from a guide helped: asked under it, once, by buttons. Nothing says who answers.

import { element } from "./dom.js";

const GUIDE = /\/([a-z][a-z0-9_]*)\/guides\/([a-z][a-z0-9_]*)(?:[?#\s]|$)/g;
const REASONS = ["unclear", "missing", "outdated"];

// {city, guide} that a message is taken from; null: it names none, or several to choose from.
export function guideOf({ author, text, links = [] }) {
  if (author !== "bot") return null;
  const named = [text, ...links.map(({ url }) => url)].flatMap((one) => [...one.matchAll(GUIDE)]);
  const guides = new Map(named.map(([, city, guide]) => [`${city}/${guide}`, { city, guide }]));
  return guides.size === 1 ? [...guides.values()][0] : null;
}

// tell(answer): "yes", "no", then perhaps one of `REASONS`.
export function helpful(texts, tell) {
  const words = element("span", { role: "status" }, texts.helpful_ask);
  const group = element("div", { class: "helpful", role: "group", "aria-label": texts.helpful_ask }, words);
  const offer = (...answers) => {
    const buttons = answers.map((answer) => element("button", { type: "button", class: "link", onclick: () => given(answer) }, texts[`helpful_${answer}`]));
    const held = group.getRootNode().activeElement;
    const within = held && group.contains(held);
    group.replaceChildren(words, ...buttons);
    if (within && buttons.length) buttons[0].focus();
  };
  const given = (answer) => {
    tell(answer);
    words.textContent = answer === "no" ? texts.helpful_why : texts.helpful_thanks;
    if (answer === "no") return offer(...REASONS);
    const within = group.contains(group.getRootNode().activeElement);
    offer();
    if (within) { words.tabIndex = -1; words.focus(); }
  };
  offer("yes", "no");
  return group;
}
