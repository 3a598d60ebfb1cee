// The city's page around the chat: services start in it, and the language switch is told to it.

const chat = document.getElementById("chat");

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-start], [data-ask]");
  if (!link || !customElements.get("city-chat") || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.start) chat.start(link.dataset.start, link.dataset.title);
  else chat.draft(link.dataset.ask);
  chat.scrollIntoView({ block: "nearest" });
});

// Opened with a service's name in the address: it starts, once. With words to ask: they stand where the resident writes,
// and are sent by nobody else.
const here = new URL(location.href);
const words = here.searchParams.get("ask");
if (words) customElements.whenDefined("city-chat").then(() => chat.draft(words.slice(0, 200)));
const named = document.querySelector(`[data-start="/${CSS.escape(here.searchParams.get("start") ?? "")}"]`);
if (named) {
  customElements.whenDefined("city-chat").then(() => chat.start(named.dataset.start, named.dataset.title));
}
for (const name of ["start", "ask"]) here.searchParams.delete(name);
if (here.href !== location.href) history.replaceState(null, "", here);

for (const link of document.querySelectorAll(".languages a[data-locale]")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    await chat.switchLocale(link.dataset.locale);
  });
}

// The chat changed its language: the page around it follows. What was not yet sent is kept by the chat.
chat.addEventListener("city-chat-locale", (event) => {
  const there = new URL(location.href);
  there.searchParams.set("lang", event.detail.locale);
  location.assign(there);
});

// The conversation moved to another city: name, colour, services and offices are that city's from now on.
let wanted = chat.getAttribute("city");

async function follow(city) {
  wanted = city;
  const there = new URL(`/${city}`, location.href);
  there.searchParams.set("lang", chat.getAttribute("locale"));
  const answer = await fetch(there);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (wanted !== city) return;
  for (const part of [".brand", ".mine", ".about", ".alerts", ".frequent", ".foot"]) document.querySelector(part).replaceWith(page.querySelector(part));
  document.querySelector("link[href$='/theme.css']").href = page.querySelector("link[href$='/theme.css']").getAttribute("href");
  document.getElementById("look").action = page.getElementById("look").action;
  document.title = page.title;
}

// What is to be known at once comes without a new visit, and goes when it is over. What is open to read stays so.
const ALERTS_MS = 30000;

async function refresh() {
  if (document.visibilityState === "hidden") return;
  const there = new URL(`/${wanted}/alerts`, location.href);
  there.searchParams.set("lang", chat.getAttribute("locale"));
  const answer = await fetch(there).catch(() => null);
  if (!answer?.ok) return; // the next time
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".alerts");
  const shown = document.querySelector(".alerts");
  const numbers = (list) => [...list.querySelectorAll(".alert")].map((one) => one.dataset.number).join();
  if (now.dataset.city === wanted && (shown.dataset.city !== wanted || numbers(now) !== numbers(shown))) shown.replaceWith(now);
}

setInterval(refresh, ALERTS_MS);
document.addEventListener("visibilitychange", refresh);

// What was announced stands in the list beside the chat, too: read again when the chat is told something unasked, and when the
// page is looked at again. Many are told at once: each page waits a while of its own.
const NOTICES = "section[aria-labelledby=notices]";
const NEWS_MS = 4000;
let reading = 0;

async function renew() {
  if (document.visibilityState === "hidden") return;
  const there = new URL(`/${wanted}`, location.href);
  there.searchParams.set("lang", chat.getAttribute("locale"));
  const answer = await fetch(there).catch(() => null);
  if (!answer?.ok) return; // the next time
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(NOTICES);
  const shown = document.querySelector(NOTICES);
  if (there.pathname !== `/${wanted}` || now.innerHTML === shown.innerHTML || shown.contains(document.activeElement)) return;
  shown.replaceWith(now);
}

function renewSoon(within) {
  clearTimeout(reading);
  reading = setTimeout(renew, Math.random() * within);
}

chat.addEventListener("city-chat-news", () => renewSoon(NEWS_MS));
document.addEventListener("visibilitychange", () => renewSoon(0));

// The browser keeps the city's service worker: a page for when there is no network. Nobody is asked for anything, and what
// it fetches for that comes once the conversation is there.
function keep() {
  const { pathname } = new URL(`/${chat.getAttribute("city")}`, location.href);
  navigator.serviceWorker?.register(`${pathname}/worker.js`, { scope: pathname, updateViaCache: "none" }).catch(() => {}); // not over plain HTTP
}

customElements.whenDefined("city-chat").then(() => chat.ready).then(keep);

chat.addEventListener("city-chat-city", (event) => follow(event.detail.city));
if (chat.city && chat.city !== wanted) follow(chat.city); // it was resumed before this page could listen
