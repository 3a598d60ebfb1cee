"""A contact that a resident leaves while they wait: asked, kept sealed, taken back, gone with the ticket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fixtures.desks import desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import actor
from sqlalchemy import text

from desk.contract.errors import Conflict
from desk.contract.staff import Grant, NotPermitted, Role
from desk.conversations import service
from desk.conversations.erasure import erase_held
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.tickets import contact
from desk.tickets.assigning import Assigning
from desk.tickets.listing import Filter, Listing
from desk.tickets.merging import Merging
from desk.tickets.queue import open_matter
from desk.tickets.room import utc_now
from desk.tickets.rows import TicketRow
from desk.tickets.workbench import Workbench

LI = actor("li")
PHONE, MAIL = "13912345678", "zhang.san@example.com"
LEFT = "SELECT contact_kind FROM tickets"


async def waits(house: House) -> tuple[ConversationRow, TicketRow]:
    """A conversation with a ticket that waits, and its first notice said."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, "ticket")
        await house.settle(conversation)
    return conversation, (await house.clerks.waiting(LI))[-1]


async def says(house: House, conversation: ConversationRow, *said: str) -> str:
    """Say things, a payload where it begins with a slash; answers what was said last."""
    async with FakeBot() as bot, house.worker(bot.url):
        for one in said:
            await house.say(conversation, one, kind="payload" if one.startswith("/") else "text")
            await house.settle(conversation)
    return (await house.texts(conversation))[-1]


async def buttons(house: House, conversation: ConversationRow) -> list[str]:
    """What the last message offers."""
    said = [event.body["message"] for event in await house.events(conversation) if event.type == "message"]
    return [button["payload"] for button in said[-1]["buttons"]]


@asynccontextmanager
async def left(house: House, given: str = PHONE) -> AsyncIterator[tuple[ConversationRow, TicketRow]]:
    """A ticket whose resident left a contact."""
    conversation, _ = await waits(house)
    await says(house, conversation, contact.LEAVE, given)
    yield conversation, (await house.clerks.waiting(LI))[-1]


async def test_notices_offer_it_until_one_is_left(house: House) -> None:
    """Who said something else first finds the button again."""
    conversation, _ = await waits(house)
    assert await buttons(house, conversation) == ["/withdraw_ticket", contact.LEAVE]
    await says(house, conversation, "hello?")
    assert await buttons(house, conversation) == ["/withdraw_ticket", contact.LEAVE]
    await says(house, conversation, contact.LEAVE)
    await says(house, conversation, PHONE)
    await says(house, conversation, "hello again")
    assert await buttons(house, conversation) == ["/withdraw_ticket"]


@pytest.mark.parametrize(("given", "kind", "shown"), [(PHONE, "phone", "5678"), (MAIL, "mail", "***@example.com")])
async def test_it_is_asked_with_its_reason_and_kept_sealed(house: House, given: str, kind: str, shown: str) -> None:
    """The question names agency and purpose; the answer is a consent; the confirmation shows it masked."""
    conversation, ticket = await waits(house)
    asked = await says(house, conversation, contact.LEAVE)
    agency = house.cities[ticket.city].agency(ticket.agency)
    assert agency.names.zh_Hans in asked
    assert ticket.reference in asked
    kept = await says(house, conversation, given)
    assert shown in kept
    assert given not in kept
    assert await buttons(house, conversation) == [contact.TAKE_BACK]
    assert await house.scalar(LEFT) == kind
    assert given not in str(await house.scalar("SELECT contact FROM tickets"))
    consent = await house.scalar("SELECT row_to_json(consents) FROM consents")
    assert (consent["field"], consent["entity"], consent["purpose"]) == ("contact", kind, contact.PURPOSE)
    assert consent["agency"] == ticket.agency


