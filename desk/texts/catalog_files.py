"""The files of the catalogs: read, compiled and checked.

A language's catalog is all of `<folder>/<locale>/LC_MESSAGES/*.po` together, a file a service or part of the product
(gettext; the msgid is the key, placeholders are `{name}`), compiled to one `citydesk.mo` beside them.
"""

import gettext
import hashlib
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

from desk.contract.errors import ConfigurationError, StartError
from desk.contract.wire import LOCALES, Locale

if TYPE_CHECKING:  # whoever only names a text reads no catalog
    from babel.messages.catalog import Catalog, Message

DOMAIN = "citydesk"
KEY = re.compile(r'^msgid "(.+)"$', re.MULTILINE)
MADE_OF = "project-id-version"
"""The header of a compiled catalog that says of which sources it was made: reading those again takes a second."""
MARK = "@"
"""Between the key of a text and the manner that it is said in otherwise."""


def compile_catalogs(folder: Path) -> list[Path]:
    """Compile every language's catalog of a folder; returns the files written.

    Raises:
        ConfigurationError: a catalog is absent or cannot be read.
    """
    from babel.messages.mofile import write_mo

    written = []
    for locale in LOCALES:
        catalog, target = _read_sources(folder, locale), _mo(folder, locale)
        fresh = target.with_suffix(f".mo.{os.getpid()}")  # others may compile the same at the same time
        try:
            with fresh.open("wb") as file:
                write_mo(file, catalog)
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
        written.append(target)
    return written


def catalog_keys(folder: Path) -> frozenset[str]:
    """All keys of the sources, of any language.

    Raises:
        ConfigurationError: a catalog is absent or cannot be read.
    """
    return frozenset().union(*(_messages(_read_sources(folder, locale)) for locale in LOCALES))


def catalog_problems(folder: Path) -> list[str]:
    """List what is wrong in the sources: texts missing, empty or fuzzy in a language, placeholders malformed or unlike.

    Raises:
        ConfigurationError: a catalog is absent or cannot be read.
    """
    catalogs = {locale: _read_sources(folder, locale) for locale in LOCALES}
    spoken = {locale: _messages(catalog) for locale, catalog in catalogs.items()}
    problems = [
        f"{locale}: {message.id} is marked fuzzy"
        for locale, catalog in catalogs.items()
        for message in catalog
        if message.fuzzy and message.id
    ]
    for key in sorted(frozenset().union(*spoken.values())):
        placeholders: dict[Locale, set[str]] = {}
        for locale in LOCALES:
            forms = spoken[locale].get(key, ())
            if not forms or not all(forms):
                problems.append(f"{locale}: {key} is missing")
                continue
            try:
                placeholders[locale] = set().union(*(_placeholders(form) for form in forms))
            except ValueError as exc:
                problems.append(f"{locale}: {key} has a malformed placeholder: {exc}")
        standard, _, manner = key.partition(MARK)
        if manner and standard not in spoken["zh_Hans"]:
            problems.append(f"{key} is another manner of a text that there is not")
        if len({frozenset(names) for names in placeholders.values()}) > 1:
            seen = ", ".join(f"{locale} {sorted(names)}" for locale, names in placeholders.items())
            problems.append(f"{key}: the languages name different arguments: {seen}")
    return problems


def _placeholders(sentence: str) -> set[str]:
    names = set()
    for _, name, spec, conversion in Formatter().parse(sentence):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"{{{name}}} must be a plain name")
        names.add(name)
    return names


