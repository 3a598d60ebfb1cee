// What the page where an announcement is written does beside its form: it counts, keeps back a file that is too large, and says when what was typed would be lost.
const form = document.getElementById("write");
const counters = [...document.querySelectorAll("[data-counts]")].map((shown) => [shown, document.getElementById(shown.dataset.counts)]);

function count() {
  for (const [shown, field] of counters) {
    const written = [...field.value.trim()].length;
    shown.textContent = written;
    shown.classList.toggle("over", written > Number(shown.dataset.most));
  }
}

// What is too large is said before it is sent.
for (const file of document.querySelectorAll("[data-megabytes]")) {
  file.addEventListener("change", () => {
    const isLarge = file.files.length > 0 && file.files[0].size > Number(file.dataset.megabytes) * 1e6;
    if (isLarge) file.value = "";
    document.getElementById(`${file.id}-large`).hidden = !isLarge;
  });
}

let unsaved = false;
form.addEventListener("input", () => {
  unsaved = true;
  count();
});
form.addEventListener("submit", () => {
  unsaved = false;
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
count();
