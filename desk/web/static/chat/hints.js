// What the web team of a site reads in the browser's console: why the chat does not open on their page. Each once.

import { BASE } from "./address.js";

const HOW = "docs/how-to/put-the-chat-on-your-site.md";
const told = new Set();

export function hint(name, text) {
  if (told.has(name)) return;
  told.add(name);
  console.warn(`[city-chat] ${text} (${HOW})`);
}

// The desk did not answer this page: a browser does not say why, so the desk is asked for its script, which every site may read.
// Answers whether it is since this site may not show the chat.
export async function explain(error, city) {
  await find(error, city);
  return told.has("origin");
}

async function find(error, city) {
  const there = new URL(BASE).origin;
  if (there === location.origin || !navigator.onLine || told.has("origin") || told.has("away")) return;
  const list = `${location.origin} is not among the sites that may show the chat of "${city}". Ask who runs ${there} to list it, exactly so: origins: ["${location.origin}"]`;
  if (error.problem?.type?.endsWith("/origin-not-allowed")) return hint("origin", list);
  if (error.problem?.type?.endsWith("/unknown-city")) return hint("city", `There is no city "${city}" at ${there}: look at data-city.`);
  if (error.status !== 0) return;
  try {
    const answer = await fetch(new URL("chat.js", BASE), { method: "HEAD", credentials: "omit", cache: "no-store" });
    if (answer.headers.get("Chat-Listed") === "no") hint("origin", list);
  } catch {
    hint("away", `${there} cannot be reached from this page: it is away, or the page's Content-Security-Policy lacks connect-src ${there}.`);
  }
}
