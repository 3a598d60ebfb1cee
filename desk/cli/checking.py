"""What `desk check` looks at: the files that make a city, and the database, where there is one."""

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import DBAPIError, OperationalError

from actions.dialogue.answers.offer import Offer
from actions.schema import FormService, load_services, require_bookings
from actions.schema.lines import line_problems, load_lines
from desk.app.channels import channels_of
from desk.app.layering import summary
from desk.app.runtime import Runtime, now, runtime, settings
from desk.app.settings import Settings
from desk.audit.keeping import oldest
from desk.city.asking import load_asking
from desk.city.current import current_problems, load_current
from desk.city.directory import directory_problems, load_directory
from desk.city.facts import fact_problems, gaps, load_facts
from desk.city.files import City, load_city
from desk.city.guides import FOLDER, guide_problems, guides_by_city, load_guides
from desk.city.keywords import load_keywords
from desk.city.suggested import load_suggested, suggested_problems
from desk.city.topics import load_topics
from desk.cli.held_files import BRING_UP, NO_SCHEMA, held_files
from desk.cli.report import CheckResult, looked
from desk.contract.errors import ConfigurationError, StartError
from desk.http.reach import is_loopback
from desk.safety.kinds import kind_problems, load_kinds, load_unanswered
from desk.safety.signs import is_stale, load_signs
from desk.store.database import create_engine, lacks_schema
from desk.store.migrations import pending
from desk.texts.catalogs import Catalogs, catalog_problems
from desk.web.access import networks
from desk.web.greeting import greeting
from desk.web.offered import service_lines
from desk.web.parts import words_of

SHOWN = 12  # addresses that are named
LATE = timedelta(days=2)
"""So long after its time what is old may be here: whole days go, each hour."""
NOT_EXPORTED = (
    "They are kept since they cannot be exported: have the worker write to DESK_AUDIT_DIR; audit_not_exported in its"
    " log says why not."
)


def findings() -> Iterator[CheckResult]:
    """Look at everything, one thing after the other."""
    settings()  # a wrong setting is no finding: nothing can be looked at
    try:
        at = runtime()
    except ConfigurationError as error:
        yield CheckResult("files", "not well", str(error))
        return
    yield from _findings(at)


def _findings(at: Runtime) -> Iterator[CheckResult]:
    yield CheckResult("files", summary(at.layers))
    files = sorted((at.root / "cities").glob("*.yml"))
    cities: list[City] = []
    for path in files:

        def read(path: Path = path) -> str:
            city = load_city(path)
            cities.append(city)
            return f"{len(city.services)} services, {len(city.agencies)} agencies, {len(city.accounts)} accounts"

        yield looked(f"cities/{path.name}", read)
    if not files:
        yield CheckResult("cities/", "no city file", "Add one; docs/reference/city-files.md describes it.")
    yield looked("services", lambda: _services(at, cities))
    yield looked("words", lambda: _words(at))
    everywhere = [*at.every_city().values()] if at.layers.only and len(cities) == len(files) else cities
    yield looked("guides", lambda: _guides(at, cities, everywhere))
    yield looked("facts", lambda: _facts(at, cities))
    yield looked("asking", lambda: _asking(at, everywhere))
    yield looked("directory", lambda: _directory(at, cities))
    yield looked("emergencies", lambda: _emergencies(at, cities))
    yield looked("texts", lambda: _texts(at.root / "locales"))
    yield looked("channels", lambda: ", ".join(sorted(channels_of(at))))
    yield looked("lists of services", lambda: _lists(at, cities))
    yield looked("larger models", lambda: _larger_models(cities))
    for city in cities:
        yield looked(f"secrets of {city.names.en}", lambda city=city: secrets_of(city))  # type: ignore[misc]
    yield looked("pretend addresses", lambda: pretended(at.settings, cities))
    yield looked("addresses in the clear", lambda: in_the_clear(cities))
    yield looked("malware", lambda: asyncio.run(at.scanner().version()))
    yield held_files(at)
    yield _audit(at)
    yield looked("signing of alerts", lambda: signing_of(at.settings))
    yield looked("proxy", lambda: proxy_of(at.settings))
    yield _migrations(at)


