"""A guide as people write it: a Markdown text for each language, with the headings of its public page. Pure.

    # Title

    The short answer.

    ## Fee
    Free.

    ## Steps
    - Have the dog vaccinated
    - Apply

    ## Special cases
    ### Guide dogs
    They may go everywhere.

What of a text did not change is not written anew, so that the file keeps what a text cannot show.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from desk.city.guides import Guide
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import Catalogs

LINES = ("whom", "not_for", "responsible", "who", "place", "fee", "days")
LISTS = ("papers", "steps", "notes", "sources")
CASES, ASKED = "cases", "asked"
ORDER = ("whom", "not_for", "responsible", "who", "papers", "steps", "place", "fee", "days", CASES, "notes", "sources")
SECTIONS = (*ORDER, ASKED)
FIELD = {"whom": "for"}
"""What a section is called in the file, where it is called otherwise."""

type Heads = Mapping[Locale, Mapping[str, str]]
"""What each section is called, by language."""


def heads_of(catalogs: Catalogs) -> Heads:
    """The headings of a guide's public page, and one for how residents ask, which no page shows."""
    return {
        locale: {
            **{name: catalogs.text(Text(key=f"web.guide_{name}"), locale) for name in ORDER},
            ASKED: catalogs.text(Text(key="console.data_asked"), locale),
        }
        for locale in LOCALES
    }


class NoSheet(ValueError):
    """A text is no guide. `why` is the rest of a key `console.edit_wrong_<why>`, `what` the place."""

    def __init__(self, why: str, what: str = "") -> None:
        super().__init__(f"{why}: {what}")
        self.why, self.what = why, what


@dataclass
class Sheet:
    """A guide in one language; `cases` are pairs of what they are about and what holds.

    A title that is not given in Traditional Chinese stands there as an empty one, so that an answer may follow it.
    """

    title: str = ""
    answer: str = ""
    lines: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    cases: list[tuple[str, str]] = field(default_factory=list)
    is_titled: bool = False


def written(guide: Guide, heads: Heads) -> dict[Locale, str]:
    """A guide's texts. Of Traditional Chinese, which follows from Simplified, only what is given."""
    return {locale: _written(_sheet(guide, locale), heads[locale]) for locale in LOCALES}


def _sheet(guide: Guide, locale: Locale) -> Sheet:
    data = guide.model_dump(mode="json")

    def said(names: Mapping[str, str | None] | None) -> str:
        return "" if names is None else names.get(locale) or ""

    sheet = Sheet(said(data["names"]), said(data["answer"]))
    sheet.lines = {name: text for name in LINES if (text := said(data[name]))}
    for name in LISTS:
        texts = [said(one) for one in data[name]]
        if texts and all(texts):
            sheet.lists[name] = texts
    sheet.lists[ASKED] = list(data[ASKED][locale])
    cases = [(said(one["about"]), said(one["said"])) for one in data[CASES]]
    sheet.cases = cases if all(about and told for about, told in cases) else []
    return sheet


def _written(sheet: Sheet, heads: Mapping[str, str]) -> str:
    parts = [f"# {sheet.title}".strip(), sheet.answer] if sheet.title or sheet.answer else []
    for name in SECTIONS:
        if text := sheet.lines.get(name):
            parts.append(f"## {heads[name]}\n{text}")
        elif texts := sheet.lists.get(name):
            parts.append("\n".join([f"## {heads[name]}", *(f"- {one}" for one in texts)]))
        elif name == CASES and sheet.cases:
            parts.append(f"## {heads[name]}")
            parts += [f"### {about}\n{told}" for about, told in sheet.cases]
    return "\n\n".join(filter(None, parts)) + "\n" if parts else ""


