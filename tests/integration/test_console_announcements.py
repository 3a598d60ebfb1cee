"""Announcements in the console: written, approved by another, told, corrected; what is wrong is said, nothing lost."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from fixtures.announcing import Room
from fixtures.desks import Chair, Desks, desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.posted import posted
from sqlalchemy import text

from desk.announcements.content import Schedule
from desk.announcements.telling import teller
from desk.city.telling import TellingThere
from desk.contract.grid import cell_at
from desk.contract.staff import Grant, Role
from desk.staff.mail import Mail
from desk.store.database import transaction

CITY, AGENCY = "hangzhou", "city_hall"
PLACE = f"{CITY}/{AGENCY}"
NEW = "/console/announcements/new"
ONE = "/console/announcements/1"
SENT = {"version": "1"}
NEAR = text("""
    INSERT INTO notice_places (conversation_id, city, cell, account_id, created_at)
    SELECT id, city, :cell, account_id, now() FROM conversations WHERE id = :id
""")
BY_TEXT = text("""
    WITH gateway AS (
        INSERT INTO channel_accounts (agency_id, channel, slug, city)
        SELECT agency_id, 'sms', 'texts', account.city FROM channel_accounts AS account
        JOIN conversations AS one ON one.account_id = account.id WHERE one.id = :id
        ON CONFLICT (slug) DO UPDATE SET slug = excluded.slug RETURNING id
    ), wishes AS (
        UPDATE subscriptions SET account_id = gateway.id FROM gateway WHERE conversation_id = :id
    )
    UPDATE conversations SET channel = 'sms', account_id = gateway.id FROM gateway WHERE conversations.id = :id
