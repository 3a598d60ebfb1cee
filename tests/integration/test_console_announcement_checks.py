"""What the console says before an announcement is sent, whom it waits for, and the files that it gives out."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import FormData
from fixtures.announcing import EDITOR as ROOMS_EDITOR
from fixtures.announcing import Room
from fixtures.desk_command import Typed
from fixtures.desks import Answer, Chair, desks_at, hire
from fixtures.house import House
from fixtures.staffed import actor
from sqlalchemy import text

from desk.announcements.audience.whom import Whom
from desk.announcements.content import Schedule
from desk.announcements.looking import Looking
from desk.city.telling import QuietHours
from desk.contract.staff import Grant, Role
from desk.store.database import transaction
from tests.integration.test_console_announcements import AGENCY, CITY, NEW, PLACE, TEXTS, seats, tell, write
from tests.integration.test_lists import by_telephone

ONE = "/console/announcements/1"
SENT = {"version": "1"}
BOTH = {"version": "1", "read_zh_Hans": "yes", "read_en": "yes"}
MARK = "（本文由簡體中文自動轉換）"
EDITOR = actor("lin", Grant(Role.EDITOR, CITY, AGENCY))
TOLD_TO_READ = text("SELECT subject || ' ' || detail FROM staff_alerts WHERE kind = 'review' ORDER BY id")
FILES = ("announcements", "figures/announcements", "figures/tickets", "figures/grades")


@pytest.fixture
def strict(house: House) -> House:
    """A city in which all that goes to anybody is approved by another."""
    here = house.cities[CITY]
    announcing = here.announcing.model_copy(update={"alone_up_to": 0})
    house.cities[CITY] = here.model_copy(update={"announcing": announcing})
    return house


def box(page: str) -> list[str]:
    """What stands in the box of what is to be decided, each in a line; none: there is no box."""
    found = re.search(r'<section class="tile decide".*?</section>', page, re.DOTALL)
    assert found is not None
    lines = re.findall(r"<li data-row>(.*?)</li>", found[0], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in lines]


async def test_one_box_holds_all_that_is_to_be_decided_the_oldest_first(strict: House) -> None:
    """Announcements to approve and requests to allow of an approver who manages staff; returned ones of an editor."""
    await Room(strict).reader()
    both = await hire(strict.engine, "he", Grant(Role.APPROVER, CITY, AGENCY), Grant(Role.AGENCY_ADMIN, CITY, AGENCY))
    boss = await hire(strict.engine, "boss", Grant(Role.SECURITY_ADMIN))
    asked = text("""
        INSERT INTO staff_requests (kind, city, agency, subject, what, reason, requested_by, requested_at, good_until)
        VALUES ('staff_recover', 'hangzhou', 'city_hall', 'mei', '{"login": "mei"}', 'r', 'boss', :at,
                clock_timestamp() + interval '3 days')
    """)
    async with seats(strict) as (desks, writing, reading), desks.chair(both) as chair, desks.chair(boss) as away:
        await write(writing, title_en="First")
        async with transaction(strict.engine) as connection:
            await connection.execute(asked, {"at": datetime.now(UTC)})
        await write(writing, title_en="Second")
        start = (await chair.get("/console")).text
        assert [line.split()[1] for line in box(start)] == ["First", "New", "Second"]
        assert re.search(r'For you to decide <span class="count">3<', start)
        assert [line.split()[1] for line in box((await reading.get("/console")).text)] == ["First", "Second"]
        await reading.post(f"{ONE}/return", {"reason": "Which road?"}, of=ONE)
        assert box((await writing.get("/console")).text)[0].startswith("Returned First")
        assert box((await away.get("/console")).text) == []  # who decides, and has nothing to


async def test_what_was_returned_says_why_until_it_is_submitted_again(strict: House) -> None:
    """Also once it is saved half done: on its page, where it is edited, on the start page and in the list behind it."""
    await Room(strict).reader()
    because = "Reason for return:</strong> Which road?"
    async with seats(strict) as (_, writing, reading):
        await write(writing, title_en="First")
        await reading.post(f"{ONE}/return", {"reason": "Which road?"}, of=ONE)
        half = {**TEXTS, "title_en": "First", "text_en": "Thursday.", "version": "1", "do": "save"}
        await writing.post(f"{ONE}/edit", half, of=f"{ONE}/edit")
        page = (await writing.get(ONE)).text
        assert (because in page, f'action="{ONE}/submit"' in page) == (True, True)
        assert because in (await writing.get(f"{ONE}/edit")).text
        start = (await writing.get("/console")).text
        assert box(start)[0].startswith("Returned First")
        assert ("Reason for return: Which road?" in start, start.count(">First<")) == (True, 1)
        assert ">First<" in (await writing.get("/console/announcements?show=returned&mine=yes")).text
        await writing.post(f"{ONE}/submit", of=ONE)
        assert because not in (await writing.get(ONE)).text
        again = {**half, "version": "2", "text_en": "On Thursday."}
        await writing.post(f"{ONE}/edit", again, of=f"{ONE}/edit")
        assert because not in (await writing.get(ONE)).text
        start = (await writing.get("/console")).text
        assert ("Reason for return" in start, start.count(">First<")) == (False, 1)


async def test_what_comes_back_or_corrects_says_so(strict: House) -> None:
    """To who approves, with their own reason; of others' returns that it comes again; who wrote it reads why."""
    await Room(strict).reader()
    second = await hire(strict.engine, "he", Grant(Role.APPROVER, CITY, AGENCY))
    two = "/console/announcements/2"
    async with seats(strict) as (desks, writing, reading), desks.chair(second) as other:
        await write(writing, title_en="First")
        assert [box((await one.get("/console")).text)[0][:21] for one in (reading, other)] == [
            "Announcement First Li"
        ] * 2
        await reading.post(f"{ONE}/return", {"reason": "Which road?"}, of=ONE)
        form = await writing.get(f"{ONE}/edit")
        assert "Reason for return:</strong> Which road?" in form.text
        edited = {**TEXTS, "title_en": "First", "text_en": "Thursday.", "version": "1", "do": "submit"}
        await writing.post(f"{ONE}/edit", edited, of=f"{ONE}/edit")
        said = box((await reading.get("/console")).text)[0]
        assert "First Submitted again · Lin · Your reason last time: Which road?" in said
        said = box((await other.get("/console")).text)[0]
        assert ("First Submitted again · Lin ·" in said, "Which road?" in said) == (True, False)
        assert "Reason for return" not in (await writing.get(f"{ONE}/edit")).text
        await reading.post(f"{ONE}/approve", {**BOTH, "version": "2"}, of=ONE)
        await tell(strict)
        await write(writing, corrects="1", title_en="Second", text_en="Friday.")
        assert "Second Corrects 1 · Lin ·" in box((await reading.get("/console")).text)[0]
        await reading.post(f"{two}/approve", BOTH, of=two)
        start = " ".join(re.sub(r"<[^>]+>", " ", (await writing.get("/console")).text).split())
        assert re.search(r"Second Corrects 1 · (?!Corrects)", start)


