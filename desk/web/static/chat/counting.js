// What a site's web team is told of the button on their pages: how often it was seen, opened, used, and something done by
// it. Numbers for a day; no cookie, no id, nothing of the page or of what was said. data-count="off" ends it.

import { BASE } from "./address.js";

// what: "viewed" | "opened" | "begun" | "completed". Whether it arrives matters to nobody else.
export function count(city, what) {
  if (new URL(BASE).origin === location.origin) return;
  // text/plain: the browser then asks the desk once, and not before each time whether it may ask
  fetch(new URL("chat/v1/counts", BASE), {
    method: "POST", body: JSON.stringify({ city, what }), headers: { "Content-Type": "text/plain" },
    credentials: "omit", keepalive: true, referrerPolicy: "no-referrer",
  }).catch(() => {});
}