""")
TEXTS = {
    "place": PLACE,
    "topic": "water",
    "title_zh_Hans": "文三路停水检修",
    "title_en": "No water in Wensan Road",
    "text_zh_Hans": "周四8时至17时停水检修。",
    "text_en": "Thursday, 8 am to 5 pm.",
    "any_hour": "yes",
}


@pytest.fixture
def strict(house: House) -> House:
    """A city in which all that goes to anybody is approved by another."""
    here = house.cities[CITY]
    announcing = here.announcing.model_copy(update={"alone_up_to": 0})
    house.cities[CITY] = here.model_copy(update={"announcing": announcing})
    return house


@asynccontextmanager
async def seats(house: House) -> AsyncIterator[tuple[Desks, Chair, Chair]]:
    """An editor and an approver of an agency."""
    editor = await hire(house.engine, "lin", Grant(Role.EDITOR, CITY, AGENCY))
    approver = await hire(house.engine, "wang", Grant(Role.APPROVER, CITY, AGENCY))
    async with desks_at(house) as desks, desks.chair(editor) as writing, desks.chair(approver) as reading:
        yield desks, writing, reading


async def tell(house: House) -> None:
    """Tell all that has begun."""
    await Room(house, now=datetime.now(UTC)).tell()


async def write(chair: Chair, do: str = "submit", **changes: str) -> Any:
    """Fill in the page and press a button."""
    fields = {**TEXTS, **changes, "do": do}
    return await chair.post(NEW, fields, of=f"{NEW}?place={PLACE}")


async def test_from_a_draft_to_told_and_corrected(strict: House) -> None:
    """As a new editor and a new approver go about it, by pages alone."""
    house = strict
    reader = await Room(house).reader(locale="en")
    other = await house.open()
    async with FakeBot() as bot, house.worker(bot.url), seats(house) as (_desks, writing, reading):
        begun = await writing.get(NEW)
        assert "Training" in begun.text
        saved = await write(writing, "save", title_en="")
        assert (saved.path, "Title in English: enter 1 to 80 characters. You have 0." in saved.text) == (
            "/console/announcements/1?done=announcement_saved",
            True,
        )
        edited = {**TEXTS, "version": "1", "do": "submit"}
        sent = await writing.post("/console/announcements/1/edit", edited, of="/console/announcements/1/edit")
        assert sent.path == "/console/announcements/1?done=announcement_submitted", sent.errors
        start = await reading.get("/console")
        assert "No water in Wensan Road" in start.text
        page = await reading.get("/console/announcements/1")
        assert ">1</strong> resident" in page.text
        fields = {"version": "2", "read_zh_Hans": "yes"}
        half = await reading.post("/console/announcements/1/approve", fields, of="/console/announcements/1")
        assert half.path.endswith("done=announcement_read"), half.errors
        fields = {"version": "2", "read_en": "yes"}
        whole = await reading.post("/console/announcements/1/approve", fields, of="/console/announcements/1")
        assert whole.path.endswith("done=announcement_approved"), whole.errors
        await tell(house)
        [said] = await house.texts(reader)
        assert "No water in Wensan Road" in said
        page = await reading.get("/console/announcements/1")
        assert (">1</strong> sent so far" in page.text, "Sent" in page.text) == (True, True)
        correction = await writing.get(f"{NEW}?corrects=1")
        assert 'name="corrects" value="1"' in correction.text
        assert "It does not say what was wrong" in correction.text
        lacking = await write(writing, corrects="1", text_en="Friday, 8 am to 5 pm.", mistake_en="It is Friday.")
        assert "What was wrong, in Simplified Chinese: enter 1 to 120 characters. You have 0." in lacking.errors
        said = {
            "mistake_zh_Hans": "停水是周五，不是周四。",
            "mistake_en": "the water is off on Friday, not on Thursday.",
        }
        await write(writing, corrects="1", text_en="Friday, 8 am to 5 pm.", **said)
        page = await reading.get("/console/announcements/2")
        assert "was wrong: the water is off on Friday" in page.text
        assert "It does not say what was wrong" not in page.text
        fields = {"version": "1", "read_zh_Hans": "yes", "read_en": "yes"}
        await reading.post("/console/announcements/2/approve", fields, of="/console/announcements/2")
        await tell(house)
        assert ["Friday" in one for one in await house.texts(reader)] == [False, True]
        assert await house.texts(other) == []
        table = (await reading.get("/console/announcements.csv")).text.splitlines()
        assert table[0].startswith("\ufeffNumber,Title,State,City,Agency,Topic,Type")
        assert "Published (Asia/Shanghai, UTC+08:00)" in table[0]
        assert re.match(r"2,No water in Wensan Road,Sent,Hangzhou,Hangzhou Government Service Center,", table[1])
        assert len(table) == 3
    acts = await house.scalar("SELECT string_agg(act, ' ' ORDER BY id) FROM announcement_events")
    assert acts == "create save submit approve approve begin create submit approve begin"


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(house: House) -> None:
    """Every field keeps what was typed."""
    wrong = {
        "title_zh_Hans": "题" * 81,
        "text_en": "From {from}, ask {name}.",
        "link": "http://plain.example",
        "until": "2001-01-01T00:00",
        "every": "week",
        "a_minute": "many",
        "whom": "users",
    }
    async with seats(house) as (_, writing, _reading):
        page = await write(writing, **wrong)
        assert page.status == 422
        for field in ("title_zh_Hans", "text_en", "link", "until", "at", "a_minute", "whom"):
            assert f'href="#{field}"' in page.text, field
            assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', page.text), field
        for value in ("题" * 81, "ask {name}.", "http://plain.example", "2001-01-01T00:00", 'value="many"'):
            assert value in page.text
    assert await house.scalar("SELECT count(*) FROM announcements") == 0


async def test_what_another_changed_meanwhile_is_shown_not_overwritten(house: House) -> None:
    """Whoever saves later sees both, keeps what they typed, and decides."""
    second = await hire(house.engine, "he", Grant(Role.EDITOR, CITY, AGENCY))
    path = "/console/announcements/1/edit"
    async with seats(house) as (desks, writing, _), desks.chair(second) as other:
        await write(writing, "save")
        first = {**TEXTS, "version": "1", "do": "save"}
        await other.post(path, {**first, "text_en": "From 7 am on."}, of=path)
        late = await writing.post(path, {**first, "text_en": "From 9 am on."}, of=path)
        assert (late.status, "From 9 am on." in late.text, "<del>7</del>" in late.text) == (409, True, True)
        assert late.hidden("version") == "2"
        assert await house.scalar("SELECT texts->>'en' FROM announcements") == "From 7 am on."
        await writing.post(path, {**first, "version": "2", "text_en": "From 9 am on."}, of=path)
        assert await house.scalar("SELECT texts->>'en' FROM announcements") == "From 9 am on."
        versions = await writing.get("/console/announcements/1/versions")
        assert "version 3" in versions.text


async def test_preview_and_count_follow_what_is_typed(house: House) -> None:
    """In each language, derived where nobody wrote it; numbered lines where there are no buttons; nothing is stored."""
    await Room(house).reader()
    async with seats(house) as (_, writing, _reading):
        code = (await writing.get(f"{NEW}?place={PLACE}")).csrf
        shown = await writing.send("/console/announcements/preview", {**TEXTS, "csrf": code})
        assert ("文三路停水檢修" in shown.text, "Converted from Simplified" in shown.text, "<html" in shown.text) == (
            True,
            True,
            False,
        )
        assert re.search(r"1\. [^<]*Water supply", shown.text)
        reach = await writing.send("/console/announcements/reach", {**TEXTS, "csrf": code})
        assert ">1</strong> resident" in reach.text
        none = await writing.send("/console/announcements/reach", {**TEXTS, "language_en": "yes", "csrf": code})
        assert ">0</strong> residents" in none.text
        empty = await writing.send("/console/announcements/preview", {"place": PLACE, "csrf": code})
        assert empty.status == 200
    assert await house.scalar("SELECT count(*) FROM announcements") == 0


async def test_nobody_approves_their_own(strict: House) -> None:
    """Who holds both roles is told why; in training everything goes and reaches nobody."""
    house = strict
    reader = await Room(house).reader()
    both = await hire(house.engine, "he", Grant(Role.EDITOR, CITY, AGENCY), Grant(Role.APPROVER, CITY, AGENCY))
    async with desks_at(house) as desks, desks.chair(both) as chair:
        await write(chair)
        page = await chair.get("/console/announcements/1")
        assert "someone else has to approve it" in page.text
        fields = {"version": "1", "read_zh_Hans": "yes", "read_en": "yes"}
        refused = await chair.post("/console/announcements/1/approve", fields, of="/console/announcements/1")
        assert refused.status == 403
        assert (await chair.get("/console")).text.count("Nothing waits for your decision.") == 1
        await write(chair, mode="training")
        drill = await chair.get("/console/announcements/2")
        assert "never reaches residents" in drill.text
        await tell(house)
    assert await house.texts(reader) == []


async def test_return_reject_cancel_and_withdraw_want_a_reason(strict: House) -> None:
    """The reason is kept in the history; what was returned waits on its author's start page."""
    house = strict
    await Room(house).reader()
    async with seats(house) as (_, writing, reading):
        await write(writing)
        one = "/console/announcements/1"
        empty = await reading.post(f"{one}/return", {"reason": " "}, of=one)
        assert (empty.status, 'id="do-return" open' in empty.text) == (422, True)
        await reading.post(f"{one}/return", {"reason": "Which road?"}, of=one)
        assert "No water in Wensan Road" in (await writing.get("/console")).text
        assert "Which road?" in (await writing.get(one)).text
        await writing.post(f"{one}/submit", of=one)
        await reading.post(f"{one}/reject", {"reason": "Not ours."}, of=one)
        await write(writing)
        await writing.post("/console/announcements/2/cancel", {"reason": "Too early."}, of=one)
        listed = await writing.get("/console/announcements?show=cancelled")
        assert (listed.text.count("data-row>"), "/console/announcements/2" in listed.text) == (1, True)
    assert await house.scalar("SELECT string_agg(state, ' ' ORDER BY id) FROM announcements") == "rejected cancelled"