@pytest.mark.parametrize(
    "said",
    [
        *(f"请给我回电 {PHONE}", f"打我电话{PHONE}", f"我的手机号是{PHONE}", f"留下联系方式：{PHONE}"),
        *(f"請打電話給我：{PHONE}", f"我嘅電話係 {PHONE}", f"發郵件給我 {MAIL}"),
        *(f"please call me back on {PHONE}", f"my phone number is {PHONE}", f"could you email me at {MAIL}"),
    ],
)
async def test_plain_words_leave_it(house: House, said: str) -> None:
    """Nobody has to find the button; purpose and end are said at once."""
    conversation, ticket = await waits(house)
    assert ticket.reference in await says(house, conversation, said)
    assert await house.scalar(LEFT) in ("phone", "mail")
    assert await house.scalar("SELECT count(*) FROM consents") == 1


@pytest.mark.parametrize("said", ["留个电话", "打电话给我", "回電畀我", "call me back please", "leave a contact"])
async def test_who_wishes_it_without_a_number_is_asked(house: House, said: str) -> None:
    """In the words of each language."""
    conversation, _ = await waits(house)
    await says(house, conversation, said)
    assert await buttons(house, conversation) == [contact.DECLINE]


@pytest.mark.parametrize(
    "said",
    [f"他们打电话给我要钱，号码是{PHONE}", f"邻居 {PHONE} 很吵", PHONE, "我的电话停机了", "they call me every night"],
)
async def test_a_number_in_a_matter_is_no_contact(house: House, said: str) -> None:
    """Nobody guesses: whoever has not asked for it leaves nothing."""
    conversation, _ = await waits(house)
    await says(house, conversation, said)
    assert await house.scalar(LEFT) is None


async def test_a_number_in_a_message_is_kept_at_a_press(house: House) -> None:
    """Whoever writes one while they wait is asked whether it is to be called, with the reason; nobody guesses."""
    conversation, ticket = await waits(house)
    asked = await says(house, conversation, f"排不动了，有结果打{PHONE}找我")
    assert "5678" in asked
    assert PHONE not in asked
    assert ticket.reference in asked
    assert await buttons(house, conversation) == [contact.KEEP_SAID, contact.DECLINE]
    assert await house.scalar(LEFT) is None
    await says(house, conversation, contact.KEEP_SAID)
    assert await house.scalar(LEFT) == "phone"
    assert await house.scalar("SELECT count(*) FROM consents") == 1


async def test_any_number_of_eight_digits_is_no_telephone(house: House) -> None:
    """It may be an account."""
    conversation, _ = await waits(house)
    await says(house, conversation, "57925222")
    assert await buttons(house, conversation) == ["/withdraw_ticket", contact.LEAVE]


@pytest.mark.parametrize(
    "said", ["冇得手机，座机02788812345", "just my landline, 021-62345678", "家里的 0571 87654321"]
)
async def test_a_line_with_its_area_code_is_taken_among_words(house: House, said: str) -> None:
    """Who has no mobile is called all the same."""
    conversation, _ = await waits(house)
    await says(house, conversation, contact.LEAVE, said)
    assert await house.scalar(LEFT) == "phone"


async def test_a_wrong_number_gets_its_reason_and_another_try(house: House) -> None:
    """Why is said; what was given before is not lost."""
    conversation, _ = await waits(house)
    wrong = await says(house, conversation, contact.LEAVE, "1391234567")
    assert "10" in wrong
    assert await house.scalar(LEFT) is None
    await says(house, conversation, PHONE)
    assert await house.scalar(LEFT) == "phone"
    await says(house, conversation, contact.LEAVE, "zhang@example")
    assert await house.scalar(LEFT) == "phone"


@pytest.mark.parametrize("said", [contact.DECLINE, "不用了", "唔使啦", "no thanks"])
async def test_it_is_optional(house: House, said: str) -> None:
    """Who declines keeps the place, and is not asked again."""
    conversation, ticket = await waits(house)
    assert ticket.reference in await says(house, conversation, contact.LEAVE, said)
    assert await house.scalar("SELECT contact_asked_at IS NULL AND contact IS NULL FROM tickets")
    assert [one.id for one in await house.clerks.waiting(LI)] == [ticket.id]


