"""A city's announcements as everybody reads them: timeline, archive, search, lasting pages. Real PostgreSQL."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fixtures.bulletin import CITY, NINE, announced, several, withdrawn
from fixtures.house import House
from fixtures.still import keep_still
from fixtures.web import Site, serving

from desk.store.database import create_engine
from desk.web.announcing import announcements

HOSTILE = '<script>alert("1")</script>&amp;\u202e'


@dataclass
class Board:
    """Public pages on a clock."""

    site: Site
    house: House
    at: datetime = NINE + timedelta(hours=1)

    def now(self) -> datetime:
        return self.at

    async def page(self, path: str = "/announcements", lang: str = "zh_Hans", status: int = 200, **headers: str) -> str:
        joint = "&" if "?" in path else "?"
        address = f"/{CITY}{path}{joint}lang={lang}"
        got, body, _ = await self.site.ask("GET", address, headers=headers)
        assert got == status, body
        return str(body)

    async def numbers(self, path: str = "/announcements") -> list[int]:
        """Numbers of what a list shows, in its order."""
        return [int(one) for one in re.findall(rf'<h\d .*href="/{CITY}/announcements/(\d+)\?', await self.page(path))]

    async def head(self, path: str, **headers: str) -> tuple[int, Any]:
        status, _, given = await self.site.ask("GET", f"/{CITY}{path}", headers=headers)
        return status, given


@pytest.fixture
async def board(house: House) -> AsyncIterator[Board]:
    here = Board(Site("", None), house)  # type: ignore[arg-type]
    async with serving(house, now=here.now) as site:
        here.site = site
        yield here


@pytest.mark.parametrize(
    ("locale", "title", "text", "said"),
    [
        ("zh_Hans", "文三路停水检修", "请提前储水。", "杭州市水务集团有限公司 · 西湖区 · 2026年11月24日 09:00"),
        ("zh_Hant", "文三路停水檢修", "請提前儲水。", "杭州市水務集團有限公司 · 西湖區 · 2026年11月24日 09:00"),
        ("en", "No water in Wensan Road", "Please store water.", "Hangzhou Water Group · Xihu District · 24 November"),
    ],
)
async def test_the_citys_page_has_a_timeline(board: Board, locale: str, title: str, text: str, said: str) -> None:
    """What holds now, in each language, with agency, place and time; each leads to its page."""
    number = await announced(board.house)
    page = await board.page("", locale)
    assert [
        part for part in (title, text, said, f"/{CITY}/announcements/{number}?lang={locale}") if part not in page
    ] == []


async def test_facts_stand_in_their_braces(board: Board) -> None:
    """What an announcement says of itself is said on its page, too."""
    titles = {"zh_Hans": "{where}停水至{until}", "en": "No water in {where} until {until}"}
    number = await announced(board.house, titles=titles, until=NINE + timedelta(days=1))
    assert "No water in Xihu District until 9:00 on 25 November" in await board.page("", "en")
    assert "西湖區停水至11月25日9時" in await board.page(f"/announcements/{number}", "zh_Hant")


async def test_the_timeline_has_what_holds_now(board: Board) -> None:
    """And what is to come, as that; nothing that is over, was taken back, corrected, or is of the training."""
    kept = await announced(board.house)
    coming = await announced(board.house, valid_from=NINE + timedelta(days=1))
    for changes in (
        {"until": NINE + timedelta(minutes=1)},
        {"published_at": NINE + timedelta(days=1)},
        {"withdrawn_at": NINE + timedelta(minutes=1)},
        {"mode": "training"},
        {"city": "ningbo", "districts": []},
    ):
        await announced(board.house, **changes)
    wrong = await announced(board.house)
    right = await announced(board.house, corrects=wrong, published_at=NINE + timedelta(minutes=5))
    assert await board.numbers("") == [right, coming, kept]
    assert "Begins on 25 November 2026, 09:00" in await board.page("", "en")


async def test_the_citys_page_is_there_while_the_database_is_away(house: House) -> None:
    """The chat, services and offices are shown; the announcements are said to be missing."""
    engine = create_engine("postgresql://nobody@127.0.0.1:9/none", pool_size=1)
    async with serving(replace(house, engine=engine)) as site:
        status, page, _ = await site.ask("GET", f"/{CITY}?lang=en")
    await engine.dispose()
    assert status == 200
    assert "We cannot show the notices right now" in page


async def test_feeds_are_found_from_the_citys_page(board: Board) -> None:
    """By link elements with quoted attributes, in the language of the page."""
    page = await board.page("", "en")
    for kind, form in (("atom+xml", "atom"), ("feed+json", "json")):
        link = f'<link rel="alternate" type="application/{kind}" title="Notices of Hangzhou" '
        assert f'{link}href="/hangzhou/announcements.{form}?lang=en">' in page


async def test_one_has_a_lasting_page(board: Board) -> None:
    """With its paragraphs, who says it, where, from when until when, and where more is said."""
    until = NINE + timedelta(days=2)
    number = await announced(board.house, until=until, valid_from=NINE, link="https://city.example/more?a=1&b=2")
    page = await board.page(f"/announcements/{number}", "en")
    for part in (
        "<p>Thursday, 8 am to 5 pm.</p>",
        "<p>Please store water.</p>",
        "26 November 2026, 09:00",
        'href="https://city.example/more?a=1&amp;b=2"',
        "0571-87826789",
    ):
        assert part in page
    board.at = until
    assert "Ended on 26 November 2026, 09:00" in await board.page(f"/announcements/{number}", "en")


async def test_what_was_taken_back_says_so_and_nothing_else(board: Board) -> None:
    """Its page stays, as gone: by whom and when, and neither title nor text; lists have it no more."""
    number = await announced(board.house)
    await withdrawn(board.house, number, NINE + timedelta(minutes=30))
    page = await board.page(f"/announcements/{number}", "en", status=410)
    assert "Hangzhou Water Group withdrew this notice on 24 November 2026, 09:30." in page
    assert [word for word in ("Wensan", "Thursday", "store water") if word in page] == []
    assert await board.numbers() == []


async def test_a_correction_stands_before_what_it_corrects(board: Board) -> None:
    """The newest of them first; the corrected one stays readable, and wrong when its correction is taken back."""
    first = await announced(board.house)
    titles = [{"zh_Hans": f"更正{number}", "en": f"Corrected {number}"} for number in (1, 2)]
    second = await announced(board.house, corrects=first, titles=titles[0], published_at=NINE + timedelta(minutes=5))
    third = await announced(board.house, corrects=second, titles=titles[1], published_at=NINE + timedelta(minutes=9))
    page = (await board.page(f"/announcements/{first}", "en")).partition("<main")[2]
    assert (
        page.index("corrected on 24 November 2026, 09:09")
        < page.index("Corrected 2")
        < page.index("No water in Wensan")
    )
    assert "Corrected 1" not in page
    assert f"/announcements/{second}?lang=en" in await board.page(f"/announcements/{third}", "en")
    await withdrawn(board.house, third, NINE + timedelta(minutes=20))
    page = await board.page(f"/announcements/{first}", "en")
    assert "Neither notice is valid" in page
    assert "Corrected 2" not in page
    assert await board.numbers("") == []


@pytest.mark.parametrize(
    ("changes", "word", "wrong"),
    [
        ({"mistake": {"zh_Hans": "恢复供水是20时，不是17时。"}}, "更正", "有误：恢复供水是20时，不是17时。"),
        ({"urgency": "urgent"}, "紧急更正", "我们2026年11月24日 09:00发布的通知有误，请以这一条为准。"),
    ],
)
async def test_a_correction_says_so_and_what_was_wrong(
    board: Board, changes: dict[str, Any], word: str, wrong: str
) -> None:
    """On the city's page, in the archive and on its own page, before its text, with the way to what was wrong."""
    first = await announced(board.house)
    right = await announced(board.house, corrects=first, published_at=NINE + timedelta(minutes=5), **changes)
    for path in ("", "/announcements", f"/announcements/{right}", f"/announcements/{first}"):
        page = (await board.page(path, "zh_Hans")).partition("<main")[2]
        assert page.index(f">{word}</span>") < page.index(wrong) < page.index("请提前储水"), path
        leads = re.search(rf'announcements/{first}\?lang=zh_Hans">查看之前的通知', page)
        assert (leads is None) == path.endswith(f"/{first}")