async def test_who_decides_nothing_has_no_box(house: House) -> None:
    """A clerk and an analyst; an editor begins an announcement on the start page, and finds their drafts there."""
    clerk = await hire(house.engine, "mo", Grant(Role.CLERK, CITY, AGENCY))
    analyst = await hire(house.engine, "an", Grant(Role.ANALYST, CITY))
    async with seats(house) as (desks, writing, reading), desks.chair(clerk) as one, desks.chair(analyst) as two:
        for chair in (one, two):
            page = (await chair.get("/console")).text
            assert ("For you to decide" in page, NEW in page) == (False, False)
        await write(writing, "save", title_en="Half written")
        page = (await writing.get("/console")).text
        assert (f'href="{NEW}" data-key="n"' in page, "Half written" in page) == (True, True)
        assert NEW not in (await reading.get("/console")).text
        other = await hire(house.engine, "he", Grant(Role.EDITOR, CITY, AGENCY))
        async with desks.chair(other) as colleague:
            assert "Half written" not in (await colleague.get("/console")).text
            mine = await colleague.get("/console/announcements?mine=yes")
            assert "Half written" not in mine.text
            assert "Half written" in (await colleague.get("/console/announcements")).text


@pytest.mark.parametrize("is_read", [True, False])
async def test_a_conversion_that_nobody_read_says_so(strict: House, is_read: bool) -> None:
    """To residents who read it, and in public; the approval waits for no tick of it and stays good."""
    readers = {one: await Room(strict).reader(locale=one) for one in ("zh_Hans", "zh_Hant")}
    async with seats(strict) as (_, writing, reading):
        await write(writing)
        page = (await reading.get(ONE)).text
        assert ("source-beside" in page, 'name="read_zh_Hant"' in page) == (True, True)
        ticks = {**BOTH, "read_zh_Hant": "yes"} if is_read else BOTH
        await reading.post(f"{ONE}/approve", ticks, of=ONE)
        await tell(strict)
        page = (await reading.get(ONE)).text
        assert "approved it after reading" in page
    [hant] = await strict.texts(readers["zh_Hant"])
    [hans] = await strict.texts(readers["zh_Hans"])
    assert ("停水檢修" in hant, MARK in hant, MARK in hans) == (True, not is_read, False)
    assert await strict.scalar("SELECT converted FROM announcements") is not is_read


