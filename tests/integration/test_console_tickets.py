"""The queue and the page of a ticket in the console, as clerks use them. Real PostgreSQL and Valkey."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from fixtures.desks import Chair, Known, desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import actor
from sqlalchemy import text

from desk.console.shell import ZONE, when
from desk.contract.staff import Grant, Role
from desk.contract.wire import Locale
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.tickets.assigning import Assigning
from desk.tickets.canned import CannedAnswers, canned_of
from desk.tickets.holding import Holding
from desk.tickets.listing import Filter, Listing
from desk.tickets.lists.subjects import Subjects
from desk.tickets.room import utc_now
from desk.tickets.rows import TicketRow
from desk.tickets.transferring import Transferring

CLERK = Grant(Role.CLERK, "hangzhou")
ADMIN = Grant(Role.AGENCY_ADMIN, "hangzhou")
QUEUE = "/console/tickets"


async def waits(house: House) -> tuple[ConversationRow, TicketRow]:
    """A conversation with a ticket that waits."""
    conversation = await house.open()
    hand_over = house.hand_over()
    async with transaction(house.engine) as connection:
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
    return conversation, (await house.clerks.waiting(actor("op")))[-1]


@asynccontextmanager
async def seated(house: House, *grants: Grant, login: str = "lin") -> AsyncIterator[tuple[Chair, Known]]:
    """A clerk in front of the console."""
    known = await hire(house.engine, login, *(grants or (CLERK,)))
    async with desks_at(house) as desks, desks.chair(known) as chair:
        yield chair, known


async def acts(house: House) -> list[str]:
    """What stands in the audit about tickets."""
    async with house.engine.connect() as connection:
        query = text("SELECT act FROM audit_records WHERE act LIKE 'ticket.%' OR act LIKE 'personal.%' ORDER BY number")
        return list((await connection.execute(query)).scalars())


async def test_a_clerk_takes_the_next_answers_and_closes(house: House) -> None:
    """From the queue to the end, each step a form; the resident reads the words as they were written."""
    conversation, ticket = await waits(house)
    async with seated(house) as (chair, _):
        queue = await chair.get(QUEUE)
        assert ticket.reference in queue.text
        assert "First answer by" in queue.text
        page = await chair.post(f"{QUEUE}/next", of=QUEUE)
        assert page.path == f"{QUEUE}/{ticket.reference}"
        here = page.path
        page = await chair.post(f"{here}/reply", {"message": "您好，请讲。"}, of=here)
        assert "您好，请讲。" in page.text
        page = await chair.post(f"{here}/close", {"why": "solved"}, of=here)
        assert "The ticket is closed." in page.text
    assert "您好，请讲。" in await house.texts(conversation)
    ended = [one for one in await acts(house) if one != "ticket.read"]
    assert ended == ["ticket.claim", "ticket.reply", "ticket.close"]


async def test_a_reason_that_is_needed_says_so(house: House) -> None:
    """Beside the field, before anybody is refused for leaving it out."""
    _, ticket = await waits(house)
    async with seated(house) as (chair, _):
        here = f"{QUEUE}/{ticket.reference}"
        page = await chair.post(f"{here}/claim", of=here)
        assert '<p class="hint" id="hold-reason-hint">Needed. Goes into the audit' in page.text
        page = await chair.post(f"{here}/hold", {"for": "1d", "reason": ""}, of=here)
        assert '<a href="#hold-reason">' in page.text


async def test_the_start_page_begins_with_what_is_ones_own(house: House) -> None:
    """With when it is due, or until when it is on hold; what colleagues have is not there."""
    _, ticket = await waits(house)
    async with seated(house, CLERK, ADMIN) as (chair, _):
        here = f"{QUEUE}/{ticket.reference}"
        assert "You have no open ticket." in (await chair.get("/console")).text
        await chair.post(f"{here}/claim", of=here)
        page = (await chair.get("/console")).text
        assert page.index('id="tile-mine"') < page.index('id="tile-tickets"')
        assert f'<a href="{here}">{ticket.reference} ' in page
        assert "being answered · " in page
        assert f'<a href="{QUEUE}?show=mine">Your open tickets</a> <span class="count">1</span>' in page
        await chair.post(f"{here}/hold", {"for": "1d", "reason": "wait"}, of=here)
        assert '<span class="quiet">On hold until ' in (await chair.get("/console")).text
    async with seated(house, login="wang") as (chair, _):
        assert ticket.reference not in (await chair.get("/console")).text


async def test_nothing_waits(house: House) -> None:
    """The next of none is said so."""
    async with seated(house) as (chair, _):
        page = await chair.post(f"{QUEUE}/next", of=QUEUE)
        assert (page.path, "No ticket is waiting." in page.text) == (f"{QUEUE}?done=ticket_none_waits", True)


async def test_that_nothing_waits_is_said_once(house: House) -> None:
    """As a plain notice, not as something done; who has just joined is not told to take what is not there."""
    async with seated(house) as (chair, _):
        none = (await chair.post(f"{QUEUE}/next", of=QUEUE)).text
        assert (none.count("No ticket is waiting."), 'class="done"' in none) == (1, False)
        joined = (await chair.get(f"{QUEUE}?done=joined")).text
        assert ("No ticket is waiting now" in joined, "Press n" in joined) == (True, False)
        await waits(house)
        assert "Take your first ticket" in (await chair.get(f"{QUEUE}?done=joined")).text


async def test_tickets_of_other_cities_are_not_there(house: House) -> None:
    """Neither in the list nor by their address, nor for any act."""
    _, ticket = await waits(house)
    async with seated(house, Grant(Role.CLERK, "ningbo")) as (chair, _):
        assert ticket.reference not in (await chair.get(f"{QUEUE}?show=all")).text
        here = f"{QUEUE}/{ticket.reference}"
        assert (await chair.get(here)).status == 403
        assert (await chair.get(f"{here}/live")).status == 403
        for act in ("claim", "reply", "note", "close", "reveal"):
            assert (
                await chair.post(f"{here}/{act}", {"message": "x", "note": "x", "reason": "x"}, of=QUEUE)
            ).status == 403
    assert await acts(house) == []


async def test_who_shares_out_the_work_answers_nothing(house: House) -> None:
    """An administrator of an agency gives tickets to those who answer, and is offered no more than that."""
    _, ticket = await waits(house)
    await hire(house.engine, "wang", CLERK)
    async with seated(house, ADMIN) as (chair, _):
        here = f"{QUEUE}/{ticket.reference}"
        page = await chair.get(here)
        for act in ("claim", "reply", "close", "hold", "reveal", "tag"):
            assert f'action="{here}/{act}"' not in page.text
        assert (await chair.post(f"{here}/claim", of=here)).status == 403
        given = await chair.post(f"{here}/assign", {"login": "wang"}, of=here)
        assert "It is your colleague’s now." in given.text
    assert (await house.clerks.find(actor("op"), ticket.id)).claimed_by == "wang"


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        ("reply", {"message": " "}, "Write 1 to 4000 characters."),
        ("note", {"note": ""}, "A note has 1 to 4000 characters."),
        ("hold", {"for": "1d", "reason": ""}, "eason"),
        ("assign", {"login": "lin"}, "is with Lin"),
        ("tag", {"tags": "x" * 30}, "At most 10 tags"),
    ],
)
async def test_what_is_wrong_is_said_beside_what_was_typed(
    house: House, act: str, fields: dict[str, str], said: str
) -> None:
    """In the clerk's language, and the page stays."""
    await waits(house)
    async with seated(house) as (chair, _):
        here = (await chair.post(f"{QUEUE}/next", of=QUEUE)).path
        page = await chair.post(f"{here}/{act}", fields, of=here)
        assert page.status == 422
        assert said in page.text


