// Pages that show the conversation of this browser by a cookie of their own: they ask for it by the chat's session, once.

export function kept(storage, name) {
  try {
    return storage().getItem(name);
  } catch {
    return null; // storage is forbidden
  }
}

// Sessions that this browser remembers: [{session, token, city, slot}], that of this city's page first.
function sessions(city) {
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

async function open(city, found, show) {
  for (const { session, token, slot } of found) {
    const who = token ? { Authorization: `Bearer ${token}` } : { "Chat-Session": `${slot} ${session}` };
    const answer = await fetch(`/chat/v1/me/matters?city=${encodeURIComponent(city)}`, { method: "POST", headers: who }).catch(() => null);
    if (answer?.ok) return show();
  }
}

// Each session once, until it was shown: where the browser keeps no cookies, the page would be read again and again.
// `tried`: under which name it is kept which were; `show` is called once the page shows the conversation.
export function openOnce(city, tried, show) {
  try {
    const found = sessions(city);
    const named = found.map(({ session }) => session).join();
    if (!named || kept(() => sessionStorage, tried) === named) return;
    sessionStorage.setItem(tried, named);
    open(city, found, show);
  } catch {
    // storage is forbidden: it would not be known that it was tried
  }
}

export function opened(tried) {
  try {
    sessionStorage.removeItem(tried);
  } catch {
    // storage is forbidden: nothing was tried
  }
}
