"""What monitors are given asks for measures that there are; every rule has its test and its row in the how-to."""

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from scripts import reference
from scripts.dashboards import expressions

WATCH = reference.ROOT / "deploy" / "watch"
PAGE = reference.ROOT / "docs" / "how-to" / "watch.md"
OTHERS = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"}
"""Of Prometheus itself, and of its client for Python."""
SCRAPED = {"job", "instance", "role", "le"}
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}


def rules() -> list[Mapping[str, Any]]:
    """All alert rules."""
    read = yaml.safe_load((WATCH / "alert-rules.yml").read_text(encoding="utf-8"))
    return [rule for group in read["groups"] for rule in group["rules"]]


def questions() -> Iterator[tuple[str, str]]:
    """Every question of rules and dashboards, with where it stands."""
    yield from ((rule["alert"], rule["expr"]) for rule in rules())
    yield from expressions()


@pytest.fixture(scope="session")
def measures() -> Mapping[str, frozenset[str]]:
    """The labels of each measure that the product has, by the name under which it is scraped."""
    for name in reference.modules():
        importlib.import_module(name)
    found = {}
    for one in {*REGISTRY._collector_to_names}:  # no public way tells the labels of what nobody has counted yet
        labels = getattr(one, "_labelnames", None)
        if labels is not None:
            for suffix in SUFFIXES[one._type]:  # type: ignore[attr-defined]
                found[f"{one._name}{suffix}"] = frozenset(labels)  # type: ignore[attr-defined]
    return found


def test_every_question_asks_for_what_is_counted(measures: Mapping[str, frozenset[str]]) -> None:
    """By its name and with labels that it has: a question of anything else is silent for ever."""
    wrong = []
    for where, question in questions():
        asked = set(re.findall(r"\b(?:desk|process)_\w+|\bup\b", question))
        wrong += [f"{where}: there is no {name}" for name in asked - measures.keys() - OTHERS]
        known = SCRAPED.union(*(measures.get(name, frozenset()) for name in asked))
        for name, matched in re.findall(r"(\w+)\{([^}]*)\}", question):
            of = measures.get(name, frozenset()) | SCRAPED
            labels = set(re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', matched))
            wrong += [f"{where}: {name} has no label {label}" for label in labels - of]
        for by in re.findall(r"by \(([^)]*)\)", question):
            wrong += [f"{where}: nothing has a label {label}" for label in set(re.split(r",\s*", by)) - known]
    assert wrong == []


def test_every_rule_has_a_test_that_fires_it_and_one_that_does_not() -> None:
    """`make check-watch` runs them."""
    tests = yaml.safe_load((WATCH / "alert-rules.test.yml").read_text(encoding="utf-8"))["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    names = {rule["alert"] for rule in rules()}
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == names
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == names


def test_every_rule_stands_in_the_how_to() -> None:
    """With what fires it and what to do, in the order of the file."""
    assert re.findall(r"^\| `(Desk\w+)` \|", PAGE.read_text(encoding="utf-8"), re.M) == [
        one["alert"] for one in rules()
    ]


def test_every_rule_says_how_much_it_hurries() -> None:
    """And in one line what is wrong."""
    assert [one["alert"] for one in rules() if one["labels"]["severity"] not in ("page", "ticket")] == []
    assert [one["alert"] for one in rules() if not one["annotations"]["summary"]] == []


def test_rules_count_the_first_time_of_a_measure_with_labels(measures: Mapping[str, frozenset[str]]) -> None:
    """`increase` does not see a series that begins at 1: a rule of one event says `unless … offset` too."""
    single = r"increase\((desk_\w+)(?:\{[^}]*\})?\[\w+\]\)\) > \d"
    rare = [(one["alert"], one["expr"], name) for one in rules() for name in re.findall(single, one["expr"])]
    assert rare != []
    assert [alert for alert, question, name in rare if measures[name] and f"unless {name}" not in question] == []


def test_dashboards_are_three() -> None:
    """Each with a uid of its own, and panels with a title."""
    assert {path.stem for path in Path(WATCH / "dashboards").glob("*.json")} == {
        "operations",
        "residents",
        "staff-and-announcements",
    }