async def test_what_paused_by_itself_says_how_to_go_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the start page, on its own with the reasons, and resumed or cancelled from there."""
    monkeypatch.setattr(teller, "CHUNK", 3)
    monkeypatch.setattr(teller, "FEWEST", 2)
    room, path = Room(house, now=datetime.now(UTC)), "/console/announcements/1"
    for _ in range(6):
        await room.reader(pushes=True)
    async with seats(house) as (_, writing, _reading):
        await room.publish(agency=AGENCY, schedule=Schedule(quiet=False))
        await room.teller.step()
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE deliveries SET state = 'dead', reason = 'error 42'"))
        await room.tell()
        assert "Paused announcements" in (await writing.get("/console")).text
        page = (await writing.get(path)).text
        assert "3 of the last 3 messages did not arrive, so sending paused automatically" in page
        assert "3 of the last 3 messages of hangzhou-web did not arrive" in page
        assert "hangzhou-web: error 42" in page
        assert "resume or cancel" in page
        assert (await writing.post(f"{path}/resume", of=path)).path.endswith("done=announcement_resume")
    room.now = datetime.now(UTC)
    await room.tell()
    assert await house.scalar("SELECT count(*) FROM announcement_deliveries") == 6


async def test_what_failed_in_public_is_published_again(strict: House) -> None:
    """Each attempt with its reason; an approver unfolds and presses; of what is unknown they say that they looked."""
    house, path = strict, "/console/announcements/1"
    async with seats(house) as (_, writing, reading):
        await write(writing)
        fields = {"version": "1", "read_zh_Hans": "yes", "read_en": "yes"}
        await reading.post(f"{path}/approve", fields, of=path)
        await posted(house, 1, "hangzhou-web", "rejected", "refused", "error 10014")
        await posted(house, 1, "beijing-web", "unknown", "interrupted", "interrupted")
        page = (await reading.get(path)).text
        for said in ("refused", "error 10014", "interrupted: may or may not have been published", "Check the account"):
            assert said in page, said
        assert page.count(">Publish again<") == 2
        assert "Publish again<" not in (await writing.get(path)).text
        again = {"account": "hangzhou-web", "seen": "0"}
        for _ in range(2):  # pressed twice
            done = await reading.post(f"{path}/republish", again, of=path)
            assert done.path.endswith("done=announcement_republish"), done.errors
        again = {"account": "beijing-web", "seen": "0"}
        blind = await reading.post(f"{path}/republish", again, of=path)
        assert (blind.status, "It may already be published" in blind.errors) == (422, True)
        await reading.post(f"{path}/republish", {**again, "looked": "yes"}, of=path)
        assert (await writing.post(f"{path}/republish", again, of=path)).status == 403
        history = (await reading.get(path)).text
        assert re.search(r"published it again.*hangzhou-web", history)
    assert await house.scalar("SELECT string_agg(state || asked, ' ') FROM public_posts") == "waiting1 waiting1"
    queued = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'publicity.carry_out'"
    assert await house.scalar(queued) == 2


async def test_examples_name_nobody(house: House) -> None:
    """Language, channel and text of some recipients; as many as there are, and who they are is nowhere."""
    readers = [await Room(house).reader(locale=one) for one in ("zh_Hans", "en", "zh_Hant")]
    async with seats(house) as (_, writing, _reading):
        await write(writing, "save")
        page = await writing.get("/console/announcements/1/examples")
        assert page.text.count('<li class="card">') >= 2
        assert "No water in Wensan Road" in page.text or "文三路" in page.text
        assert not [one for one in readers if str(one.id) in page.text]


async def test_texts_and_audiences_are_kept_and_taken_again(house: House) -> None:
    """By name; another agency's are not there to be taken."""
    agency = house.cities[CITY].agencies[1].slug
    stranger = await hire(house.engine, "mo", Grant(Role.EDITOR, CITY, agency))
    async with seats(house) as (desks, writing, _), desks.chair(stranger) as other:
        kept = await write(writing, "keep_audience", kept_name="English readers", language_en="yes")
        assert "Saved." in kept.text
        taken = await write(writing, "take", kept_audience="1")
        assert re.search(r'name="language_en" value="yes" checked', taken.text)
        assert "文三路停水检修" in taken.text
        nameless = await write(writing, "keep_template", template_name=" ")
        assert nameless.status == 422
        await write(writing, "keep_template", template_name="Water is cut off")
        assert "Water is cut off" in (await writing.get(NEW)).text
        assert "文三路停水检修" in (await writing.get(f"{NEW}?template=1")).text
        assert "Water is cut off" not in (await other.get(NEW)).text
        assert (await other.get(f"{NEW}?template=1")).status == 404
        refused = await other.post("/console/announcements/kept", {"what": "template", "kept": "1"})
        assert refused.status == 404
        await writing.post("/console/announcements/kept", {"what": "template", "kept": "1"}, of=NEW)
    assert await house.scalar("SELECT count(*) FROM announcement_templates") == 0


