"""How a ticket ends: what the clerk reads before, what the resident reads then, and what their next word does."""

import html
import re

import pytest
from fixtures.desks import Known, desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import actor
from fixtures.tickets import CLERK, QUEUE, waits
from sqlalchemy import text

from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.conversations.rows import ConversationRow
from desk.conversations.stream import dump
from desk.sealing.opening import Purpose, key_of
from desk.store.database import transaction
from desk.tickets.ending.closing import REOPENS, CloseReason
from desk.tickets.rows import TicketRow
from desk.web.parts import ServiceWords

LIN = actor("lin")
SERVICES = {
    name: ServiceWords(f"{name}.title", f"{name}.description", {})
    for name in ("travel_permit", "report_problem", "traffic_fines")
}


async def asks(
    house: House, conversation: ConversationRow, service: str = "traffic_fines", field: str = "plate"
) -> None:
    """Have the assistant be in the middle of a service and ask for something."""
    situation = {"version": 1, "service": service, "step": "asking", "asks_for": field, "field": field}
    async with transaction(house.engine) as connection:
        key = await key_of(connection, conversation.id, Purpose.WRITE)
        query = text("UPDATE dialogue_states SET situation = CAST(:situation AS jsonb) WHERE conversation_id = :id")
        await connection.execute(query, {"id": conversation.id, "situation": dump(key.seal(situation, "state"))})


async def taken(house: House, locale: Locale = "zh_Hans") -> tuple[ConversationRow, TicketRow, Known]:
    """A conversation whose ticket a clerk has, beside another resident's."""
    await house.open()
    conversation, ticket = await waits(house, locale=locale)
    known = await hire(house.engine, "lin", CLERK)
    return conversation, await house.clerks.claim(LIN, ticket.id), known


async def page_of(house: House, ticket: TicketRow, known: Known) -> str:
    """The ticket's page as its clerk reads it."""
    async with desks_at(house, services=SERVICES) as desks, desks.chair(known) as chair:
        return html.unescape((await chair.get(f"{QUEUE}/{ticket.reference}")).text)


@pytest.mark.parametrize("is_asked", [False, True], ids=["", "asked"])
@pytest.mark.parametrize("reason", CloseReason)
async def test_the_clerk_reads_before_what_the_resident_reads_then(
    house: House, reason: CloseReason, is_asked: bool
) -> None:
    """When it is the right one; and word for word, where both read one language, with whether a grade is asked for."""
    conversation, ticket, known = await taken(house, "en")
    if is_asked:
        await asks(house, conversation)
    page = await page_of(house, ticket, known)
    told = re.findall(r'<dt>(.*?)</dt><dd>(.*?)</dd><dd class="quiet">The resident reads: “(.*?)” (.*?)</dd>', page)
    when, before, then = ({one[0]: one[number] for one in told} for number in (1, 2, 3))
    name = house.catalogs.text(Text(key=f"console.ticket_close_{reason}"), "en")
    assert when[name] == house.catalogs.text(Text(key=f"console.ticket_end_when_{reason}"), "en")
    await house.clerks.close(LIN, ticket.id, reason)
    said, _, grade = (await house.texts(conversation))[-1].partition("\n\n")
    assert before[name] == said
    assert bool(grade) == (reason in REOPENS) == ("They are asked for a grade" in then[name])
    assert ("They cannot reopen it" in then[name]) == (reason not in REOPENS)


@pytest.mark.parametrize(
    ("is_asked", "locale", "wanted"),
    [
        (True, "zh_Hans", "还需要您提供：车牌号"),
        (True, "zh_Hant", "還需要您提供："),
        (True, "en", "We still need this from you: Plate"),
        (False, "zh_Hans", "7天内在这里补充情况"),
    ],
)
async def test_who_has_not_answered_reads_that_the_matter_stays(
    house: House, is_asked: bool, locale: Locale, wanted: str
) -> None:
    """What is missing, and how to go on; not that it is over."""
    conversation, ticket, _ = await taken(house, locale)
    if is_asked:
        await asks(house, conversation)
    await house.clerks.close(LIN, ticket.id, CloseReason.NO_ANSWER)
    said = (await house.texts(conversation))[-1]
    assert (wanted in said, "已结束" in said, "has ended" in said) == (True, False, False)


@pytest.mark.parametrize(("reason", "by_clerk"), [(CloseReason.NO_ANSWER, True), (CloseReason.SOLVED, False)])
async def test_the_next_word_goes_where_the_clerk_was_told(house: House, reason: CloseReason, by_clerk: bool) -> None:
    """Where the resident was waited for it reopens the ticket; else it answers the assistant's question."""
    async with FakeBot() as bot:
        conversation, ticket, known = await taken(house)
        await asks(house, conversation)
        page = await page_of(house, ticket, known)
        await house.clerks.close(LIN, ticket.id, reason)
        async with house.worker(bot.url):
            await house.say(conversation, "浙A12345")
            await house.settle(conversation)
    state = (await house.clerks.find(LIN, ticket.id)).state
    assert (state, len(bot.requests)) == (("open", 0) if by_clerk else ("closed", 1))
    assert "what they write next counts as the answer to “Plate”" in page
    assert "Closed with “The resident wrote no more”, what they write comes to the ticket first" in page


async def test_to_wait_stands_beside_to_end(house: House) -> None:
    """Right after it, with what follows; and it is said where the clerk has just asked something themselves."""
    _, ticket, known = await taken(house)
    quiet = await page_of(house, ticket, known)
    await house.clerks.reply(LIN, ticket.id, "您好，请告诉我具体地点。")
    page = await page_of(house, ticket, known)
    folds = re.findall(r'<details class="fold" id="do-(\w+)"', page)
    assert folds[:3] == ["close", "hold", "hand_back"]
    assert "The ticket stays yours, and the resident is told nothing." in page
    early = "If you still wait for their answer"
    assert (early in quiet, early in page) == (False, True)
    assert "You wrote to the resident just now." in page


async def test_what_is_begun_stands_first(house: House) -> None:
    """Among the services to start, with that it goes on; and its agency among those to pass to."""
    conversation, ticket, known = await taken(house)
    await asks(house, conversation)
    page = await page_of(house, ticket, known)
    services = page.partition('id="start-service"')[2].partition("</select>")[0]
    agencies = page.partition('id="agency"')[2].partition("</select>")[0]
    first = re.findall(r'<option value="(\w+)"( selected)?>(.*?)</option>', services)[0]
    assert (first[0], first[1], "goes on from what is filled in" in first[2]) == ("traffic_fines", " selected", True)
    assert services.count("goes on from") == 1
    assert re.findall(r'<option value="(\w+)"', agencies)[0] == "traffic_police"
    assert "it stands first" in page