@pytest.mark.parametrize(("act", "letter"), [("hand_back", "b"), ("put_back", "u")])
async def test_what_gives_a_ticket_away_takes_a_second_press(house: House, act: str, letter: str) -> None:
    """The letter only unfolds what will happen and the button that does it, with scripts and without."""
    await waits(house)
    async with seated(house) as (chair, _):
        here = (await chair.post(f"{QUEUE}/next", of=QUEUE)).path
        page = (await chair.get(here)).text
    pressed = re.findall(rf'<(\w+)[^>]* data-key="{letter}"', page)
    [fold] = re.findall(rf'<details class="fold" id="do-{act}">.*?</details>', page, re.DOTALL)
    assert pressed == ["summary"]
    assert page.count(f'action="{here}/{act}"') == fold.count(f'action="{here}/{act}"') == 1
    assert 'class="hint"' in fold


@pytest.mark.parametrize("left", ["{姓名}", "{name}", "{your name}"])
async def test_what_is_not_filled_in_is_not_sent(house: House, left: str) -> None:
    """A `{name}` of a canned answer is named, the text stays in its box, and the resident reads nothing of it."""
    conversation, _ = await waits(house)
    async with seated(house) as (chair, _):
        here = (await chair.post(f"{QUEUE}/next", of=QUEUE)).path
        before = await house.texts(conversation)
        said = f"{left}，您好，请讲。"
        refused = await chair.post(f"{here}/reply", {"message": said}, of=here)
        assert (refused.status, f"Not filled in yet: {left}." in refused.errors) == (422, True)
        assert f">{said}</textarea>" in refused.text
        assert re.search(r'<textarea id="message"[^>]* aria-invalid="true"', refused.text)
        assert await house.texts(conversation) == before
        await chair.post(f"{here}/reply", {"message": said.replace(left, "王女士")}, of=here)
    assert (await house.texts(conversation))[-1] == "王女士，您好，请讲。"


