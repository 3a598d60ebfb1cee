"""The project's files as staff edit them: an entry by entry as a form has it, and the files as they are after a change.

Nothing is written here. What is read of the root may be laid over by what other changes make of it, so that several
follow one another.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.pofile import read_po
from pydantic import ValidationError

from desk.city.facts import FILE as FACTS
from desk.city.facts import Fact, FactFile
from desk.city.files import City
from desk.city.guides import FOLDER as GUIDES
from desk.city.guides import Guide, guide_problems
from desk.city.yaml_files import NotYaml, parse_yaml, read_yaml
from desk.contract.wire import LOCALES, Locale
from desk.teaching.editing import meanings, sheets, splice
from desk.teaching.editing.corpus import LANGUAGES, Corpus
from desk.teaching.editing.own_values import NoValue, plain_of, with_values
from desk.teaching.editing.rows import Finding, Kind
from desk.teaching.editing.sheets import Heads, NoSheet
from desk.teaching.hiding import hidden
from desk.texts.catalog_files import KEY
from desk.texts.masking import masked

HEAD = ("life_event", "agency", "service", "link", "dated", "until")
"""Fields of a guide beside its texts."""
DAYS = frozenset({"dated", "until"})
OF_FACT = ("part", "sources", "call")
NAMED, MADE = ("about", "said"), "asked"
ADD, DROP = "add", "drop"
LOCALES_FOLDER = "locales"
SLUG = r"[a-z][a-z0-9_]{0,79}"
NAMES: Mapping[Kind, re.Pattern[str]] = {
    Kind.GUIDE: re.compile(SLUG),
    Kind.FACT: re.compile(f"{SLUG}/{SLUG}"),
    Kind.LINES: re.compile(f"{SLUG}/{SLUG}"),
    Kind.TEXT: re.compile(r"[a-z0-9_.@]{1,120}"),
}
"""How entries are called."""
HIDDEN = "****"  # what masking leaves


class Keys:
    """Where texts stand."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @cached_property
    def paths(self) -> dict[Locale, dict[str, str]]:
        """In which file each key of a language stands."""
        found: dict[Locale, dict[str, str]] = {locale: {} for locale in LOCALES}
        for locale, keys in found.items():
            for path in sorted((self._root / LOCALES_FOLDER / locale / "LC_MESSAGES").glob("*.po")):
                where = path.relative_to(self._root).as_posix()
                keys.update(dict.fromkeys(KEY.findall(path.read_text(encoding="utf-8")), where))
        return found


