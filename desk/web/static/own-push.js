// Being told on this device what is new of one's own matters: offered where the browser has it, by the chat's own session.
// The browser is asked after a yes here alone.

import { Api } from "./chat/api.js";
import { Push } from "./chat/push.js";
import { kept } from "./visit.js";

// The session of this city's chat, if it is the one whose matters stand here.
function sessionOf({ city, session }) {
  try {
    const mine = JSON.parse(kept(() => localStorage, `city-chat:${city}:session`));
    return mine?.session === session ? mine : null;
  } catch {
    return null;
  }
}

export async function offer() {
  const box = document.getElementById("own-push");
  const mine = box && sessionOf(box.dataset);
  if (!mine) return;
  const { city } = box.dataset;
  const push = new Push(new Api(new URL("/", location.href), `city-${city}`), city, false);
  await push.look(mine);
  const [asks, is, said] = ["[data-asks]", "[data-is]", "[role=status]"].map((one) => box.querySelector(one));
  const stands = (done) => {
    asks.hidden = push.here || !push.offered;
    is.hidden = !push.here;
    box.hidden = asks.hidden && is.hidden && !done;
    if (done) said.textContent = said.dataset[done];
  };
  stands();
  const press = (button, act) => button.addEventListener("click", async () => {
    button.disabled = true;
    const done = await act();
    button.disabled = false;
    const held = button === document.activeElement || document.activeElement === document.body;
    stands(done);
    if (held && !button.checkVisibility()) { said.tabIndex = -1; said.focus(); }
  });
  press(box.querySelector("[data-yes]"), () => push.wish(box.querySelector("input").checked));
  press(box.querySelector("[data-no]"), () => push.end().then(() => "ended", () => "failed"));
}
