"""Keywords of text messages: what is one, and what is a sentence that the assistant reads."""

from pathlib import Path

import pytest
from fixtures import loaded

from desk.city.files import Announcing, City, load_city
from desk.city.keywords import Keywords, load_keywords

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def keywords() -> Keywords:
    return load_keywords(ROOT / "cities", loaded.topics())


@pytest.fixture(scope="module")
def city() -> City:
    found = load_city(ROOT / "cities" / "hangzhou.yml")
    return found.model_copy(update={"announcing": Announcing(keywords={"water": ["TS", "自来水"]})})


@pytest.mark.parametrize(
    "text",
    ["TD", "td", "ＴＤ", "T", " td. ", "退订", "退訂", "全部退订", "拒收", "STOP", "Stop all", "unsubscribe", "【TD】"],
)
def test_stop_words_stop(keywords: Keywords, city: City, text: str) -> None:
    """In every language and writing, whatever marks stand around them."""
    found = keywords.read(text, city)
    assert found is not None
    assert found.verb == "stop"
    assert found.payload.startswith("/unsubscribe")


@pytest.mark.parametrize("text", ["TD", "ＴＤ。", "退订", "全部退訂", "STOP", "Unsubscribe all"])
def test_stop_words_are_read_on_every_channel(keywords: Keywords, text: str) -> None:
    """Those that mean nothing else."""
    assert keywords.is_stop(text)


@pytest.mark.parametrize("text", ["取消", "停止", "T", "拒收", "QUIT", "stop the bus", "退订 停水", "TD " * 40])
def test_what_may_answer_a_question_stops_nothing_in_a_chat(keywords: Keywords, text: str) -> None:
    """A form asks, or a sentence is read."""
    assert not keywords.is_stop(text)


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("订 停水", '/subscribe{"topic": "water"}'),
        ("订停水", '/subscribe{"topic": "water"}'),
        ("訂停電通知", '/subscribe{"topic": "power"}'),
        ("DY 停水 西湖", '/subscribe{"topic": "water", "district": "xihu"}'),
        ("订 停水、停电 西湖区和上城区", '/subscribe{"topic": "water,power", "district": "xihu,shangcheng"}'),
        ("DY TS", '/subscribe{"topic": "water"}'),
        ("订", "/subscribe"),
        ("Subscribe power cut in Xihu District", '/subscribe{"topic": "power", "district": "xihu"}'),
        ("退订 停水", '/unsubscribe{"topic": "water"}'),
        ("TD 停电 上城", '/unsubscribe{"topic": "power", "district": "shangcheng"}'),
        ("STOP water outage", '/unsubscribe{"topic": "water"}'),
        ("查询", "/latest_announcements"),
        ("查询 停水", '/latest_announcements{"topic": "water"}'),
        ("通知 西湖区", '/latest_announcements{"district": "xihu"}'),
        ("news", "/latest_announcements"),
    ],
)
def test_keywords_are_what_the_dialogue_knows(keywords: Keywords, city: City, text: str, payload: str) -> None:
    """Verbs of all cities, topics and districts by their names, and the city's own words."""
    found = keywords.read(text, city)
    assert found is not None
    assert found.payload == payload


@pytest.mark.parametrize(
    "text",
    [
        "查违章",
        "查询公积金",
        "订一张去西湖的票",
        "停水到几点",
        "我要交水费",
        "退 停水的钱",
        "不要",
        "退",
        "stop the bus at Xihu",
        "tdx",
        "取消",
        "订 停水 " * 20,
    ],
)
def test_sentences_are_no_keywords(keywords: Keywords, city: City, text: str) -> None:
    """Where something is left over, or too long, the assistant reads it."""
    assert keywords.read(text, city) is None
