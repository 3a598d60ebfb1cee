// The page for residents of a platform: exchanges the entry behind the # for their lasting conversation, and shows it.
// The entry is taken out of the address at once: it is good a single time.

const main = document.getElementById("main");
const state = document.getElementById("state");
const { account, locale } = main.dataset;
const entry = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, "", location.pathname + location.search);

function show(session) {
  state.hidden = true;
  const chat = document.createElement("city-chat");
  for (const [name, value] of Object.entries({ city: session.city, locale: session.locale, embedded: "", entered: account })) chat.setAttribute(name, value);
  if (session.session) chat.session = session;
  chat.addEventListener("city-chat-lost", () => { chat.remove(); say(state.dataset.over); });
  main.append(chat);
}

function say(text) {
  state.hidden = false;
  state.textContent = text;
}

// A link may have been sent by anybody, to have others write into the sender's conversation: it opens once the person
// says that it is theirs. Who said so before, in this browser, is not asked again.
const confirm = document.getElementById("confirm");
const mine = `city-chat:${account}:mine`;

function remembered() {
  try {
    return localStorage.getItem(mine);
  } catch {
    return null;
  }
}

function ask(knownBy) {
  state.hidden = true;
  confirm.hidden = false;
  document.getElementById("yes").focus();
  document.getElementById("no").onclick = () => { confirm.hidden = true; say(state.dataset.over); };
  document.getElementById("yes").onclick = () => {
    confirm.hidden = true;
    try {
      localStorage.setItem(mine, knownBy);
    } catch {
      // storage is forbidden: asked again the next time
    }
    open(true);
  };
}

async function open(confirmed = false) {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 8000)) {
    try {
      const body = JSON.stringify({ account, entry, confirmed, cookie: `entry-${account}`, ...(new URL(location.href).searchParams.has("lang") ? { locale } : {}) });
      const answer = await fetch("/chat/v1/entries", { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (answer.ok) return show(await answer.json());
      if (answer.status === 409) {
        const { known_by: knownBy } = await answer.json();
        if (knownBy && knownBy === remembered()) return open(true);
        if (knownBy) return ask(knownBy);
      }
      if (answer.status < 500 && answer.status !== 429) return say(state.dataset.over);
    } catch {
      // no network: tried again
    }
    say(state.dataset.away);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const kept = sessionStorage.getItem(`city-chat:${account}:session`);
if (entry) open();
else if (kept) show({ city: JSON.parse(kept).city, locale: JSON.parse(kept).locale });
else say(state.dataset.over);
