"""Feeds of announcements, read by programs that others wrote: feedparser, vobject. Real PostgreSQL."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser
import pytest
import vobject
from fixtures.atom_rules import broken, ungrammatical
from fixtures.bulletin import CITY, NINE, announced, several, withdrawn
from fixtures.house import SITE, House
from fixtures.web import ANNOUNCED, Site, serving
from sqlalchemy import text

from desk.store.database import transaction
from desk.web.parts import Announced

HUB = "https://hub.example/"
ATOM = "{http://www.w3.org/2005/Atom}"
TAG = re.compile(r"tag:city\.example,2026:[a-z0-9/_-]+")
HOSTILE = "a]]><script>\"'&amp;<b>\u0001\ufffe\u202eend"
SHA256 = hashlib.sha256(b"x").hexdigest()
KEPT = text("""
    INSERT INTO announcement_images (sha256, content_type, width, height, content, brought_by, wanted_at)
    VALUES (:sha256, 'image/png', 4, 3, 'x', 'editor', :at)
""")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Clock:
    """The time as a test sets it."""

    at: datetime = NINE + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def site(house: House, clock: Clock) -> AsyncIterator[Site]:
    named = Announced(ANNOUNCED.topics, SITE, ANNOUNCED.authority, HUB)
    async with serving(house, now=clock, announced=named) as site:
        yield site


async def feed(site: Site, form: str = "atom", query: str = "lang=en") -> str:
    status, body, headers = await site.ask("GET", f"/{CITY}/announcements.{form}?{query}")
    assert status == 200
    assert headers["Content-Type"].endswith("charset=utf-8")
    return body if isinstance(body, str) else json.dumps(body)


async def test_a_reader_reads_the_atom_feed(house: House, site: Site) -> None:
    """Title, language, author, entries with their texts, times, topics and addresses, the newest first."""
    numbers = await several(house, 3, link="https://city.example/more")
    read = feedparser.parse((await feed(site)).encode())
    assert (read.bozo, read.version, read.feed.title, read.feed.language) == (
        False,
        "atom10",
        "Notices of Hangzhou",
        "en",
    )
    assert [entry.title for entry in read.entries] == ["Notice 2", "Notice 1", "Notice 0"]
    newest = read.entries[0]
    assert newest.link == f"{SITE}/{CITY}/announcements/{numbers[2]}?lang=en"
    assert newest.author == "Hangzhou Water Group"
    assert newest.tags[0].term == "water"
    assert newest.content[0].value == "<p>Thursday, 8 am to 5 pm.</p><p>Please store water.</p>"
    assert newest.updated == "2026-11-24T01:02:00Z"
    links = {(one.rel, one.href) for one in read.feed.links}
    own = f"{SITE}/{CITY}/announcements.atom?lang=en"
    assert {("self", own), ("hub", HUB), ("alternate", f"{SITE}/{CITY}/announcements?lang=en")} <= links


async def test_the_atom_feed_is_as_the_validator_wants_it(house: House, site: Site) -> None:
    """What the W3C's validator warns of: no two of one id or one time, whole addresses, times and languages in form."""
    first, _, last = await several(house, 3)
    await announced(house, corrects=first, published_at=NINE + timedelta(minutes=20))
    await withdrawn(house, last, NINE + timedelta(minutes=30))
    root = ET.fromstring(await feed(site))
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    for name in ("id", "title", "updated", "author", "subtitle", "icon"):
        assert len(root.findall(ATOM + name)) == 1
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 4
    for name in ("id", "updated"):
        values = [str(one.findtext(ATOM + name)) for one in (root, *entries) if name == "id" or one is not root]
        assert [value for value, count in Counter(values).items() if count > 1] == []
    ids = [str(one.text) for one in root.iter(f"{ATOM}id")]
    assert [one for one in ids if not TAG.fullmatch(one)] == []
    times = [str(one.text) for name in ("updated", "published") for one in root.iter(ATOM + name)]
    assert [one for one in times if not RFC_3339.fullmatch(one)] == []
    links = list(root.iter(f"{ATOM}link"))
    assert [one.get("href") for one in links if not urlsplit(str(one.get("href"))).netloc] == []
    assert [str(one.findtext(f"{ATOM}updated")) for one in entries] == sorted(
        (str(one.findtext(f"{ATOM}updated")) for one in entries), reverse=True
    )


