"""Showing residents what is kept of them, and erasing it, by way of a clerk. Real PostgreSQL and Valkey."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from fixtures.desks import Chair, Desks, desks_at, hire
from fixtures.house import House, turn_of
from fixtures.staffed import actor
from fixtures.still import keep_still
from sqlalchemy import text

from desk.contract.errors import Conflict
from desk.contract.messages import Remember
from desk.contract.staff import Actor, Grant, NotPermitted, Role
from desk.conversations.erasure import erase
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.rights.links import TIDY
from desk.staff.deadlines import expire
from desk.store.database import transaction
from desk.store.terms import Stays
from desk.texts.catalogs import LANGUAGE_TAGS
from desk.tickets.rows import TicketRow
from desk.web import my_data

CLERK = Grant(Role.CLERK, "hangzhou")
ADMIN = Grant(Role.AGENCY_ADMIN, "hangzhou")
LIN, MEI = actor("lin", CLERK), actor("mei", ADMIN)
SAID = "我的车牌是浙A12345，电话13800138000"
LINK = re.compile(r"https://desk\.example(/my-data/[0-9a-f]{32})")


async def waits(house: House, *, named: bool = True) -> tuple[ConversationRow, TicketRow]:
    """A conversation in which something was said, with a ticket that waits; `named`: an account was kept there."""
    conversation = await house.open()
    await house.say(conversation, SAID)
    async with transaction(house.engine) as connection:
        if named:
            kept = Remember(service="utility_bills", values={"account_number": "3301234567"})
            await house.keeper().carry_out(turn_of(connection, conversation, (kept,)))
        await house.hand_over().open(connection, conversation, opened_by="resident", reason="asked", service=None)
    return conversation, (await house.clerks.waiting(actor("op")))[-1]


@asynccontextmanager
async def desk(house: House) -> AsyncIterator[tuple[Desks, Chair]]:
    """The console and the pages of residents, with a browser of nobody."""
    async with desks_at(house) as desks, desks.chair() as nobody:
        yield desks, nobody


async def link_in(house: House, conversation: ConversationRow) -> str:
    """The path of the link that was sent last."""
    return LINK.findall(" ".join(await house.texts(conversation)))[-1]


async def acts(house: House) -> list[tuple[str, str]]:
    """What stands in the audit, by whom."""
    async with house.engine.connect() as connection:
        rows = await connection.execute(text("SELECT act, actor FROM audit_records ORDER BY number"))
        return [(row.act, row.actor) for row in rows]


async def test_who_writes_gets_a_link_that_shows_and_erases(house: House) -> None:
    """Opening it shows nothing; pressing shows what is kept, masked; the copy is whole JSON; erasing ends the link."""
    conversation, ticket = await waits(house)
    await house.clerks.claim(LIN, ticket.id)
    async with desk(house) as (desks, resident):
        await desks.console.rights.send_link(LIN, ticket.id)
        path = await link_in(house, conversation)
        opened = await resident.get(path)
        assert opened.status == 200
        assert "12345" not in opened.text
        assert opened.headers["Cache-Control"] == "no-store"
        assert opened.headers["Referrer-Policy"] == "same-origin"
        shown = await resident.send(path, {"do": "show"})
        assert "浙A****5" in shown.text
        assert "13800138000" not in shown.text
        saved = json.loads((await resident.send(path, {"do": "save"})).text)
        assert saved["masked"] is True
        assert saved["data_links"][0]["made_by"] == "lin"
        unsure = await resident.send(path, {"do": "erase"})
        assert (unsure.status, "Traceback" in unsure.text) == (422, False)
        assert await house.scalar("SELECT count(*) FROM inbound_messages WHERE outcome = 'erased'") == 0
        gone = await resident.send(path, {"do": "erase", "sure": "yes"})
        assert gone.status == 200
        assert await house.scalar("SELECT count(*) FROM inbound_messages WHERE outcome = 'erased'") == 1
        assert (await resident.get(path)).status == 404
    assert SAID not in str(await house.texts(conversation))


async def test_the_resident_reads_the_citys_own_telephones(house: House) -> None:
    """On the page and in the copy; their own numbers stay masked until it is proved whose they are."""
    conversation, ticket = await waits(house)
    await house.say(conversation, "0571-12345")
    await house.clerks.claim(LIN, ticket.id)
    async with desk(house) as (desks, resident):
        await desks.console.rights.send_link(LIN, ticket.id)
        path = await link_in(house, conversation)
        assert "0571-12345" in (await resident.send(path, {"do": "show"})).text
        received = json.loads((await resident.send(path, {"do": "save"})).text)["received"]
    assert ["****8000" in received[0]["text"], received[1]["text"]] == [True, "0571-12345"]


READ = {
    "zh_Hans": ("我的个人信息", "****4567", "工作人员"),
    "zh_Hant": ("我的個人資料", "****4567", "工作人員"),
    "en": ("My data", "****4567", "Enquiries with a member of staff"),
}


@pytest.mark.parametrize("locale", list(READ))
async def test_the_copy_to_read_is_said_in_words(house: House, locale: str) -> None:
    """One file that opens without a network: in the resident's language, with no name that only programs know."""
    conversation, ticket = await waits(house)
    await house.clerks.claim(LIN, ticket.id)
    async with desk(house) as (desks, resident):
        await desks.console.rights.send_link(LIN, ticket.id)
        path = await link_in(house, conversation)
        copy = await resident.send(f"{path}?lang={locale}", {"do": "read"})
    assert copy.headers["Content-Disposition"].endswith('.html"')
    assert (f'<html lang="{LANGUAGE_TAGS[locale]}">' in copy.text, "<script" in copy.text) == (True, False)  # type: ignore[index]
    assert re.findall(r'(?:src|href)="', copy.text) == []
    assert [one for one in (*READ[locale], ticket.reference, "****8000") if one not in copy.text] == []
    assert "13800138000" not in copy.text
    names = re.compile(r"\b(?:opened_at|given_at|human_agent|account_number|city_hall|dialogue_state)\b")
    assert names.findall(copy.text) == []