async def test_what_has_changed_was_not_wrong(board: Board) -> None:
    """It says nothing of a mistake, and leads to the one before it."""
    first = await announced(board.house)
    later = await announced(board.house, corrects=first, earlier="changed", published_at=NINE + timedelta(minutes=5))
    page = (await board.page(f"/announcements/{later}", "en")).partition("<main")[2]
    assert ("Correction" in page, "was wrong" in page) == (False, False)
    assert f"/{CITY}/announcements/{first}?lang=en" in page


@pytest.mark.parametrize(
    "changes", [{"mode": "training"}, {"published_at": NINE + timedelta(days=1)}, {"city": "ningbo"}]
)
async def test_what_is_not_public_is_not_found(board: Board, changes: dict[str, Any]) -> None:
    """Of the training, not yet published, or another city's."""
    number = await announced(board.house, **{"districts": [], **changes})
    await board.page(f"/announcements/{number}", status=404)


async def test_the_archive_has_everything_once_in_pages(board: Board) -> None:
    """The newest first; pages go on where the last ended, though new ones come in between."""
    numbers = await several(board.house, 45)
    board.at = NINE + timedelta(days=1)
    seen = await board.numbers()
    await announced(board.house, published_at=NINE + timedelta(hours=2))
    while len(seen) < 45:
        page = await board.numbers(f"/announcements?before={seen[-1]}")
        assert page
        seen += page
    assert seen == numbers[::-1]
    assert await board.numbers(f"/announcements?before={numbers[0]}") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "abcde"),
        ("topic=traffic", "b"),
        ("district=binjiang", "bc"),
        ("agency=transport", "b"),
        ("month=2026-10", "d"),
        ("month=2026-11", "abce"),
        ("topic=water&district=xihu", "ade"),
        ("district=xiaoshan&topic=water", "c"),
        ("q=停水", "acde"),
        ("q=文三路", "acd"),
        ("q=文三路&district=xihu", "ad"),
        ("q=水", "acde"),
        ("q=檢修", "acd"),
        ("q=wensan", "acd"),
        ("q=WENS+wat", "acd"),
        ("q=bridge", "b"),
        ("q=地铁", ""),
        ("q=%27%3B+--", ""),
        ("q=%26+%7C+%21", ""),
    ],
)
async def test_the_archive_is_narrowed_and_searched(board: Board, query: str, found: str) -> None:
    """By topic, district, agency, month of the city's time, and words in either script."""
    october = datetime(2026, 10, 31, 15, 59, tzinfo=UTC)  # a minute before November in China
    bridge = {
        "titles": {"zh_Hans": "大桥封闭", "en": "Bridge closed"},
        "texts": {"zh_Hans": "请绕行。", "en": "Go round."},
    }
    numbers = {
        "d": await announced(board.house, published_at=october),
        "e": await announced(board.house, titles={"zh_Hans": "全市停水"}, texts={"zh_Hans": "今晚。"}),
        "c": await announced(board.house, districts=["binjiang", "xiaoshan"]),
        "b": await announced(board.house, topic="traffic", agency="transport", districts=[], **bridge),
        "a": await announced(board.house),
    }
    names = {number: name for name, number in numbers.items()}
    assert sorted(names[one] for one in await board.numbers(f"/announcements?{query}")) == sorted(found)