async def test_a_note_to_nobody_is_said_before_it_is_kept(house: House) -> None:
    """What was written stays in the box; it is kept as it is by a button of its own, and nobody is told."""
    _, ticket = await waits(house)
    here = f"{QUEUE}/{ticket.reference}"
    said = "@nobody please call 12345"
    async with seated(house) as (chair, _):
        asked = await chair.post(f"{here}/note", {"note": said}, of=here)
        assert (asked.status, "is called @nobody" in asked.errors) == (422, True)
        assert f'aria-invalid="true">{said}</textarea>' in asked.text
        assert 'class="note"' not in asked.text
        kept = await chair.send(f"{here}/note", {"csrf": asked.csrf, "note": said, "anyway": "yes"})
        assert f'<p class="said">{said}</p>' in kept.text
        assert 'name="anyway"' not in kept.text
    assert await house.scalar("SELECT mentions FROM ticket_notes") == []


@pytest.mark.parametrize(("locale", "said"), [("zh_Hans", "居民"), ("zh_Hant", "居民"), ("en", "the resident")])
async def test_the_history_names_who_did_it_in_words(house: House, locale: Locale, said: str) -> None:
    """The resident and the system in the clerk's language; members of staff by login."""
    _, ticket = await waits(house)
    await house.clerks.claim(actor("op"), ticket.id)
    await Transferring(house.clerks).ask(actor("op"), ticket.id, "gas", reason="theirs")
    gas = house.catalogs.name(house.cities["hangzhou"].agency("gas").names.model_dump(), locale)
    known = await hire(house.engine, "lin", CLERK, locale=locale)
    async with desks_at(house) as desks, desks.chair(known) as chair:
        page = await chair.get(f"{QUEUE}/{ticket.reference}")
    history = page.text.rpartition("<details")[2]
    assert f"op → {gas}</span>" in history
    assert f'<span class="quiet">{said}</span>' in history
    assert '<span class="quiet">op</span>' in history


async def test_the_history_says_why(house: House) -> None:
    """A colleague's reason to take over, masked, and the reason of the end; each beside its own event."""
    _, ticket = await waits(house)
    lin, clerks = actor("lin"), house.clerks
    await clerks.claim(lin, ticket.id)
    await Assigning(clerks).take_over(actor("wang"), ticket.id, reason="Lin is ill, call 13800138000")
    await Assigning(clerks).take_over(lin, ticket.id, reason="back again")
    await Assigning(clerks).take_over(actor("wang"), ticket.id, reason="ill again")
    await clerks.close(actor("wang"), ticket.id, "no_answer")
    async with seated(house, login="mei") as (chair, _):
        page = (await chair.get(f"{QUEUE}/{ticket.reference}")).text
    history = re.findall(r"<li>(.*?)</li>", page.partition('id="history"')[2])
    said = [re.sub(r"<[^>]+>", "", one) for one in history if "taken over" in one or "closed" in one]
    wanted = ["The resident wrote no more", "ill again", "back again", "Lin is ill"]
    assert [[word for word in wanted if word in one] for one in said] == [[one] for one in wanted]
    assert "13800138000" not in page


async def test_two_clerks_take_one_ticket(house: House) -> None:
    """The second is told who has it, and may take it over with a reason."""
    _, ticket = await waits(house)
    lin, wang = await hire(house.engine, "lin", CLERK), await hire(house.engine, "wang", CLERK)
    here = f"{QUEUE}/{ticket.reference}"
    async with desks_at(house) as desks, desks.chair(lin) as first, desks.chair(wang) as second:
        await second.get(here)
        await first.post(f"{here}/claim", of=here)
        assert "Also looking at this ticket: Wang" in (await first.get(here)).text
        refused = await second.post(f"{here}/claim", of=here)
        assert (refused.status, f"{ticket.reference} is with Lin." in refused.text) == (422, True)
        taken = await second.post(f"{here}/take_over", {"reason": "Lin is at lunch"}, of=here)
        assert "It is yours now." in taken.text


