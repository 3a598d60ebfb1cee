// The service worker of a city's page. It tells that there is news, leads to the conversation, and shows a page with the
// city's telephones where there is no network. It keeps nothing of anybody: no conversation, no page of one's own.
// KEPT = {city, version, pages: {tag: address}, styles: [address]} stands before this (desk/web/kept/worker.py).

const CACHE = `desk-${KEPT.city}-`;
const NAME = CACHE + KEPT.version;
const HOME = `/${KEPT.city}`;

addEventListener("install", (event) => {
  const held = [...Object.values(KEPT.pages), ...KEPT.styles].map((address) => new Request(address, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(held)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith(CACHE) && name !== NAME) await caches.delete(name);
    await clients.claim();
  })());
});

addEventListener("fetch", (event) => {
  const there = new URL(event.request.url);
  if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch((error) => instead(there, error)));
  else if (there.origin === location.origin && KEPT.styles.includes(there.pathname)) event.respondWith(fetch(event.request).catch((error) => held(there.pathname, error)));
});

async function instead(there, error) {
  const wanted = [there.searchParams.get("lang")?.replace("_", "-"), ...navigator.languages].find((tag) => tag in KEPT.pages);
  return held(KEPT.pages[wanted] ?? Object.values(KEPT.pages)[0], error);
}

async function held(request, error) {
  const found = await (await caches.open(NAME)).match(request);
  if (found) return found;
  throw error;
}

addEventListener("push", (event) => event.waitUntil(tell(event.data)));

// {title, line, lang, tag}: what kind of news there is, never what. Who looks at the conversation sees it there.
async function tell(data) {
  const { title, line, lang, tag } = data.json();
  if ((await pages()).some((page) => page.visibilityState === "visible" && page.focused)) return;
  const before = await registration.getNotifications({ tag });
  const count = 1 + before.reduce((sum, one) => sum + (one.data?.count ?? 1), 0);
  await registration.showNotification(title, { body: line, lang, tag, renotify: true, icon: `${HOME}/icon-192.png?lang=${lang}`, data: { count, lang } });
  await navigator.setAppBadge?.(count).catch(() => {});
}

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data?.lang));
});

// To the conversation: in a page that shows it already, else in a new one.
async function lead(lang) {
  await navigator.clearAppBadge?.().catch(() => {});
  const [there] = await pages();
  if (there) return there.focus();
  return clients.openWindow(`${HOME}${lang ? `?lang=${lang}` : ""}#talk`);
}

async function pages() {
  return (await clients.matchAll({ type: "window", includeUncontrolled: true })).filter(({ url }) => new URL(url).pathname === HOME);
}