async def test_a_kept_audience_is_left_out_where_one_writes(strict: House) -> None:
    """The count follows; it stays through a save, is unticked again, and who approves reads who that is."""
    room = Room(strict)
    for locale in ("en", "zh_Hans", "zh_Hans"):
        await room.reader(locale=locale)
    async with seats(strict) as (_, writing, reading):
        await write(writing, "keep_audience", kept_name="English readers", language_en="yes")
        left = await write(writing, "leave_out", kept_less="1")
        assert ">2</strong> residents" in left.text
        assert "“English readers” (People who follow the topic · English)" in left.text
        [value] = re.findall(r'name="less_0" value="([^"]+)" checked', left.text)
        again = await write(writing, "leave_out", kept_less="1", less_0=unescape(value))
        assert "less_1" not in again.text
        nested = await write(writing, "keep_audience", kept_name="Others", less_0=unescape(value))
        assert nested.text.count(">Others</option>") == 1, "it is taken, and not left out"
        lost = await write(writing, "submit", less_0="{}x")
        assert (lost.status, "could not be read" in lost.errors) == (422, True)
        await write(writing, "submit", less_0=unescape(value))
        page = (await reading.get(ONE)).text
        assert re.search(
            r"<dt>People left out</dt><dd>“English readers” \(People who follow the topic · English\)", page
        )
        assert "checked> “English readers”" in (await writing.get(f"{ONE}/edit")).text
        unticked = await writing.post(f"{ONE}/edit", {**TEXTS, **SENT, "do": "look"}, of=f"{ONE}/edit")
        assert ">3</strong> residents" in unticked.text
        await reading.post(f"{ONE}/approve", {**SENT, "read_zh_Hans": "yes", "read_en": "yes"}, of=ONE)
    await tell(strict)
    assert await strict.scalar("SELECT count(*) FROM announcement_deliveries") == 2


class Post:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        """Keep it."""
        self.sent.append(mail)