async def test_who_has_written_a_lot_reads_it_too(house: House) -> None:
    """Messages are numbered beyond what looks like somebody's number; the numbers are nobody's."""
    async with transaction(house.engine) as connection:
        await connection.execute(text("ALTER SEQUENCE inbound_messages_id_seq RESTART WITH 123456789"))
    conversation, ticket = await waits(house)
    await house.clerks.claim(LIN, ticket.id)
    async with desk(house) as (desks, resident):
        await desks.console.rights.send_link(LIN, ticket.id)
        path = await link_in(house, conversation)
        assert "****8000" in (await resident.send(path, {"do": "show"})).text
        saved = json.loads((await resident.send(path, {"do": "save"})).text)
    assert saved["received"][0]["id"] == "123456789"


async def test_a_link_ends_after_a_day_and_with_the_next(house: House) -> None:
    """One at a time; one that is over is not found, and is deleted."""
    conversation, ticket = await waits(house)
    await house.clerks.claim(LIN, ticket.id)
    async with desk(house) as (desks, resident):
        await desks.console.rights.send_link(LIN, ticket.id)
        first = await link_in(house, conversation)
        await desks.console.rights.send_link(LIN, ticket.id)
        second = await link_in(house, conversation)
        assert [(await resident.get(one)).status for one in (first, second)] == [404, 200]
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE data_links SET good_until = now() - interval '1 second'"))
        assert (await resident.get(second)).status == 404
        assert (await resident.send(second, {"do": "show"})).status == 404
    async with transaction(house.engine) as connection:
        await connection.execute(TIDY)
    assert await house.scalar("SELECT count(*) FROM data_links") == 0


