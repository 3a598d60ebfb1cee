"""What the conversations of `nlu/*/tests/` must show: every service and behaviour, in every language."""

from collections import defaultdict
from typing import Any

import pytest

from desk.city.yaml_files import parse_yaml
from tests.architecture.sources import ROOT

LANGUAGES = ("zh_Hans", "zh_Hant", "en")
OF_A_SERVICE = ("through", "change", "cancel", "fault")
FAULTS = {"status", "latency_ms", "nonsense"}  # down, slow, nonsense
BEHAVIOURS = (
    *("list_services", "change_city", "change_language", "human_agent", "delete_my_data"),
    *("subscribe", "unsubscribe", "latest_announcements"),
    *("request_status", "payment_status", "refund", "change_appointment"),
    *("digression", "go_back", "restart", "choose", "yes_but", "clarification"),
    *("others", "anger", "silence", "not_offered"),
    *("several_facts", "correction", "rejected", "negation", "yes_no", "bare_value", "second_failure"),
    *("in_turn", "passes_over", "fee_or_booking", "try_again", "no_photo", "special_case", "office_in_words"),
    *("greeting", "elderly", "voice_stopped"),
    *("say_again", "telephone", "without_typing", "not_clear", "put_off", "withdrawn"),
    *("several_wishes", "pays_after_all", "in_line", "no_loops"),
    *("emergency", "emergency_in_payment", "emergency_in_booking", "emergency_in_queue", "emergency_voice_stopped"),
    "emergency_over",
    *sorted(path.parent.name for path in (ROOT / "nlu" / "safety").glob("*/kind.yml") if path.parent.name != "help"),
)
"""Behaviours, and every kind of emergency that says what happened."""
STEPS = {"say", "tap", "share", "send", "pay", "publish", "clerk", "away", "voice", "hear"}
EXPECTED = {"service", "asks_for", "handed_over", "locale", "contains", "contains_any", "not_contains", "buttons"}
KEYS = {"id", "locale", "city", "shows", "turns"}
FIRST_CITIES = {
    *("hangzhou", "shanghai", "guangzhou", "shenzhen", "ningbo", "qingdao"),
    *("nanchang", "taiyuan", "datong", "yuncheng", "changzhi", "linfen"),
}

type Conversation = dict[str, Any]


def files() -> dict[str, dict[str, Any]]:
    """The conversation files, by their folder."""
    paths = sorted((ROOT / "nlu").glob("*/tests/conversations.yml"))
    return {path.parts[-3]: parse_yaml(path.read_text(encoding="utf-8")) for path in paths}


FILES = files()
SERVICES = sorted(path.parent.name for path in (ROOT / "nlu").glob("*/service.yml"))
EVERY = [(folder, one) for folder, file in FILES.items() for one in file["conversations"]]


def expectations(conversation: Conversation) -> list[dict[str, Any]]:
    """What is expected, turn by turn."""
    return [turn.get("expect", {}) for turn in conversation["turns"]]


def goes_through(conversation: Conversation) -> bool:
    """Something is said at its end, and nothing is asked any more."""
    ends = ("contains", "contains_any", "buttons")
    return any(
        (one.get("service", 0) is None or one.get("asks_for", 0) is None) and any(one.get(name) for name in ends)
        for one in expectations(conversation)
    )


def ends_it(conversation: Conversation) -> bool:
    """Something was going on, and then nothing is."""
    expected = expectations(conversation)
    last = max((place for place, one in enumerate(expected) if one.get("service", 0) is None), default=0)
    return any(expected[:last])


def fails(conversation: Conversation) -> bool:
    """An agency fails, and what the resident then learns is judged: at once, or once it is heard."""
    return any("fault" in turn for turn in conversation["turns"]) and any(expectations(conversation))


SHOWN = {"through": goes_through, "cancel": ends_it, "fault": fails, "change": lambda one: len(one["turns"]) > 1}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_shown_in_every_language(service: str, language: str) -> None:
    """One conversation goes through to the end, one changes something, one cancels, in one an agency fails.

    What a service cannot show stands in its file under `without`, with the reason.
    """
    file = FILES[service]
    shown = {what for one in file["conversations"] if one["locale"] == language for what in one.get("shows", [])}
    assert set(OF_A_SERVICE) - set(file.get("without", {})) - shown == set()


@pytest.mark.parametrize("service", SERVICES)
def test_agencies_fail_in_every_way(service: str) -> None:
    """Down, slow and answering nonsense are spread over the languages of each service that asks an agency."""
    file = FILES[service]
    kinds = {
        kind for one in file["conversations"] for turn in one["turns"] for kind in FAULTS & set(turn.get("fault", {}))
    }
    assert kinds == (set() if "fault" in file.get("without", {}) else FAULTS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_every_behaviour_is_shown_in_every_language(behaviour: str, language: str) -> None:
    """How one talks here, whatever the service, is held by a conversation in each language."""
    shown = [one["id"] for _, one in EVERY if one["locale"] == language and behaviour in one.get("shows", [])]
    assert shown != []


def test_what_a_conversation_shows_stands_in_it() -> None:
    """A label is borne out by the turns: what goes through ends with something said, what cancels ends something."""
    wrong = [
        f"{folder}: {one['id']}: {what}"
        for folder, one in EVERY
        for what in one.get("shows", [])
        if not (what in BEHAVIOURS or SHOWN[what](one))
    ]
    assert wrong == []


def test_conversations_are_written_in_the_language_of_the_files() -> None:
    """No key is misspelt, no turn does two things, every id is unique in its file and begins with its language."""
    wrong: list[str] = []
    ids: dict[str, list[str]] = defaultdict(list)
    for folder, one in EVERY:
        name = f"{folder}: {one['id']}"
        ids[folder].append(one["id"])
        if not set(one) <= KEYS or not one["id"].startswith(LANGUAGES):
            wrong.append(name)
        for turn in one["turns"]:
            if len(set(turn) & STEPS) != 1 or not set(turn) <= STEPS | {"fault", "expect"}:
                wrong.append(f"{name}: {turn}")
            if not set(turn.get("expect", {})) <= EXPECTED:
                wrong.append(f"{name}: {turn['expect']}")
    wrong += [f"{folder}: {one} twice" for folder, names in ids.items() for one in set(names) if names.count(one) > 1]
    assert wrong == []


def test_the_first_cities_all_appear() -> None:
    """Residents of all twelve cities are heard, not of one alone."""
    assert {one.get("city", "hangzhou") for _, one in EVERY} >= FIRST_CITIES