@pytest.mark.parametrize(
    "query", ["topic=gossip", "district=mars", "agency=x", "month=2026-13", "before=abc", "before=0"]
)
async def test_what_the_archive_cannot_be_narrowed_to_is_not_found(board: Board, query: str) -> None:
    """An address that names nothing is no empty list."""
    await board.page(f"/announcements?{query}", status=404)


@pytest.mark.parametrize("path", ["", "/announcements", "/announcements?q=script", "/announcements/{number}"])
async def test_hostile_words_are_words(board: Board, path: str) -> None:
    """Whatever an announcement says, it is never markup, and a link that is none is not shown."""
    number = await announced(
        board.house, titles={"zh_Hans": HOSTILE}, texts={"zh_Hans": HOSTILE}, link="javascript:alert(1)"
    )
    page = await board.page(path.format(number=number))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "javascript:" not in page


async def test_what_is_known_is_not_sent_again(board: Board) -> None:
    """ETag and Last-Modified of lists and pages; a change makes both new; HEAD has them without the page."""
    number = await announced(board.house)
    for path in ("", "/announcements", f"/announcements/{number}"):
        status, given = await board.head(path)
        assert status == 200
        assert (await board.head(path, **{"If-None-Match": given["ETag"]}))[0] == 304
        if path:
            assert given["Last-Modified"] == "Tue, 24 Nov 2026 01:00:00 GMT"
            assert (await board.head(path, **{"If-Modified-Since": given["Last-Modified"]}))[0] == 304
            status, _, asked = await board.site.ask("HEAD", f"/{CITY}{path}")
            assert (status, asked["ETag"]) == (200, given["ETag"])
    known = (await board.head("/announcements"))[1]
    await withdrawn(board.house, number, NINE + timedelta(minutes=30))
    for name, value in (("If-None-Match", known["ETag"]), ("If-Modified-Since", known["Last-Modified"])):
        assert (await board.head("/announcements", **{name: value}))[0] == 200


async def test_searches_are_limited(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who searches all the time is told when to come again; reading goes on."""
    keep_still(monkeypatch, announcements, "SEARCHING")
    answers = await asyncio.gather(*(board.head("/announcements?q=停水") for _ in range(50)))
    refused = [given for status, given in answers if status == 429]
    assert refused
    assert all(int(given["Retry-After"]) > 0 for given in refused)
    assert (await board.head("/announcements"))[0] == 200