def _services(at: Runtime, cities: list[City]) -> str:
    services = load_services(at.root / "nlu")
    for city in cities:
        unknown = sorted(set(city.services) - set(services))
        if unknown:
            raise ConfigurationError(
                f"cities/{city.slug}.yml offers {', '.join(unknown)}, but nlu/{unknown[0]}/service.yml does not exist. "
                f"There are {', '.join(sorted(services))}."
            )
    require_bookings(services, cities)
    return ", ".join(f"{name} ({service.kind})" for name, service in sorted(services.items()))


def _words(at: Runtime) -> str:
    """Lines of training: none means two things, and none marks what nobody asks for."""
    services = load_services(at.root / "nlu").values()
    asked = {field.entity for one in services if isinstance(one, FormService) for field in one.fields}
    lines = load_lines(at.root / "nlu")
    if problems := list(line_problems(lines, asked)):
        raise ConfigurationError(f"{'; '.join(problems[:SHOWN])}. Mend them; see nlu/README.md.")
    return f"{len(lines):,} lines"


def _lists(at: Runtime, cities: list[City]) -> str:
    """In each language of a city, its page shows what its account lists, and the account greets with it."""
    services, catalogs = load_services(at.root / "nlu"), Catalogs(at.root / "locales")
    words, offer = words_of(services), Offer(services, {city.slug: city for city in cities})
    for city in cities:
        for locale in city.languages:
            page = {line.payload: line.title for line in service_lines(catalogs, city, words, locale)}
            titles = offer.titles(city)
            said = {f"/{name}": catalogs.text(title, locale) for name, title in titles.items()}
            greeted = catalogs.render(greeting(city, words, month=1), locale).buttons
            for where, listed in (("list", said), ("greeting", {one.payload: one.title for one in greeted})):
                if odd := sorted(page.items() ^ listed.items()):
                    raise ConfigurationError(
                        f"The page of {city.slug} and its {where} differ in {locale}: "
                        f"{', '.join(sorted({name for name, _ in odd}))}. Mend the texts `<service>.title`."
                    )
            if sorted(page) != sorted(f"/{name}" for name in city.services):
                raise ConfigurationError(f"The page of {city.slug} leaves out services of cities/{city.slug}.yml.")
    return "each city's page, list and greeting agree"


def _guides(at: Runtime, cities: list[City], everywhere: list[City]) -> str:
    """Guides name what some city has, served or not; cities that are served name guides that there are."""
    guides = load_guides(at.root / FOLDER)
    by_slug = {city.slug: city for city in cities}
    if problems := guide_problems(guides, {city.slug: city for city in everywhere}, now().date()):
        raise ConfigurationError(f"{'; '.join(problems[:20])}. Mend them; see docs/reference/guide-files.md.")
    answering = [name for name, service in load_services(at.root / "nlu").items() if service.kind == "guide"]
    offered = guides_by_city(at.root / FOLDER, by_slug, answering)
    return f"{len(guides)} guides, in {len(offered)} cities"


def _facts(at: Runtime, cities: list[City]) -> str:
    files = load_facts(at.root / "nlu")
    if problems := fact_problems(files, {city.slug: city for city in cities}, now().date()):
        raise ConfigurationError(f"{'; '.join(problems[:20])}. Mend them; see docs/reference/fact-files.md.")
    kinds = {name: service.kind for name, service in load_services(at.root / "nlu").items()}
    missing = "; ".join(gaps(files, kinds))
    return (
        f"{sum(len(file.facts) for file in files.values())} facts of {len(files)} services{missing and '; '}{missing}"
    )


