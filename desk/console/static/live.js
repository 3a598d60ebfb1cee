// Live hints: that something grew. One tab of a browser listens, and tells the others; each asks for what it shows.
const PATH = "/console/news";
const AGAIN_MS = 5_000;
const tabs = new BroadcastChannel("console-news");

export function listen() {
  if (!document.querySelector("[data-live]")) return;
  tabs.addEventListener("message", (event) => tell(event.data));
  if (navigator.locks) navigator.locks.request("console-news", () => new Promise(open));
  else open();
}

function open() {
  const source = new EventSource(PATH);
  source.addEventListener("news", (event) => {
    tabs.postMessage(event.data);
    tell(event.data);
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
  });
}

// Elements wait for `news`, whatever it is of, or for `tickets`, `requests`, …
function tell(topic) {
  for (const name of ["news", topic]) document.body.dispatchEvent(new CustomEvent(name));
}
