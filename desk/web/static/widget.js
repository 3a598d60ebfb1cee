// The page that makes the line for other sites: what is chosen shows at once, in the line and on the button in the corner.
// The server says what comes of each choice; the form works by itself, too.

const form = document.getElementById("wishes");
const line = document.getElementById("line");
const PAUSE_MS = 300;
let timer = 0;
let asking = null;

function show(wished) {
  document.querySelector("city-chat-launcher")?.remove();
  const made = document.createElement("city-chat-launcher");
  for (const { name, value } of wished.attributes) {
    if (name.startsWith("data-")) made.setAttribute(name.slice(5), value);
  }
  document.body.append(made);
}

async function make() {
  asking?.abort();
  asking = new AbortController();
  const there = new URL(form.action);
  for (const [name, value] of new FormData(form)) there.searchParams.set(name, value);
  try {
    const answer = await fetch(there, { signal: asking.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    line.textContent = page.getElementById("line").textContent;
    show(page.getElementById("preview"));
  } catch {
    // the next change asks again, and the button of the form opens the page
  }
}

form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(make, PAUSE_MS); });
customElements.whenDefined("city-chat-launcher").then(() => show(document.getElementById("preview")));
