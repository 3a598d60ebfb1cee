"""Stops and lines by what residents call them."""

from collections.abc import Iterator

import pytest
from fixtures.transit import TABLES, edition

from actions.transit.editions import Edition
from actions.transit.lines import arabic
from actions.transit.naming import names_of

STOPS = TABLES["stops.txt"] + (
    "gcq,拱宸桥公交站,30.05,120.05\nkq,科桥东,30.06,120.06\nkx,科桥西,30.07,120.07\nhd,二号大街（地铁口）,30.08,120.08\n"
    "tp,臺北路,30.09,120.09\nr1,人民路,30.10,120.10\nr2,人民路,30.20,120.20\n"
    "hc,试城火车站,30.11,120.11\nzi,Žirmūnai,30.12,120.12\n"
    "lo,Łódź Bałuty,30.13,120.13\nab,Abbott St C245,30.14,120.14\n"
)
NEW = ("gcq", "kq", "kx", "hd", "tp", "r1", "r2", "hc", "zi", "lo", "ab")
TIMES = TABLES["stop_times.txt"] + "".join(
    f"b1,{9 + number}:00:00,{9 + number}:00:00,{stop},{3 + number}\n" for number, stop in enumerate(NEW)
)
ROUTES = TABLES["routes.txt"] + "RK,bus,K155,,3\nRM,bus,1,,1\nRX,bus,,机场大巴,3\n"
TRANSLATIONS = TABLES["translations.txt"] + "stops,stop_name,en,Gongchen Bridge,gcq,\n"


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edition]:
    changes = {"stops.txt": STOPS, "stop_times.txt": TIMES, "routes.txt": ROUTES, "translations.txt": TRANSLATIONS}
    opened = edition(tmp_path_factory.mktemp("feed"), changes)
    yield opened
    opened.timetable.close()


@pytest.mark.parametrize(
    ("said", "sure", "names"),
    [
        pytest.param("河桥", True, ["河桥"], id="exact"),
        pytest.param("河桥公交站", True, ["河桥"], id="with 公交站"),
        pytest.param("拱宸桥", True, ["拱宸桥公交站"], id="without the 公交站 that the feed has"),
        pytest.param("　河 桥。", True, ["河桥"], id="spaces and signs"),
        pytest.param("二号大街", True, ["二号大街"], id="without the brackets that the feed has"),
        pytest.param("河橋", True, ["河桥"], id="Traditional for a Simplified feed"),
        pytest.param("台北路", True, ["臺北路"], id="Simplified for a Traditional feed"),
        pytest.param("river bridge", True, ["河桥"], id="English"),
        pytest.param("River Bridge bus stop", True, ["河桥"], id="English with 'bus stop'"),
        pytest.param("gongchenqiao", True, ["拱宸桥公交站"], id="pinyin"),
        pytest.param("Gongchen Qiao", True, ["拱宸桥公交站"], id="pinyin in two words"),
        pytest.param("gcq", True, ["拱宸桥公交站"], id="initials"),
        pytest.param("拱辰桥", True, ["拱宸桥公交站"], id="another character of the same sound"),
        pytest.param("Gongchen Brigde", True, ["拱宸桥公交站"], id="a typing error"),
        pytest.param("Zirmunai", True, ["Žirmūnai"], id="without the accents that the feed has"),
        pytest.param("žirmūnai", True, ["Žirmūnai"], id="with them"),
        pytest.param("lodz baluty", True, ["Łódź Bałuty"], id="without strokes"),
        pytest.param("拱宸", True, ["拱宸桥公交站"], id="part of one name"),
        pytest.param("科桥", False, ["科桥东", "科桥西"], id="part of two names: both are offered"),
        pytest.param("人民路", True, ["人民路", "人民路"], id="two places of one name"),
        pytest.param("科桥南", False, ["科桥东", "科桥西"], id="no such stop: the nearest names"),
        pytest.param("八大关", False, [], id="no such stop, and no name like it"),
        pytest.param("🚌", False, [], id="nothing like a name"),
        pytest.param("", False, [], id="nothing"),
    ],
)
def test_a_stop_is_found_by_name(feed: Edition, said: str, sure: bool, names: list[str]) -> None:
    """What is meant beyond doubt is sure; else the nearest names are given, most alike first."""
    found = feed.stops.find(said)
    shown = [place.names.get("zh_Hant") or place.names["zh_Hans"] for place in found.places]
    assert (found.sure, shown[: len(names)] if names else shown) == (sure, names)


@pytest.mark.parametrize(
    ("said", "key"),
    [
        pytest.param("28路", "28", id="28路"),
        pytest.param("28", "28", id="28"),
        pytest.param("bus 28", "28", id="bus 28"),
        pytest.param("Line 28", "28", id="line 28"),
        pytest.param("２８路公交车", "28", id="wide digits, 公交车"),
        pytest.param("二十八路", "28", id="Chinese number"),
        pytest.param("B支4", "b支4", id="B支4"),
        pytest.param("b支4路", "b支4", id="b支4路"),
        pytest.param("k155", "k155", id="k155"),
        pytest.param("1号线", "1", id="1号线"),
        pytest.param("1號線", "1", id="1號線"),
        pytest.param("机场大巴", "机场大巴", id="a name of words"),
        pytest.param("機場大巴", "机场大巴", id="a name of words in Traditional"),
        pytest.param("283路", None, id="no such line"),
    ],
)
def test_a_line_is_found_by_name(feed: Edition, said: str, key: str | None) -> None:
    """However it is written."""
    assert [line.key.partition(":")[2] for line in feed.lines.find(said)] == ([] if key is None else [key])


