// Where the chat's own script came from, and with it the desk. Also where a site serves a copy of the script itself:
// then data-desk names the desk.

const NAME = /\/chat(-[0-9a-f]{16})?\.js(\?|$)/;

export const SCRIPT = document.currentScript ?? Array.from(document.scripts).find(({ src }) => NAME.test(src)) ?? null;

export const BASE = new URL((SCRIPT?.dataset.desk ?? ".").replace(/([^/.])$/, "$1/"), SCRIPT?.src || location.href);