@dataclass
class Library:
    """The files of a root.

    Attributes:
        cities: by slug, as they are served.
        heads: what the sections of a guide are called.
        published: telephones that everybody may know.
        suspects: the file of lines that are probably mislabelled; None: nobody has looked.
        over: files as they are after other changes, by their path in the root.
    """

    root: Path
    cities: Mapping[str, City]
    heads: Heads
    published: frozenset[str] = frozenset()
    suspects: Path | None = None
    over: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.corpus = Corpus(self.root, self.suspects)
        self._keys = Keys(self.root)

    def after(self) -> "Library":
        """The same files, over which other changes may be laid; what was read of them is read once."""
        found = copy.copy(self)
        found.over = dict(self.over)
        return found

    def warm(self) -> None:
        """Read what takes some seconds to read, once."""
        _ = self.corpus.lines, self.corpus.held_out, self.corpus.scarce, self.corpus.contradictions, self._keys.paths

    def text(self, path: str) -> str | None:
        """A file's text; None: there is none."""
        if path in self.over:
            return self.over[path]
        file = self.root / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    def names(self, kind: Kind) -> list[str]:
        """What there is of a kind, by name."""
        match kind:
            case Kind.GUIDE:
                return sorted(path.stem for path in (self.root / GUIDES).glob("*.yml"))
            case Kind.FACT:
                files = sorted((self.root / "nlu").glob(f"*/{FACTS}"))
                facts = {path.parent.name: read_yaml(path)["facts"] for path in files}
                return [f"{folder}/{name}" for folder, of in facts.items() for name in of]
            case Kind.LINES:
                return sorted({f"{one.folder}/{one.intent}" for one in self.corpus.lines})
            case Kind.TEXT:
                return sorted(self._keys.paths["en"])

    def agency_of(self, kind: Kind, name: str, fields: Mapping[str, str]) -> str | None:
        """The agency whose entry it is; None: it is of no single one."""
        return (fields.get("agency") or self.fields(kind, name).get("agency") or None) if kind is Kind.GUIDE else None

    def fields(self, kind: Kind, name: str) -> dict[str, str]:
        """An entry as a form has it; of one that there is not, nothing."""
        if not is_name(kind, name):
            return {}
        match kind:
            case Kind.GUIDE:
                return self._guide(name)
            case Kind.FACT:
                return self._fact(name)
            case Kind.TEXT:
                return {locale: said for locale in LOCALES if (said := self._message(name, locale)) is not None}
            case Kind.LINES:
                return {}

    def _guide(self, name: str) -> dict[str, str]:
        text = self.text(f"{GUIDES}/{name}.yml")
        if text is None:
            return {}
        guide = Guide.model_validate(parse_yaml(text))
        told = {one: str(said) for one in HEAD if (said := getattr(guide, one)) is not None}
        texts = sheets.written(guide, self.heads)
        return told | {str(locale): said for locale, said in texts.items()}

    def _fact(self, name: str) -> dict[str, str]:
        folder, _, own = name.partition("/")
        text = self.text(f"nlu/{folder}/{FACTS}")
        facts = {} if text is None else FactFile.model_validate(parse_yaml(text)).facts
        if own not in facts:
            return {}
        return _fact_fields(facts[own])

    def _message(self, key: str, locale: Locale) -> str | None:
        path = self._keys.paths.get(locale, {}).get(key)
        if path is None or (text := self.text(path)) is None:
            return None
        catalog = read_po([line.encode() for line in text.splitlines(keepends=True)])
        found = catalog.get(key)
        return found.string if found is not None and isinstance(found.string, str) else None

    def files(self, kind: Kind, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
        """The files that a change makes otherwise, as they are then.

        Raises:
            NoSheet, NotThere, NoValue, ValidationError, ValueError: it cannot be made.
        """
        if not is_name(kind, name):
            raise splice.NotThere(name)
        match kind:
            case Kind.GUIDE:
                return self._guide_file(name, before, after)
            case Kind.FACT:
                return self._fact_file(name, after)
            case Kind.TEXT:
                return self._message_files(name, after)
            case Kind.LINES:
                return self._line_files(name, after)

    def _guide_file(self, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
        path, locales = f"{GUIDES}/{name}.yml", [one for one in LOCALES if one in after]
        now = self._guide(name)
        old = {one: now.get(one, before.get(one, "")) for one in LOCALES}
        values = sheets.changed(old, {**old, **{one: after[one] for one in locales}}, self.heads)
        for one in HEAD:
            if one in after:
                values[one] = _head(one, after[one].strip())
        text = self.text(path)
        if text is None:
            ordered = sorted(values, key=lambda one: GUIDE_ORDER.index(one))
            text = "\n".join(splice.pair(one, values[one]) for one in ordered if values[one] is not None) + "\n"
        else:
            for one, value in values.items():
                text = splice.put(text, (one,), value)
        Guide.model_validate(parse_yaml(text))
        return {path: text}

    def _fact_file(self, name: str, after: Mapping[str, str]) -> dict[str, str]:
        folder, _, own = name.partition("/")
        path = f"nlu/{folder}/{FACTS}"
        text = self.text(path)
        if text is None:
            raise splice.NotThere(path)
        is_new = own not in parse_yaml(text)["facts"]
        values = _fact_values({**self._fact(name), **after} if is_new else after)
        if is_new:
            whole: dict[str, Any] = {}
            for (one, *inner), value in values.items():
                if value is not None:
                    (whole.setdefault(one, {}) if inner else whole)[inner[0] if inner else one] = value
            text = splice.put(text, ("facts", own), whole)
        else:
            for way, value in values.items():
                text = splice.put(text, ("facts", own, *way), value)
        FactFile.model_validate(parse_yaml(text))
        return {path: text}

    def _message_files(self, key: str, after: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for locale in LOCALES:
            if locale in after:
                path = self._keys.paths[locale].get(key)
                text = None if path is None else self.text(path)
                if path is None or text is None:
                    raise splice.NotThere(key)
                found[path] = splice.with_message(text, key, after[locale].replace("\r\n", "\n").strip())
        return found

    def _line_files(self, name: str, after: Mapping[str, str]) -> dict[str, str]:
        folder, _, intent = name.partition("/")
        if not self.is_meant(name):
            added_by = {one: [with_values(line) for line in lines_of(after, ADD, one)] for one in LANGUAGES}
            return meanings.files_of(name, titles_of(after), added_by, self.text)
        found = {}
        for language in LANGUAGES:
            added = [with_values(one) for one in lines_of(after, ADD, language)]
            dropped = lines_of(after, DROP, language)
            path = meanings.lines_path(folder, language)
            if added or dropped:
                text = self.text(path)
                if text is None:
                    raise splice.NotThere(path)
                found[path] = splice.with_lines(text, intent, added, dropped)
        return found

    def is_meant(self, name: str) -> bool:
        """Whether there are lines of a meaning, by folder and intent; also those that another change brings."""
        folder, _, intent = name.partition("/")
        paths = (meanings.lines_path(folder, one) for one in LANGUAGES)
        return any(one.intent == intent for one in self.corpus.lines) or any(
            meanings.stands(intent, self.over.get(path)) for path in paths
        )

    def has(self, kind: Kind, name: str, after: Mapping[str, str]) -> bool:
        """Whether the files say what a change says."""
        if kind is Kind.LINES:
            return self.has_lines(name, after)
        now = self.fields(kind, name)
        return bool(now) and all(now.get(one, "").strip() == said.strip() for one, said in after.items())

    def has_lines(self, name: str, after: Mapping[str, str]) -> bool:
        """Whether the files have the lines that a change adds, not those that it drops, and what it is called."""
        folder, _, intent = name.partition("/")
        called: dict[str, str | None] = {one: self._message(f"{intent}.{meanings.TITLE}", one) for one in LOCALES}
        if any(called[locale] != title for locale, title in titles_of(after).items()):
            return False
        own = {(one.language, one.text) for one in self.corpus.lines if (one.folder, one.intent) == (folder, intent)}
        return all(
            ((language, with_values(one) if what == ADD else one) in own) is (what == ADD)
            for what in (ADD, DROP)
            for language in LANGUAGES
            for one in lines_of(after, what, language)
        )

    def findings(self, kind: Kind, name: str, after: Mapping[str, str], today: date) -> list[Finding]:
        """What is to be said of a change before it is proposed, what stops it first."""
        found = [*self._made(kind, name, after), *_personal(kind, after, self.published)]
        match kind:
            case Kind.GUIDE if not found:
                found += self._of_guide(name, after, today)
            case Kind.TEXT:
                found += _of_message(self.fields(kind, name), after)
            case Kind.LINES:
                found += self._of_lines(name, after)
        return sorted(found, key=lambda one: not one.stops)

    def _made(self, kind: Kind, name: str, after: Mapping[str, str]) -> Iterator[Finding]:
        """Why no file can be made of it."""
        if not is_name(kind, name):
            yield Finding("name", name, stops=True)
            return
        before = self.fields(kind, name)
        try:
            if kind is Kind.TEXT and not before:
                raise splice.NotThere(name)
            files = self.files(kind, name, before, after)
            if all(self.text(path) == text for path, text in files.items()):
                yield Finding("nothing", stops=True)
        except NoSheet as exc:
            yield Finding(f"sheet_{exc.why}", exc.what, stops=True)
        except NoValue as exc:
            yield Finding("no_value", str(exc), stops=True)
        except splice.NotThere as exc:
            is_its_name = kind is Kind.LINES and str(exc) == name
            yield Finding("name" if is_its_name else "not_there", str(exc), stops=True)
        except ValidationError as exc:
            for one in exc.errors()[:5]:
                yield Finding("schema", f"{'.'.join(map(str, one['loc']))}: {one['msg']}", stops=True)
        except (NotYaml, ValueError) as exc:
            yield Finding("schema", str(exc)[:200], stops=True)

    def _of_guide(self, name: str, after: Mapping[str, str], today: date) -> Iterator[Finding]:
        [text] = self.files(Kind.GUIDE, name, self.fields(Kind.GUIDE, name), after).values()
        guide = Guide.model_validate(parse_yaml(text))
        for problem in guide_problems({name: guide}, self.cities, today):
            yield Finding("problem", problem.partition(": ")[2], stops=True)
        if guide.dated < today and {*LOCALES} & set(after):
            yield Finding("old_day", guide.dated.isoformat())
        if guide.until is not None and guide.until < guide.dated:
            yield Finding("until", guide.until.isoformat(), stops=True)

    def _of_lines(self, name: str, after: Mapping[str, str]) -> Iterator[Finding]:
        intent = name.partition("/")[2]
        if not self.is_meant(name):
            added_by = {one: lines_of(after, ADD, one) for one in LANGUAGES}
            yield from meanings.findings_of(titles_of(after), added_by)
        for language in LANGUAGES:
            added = lines_of(after, ADD, language)
            if len(set(added)) < len(added):
                yield Finding("twice", intent, stops=True)
            for one in added:
                yield from self.corpus.looked_at(plain_of(one), intent)
        yield from (
            Finding("scarce", f"{one.language}: {one.lines}")
            for one in self.corpus.scarce
            if one.intent == intent and not lines_of(after, ADD, one.language)
        )


def is_name(kind: Kind, name: str) -> bool:
    """Whether an entry may be called so: it becomes part of a path."""
    return NAMES[kind].fullmatch(name) is not None


def lines_of(fields: Mapping[str, str], what: str, language: str) -> list[str]:
    """The lines that a form adds or drops in a language."""
    return [one.strip() for one in fields.get(f"{what}_{language}", "").splitlines() if one.strip()]


def titles_of(fields: Mapping[str, str]) -> dict[str, str]:
    """What a form calls a new meaning, by language."""
    return {one: fields[key].strip() for one in LOCALES if (key := f"{meanings.TITLE}_{one}") in fields}


GUIDE_ORDER = (
    "names", "life_event", "agency", "responsible", "service", "for", "not_for", "asked", "answer", "who", "papers",
    "steps", "place", "fee", "days", "cases", "notes", "link", "sources", "dated", "until",
)  # fmt: skip
"""The order in which a new guide's fields stand."""


def _head(name: str, said: str) -> Any:
    if not said:
        return None
    return date.fromisoformat(said) if name in DAYS else said


def _fact_fields(fact: Fact) -> dict[str, str]:
    found = {"part": str(fact.part), "sources": " ".join(fact.sources), "call": "yes" if fact.call else ""}
    for name in NAMED:
        names = getattr(fact, name).model_dump()
        found |= {f"{name}_{locale}": names[locale] for locale in LOCALES if names[locale]}
    return found | {f"{MADE}_{locale}": "\n".join(getattr(fact.asked, locale)) for locale in LOCALES}


def _fact_values(after: Mapping[str, str]) -> dict[tuple[str, ...], Any]:
    """What a form makes of a fact, by the way to it in its file; None: it goes."""
    found: dict[tuple[str, ...], Any] = {}
    if "part" in after:
        found["part",] = after["part"]
    for locale in LOCALES:
        for name in NAMED:
            if (key := f"{name}_{locale}") in after:
                found[name, locale] = " ".join(after[key].split()) or None
        if (key := f"{MADE}_{locale}") in after:
            found[MADE, locale] = [one.strip() for one in after[key].splitlines() if one.strip()]
    if "sources" in after:
        found["sources",] = after["sources"].split()
    if "call" in after:
        found["call",] = True if after["call"] == "yes" else None
    return found


def _of_message(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Finding]:
    """What is wrong with the arguments of a text: no language names others than the text had."""
    wanted = _arguments(next(iter(before.values()), ""))
    for locale, said in after.items():
        named = _arguments(said)
        if named is None:
            yield Finding("arguments", f"{locale}: {said[:60]}", stops=True)
        elif wanted is not None and named != wanted:
            apart = ", ".join(f"{{{one}}}" for one in sorted(named ^ wanted))
            yield Finding("arguments", f"{locale}: {apart}", stops=True)
        if not said.strip():
            yield Finding("empty", locale, stops=True)


def _arguments(said: str) -> frozenset[str] | None:
    """The arguments that a text names; None: a brace is not as it must be."""
    try:
        return frozenset(name for _, name, _, _ in Formatter().parse(said) if name is not None)
    except ValueError:
        return None


def _personal(kind: Kind, after: Mapping[str, str], published: frozenset[str]) -> Iterator[Finding]:
    """What holds a number that may be somebody's; in lines, where values are invented, they stand as names of types."""
    for name, said in after.items():
        if name in HEAD or name.startswith(DROP):
            continue
        for line in said.splitlines():
            plain = plain_of(line)
            clean = hidden(plain) if kind is Kind.LINES else masked(plain, published)
            if clean != plain and HIDDEN not in plain:
                yield Finding("personal", f"{name}: {clean[:60]}", stops=True)
