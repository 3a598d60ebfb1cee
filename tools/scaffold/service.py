"""A new service of a kind: its file, words, texts, conversations; in a city, its entry and its pretend agency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from actions.schema import FormService, Service, load_service
from actions.schema.loading import parsed_service
from desk.city.files import City, load_cities, load_city
from desk.city.holidays import load_calendar
from desk.contract.errors import ConfigurationError
from desk.contract.wire import LOCALES
from desk.texts.catalog_files import catalog_keys, compile_catalogs
from tools.scaffold.guide import check_guide, guide_words
from tools.scaffold.lines import LANGUAGES, check_lines, unmarked, written
from tools.scaffold.names import check_free_service, check_slug, check_words
from tools.scaffold.sections import with_entry
from tools.scaffold.staging import Staging
from tools.scaffold.templates import filled, kinds
from tools.scaffold.texts import catalog, in_all
from values.lexicon import lexicon

CANCEL: Mapping[str, str] = lexicon(__file__).by_name("cancel")


@dataclass(frozen=True)
class NewService:
    """What is said of a new service. `said` are lines of residents by language; `agency` is a slug of the city's."""

    name: str
    kind: str
    title_zh: str
    title_en: str
    said: Mapping[str, list[str]]
    title_hant: str | None = None
    city: str | None = None
    agency: str | None = None


@dataclass
class _Making:
    """One service in the making."""

    root: Path
    new: NewService
    agency: str | None = None  # slug of who is responsible, where that is known
    staging: Staging = field(init=False)
    keys: frozenset[str] = frozenset()  # of all catalogs, with those of the service

    def __post_init__(self) -> None:
        self.staging = Staging(self.root)

    @property
    def words(self) -> dict[str, Any]:
        """What templates are filled with, whatever the city."""
        new = self.new
        title = {"zh_Hans": new.title_zh, "en": new.title_en}
        return {
            "name": new.name,
            "title": title | ({"zh_Hant": new.title_hant} if new.title_hant else {}),
            "class_name": "".join(part.capitalize() for part in new.name.split("_")),
        } | self.more

    @cached_property
    def more(self) -> dict[str, Any]:
        """What templates of this kind alone are filled with."""
        return guide_words(self.root, dict(self.new.said), self.agency) if self.new.kind == "guide" else {}

    def declared(self) -> Service:
        """Put the service's file and its package; gives the service that it declares."""
        templates = dict(filled(f"kinds/{self.new.kind}", self.words | OF_NO_CITY))
        self.staging.put(f"nlu/{self.new.name}/service.yml", templates["service.yml"])
        for path, text in templates.items():
            if path.startswith("package/"):
                self.staging.put(f"actions/services/{self.new.name}/{path.removeprefix('package/')}", text)
            if path.startswith("guides/"):
                self.staging.put(f"guides/{self.new.name}.yml", text)
        self._put_texts(yaml.safe_load(templates["texts.yml"]))
        return parsed_service(templates["service.yml"], self.new.name)

    def _put_texts(self, given: dict[str, Any]) -> None:
        known = catalog_keys(self.root / "locales")
        texts = {"title": self.words["title"]} | given
        keyed = {key if "." in key else f"{self.new.name}.{key}": forms for key, forms in texts.items()}
        said = in_all({key: forms for key, forms in keyed.items() if key not in known})
        for locale in LOCALES:
            path = f"locales/{locale}/LC_MESSAGES/{self.new.name}.po"
            self.staging.put(path, catalog(locale, said[locale]))
        self.keys = known | {key for texts in said.values() for key in texts}

    def put_lines(self) -> None:
        for language in LANGUAGES:
            self.staging.put(f"nlu/{self.new.name}/{language}.yml", written(self.new.name, self.new.said[language]))

    def put_offer(self, city: City, agency: str) -> None:
        """Put the city's entry, and what its sandbox needs of it."""
        words = self.words | {
            "city": city.slug,
            "agency": city.agency(agency).names.model_dump(),
            "phone": city.agency(agency).phone,
        }
        templates = dict(filled(f"kinds/{self.new.kind}", words))
        entry = self._entry(city, yaml.safe_load(templates["offered.yml"]))
        path = f"cities/{city.slug}.yml"
        dumped = yaml.safe_dump({"agency": agency, **entry}, allow_unicode=True, sort_keys=False)
        self.staging.put(path, with_entry(self.staging.text(path) or "", "services", self.new.name, dumped, file=path))
        for name, text in templates.items():
            if name.startswith("sandbox/"):
                self._put_pretend(f"sandbox/data/{city.slug}/{name.removeprefix('sandbox/')}", text)

    def _entry(self, city: City, made: dict[str, Any]) -> dict[str, Any]:
        """The entry; an address that another service of the city has already comes with its key and settings."""
        parts: dict[str, dict[str, Any]] = {name: dict(made.get(name, {})) for name in ("key_env", "settings")}
        for offered in city.services.values():
            same = [name for name, address in made["endpoints"].items() if offered.endpoints.get(name) == address]
            for part, held in (("key_env", offered.key_env), ("settings", offered.settings)):
                parts[part] |= {name: held[name] for name in same if name in held}
        return {part: held for part, held in {**made, **parts}.items() if held}

    def _put_pretend(self, path: str, text: str) -> None:
        """An agency of the service's own is an entry below `services`; one that several services share is a file."""
        there = self.staging.text(path)
        if self.new.kind in OWN_AGENCY:
            self.staging.put(path, with_entry(there or "services:\n", "services", self.new.name, text, file=path))
        elif there is None:
            self.staging.put(path, text)

    def put_conversations(self, service: Service) -> None:
        """One a language: the wish, then what is asked first, then given up."""
        first = service.fields[0].entity if isinstance(service, FormService) else None
        talks = []
        for locale in LOCALES:
            asked: dict[str, Any] = {"service": None, "asks_for": None}
            turns = [{"say": unmarked(self.new.said[locale][0]), "expect": asked}]
            if first is not None and self.new.city is not None:
                asked.update(service=self.new.name, asks_for=first)
                turns.append({"say": CANCEL[locale], "expect": {"service": None, "asks_for": None}})
            place = {"city": self.new.city} if self.new.city is not None else {}
            shows = {"shows": ["cancel"]} if len(turns) > 1 else {}
            talks.append({"id": f"{locale} begins", **place, "locale": locale, **shows, "turns": turns})
        head = "# See docs/reference/conversation-files.md. A beginning: add what residents really say.\n\n"
        dumped = yaml.safe_dump({"conversations": talks}, allow_unicode=True, sort_keys=False)
        self.staging.put(f"nlu/{self.new.name}/tests/conversations.yml", head + dumped)

    def check(self, staged: Path) -> None:
        """What would be wrong with the files when they are in their places."""
        missing = sorted(load_service(staged / "nlu" / self.new.name / "service.yml").texts(self.new.name) - self.keys)
        if missing:
            raise ConfigurationError(f"The templates of {self.new.kind} have no text for {', '.join(missing)}.")
        if self.new.kind == "guide":
            check_guide(self.root, staged, self.new.name)
        if self.new.city is not None:
            load_city(staged / "cities" / f"{self.new.city}.yml", load_calendar(self.root / "cities"))


