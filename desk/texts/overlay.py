"""Texts of a folder of one's own, laid over the product's: a language's text said otherwise, or texts of own services.

Both are gettext files at `<locale>/LC_MESSAGES/*.po`. A text that the product has keeps its arguments; one that it has
not is of a service of one's own, whose name its key begins with, and is said in every language.
"""

import shutil
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import write_po

from desk.contract.errors import ConfigurationError
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalog_files import compile_catalogs, forms_of, key_of, placeholders_of, read_catalog

FOLDER = "LC_MESSAGES"
OWN = "~own.po"
"""The file of the texts that the product does not have; the name is none that anybody gives."""


def overlay_texts(product: Path, own: Path, target: Path, services: Collection[str]) -> None:
    """Write the catalogs of both into a folder, compiled.

    Args:
        product: the product's `locales/`.
        own: that of the folder of one's own.
        target: where they are written; it is made.
        services: those of one's own, by name.

    Raises:
        ConfigurationError: a file cannot be read, or says a text as it cannot be said; each with its file and line.
    """
    said = {locale: _texts(sorted((own / locale / FOLDER).glob("*.po")), locale) for locale in LOCALES}
    problems = [f"{path}: it is read by nobody; texts stand at <locale>/{FOLDER}/*.po" for path in _astray(own)]
    for locale in LOCALES:
        folder = target / locale / FOLDER
        folder.mkdir(parents=True)
        left = dict(said[locale])
        for path in sorted((product / locale / FOLDER).glob("*.po")):
            problems += _laid_over(path, left, locale, folder / path.name)
        problems += _new(left, said, services, _keys(target / locale / FOLDER, locale) if left else ())
        if left:
            _write(_catalog(left, locale), folder / OWN)
    if problems:
        raise ConfigurationError(f"{'; '.join(problems)}. Mend them; see docs/how-to/add-cities-of-your-own.md.")
    compile_catalogs(target)


type Texts = Mapping[str, tuple[Path, Message]]
"""Texts by key, each with the file that says it."""


def _texts(paths: Sequence[Path], locale: str) -> dict[str, tuple[Path, Message]]:
    found: dict[str, tuple[Path, Message]] = {}
    for path in paths:
        for message in read_catalog(path, locale):
            if not (key := key_of(message)):
                continue
            if key in found:
                raise ConfigurationError(f"{_at(path, message)}: {key} stands in {found[key][0]}, too. Keep one.")
            found[key] = (path, message)
    return found


def _astray(own: Path) -> list[Path]:
    read = {path for locale in LOCALES for path in (own / locale / FOLDER).glob("*.po")}
    return sorted(set(own.rglob("*.po")) - read)


def _laid_over(path: Path, left: dict[str, tuple[Path, Message]], locale: str, target: Path) -> list[str]:
    """Write one of the product's files with what is said otherwise, which is taken out of `left`; answers faults."""
    text = path.read_text(encoding="utf-8")
    if not any(f'msgid "{key}"' in text for key in left):
        shutil.copyfile(path, target)
        return []
    catalog, problems = read_catalog(path, locale), []
    for message in list(catalog):
        key = key_of(message)
        if key not in left:
            continue
        source, own = left.pop(key)
        fault = _fault(own, message)
        if fault is not None:
            problems.append(f"{_at(source, own)}: {key} {fault}")
            continue
        message.string = own.string
    _write(catalog, target)
    return problems


def _fault(own: Message, below: Message) -> str | None:
    """What is wrong with a text that takes the place of another; None: nothing."""
    if own.fuzzy:
        return "is marked fuzzy"
    if isinstance(own.string, str) != isinstance(below.string, str):
        return "has a plural in one of both"
    if not all(forms_of(own)):
        return "is empty"
    try:
        names, known = placeholders_of(own), placeholders_of(below)
    except ValueError as exc:
        return f"has a malformed placeholder: {exc}"
    if names != known:
        return f"names the arguments {sorted(names)}; those of the text are {sorted(known)}"
    return None


def _new(left: Texts, said: Mapping[Locale, Texts], services: Collection[str], keys: Collection[str]) -> list[str]:
    """Faults of the texts that the product does not have."""
    problems = []
    for key, (path, message) in left.items():
        where = _at(path, message)
        if key.partition(".")[0] not in services:
            near = get_close_matches(key, keys, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            problems.append(f"{where}: the product has no text {key}, nor is it of a service of your own.{hint}")
        missing = [other for other in LOCALES if key not in said[other]]
        if missing:
            problems.append(f"{where}: {key} is not said in {', '.join(missing)}")
    return problems


def _keys(folder: Path, locale: str) -> list[str]:
    return [key_of(message) for path in sorted(folder.glob("*.po")) for message in read_catalog(path, locale)]


def _catalog(texts: Texts, locale: str) -> Catalog:
    catalog = Catalog(locale=locale)
    for key, (_, message) in texts.items():
        catalog[key] = message
    return catalog


def _write(catalog: Catalog, target: Path) -> None:
    written = BytesIO()
    write_po(written, catalog, width=0)
    target.write_bytes(written.getvalue())


def _at(path: Path, message: Message) -> str:
    return f"{path}:{message.lineno or 1}"
