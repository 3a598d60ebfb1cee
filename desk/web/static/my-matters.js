// The page of a resident's own matters: it shows those of the chat that this browser has open, without a code. The page
// asks by the chat's session once, and what it shows then stands in its place. Without scripts a telephone opens it.

import { offer } from "./own-push.js";
import { opened, openOnce } from "./visit.js";

const TRIED = "my-matters:tried";
const main = document.getElementById("own");

// What the page shows from now on, in its place: unless somebody has begun to type.
async function show() {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  const typed = [...main.querySelectorAll("input:not([type=hidden])")].some((one) => one.value || one === document.activeElement);
  if (!answer?.ok || typed) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("own");
  main.replaceWith(page);
  if (!("mayOpen" in page.dataset)) opened(TRIED);
  document.getElementById(location.hash.slice(1))?.scrollIntoView(); // what the address names was not there before
  offer();
}

if ("mayOpen" in main.dataset) openOnce(main.dataset.city, TRIED, show);
else opened(TRIED);
offer();