async def test_a_correction_says_in_its_first_words_what_was_wrong(house: House, site: Site) -> None:
    """Its title that it corrects, its text in what; nothing of either where the one before it has only changed."""
    first = await announced(house)
    mistake = {"zh_Hans": "20时恢复。", "en": "back at 8 pm & not at 5 pm."}
    await announced(house, corrects=first, mistake=mistake, published_at=NINE + timedelta(minutes=20))
    read = feedparser.parse((await feed(site)).encode()).entries
    assert read[0].title == "Correction: No water in Wensan Road"
    assert (
        read[0]
        .content[0]
        .value.startswith(
            "<p>Our notice of 24 November 2026, 09:00 was wrong: back at 8 pm &amp; not at 5 pm.</p><p>Thursday"
        )
    )


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("topic", ["", "&topic=water"])
async def test_neither_a_rule_of_the_validator_nor_the_grammar_is_broken(
    house: House, site: Site, language: str, topic: str
) -> None:
    """Of what is usual, hostile, corrected, withdrawn, illustrated, dated, in one language alone; and of no entry."""
    query, now = f"lang={language}{topic}", NINE + timedelta(hours=1)
    kind = "application/atom+xml; charset=utf-8"
    url = f"{SITE}/{CITY}/announcements.atom?{query}"
    empty = await feed(site, query=query)
    assert (broken(empty, url, kind, now), ungrammatical(empty)) == ([], [])
    first, _, last = await several(house, 3, link="https://city.example/more?a=1&b=2")
    mistake = {"zh_Hans": "20时<b>恢复</b>。", "en": "8 pm & <i>not</i> 5 pm."}
    await announced(house, corrects=first, mistake=mistake, published_at=NINE + timedelta(minutes=20))
    await withdrawn(house, last, NINE + timedelta(minutes=30))
    words = {"zh_Hans": HOSTILE, "en": f"{HOSTILE} \u0090 {{where}}"}
    await announced(house, titles=words, texts=words, link="javascript:x", published_at=NINE + timedelta(minutes=40))
    await announced(house, titles={"en": "One"}, texts={"en": "Two"}, published_at=NINE + timedelta(minutes=41))
    image = await drawn_in(house)
    dated = {"valid_from": NINE, "until": NINE + timedelta(days=9)}
    await announced(house, image=image, converted=True, published_at=NINE + timedelta(minutes=42), **dated)
    document = await feed(site, query=query)
    assert (document.count("<entry>"), "enclosure" in document) == (7, True)
    assert (broken(document, url, kind, now), ungrammatical(document)) == ([], [])


async def drawn_in(house: House) -> dict[str, Any]:
    """An image that is kept here, as an announcement names it."""
    async with transaction(house.engine) as connection:
        await connection.execute(KEPT, {"sha256": SHA256, "at": NINE})
    return {"sha256": SHA256, "alternatives": {"zh_Hans": "地图 <b>", "en": 'A map & "roads"'}}


async def test_ids_stay(house: House, site: Site) -> None:
    """Also when it is corrected, taken back, or found in the feed of its topic; another language has others."""
    number = await announced(house)

    async def ids(query: str) -> list[str]:
        return [entry.id for entry in feedparser.parse((await feed(site, query=query)).encode()).entries]

    mine = f"tag:city.example,2026:{CITY}/announcements/{number}/en"
    assert await ids("lang=en") == [mine]
    assert await ids("lang=en&topic=water") == [mine]
    assert await ids("lang=en&topic=traffic") == []
    assert await ids("lang=zh-Hans") == [mine.replace("/en", "/zh-Hans")] == await ids("")
    await withdrawn(house, number, NINE + timedelta(minutes=30))
    assert await ids("lang=en") == [mine]


