// The conversation as a document to keep: plain text, or a page to print. From the resident's own data, so that it is
// complete and has its times, also where the page shows less.

// data: what GET /me/data answers. Answers [{who: "you" | "bot" | "clerk", at, text}] in the order it was said.
export function lines(data, texts) {
  const received = [...data.received];
  const titles = new Map(data.said.flatMap(({ buttons, cards }) => [...buttons, ...cards.flatMap((card) => card.buttons)]).map(({ payload, title }) => [payload, title]));
  const mine = ({ at, text, shown, payload, location, media }) => ({
    who: "you", at,
    text: shown ?? text ?? (payload ? titles.get(payload) ?? texts.chosen : location ? texts.place_sent : media ? texts.file_sent : ""),
  });
  const found = [];
  for (const said of data.said) {
    // Times are to the second: within one, only what is answered stands before what the account says.
    const isBefore = ({ id, at }) => Number(id) <= Number(said.in_reply_to ?? 0) || at < said.at;
    while (received.length && isBefore(received[0])) found.push(mine(received.shift()));
    found.push({ who: said.author === "clerk" ? "clerk" : "bot", at: said.at, text: said.text });
  }
  return [...found, ...received.map(mine)].filter(({ text }) => text);
}

export function asText(title, said, texts) {
  const entries = said.map(({ who, at, text }) => `${when(at)}  ${texts[who]}\n${text}`);
  return `${[title, ...entries].join("\n\n")}\n`;
}

const STYLE = `body { font: 12pt/1.7 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; max-width: 44em; margin: 2em auto; padding: 0 1em; color: #1b2422; background: #fff; }
h1 { font-size: 1.4em; } section { margin: 0 0 1.1em; break-inside: avoid; } h2 { font-size: .9em; margin: 0; color: #55615e; }
p { margin: .15em 0 0; white-space: pre-wrap; overflow-wrap: anywhere; } .you p { font-weight: 600; }`;

export function asPage(title, tag, said, texts) {
  const page = document.implementation.createHTMLDocument(title);
  page.documentElement.lang = tag;
  const add = (parent, name, text, kind) => {
    const made = page.createElement(name);
    if (text) made.textContent = text;
    if (kind) made.className = kind;
    parent.append(made);
    return made;
  };
  const meta = add(page.head, "meta");
  meta.setAttribute("charset", "utf-8");
  add(page.head, "style", STYLE);
  add(page.body, "h1", title);
  for (const { who, at, text } of said) {
    const entry = add(page.body, "section", "", who);
    add(entry, "h2", `${texts[who]} · ${when(at)}`);
    add(entry, "p", text).dir = "auto";
  }
  return `<!doctype html>\n${page.documentElement.outerHTML}\n`;
}

// 2026-11-24T10:00:05+08:00 as 2026-11-24 10:00: the city's own time.
function when(at) {
  return at.slice(0, 16).replace("T", " ");
}
