"""What happens, told by the code or the exact name of an event."""

from dataclasses import replace

import pytest

from desk.alerts.cap import Info, Pair
from desk.alerts.codes import Category, Certainty, Severity, Urgency
from desk.alerts.events import EVENTS, event_code, named
from desk.contract.wire import LOCALES

INFO = Info("zh-CN", (Category.MET,), "天气", Urgency.EXPECTED, Severity.SEVERE, Certainty.LIKELY)


@pytest.mark.parametrize(
    ("value", "code"),
    [("11B03", "11B03"), (" 11B0304 ", "11B03"), ("11B0309", None), ("11B98", None), ("TOR", None), ("211B03", None)],
)
def test_code_counts_where_it_is_known(value: str, code: str | None) -> None:
    """With its colour or without, by whatever name its list is given."""
    assert event_code(replace(INFO, codes=(Pair("GB/T 2260", "330100"), Pair("eventType", value)))) == code


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("暴雨", "11B03"),
        ("暴雨红色预警", "11B03"),
        ("暴雨橙色预警信号", "11B03"),
        ("大霧預警", "11B17"),
        ("雷雨大风", "11B20"),
        ("Typhoon", "11B01"),
        ("解除暴雨预警", None),
        ("暴雨和大风", None),
        ("演习", None),
    ],
)
def test_name_counts_where_it_is_exact(event: str, code: str | None) -> None:
    """A sentence that holds a name says something of its own."""
    assert event_code(replace(INFO, event=event)) == code


def test_code_counts_before_the_name() -> None:
    assert event_code(replace(INFO, event="大风", codes=(Pair("eventType", "11B20"),))) == "11B20"


def test_headline_stands_behind_what_happens() -> None:
    said = {locale: named("Red", "11B01", locale) for locale in LOCALES}
    assert said == {"zh_Hans": "台风：Red", "zh_Hant": "颱風：Red", "en": "Typhoon: Red"}
    assert all(set(names) == set(LOCALES) for names in EVENTS.values())


@pytest.mark.parametrize("code", [None, "11B98"])
def test_headline_of_what_is_not_known_stands_alone(code: str | None) -> None:
    assert named("Red", code, "en") == "Red"
