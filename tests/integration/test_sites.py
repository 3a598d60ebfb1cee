"""What listed sites may have counted and pinned, what their pages say to clerks, and what web teams see of it."""

import asyncio
import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fixtures.cases import appointment
from fixtures.desks import desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import actor
from fixtures.still import keep_still
from fixtures.tickets import seated, waits
from fixtures.web import Site, serving
from sqlalchemy import text

from desk.contract.messages import KeepCase
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Grant, Role
from desk.conversations import service as conversations
from desk.conversations.live import Live
from desk.sites import counts
from desk.store.database import transaction
from desk.web.origins import Origins
from desk.web.widget import counting
from desk.web.widget.snippet import line_of, wishes

FRIEND, STRANGER = "https://www.example.gov.cn", "https://elsewhere.example"
LISTED = Origins(by_city={"hangzhou": frozenset({FRIEND})})
DAY = date(2026, 11, 20)
FROM = text("UPDATE conversations SET came_from = :words WHERE id = :id")
OLDER = text("INSERT INTO chat_scripts (version, integrity, content) VALUES (:version, 'sha384-x', :content)")


async def count(site: Site, sender: str | None, body: str | Mapping[str, Any]) -> int:
    """Count as a page of a site does; the status."""
    headers = {"Content-Type": "text/plain"} | ({} if sender is None else {"Origin": sender})
    said = {"data": body} if isinstance(body, str) else {"json": body}
    status, _, _ = await site.ask("POST", "/chat/v1/counts", headers=headers, **said)
    return status


async def test_listed_sites_alone_are_counted(house: House) -> None:
    """By the origin that the browser names, for the city that it is listed for; nothing but the number is kept."""
    async with serving(house, origins=LISTED) as site:
        good = '{"city": "hangzhou", "what": "viewed", "visitor": "me"}'
        answers = [
            await count(site, FRIEND, good),
            await count(site, FRIEND, good),
            await count(site, STRANGER, good),
            await count(site, None, good),
            await count(site, site.url, good),
            await count(site, FRIEND, '{"city": "ningbo", "what": "viewed"}'),
            await count(site, FRIEND, '{"city": "atlantis", "what": "viewed"}'),
            await count(site, FRIEND, '{"city": "hangzhou", "what": "bought"}'),
            await count(site, FRIEND, "no json"),
        ]
    assert answers == [204, 204, 403, 403, 403, 403, 404, 422, 400]
    kept = await house.scalar("SELECT jsonb_agg(to_jsonb(row) - 'shard' - 'day') FROM site_counts AS row")
    assert sum(one.pop("count") for one in kept) == 2
    assert kept[0] == {"city": "hangzhou", "origin": FRIEND, "what": "viewed"}
    assert set(kept[0]) == {"city", "origin", "what"}


async def test_one_address_does_not_count_without_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond some hundred at once it is told to wait, and nothing is counted."""
    keep_still(monkeypatch, counting, "PACE")
    async with serving(house, origins=LISTED) as site:
        body = {"city": "hangzhou", "what": "viewed"}
        statuses = await asyncio.gather(*(count(site, FRIEND, body) for _ in range(400)))
    assert 429 in statuses
    assert await house.scalar("SELECT sum(count)::int FROM site_counts") == statuses.count(204)


async def test_web_teams_see_their_cities(house: House) -> None:
    """Page and CSV have a line for a site and a day; who sees another city's has none of it, a clerk no page."""
    async with transaction(house.engine) as connection:
        for what in ("viewed", "viewed", "viewed", "opened", "begun"):
            await counts.note(connection, day=DAY, city="hangzhou", origin=FRIEND, what=what)  # type: ignore[arg-type]
        found = await counts.days_of(connection, actor("an", Grant(Role.ANALYST, "hangzhou")), DAY, DAY)
        none = await counts.days_of(connection, actor("an", Grant(Role.ANALYST, "ningbo")), DAY, DAY)
    assert [(one.origin, one.viewed, one.opened, one.begun, one.completed) for one in found] == [(FRIEND, 3, 1, 1, 0)]
    assert none == []
    analyst = await hire(house.engine, "an", Grant(Role.ANALYST, "hangzhou"))
    stranger = await hire(house.engine, "st", Grant(Role.ANALYST, "ningbo"))
    clerk = await hire(house.engine, "lin", Grant(Role.CLERK, "hangzhou"))
    asked = f"since={DAY}&until={DAY}"
    async with desks_at(house) as desks:
        async with desks.chair(analyst) as chair:
            page = await chair.get(f"/console/figures/sites?{asked}")
            file = await chair.get(f"/console/figures/sites.csv?{asked}")
        async with desks.chair(stranger) as chair:
            theirs = await chair.get(f"/console/figures/sites?{asked}")
        async with desks.chair(clerk) as chair:
            refused = await chair.get(f"/console/figures/sites?{asked}")
    [line] = csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff")))
    assert (page.status, FRIEND in page.text, FRIEND in theirs.text, refused.status) == (200, True, False, 403)
    assert (line["Site"], line["Shown"], line["Opened"], line["Completed"]) == (FRIEND, "3", "1", "0")