async def test_an_answer_that_comes_too_late_is_kept_to_be_copied(house: House) -> None:
    """A colleague took the ticket over meanwhile: why it was not sent is said, and what was written stands there."""
    conversation, ticket = await waits(house)
    async with seated(house) as (chair, _):
        here = (await chair.post(f"{QUEUE}/next", of=QUEUE)).path
        open_page = await chair.get(here)
        await Assigning(house.clerks).take_over(actor("op"), ticket.id, reason="lunch")
        said = "您好 <b>王女士</b>"
        late = await chair.send(f"{here}/reply", {"csrf": open_page.csrf, "message": said})
        assert (late.status, f"{ticket.reference} is with op." in late.errors) == (422, True)
        assert re.search(r'<textarea id="unsent"[^>]* readonly>您好 &lt;b&gt;王女士&lt;/b&gt;</textarea>', late.text)
        assert 'id="message"' not in late.text
    assert said not in await house.texts(conversation)


async def test_a_page_shows_numbers_masked_until_a_reason_is_given(house: House) -> None:
    """Then unmasked, once; who looked and why stands in the audit."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.say(conversation, "13800138000")
        await house.settle(conversation)
    async with seated(house) as (chair, _):
        here = f"{QUEUE}/{ticket.reference}"
        assert "13800138000" not in (await chair.get(here)).text
        assert (await chair.post(f"{here}/reveal", {"reason": " "}, of=here)).status == 422
        shown = await chair.post(f"{here}/reveal", {"reason": "To call her back"}, of=here)
        assert "13800138000" in shown.text
        assert "13800138000" not in (await chair.get(here)).text
    async with house.engine.connect() as connection:
        query = text("SELECT actor, reason, subject FROM audit_records WHERE act = 'personal.reveal'")
        [kept] = (await connection.execute(query)).all()
    assert tuple(kept) == ("lin", "To call her back", ticket.reference)


async def test_a_page_that_is_kept_fresh_is_one_reading(house: House) -> None:
    """What a page asks by itself leaves no further trace within the hour; who opens it anew does."""
    _, ticket = await waits(house)
    async with seated(house) as (chair, _):
        here = f"{QUEUE}/{ticket.reference}"
        await chair.get(here)
        for _ in range(3):
            await chair.get(here, **{"Console-Background": "1"})
        assert await acts(house) == ["ticket.read"]
        await chair.get(here)
    assert await acts(house) == ["ticket.read"] * 2
    assert await house.scalar("SELECT count(*) FROM openings") == 2


async def test_the_page_hears_of_what_is_said(house: House) -> None:
    """A hint comes as soon as the conversation has grown."""
    conversation, ticket = await waits(house)
    async with seated(house) as (chair, _):
        async with chair.http.get(f"{chair.url}{QUEUE}/{ticket.reference}/live") as stream:
            assert stream.content_type == "text/event-stream"
            await stream.content.readuntil(b"\n\n")
            await stream.content.readuntil(b"\n\n")  # who else looks
            await house.clerks.claim(actor("op"), ticket.id)
            heard = await stream.content.readuntil(b"\n\n")
        assert heard == b"event: grew\ndata: new\n\n"
    assert conversation


async def test_many_tickets_are_closed_at_once(house: House) -> None:
    """Each for itself: what is another's is named, the others are done."""
    tickets = [(await waits(house))[1] for _ in range(3)]
    async with seated(house) as (chair, _):
        page = await chair.get(f"{QUEUE}?show=all")
        await house.clerks.claim(actor("op"), tickets[2].id)
        chosen = [("csrf", page.csrf), ("next", page.hidden("next"))]
        chosen += [("ticket", str(one.id)) for one in tickets]
        async with chair.http.post(f"{chair.url}{QUEUE}/bulk", data=[*chosen, ("do", "claim")]) as answer:
            said = await answer.text()
        assert (answer.status, f">{tickets[2].reference} is with op." in said) == (422, True)
        assert f">{tickets[0].reference} is yours already." not in said
        async with chair.http.post(f"{chair.url}{QUEUE}/bulk", data=[*chosen[:3], ("do", "claim")]) as answer:
            assert f">{tickets[0].reference} is yours already." in await answer.text()
        assert f'hx-get="{QUEUE}?show=all"' in said
        assert f'name="next" value="{QUEUE}?show=all"' in said
        async with chair.http.post(
            f"{chair.url}{QUEUE}/bulk", data=[*chosen[:4], ("do", "close"), ("why", "spam")]
        ) as answer:
            assert (answer.status, answer.url.path_qs) == (200, f"{QUEUE}?show=all&done=tickets_done")
    states = [(await house.clerks.find(actor("op"), one.id)).state for one in tickets]
    assert states == ["closed", "closed", "claimed"]