@pytest.mark.parametrize("is_read", [True, False])
async def test_who_sends_alone_says_whether_they_read_the_conversion(house: House, is_read: bool) -> None:
    """With the same tick; each time of what is repeated says the same."""
    reader = await Room(house).reader(locale="zh_Hant")
    at = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    async with seats(house) as (_, writing, _reading):
        await write(writing, "save", at=f"{at:%Y-%m-%dT%H:%M}", every="day", ends="times", times="3")
        sent = await writing.post(f"{ONE}/send", SENT | ({"read_zh_Hant": "yes"} if is_read else {}), of=ONE)
        assert sent.path.endswith("done=announcement_send"), sent.errors
        await write(writing, "save")
        two = "/console/announcements/4"
        await writing.post(f"{two}/send", SENT | ({"read_zh_Hant": "yes"} if is_read else {}), of=two)
        await tell(house)
    assert [MARK in one for one in await house.texts(reader)] == [not is_read]
    assert await house.scalar("SELECT bool_and(converted = NOT CAST(:it AS boolean)) FROM announcements", it=is_read)


async def test_a_change_forgets_that_it_was_marked(strict: House) -> None:
    """What was approved and is written in Traditional Chinese afterwards is no conversion."""
    await Room(strict).reader()
    at = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    later = {**TEXTS, "at": f"{at:%Y-%m-%dT%H:%M}"}
    async with seats(strict) as (_, writing, reading):
        await write(writing, **later)
        await reading.post(f"{ONE}/approve", BOTH, of=ONE)
        assert await strict.scalar("SELECT converted FROM announcements") is True
        hant = {"title_zh_Hant": "文三路停水檢修", "text_zh_Hant": "週四停水。"}
        await writing.post(f"{ONE}/edit", {**later, **hant, "version": "1", "do": "save"}, of=f"{ONE}/edit")
        assert await strict.scalar("SELECT converted FROM announcements") is False
        assert "source-beside" not in (await writing.get(ONE)).text


async def test_only_languages_of_the_city_are_asked_for(strict: House) -> None:
    """In the form, of who approves, and as needed."""
    here = strict.cities[CITY]
    strict.cities[CITY] = here.model_copy(update={"languages": ["zh_Hans"]})
    await Room(strict).reader()
    async with seats(strict) as (_, writing, reading):
        assert "title_en" not in (await writing.get(f"{NEW}?place={PLACE}")).text
        assert (await write(writing, title_en="", text_en="")).path.endswith("done=announcement_submitted")
        page = (await reading.get(ONE)).text
        assert (page.count('id="read_'), "source-beside" in page) == (1, False)
        await reading.post(f"{ONE}/approve", {"version": "1", "read_zh_Hans": "yes"}, of=ONE)
    assert await strict.scalar("SELECT state FROM announcements") == "sending"


async def test_a_language_that_nobody_reads_may_be_left_out(house: House) -> None:
    """Whoever reads the city's page in it sees the Simplified Chinese, and the editor sees that."""
    narrowed = {"language_zh_Hans": "yes", "title_en": "", "text_en": ""}
    async with seats(house) as (_, writing, _reading):
        assert (await write(writing, title_en="", text_en="")).status == 422
        sent = await write(writing, **narrowed)
        assert sent.path.endswith("done=announcement_submitted"), sent.errors
        english = sent.text[sent.text.index('id="reads-en"') :]
        assert "Residents who read English see this instead" in english
        assert re.search(r'<div class="bubble" lang="zh-Hans">\s*<p class="said">[^<]*文三路停水检修', english)


async def test_warnings_are_said_and_stop_nothing(house: House) -> None:
    """While one types, when it is submitted, and to who approves."""
    typed = {**TEXTS, "text_en": "No water tomorrow."}
    async with seats(house) as (_, writing, reading):
        code = (await writing.get(f"{NEW}?place={PLACE}")).csrf
        live = (await writing.send("/console/announcements/reach", {**typed, "csrf": code})).text
        for said in ("Nobody would get this now", "English says “tomorrow”"):
            assert said in live, said
        assert live.count("hx-swap-oob") == 2
        assert (await write(writing, text_en="No water tomorrow.")).path.endswith("done=announcement_submitted")
        assert "English says “tomorrow”" in (await reading.get(ONE)).text