async def test_what_was_taken_back_or_corrected_reaches_readers(house: House, site: Site) -> None:
    """As a change of its entry: without its words, or with the way to the correction; the newest change first."""
    wrong, gone = await several(house, 2)
    right = await announced(house, corrects=wrong, published_at=NINE + timedelta(minutes=20))
    await withdrawn(house, gone, NINE + timedelta(minutes=30))
    read = feedparser.parse((await feed(site)).encode()).entries
    assert [entry.title for entry in read] == [
        "This notice was withdrawn",
        "Correction: No water in Wensan Road",
        "Corrected: Notice 0",
    ]
    assert read[0].content[0].value == (
        "<p>Hangzhou Water Group withdrew this notice on 24 November 2026, 09:30. What it said is no longer valid.</p>"
    )
    assert f"{SITE}/{CITY}/announcements/{right}?lang=en" in read[2].content[0].value
    assert read[0].updated_parsed > read[1].updated_parsed


@pytest.mark.parametrize("form", ["atom", "json", "ics"])
async def test_hostile_words_are_words(house: House, site: Site, form: str) -> None:
    """Whatever an announcement says, the feed is whole, and nothing of it is markup."""
    await announced(
        house,
        titles={"en": HOSTILE},
        texts={"en": f"{HOSTILE}\nBEGIN:VEVENT"},
        link="javascript:x",
        until=NINE + timedelta(days=1),
    )
    body = await feed(site, form)
    match form:
        case "atom":
            entry = feedparser.parse(body.encode(), sanitize_html=False).entries[0]
            assert "<script>" not in entry.content[0].value
            title = ET.fromstring(body)[-1][1]
            assert (title.get("type"), "<" in str(title.text)) == ("html", False)
            said = HOSTILE.replace("\u0001", "\ufffd").replace("\ufffe", "\ufffd")
            assert (entry.title_detail.type, unescape(str(title.text))) == ("text/html", said)
        case "json":
            item = json.loads(body)["items"][0]
            assert (item["title"], "<script>" in item["content_html"], "external_url" in item) == (
                HOSTILE,
                False,
                False,
            )
        case _:
            event = vobject.readOne(body).vevent
            assert len(list(vobject.readOne(body).components())) == 2  # its zone, and one event
            assert event.summary.value.endswith("end")


async def test_the_json_feed_is_one(house: House, site: Site) -> None:
    """JSON Feed 1.1 with its hub; identifiers and times are those of the Atom feed."""
    number = await announced(house, link="https://city.example/more")
    read = json.loads(await feed(site, "json"))
    assert (read["version"], read["language"], read["feed_url"]) == (
        "https://jsonfeed.org/version/1.1",
        "en",
        f"{SITE}/{CITY}/announcements.json?lang=en",
    )
    assert read["hubs"] == [{"type": "WebSub", "url": HUB}]
    assert read["items"] == [
        {
            "id": f"tag:city.example,2026:{CITY}/announcements/{number}/en",
            "url": f"{SITE}/{CITY}/announcements/{number}?lang=en",
            "title": "No water in Wensan Road",
            "content_html": "<p>Thursday, 8 am to 5 pm.</p><p>Please store water.</p>",
            "content_text": "Thursday, 8 am to 5 pm.\n\nPlease store water.",
            "date_published": "2026-11-24T01:00:00+00:00",
            "date_modified": "2026-11-24T01:00:00+00:00",
            "authors": [{"name": "Hangzhou Water Group"}],
            "tags": ["Water supply"],
            "language": "en",
            "external_url": "https://city.example/more",
        }
    ]