async def test_who_says_something_else_is_served(house: House) -> None:
    """The question waits for nobody: a wish is the bot's, and no later number is taken for the contact."""
    conversation, _ = await waits(house)
    assert "bus" in await says(house, conversation, contact.LEAVE, "bus")
    await says(house, conversation, PHONE)
    assert await house.scalar(LEFT) is None


@pytest.mark.parametrize("said", [contact.TAKE_BACK, "删除我的电话", "不要给我打电话", "delete my number please"])
@pytest.mark.parametrize("claimed", [False, True])
async def test_it_is_taken_back(house: House, said: str, claimed: bool) -> None:
    """By button or words, also while a clerk has the ticket: then as a notice beside the clerk."""
    async with left(house) as (conversation, ticket):
        if claimed:
            await house.clerks.claim(LI, ticket.id)
        assert ticket.reference in await says(house, conversation, said)
    assert await house.scalar(LEFT) is None
    assert (await house.clerks.find(LI, ticket.id)).state == ("claimed" if claimed else "open")


@pytest.mark.parametrize("end", ["close", "hand_back", "withdraw", "erase"])
async def test_it_goes_with_the_ticket(house: House, end: str) -> None:
    """Whoever ends it."""
    async with left(house) as (conversation, ticket):
        if end in ("close", "hand_back"):
            await house.clerks.claim(LI, ticket.id)
            await getattr(house.clerks, end)(LI, ticket.id)
        elif end == "withdraw":
            await says(house, conversation, "/withdraw_ticket")
        else:
            async with transaction(house.engine) as connection:
                await erase_held(connection, conversation.id, house.parts())
    assert await house.scalar("SELECT contact IS NULL AND contact_kind IS NULL FROM tickets")


async def test_a_statement_that_forgets_it_is_refused(house: House) -> None:
    """No ticket that has ended holds a contact: the table itself says so."""
    async with left(house):
        with pytest.raises(Exception, match="ck_tickets_contact_of_live"):
            async with transaction(house.engine) as connection:
                await connection.execute(text("UPDATE tickets SET state = 'closed'"))


async def test_it_is_in_the_resident_s_export(house: House) -> None:
    """Whole, as long as it is kept."""
    async with left(house) as (conversation, _), transaction(house.engine) as connection:
        data = await service.data_of(connection, conversation.id, house.parts(), timezone=utc_now().tzinfo)
    assert [one["contact"] for one in data["tickets"]] == [PHONE]


async def test_staff_see_it_masked_and_reveal_it_for_a_reason(house: House) -> None:
    """Who may see personal data, and says why; it stands in the audit, and the conversation stays masked."""
    async with left(house) as (_, ticket):
        assert [one.ticket.contact_kind for one in (await Listing(house.engine).tickets(LI, Filter()))[0]] == ["phone"]
        bench = Workbench(house.clerks)
        assert (await bench.open(LI, ticket.id)).contact == "****5678"
        with pytest.raises(Conflict, match="reason"):
            await bench.reveal_contact(LI, ticket.id, reason=" ")
        with pytest.raises(NotPermitted):
            await bench.reveal_contact(actor("yi", Grant(Role.AGENCY_ADMIN)), ticket.id, reason="call")
        sheet = await bench.reveal_contact(LI, ticket.id, reason="calling back")
    assert (sheet.contact, sheet.revealed) == (PHONE, False)
    assert PHONE not in " ".join(line.text for line in sheet.lines)
    last = await house.scalar("SELECT row_to_json(audit_records) FROM audit_records ORDER BY number DESC LIMIT 1")
    assert (last["act"], last["reason"], last["details"]) == ("personal.reveal", "calling back", {"what": "contact"})


