// The board of a stop on a card: its buses large, a drawing of what lies around it, and the way to have it anew in place.
// Knows nothing of the network: `ask(board)` brings the same board as it is now.
//
// The newest board is brought anew by itself while it is looked at. What was not brought anew for a while says by the clock
// when its buses come, since minutes would be wrong by then.

import { BASE } from "./address.js";
import { element, svg } from "./dom.js";
import { clock } from "./times.js";

const EVERY_MS = 30000;
const TIMES = 40; // by itself; a press begins anew
const OLD_MS = 90000;
const WIDE = 320;
const HIGH = 160;

export class Boards {
  #texts;
  #ask;
  #newest = null; // {place, board, at, left}
  #shown = new Set();
  #timer = null;

  constructor(texts, ask) {
    this.#texts = texts;
    this.#ask = ask;
  }

  relabel(texts) {
    this.#texts = texts;
    for (const one of this.#shown) this.#draw(one);
  }

  clear() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#newest = null;
    this.#shown.clear();
  }

  // The element of a board as the API sends it.
  of(board) {
    const one = { board, at: Date.parse(board.at), left: TIMES, asking: false, pressed: false, away: false };
    one.body = element("div", { "aria-live": "off" });
    one.asOf = element("p", { class: "board-asof" });
    one.again = element("button", { type: "button", class: "link", onclick: () => this.#renew(one, true) });
    one.page = element("a", { class: "link", target: "_blank", rel: "noopener", href: pageOf(board) });
    one.said = element("p", { class: "unseen", role: "status" });
    one.place = element("div", { class: "board" }, one.body, element("div", { class: "board-foot" }, one.asOf, one.again, one.page, one.said));
    this.#shown.add(one);
    this.#newest = one;
    this.#draw(one);
    this.#timer ??= setInterval(() => this.#tick(), EVERY_MS);
    setTimeout(() => { if (this.#newest === one && this.#isOld(one)) this.#tick(); });
    return one.place;
  }

  #isOld({ at }) {
    return Math.abs(Date.now() - at) > OLD_MS;
  }

  #tick() {
    for (const one of this.#shown) if (this.#isOld(one) && !one.place.classList.contains("board-old")) this.#draw(one);
    const one = this.#newest;
    if (!one?.place.isConnected || document.visibilityState !== "visible" || one.left <= 0) return;
    one.left -= 1;
    this.#renew(one, false);
  }

  async #renew(one, pressed) {
    one.pressed ||= pressed;
    if (one.asking) return; // what is on its way answers the press, too
    one.asking = true;
    try {
      one.board = await this.#ask(one.board);
      one.at = Date.now();
      one.away = false;
    } catch {
      one.away = true;
    }
    one.asking = false;
    this.#draw(one);
    if (!one.pressed) return;
    one.pressed = false;
    one.left = TIMES;
    one.said.textContent = one.away ? this.#texts.bus_away : this.#texts.bus_renewed;
  }

  #draw(one) {
    const { board } = one;
    const old = this.#isOld(one);
    one.place.classList.toggle("board-old", old);
    one.body.replaceChildren(
      element("ul", { class: "board-ways" }, ...board.ways.map((way) => this.#way(way, old))),
      ...board.notes.map((note) => element("p", { class: "board-note" }, note)),
      ...(board.around ? [element("div", { class: "board-map" }, drawing(board, `${this.#texts.bus_map} ${board.name}`))] : []),
    );
    one.asOf.textContent = one.away ? this.#texts.bus_away : `${this.#texts.bus_as_of} ${clock(board.at)}`;
    one.again.textContent = this.#texts.bus_again;
    one.page.textContent = this.#texts.bus_page;
  }

  #way({ line, towards, coming, remarks }, old) {
    return element("li", {},
      element("h3", {}, element("span", { class: "board-line" }, line), " ", element("span", { class: "board-towards" }, towards)),
      element("ol", {}, ...coming.map((bus) => this.#bus(bus, old))),
      ...remarks.map((remark) => element("p", { class: "board-remark" }, remark)));
  }

  #bus({ said, minutes, clock: at, source, known }, old) {
    const byClock = old || minutes === null;
    const when = element("span", { class: "board-when" }, element("b", { class: byClock || !minutes ? "board-words" : null }, byClock ? at : minutes ? String(minutes) : this.#texts.bus_now), !byClock && minutes ? ` ${this.#texts.bus_minutes}` : "");
    const more = element("span", { class: "board-known" }, byClock ? known : `${at} · ${known}`);
    return element("li", { class: old ? null : `board-${source}` }, element("span", { class: "unseen" }, old ? `${at} ${known}` : said), element("span", { "aria-hidden": "true" }, when, more));
  }
}

// The board's own page: to keep open, or to be found again.
function pageOf({ asked: { city, stop, lines, towards }, locale }) {
  return new URL(`${city}/buses?${new URLSearchParams({ stop, lines: lines.join(","), towards: towards ?? "", lang: locale })}`, BASE).href;
}

function drawing({ around: { path, here, stops, buses, bar, scale } }, label) {
  const dot = (kind, r) => ({ x, y }) => svg("circle", { class: kind, cx: x, cy: y, r });
  const name = (kind, away = 7) => ({ x, y, name: said, before }) => svg("text", { class: `board-name ${kind}`, x: before ? x - away : x + away, y, "text-anchor": before ? "end" : "start", "dominant-baseline": "central" }, said);
  const named = (spots) => spots.filter((spot) => spot.name);
  return svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label },
    svg("path", { class: "board-path", d: path }),
    ...stops.map(dot("board-stop", 3)), dot("board-here", 6)(here), ...buses.map(dot("board-bus", 5)),
    ...named(stops).map(name("")), ...named(buses).map(name("board-bus-name")), ...named([here]).map(name("board-here-name", 12)),
    svg("path", { class: "board-bar", d: `M12,${HIGH - 8}v4h${bar}v-4` }),
    svg("text", { class: "board-scale", x: bar + 18, y: HIGH - 4 }, scale));
}
