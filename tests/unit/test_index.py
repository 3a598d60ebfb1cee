"""Search by what people call things: slips of the pen, other words, three languages."""

import pytest
from fixtures import loaded
from fixtures.services import SERVICES

from desk.texts.catalogs import Catalogs
from desk.web.parts import words_of
from desk.web.site.index import Index, Phrase, best_of
from desk.web.site.search import Finder


@pytest.fixture(scope="module")
def index(catalogs: Catalogs) -> Index:
    """What is found by everything that the product has."""
    return Finder(catalogs, words_of(SERVICES), loaded.guides()).index()


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("罚单", "service traffic_fines"),
        ("speeding ticket", "service traffic_fines"),
        ("电费", "service utility_bills"),
        ("electricty bill", "service utility_bills"),
        ("身份证丢了", "guide id_card_lost"),
        ("身份證唔見咗", "guide id_card_lost"),
        ("lost id crad", "guide id_card_lost"),
        ("结婚登计", "service marriage_registration"),
        ("marrige", "service marriage_registration"),
    ],
)
def test_what_is_meant_is_found_first(index: Index, written: str, found: str) -> None:
    """Among the first few of its sort, whatever script, word or slip."""
    city = loaded.guides()["hangzhou"]
    among = (
        {f"guide {slug}" for slug in city} if found.startswith("guide") else {f"service {name}" for name in SERVICES}
    )
    assert found in index.find(written, among, 3)


@pytest.mark.parametrize("written", ["", "   ", "🙂", "qqqqzzzz", "鼊鼊"])
def test_what_means_nothing_finds_nothing(index: Index, written: str) -> None:
    """No words, or words that nobody uses of anything."""
    assert index.find(written, {f"service {name}" for name in SERVICES}, 5) == []


def test_only_what_is_offered_is_found() -> None:
    """And of one thing called in several ways, once."""
    index = Index([Phrase("a", "water bill"), Phrase("a", "bill for water"), Phrase("b", "water")])
    assert index.find("water bill", {"a"}, 5) == ["a"]
    assert best_of("停水通知", {"1": ["西湖区停水通知"], "2": ["地铁调整"]}, 5) == ["1"]