async def test_a_trial_goes_to_oneself_or_to_colleagues(house: House) -> None:
    """By mail, in every language; without an address it is said where to enter one; colleagues are ticked by name."""
    post = Post()
    async with seats(house) as (desks, writing, reading):
        object.__setattr__(desks.console, "mail", post)
        await write(writing, "save")
        one = "/console/announcements/1"
        refused = await writing.post(f"{one}/trial", of=one)
        assert "Enter your email address" in refused.errors
        assert refused.text.count('href="/console/account#mail"') == 2  # beside it, nobody else has left one either
        await writing.post("/console/account/alerts", {"mail": "lin@example.gov.cn"}, of="/console/account")
        sent = await writing.post(f"{one}/trial", of=one)
        assert sent.path.endswith("done=announcement_tried"), sent.errors
        assert ("has left an email address yet" in sent.text, "Send the test" in sent.text) == (True, False)
        await reading.post("/console/account/alerts", {"mail": "wang@example.gov.cn"}, of="/console/account")
        assert 'name="to_wang" value="yes"' in (await writing.get(one)).text
        before = len(post.sent)
        sent = await writing.post(f"{one}/trial", {"to_wang": "yes"}, of=one)
        assert sent.path.endswith("done=announcement_tried_others"), sent.errors
        assert re.search(r"sent a test .{0,300}Wang", sent.text, re.DOTALL)
        refused = await writing.post(f"{one}/trial", {"to_nobody": "yes"}, of=one)
        assert "cannot read this agency’s announcements: nobody" in refused.errors
    assert {one.to for one in post.sent[before:]} == {"wang@example.gov.cn"}
    post.sent = post.sent[:before]
    assert {one.to for one in post.sent} == {"lin@example.gov.cn"}
    assert [one.subject for one in post.sent][2] == "[Test, English] No water in Wensan Road"
    assert await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'announcement.trial'") == 2


@pytest.mark.parametrize(
    "path",
    ["", "/edit", "/versions", "/examples", "/cancel", "/withdraw", "/approve", "/return", "/submit", "/trial"],
)
async def test_another_agencys_announcement_is_not_there(house: House, path: str) -> None:
    """Neither to be read nor to be acted upon."""
    agency = house.cities[CITY].agencies[1].slug
    grants = [Grant(role, CITY, agency) for role in (Role.EDITOR, Role.APPROVER)]
    stranger = await hire(house.engine, "mo", *grants)
    async with seats(house) as (desks, writing, _), desks.chair(stranger) as other:
        await write(writing, "save")
        one = f"/console/announcements/1{path}"
        if path in ("", "/edit", "/versions", "/examples"):
            assert (await other.get(one)).status == 404
        else:
            assert (await other.post(one, {"reason": "r", "version": "1"})).status == 404
        assert "/console/announcements/1" not in (await other.get("/console/announcements")).text
        assert len((await other.get("/console/announcements.csv")).text.splitlines()) == 1


async def test_what_is_typed_is_never_taken_for_markup(house: House) -> None:
    """Titles, texts, names and reasons stand as they were typed; a file's cell is no formula."""
    script = "<script>alert(1)</script>"
    async with seats(house) as (_, writing, _reading):
        await write(writing, "save", title_zh_Hans=script, title_en=f"=1+1{script}", text_en=script)
        for path in ("", "/edit", "/versions", "/examples"):
            assert script not in (await writing.get(f"/console/announcements/1{path}")).text
        assert script not in (await writing.get("/console/announcements")).text
        assert ",'=1+1" in (await writing.get("/console/announcements.csv")).text


async def test_few_are_told_by_a_press_of_its_own_and_not_by_submitting(house: House) -> None:
    """Submitted, it waits for another, whoever it is for; sent alone it is, in the history, by who sent it."""
    reader = await Room(house).reader(locale="en")
    one, two = "/console/announcements/1", "/console/announcements/2"
    async with seats(house) as (_, writing, reading):
        assert (await write(writing)).path == f"{one}?done=announcement_submitted"
        await tell(house)
        assert await house.texts(reader) == []
        for returned in (False, True):
            if returned:
                await reading.post(f"{one}/return", {"reason": "Which road?"}, of=one)
            page = (await writing.get(one)).text
            says = "It was submitted for approval, so a second person has to approve it." in page
            assert (says, f'action="{one}/send"' in page) == (True, False)
            refused = await writing.post(f"{one}/send", SENT, of=one)
            assert (refused.status, "it can no longer be sent without approval" in refused.errors) == (422, True)
        await write(writing, "save")
        one = two
        assert f'action="{one}/send"' not in (await reading.get(one)).text
        page = await writing.get(one)
        assert ("goes to 1 resident" in page.text, f'action="{one}/send"' in page.text) == (True, True)
        sent = await writing.post(f"{one}/send", SENT, of=one)
        assert sent.path.endswith("done=announcement_send"), sent.errors
        await tell(house)
    assert len(await house.texts(reader)) == 1
    acts = await house.scalar("SELECT string_agg(act, ' ' ORDER BY id) FROM announcement_events")
    assert acts == "create submit return create submit send begin"


