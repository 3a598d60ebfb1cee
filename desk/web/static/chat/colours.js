// The colour that a site gives, as white text and links can stand on and in it: darkened as far as WCAG 2.2 AA wants
// (4.5 to 1), and no further. Its hue stays.

const LEAST = 4.5;
const TINT = 0.08; // how much of the colour there is in the ground of titles and chosen buttons: see chat.css
const STEP = 0.96;

// `wanted` is any colour that CSS knows; `within` an element or root that is on the page. "#rrggbb", or null: it is none, or can be seen through.
export function legible(wanted, within) {
  let colour = read(wanted, within);
  if (!colour) return null;
  while (!isLegible(colour)) colour = colour.map((part) => part * STEP);
  return `#${colour.map((part) => Math.floor(part).toString(16).padStart(2, "0")).join("")}`;
}

function read(wanted, within) {
  const probe = document.createElement("span");
  probe.style.color = wanted;
  if (!probe.style.color) return null;
  Object.assign(probe.style, { position: "absolute", visibility: "hidden", forcedColorAdjust: "none" });
  within.append(probe);
  const found = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(getComputedStyle(probe).color);
  probe.remove();
  return found?.slice(1).map(Number) ?? null;
}

function isLegible(colour) {
  const whole = colour.map(Math.floor);
  return LEAST <= contrast(whole, [255, 255, 255]) && LEAST <= contrast(whole, whole.map((part) => TINT * part + (1 - TINT) * 255));
}

// https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = colour.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