OF_NO_CITY: dict[str, object] = {"city": "", "agency": {"zh_Hans": "", "en": ""}, "phone": ""}
"""Stands in templates whose text for a city is not wanted."""
OWN_AGENCY = frozenset({"appointment", "application", "bill", "record"})
"""Kinds whose pretend agencies are by service; others share the city's."""


def make_service(root: Path, new: NewService) -> tuple[list[Path], list[Path]]:
    """Write a service; the paths that are new, and those that are changed.

    Raises:
        ConfigurationError: a name is taken or wrong, lines are too few or said already; nothing is written then.
    """
    if new.kind not in kinds():
        raise ConfigurationError(f"There is no kind {new.kind!r}; there are {', '.join(kinds())}.")
    check_slug(new.name)
    check_words(
        title_zh=new.title_zh, title_en=new.title_en, **({"title_hant": new.title_hant} if new.title_hant else {})
    )
    check_free_service(root, new.name)
    check_lines(root / "nlu", new.said)
    city = None if new.city is None else _city(root, new.city)
    making = _Making(root, new, new.agency if city is None else _agency(city, new.agency))
    service = making.declared()
    making.put_lines()
    making.put_conversations(service)
    if city is not None and making.agency is not None:
        making.put_offer(city, making.agency)
    return making.staging.commit(making.check, lambda: compile_catalogs(root / "locales"))


def _city(root: Path, slug: str) -> City:
    cities = load_cities(root / "cities")
    if slug not in cities:
        raise ConfigurationError(f"There is no city {slug!r}; there are {', '.join(cities)}.")
    return cities[slug]


def _agency(city: City, slug: str | None) -> str:
    """The agency that is named, else the city's first."""
    known = [agency.slug for agency in city.agencies]
    if slug is not None and slug not in known:
        raise ConfigurationError(f"{city.slug} has no agency {slug!r}; it has {', '.join(known)}.")
    return slug or known[0]
