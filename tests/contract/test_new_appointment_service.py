"""A new appointment service is data alone: service file, texts, a line in the city file, an agency. No Python."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from fixtures.grown import NAMES, copied, example
from fixtures.turns import turn_of

from actions.dialogue.manager import Dialogue
from actions.dialogue.state.session import Session
from actions.server.app import DIALOGUE
from actions.server.app import build as actions_server
from desk.city.files import City, load_cities
from desk.city.yaml_files import parse_yaml
from desk.contract.messages import Entity, KeepCase
from desk.contract.wire import Locale
from desk.store.keys import Keys
from desk.texts.addresses import filled
from desk.texts.catalog_files import catalog_problems, compile_catalogs
from desk.texts.catalogs import Catalogs
from sandbox.seed import DATA, Seed
from sandbox.server import build as sandbox_server
from tools.scaffold.service import make_service

ROOT = Path(__file__).parents[2]
PARTS = ROOT / "tests" / "fixtures" / "driving_test"
CITY, SERVICE, MADE = "hangzhou", "driving_test", NAMES["appointment"]
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def part(name: str) -> dict[str, object]:
    read: dict[str, object] = parse_yaml((PARTS / name).read_text(encoding="utf-8"))
    return read


def grown(root: Path) -> None:
    """A copy of what a city needs, with the new service's data put where they belong."""
    (root / "nlu" / SERVICE).mkdir(parents=True)
    shutil.copy(PARTS / "service.yml", root / "nlu" / SERVICE)
    shutil.copytree(ROOT / "locales", root / "locales", ignore=shutil.ignore_patterns("*.mo"))
    for locale in ("zh_Hans", "zh_Hant", "en"):
        shutil.copy(PARTS / locale / f"{SERVICE}.po", root / "locales" / locale / "LC_MESSAGES")
    compile_catalogs(root / "locales")
    city = parse_yaml((ROOT / "cities" / f"{CITY}.yml").read_text(encoding="utf-8"))
    shutil.copytree(ROOT / "cities" / "shared", root / "cities" / "shared")
    (root / "cities" / f"{CITY}.yml").write_text(yaml.safe_dump(city | {"services": part("offered.yml")}), "utf-8")
    shutil.copytree(DATA / CITY, root / "sandbox" / CITY)
    agencies = root / "sandbox" / CITY / "appointments.yml"
    known = parse_yaml(agencies.read_text(encoding="utf-8"))
    agencies.write_text(yaml.safe_dump({"services": known["services"] | part("agency.yml")}), "utf-8")


@dataclass
class Talk:
    """A conversation with the grown product's actions."""

    dialogue: Dialogue
    catalogs: Catalogs
    city: City
    locale: Locale
    session: Session = field(default_factory=lambda: Session(touched_at=NOW))
    asked: list[str | None] = field(default_factory=list)
    cases: list[KeepCase] = field(default_factory=list)

    async def say(self, text: str, intent: str = "inform", **entities: str) -> str:
        found = tuple(Entity(entity=name, value=value) for name, value in entities.items())
        turn = turn_of("c", "text", intent, self.city, self.locale, NOW, text=text, entities=found, message_id=text)
        outcome = await self.dialogue.answer(turn, self.session)
        self.session = outcome.session
        self.asked.append(outcome.asks_for)
        self.cases += [one for one in outcome.effects if isinstance(one, KeepCase)]
        replies = [filled(one, {"calendar_page": lambda case: case}) for one in outcome.replies]
        return "\n".join(self.catalogs.render(one, self.locale).text for one in replies)


@dataclass
class Grown:
    """The product with the new service, running."""

    talk: Talk
    facts: dict[str, str]
    sandbox: str
    http: ClientSession
    service: str

    async def bookings(self) -> list[dict[str, object]]:
        """What the agency has on record."""
        async with self.http.get(f"{self.sandbox}/_sandbox/appointments/{CITY}/{self.service}/bookings") as response:
            kept: list[dict[str, object]] = (await response.json())["bookings"]
            return kept