async def test_what_was_sent_lately_is_not_sent_again_unnoticed(house: House) -> None:
    """Who writes and who approves read which one said the same; not of another date of it, nor once it is withdrawn."""
    room, said = Room(house, now=datetime.now(UTC)), "within the last two days as announcement 1"
    texts = {
        "titles": {"zh_Hans": TEXTS["title_zh_Hans"], "en": "x"},
        "texts": {"zh_Hans": TEXTS["text_zh_Hans"], "en": "x"},
    }
    first = await room.find(await room.publish(agency=AGENCY, **texts))
    assert await Looking(room.announcements).alike(replace(first, id=9, repeats=first.id)) is None
    async with seats(house) as (_, writing, reading):
        assert said in (await write(writing, "look")).text
        assert said not in (await write(writing, "look", title_zh_Hans="另一条")).text
        await write(writing, "submit")
        two = "/console/announcements/2"
        assert said in (await reading.get(two)).text
        await room.announcements.withdraw(ROOMS_EDITOR, first.id)
        assert said not in (await reading.get(two)).text


async def test_a_repeat_shows_its_next_dates(house: House) -> None:
    """Three of them and the last, in the city's zone, as one types and on its page."""
    day = (datetime.now(UTC) + timedelta(days=2)).date()
    repeat = {"at": f"{day}T09:00", "every": "day", "ends": "day", "last_on": f"{day + timedelta(days=4)}"}
    days = [f"{day + timedelta(days=one)} 09:00" for one in range(5)]
    async with seats(house) as (_, writing, _reading):
        code = (await writing.get(f"{NEW}?place={PLACE}")).csrf
        live = (await writing.send("/console/announcements/reach", {**TEXTS, **repeat, "csrf": code})).text
        saved = (await write(writing, "save", **repeat)).text
        for page in (live, saved):
            assert " · ".join(days[:3]) in re.sub(r"</?strong[^>]*>", "", page)
            assert f"5 times in all, the last on {days[-1]}. Time zone: Asia/Shanghai" in page
        again = (await writing.get(f"{ONE}/edit")).text
        assert re.search(r'id="times"[^>]*value="5"', again)
        wrong = await write(writing, **{**repeat, "at": "", "last_on": ""})
        for said in ("Send at: enter when it is first sent", "Last date: enter a date"):
            assert said in wrong.errors


async def test_the_topic_is_that_of_the_last_one_and_says_so(house: House) -> None:
    """Of the same agency; where there is none, that the first of all stands there."""
    async with seats(house) as (_, writing, _reading):
        page = (await writing.get(f"{NEW}?place={PLACE}")).text
        assert "Your agency has not made an announcement before" in page
        await write(writing, "save", topic="traffic")
        page = (await writing.get(f"{NEW}?place={PLACE}")).text
        assert re.search(r'<option value="traffic" selected', page)
        assert "The same as your agency’s last announcement" in page
        other = (await write(writing, topic="water", title_en="")).text
        assert ("last announcement. Change it" in other, 'value="water" selected' in other) == (False, True)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("locale", "city"), [("zh_Hans", "城市"), ("zh_Hant", "城市"), ("en", "City")])
