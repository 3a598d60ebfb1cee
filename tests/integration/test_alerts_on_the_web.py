"""Emergency alerts on the web: seen on pages and in chats while they hold, given out, pushed by their sources."""

import asyncio
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from fixtures import cap as given
from fixtures import loaded
from fixtures.alerted import APPROVER, AT_ONCE, EDITOR, KEY, SOURCE, TEN, Alerted
from fixtures.atom_rules import broken, ungrammatical
from fixtures.house import HOME, House, turn_of
from fixtures.still import keep_still

from desk.alerts import elements
from desk.alerts.cap import read
from desk.alerts.codes import Kind
from desk.alerts.documents import LARGEST, Element, parse
from desk.alerts.signatures import signed_part
from desk.alerts.standing import Standing
from desk.announcements.board import Board
from desk.contract.messages import ShowAnnouncements
from desk.store.database import create_engine, transaction
from desk.web.announcing import alerts

PUSH = f"/alerts/{HOME}"


@pytest.fixture
def alerted(house: House) -> Alerted:
    return Alerted(house)


def key_of(source: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {source}-{KEY}"}


def order_of(element: Element) -> None:
    """Every element stands where the standard has it, as often as it may: what the schema checks."""
    if element.name in elements.WITHIN:
        elements.parts_of(element, element.name)
        for child in element.children:
            if child.namespace == elements.CAP:
                order_of(child)


async def test_an_alert_is_on_the_citys_page_while_it_holds(alerted: Alerted) -> None:
    """In the language of the page, grade in words; gone when it is over."""
    await alerted.take()
    async with alerted.site() as site:
        for locale, said in (
            ("zh_Hans", "杭州市气象台发布暴雨红色预警信号"),
            ("zh_Hant", "杭州市氣象臺發佈暴雨紅色預警信號"),
            ("en", "Red warning of a rainstorm in Xihu District"),
        ):
            for page in (f"/{HOME}", f"/{HOME}/alerts"):
                status, html, _ = await site.ask("GET", f"{page}?lang={locale.replace('_', '-')}")
                assert status == 200
                assert said in html
                assert 'data-grade="Severe"' in html
        alerted.now = TEN + timedelta(hours=7)
        _, html, _ = await site.ask("GET", f"/{HOME}")
        assert "data-grade" not in html
        status, html, _ = await site.ask("GET", f"/{HOME}/alerts?lang=en")
        assert "No alert is in force." in html


async def test_what_happens_is_told_to_who_reads_another_language(alerted: Alerted) -> None:
    """By the code that the source gives, else by an event that is exactly a known one."""
    coded = given.info(
        severity="Severe",
        event="强降雨",
        eventCode={"valueName": "eventType", "value": "11B0304"},
        headline="山区强降雨",
    )
    await alerted.take(identifier="coded", info=[coded])
    await alerted.take(identifier="named", info=[given.info(severity="Minor", event="大风蓝色预警", headline="大风蓝")])
    async with alerted.site() as site:
        for locale, said in (
            ("en", ["Rainstorm: 山区强降雨", "Gale: 大风蓝"]),
            ("zh_Hant", ["山區強降雨", "大風藍"]),
        ):
            _, body, _ = await site.ask("GET", f"/chat/v1/cities/{HOME}/alerts?locale={locale}")
            assert [one["headline"] for one in body["alerts"]] == said


async def test_what_an_alert_says_is_text(alerted: Alerted) -> None:
    """A document may hold anything that a text may."""
    info = given.info(headline="<script>alert(1)</script>", web="javascript:alert(1)", description="<img src=x>")
    await alerted.take(info=[info])
    async with alerted.site() as site:
        _, html, _ = await site.ask("GET", f"/{HOME}")
    assert "<script>alert(1)" not in html
    assert "javascript:" not in html
    assert "<img src=x>" not in html


async def test_chats_ask_what_holds(alerted: Alerted) -> None:
    """As JSON, in the resident's language, the gravest first."""
    await alerted.take(identifier="minor", info=[given.info(severity="Minor", event="大风", headline="大风蓝色预警")])
    await alerted.take()
    async with alerted.site() as site:
        status, body, headers = await site.ask("GET", f"/chat/v1/cities/{HOME}/alerts?locale=en")
        assert status == 200
        assert "max-age" in headers["Cache-Control"]
        assert [one["severity"] for one in body["alerts"]] == ["Severe", "Minor"]
        first, second = body["alerts"]
        assert (first["tag"], first["areas"]) == ("en", "Xihu District, Hangzhou")
        assert (second["tag"], second["headline"]) == ("zh-Hans", "Gale: 大风蓝色预警")  # said in no other language
        status, _, _ = await site.ask("GET", "/chat/v1/cities/atlantis/alerts")
        assert status == 404


async def test_who_asks_what_is_going_on_hears_alerts_first(alerted: Alerted) -> None:
    """Once, whatever is asked about, in every language; and the bot is told that there is something."""
    await alerted.take()
    conversation = await alerted.house.open()
    board = Board(alerted.cities, loaded.topics(), lambda: alerted.now, "https://city.example")
    async with transaction(alerted.house.engine) as connection:
        effects = [ShowAnnouncements(topic="weather"), ShowAnnouncements(topic="transit")]
        done = await board.carry_out(turn_of(connection, conversation, effects))
    texts = [alerted.house.catalogs.render(reply, "zh_Hans").text for reply in done.said]
    assert len(texts) == 1
    assert texts[0].startswith("【预警·严重】杭州市气象台发布暴雨红色预警信号\n范围：杭州市西湖区")
    assert "请远离河道" in texts[0]
    assert "https://city.example/hangzhou/alerts" in texts[0]
    english = alerted.house.catalogs.render(done.said[0], "en").text
    assert english.startswith("[Alert: Severe] Red warning of a rainstorm in Xihu District\nWhere: Xihu District")


async def test_who_asks_of_another_district_hears_no_alert_of_this(alerted: Alerted) -> None:
    """Of their own, or of the whole city."""
    await alerted.take()
    conversation = await alerted.house.open()
    board = Board(alerted.cities, loaded.topics(), lambda: alerted.now)
    for district, hears in (("xihu", True), ("yuhang", False)):
        async with transaction(alerted.house.engine) as connection:
            effects = [ShowAnnouncements(topic="weather", district=district)]
            done = await board.carry_out(turn_of(connection, conversation, effects))
        said = alerted.house.catalogs.render(done.said[0], "zh_Hans").text
        assert ("暴雨红色预警信号" in said) is hears


async def test_a_source_pushes_by_its_key(alerted: Alerted) -> None:
    """New once; what is wrong with a document is said."""
    async with alerted.site() as site:
        status, body, _ = await site.ask("POST", PUSH, data=given.document(), headers=key_of(AT_ONCE))
        assert (status, body["state"], body["new"]) == (201, "live", True)
        status, body, _ = await site.ask("POST", PUSH, data=given.document(), headers=key_of(AT_ONCE))
        assert (status, body["new"]) == (200, False)
        status, body, _ = await site.ask("POST", PUSH, data=b"<alert/>", headers=key_of(AT_ONCE))
        assert (status, body["why"]) == (422, "not_cap")
        status, body, _ = await site.ask("POST", PUSH, data=given.document(identifier="w"), headers=key_of(SOURCE))
        assert (status, body["state"]) == (201, "pending")


@pytest.mark.parametrize(
    ("headers", "path"),
    [({}, PUSH), ({"Authorization": "Bearer x"}, PUSH), (key_of("nobody"), PUSH), (key_of(AT_ONCE), "/alerts/ningbo"),
     ({"Authorization": f"Basic {AT_ONCE}-{KEY}"}, PUSH)],
    ids=["no key", "short", "unknown", "another city", "another scheme"],
)  # fmt: skip
async def test_nobody_else_pushes(
    alerted: Alerted, headers: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key of a source of this city nothing is read, and after some tries nothing is looked at."""
    keep_still(monkeypatch, alerts, "FORGERIES")
    async with alerted.site() as site:
        answers = [(await site.ask("POST", path, data=given.document(), headers=headers))[0] for _ in range(25)]
    assert set(answers) == {401, 429}
    assert await alerted.shown() == []


async def test_a_document_of_50_mb_is_not_taken_in(alerted: Alerted) -> None:
    """Nor one that says that it is smaller."""
    async with alerted.site() as site:
        status, body, _ = await site.ask("POST", PUSH, data=BytesIO(b" " * 50_000_000), headers=key_of(AT_ONCE))
        assert (status, body["limit"]) == (413, LARGEST)

        async def unsaid() -> Any:
            for _ in range(50):
                yield b" " * 100_000

        status, _, _ = await site.ask("POST", PUSH, data=unsaid(), headers=key_of(AT_ONCE))
        assert status == 413


async def test_each_alert_has_a_signed_document_of_ours(alerted: Alerted) -> None:
    """Ours by number, sender and signature; what it says is its source's; it never changes."""
    taken = await alerted.take()
    update = given.document(
        identifier="update",
        msgType="Update",
        references=given.reference(),
        sent=(TEN + timedelta(minutes=5)).isoformat(),
    )
    alerted.now += timedelta(minutes=5)
    second = await alerted.take(update)
    alerted.now += timedelta(minutes=5)
    await alerted.room.end(EDITOR, second.alert.id, "over")
    certificate = alerted.signs[1]
    async with alerted.site() as site:
        _, index, headers = await site.ask("GET", f"/{HOME}/alerts.cap?lang=en")
        assert headers["Content-Type"].startswith("application/atom+xml")
        own = f"https://city.example/{HOME}/alerts.cap?lang=en"
        assert broken(str(index), own, headers["Content-Type"], alerted.now) == []
        assert ungrammatical(str(index)) == []
        feed = parse(index.encode())
        entries = [one for one in feed.children if one.name == "entry"]
        links = [child.attribute("href") for one in entries for child in one.children if child.name == "link"]
        assert len(links) == 3
        documents = []
        for link in links:
            path = link.removeprefix("https://city.example")
            status, body, headers = await site.ask("GET", path)
            assert (status, headers["Content-Type"].split(";")[0]) == (200, "application/cap+xml")
            assert (await site.ask("GET", path))[1] == body
            order_of(parse(body.encode(), (elements.CAP, "alert")))
            documents.append(read(signed_part(body.encode(), [certificate], alerted.now)))
    cancel, updated, first = documents
    assert [one.kind for one in documents] == [Kind.CANCEL, Kind.UPDATE, Kind.ALERT]
    assert {one.sender for one in documents} == {"alerts@city.example"}
    assert first.identifier == taken.alert.number
    assert first.source is not None
    assert first.source.startswith(f"{given.SENDER},{given.NUMBER},")
    assert [one.headline for one in first.infos] == [one["headline"] for one in (given.CHINESE, given.ENGLISH)]
    assert first.infos[0].areas[0].rings == read(given.document()).infos[0].areas[0].rings
    assert [one.identifier for one in updated.references] == [first.identifier]
    assert [one.identifier for one in cancel.references] == [updated.identifier]


async def test_what_is_not_public_is_not_given_out(alerted: Alerted) -> None:
    """Neither an exercise, nor what waits, nor anything of a city in training."""
    drill = await alerted.take(identifier="drill", status="Exercise")
    await alerted.take(source=SOURCE, identifier="waits")
    shown = await alerted.take()
    async with alerted.site() as site:
        _, index, _ = await site.ask("GET", f"/{HOME}/alerts.cap")
        assert index.count("<entry>") == 1
        status, _, _ = await site.ask("GET", f"/{HOME}/alerts/{drill.alert.number}.cap")
        assert status == 404
        status, _, _ = await site.ask("GET", f"/ningbo/alerts/{shown.alert.number}.cap")
        assert status == 404
    alerted.mode = "training"
    async with alerted.site() as site:
        _, index, _ = await site.ask("GET", f"/{HOME}/alerts.cap")
        assert index.count("<entry>") == 0
        status, _, _ = await site.ask("GET", f"/{HOME}/alerts/{shown.alert.number}.cap")
        assert status == 404


async def test_an_alert_that_was_shown_stays_while_the_database_is_away(alerted: Alerted) -> None:
    """As long as it has not expired."""
    await alerted.take()
    clock = [TEN]
    standing = Standing(alerted.house.engine, alerted.cities, lambda: clock[0])
    assert len(await standing.of(alerted.city)) == 1
    away = create_engine("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    standing.engine = away
    clock[0] += timedelta(hours=1)
    assert len(await standing.of(alerted.city)) == 1
    clock[0] += timedelta(hours=7)
    assert await standing.of(alerted.city) == []
    await away.dispose()


async def test_many_readers_are_one_question(alerted: Alerted) -> None:
    """Within two seconds; a change is seen after them."""
    await alerted.take(source=SOURCE)
    standing = Standing(alerted.house.engine, alerted.cities, lambda: alerted.now)
    assert await asyncio.gather(*(standing.of(alerted.city) for _ in range(50))) == [[]] * 50
    await alerted.room.approve(APPROVER, 1)
    alerted.now += timedelta(seconds=2)
    assert len(await standing.of(alerted.city)) == 1
