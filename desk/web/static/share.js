// Sharing a page by its lasting address: as the device does it, or by copying the address. Without scripts neither is there.

const said = document.querySelector(".share [role=status]");
const [share, copy] = document.querySelectorAll(".share button");
const url = document.querySelector("link[rel=canonical]").href;
const title = document.querySelector("h1").textContent.trim();

share.hidden = !navigator.canShare?.({ title, url });
copy.hidden = !navigator.clipboard; // none where the page came without HTTPS

share.addEventListener("click", async () => {
  said.textContent = "";
  try {
    await navigator.share({ title, url });
  } catch (error) {
    if (error.name !== "AbortError") said.textContent = said.dataset.failed; // AbortError: who shares thought better of it
  }
});

copy.addEventListener("click", async () => {
  said.textContent = "";
  try {
    await navigator.clipboard.writeText(url);
    said.textContent = said.dataset.done;
  } catch {
    said.textContent = said.dataset.failed;
  }
});