def scaffolded(root: Path) -> None:
    """A copy of the product in which `desk new service --kind appointment` was told of the existing city."""
    make_service(copied(root), example("appointment", CITY))


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Grown]:
    grown(tmp_path)
    async with running(tmp_path, tmp_path / "sandbox", SERVICE) as product:
        yield product


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Grown]:
    scaffolded(tmp_path)
    async with running(tmp_path, tmp_path / "sandbox" / "data", MADE) as product:
        yield product


@asynccontextmanager
async def running(tmp_path: Path, data: Path, service: str) -> AsyncIterator[Grown]:
    """The actions of a root, beside the pretend city of its data."""
    seed = Seed(data)
    async with TestServer(sandbox_server(data_dir=tmp_path / "data", clock=lambda: NOW, seed=seed)) as sandbox:
        url = str(sandbox.make_url("")).rstrip("/")
        cities = load_cities(tmp_path / "cities")
        application = actions_server(
            root=tmp_path,
            cities=cities,
            sandbox_url=url,
            data_dir=tmp_path / "data",
            clock=lambda: NOW,
            keys=Keys("of the tests, long enough for anybody"),
        )
        async with TestServer(application), ClientSession() as http:
            async with http.get(f"{url}/_sandbox/facts/{CITY}") as response:
                facts = await response.json()
            catalogs = Catalogs(tmp_path / "locales", strict=True)
            yield Grown(Talk(application[DIALOGUE], catalogs, cities[CITY], "zh_Hans"), facts, url, http, service)


def test_its_texts_are_whole(tmp_path: Path) -> None:
    """With the new texts the catalogs have no gaps, in any language."""
    grown(tmp_path)
    assert catalog_problems(tmp_path / "locales") == []


@pytest.mark.parametrize(("locale", "office"), [("zh_Hans", "driving_office"), ("en", "driving_office_en")])
async def test_from_data_to_a_booked_slot(product: Grown, locale: Locale, office: str) -> None:
    """From the wish to the booking: what its file asks, in its order; a closed day is refused; one booking."""
    talk, facts = replace(product.talk, locale=locale), product.facts
    await talk.say("driving test", SERVICE)
    await talk.say(facts[office])
    await talk.say(facts["driving_closed_date"])
    await talk.say(facts["driving_date"])
    await talk.say(facts["driving_time"])
    await talk.say(facts["person_name"], person_name=facts["person_name"])
    await talk.say(facts["valid_id_number"])
    said = await talk.say(facts["phone"])
    assert talk.asked == ["office", "date", "date", "time", "person_name", "id_number", "phone", None]
    assert "70.00" in said
    assert await product.bookings() == []
    await talk.say("yes", "affirm")
    (booking,) = await product.bookings()
    assert booking["slot"] == {
        "office": "north",
        "department": None,
        "date": facts["driving_date"],
        "time": facts["driving_time"],
    }
    assert [(case.service, case.status, case.reference) for case in talk.cases] == [
        (SERVICE, "booked", booking["reference"])
    ]
    assert datetime.fromisoformat(talk.cases[0].at or "") > NOW + timedelta(hours=1)


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_from_the_scaffolder_to_a_booked_slot_in_an_existing_city(made: Grown, locale: Locale) -> None:
    """What `desk new service` wrote for a city that is there is booked at once, in three languages."""
    talk, facts = replace(made.talk, locale=locale), made.facts
    await talk.say("driving test", MADE)
    await talk.say(facts[f"{MADE}_office_en" if locale == "en" else f"{MADE}_office"])
    await talk.say(facts[f"{MADE}_date"])
    await talk.say(facts[f"{MADE}_time"])
    await talk.say(facts["person_name"], person_name=facts["person_name"])
    await talk.say(facts["valid_id_number"])
    await talk.say(facts["phone"])
    assert talk.asked == ["office", "date", "time", "person_name", "id_number", "phone", None]
    await talk.say("yes", "affirm")
    (booking,) = await made.bookings()
    assert (booking["slot"]["date"], booking["slot"]["time"]) == (facts[f"{MADE}_date"], facts[f"{MADE}_time"])  # type: ignore[index]
    assert [(case.service, case.reference) for case in talk.cases] == [(MADE, booking["reference"])]