async def test_pages_say_how_many_one_may_still_tell_alone(house: House) -> None:
    """While it is written, and on its page; who told enough within a day is not offered to send, and is told why."""
    Room(house).alone_up_to(3)
    for _ in range(2):
        await Room(house).reader()
    said = "Without approval you may tell 3 residents of this city within 24 hours ({} left)"
    one, other = "/console/announcements/1", "/console/announcements/2"
    async with seats(house) as (_, writing, _reading):
        await write(writing, "save")
        assert said.format(3) in (await writing.get(one)).text
        await writing.post(f"{one}/send", SENT, of=one)
        await write(writing, "save")
        shown = await writing.get(other)
        assert (said.format(1) in shown.text, f'action="{other}/send"' in shown.text) == (True, False)
        refused = await writing.post(f"{other}/send", SENT, of=other)
        assert (refused.status, "It goes to more, so a second person has to approve it." in refused.text) == (422, True)
        code = (await writing.get(f"{NEW}?place={PLACE}")).csrf
        reach = await writing.send("/console/announcements/reach", {**TEXTS, "csrf": code})
        assert said.format(1) in reach.text


async def test_what_it_costs_is_said_before_it_is_submitted_and_approved(strict: House) -> None:
    """Residents × parts × price, by language, of those whom it is for: to who writes, and the same to who approves."""
    priced = {"sms": TellingThere(price=Decimal("0.045"))}
    announcing = strict.cities[CITY].announcing.model_copy(update={"channels": priced})
    strict.cities[CITY] = strict.cities[CITY].model_copy(update={"announcing": announcing})
    for locale in ("zh_Hans", "zh_Hans", "en"):
        reader = await Room(strict).reader(locale=locale)
        async with transaction(strict.engine) as connection:
            await connection.execute(BY_TEXT, {"id": reader.id})
    await Room(strict).reader()
    long = {"text_zh_Hans": "周四8时至17时检修。" * 12}  # 3 parts with what stands around it
    async with seats(strict) as (_, writing, reading):
        code = (await writing.get(f"{NEW}?place={PLACE}")).csrf
        reach = (await writing.send("/console/announcements/reach", {**TEXTS, **long, "csrf": code})).text
        said = re.findall(r"Cost at most ¥[0-9.]+|\w+: [0-9]+ × [0-9]+ × ¥0.045 = ¥[0-9.]+", reach)
        parts = [[int(one) for one in re.findall(r"([0-9]+) ×", line)] for line in said[1:]]
        assert [residents for residents, _ in parts] == [2, 1]
        assert all(parts > 1 for _, parts in parts)
        whole = sum(residents * parts for residents, parts in parts) * Decimal("0.045")
        assert said[0] == f"Cost at most ¥{whole:.2f}"
        await write(writing, **long)
        for chair in (writing, reading):
            page = (await chair.get("/console/announcements/1")).text
            assert all(one in page for one in said)


async def test_parts_are_said_where_no_price_is_set(house: House) -> None:
    """So that nobody takes it for free."""
    reader = await Room(house).reader(locale="en")
    async with transaction(house.engine) as connection:
        await connection.execute(BY_TEXT, {"id": reader.id})
    async with seats(house) as (_, writing, _reading):
        await write(writing)
        page = (await writing.get("/console/announcements/1")).text
        assert re.search(r"English: 1 × [0-9] = [0-9] parts at most; this city has set no price", page)
        assert "Cost at most" not in page


@pytest.mark.parametrize("mode", ["live", "training"])
async def test_many_are_not_told_without_another(strict: House, mode: str) -> None:
    """In training as live: the press is not offered, and does nothing where it is made all the same."""
    await Room(strict).reader()
    one = "/console/announcements/1"
    async with seats(strict) as (_, writing, _reading):
        await write(writing, mode=mode)
        assert f'action="{one}/send"' not in (await writing.get(one)).text
        refused = await writing.post(f"{one}/send", SENT, of=one)
        assert (refused.status, "a second person has to approve it" in refused.text) == (422, True)
    assert await strict.scalar("SELECT state FROM announcements") == "pending"


async def test_an_empty_draft_that_was_cancelled_has_a_page(house: House) -> None:
    """It lacks what an approval would be of, and was never to have one."""
    one = "/console/announcements/1"
    async with seats(house) as (_, writing, _reading):
        await write(
            writing, "save", **{f"{what}_{code}": "" for what in ("title", "text") for code in ("zh_Hans", "en")}
        )
        await writing.post(f"{one}/cancel", {"reason": "not needed"}, of=one)
        assert (await writing.get(one)).status == 200


async def test_a_correction_shows_what_it_changes_and_what_may_be_forgotten(strict: House) -> None:
    """To who approves it, too; what was returned says why, at the top and where it waits to be changed."""
    await Room(strict).reader()
    async with seats(strict) as (_, writing, reading):
        await write(writing)
        fields = {"version": "1", "read_zh_Hans": "yes", "read_en": "yes"}
        await reading.post("/console/announcements/1/approve", fields, of="/console/announcements/1")
        await write(writing, corrects="1", text_zh_Hans="周五8时至17时停水检修。")
        page = await reading.get("/console/announcements/2")
        assert "Changes from announcement 1" in page.text
        assert "English is word for word as in the announcement being corrected" in page.text
        back = {"reason": "the English text still says Thursday"}
        await reading.post("/console/announcements/2/return", back, of="/console/announcements/2")
        page = await writing.get("/console/announcements/2")
        assert "Reason for return:</strong> the English text still says Thursday" in page.text
        await write(writing, corrects="1", text_zh_Hans="周五", text_en="Friday")
        assert "word for word" not in (await reading.get("/console/announcements/3")).text