async def test_what_a_form_answered_with_stands_at_its_page(house: House) -> None:
    """Language, look and what leads back stay on a page that can be opened, though a form's address cannot."""
    _, ticket = await waits(house)
    async with seated(house) as (chair, _):
        path = f"{QUEUE}/{ticket.reference}"
        refused = await chair.post(f"{path}/close", {"why": "solved"}, of=path)
        assert refused.status in {409, 422}
        assert f'name="next" value="{path}"' in refused.text


async def test_tickets_are_shared_out_among_those_online(house: House) -> None:
    """By who may assign: to clerks who have the console open; with nobody there it is said."""
    first, second = [(await waits(house))[1] for _ in range(2)]
    boss, lin = await hire(house.engine, "boss", ADMIN), await hire(house.engine, "lin", CLERK)
    async with desks_at(house) as desks, desks.chair(boss) as chair:
        refused = await chair.post(f"{QUEUE}/bulk", {"do": "share", "ticket": str(first.id)}, of=QUEUE)
        assert "Nobody who is online can have more." in refused.text
        async with desks.chair(lin) as other:
            await other.get(QUEUE)
        await chair.post(f"{QUEUE}/bulk", {"do": "share", "ticket": str(second.id)}, of=QUEUE)
    assert (await house.clerks.find(actor("op"), second.id)).claimed_by == "lin"


async def test_a_resident_is_asked_before_a_ticket_is_passed_on(house: House) -> None:
    """The page says that they were asked; the agency changes by their word alone."""
    await waits(house)
    async with seated(house) as (chair, _):
        here = (await chair.post(f"{QUEUE}/next", of=QUEUE)).path
        other = house.cities["hangzhou"].agencies[-1]
        panel = (await chair.get(here)).text.partition('id="passing-reads"')[2].partition("</div>")[0]
        assert "负责" in panel.partition(f'data-chosen="{other.slug}"')[2].partition("</p>")[0]
        asked = await chair.post(f"{here}/transfer", {"agency": other.slug, "reason": "Theirs"}, of=here)
        assert "The resident has been asked." in asked.text
        asked = await chair.get(here)
        assert f"The resident was asked whether {other.names.en} may have it." in asked.text
        await chair.post(f"{here}/hold", {"for": "1d", "reason": "The <bureau> looks"}, of=here)
        for path in ("/console", f"{QUEUE}?show=mine", here):
            assert "Waiting for the resident&#39;s consent" in (page := (await chair.get(path)).text), path
        assert "<q>The &lt;bureau&gt; looks</q>" in page.partition('id="facts"')[2].partition("</section>")[0]
        before = await house.scalar("SELECT held_until FROM tickets")
        await chair.post(f"{here}/hold", {"for": "3d", "reason": "It takes longer"}, of=here)
        assert await house.scalar("SELECT held_until FROM tickets") > before