async def test_a_version_once_served_is_served_on(house: House) -> None:
    """Also after an update, to everybody's page; what never was is not found."""
    async with transaction(house.engine) as connection:
        await connection.execute(OLDER, {"version": "0123456789abcdef", "content": b"the older one"})
    async with serving(house) as site:
        _, script, newest = await site.ask("GET", "/chat.js", headers={"Origin": STRANGER})
        version = newest["ETag"].removeprefix("W/").strip('"')
        older = await site.ask("GET", "/chat-0123456789abcdef.js", headers={"Origin": STRANGER})
        known = await site.ask("GET", "/chat-0123456789abcdef.js", headers={"If-None-Match": '"0123456789abcdef"'})
        never = await site.ask("GET", "/chat-fedcba9876543210.js")
        pinned = await site.ask("GET", f"/chat-{version}.js")
        listed = await site.ask("GET", "/hangzhou/widget?lang=en")
        one = await site.ask("GET", f"/hangzhou/widget/{version}?lang=en")
        past = await site.ask("GET", "/hangzhou/widget/0123456789abcdef?lang=en")
        none = await site.ask("GET", "/hangzhou/widget/fedcba9876543210?lang=en")
    assert (older[0], older[1], known[0], never[0]) == (200, "the older one", 304, 404)
    assert (pinned[1] == script, await house.scalar("SELECT count(*) FROM chat_scripts")) == (True, 2)
    assert {one[2]["Access-Control-Allow-Origin"] for one in (older, pinned)} == {"*"}
    assert newest["Access-Control-Allow-Origin"] == "*"
    assert (version in listed[1], "0123456789abcdef" in listed[1]) == (True, True)
    assert "This is the newest version" in one[1]
    assert "There is a newer version" in past[1]
    assert (past[0], none[0]) == (200, 404)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Renewing a passport", "Renewing a passport"),
        ("  two\n lines ", "two lines"),
        ("of 330106199003071234", "of 3301****1234"),
        ("call 13812345678", "call ****5678"),
        ("x" * 200, "x" * 80),
        ("\u202e\u200b", None),
        ("", None),
        (None, None),
    ],
)
async def test_what_a_page_is_about_is_a_line_without_persons(
    house: House, site: Site, written: str | None, kept: str | None
) -> None:
    """Numbers of persons are masked before anything is kept, and it is cut; clerks read it, erasing forgets it."""
    _, opened, _ = await site.ask("POST", "/chat/v1/sessions", json={"city": "hangzhou", "context": written})
    asked = "SELECT came_from FROM conversations WHERE id = :id"
    assert await house.scalar(asked, id=opened["session"]) == kept


async def test_a_clerk_reads_what_the_page_is_about(house: House) -> None:
    """On the ticket; the resident in what is kept of them; nobody once all is erased."""
    conversation, ticket = await waits(house)
    async with transaction(house.engine) as connection:
        await connection.execute(FROM, {"id": conversation.id, "words": "Renewing <b>a passport"})
        data = await conversations.data_of(connection, conversation.id, house.parts(None))
    async with seated(house, Grant(Role.CLERK, "hangzhou")) as (chair, _):
        page = await chair.get(f"/console/tickets/{ticket.reference}")
    assert data["came_from"] == "Renewing <b>a passport"
    assert (page.status, "Renewing &lt;b&gt;a passport" in page.text) == (200, True)
    erased = RenderedMessage(text="erased", locale="en")
    await conversations.erase(house.engine, Live(house.redis), conversation.id, erased, house.parts(None))
    assert await house.scalar("SELECT came_from FROM conversations") is None


async def test_the_line_says_what_was_wished_and_nothing_else(house: House) -> None:
    """What cannot be is as if it had not been said, and nothing that was typed ends an attribute."""
    city = house.cities["hangzhou"]
    wild = {
        "colour": "red;}", "label": '"><script>alert(1)</script>', "logo": "javascript:alert(1)", "side": "top",
        "service": "moon_landing", "offset": "9999", "context": "a\x00b", "corners": "round",
        "locale": "xx", "count": "on",
    }  # fmt: skip
    made = line_of(wishes(wild, city), "https://city.example/chat.js")
    assert f'data-colour="{city.colour}"' in made
    assert "<script>alert" not in made
    assert [
        one for one in ("javascript:", "moon_landing", "data-side", "data-corners", "data-count") if one in made
    ] == []
    good = {"colour": "#8C1D1D", "service": "traffic_fines", "side": "start", "offset": "80", "pin": "yes"}
    wished = wishes(good, city)
    assert wished.pins
    assert line_of(wished, "https://city.example/chat-1.js", "sha384-x") == (
        '<script src="https://city.example/chat-1.js" data-city="hangzhou" data-colour="#8c1d1d" data-side="start"'
        ' data-offset="80" data-service="traffic_fines" integrity="sha384-x" crossorigin="anonymous" defer></script>'
    )


async def test_a_day_is_one_of_the_city(house: House) -> None:
    """What is counted at night belongs to the city's day."""
    zone = ZoneInfo(house.cities["hangzhou"].timezone)
    night = datetime(2026, 11, 20, 0, 30, tzinfo=zone)
    async with serving(house, origins=LISTED, now=lambda: night) as site:
        assert await count(site, FRIEND, {"city": "hangzhou", "what": "opened"}) == 204
    assert await house.scalar("SELECT day FROM site_counts") == DAY


@pytest.mark.parametrize(("status", "completed"), [("booked", "marriage_registration"), ("cancelled", None)])
async def test_the_end_of_a_turn_says_what_was_completed(house: House, status: str, completed: str | None) -> None:
    """The service by which something was booked or handed in; nothing where it was called off."""
    conversation = await house.open()
    agency = house.cities["hangzhou"].agencies[0].slug
    place = {"city": "hangzhou", "agency": agency, "status": status, "known_at": None}
    kept = KeepCase.model_validate(appointment().model_dump() | place).model_dump(mode="json")
    async with FakeBot() as bot, house.worker(bot.url):
        bot.answers.append({"effects": [kept]})
        await house.say(conversation, "book it")
        await house.say(conversation, "thanks")
        await house.settle(conversation)
    done = [event.body for event in await house.events(conversation) if event.type == "turn_done"]
    assert [one.get("completed") for one in done] == [completed, None]
