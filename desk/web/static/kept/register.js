// Has the browser keep the city's service worker: a page for when there is no network. Nobody is asked for anything. What
// it fetches for that comes once the page stands.

const { city } = document.querySelector("script[data-kept]").dataset;

function keep() {
  navigator.serviceWorker?.register(`/${city}/worker.js`, { scope: `/${city}`, updateViaCache: "none" }).catch(() => {}); // not over plain HTTP
}

if (document.readyState === "complete") keep();
else addEventListener("load", keep, { once: true });