def _asking(at: Runtime, cities: list[City]) -> str:
    """What clerks ask for is of services and agencies that there are."""
    asking, services = load_asking(at.root / "cities"), load_services(at.root / "nlu")
    agencies = {agency.slug for city in cities for agency in city.agencies}
    every = [*asking.documents, *asking.consents]
    unknown = {name for one in every for name in one.services} - set(services)
    unknown |= {name for one in every for name in one.agencies} - agencies
    if unknown:
        raise ConfigurationError(f"cities/shared/asking.yml: there is no {', '.join(sorted(unknown))}. Mend the file.")
    return f"{len(asking.documents)} documents, {len(asking.consents)} consents"


def _directory(at: Runtime, cities: list[City]) -> str:
    directory, guides = load_directory(at.root / "cities"), load_guides(at.root / FOLDER)
    topics, questions = load_topics(at.root / "cities"), load_current(at.root / "cities")
    suggested = suggested_problems(load_suggested(at.root / "cities"), load_services(at.root / "nlu"), topics)
    load_keywords(at.root / "cities", topics)
    problems = directory_problems(directory, {city.slug: city for city in cities}, guides)
    if problems := [*problems, *suggested, *current_problems(questions, topics, directory.national)]:
        raise ConfigurationError(f"{'; '.join(problems[:20])}. Mend them; see docs/how-to/keep-the-directory.md.")
    return f"{len(directory.national)} telephones, {len(questions)} questions of the day, in {len(cities)} cities"


def _emergencies(at: Runtime, cities: list[City]) -> str:
    """Every kind has its lines and texts, every telephone its number in every city, and the signs fit the lines."""
    kinds, directory = load_kinds(at.root), load_directory(at.root / "cities")
    if problems := [*kind_problems(at.root, kinds)]:
        raise ConfigurationError(f"{'; '.join(problems[:20])}. Mend nlu/safety/.")
    acts = [*load_unanswered(at.root).by.values(), *(act for kind in kinds.values() for act in kind.then)]
    called = {*(name for kind in kinds.values() for name in kind.call), *(name for act in acts for name in act.call)}
    for city in cities:
        for name in called:
            directory.of(city, name)
    load_signs(at.root, kinds)
    if is_stale(at.root):
        raise ConfigurationError("The signs were not made of the lines as they are. Make them: uv run desk nlu signs")
    return f"{len(kinds)} kinds, in {len(cities)} cities"


def _texts(folder: Path) -> str:
    problems = catalog_problems(folder)
    if problems:
        raise ConfigurationError(f"{'; '.join(problems[:20])}. Mend locales/<locale>/LC_MESSAGES/*.po.")
    Catalogs(folder)  # raises when the compiled ones are stale
    return "complete in every language, compiled"


def secrets_of(city: City) -> str:
    """How many keys a city file names. Raises ConfigurationError where one is not set."""
    names = sorted(city.key_names)
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise ConfigurationError(f"Set {', '.join(missing)}: cities/{city.slug}.yml names them as keys of its systems.")
    return f"{len(names)} named, all set" if names else "none needed"


def _larger_models(cities: list[City]) -> str:
    named = [f"{city.slug} ({city.larger_model.model})" for city in cities if city.larger_model is not None]
    return ", ".join(named) or "no city has one"


def pretended(settings: Settings, cities: list[City]) -> str:
    """Which addresses stand for the sandbox. Raises ConfigurationError where servers have none."""
    found = [
        f"{city.slug}: {name}.{backend}"
        for city in cities
        for name, service in city.services.items()
        for backend, address in service.endpoints.items()
        if address.startswith("sandbox:")
    ]
    if found and settings.database_url is not None and settings.sandbox_url is None:
        raise ConfigurationError(
            f"{len(found)} addresses stand for the sandbox, and none runs beside servers: {', '.join(found[:SHOWN])}"
            f"{', …' if len(found) > SHOWN else ''}. Write the agencies' own into the city files, or, while it is"
            " only tried, start `python -m sandbox` and set DESK_SANDBOX_URL (docs/how-to/run-on-servers.md)."
        )
    return f"{len(found)} stand for the sandbox"