async def test_a_list_is_narrowed_and_kept_under_a_name(house: House) -> None:
    """By tag and reference; nothing that a resident wrote is looked through."""
    _, first = await waits(house)
    _, second = await waits(house)
    async with seated(house) as (chair, _):
        here = f"{QUEUE}/{first.reference}"
        await chair.post(f"{here}/tag", {"tags": "Parking, school"}, of=here)
        narrow = await chair.get(f"{QUEUE}?show=all&tag=parking")
        assert (first.reference in narrow.text, second.reference in narrow.text) == (True, False)
        found = await chair.get(f"{QUEUE}?reference={second.reference}")
        assert re.findall(r">(T-\d+-\d)<", found.text) == [second.reference]
        await house.clerks.claim(actor("wang", CLERK), second.id)
        await house.clerks.close(actor("wang", CLERK), second.id)
        for shown in ("mine", "waiting", "all", "ended"):
            found = await chair.get(f"{QUEUE}?show={shown}&reference={second.reference}")
            assert re.findall(r">(T-\d+-\d)<", found.text) == [second.reference]
        kept = await chair.post(f"{QUEUE}/views", {"show": "all", "tag": "parking", "name": "Parking"}, of=QUEUE)
        assert 'href="/console/tickets?show=all&amp;tag=parking">Parking</a>' in kept.text
        gone = await chair.post(f"{QUEUE}/views", {"drop": "Parking"}, of=QUEUE)
        assert ">Parking</a>" not in gone.text
        today = f"{utc_now().astimezone(ZONE):%Y-%m-%d}"
        assert first.reference in (await chair.get(f"{QUEUE}?since={today}&until={today}")).text
        assert first.reference not in (await chair.get(f"{QUEUE}?until=2026-01-01")).text
        wrong = await chair.get(f"{QUEUE}?reference=T-1-1&since=yesterday")
        assert wrong.status == 422


async def test_what_has_ended_says_when_and_how(house: House) -> None:
    """In the list in the place of what is due, and on its page; what was handed back says that."""
    _, solved = await waits(house)
    _, handed = await waits(house)
    async with seated(house) as (chair, _):
        for ticket, act in ((solved, "close"), (handed, "hand_back")):
            here = f"{QUEUE}/{ticket.reference}"
            await chair.post(f"{here}/claim", of=here)
            await chair.post(f"{here}/{act}", {"why": "no_answer"} if act == "close" else {}, of=here)
        listed = (await chair.get(f"{QUEUE}?show=ended")).text.partition('id="tickets"')[2]
        assert ("Ended" in listed, "Due" in listed) == (True, False)
        for ticket, how in ((solved, "The resident wrote no more"), (handed, "handed back")):
            row = listed.partition(f">{ticket.reference}<")[2].partition("</tr>")[0]
            page = (await chair.get(f"{QUEUE}/{ticket.reference}")).text.partition('id="facts"')[2]
            ended = page.partition("<dt>Ended</dt>")[2].partition("</section>")[0]
            for text in (row, ended):
                assert (how in text, text.count("<time") > 0) == (True, True), (how, text)


async def test_a_ticket_is_looked_for_as_it_is_remembered(house: House) -> None:
    """By its number alone, or all digits together; what is not found is said so, and how a number looks."""
    _, ticket = await waits(house)
    async with seated(house) as (chair, _):
        for said in (str(ticket.id), f"t{ticket.reference[2:].replace('-', '')}", f"t-{ticket.id}"):
            found = await chair.get(f"{QUEUE}?reference={said}")
            assert re.findall(r">(T-\d+-\d)<", found.text) == [ticket.reference], said
        for said in ("987654321", "T-1-1"):
            none = await chair.get(f"{QUEUE}?reference={said}")
            assert (none.status, f"No ticket “{said}” found" in none.text) == (200, True)


async def test_emergencies_are_first_and_loud(house: House) -> None:
    """Above all others, in words too."""
    await waits(house)
    _, urgent = await waits(house)
    async with transaction(house.engine) as connection:
        query = text("UPDATE tickets SET priority = 1, reason = 'emergency_fire' WHERE id = :id")
        await connection.execute(query, {"id": urgent.id})
    async with seated(house) as (chair, _):
        page = await chair.get(QUEUE)
        assert re.findall(r">(T-\d+-\d)<", page.text)[0] == urgent.reference
        assert "Emergencies waiting: 1. Take them first." in page.text


async def test_an_emergency_stays_red_until_somebody_answers(house: House) -> None:
    """Taking it answers nobody: row, state and due time stay red, and closing asks why nobody answers."""
    await waits(house)
    _, urgent = await waits(house)
    async with transaction(house.engine) as connection:
        query = text("UPDATE tickets SET priority = 1, reason = 'emergency_fire' WHERE id = :id")
        await connection.execute(query, {"id": urgent.id})
    at = f"{QUEUE}/{urgent.reference}"
    async with seated(house) as (chair, _):
        taken = await chair.post(f"{at}/claim", of=at)
        assert 'class="tag good"' not in taken.text
        assert (taken.text.count('class="tag bad"'), 'id="why-not"' in taken.text) == (2, True)
        mine = (await chair.get(f"{QUEUE}?show=all")).text
        assert (re.findall(r">(T-\d+-\d)<", mine)[0], 'class="emergency"' in mine) == (urgent.reference, True)
        refused = await chair.post(f"{at}/close", {"why": "solved", "reason": ""}, of=at)
        assert (refused.status, 'id="why-not" name="reason"' in refused.text) == (422, True)
        assert "Answer it first; or close it and write why nobody does." in refused.text
        answered = await chair.post(f"{at}/reply", {"message": "The fire brigade is on its way."}, of=at)
        assert ('id="why-not"' in answered.text, 'class="tag bad"' in answered.text) == (False, False)
        assert 'class="emergency"' not in (await chair.get(f"{QUEUE}?show=all")).text
        closed = await chair.post(f"{at}/close", {"why": "solved"}, of=at)
        assert "The ticket has been closed." in closed.text or closed.status == 200


