// The elderly manner is one for chat and pages: who wished the chat larger has every page larger, at once and on return.

function wanted() {
  try {
    return localStorage.getItem("city-chat:elderly") === "1";
  } catch {
    return false; // storage is forbidden
  }
}

function wear() {
  document.documentElement.classList.toggle("elderly", wanted());
}

wear();
addEventListener("storage", wear); // wished on another page
document.addEventListener("city-chat-manner", wear);
