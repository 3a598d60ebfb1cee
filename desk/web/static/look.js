// The search of a page: what is found stands below while it is typed. The form works by itself; this only saves a page.
// Arrow down goes into what was found, arrow up back, Esc empties it.

const form = document.getElementById("look");
const field = form.querySelector("[type=search]");
const place = form.closest(".looking")?.querySelector(".found");
const said = form.closest(".looking")?.querySelector("[role=status]");
const PAUSE_MS = 250;
let timer = 0;
let asking = null;

async function look() {
  const written = field.value.trim();
  asking?.abort();
  if (!written) return empty();
  asking = new AbortController();
  const there = new URL(form.action);
  for (const [name, value] of new FormData(form)) there.searchParams.set(name, value);
  try {
    const answer = await fetch(there, { signal: asking.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector(".found");
    said.textContent = found.querySelector("[role=status]").textContent;
    found.querySelector("[role=status]").removeAttribute("role");
    place.replaceChildren(...found.children);
  } catch {
    // the next letter asks again, and Enter opens the page
  }
}

function empty() {
  said.textContent = "";
  place.replaceChildren();
}

if (place) {
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE_MS); });
  form.parentElement.parentElement.addEventListener("keydown", (event) => {
    const found = [field, ...place.querySelectorAll("a")];
    const at = found.indexOf(document.activeElement);
    if (event.key === "Escape") { field.value = ""; empty(); field.focus(); }
    else if (at >= 0 && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      found[Math.min(Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0), found.length - 1)].focus();
    }
  });
}