def read(text: str, heads: Mapping[str, str]) -> Sheet:
    """What a text says.

    Raises:
        NoSheet: a heading is none of a guide's, stands twice, or something stands under none.
    """
    names = {heading.casefold(): name for name, heading in heads.items()}
    sheet, at, seen = Sheet(), "", set[str]()
    for line in map(str.strip, text.replace("\r\n", "\n").split("\n")):
        if line.startswith("### ") and at == CASES:
            sheet.cases.append((line[4:].strip(), ""))
        elif line.startswith("## "):
            heading = line[3:].strip()
            at = names.get(heading.casefold(), "")
            if not at:
                raise NoSheet("heading", heading)
            if at in seen:
                raise NoSheet("twice", heading)
            seen.add(at)
        elif line in ("##", "###"):
            raise NoSheet("heading", line)
        elif line.partition(" ")[0] == "#" and not at and not sheet.is_titled:
            sheet.title, sheet.is_titled = line[1:].strip(), True
        elif line:
            _take(sheet, at, line)
    return sheet


def _take(sheet: Sheet, at: str, line: str) -> None:
    """Take a line that is no heading."""
    if not at:
        if not sheet.is_titled:
            raise NoSheet("no_title", line[:60])
        sheet.answer = _joined(sheet.answer, line)
    elif at == CASES:
        if not sheet.cases:
            raise NoSheet("no_case", line[:60])
        about, told = sheet.cases[-1]
        sheet.cases[-1] = (about, _joined(told, line))
    elif at in LINES:
        sheet.lines[at] = _joined(sheet.lines.get(at, ""), line)
    else:
        if item := _item(line):
            sheet.lists.setdefault(at, []).append(item)


def _item(line: str) -> str:
    """An item without its dash or number."""
    head, _, rest = line.partition(" ")
    if line in ("-", "*"):
        return ""
    return rest.strip() if head in ("-", "*") or (head.endswith(".") and head[:-1].isdigit()) else line


def _joined(before: str, line: str) -> str:
    """Lines of a paragraph as one; between Chinese characters nothing stands."""
    if not before:
        return line
    return before + (" " if before[-1].isascii() or line[0].isascii() else "") + line


def changed(before: Mapping[Locale, str], after: Mapping[Locale, str], heads: Heads) -> dict[str, Any]:
    """What is to be put into the file, by its field; None: the field goes.

    Raises:
        NoSheet: a text is no guide, or languages have lists of other lengths.
    """
    old = {locale: read(before.get(locale, ""), heads[locale]) for locale in LOCALES}
    new = {locale: read(after.get(locale, ""), heads[locale]) for locale in LOCALES}
    found: dict[str, Any] = {}
    for name, of in _parts():
        was, now = ({locale: of(sheets[locale]) for locale in LOCALES} for sheets in (old, new))
        if was != now:
            found[FIELD.get(name, name)] = _value(name, now)
    return found


def _parts() -> Iterator[tuple[str, Any]]:
    """Each field of a guide, and what of a sheet it is."""
    yield "names", lambda sheet: sheet.title
    yield "answer", lambda sheet: sheet.answer
    for name in LINES:
        yield name, lambda sheet, name=name: sheet.lines.get(name, "")
    for name in (*LISTS, ASKED):
        yield name, lambda sheet, name=name: sheet.lists.get(name, [])
    yield CASES, lambda sheet: sheet.cases


def _value(name: str, said: Mapping[Locale, Any]) -> Any:
    if not any(said.values()):
        return None
    if name == ASKED:
        return {locale: list(said[locale]) for locale in LOCALES}
    if name == CASES:
        rows = _rows(name, said)
        return [
            {"about": _names({k: v[0] for k, v in row.items()}), "said": _names({k: v[1] for k, v in row.items()})}
            for row in rows
        ]
    if name in LISTS:
        return [_names(row) for row in _rows(name, said)]
    return _names(said)


def _rows(name: str, said: Mapping[Locale, Any]) -> list[dict[Locale, Any]]:
    """The items of a list, each in its languages."""
    given = {locale: texts for locale, texts in said.items() if texts}
    if len({len(texts) for texts in given.values()}) > 1 or not {"zh_Hans", "en"} <= set(given):
        raise NoSheet("lengths", name)
    return [{locale: texts[place] for locale, texts in given.items()} for place in range(len(given["en"]))]


def _names(said: Mapping[Locale, str]) -> dict[Locale, str]:
    return {locale: said[locale] for locale in LOCALES if said.get(locale)}
