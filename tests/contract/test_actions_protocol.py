"""The actions server on the wire: Rasa's action protocol, and 200 whatever happens behind it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from fixtures.dialogue import CITIES, MORNING, PLATE, Buses
from fixtures.services import SERVICES
from fixtures.turns import turn_of
from structlog.testing import capture_logs

from actions.dialogue.answers.offer import Offer
from actions.dialogue.manager import Dialogue
from actions.server.app import DIALOGUE, Webhook, answered, build
from desk.contract.errors import ConfigurationError
from desk.http.signatures import Signatures
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]

KEYS = Keys("of the tests, long enough for anybody")


@pytest.fixture
def buses() -> Buses:
    return Buses()


@pytest.fixture
async def client(buses: Buses) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    application = web.Application()
    application[DIALOGUE] = Dialogue({"next_bus": buses}, Offer(SERVICES, CITIES))
    application.add_routes(Webhook(CITIES, lambda: MORNING, Signatures(KEYS)).routes())
    async with TestClient(TestServer(application)) as opened:
        yield opened


def call(
    text: str = "next bus",
    intent: str = "next_bus",
    slots: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    **more: Any,
) -> Any:
    """An action call as the bot posts it, of what the desk signed."""
    given = {"city": "testville", "locale": "zh_Hans", "channel": "webchat", "now": MORNING.isoformat()}
    context: dict[str, Any] = given | (context or {})
    said = {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "entities": [],
        "intent_ranking": [{"name": intent, "confidence": 0.9}],
        "language": "en",
        "metadata": {
            "message": {"id": "1", "kind": "text", "text": text},
            "context": context,
            "signature": Signatures(KEYS).of_turn("c", "1", context),
        },
        **more,
    }
    return {
        "next_action": "action_answer",
        "sender_id": "c",
        "tracker": {"sender_id": "c", "slots": slots or {}, "latest_message": said, "paused": False},
        "version": "3.6.21",
    }


def slots_of(answer: dict[str, Any]) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in answer["events"]}


def keys_of(answer: dict[str, Any]) -> list[str]:
    return [one["custom"]["reply"]["key"] for one in answer["responses"] if "reply" in one["custom"]]


async def test_answer_has_slots_and_responses(client: TestClient[web.Request, web.Application]) -> None:
    """All five slots are set, events are slot events only, and each response is a reply or an effect."""
    response = await client.post("/webhook", json=call())
    answer = await response.json()
    assert response.status == 200
    assert {event["event"] for event in answer["events"]} == {"slot"}
    slots = slots_of(answer)
    assert (slots["service"], slots["asks_for"], slots["reply_locale"]) == ("next_bus", "stop", "en")
    assert keys_of(answer) == ["next_bus.ask_stop"]


async def test_memory_travels_in_the_slot(client: TestClient[web.Request, web.Application]) -> None:
    """What the slot holds is all that is needed to go on."""
    first = await (await client.post("/webhook", json=call())).json()
    stop = [{"entity": "stop", "value": "武林广场"}]
    second = await client.post("/webhook", json=call("武林广场", "inform", slots_of(first), entities=stop))
    assert slots_of(await second.json())["service"] is None


async def test_move_to_another_city_is_a_slot_of_its_turn_alone(
    client: TestClient[web.Request, web.Application],
) -> None:
    """The city stands in the answer that moves, and is null in every other."""
    wish = [{"entity": "city", "value": "Elsewhere"}]
    moved = await (await client.post("/webhook", json=call("Elsewhere", "change_city", entities=wish))).json()
    after = await (await client.post("/webhook", json=call("thanks", "thanks", slots_of(moved)))).json()
    assert (slots_of(moved)["reply_city"], slots_of(after)["reply_city"]) == ("elsewhere", None)


async def test_memory_that_cannot_be_read_begins_anew(client: TestClient[web.Request, web.Application]) -> None:
    """What another release wrote is no failure: the turn is answered from the beginning."""
    response = await client.post("/webhook", json=call(slots={"session": {"open": "?"}}))
    assert slots_of(await response.json())["asks_for"] == "stop"


async def test_broken_service_apologises_and_forgets_nothing(
    client: TestClient[web.Request, web.Application], buses: Buses
) -> None:
    """A handler that breaks: 200, words a person understands, and no slot of the memory is touched."""
    buses.failures.append(RuntimeError("boom"))
    response = await client.post("/webhook", json=call())
    answer = await response.json()
    assert response.status == 200
    assert keys_of(answer) == ["common.action_failed"]
    assert sorted(slots_of(answer)) == ["reply_city", "reply_locale"]


async def test_broken_service_is_logged_with_its_stack_and_without_the_text(buses: Buses) -> None:
    """Who looks for the fault finds where it is; what the resident wrote is not in it."""
    buses.failures.append(RuntimeError(f"cannot parse {PLATE}"))
    turn = turn_of("c", "text", "next_bus", CITIES["testville"], "en", MORNING, text=PLATE)
    with capture_logs() as logs:
        await answered(Dialogue({"next_bus": buses}, Offer(SERVICES, CITIES)), turn, None)
    assert "in answer" in logs[0]["stack"]
    assert PLATE not in str(logs)


async def test_service_that_hangs_is_cut_off(buses: Buses) -> None:
    """The bot gets an answer before it gives up; the resident may send the same again."""
    buses.hangs = True
    turn = turn_of("c", "text", "next_bus", CITIES["testville"], "en", MORNING, text="next bus")
    answer = await answered(Dialogue({"next_bus": buses}, Offer(SERVICES, CITIES)), turn, None, seconds=0.05)
    assert keys_of(answer) == ["common.action_slow"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"next_action": "action_answer"}', b"\xff"],
    ids=["empty", "a list", "no tracker", "no UTF-8"],
)
async def test_what_is_no_call_is_a_problem(client: TestClient[web.Request, web.Application], body: bytes) -> None:
    """400 with a reason, as problem+json."""
    response = await client.post("/webhook", data=body)
    assert response.status == 400
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize(
    ("part", "value"),
    [("next_action", "action_other"), ("city", "nowhere"), ("now", "yesterday")],
)
async def test_call_for_something_else_is_a_problem(
    client: TestClient[web.Request, web.Application], part: str, value: str
) -> None:
    """Another action, a city that there is not, a time that is none."""
    body = call(context={} if part == "next_action" else {part: value})
    if part == "next_action":
        body[part] = value
    response = await client.post("/webhook", json=body)
    assert response.status == 400


async def test_shell_without_a_context_is_answered_where_it_may_ask(buses: Buses) -> None:
    """`rasa shell` sends no city, language or time: the first city answers; of a context nothing is believed."""
    application = web.Application()
    application[DIALOGUE] = Dialogue({"next_bus": buses}, Offer(SERVICES, CITIES))
    application.add_routes(Webhook(CITIES, lambda: MORNING, None).routes())
    async with TestClient(TestServer(application)) as shell:
        response = await shell.post("/webhook", json=call(metadata={}))
        assert keys_of(await response.json()) == ["next_bus.ask_stop"]
        claimed = {"context": {"city": "testville", "locale": "en", "channel": "x", "now": MORNING.isoformat()}}
        claimed["context"]["certificate"] = "no certificate at all"
        assert (await shell.post("/webhook", json=call(metadata=claimed))).status == 200


async def test_shell_is_answered_in_text_where_its_slots_say(buses: Buses, catalogs: Catalogs) -> None:
    """Replies are rendered with their buttons; city and language are those that the slots keep from turn to turn."""
    application = web.Application()
    application[DIALOGUE] = Dialogue({"next_bus": buses}, Offer(SERVICES, CITIES))
    application.add_routes(Webhook(CITIES, lambda: MORNING, None, catalogs).routes())
    async with TestClient(TestServer(application)) as shell:
        asked = call(metadata={})
        asked["tracker"]["slots"] = {"reply_locale": "en", "reply_city": "testville"}
        answer = await (await shell.post("/webhook", json=asked)).json()
    said = [one for one in answer["responses"] if "text" in one]
    assert "stop" in said[0]["text"]
    assert all(set(button) == {"title", "payload"} for one in said for button in one["buttons"])
    assert (slots_of(answer)["reply_locale"], slots_of(answer)["reply_city"]) == ("en", "testville")
    assert not [one for one in answer["responses"] if "situation" in one.get("custom", {})]


@pytest.mark.parametrize("kind", ["payload", "location", "media"])
async def test_other_kinds_of_messages_have_no_text(
    client: TestClient[web.Request, web.Application], kind: str
) -> None:
    """A button, a place and a file are read as what they are, and switch no language."""
    message: dict[str, Any] = {
        "payload": {"id": "1", "kind": "payload", "payload": "/next_bus"},
        "location": {"id": "1", "kind": "location", "location": {"lat": 30.0, "lon": 120.0}},
        "media": {"id": "1", "kind": "media", "media": {"id": "m", "content_type": "audio/ogg"}},
    }[kind]
    body = call("/next_bus")
    body["tracker"]["latest_message"]["metadata"]["message"] = message
    answer = await (await client.post("/webhook", json=body)).json()
    assert slots_of(answer)["reply_locale"] == "zh_Hans"
    expected = {"payload": "next_bus.ask_stop", "location": "card.value", "media": "common.voice_kept"}
    assert keys_of(answer) == [expected[kind]]


async def test_health(client: TestClient[web.Request, web.Application]) -> None:
    """200 while it can answer."""
    assert (await client.get("/health")).status == 200


async def test_city_without_an_address_does_not_start(tmp_path: Path) -> None:
    """A service offered without the address of its system is refused at start, with the mend."""
    application = build(root=ROOT, cities=CITIES, sandbox_url=None, data_dir=tmp_path, clock=lambda: MORNING, keys=KEYS)
    with pytest.raises(ConfigurationError, match="endpoints"):
        await TestServer(application).start_server()


@pytest.mark.parametrize("typed", ["/restart", " /next_bus", '/next_bus{"stop": "1"}', "／cancel"])
async def test_typed_payload_is_text_that_says_nothing(
    client: TestClient[web.Request, web.Application], typed: str
) -> None:
    """Whatever intent a typed slash was read as, no service begins, and the language stays."""
    answer = await (await client.post("/webhook", json=call(typed))).json()
    slots = slots_of(answer)
    assert (slots["service"], slots["reply_locale"]) == (None, "zh_Hans")
    assert answer["responses"]
