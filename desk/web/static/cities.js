// Narrows the list of cities to those whose name, in any script or in Latin letters, holds what is typed.
const find = document.getElementById("find");
const field = document.getElementById("city-find");
const none = document.getElementById("city-none");

const plain = (text) => text.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "").replace(/(.)市$/, "$1");

function narrow() {
  const wanted = plain(field.value);
  let found = 0;
  for (const section of document.querySelectorAll(".letter")) {
    let here = 0;
    for (const item of section.querySelectorAll("li")) {
      item.hidden = !item.dataset.names.split(" ").some((name) => name.includes(wanted));
      if (!item.hidden) here += 1;
    }
    section.hidden = here === 0;
    found += here;
  }
  none.textContent = found === 0 ? none.dataset.none : "";
}

field.addEventListener("input", narrow);
field.addEventListener("keydown", (event) => {
  const left = [...document.querySelectorAll(".letter li:not([hidden]) a")];
  if (event.key === "Enter" && field.value.trim() && left.length === 1) left[0].click();
});
find.hidden = false;
narrow(); // a browser may have kept what was typed before
