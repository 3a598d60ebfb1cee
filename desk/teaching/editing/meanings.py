"""A new meaning: what residents say to mean it, and what it is called; no service that would do it.

The account understands it and says honestly that it is not offered here, and whom to call (nlu/README.md). Its folder
is called as it is, and what residents read stands in a catalog of its own under `<name>.title`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from desk.contract.commands import COMMANDS, OF_INTENTS
from desk.contract.wire import LOCALES
from desk.teaching.editing import splice
from desk.teaching.editing.corpus import LANGUAGES
from desk.teaching.editing.rows import Finding

TITLE = "title"
LEAST = 3
"""So many lines in each language are a beginning; it is understood well with far more."""
NAME = re.compile(r"([a-z][a-z0-9_]{0,79})/\1")
FILE = 'version: "3.1"\n\nnlu:'
SERVICE = "service.yml"
OTHER = "common"
"""A catalog whose head a new one has."""

type Read = Callable[[str], str | None]
"""Gives a file's text by its path; None: there is none."""


def lines_path(folder: str, language: str) -> str:
    """Where lines of a folder stand."""
    return f"nlu/{folder}/{language}.yml"


def catalog_path(name: str, locale: str) -> str:
    """Where the texts of a subject stand."""
    return f"locales/{locale}/LC_MESSAGES/{name}.po"


def stands(intent: str, text: str | None) -> bool:
    """Whether a file has lines of an intent."""
    return text is not None and f"- intent: {intent}\n" in text


def files_of(name: str, titles: Mapping[str, str], lines: Mapping[str, list[str]], read: Read) -> dict[str, str]:
    """The files of a new meaning.

    Raises:
        NotThere: it can have no such name.
    """
    if taken(name, read):
        raise splice.NotThere(name)
    own = name.partition("/")[0]
    found = {lines_path(own, one): splice.with_lines(FILE, own, said, []) for one, said in lines.items() if said}
    for locale, title in titles.items():
        head = (read(catalog_path(OTHER, locale)) or "").partition("\n\n")[0]
        said = json.dumps(title.strip(), ensure_ascii=False)
        found[catalog_path(own, locale)] = f'{head}\n\nmsgid "{own}.{TITLE}"\nmsgstr {said}\n'
    return found


def taken(name: str, read: Read) -> bool:
    """Whether a new meaning cannot be called so: it is no name twice, or something else is called so."""
    own = name.partition("/")[0]
    there = (*(lines_path(own, one) for one in LANGUAGES), *(catalog_path(own, one) for one in LOCALES))
    is_name = NAME.fullmatch(name) is not None and own not in COMMANDS and own not in OF_INTENTS
    return not is_name or any(read(path) is not None for path in there)


def findings_of(titles: Mapping[str, str], lines: Mapping[str, list[str]]) -> Iterator[Finding]:
    """What a new meaning lacks."""
    yield from (Finding("empty", one, stops=True) for one in LOCALES if not titles.get(one, "").strip())
    for language in LANGUAGES:
        count = len(set(lines.get(language, ())))
        if count < LEAST:
            yield Finding("few", f"{language}: {count}", stops=True)


@lru_cache
def without_service(root: Path) -> tuple[str, ...]:
    """Meanings that a message may begin with and that are no service, by name."""
    folders = [path.parent for path in sorted((root / "nlu").glob(f"*/{LANGUAGES[0]}.yml"))]
    return tuple(
        one.name
        for one in folders
        if one.name not in OF_INTENTS
        and not (one / SERVICE).exists()
        and stands(one.name, (one / f"{LANGUAGES[0]}.yml").read_text(encoding="utf-8"))
    )
