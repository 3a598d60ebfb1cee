// Questions that stop the page: native dialogs, so that Esc, focus and screen readers work by themselves.

import { element } from "./dom.js";

// Asks; resolves to whether the resident agreed. Focus returns to where it was.
export function ask(root, { title, lines, yes, no, grave = false }) {
  return new Promise((resolve) => {
    const dialog = element("dialog", { class: "ask", "aria-labelledby": "ask-title" },
      element("h2", { id: "ask-title" }, title),
      ...lines.map((line) => element("p", {}, line)),
      element("form", { method: "dialog", class: "ask-buttons" },
        element("button", { value: "no", autofocus: grave }, no),
        element("button", { value: "yes", class: grave ? "grave" : "main", autofocus: !grave }, yes)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    root.append(dialog);
    dialog.showModal();
  });
}

// The place of this device: {lat, lon, datum}, degrees WGS 84. Throws "denied" or "failed".
export function locate() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) return reject(new Error("failed"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: round(coords.latitude), lon: round(coords.longitude), datum: "wgs84" }),
      (error) => reject(new Error(error.code === error.PERMISSION_DENIED ? "denied" : "failed")),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
}

// About a metre.
function round(degrees) {
  return Math.round(degrees * 1e5) / 1e5;
}

export function download(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