async def test_a_canned_answer_is_kept_and_offered(house: House) -> None:
    """In the language of the conversation; by those who answer there."""
    _, _ = await waits(house)
    answers = "/console/answers"
    async with seated(house) as (chair, _):
        fields = {"place": "hangzhou/", "name": "Hours", "text_zh_Hans": "{name}，您好", "text_en": "Dear {name}"}
        kept = await chair.post(answers, fields, of=answers)
        assert "The answer has been kept." in kept.text
        here = (await chair.post(f"{QUEUE}/next", of=QUEUE)).path
        assert '<option value="{name}，您好">Hours</option>' in (await chair.get(here)).text
        assert (await chair.post(answers, {**fields, "place": "ningbo/"}, of=answers)).status == 422
        assert (await chair.post(answers, {**fields, "name": ""}, of=answers)).status == 422
        gone = await chair.post(f"{answers}/drop", {"place": "hangzhou/", "name": "Hours"}, of=answers)
        assert "The answer has been deleted." in gone.text


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_pages_are_said_in_every_language(house: House, locale: str) -> None:
    """The catalogs fail a test that asks for a text which is not there."""
    _, ticket = await waits(house)
    known = await hire(house.engine, "lin", CLERK, ADMIN, locale=locale)
    await hire(house.engine, "wang", CLERK)
    here = f"{QUEUE}/{ticket.reference}"
    async with desks_at(house) as desks, desks.chair(known) as chair:
        for show in ("mine", "waiting", "all", "ended"):
            assert (await chair.get(f"{QUEUE}?show={show}")).status == 200
        await chair.post(f"{here}/claim", of=here)
        await chair.post(f"{here}/note", {"note": "@wang please"}, of=here)
        await chair.post(f"{here}/urgency", {"urgency": "urgent"}, of=here)
        await chair.post(f"{here}/hold", {"for": "1d", "reason": "wait"}, of=here)
        held = await chair.get(here)
        assert (held.status, "@Wang please" in held.text) == (200, True)
        assert (await chair.get("/console/answers")).status == 200
        assert (await chair.get("/console")).status == 200


async def test_a_list_says_what_each_is_about_and_what_is_new(house: House) -> None:
    """In masked words of the resident, traced and audited once, and whole above the ticket; new since one looked."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation = await house.open()
        meant = {"intent": {"name": "traffic_fines", "confidence": 0.9}, "entities": [], "ranking": []}
        bot.answers.append({"nlu": meant})
        await house.say(conversation, "我的罚款交了还显示未缴，电话 13800138000，请帮我看看到底怎么回事")
        await house.say(
            conversation, "hello, is anybody there?"
        )  # a greeting to the bot: it says nothing of the matter
        await house.settle(conversation)
        hand_over = house.hand_over()
        async with transaction(house.engine) as connection:
            await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
        [ticket] = await house.clerks.waiting(actor("op"))
        async with seated(house) as (chair, _):
            here, mark = f"{QUEUE}/{ticket.reference}", '">new words</span>'
            page = await chair.get(QUEUE)
            asked = "我的罚款交了还显示未缴，电话 ****8000，请帮我看看到底怎么回事"
            assert f'<q class="subject" lang="zh-Hans">{asked}</q>' in page.text
            assert mark not in page.text
            assert f" · {asked}</a>" in (await chair.get("/console")).text
            for _ in range(2):
                await chair.get(QUEUE)
            await chair.post(f"{here}/claim", of=here)
            assert mark not in (await chair.get(f"{QUEUE}?show=mine")).text
            await house.say(conversation, "在吗")
            assert mark in (await chair.get(f"{QUEUE}?show=mine")).text
            above = (await chair.get(here)).text.partition('class="columns"')[0]
            assert f'<q class="said" lang="zh-Hans">{asked}</q></p>' in above
            assert mark not in (await chair.get(f"{QUEUE}?show=mine")).text
    assert [one for one in await acts(house) if one == "ticket.list"] == ["ticket.list"]
    assert await house.scalar("SELECT count(*) FROM openings WHERE purpose = 'list' AND reader = 'lin'") == 1


async def test_what_was_claimed_unread_is_new(house: House) -> None:
    """A ticket of one's own that one never opened; nobody else's."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.say(conversation, "在吗")
        await house.settle(conversation)
    await hire(house.engine, "wang", CLERK)
    await Assigning(house.clerks).assign(actor("op"), ticket.id, "wang")
    listing = Listing(house.engine)
    for login, new in (("wang", True), ("op", False)):
        [found], _ = await listing.tickets(actor(login), Filter(shown="all"))
        assert found.unread is new


