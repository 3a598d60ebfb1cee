"""What an announcement begins with: that it is urgent, an alert, or a correction of one; everywhere."""

import json
import re

import feedparser
import pytest
from fixtures.announcing import CITY, EDITOR, Room
from fixtures.desks import desks_at, hire
from fixtures.drawn import drawn
from fixtures.house import House
from fixtures.web import Site, serving

from desk.contract.staff import Grant, Role
from desk.contract.wire import LOCALES

ALT = {"zh_Hans": "停水范围地图", "en": "A map of the streets without water"}


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


async def page_of(site: Site, path: str) -> str:
    async with site.http.get(f"{site.url}{path}") as answer:
        assert answer.status == 200
        return await answer.text()


def properties(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([a-z:_]+)" content="([^"]*)">', page))


async def test_an_urgent_one_says_so_first(room: Room) -> None:
    """Where it is told, in the list for who asks, and in its correction; a routine one says nothing of that."""
    readers = [await room.reader(locale=one) for one in LOCALES]
    await room.publish()
    number = await room.publish(urgency="urgent")
    await room.tell()
    said = [sorted(await room.house.texts(one)) for one in readers]
    assert [[text.splitlines()[0] for text in texts] for texts in said] == [
        ["【文三路停水】周四8时至17时检修。", "【紧急：文三路停水】周四8时至17时检修。"],
        ["【文三路停水】週四8時至17時檢修。", "【緊急：文三路停水】週四8時至17時檢修。"],
        [
            "No water in Wensan Road. Thursday, 8 am to 5 pm.",
            "Urgent: No water in Wensan Road. Thursday, 8 am to 5 pm.",
        ],
    ]
    assert (await room.shown())[1].startswith("【紧急：文三路停水】")
    right = await room.announcements.correct(EDITOR, number, room.draft(urgency="urgent"))
    await room.announcements.submit(EDITOR, right.id)
    await room.tell()
    assert (await room.house.texts(readers[2]))[-1].startswith("Correction: Urgent: No water")


async def test_an_alerts_correction_says_first_that_it_was_wrong(room: Room) -> None:
    """In all languages, before anything else."""
    readers = [await room.reader(locale=one) for one in LOCALES]
    wrong = await room.approve(await room.pending())
    await room.tell()
    right = await room.announcements.correct(EDITOR, wrong.id, wrong.draft)
    await room.approve(await room.announcements.submit(EDITOR, right.id))
    await room.tell()
    assert [(await room.house.texts(one))[-1].splitlines()[0] for one in readers] == [
        "【预警更正】我们2026年11月24日 09:00发布的预警有误，请以这一条为准。",
        "【警報更正】我們2026年11月24日 09:00發布的警報有誤，請以這一則為準。",
        "Alert correction: Our alert of 24 November 2026, 09:00 was wrong; please go by this one.",
    ]


async def test_pages_feeds_and_the_console_say_it_in_a_word(room: Room) -> None:
    """Not by colour alone: before the title, in titles of feeds and of the calendar, in lists of staff."""
    until = room.now.replace(hour=12)
    number = await room.publish(urgency="urgent", until=until)
    await room.approve(await room.pending(until=until))
    editor = await hire(room.house.engine, "lin", Grant(Role.EDITOR))
    approver = await hire(room.house.engine, "wang", Grant(Role.APPROVER))
    async with serving(room.house, now=lambda: room.now) as site:
        for path in (f"/{CITY}", f"/{CITY}/announcements"):
            page = await page_of(site, f"{path}?lang=en")
            assert re.findall(r'class="notice-word" lang="en">(\w+)<', page) == ["Alert", "Urgent"]
        page = await page_of(site, f"/{CITY}/announcements/{number}?lang=zh_Hant")
        assert '<span class="notice-word" lang="zh-Hant">緊急</span> 文三路停水' in page
        assert "<title>緊急：文三路停水 · " in page
        read = feedparser.parse(await page_of(site, f"/{CITY}/announcements.atom?lang=en"))
        titles = ["Alert: No water in Wensan Road", "Urgent: No water in Wensan Road"]
        assert sorted(one.title for one in read.entries) == titles
        items = json.loads(await page_of(site, f"/{CITY}/announcements.json?lang=en"))["items"]
        assert sorted(one["title"] for one in items) == titles
        calendar = await page_of(site, f"/{CITY}/announcements.ics?lang=en")
        assert re.search(r"SUMMARY[^:\r\n]*:Urgent: No water in Wensan Road", calendar)
    await room.pending(urgency="urgent", kind="announcement", audience={}, public=("post",))
    async with desks_at(room.house) as desks, desks.chair(editor) as writing, desks.chair(approver) as reading:
        listed = await writing.get("/console/announcements")
        marked = re.findall(r'class="tag bad">(Urgent|Emergency alert)<', listed.text)
        assert marked == ["Urgent", "Emergency alert", "Urgent"]
        assert "Urgent: No water in Wensan Road" in (await reading.get("/console")).text


async def test_its_address_shows_what_it_is_where_somebody_passes_it_on(room: Room) -> None:
    """Title, words, language and image, by OpenGraph and as a card; escaped as everything is."""
    agency = room.house.cities[CITY].agencies[0].slug
    image = await room.announcements.keep_image(EDITOR, CITY, agency, drawn())
    image = image.model_copy(update={"alternatives": ALT})
    texts = {"zh_Hans": '周四"停水"<b>', "en": 'Thursday: "no water" <b>'}
    number, plain = await room.publish(image=image, urgency="urgent", texts=texts), await room.publish()
    async with serving(room.house, now=lambda: room.now) as site:
        found = properties(await page_of(site, f"/{CITY}/announcements/{number}?lang=en"))
        address = f"/{CITY}/announcements/images/{image.sha256}.jpg"
        assert found["og:title"] == "Urgent: No water in Wensan Road"
        assert found["og:description"] == "Thursday: &#34;no water&#34; &lt;b&gt;"
        assert found["og:url"].endswith(f"/{CITY}/announcements/{number}?lang=en")
        assert (found["og:locale"], found["og:type"]) == ("en_GB", "article")
        assert (found["og:image"].endswith(address), found["og:image:alt"]) == (True, ALT["en"])
        assert re.match(r"https?://", found["og:image"])
        assert (found["og:image:width"], found["twitter:card"]) == ("320", "summary_large_image")
        found = properties(await page_of(site, f"/{CITY}/announcements/{plain}?lang=zh_Hant"))
        assert ("og:image" in found, found["og:locale"], found["twitter:card"]) == (False, "zh_TW", "summary")