async def test_an_area_is_drawn_counted_and_kept(house: House) -> None:
    """What is wrong with it stands at its field, and what was pasted is not lost; approvers see it drawn."""
    points = "120.151,30.271\r\n120.169,30.271\r\n120.169,30.279\r\n120.151,30.279"
    reader = await house.open()
    async with transaction(house.engine) as connection:
        cell = cell_at(30.275, 120.155)
        await connection.execute(NEAR, {"id": reader.id, "cell": cell})
    async with seats(house) as (_desks, writing, _reading):
        wrong = await write(writing, "save", whom="area", area="120,30\n121,31\n121,30\n120,31")
        assert "Borders cross or overlap" in wrong.text
        assert "120,30" in wrong.text
        fields = {**TEXTS, "whom": "area", "area": points}
        reach = await writing.post("/console/announcements/reach", fields, of=f"{NEW}?place={PLACE}")
        assert ">1</strong> resident" in reach.text
        assert "touching 2 squares" in reach.text
        assert reach.text.count("<svg") == 1
        saved = await write(writing, "save", whom="area", area=points, and_followers="yes")
        page = await writing.get(saved.path.partition("?")[0])
        assert ("touching 2 squares" in page.text, "Xihu District" in page.text) == (True, True)
        again = await writing.get("/console/announcements/1/edit")
        assert "120.151,30.271" in again.text


async def test_who_may_read_it_is_said(house: House) -> None:
    """Beside the count while it is written, and on its page; it is chosen where the usual is not meant."""
    async with seats(house) as (_desks, writing, _reading):
        of = f"{NEW}?place={PLACE}"
        usual = await writing.post("/console/announcements/reach", TEXTS, of=of)
        assert "Everybody can read it" in usual.text
        kept = await writing.post("/console/announcements/reach", {**TEXTS, "on_pages": "no"}, of=of)
        assert "It is not on the public pages" in kept.text
        both = await write(writing, on_pages="no", public_post="yes")
        assert "What is said on public accounts is shown on the public pages" in both.text
        await write(writing, "save", on_pages="no")
        page = await writing.get("/console/announcements/1")
        assert "It is not on the public pages" in page.text


async def test_what_is_over_says_what_stands_and_who_was_told(strict: House) -> None:
    """Cancelling is not withdrawing; what nobody got, was never public or is a drill says so."""
    house = strict
    reader = await Room(house).reader(locale="en")
    one, two = "/console/announcements/1", "/console/announcements/2"
    read = {"version": "1", "read_zh_Hans": "yes", "read_en": "yes"}
    async with FakeBot() as bot, house.worker(bot.url), seats(house) as (_desks, writing, reading):
        await write(writing)
        assert "Once it is sent, everybody can read it" in (await reading.get(one)).text
        await reading.post(f"{one}/approve", read, of=one)
        waits = await reading.get(one)
        assert "It is still on the public pages" in waits.text
        assert "If you tell them" not in waits.text  # nobody was told yet
        await reading.post(f"{one}/cancel", {"reason": "put off"}, of=one)
        cancelled = await reading.get(one)
        assert "Cancelled. No resident was told." in cancelled.text
        assert "It is still on the public pages" in cancelled.text
        await reading.post(f"{one}/withdraw", {"reason": "put off"}, of=one)
        gone = await reading.get(one)
        assert "Withdrawn. It is shown and told no more. No resident was told." in gone.text
        assert ("It is no longer shown" in gone.text, "In its audience now" in gone.text) == (True, True)
        await write(writing)
        await reading.post(f"{two}/approve", read, of=two)
        await tell(house)
        told = await reading.get(two)
        assert ("If you tell them, residents read:" in told.text, "no longer holds" in told.text) == (True, True)
        why = {"reason": "wrong road", "tell": "yes", "why_zh_Hans": "改期。"}
        short = await reading.post(f"{two}/withdraw", why, of=two)
        assert short.status == 422  # some of them read English
        await reading.post(f"{two}/withdraw", {**why, "why_en": "Put off."}, of=two)
        assert "Messages already sent stay in residents’ chats." in (await reading.get(two)).text
        assert len(await house.texts(reader)) == 1
        await write(writing, mode="training")  # the fourth: the third tells of the withdrawal
        drill = await reading.get("/console/announcements/4")
        assert "It is a drill: residents never see it" in drill.text
        assert "[Drill] No water in Wensan Road" in (await reading.get("/console")).text


