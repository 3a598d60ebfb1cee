// The city's page around the chat: services start in it, and the language switch is told to it.

const chat = document.getElementById("chat");

for (const button of document.querySelectorAll("[data-start]")) {
  button.addEventListener("click", () => {
    chat.start(button.dataset.start, button.dataset.title);
    chat.scrollIntoView({ block: "nearest" });
  });
}

for (const link of document.querySelectorAll(".languages a[data-locale]")) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    await chat.switchLocale(link.dataset.locale);
  });
}

// The chat changed its language: the page around it follows. What was not yet sent is kept by the chat.
chat.addEventListener("city-chat-locale", (event) => {
  const there = new URL(location.href);
  there.searchParams.set("lang", event.detail.locale);
  location.assign(there);
});
