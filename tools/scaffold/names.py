"""Names and titles that are given for something new: may they be had?"""

import keyword
import re
from pathlib import Path

from desk.contract.errors import ConfigurationError
from desk.texts.catalog_files import catalog_keys
from tools.scaffold.lines import trained_intents

SLUG = re.compile(r"[a-z][a-z0-9_]{2,39}")
UNSPEAKABLE = re.compile(r"[\"\\{}\[\]:#\n]")
"""What a name may not hold: it stands in YAML and in texts with arguments."""


def check_slug(name: str) -> None:
    """Refuse what is no slug.

    Raises:
        ConfigurationError: it is none.
    """
    if not SLUG.fullmatch(name) or keyword.iskeyword(name):
        raise ConfigurationError(
            f"{name!r} cannot be a name. Take 3 to 40 of a-z, 0-9 and _, a letter first: driving_test."
        )


def check_words(**named: str) -> None:
    """Refuse words that are empty or cannot stand in a file.

    Raises:
        ConfigurationError: one is such.
    """
    for option, words in named.items():
        shown = option.replace("_", "-")
        if not words.strip() or UNSPEAKABLE.search(words):
            raise ConfigurationError(f'--{shown} {words!r}: give a name without " \\ {{ }} [ ] : # and line ends.')


def check_free_service(root: Path, name: str) -> None:
    """Refuse a service that there is, or whose name means something else already.

    Raises:
        ConfigurationError: the name is taken.
    """
    taken = None
    if (root / "nlu" / name).exists():
        taken = f"there is nlu/{name}/"
    elif (root / "actions" / "services" / name).exists():
        taken = f"there is actions/services/{name}"
    elif name in trained_intents(root / "nlu"):
        taken = "residents' sentences are understood as it (nlu/)"
    elif any(key.partition(".")[0] == name for key in catalog_keys(root / "locales")):
        taken = f"the catalogs have texts {name}.… (locales/)"
    if taken is not None:
        raise ConfigurationError(f"{name} exists: {taken}. Choose another name.")


def check_free_city(root: Path, slug: str) -> None:
    """Refuse a city that there is.

    Raises:
        ConfigurationError: the slug is taken.
    """
    for path in (root / "cities" / f"{slug}.yml", root / "cities" / slug, root / "sandbox" / "data" / slug):
        if path.exists():
            raise ConfigurationError(f"{slug} exists: there is {path.relative_to(root)}. Choose another name.")