async def test_a_reason_is_needed_in_the_languages_of_those_who_were_told(strict: House) -> None:
    """What went to readers of Chinese alone is taken back in Chinese alone."""
    house = strict
    await Room(house).reader()
    one = "/console/announcements/1"
    async with seats(house) as (_desks, writing, reading):
        await write(writing, title_en="", text_en="", language_zh_Hans="yes")
        await reading.post(f"{one}/approve", {"version": "1", "read_zh_Hans": "yes"}, of=one)
        await tell(house)
        why = {"reason": "put off", "tell": "yes", "why_zh_Hans": "改期。"}
        done = await reading.post(f"{one}/withdraw", why, of=one)
        assert done.path == f"{one}?done=announcement_withdraw", done.errors


async def test_what_is_public_leads_to_its_public_page(strict: House) -> None:
    """By its permanent address, in a new tab, while it stands there; before and after there is no link."""
    house = strict
    await Room(house).reader()
    one, says = "/console/announcements/1", "See the public page"
    read = {"version": "1", "read_zh_Hans": "yes", "read_en": "yes"}
    async with seats(house) as (_desks, writing, reading):
        await write(writing)
        assert says not in (await writing.get(one)).text
        await reading.post(f"{one}/approve", read, of=one)
        link = r'<a href="[^"]*/hangzhou/announcements/1" target="_blank" rel="noopener">See the public page'
        assert re.search(link, (await writing.get(one)).text)
        await reading.post(f"{one}/withdraw", {"reason": "put off"}, of=one)
        assert says not in (await writing.get(one)).text


async def test_the_author_is_told_what_was_decided(strict: House) -> None:
    """On the start page, and why at the top of what was rejected; requests lead on to what waits elsewhere."""
    house = strict
    await Room(house).reader()
    one = "/console/announcements/1"
    async with seats(house) as (_desks, writing, reading):
        await write(writing)
        waits = (await reading.get("/console/requests")).text
        assert ("Also waiting for you" in waits, "Announcements to approve" in waits) == (True, True)
        await reading.post(f"{one}/reject", {"reason": "Not ours."}, of=one)
        assert "Also waiting for you" not in (await reading.get("/console/requests")).text
        start = (await writing.get("/console")).text
        assert re.search(r"No water in Wensan Road</a> <span class=\"quiet\">Rejected", start)
        assert "Rejected because:</strong> Not ours." in (await writing.get(one)).text


async def test_the_list_has_numbers_and_says_what_was_corrected(strict: House) -> None:
    """A tag names what corrects it, once that was published."""
    house = strict
    await Room(house).reader()
    read = {"version": "1", "read_zh_Hans": "yes", "read_en": "yes"}
    async with seats(house) as (_desks, writing, reading):
        await write(writing)
        await reading.post("/console/announcements/1/approve", read, of="/console/announcements/1")
        await tell(house)
        await write(writing, corrects="1", text_zh_Hans="周五", text_en="Friday")
        assert "Corrected by no. 2" not in (await reading.get("/console/announcements")).text
        await reading.post("/console/announcements/2/approve", read, of="/console/announcements/2")
        await tell(house)
        assert "Corrected by no. 2" in (await reading.get("/console/announcements")).text
        assert "new?corrects=2" in (await writing.get("/console/announcements/1")).text  # who waited, waits for that


async def test_few_recipients_are_all_shown(house: House) -> None:
    """Nobody is left to chance where all fit on the page; of many ten are drawn."""
    for one in ("zh_Hans", "en", "zh_Hant", "zh_Hans"):
        await Room(house).reader(locale=one)
    async with seats(house) as (_, writing, _reading):
        await write(writing, "save")
        page = (await writing.get("/console/announcements/1/examples")).text
        assert (page.count('<li class="card">'), "These are all recipients" in page) == (4, True)
        assert "Show 10 others" not in page
        for _ in range(8):
            await Room(house).reader()
        page = (await writing.get("/console/announcements/1/examples")).text
        assert (page.count('<li class="card">') <= 10, "Show 10 others" in page) == (True, True)


async def test_a_notice_of_an_area_says_so_and_how_to_end_it(house: House) -> None:
    """Not the name of the whole city, and not the topic, which whoever follows a place may not follow."""
    points = "120.151,30.271\r\n120.169,30.271\r\n120.169,30.279\r\n120.151,30.279"
    async with seats(house) as (_desks, writing, _reading):
        await write(writing, "save", whom="area", area=points)
        page = (await writing.get("/console/announcements/1")).text
        assert ("the area drawn on the map" in page, "Stop notices near places" in page) == (True, True)
        await write(writing, "save", whom="area", area=points, and_followers="yes")
        assert "Stop notices near places" not in (await writing.get("/console/announcements/2")).text