def load_compiled(folder: Path, locale: Locale) -> tuple[gettext.GNUTranslations, frozenset[str]]:
    """Load a language's compiled catalog and its keys.

    Raises:
        StartError: it is not compiled, or its source has changed since.
        ConfigurationError: its source cannot be read.
    """
    compiled = _mo(folder, locale)
    mend = "Compile the catalogs: make setup"
    if not compiled.exists():
        raise StartError(f"The catalog {compiled} is not compiled. {mend}")
    with compiled.open("rb") as file:
        translations = gettext.GNUTranslations(file)
    spoken, sources = _spoken(_read_mo(compiled)), _sources(folder, locale)
    is_fresh = not sources or translations.info().get(MADE_OF) == f"{DOMAIN} {_digest(sources)}"
    if not is_fresh and _spoken(_read_sources(folder, locale)) != spoken:
        raise StartError(f"The catalog {compiled} is not what its sources say now. {mend}")
    return translations, frozenset(spoken)


def _mo(folder: Path, locale: str) -> Path:
    return folder / locale / "LC_MESSAGES" / f"{DOMAIN}.mo"


def _sources(folder: Path, locale: str) -> list[Path]:
    return sorted((folder / locale / "LC_MESSAGES").glob("*.po"))


def _digest(sources: Sequence[Path]) -> str:
    """What changes with every byte of some files."""
    return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sources)).hexdigest()


def _read_sources(folder: Path, locale: str) -> "Catalog":
    """All files of a language as one catalog; a key stands in one of them."""
    from babel.messages.catalog import Catalog

    sources, found_in = _sources(folder, locale), dict[str, str]()
    if not sources:
        raise ConfigurationError(f"There is no catalog in {folder / locale}. Each language of LOCALES needs one.")
    together = Catalog(locale=locale, project=DOMAIN, version=_digest(sources))
    for path in sources:
        for message in read_catalog(path, locale):
            key = key_of(message)
            if not key:
                continue
            if key in found_in:
                raise ConfigurationError(f"{locale}: {key} stands in {found_in[key]} and in {path.name}. Keep one.")
            found_in[key] = path.name
            together[key] = message
    return together


def read_catalog(path: Path, locale: str) -> "Catalog":
    """Read one file of a language.

    Raises:
        ConfigurationError: it cannot be read, or says a text twice.
    """
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            catalog = read_po(file, locale=locale, abort_invalid=True)
        source = path.read_text(encoding="utf-8")
        if any("\0" in str(part) for message in catalog for part in (message.id, message.string)) or "\0" in source:
            raise ValueError("a text holds a zero byte")  # a compiled catalog is cut there
        keys = Counter(KEY.findall(source))
    except (PoFileError, ValueError, LookupError) as exc:  # of its header: an encoding, a number of plurals, a date
        raise ConfigurationError(f"{path} cannot be read: {exc}. Mend the file.") from exc
    twice = [key for key, times in keys.items() if times > 1]  # of which read_po keeps the last
    if twice:
        raise ConfigurationError(f"{locale}: {', '.join(twice)} stands twice in {path.name}. Keep one.")
    return catalog


def _read_mo(path: Path) -> "Catalog":
    from babel.messages.mofile import read_mo

    with path.open("rb") as file:
        return read_mo(file)


def _messages(catalog: "Catalog") -> Mapping[str, tuple[str, ...]]:
    """All forms of every text by its key, without the header and without fuzzy entries."""
    found: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        key = key_of(message)
        if key and not message.fuzzy:
            found[key] = forms_of(message)
    return found


def key_of(message: "Message") -> str:
    """The key of a text; empty: it is a file's header."""
    return str(message.id if isinstance(message.id, str) else message.id[0])


def placeholders_of(message: "Message") -> set[str]:
    """The arguments that a text names. Raises ValueError: one is malformed."""
    return set[str]().union(*(_placeholders(form) for form in forms_of(message)))


def forms_of(message: "Message") -> tuple[str, ...]:
    """What a text says, for one and for several where that differs; nothing where it is empty."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _spoken(catalog: "Catalog") -> Mapping[str, tuple[str, ...]]:
    """As `_messages`, without the texts that are empty: those are not compiled."""
    return {key: forms for key, forms in _messages(catalog).items() if any(forms)}