async def test_what_is_snoozed_says_until_when_and_by_whom(house: House) -> None:
    """In the list of all and on its page; not once the time has come."""
    _, ticket = await waits(house)
    await hire(house.engine, "wang", CLERK)
    await house.clerks.claim(actor("wang", CLERK), ticket.id)
    until = utc_now() + timedelta(hours=4)
    await Holding(house.clerks).snooze(actor("wang", CLERK), ticket.id, until)
    said = f"by Wang until {when(until)}"
    async with seated(house) as (chair, _):
        for path in (f"{QUEUE}?show=all", f"{QUEUE}/{ticket.reference}"):
            page = await chair.get(path)
            assert (said in page.text, "snoozed" in page.text) == (True, True)
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE tickets SET snoozed_until = clock_timestamp()"))
        assert "by Wang until" not in (await chair.get(f"{QUEUE}?show=all")).text


async def test_a_list_is_a_file_without_what_residents_wrote(house: House) -> None:
    """What its filters show, in the reader's language; tags are masked, and that it was made is in the audit."""
    lin = await hire(house.engine, "lin", Grant(Role.CLERK, "hangzhou"))
    far = await hire(house.engine, "far", Grant(Role.CLERK, "ningbo"))
    conversation, ticket = await waits(house)
    await house.say(conversation, "secret words")
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE tickets SET tags = '{pothole,13912345678}'"))
    async with desks_at(house) as desks, desks.chair(lin) as chair, desks.chair(far) as other:
        assert 'href="/console/tickets.csv"' in (await chair.get("/console/tickets")).text
        file = await chair.get("/console/tickets.csv")
        assert (file.headers["Content-Type"], ticket.reference in file.text) == ("text/csv; charset=utf-8", True)
        assert ("pothole" in file.text, "13912345678" in file.text) == (True, False)
        assert "secret words" not in file.text
        assert ticket.reference not in (await chair.get("/console/tickets.csv?show=ended")).text
        assert ticket.reference not in (await other.get("/console/tickets.csv")).text
        assert (await chair.get("/console/tickets.csv?since=never")).status == 422
    record = await house.scalar("SELECT row_to_json(one) FROM audit_records AS one WHERE act = 'ticket.export' LIMIT 1")
    assert (record["actor"], record["details"]) == ("lin", {"shown": "waiting", "count": 1})


@pytest.mark.parametrize("left", ["13800138000", "打我手机13800138000", "我的邮箱是 zhang@example.com"])
async def test_a_contact_is_not_what_a_ticket_is_about(house: House, left: str) -> None:
    """What is wished is, also where the contact was left before it was said."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        for said in (left, "小区停水三天了"):
            await house.say(conversation, said)
            await house.settle(conversation)
    subjects = await Subjects(house.engine).of(actor("op"), [ticket])
    assert subjects == {ticket.id: "小区停水三天了"}


async def test_canned_answers_in_the_language_of_the_resident_come_first(house: House) -> None:
    """The others follow, each with the language that it is in."""
    known, answers = actor("op"), CannedAnswers(house.engine)
    await answers.keep(known, "hangzhou", "", "a", {"zh_Hans": "请稍候"})
    await answers.keep(known, "hangzhou", "", "b", {"zh_Hans": "您好", "en": "Good day"})
    async with house.engine.connect() as connection:
        found = await canned_of(connection, "hangzhou", "city_hall", "en")
    assert [(one.text, one.locale) for one in found] == [("Good day", "en"), ("请稍候", "zh_Hans")]
