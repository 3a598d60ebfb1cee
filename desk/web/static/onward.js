// A conversation that goes on on another device. Both pages work without this script, which looks how things stand in the
// place of reading the page anew, and gives the conversation to the chat of the phone that came in.

import { kept, opened, openOnce } from "./visit.js";

const TRIED = "onward:tried";
const LOOK_MS = 1500;


// The page as it stands now takes the place of this one as soon as something has become of it.
async function look(main) {
  const answer = document.visibilityState === "hidden" ? null : await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return setTimeout(() => look(main), LOOK_MS);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("onward");
  if (!now || now.dataset.state === main.dataset.state) return setTimeout(() => look(main), LOOK_MS);
  main.replaceWith(now);
  document.title = page.title;
  now.querySelector("h1").focus({ preventScroll: true });
  scrollTo({ top: 0 });
  begin(now);
}

// The chat of this browser goes on with that conversation; what it had not sent was for another.
function keep({ city, locale, session, seq, there }) {
  const name = `city-chat:${city}`;
  try {
    if (!kept(() => localStorage, `${name}:session`)?.includes(session)) {
      localStorage.setItem(`${name}:session`, JSON.stringify({ session, token: null, city, locale, seq: Number(seq), spoken: true }));
      localStorage.removeItem(`${name}:outbox`);
    }
  } catch {
    return; // storage is forbidden: the chat would begin anew, the form goes on
  }
  location.replace(there);
}

// Whether the chat of this browser has a conversation in which something was said.
function speaks(city) {
  return kept(() => localStorage, `city-chat:${city}:session`)?.includes('"spoken":true') ?? false;
}

// Whether the chat of this browser has another conversation than the page knows.
function isOther(city, shows) {
  const mine = shows && kept(() => localStorage, `city-chat:${city}:session`);
  return Boolean(mine) && !mine.includes(shows);
}

function begin(main) {
  const { city, state, waits, session, mayOpen, shows } = main.dataset;
  if (mayOpen !== undefined || isOther(city, shows)) openOnce(city, TRIED, () => location.reload());
  else opened(TRIED);
  if (waits !== undefined) setTimeout(() => look(main), LOOK_MS);
  if (state === "begin" && speaks(city)) main.querySelector("[data-replaces]")?.removeAttribute("hidden");
  if (session) keep(main.dataset);
  main.querySelector("[data-come]")?.requestSubmit();
}

begin(document.getElementById("onward"));