@pytest.mark.parametrize(
    ("text", "lines", "stop", "towards", "unknown"),
    [
        pytest.param("B支4到河桥还要几分钟", ["B支4路"], "河桥", None, None, id="line and stop"),
        pytest.param("下一班28到河桥公交站", [], "河桥", None, None, id="a bare number inside may be anything"),
        pytest.param("28到河桥还有多久", ["28路"], "河桥", None, None, id="a bare number first"),
        pytest.param("28分钟后到河桥", [], "河桥", None, None, id="a number that counts minutes"),
        pytest.param("从东门到河桥的车", [], "东门", "河桥", None, id="from, to"),
        pytest.param("去河桥，我在东门", [], "东门", "河桥", None, id="to, from"),
        pytest.param(
            "when is the next 28 at River Bridge", [], "河桥", None, None, id="English; the 28 is for the model"
        ),
        pytest.param("when is the 28 due at River Bridge?", ["28路"], "河桥", None, None, id="the 28"),
        pytest.param("bus 28 from East Gate to River Bridge", ["28路"], "东门", "河桥", None, id="English from, to"),
        pytest.param("b支4路幾時到河橋", ["B支4路"], "河桥", None, None, id="Cantonese"),
        pytest.param("K155路", ["K155路"], None, None, None, id="a line alone"),
        pytest.param("不是28路，是9路", ["9路"], None, None, None, id="one refused, one meant"),
        pytest.param("999路到河桥", [], "河桥", None, "999路", id="an unknown line"),
        pytest.param("在拱辰桥等二十八路", ["28路"], "拱宸桥公交站", None, None, id="by sound, Chinese number"),
        pytest.param("火车站咋走", [], "试城火车站", None, None, id="by its kind alone"),
        pytest.param("下一班车", [], None, None, None, id="nothing named"),
        pytest.param("另一路呢", [], None, None, None, id="另一路 is no line 1"),
        pytest.param("二号大街有什么车", [], "二号大街", None, None, id="a number in a stop's name is no line"),
        pytest.param("<b>河桥</b> 🚌 /28路", ["28路"], "河桥", None, None, id="signs are signs"),
    ],
)
def test_a_sentence_is_read_without_marked_spans(
    feed: Edition, text: str, lines: list[str], stop: str | None, towards: str | None, unknown: str | None
) -> None:
    """Known names are found in the whole sentence, whatever the language model marked."""
    asked = feed.reader.read(text)
    names = [places[0].names["zh_Hans"] if places else None for places in (asked.stop, asked.towards)]
    assert ([line.names["zh_Hans"] for line in asked.lines], *names, asked.unknown_line) == (
        lines,
        stop,
        towards,
        unknown,
    )


@pytest.mark.parametrize(
    ("text", "stops", "lines", "stop", "unknown"),
    [
        pytest.param("河桥东路", ["河桥东路"], [], None, "河桥东路", id="the sentence says more than the known name"),
        pytest.param("next 28", [], ["28"], None, None, id="a marked number"),
        pytest.param("", ["@river1"], [], "河桥", None, id="a button's key"),
        pytest.param("bus at Zirmunai", [], [], "Žirmūnai", None, id="without accents in a sentence"),
        pytest.param("火星站", ["火星站"], [], None, "火星站", id="an unknown stop"),
    ],
)
def test_marked_spans_help_where_nothing_is_known(
    feed: Edition, text: str, stops: list[str], lines: list[str], stop: str | None, unknown: str | None
) -> None:
    """What the model marked is looked up, and named when it is unknown."""
    asked = feed.reader.read(text, stops, lines)
    assert (asked.stop[0].names["zh_Hans"] if asked.stop else None, asked.unknown_stop) == (stop, unknown)
    assert [line.names["en"] for line in asked.lines] == lines


def test_a_line_marked_within_a_stops_name_is_none(feed: Edition) -> None:
    """The stop is meant; a line that stands beside it is one."""
    asked = feed.reader.read("next bus at Abbott St C245", ["Abbott St"], ["C245"])
    assert (asked.lines, asked.unknown_line, asked.stop[0].names["en"]) == ((), None, "Abbott St C245")
    asked = feed.reader.read("K155 at Abbott St C245", [], ["K155", "C245"])
    assert [line.names["en"] for line in asked.lines] == ["K155"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("二十八路", "28路"),
        ("一百零五路", "105路"),
        ("一五五路", "155路"),
        ("十路", "10路"),
        ("一路上", "一路上"),
        ("这一路", "这一路"),
    ],
)
def test_arabic_reads_chinese_line_numbers(text: str, expected: str) -> None:
    """As numbers or digit by digit, and only where a line is meant."""
    assert arabic(text) == expected


@pytest.mark.parametrize(
    ("text", "translations", "feed_locale", "expected"),
    [
        pytest.param(
            "河桥", {"en": "River Bridge"}, "zh_Hans", {"zh_Hans": "河桥", "en": "River Bridge"}, id="translated"
        ),
        pytest.param("河橋", {}, "zh_Hans", {"zh_Hans": "河橋"}, id="the feed's word counts"),
        pytest.param("河橋", {}, None, {"zh_Hant": "河橋", "zh_Hans": "河桥"}, id="else the script"),
        pytest.param(
            "Library", {}, "zh_Hans", {"en": "Library", "zh_Hans": "Library"}, id="Latin letters are no Chinese"
        ),
    ],
)
def test_names_are_sorted_into_languages(
    text: str, translations: dict[str, str], feed_locale: str | None, expected: dict[str, str]
) -> None:
    """zh_Hans is always there; what the data have is kept."""
    assert names_of(text, translations, feed_locale) == expected