async def test_the_console_shows_that_a_call_is_wished(house: House) -> None:
    """In the queue and on the ticket; the number only after a reason."""
    clerk = await hire(house.engine, "lin", Grant(Role.CLERK, "hangzhou"))
    async with left(house) as (_, ticket), desks_at(house) as desks, desks.chair(clerk) as chair:
        assert "Call back wished" in (await chair.get("/console/tickets")).text
        here = f"/console/tickets/{ticket.reference}"
        page = await chair.get(here)
        assert "Call back wished" in page.text
        assert PHONE not in page.text
        assert (await chair.post(f"{here}/contact", {"reason": ""}, of=here)).errors != ""
        assert PHONE in (await chair.post(f"{here}/contact", {"reason": "calling back"}, of=here)).text


async def test_a_clerk_who_puts_the_ticket_back_keeps_it(house: House) -> None:
    """It is the ticket's, not the clerk's."""
    async with left(house) as (_, ticket):
        await house.clerks.claim(LI, ticket.id)
        await Assigning(house.clerks).put_back(LI, ticket.id)
    assert await house.scalar(LEFT) == "phone"


async def test_it_goes_with_a_ticket_that_is_merged(house: House) -> None:
    """Another ticket has its own, where the resident left one there."""
    async with left(house) as (conversation, ticket):
        async with transaction(house.engine) as connection:
            matter = await open_matter(
                connection,
                conversation.id,
                city=ticket.city,
                agency=ticket.agency,
                reason="refund_refused",
                service=None,
                matter="order:1",
            )
        assert matter is not None
        await Merging(house.clerks).merge(LI, ticket.id, matter.id)
    assert await house.scalar("SELECT count(*) FROM tickets WHERE contact IS NOT NULL") == 0


async def test_it_can_be_left_until_the_clerk_has_opened_the_ticket(house: House) -> None:
    """What was given in turn and not opened still waits; from then on the clerk alone speaks."""
    conversation, ticket = await waits(house)
    async with transaction(house.engine) as connection:
        given = "UPDATE tickets SET state = 'claimed', claimed_by = 'li', given_at = clock_timestamp()"
        await connection.execute(text(given))
    assert ticket.reference in await says(house, conversation, contact.LEAVE, PHONE)
    assert await house.scalar(LEFT) == "phone"
    await house.clerks.reply(LI, ticket.id, "hello")
    said = await says(house, conversation, contact.LEAVE, MAIL)
    assert (said, await house.scalar(LEFT)) == ("hello", "phone")


async def test_taking_it_back_races_with_a_claim(house: House) -> None:
    """Both happen, in one order or the other; nothing of it is left."""
    async with left(house) as (conversation, ticket):
        await asyncio.gather(says(house, conversation, contact.TAKE_BACK), house.clerks.claim(LI, ticket.id))
    assert await house.scalar(LEFT) is None


async def test_while_the_voice_is_stopped_it_can_be_left_too(house: House) -> None:
    """The notice of a paused assistant offers it, and nothing else."""
    conversation = await house.open()
    hand_over = house.hand_over()
    async with transaction(house.engine) as connection:
        answer = await hand_over.instead_of_the_bot(connection, conversation)
    assert [button.payload for button in answer.messages[0].buttons] == [contact.LEAVE]


@pytest.mark.parametrize("written", ["0571-87654321", "(0571)87654321", "9123 4567", "+852 9123 4567"])
async def test_a_telephone_that_takes_no_codes_can_be_called(house: House, written: str) -> None:
    """Of a house, of Hong Kong, from abroad: a call needs no text message."""
    conversation, _ = await waits(house)
    await says(house, conversation, contact.LEAVE)
    await says(house, conversation, written)
    assert await house.scalar(LEFT) == "phone"


async def test_the_number_goes_with_the_contact(house: House) -> None:
    """What was written in the conversation is masked: once the contact is gone, nobody reads the number there."""
    async with left(house) as (conversation, _):
        assert PHONE not in str(await house.bodies())
        assert conversation is not None
