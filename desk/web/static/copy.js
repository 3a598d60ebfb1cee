// Buttons that copy what stands elsewhere on the page, and say that they did. Without scripts they are not there.

for (const button of document.querySelectorAll("[data-copies]")) {
  const said = button.parentElement.querySelector("[role=status]");
  button.hidden = !navigator.clipboard; // none where the page came without HTTPS
  button.addEventListener("click", async () => {
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
      said.textContent = button.dataset.done;
    } catch {
      said.textContent = button.dataset.failed;
    }
  });
}