async def test_files_open_in_a_spreadsheet(house: House, name: str, locale: str, city: str) -> None:
    """With a byte-order mark, heads in the reader's language, and no slug as a head."""
    grants = (Grant(Role.EDITOR, CITY), Grant(Role.ANALYST, CITY))
    known = await hire(house.engine, "an", *grants, locale=locale)
    async with desks_at(house) as desks, desks.chair(known) as chair:
        answer = await chair.get(f"/console/{name}.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeff")
    heads = next(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert city in heads
    assert [one for one in heads if "_" in one or not one] == []
    assert len(set(heads)) == len(heads)


async def test_times_of_files_are_the_citys(house: House) -> None:
    """Their head says of which zone they are."""
    await Room(house).reader()
    async with seats(house) as (_, writing, _reading):
        await write(writing, "save")
        await writing.post(f"{ONE}/send", SENT, of=ONE)
        found = await lines(writing, "/console/announcements.csv")
    at = await house.scalar(
        "SELECT to_char(published_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') FROM announcements"
    )
    assert [one["Published (Asia/Shanghai, UTC+08:00)"] for one in found] == [at]


async def test_the_file_counts_by_the_names_of_the_page(house: House) -> None:
    """What is shown in the web chat is apart from what is sent to a platform; the end is that of sending."""
    await Room(house).reader()
    async with seats(house) as (_, writing, _reading):
        await write(writing, "save")
        await writing.post(f"{ONE}/send", SENT, of=ONE)
        await tell(house)
        [found] = await lines(writing, "/console/announcements.csv")
        page = (await writing.get(ONE)).text
    assert (found["Sent to the platform"], found["Shown in web chat"]) == ("0", "1")
    assert "Shown in web chat" in page
    assert "Sending finished (Asia/Shanghai, UTC+08:00)" in found


async def test_the_file_says_which_one_corrects_which(house: House) -> None:
    """By number; of what corrects nothing, nothing."""
    await Room(house).reader()
    async with seats(house) as (_, writing, _reading):
        await write(writing, "save")
        await writing.post(f"{ONE}/send", SENT, of=ONE)
        await write(writing, corrects="1", text_en="Friday, 8 am to 5 pm.")
        found = await lines(writing, "/console/announcements.csv")
    assert {one["Number"]: one["Corrects"] for one in found} == {"1": "", "2": "1"}


async def lines(chair: Chair, path: str) -> list[dict[str, str]]:
    """A file by its heads."""
    return list(csv.DictReader(io.StringIO((await chair.get(path)).text.removeprefix("\ufeff"))))


async def test_quiet_hours_say_when_it_begins(strict: House) -> None:
    """On the form, to who approves, in the list and while it waits; a correction says who still waits for it."""
    here = strict.cities[CITY]
    local = here.local(datetime.now(UTC))
    quiet = QuietHours(begins=(local - timedelta(hours=2)).time(), ends=(local + timedelta(hours=2)).time())
    announcing = here.announcing.model_copy(update={"quiet": quiet})
    strict.cities[CITY] = here.model_copy(update={"announcing": announcing})
    ends = f"{local + timedelta(hours=2):%Y-%m-%d %H:%M}"
    reader = await Room(strict).reader()
    async with seats(strict) as (_, writing, reading):
        form = {**TEXTS, "any_hour": "", "do": "look"}
        assert f"sending starts at {ends}" in (await writing.post(NEW, form, of=f"{NEW}?place={PLACE}")).text
        assert "sending starts at" not in (await writing.post(NEW, {**form, "urgency": "urgent"}, of=NEW)).text
        await write(writing, any_hour="")
        assert f"sending starts at {ends}" in (await reading.get(ONE)).text
        await reading.post(f"{ONE}/approve", BOTH, of=ONE)
        await tell(strict)
        page = (await reading.get(ONE)).text
        assert f"Sending starts at {ends}" in page
        assert page.count(f"Sends after quiet hours, from {ends}") == 2  # its state and its time
        assert (">Sending</" in page, "<dd>Once approved</dd>" in page) == (False, False)
        assert f"sent from {ends}" in (await reading.get("/console/announcements")).text
        correcting = (await writing.get(f"{NEW}?corrects=1")).text
        assert "1 has not received it yet" in correcting
        assert "1 resident gets the same words again" in correcting
        await write(writing, corrects="1", text_en="Friday, 8 am to 5 pm.")
        two = "/console/announcements/2"
        page = (await reading.get(two)).text
        assert ("1 has not received it yet" in page, "after quiet hours" in page) == (True, False)
        await reading.post(f"{two}/return", {"reason": "Nobody at night, please."}, of=two)
        kept = {**TEXTS, "corrects": "1", "any_hour": "", "text_en": "Friday.", "version": "1", "do": "submit"}
        await writing.post(f"{two}/edit", kept, of=f"{two}/edit")
        assert f"from {ends}, unless you choose" in (await reading.get(two)).text
        await reading.post(f"{two}/approve", {**BOTH, "version": "2"}, of=two)
        assert "get only the correction, after quiet hours" in (page := (await reading.get(two)).text)
        assert f"from {ends}." in page
    assert await strict.texts(reader) == []


async def test_an_hour_left_in_one_language_is_said_to_both(strict: House) -> None:
    """While it is typed and to who approves; with the language that nobody touched."""
    await Room(strict).reader()
    two = "/console/announcements/2"
    async with seats(strict) as (_, writing, reading):
        await write(writing)
        await reading.post(f"{ONE}/approve", BOTH, of=ONE)
        await tell(strict)
        later = {**TEXTS, "corrects": "1", "text_zh_Hans": "周四8时至18时停水检修。"}
        code = (await writing.get(f"{NEW}?corrects=1")).csrf
        live = (await writing.send("/console/announcements/reach", {**later, "csrf": code})).text
        await write(writing, **later)
        for page in (live, (await writing.get(f"{two}/edit")).text, (await reading.get(two)).text):
            found = re.search(r'<div id="checks".*?</div>\s*</div>', page, re.DOTALL)
            assert found is not None
            for said in ("Simplified Chinese says “18时”, English says “5 pm”", "English is word for word"):
                assert said in found[0], said
        other = {**later, "text_en": "On Thursday, 8 am to 5 pm.", "version": "1", "do": "submit"}
        await writing.post(f"{two}/edit", other, of=f"{two}/edit")
        page = (await reading.get(two)).text
        assert ("English says “5 pm”" in page, "word for word" in page) == (True, False)


def compared(page: str) -> list[str]:
    """Which fields the comparison with what is corrected shows; none: there is no comparison."""
    found = re.search(r'aria-labelledby="corrected-title">.*?</section>', page, re.DOTALL)
    return re.findall(r"<dt>(.*?)</dt>", found[0]) if found else []


async def test_a_returned_correction_stays_compared_with_what_it_corrects(strict: House) -> None:
    """Beside what is another since the version before; only what the editor touched is another."""
    await Room(strict).reader()
    two = "/console/announcements/2"
    async with seats(strict) as (_, writing, reading):
        await write(writing)
        await reading.post(f"{ONE}/approve", BOTH, of=ONE)
        await tell(strict)
        friday = {"corrects": "1", "text_en": "Friday, 8 am to 5 pm."}
        await write(writing, **friday)
        assert compared((await reading.get(two)).text) == ["Text · English"]
        await reading.post(f"{two}/return", {"reason": "And in Chinese?"}, of=two)
        edited = {**TEXTS, **friday, "text_zh_Hans": "周五8时至17时停水检修。", "version": "1", "do": "submit"}
        await writing.post(f"{two}/edit", edited, of=f"{two}/edit")
        page = (await reading.get(two)).text
        assert compared(page) == ["Text · Simplified Chinese", "Text · English"]
        assert "changed-title" in page


async def test_who_approved_is_told_of_a_correction_sent_alone(house: House) -> None:
    """A line on their start page; nobody else's, and none of a correction that somebody approved."""
    await Room(house).reader()
    line = "No power in Wensan Road"
    other = await hire(house.engine, "he", Grant(Role.APPROVER, CITY, AGENCY))
    async with seats(house) as (desks, writing, reading), desks.chair(other) as elsewhere:
        await write(writing)
        await reading.post(f"{ONE}/approve", BOTH, of=ONE)
        await tell(house)
        await write(writing, "save", corrects="1", title_en=line)
        assert line not in (await elsewhere.get("/console/announcements?show=done")).text
        two = "/console/announcements/2"
        await writing.post(f"{two}/send", SENT, of=two)
        start = (await reading.get("/console")).text
        assert (line in start, "Corrected without approval" in start) == (True, True)
        assert line not in (await elsewhere.get("/console")).text
        await write(writing)
        three, four = "/console/announcements/3", "/console/announcements/4"
        await reading.post(f"{three}/approve", BOTH, of=three)
        await tell(house)
        await write(writing, corrects="3", title_en="No gas in Wensan Road")
        await reading.post(f"{four}/approve", BOTH, of=four)
        start = (await reading.get("/console")).text
        alone = re.search(r'aria-labelledby="tile-corrected_alone".*?</section>', start, re.DOTALL)
        assert alone is not None
        assert "No gas in Wensan Road" not in alone[0]


async def test_what_is_told_is_counted_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is told its page asks for what became of it, and has nobody counted again; over, it is drawn anew."""
    await Room(house).reader()
    async with seats(house) as (_, writing, _reading):
        await write(writing, "save")
        await writing.post(f"{ONE}/send", SENT, of=ONE)
        assert f'hx-get="{ONE}/told?of=1"' in (await writing.get(ONE)).text

        async def never(*_: object) -> None:
            raise AssertionError("counted again")

        with monkeypatch.context() as patched:
            patched.setattr(Whom, "reach", never)
            told = await writing.get(f"{ONE}/told?of=7")
        assert (told.status, ">0</strong> sent so far, of 7" in told.text, "<html" in told.text) == (200, True, False)
        assert "HX-Refresh" not in told.headers
        await tell(house)
        assert (await writing.get(f"{ONE}/told?of=x")).headers["HX-Refresh"] == "true"


async def test_who_reads_which_language_is_asked_by_name(strict: House) -> None:
    """Of those who may; they find it first on their start page, and who approves sees whom nobody asked."""
    second = await hire(strict.engine, "he", Grant(Role.APPROVER, CITY, AGENCY), name="He Min")
    await hire(strict.engine, "zhao", Grant(Role.APPROVER, CITY, "water"))
    await Room(strict).reader()
    async with seats(strict) as (desks, writing, reading), desks.chair(second) as other:
        form = (await writing.get(f"{NEW}?place={PLACE}")).text
        assert [">He Min<" in form, ">Wang<" in form, 'value="lin"' in form, 'value="zhao"' in form] == [
            True,
            True,
            False,
            False,
        ]
        await write(writing, title_en="Older")
        await write(writing, title_en="Newer", reader_en="he")
        two = "/console/announcements/2"
        assert "Newer Lin asks you to review: English" in box((await other.get("/console")).text)[0]
        assert "Older" in box((await reading.get("/console")).text)[0]
        page = (await reading.get(two)).text
        assert reviews(page) == ["Simplified Chinese: Nobody asked yet", "English: He Min Not read yet"]
        await other.post(f"{two}/approve", {"version": "1", "read_en": "yes"}, of=two)
        assert reviews((await reading.get(two)).text)[1] == "English: He Min already read"
        assert 'value="he" selected' in (await writing.get(f"{two}/edit")).text
        edited = {**TEXTS, "version": "1", "do": "save", "reader_en": "zhao"}
        refused = await writing.post(f"{two}/edit", edited, of=f"{two}/edit")
        assert (refused.status, "zhao may not approve" in refused.errors) == (422, True)
        edited = {**TEXTS, "version": "2", "do": "submit", "reader_en": "", "reader_zh_Hans": "wang"}
        await writing.post(f"{two}/edit", edited, of=f"{two}/edit")
        expected = ["Simplified Chinese: Wang Not read yet", "English: Nobody asked yet"]
        assert reviews((await reading.get(two)).text) == expected
        assert "asked for a review" in (await reading.get(two)).text


async def test_people_are_named_by_their_names(strict: House) -> None:
    """In the list, the history, the file and on the start page; with the login where two share one."""
    second = await hire(strict.engine, "he", Grant(Role.APPROVER, CITY, AGENCY), name="Wang")
    await Room(strict).reader()
    async with seats(strict) as (desks, writing, reading), desks.chair(second) as other:
        form = (await writing.get(f"{NEW}?place={PLACE}")).text
        assert (">Wang (he)<" in form, ">Wang (wang)<" in form) == (True, True)
        await write(writing, reader_en="he")
        assert "Lin asks you to review: English" in box((await other.get("/console")).text)[0]
        await other.post(f"{ONE}/return", {"reason": "Which road?"}, of=ONE)
        page = re.sub(r"<[^>]+>|\s+", " ", (await writing.get(ONE)).text)
        page = " ".join(page.split())
        assert page.count("Which road? Wang (he)") == 1
        await writing.post(f"{ONE}/submit", of=ONE)
        await reading.post(f"{ONE}/approve", {"version": "1", "read_en": "yes"}, of=ONE)
        page = " ".join(re.sub(r"<[^>]+>", " ", (await other.get(ONE)).text).split())
        assert [one in page for one in ("Lin created it", "Wang (he) returned it", "Wang (wang) approved it")] == [
            True
        ] * 3
        assert "English · Wang (he)" in page
        shown = " ".join(re.sub(r"<[^>]+>", " ", (await reading.get("/console/announcements")).text).split())
        assert ("Lin" in shown, " lin " in shown) == (True, False)
        assert ",Lin," in (await reading.get("/console/announcements.csv")).text
        assert " lin created" not in page


async def test_who_is_asked_to_read_is_told_once_it_waits(strict: House) -> None:
    """Once for all their languages, when it is submitted, or asked while it waits; not while it is a draft."""
    await hire(strict.engine, "he", Grant(Role.APPROVER, CITY, AGENCY))

    async def told() -> list[str]:
        async with strict.engine.connect() as connection:
            return list((await connection.execute(TOLD_TO_READ)).scalars())

    async with seats(strict) as (_, writing, _reading):
        await write(writing, "save", reader_en="he", reader_zh_Hans="he")
        assert await told() == []
        await writing.post(f"{ONE}/submit", of=ONE)
        assert await told() == ["1 he zh_Hans en"]
        room = Room(strict).announcements
        await room.ask(EDITOR, 1, {"en": "wang"})
        await room.ask(EDITOR, 1, {"en": "wang"})
        await room.ask(EDITOR, 1, {"zh_Hans": ""})
        assert await told() == ["1 he zh_Hans en", "1 wang en"]


def reviews(page: str) -> list[str]:
    """Who is asked to read each language, as the page says it."""
    found = re.search(r"<h3>Reviewers by language</h3>(.*?)</ul>", page, re.DOTALL)
    assert found is not None
    lines = re.findall(r"<li>(.*?)</li>", found[1], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in lines]


async def test_a_list_is_brought_where_one_writes(house: House) -> None:
    """It says whom it found and which lines hold no number; what was typed stays, and who approves sees the list."""
    for number in ("13800001111", "13800002222"):
        await by_telephone(house, number)
    content = "手机,姓名\n13800001111,a\n138 0000 2222,b\n13900000000,c\nnobody,d\n".encode("gb18030")
    async with seats(house) as (_, writing, reading):
        taken = await bring(writing, content)
        assert (taken.status, "2 of 4 lines lead to people" in taken.text) == (200, True)
        said = "2 of 4 lines lead to people who use this account, 1 to nobody, 1 hold no phone number and were left out"
        assert re.search(rf'<p class="present" role="status">List “Works”: {said} \(line 5 “n\*\*\*”\)', taken.text)
        assert re.search(rf'<p class="hint">List “Works”: {said}', taken.text)
        again = await writing.post(NEW, {**TEXTS, "list": taken.hidden("list"), "whom": "list", "do": "look"}, of=NEW)
        assert re.search(rf'<p class="hint">List “Works”: {said} \(line 5 “n\*\*\*”\)', again.text)
        assert '<p class="done"' not in taken.text
        whole = await bring(writing, b"13800001111\n13900000000\n")
        assert re.search(r'<p class="done" role="status">List “Works”: 1 of 2 lines .* other 1 to nobody', whole.text)
        other = await bring(writing, "姓名,手机\na,13800001111\n".encode())
        assert '<p class="present" role="status">' in other.text
        assert "so column 2 was used" in other.text
        assert ('value="list" checked' in taken.text, 'value="文三路停水检修"' in taken.text) == (True, True)
        assert ">2</strong> residents" in taken.text
        await write(writing, whom="list", list=taken.hidden("list"))
        assert re.search(r"List “Works”: 2 of 4 lines .* \(line 5 “n\*\*\*”\)", (await reading.get(ONE)).text)
        less = await bring(writing, content, do="bring_less")
        assert "The people on it are left out." in less.text
        assert re.search(r"checked> “Works” \(People on an uploaded list\)", less.text)
        assert 'value="list" checked' not in less.text
        for wrong, said in (
            (b"", "Choose a file"),
            (b"PK\x03\x04", "Excel workbook"),
            (b"name\nnobody\n", "no phone numbers (lines 2)"),
        ):
            refused = await bring(writing, wrong)
            assert (refused.status, said in refused.errors) == (422, True), said
        unnamed = await bring(writing, content, list_name="")
        assert 'href="#list_name"' in unnamed.text
        forgotten = await bring(writing, content, do="submit")
        assert (forgotten.status, "has not been uploaded" in forgotten.errors) == (422, True)
    assert await house.scalar("SELECT count(*) FROM announcement_lists") == 4
    assert await house.scalar("SELECT count(*) FROM announcements") == 1


async def bring(chair: Chair, content: bytes, **changes: str) -> Answer:
    """Choose a file as list, and press its button."""
    page = await chair.get(f"{NEW}?place={PLACE}")
    fields = {"csrf": page.csrf, **TEXTS, "list_of": "telephones", "list_name": "Works", "do": "bring", **changes}
    form = FormData(fields)
    form.add_field("list_file", content, filename="list.csv" if content else "", content_type="text/csv")
    async with chair.http.post(f"{chair.url}{NEW}", data=form, headers=chair.extra) as answer:
        return Answer(answer.status, str(answer.url.path_qs), await answer.text(), answer.headers)


async def test_a_correction_asks_those_who_read_the_first_and_keeps_its_hours(strict: House) -> None:
    """On the form, while they may still approve; and by command."""
    await hire(strict.engine, "he", Grant(Role.APPROVER, CITY, AGENCY))
    gone = await hire(strict.engine, "zhao", Grant(Role.APPROVER, CITY, AGENCY))
    await Room(strict).reader()
    form = f"{NEW}?corrects=1"
    async with seats(strict) as (_, writing, reading):
        await write(writing, reader_en="he", reader_zh_Hans="zhao")
        await reading.post(f"{ONE}/approve", BOTH, of=ONE)
        page = (await writing.get(form)).text
        assert ('value="he" selected' in page, 'value="zhao" selected' in page) == (True, True)
        assert re.search(r'name="any_hour" value="yes" checked', page)
        async with transaction(strict.engine) as connection:
            await connection.execute(text("UPDATE staff SET disabled_at = now() WHERE id = :id"), {"id": gone.id})
        page = (await writing.get(form)).text
        assert ('value="he" selected' in page, 'value="zhao" selected' in page) == (True, False)
        await write(writing, any_hour="")
        await reading.post("/console/announcements/2/approve", BOTH, of="/console/announcements/2")
        assert not re.search(r'name="any_hour" value="yes" checked', (await writing.get(f"{NEW}?corrects=2")).text)


async def test_the_command_corrects_with_the_readers_and_hours_of_the_first(
    strict: House, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was asked to read a language is asked again before it is submitted, and is told."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    await hire(strict.engine, "he", Grant(Role.APPROVER, CITY, AGENCY))
    room = Room(strict, now=datetime.now(UTC))
    await room.reader()
    number = await room.publish(agency=AGENCY, schedule=Schedule(quiet=False))
    await room.announcements.ask(EDITOR, number, {"en": "he"})
    await room.approve(await room.find(number))
    texts = ("--title", "更正", "--text", "周五。", "--title-en", "Correction", "--text-en", "Friday.")
    code, _, errors = await typed("announce", "correct", str(number), *texts)
    assert code == 0, errors
    asked, _ = await room.announcements.asked(EDITOR, 2)
    assert (dict(asked), (await room.find(2)).schedule.quiet) == ({"en": "he"}, False)