async def test_codes_are_not_guessed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many looks from one address no code is looked at any more."""
    keep_still(monkeypatch, my_data, "GUESSES")
    async with desk(house) as (_, resident):
        statuses = [(await resident.get(f"/my-data/{number:032x}")).status for number in range(25)]
    assert statuses[:20] == [404] * 20
    assert 429 in statuses[20:]


async def test_the_clerk_cannot_open_the_link_that_was_sent(house: House) -> None:
    """Neither in the transcript, masked or revealed, is its code to be read."""
    conversation, ticket = await waits(house)
    await house.clerks.claim(LIN, ticket.id)
    known = await hire(house.engine, "wei", CLERK)
    async with desks_at(house) as desks, desks.chair(known) as chair:
        await desks.console.rights.send_link(LIN, ticket.id)
        code = (await link_in(house, conversation)).rpartition("/")[2]
        here = f"/console/tickets/{ticket.reference}"
        masked = await chair.get(here)
        revealed = await chair.post(f"{here}/reveal", {"reason": "to see"}, of=here)
    assert "13800138000" in revealed.text
    assert code not in masked.text + revealed.text
    assert "/my-data/…" in revealed.text


async def test_only_who_has_the_ticket_sends_the_link(house: House) -> None:
    """Not a colleague, nor somebody of another city."""
    _, ticket = await waits(house)
    async with desk(house) as (desks, _):
        with pytest.raises(Conflict):
            await desks.console.rights.send_link(LIN, ticket.id)
        with pytest.raises(NotPermitted):
            await desks.console.rights.send_link(actor("far", Grant(Role.CLERK, "ningbo")), ticket.id)
    assert await house.scalar("SELECT count(*) FROM data_links") == 0


async def ask(desks: Desks, who: Actor, ticket: TicketRow, demand: str) -> int:
    """Ask for what a resident demands at the counter."""
    console = desks.console
    asked = await console.rights.ask(
        who, ticket.id, demand, "id_card", reason="order compared", requests=console.staff.requests
    )
    return asked.id


async def test_at_the_counter_it_takes_two_to_erase(house: House) -> None:
    """Who asks does not allow; the conversation is told at once; what is allowed is done, once, and is in the audit."""
    conversation, ticket = await waits(house)
    async with desk(house) as (desks, _):
        number = await ask(desks, LIN, ticket, "erase")
        assert "身份" in (await house.texts(conversation))[-1] or "证件" in (await house.texts(conversation))[-1]
        with pytest.raises(Conflict):
            await ask(desks, LIN, ticket, "erase")
        with pytest.raises(NotPermitted):
            await desks.console.staff.requests.allow(LIN, number)
        assert await house.scalar("SELECT count(*) FROM inbound_messages WHERE outcome = 'erased'") == 0
        await desks.console.staff.requests.allow(MEI, number)
        with pytest.raises(Conflict):
            await desks.console.staff.requests.allow(MEI, number)
    assert await house.scalar("SELECT count(*) FROM inbound_messages WHERE outcome = 'erased'") == 1
    assert len(await house.texts(conversation)) == 1
    assert [one for one in await acts(house) if one[0].startswith("request")] == [
        ("request.ask", "lin"),
        ("request.allow", "mei"),
    ]


@pytest.mark.parametrize("demand", ["copy", "erase"])
async def test_who_was_told_of_a_demand_hears_that_nobody_decided(house: House, demand: str) -> None:
    """Three days later, in the words of one that is not done; nothing is given out or deleted."""
    conversation, ticket = await waits(house)
    async with desk(house) as (desks, _):
        await ask(desks, LIN, ticket, demand)
        before = await house.texts(conversation)
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE staff_requests SET good_until = now() - interval '1 second'"))
        assert await expire(desks.console.staff.requests) == 1
    [told] = (await house.texts(conversation))[len(before) :]
    assert (house.cities[ticket.city].agency(ticket.agency).phone in told, "没有" in told) == (True, True)
    assert await house.scalar("SELECT count(*) FROM inbound_messages WHERE outcome = 'erased'") == 0
    assert (await acts(house))[-1] == ("request.expire", "requests")


@pytest.mark.parametrize("who", [LIN, MEI], ids=["taken back", "refused"])
@pytest.mark.parametrize("demand", ["copy", "erase"])
async def test_who_was_told_of_a_demand_hears_that_it_is_not_done(house: House, who: Actor, demand: str) -> None:
    """At once, in the conversation that was told of the asking; nothing is given out or deleted."""
    conversation, ticket = await waits(house)
    office = house.cities[ticket.city].agency(ticket.agency)
    async with desk(house) as (desks, _):
        number = await ask(desks, LIN, ticket, demand)
        before = await house.texts(conversation)
        await desks.console.staff.requests.refuse(who, number, reason="the document does not match")
        with pytest.raises(Conflict):
            await desks.console.staff.requests.refuse(who, number, reason="once more")
    [told] = (await house.texts(conversation))[len(before) :]
    assert (office.names.zh_Hans in told, office.phone in told, "没有" in told) == (True, True, True)
    assert await house.scalar("SELECT count(*) FROM data_links") == 0
    assert await house.scalar("SELECT count(*) FROM inbound_messages WHERE outcome = 'erased'") == 0


async def test_the_page_of_a_request_leads_to_its_ticket(house: House) -> None:
    """Who decides looks at what it is about; who asked finds back."""
    _, ticket = await waits(house)
    lin, mei = await hire(house.engine, "lin", CLERK), await hire(house.engine, "mei", ADMIN)
    async with desk(house) as (desks, _):
        number = await ask(desks, LIN, ticket, "copy")
        for who in (lin, mei):
            async with desks.chair(who) as chair:
                page = await chair.get(f"/console/requests/{number}")
                link = f'<a href="/console/tickets/{ticket.reference}">{ticket.reference}</a>'
                assert link in page.text
                assert (await chair.get(f"/console/tickets/{ticket.reference}")).status == 200


async def test_a_copy_is_given_once_to_who_asked(house: House) -> None:
    """Who allowed it gets no link; nor is there one before it is allowed, a second time, or a day later."""
    _, ticket = await waits(house)
    async with desk(house) as (desks, resident):
        rights, requests = desks.console.rights, desks.console.staff.requests
        number = await ask(desks, LIN, ticket, "copy")
        with pytest.raises(Conflict):
            await rights.take_link(LIN, number)
        await requests.allow(MEI, number)
        with pytest.raises(Conflict):
            await rights.take_link(MEI, number)
        address = await rights.take_link(LIN, number)
        with pytest.raises(Conflict):
            await rights.take_link(LIN, number)
        found = LINK.fullmatch(address)
        assert found is not None
        page = await resident.send(found[1], {"do": "show"})
        assert ("浙A****5" in page.text, 'value="erase"' in page.text) == (True, False)
        assert (await resident.send(found[1], {"do": "erase", "sure": "yes"})).status == 403
        second = await ask(desks, LIN, ticket, "copy")
        await requests.allow(MEI, second)
        async with transaction(house.engine) as connection:
            late = {"late": timedelta(hours=25), "id": second}
            await connection.execute(
                text("UPDATE staff_requests SET decided_at = decided_at - CAST(:late AS interval) WHERE id = :id"), late
            )
        with pytest.raises(Conflict):
            await rights.take_link(LIN, second)
    assert ("rights.give", "lin") in await acts(house)


async def test_after_erasing_there_is_nothing_to_show(house: House) -> None:
    """A copy that was allowed before the resident erased everything is empty, and says so by its numbers."""
    conversation, ticket = await waits(house)
    async with desk(house) as (desks, resident):
        number = await ask(desks, LIN, ticket, "copy")
        await desks.console.staff.requests.allow(MEI, number)
        confirmation = house.catalogs.render(Stays().erased, "zh_Hans")
        await erase(house.engine, Live(house.redis), conversation.id, confirmation, house.parts())
        found = LINK.fullmatch(await desks.console.rights.take_link(LIN, number))
        assert found is not None
        assert "浙A" not in (await resident.send(found[1], {"do": "show"})).text


@pytest.mark.parametrize(
    ("demand", "document", "reason"),
    [
        ("all", "id_card", "seen"),
        ("copy", "library card", "seen"),
        ("copy", "id_card", " "),
        ("copy", "id_card", "身份证330106199001011237"),
    ],
    ids=["no demand", "no document", "no reason", "a number"],
)
async def test_what_is_asked_for_is_one_of_two_by_a_document_with_a_reason(
    house: House, demand: str, document: str, reason: str
) -> None:
    """Else nothing is asked for, and the conversation is not told of anything."""
    conversation, ticket = await waits(house)
    said = await house.texts(conversation)
    async with desk(house) as (desks, _):
        with pytest.raises(Conflict):
            await desks.console.rights.ask(
                LIN, ticket.id, demand, document, reason=reason, requests=desks.console.staff.requests
            )
    assert await house.texts(conversation) == said


async def test_a_clerk_asks_and_gives_the_link_in_the_console(house: House) -> None:
    """The page says how much is kept and no content; the link is shown once, as a code for the resident's telephone."""
    _, ticket = await waits(house)
    lin, mei = await hire(house.engine, "lin", CLERK), await hire(house.engine, "mei", ADMIN)
    async with desks_at(house) as desks, desks.chair(lin) as clerk, desks.chair(mei) as admin:
        here = f"/console/tickets/{ticket.reference}/data"
        page = await clerk.get(here)
        assert "Messages received" in page.text
        assert "12345" not in page.text
        wrong = await clerk.post(f"{here}/demand", {"demand": "copy", "document": "passport"}, of=here)
        assert "reason" in wrong.errors
        asked = await clerk.post(
            f"{here}/demand", {"demand": "copy", "document": "passport", "reason": "order seen"}, of=here
        )
        assert "(seen: Passport)" in asked.text
        number = asked.path.split("?")[0]
        await admin.post(number, {"decision": "allow"}, of=number)
        given = await clerk.post(f"{number}/link", of=number)
        assert ("<svg" in given.text, LINK.search(given.text)) == (True, None)
        again = await clerk.post(f"{number}/link", of="/console/account")
        assert again.status == 422
        assert (await admin.post(f"{number}/link", of="/console/account")).status == 403


async def test_where_nothing_is_of_a_person_nothing_is_given_at_a_counter(house: House) -> None:
    """A document can be compared with nothing there: only who holds the conversation gets it."""
    conversation, ticket = await waits(house, named=False)
    said = await house.texts(conversation)
    async with desk(house) as (desks, _):
        with pytest.raises(Conflict, match="compared"):
            await ask(desks, LIN, ticket, "copy")
    assert await house.texts(conversation) == said