def in_the_clear(cities: list[City]) -> str:
    """Whether agencies are asked by HTTPS. Raises ConfigurationError where what is asked can be read on its way."""
    named = [
        (f"{city.slug}: {name}.{backend}", address)
        for city in cities
        for name, service in city.services.items()
        for backend, address in service.endpoints.items()
    ]
    named += [(f"{city.slug}: alerts", one.url) for city in cities for one in city.alerts.sources if one.url]
    found = [where for where, address in named if address.startswith("http:") and not is_loopback(address)]
    if found:
        raise ConfigurationError(
            f"{len(found)} systems of agencies are asked by http://, which whoever is on the way reads:"
            f" {', '.join(found[:SHOWN])}{', …' if len(found) > SHOWN else ''}. Name them by https:// in the city"
            " files, or reach them through a tunnel that ends on this machine."
        )
    return "none: agencies are asked by https, or on this machine"


def proxy_of(settings: Settings) -> str:
    """Whose word on callers is believed. Raises ConfigurationError where residents come by HTTPS and it is nobody's."""
    named = networks(settings.trusted_proxies)
    if (settings.public_url or "").startswith("https:") and not named:
        raise ConfigurationError(
            "Residents come to https, and no proxy is named: nothing that it says of callers is believed, and limits"
            " count all residents as one. Name it in DESK_TRUSTED_PROXIES."
        )
    if not named:
        return "callers are whoever connects"
    return f"the word of {len(named)} network(s) on callers counts; of another proxy the log tells (proxy_not_named)"


def signing_of(settings: Settings) -> str:
    """Whose key signs emergency alerts. Raises ConfigurationError where each serve would make one of its own."""
    if settings.alerts_key_file is not None:
        return "signed with DESK_ALERTS_KEY_FILE"
    if settings.database_url is not None:
        raise ConfigurationError(
            "Each serve signs emergency alerts with a key of its own, so that who verifies them knows only some. Give"
            " all the same: DESK_ALERTS_KEY_FILE and DESK_ALERTS_CERTIFICATE_FILE (docs/how-to/run-on-servers.md)."
        )
    return "signed with the key in the data directory"


def _audit(at: Runtime) -> CheckResult:
    """Whether what is older than the audit may be was exported and let go of."""
    try:
        found = asyncio.run(_oldest(at.database_url))
    except StartError:
        return CheckResult("audit", "no database runs here")
    except DBAPIError as exc:
        if lacks_schema(exc):
            return CheckResult("audit", NO_SCHEMA)
        return CheckResult("audit", f"cannot be read ({type(exc).__name__})", BRING_UP)
    days = at.settings.audit_days
    if found is None or now() - found < timedelta(days=days) + LATE:
        return CheckResult("audit", f"nothing is older than {days} days")
    return CheckResult("audit", f"records of {found:%Y-%m-%d} are older than {days} days and still here", NOT_EXPORTED)


async def _oldest(database_url: str) -> datetime | None:
    engine = create_engine(database_url, pool_size=1)
    try:
        return await oldest(engine)
    finally:
        await engine.dispose()


def _migrations(at: Runtime) -> CheckResult:
    try:
        database_url = at.database_url
    except StartError:
        return CheckResult("migrations", "no database runs here; it is brought up to date at the next start")
    try:
        waiting = pending(database_url)
    except StartError as exc:
        return CheckResult("migrations", "the database is of a later release", str(exc))
    except OperationalError:
        return CheckResult("migrations", "the database cannot be reached", BRING_UP)
    if waiting:
        return CheckResult("migrations", f"{len(waiting)} wait: {', '.join(waiting)}", "Run: uv run desk migrate")
    return CheckResult("migrations", "the database is current")