async def test_dated_ones_are_a_calendar(house: House, site: Site) -> None:
    """From when until when, in the city's time; what was taken back or corrected is cancelled; the rest is left out."""
    begins, ends = NINE + timedelta(days=1), NINE + timedelta(days=1, hours=9)
    await announced(house)
    kept = await announced(house, valid_from=begins, until=ends)
    gone = await announced(house, valid_from=begins)
    await withdrawn(house, gone, NINE + timedelta(minutes=10))
    await announced(house, until=NINE - timedelta(days=91), published_at=NINE - timedelta(days=99))
    calendar = vobject.readOne(await feed(site, "ics"))
    events = {event.uid.value: event for event in calendar.vevent_list}
    assert set(events) == {f"tag:city.example,2026:{CITY}/announcements/{number}/en" for number in (kept, gone)}
    event = events[f"tag:city.example,2026:{CITY}/announcements/{kept}/en"]
    assert (event.dtstart.value, event.dtend.value) == (begins, ends)
    assert (event.status.value, event.location.value, event.sequence.value) == ("CONFIRMED", "Xihu District", "0")
    cancelled = events[f"tag:city.example,2026:{CITY}/announcements/{gone}/en"]
    assert (cancelled.status.value, cancelled.sequence.value) == ("CANCELLED", "1")
    assert "Wensan" not in cancelled.summary.value


@pytest.mark.parametrize("form", ["atom", "json", "ics"])
async def test_a_feed_that_is_known_is_not_sent_again(house: House, site: Site, form: str) -> None:
    """ETag and Last-Modified; a poll costs a 304; for a minute caches need not ask; other sites' pages may read it."""
    number = await announced(house, until=NINE + timedelta(days=1))
    address = f"/{CITY}/announcements.{form}?lang=en"
    status, _, given = await site.ask("GET", address)
    assert (status, given["Cache-Control"], given["Access-Control-Allow-Origin"]) == (200, "public, max-age=60", "*")
    for name, value in (("If-None-Match", given["ETag"]), ("If-Modified-Since", given["Last-Modified"])):
        status, body, again = await site.ask("GET", address, headers={name: value})
        assert (status, body, again["ETag"]) == (304, "", given["ETag"])
    assert (await site.ask("HEAD", address))[2]["ETag"] == given["ETag"]
    await withdrawn(house, number, NINE + timedelta(minutes=30))
    for name, value in (("If-None-Match", given["ETag"]), ("If-Modified-Since", given["Last-Modified"])):
        assert (await site.ask("GET", address, headers={name: value}))[0] == 200


async def test_what_is_not_translated_says_so(house: House, site: Site) -> None:
    """An entry that is not written in the feed's language is in the first that there is, and named as that."""
    await announced(house, titles={"zh_Hans": "停水"}, texts={"zh_Hans": "今晚。"})
    entry = feedparser.parse((await feed(site)).encode()).entries[0]
    assert (entry.title, entry.title_detail.language, entry.content[0].language) == ("停水", "zh-Hans", "zh-Hans")
    assert json.loads(await feed(site, "json"))["items"][0]["language"] == "zh-Hans"
    traditional = feedparser.parse((await feed(site, query="lang=zh-Hant")).encode()).entries[0]
    assert (traditional.content[0].value, traditional.content[0].language) == ("<p>今晚。</p>", "zh-Hant")


async def test_an_empty_feed_is_one_and_stays_the_same(site: Site, clock: Clock) -> None:
    """A city that announced nothing yet has feeds that can be followed."""
    before = await feed(site)
    clock.at += timedelta(days=1)
    assert await feed(site) == before
    assert feedparser.parse(before.encode()).bozo is False
    assert vobject.readOne(await feed(site, "ics")).prodid.value


@pytest.mark.parametrize(
    "path", [f"{CITY}/announcements.atom?topic=gossip", "atlantis/announcements.atom", f"{CITY}/announcements.rss"]
)
async def test_what_there_is_not_is_not_found(site: Site, path: str) -> None:
    """An unknown topic, city or form is a 404."""
    status, _, _ = await site.ask("GET", f"/{path}")
    assert status == 404


async def test_a_feed_has_the_newest_fifty(house: House, site: Site, clock: Clock) -> None:
    """The rest stands in the archive."""
    await several(house, 60)
    clock.at = NINE + timedelta(days=1)
    read: Any = feedparser.parse((await feed(site)).encode())
    assert [entry.title for entry in read.entries] == [f"Notice {number}" for number in range(59, 9, -1)]
