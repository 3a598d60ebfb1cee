// Passkeys: asks the browser for one, puts its answer into the form of the page, and sends that as any other form.
const button = document.querySelector("[data-passkey]");
let waiting = null;

if (window.PublicKeyCredential?.parseRequestOptionsFromJSON && button) {
  for (const one of document.querySelectorAll(".needs-passkeys")) one.hidden = false;
  button.addEventListener("click", () => use("required"));
  if ("offers" in button.dataset) offer();
  if (await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable()) {
    for (const other of document.querySelectorAll("[data-folds]")) other.open = false; // one thing to do is seen, not two
    begin(button);
  } else begin(putSecond("device") ?? button);
} else {
  sayLack(window.isSecureContext ? "browser" : "https");
  begin(document.getElementById("password"));
}

// Says why there is no passkey, or how there is one all the same, where the page has a sentence for it.
function sayLack(what) {
  for (const one of document.querySelectorAll(`[data-lacks="${what}"]`)) one.hidden = false;
  for (const one of document.querySelectorAll(`[data-has="${what}"]`)) one.hidden = true;
}

// Where something is lacking, the way that needs it stands below the other one. Answers where the hand begins then.
// What is moved holds nothing that is being typed.
function putSecond(what) {
  sayLack(what);
  const first = document.querySelector(`[data-first-without="${what}"]`);
  if (!first) return null;
  for (const one of document.querySelectorAll(`[data-second-without="${what}"]`)) first.after(one);
  swapKinds(first.querySelector("button.secondary:not([type=button], [name])"), button);
  return document.getElementById("password");
}

// Of two ways one button is the first to see.
function swapKinds(...both) {
  for (const one of both) for (const kind of ["primary", "secondary"]) one?.classList.toggle(kind);
}

// The hand begins at the first thing to do, unless something else was said first.
function begin(first) {
  if (button && "begins" in button.dataset && document.activeElement === document.body) first.focus();
}

// The browser offers passkeys where the login name is typed, where it can (autocomplete="username webauthn").
async function offer() {
  if (await PublicKeyCredential.isConditionalMediationAvailable?.()) await use("conditional");
}

async function use(mediation) {
  waiting?.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const form = document.getElementById(button.dataset.form);
  try {
    const publicKey = await asked(form);
    if (publicKey === null || signal.aborted) return;
    const credential =
      button.dataset.passkey === "get"
        ? await navigator.credentials.get({ publicKey, mediation, signal })
        : await navigator.credentials.create({ publicKey, signal });
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch (error) {
    // whoever closed the browser's dialog, or chose another way, need not be told
    if (mediation === "required" && error.name !== "AbortError" && error.name !== "NotAllowedError") tell(button.dataset.failed);
  }
}

async function asked(form) {
  const answer = await fetch(button.dataset.asked, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const options = await answer.json();
  if (!answer.ok) {
    tell(options.said);
    return null;
  }
  return button.dataset.passkey === "get"
    ? PublicKeyCredential.parseRequestOptionsFromJSON(options)
    : PublicKeyCredential.parseCreationOptionsFromJSON(options);
}

function tell(text) {
  let line = button.parentElement.querySelector("[role=alert]");
  if (!line) {
    line = document.createElement("p");
    line.className = "errors";
    line.setAttribute("role", "alert");
    button.before(line);
  }
  line.textContent = text;
}
