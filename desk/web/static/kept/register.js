// Has the browser keep the city's service worker: a page for when there is no network. Nobody is asked for anything.

const { city } = document.querySelector("script[data-kept]").dataset;

navigator.serviceWorker?.register(`/${city}/worker.js`, { scope: `/${city}`, updateViaCache: "none" }).catch(() => {}); // not over plain HTTP
