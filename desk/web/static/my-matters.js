// The page of a resident's own matters: it shows those of the chat that this browser has open, without a code. The page
// asks by the chat's session once, and what it shows then stands in its place. Without scripts a telephone opens it.

const TRIED = "my-matters:tried";
const main = document.getElementById("own");
const { city } = main.dataset;

function kept(storage, name) {
  try {
    return storage().getItem(name);
  } catch {
    return null; // storage is forbidden
  }
}

document.documentElement.classList.toggle("elderly", kept(() => localStorage, "city-chat:elderly") === "1");

// Sessions that this browser remembers: [{session, token, city, slot}], that of this city's page first.
function sessions() {
  const found = [];
  for (const [storage, kind] of [[() => localStorage, "city"], [() => sessionStorage, "entry"]]) {
    try {
      for (const name of Object.keys(storage())) {
        const [, of] = /^city-chat:(.+):session$/.exec(name) ?? [];
        const session = of ? JSON.parse(storage().getItem(name)) : null;
        if (session) found.push({ ...session, slot: `${kind}-${of}`, here: kind === "city" && of === city });
      }
    } catch {
      // storage is forbidden, or holds something else
    }
  }
  return found.filter((one) => one.here || one.city === city).sort((one, other) => other.here - one.here);
}

async function open(found) {
  for (const { session, token, slot } of found) {
    const who = token ? { Authorization: `Bearer ${token}` } : { "Chat-Session": `${slot} ${session}` };
    const answer = await fetch(`/chat/v1/me/matters?city=${encodeURIComponent(city)}`, { method: "POST", headers: who }).catch(() => null);
    if (answer?.ok) return show();
  }
}

// What the page shows from now on, in its place: unless somebody has begun to type.
async function show() {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  const typed = [...main.querySelectorAll("input:not([type=hidden])")].some((one) => one.value || one === document.activeElement);
  if (!answer?.ok || typed) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("own");
  main.replaceWith(page);
  if (!("mayOpen" in page.dataset)) sessionStorage.removeItem(TRIED);
}

// Each session once, until it was shown: where the browser keeps no cookies, the page would be read again and again.
function openOnce() {
  const found = sessions();
  const named = found.map(({ session }) => session).join();
  if (!named || kept(() => sessionStorage, TRIED) === named) return;
  sessionStorage.setItem(TRIED, named);
  open(found);
}

try {
  if ("mayOpen" in main.dataset) openOnce();
  else sessionStorage.removeItem(TRIED);
} catch {
  // storage is forbidden: it would not be known that it was tried
}
