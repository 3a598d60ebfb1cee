// The page to follow notices: what was chosen is said in the chat by one press.

const chat = document.getElementById("chat");
const button = document.querySelector("[data-say]");

button.hidden = false;
button.addEventListener("click", async () => {
  button.disabled = true;
  await chat.say(button.dataset.say);
  chat.scrollIntoView({ block: "nearest" });
});
