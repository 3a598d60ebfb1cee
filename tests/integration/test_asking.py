"""What a clerk has a resident do by one press: send a document, agree to something, begin a service. Real stores."""

import json

import pytest
from fixtures import loaded
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import actor
from fixtures.tickets import QUEUE, seated, waits
from sqlalchemy import text

from desk.contract.errors import Conflict, NotFound
from desk.conversations import service
from desk.conversations.bell import Bell
from desk.conversations.rows import ConversationRow
from desk.kill_switch.service import KillSwitch, Scope
from desk.media.scanning import Verdict
from desk.sealing.opening import Purpose, key_of
from desk.store.database import transaction
from desk.tickets.asking import Asks
from desk.tickets.notices import ALLOW_CONSENT, REFUSE_CONSENT, consent_payload
from desk.tickets.rows import TicketRow
from desk.tickets.starting import Starting
from desk.tickets.workbench import Workbench

LI = actor("li")
RECORDED = "SELECT count(*) FROM consents"


def asks_in(house: House) -> Asks:
    return Asks(house.clerks, loaded.asking())


async def states(house: House, ticket: TicketRow) -> list[str]:
    """What came of what was asked."""
    query = "SELECT coalesce(string_agg(state, ' ' ORDER BY id), '') FROM ticket_asks WHERE ticket_id = :id"
    return str(await house.scalar(query, id=ticket.id)).split()


async def offered(house: House, conversation: ConversationRow) -> list[str]:
    """The payloads of the buttons under the last message."""
    message = [one.body["message"] for one in await house.events(conversation) if one.type == "message"][-1]
    return [one["payload"] for one in message["buttons"]]


async def press(house: House, conversation: ConversationRow, payload: str) -> str:
    """Press a button; the last that is said afterwards."""
    await house.say(conversation, payload, kind="payload")
    await house.settle(conversation)
    return (await house.texts(conversation))[-1]


async def send_file(house: House, conversation: ConversationRow) -> None:
    """Send a file."""
    async with transaction(house.engine) as connection:
        media = await service.store_media(
            connection,
            conversation_id=conversation.id,
            content_type="image/png",
            content=b"png",
            verdict=Verdict.UNSCANNED,
        )
    await service.receive(
        house.engine,
        Bell(house.redis),
        conversation=conversation,
        external_id=f"{conversation.id}:{media}",
        kind="media",
        body={"media": {"id": str(media), "content_type": "image/png"}},
    )
    await house.settle(conversation)


async def test_a_file_is_the_document_that_was_asked_for(house: House) -> None:
    """The first that was asked for, once; one that is awaited is not asked for again."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        asks = asks_in(house)
        await asks.document(LI, ticket.id, "contract")
        assert "请把合同拍照发到这里" in (await house.texts(conversation))[-1]
        with pytest.raises(Conflict, match="already"):
            await asks.document(LI, ticket.id, "contract")
        await asks.document(LI, ticket.id, "photo")
        await send_file(house, conversation)
        assert await states(house, ticket) == ["received", "asked"]
        await send_file(house, conversation)
        await send_file(house, conversation)
        assert await states(house, ticket) == ["received", "received"]
        await asks.document(LI, ticket.id, "contract")
    acts = "SELECT array_agg(act ORDER BY number) FROM audit_records WHERE act LIKE 'ticket.ask%'"
    assert await house.scalar(acts) == ["ticket.ask_document"] * 3
    kinds = "SELECT count(*) FROM ticket_events WHERE kind = 'document_received' AND actor = 'resident'"
    assert await house.scalar(kinds) == 2


@pytest.mark.parametrize(
    ("word", "state", "said", "again", "recorded"),
    [
        (ALLOW_CONSENT, "given", "已记录您的同意", "您之前已同意", 1),
        (REFUSE_CONSENT, "refused", "已告知工作人员", "您之前已选择不同意", 0),
    ],
)
async def test_an_answer_counts_once(house: House, word: str, state: str, said: str, again: str, recorded: int) -> None:
    """A yes is recorded with its purpose; the second press changes nothing, whatever it says, and is told so."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        await asks_in(house).consent(LI, ticket.id, "call_back")
        assert "是否同意用您留下的电话与您联系" in (await house.texts(conversation))[-1]
        yes, no = await offered(house, conversation)
        pressed, other = (yes, no) if word == ALLOW_CONSENT else (no, yes)
        assert said in await press(house, conversation, pressed)
        assert again in await press(house, conversation, other)
        assert await states(house, ticket) == [state]
        assert bot.requests == []
    assert await house.scalar(RECORDED) == recorded
    if recorded:
        assert await house.scalar("SELECT purpose || ' ' || agency || ' ' || service FROM consents") == (
            f"asking.call_back {ticket.agency} human_agent"
        )
    authors = [one.body["message"]["author"] for one in await house.events(conversation) if one.type == "message"]
    assert authors[-3:] == ["clerk", "notice", "notice"]


NUMBER = "13800138000"
KEPT = "SELECT contact_kind FROM tickets WHERE id = :id"


@pytest.mark.parametrize("presses", [True, False], ids=["agrees, then writes it", "just writes it"])
@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_who_may_be_called_is_asked_for_a_number(house: House, presses: bool, locale: str) -> None:
    """Where none is known: in the same question. The number is kept as a contact, and agrees; the bot hears nothing."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house, locale=locale)
        await house.clerks.claim(LI, ticket.id)
        await asks_in(house).consent(LI, ticket.id, "call_back")
        asked = [one.body["message"]["text"] for one in await house.events(conversation) if one.type == "message"][-1]
        yes, _ = await offered(house, conversation)
        if presses:
            await press(house, conversation, yes)
            await house.say(conversation, "好的")
            await house.settle(conversation)
        await house.say(conversation, f"我的电话是{NUMBER}")
        await house.settle(conversation)
        assert await states(house, ticket) == ["given"]
        assert await house.scalar(KEPT, id=ticket.id) == "phone"
        assert bot.requests == []
        known = await Workbench(house.clerks).open(LI, ticket.id)
        await asks_in(house).consent(LI, ticket.id, "call_back")
        again = (await house.texts(conversation))[-1]
    asks = {"zh_Hans": "写下您的电话号码", "zh_Hant": "寫下您的電話號碼", "en": "write your number here"}[locale]
    assert (asks in asked, asks in again) == (True, False)
    assert (known.contact, known.lines[-2].text) == ("****8000", "我的电话是****8000")
    assert sorted(await purposes(house)) == ["asking.call_back", "ticket.why_contact"]


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_a_number_that_was_written_before_is_the_one_that_is_called(house: House, locale: str) -> None:
    """The question names it, masked; a yes keeps it, and nothing is asked for once more."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house, locale=locale)
        await house.clerks.claim(LI, ticket.id)
        await house.say(conversation, f"我的情况比较急，可以打 {NUMBER} 找我")
        await house.settle(conversation)
        assert await house.scalar(KEPT, id=ticket.id) is None
        await asks_in(house).consent(LI, ticket.id, "call_back")
        asked = (await house.texts(conversation))[-1]
        yes, _ = await offered(house, conversation)
        noted = await press(house, conversation, yes)
        known = await Workbench(house.clerks).reveal_contact(LI, ticket.id, reason="To call them")
    assert ("8000" in asked, NUMBER in asked, "8000" in noted, NUMBER in noted) == (True, False, True, False)
    assert (await states(house, ticket), known.contact) == (["given"], NUMBER)
    assert sorted(await purposes(house)) == ["asking.call_back", "ticket.why_contact"]


async def test_another_number_than_the_one_written_before_can_be_given(house: House) -> None:
    """It is written instead of a press, and agrees."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        await house.say(conversation, f"邻居的电话是 {NUMBER}，不是我的")
        await house.settle(conversation)
        await asks_in(house).consent(LI, ticket.id, "call_back")
        await house.say(conversation, "13912345678")
        await house.settle(conversation)
        known = await Workbench(house.clerks).reveal_contact(LI, ticket.id, reason="To call them")
    assert (await states(house, ticket), known.contact) == (["given"], "13912345678")


async def purposes(house: House) -> list[str]:
    """What was agreed to."""
    return list(await house.scalar("SELECT array_agg(purpose) FROM consents") or ())


async def test_who_does_not_want_to_be_called_leaves_no_number(house: House) -> None:
    """A number that is written later is told to the clerk, and kept nowhere else."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        await asks_in(house).consent(LI, ticket.id, "call_back")
        _, no = await offered(house, conversation)
        await press(house, conversation, no)
        said = await house.texts(conversation)
        await house.say(conversation, NUMBER)
        await house.settle(conversation)
    assert await states(house, ticket) == ["refused"]
    assert await house.scalar(KEPT, id=ticket.id) is None
    assert await house.texts(conversation) == said


async def test_what_is_no_number_is_asked_again_and_a_letter_is_the_clerks(house: House) -> None:
    """While it is waited for, too; an address of mail is a contact, and no yes to a call."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        await asks_in(house).consent(LI, ticket.id, "call_back")
        before = len(await house.texts(conversation))
        for said in ("等一下，我找找", "138001380", "a@example.com"):
            await house.say(conversation, said)
            await house.settle(conversation)
        wrong, mail = (await house.texts(conversation))[before:]
        assert (await states(house, ticket), "重新填写" in wrong, "example.com" in mail) == (["asked"], True, True)
        assert await house.scalar(KEPT, id=ticket.id) == "mail"


async def test_the_clerk_reads_that_a_number_is_asked_for_too(house: House) -> None:
    """Where none is known; else the button asks for the consent alone."""
    async with seated(house) as (chair, known):
        conversation, ticket = await waits(house)
        await house.clerks.claim(actor(known.login), ticket.id)
        page = (await chair.get(f"{QUEUE}/{ticket.reference}")).text
        assert "no telephone is known: it is asked for, too" in page
        async with transaction(house.engine) as connection:
            key = await key_of(connection, conversation.id, Purpose.TURN)
            sealed = json.dumps(key.seal({"value": NUMBER}, "contact"))
            kept = text("UPDATE tickets SET contact = CAST(:contact AS jsonb), contact_kind = 'phone'")
            await connection.execute(kept, {"contact": sealed})
        assert "no telephone is known" not in (await chair.get(f"{QUEUE}/{ticket.reference}")).text


async def test_a_press_of_somebody_elses_question_is_none(house: House) -> None:
    """Nor one that was never asked here; nothing is recorded of either."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        other, others = await waits(house)
        for one in (ticket, others):
            await house.clerks.claim(LI, one.id)
            await asks_in(house).consent(LI, one.id, "call_back")
        [theirs, _] = await offered(house, other)
        assert "已经失效" in await press(house, conversation, theirs)
        assert (await states(house, ticket), await states(house, others)) == (["asked"], ["asked"])
    assert await house.scalar(RECORDED) == 0


async def test_a_press_after_the_end_or_at_another_agency_is_refused_politely(house: House) -> None:
    """What was asked ended with the ticket, or with the agency that asked."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        await asks_in(house).consent(LI, ticket.id, "call_back")
        yes, _ = await offered(house, conversation)
        async with transaction(house.engine) as connection:
            moved = text("UPDATE tickets SET agency = 'tax_bureau' WHERE id = :id")
            await connection.execute(moved, {"id": ticket.id})
        assert "已经失效" in await press(house, conversation, yes)
        async with transaction(house.engine) as connection:
            back = text("UPDATE tickets SET agency = :agency WHERE id = :id")
            await connection.execute(back, {"id": ticket.id, "agency": ticket.agency})
        await house.clerks.close(LI, ticket.id, "duplicate")
        assert "按钮" in await press(house, conversation, yes)
        assert await states(house, ticket) == ["asked"]
    assert await house.scalar(RECORDED) == 0


async def test_only_what_fits_is_asked_for_and_by_whose_ticket_it_is(house: House) -> None:
    """A purpose of other services is unknown here; so is what nobody has claimed."""
    _, ticket = await waits(house, service="traffic_fines")
    asks = asks_in(house)
    with pytest.raises(Conflict, match="nobody has claimed"):
        await asks.document(LI, ticket.id, "contract")
    await house.clerks.claim(LI, ticket.id)
    assert "pass_on_report" not in [one.slug for one in asks.possible(ticket, "consent")]
    for wrong in (asks.consent(LI, ticket.id, "pass_on_report"), asks.document(LI, ticket.id, "dog")):
        with pytest.raises(NotFound):
            await wrong
    with pytest.raises(Conflict):
        await asks.consent(actor("wang"), ticket.id, "call_back")


async def test_a_started_service_is_the_bots_next_turn(house: House) -> None:
    """In one transaction with handing back: the resident is told, and the bot answers as if they had asked for it."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        done = await Starting(house.clerks).start(LI, ticket.id, "traffic_fines", "traffic_fines.title")
        assert done.state == "handed_back"
        await house.settle(conversation)
        assert [one["message"]["payload"] for one in bot.requests] == ["/traffic_fines"]
        told, answered = (await house.texts(conversation))[-2:]
        assert "工作人员已为您开始办理" in told
        assert answered
        assert not any(line.text.startswith("[button") for line in await house.clerks.transcript(LI, ticket))
        with pytest.raises(Conflict):
            await Starting(house.clerks).start(LI, ticket.id, "traffic_fines", "traffic_fines.title")
    kept = "SELECT act || ' ' || (details ->> 'service') FROM audit_records WHERE act = 'ticket.start_service'"
    assert await house.scalar(kept) == "ticket.start_service traffic_fines"


async def test_nothing_is_started_where_the_bot_may_not_speak_or_the_city_has_no_such_service(house: House) -> None:
    """The ticket stays with its clerk."""
    _, ticket = await waits(house)
    await house.clerks.claim(LI, ticket.id)
    with pytest.raises(NotFound):
        await Starting(house.clerks).start(LI, ticket.id, "no_such_service", "")
    await KillSwitch(house.engine).stop(Scope("city", "hangzhou"), reason="test", actor=LI)
    with pytest.raises(Conflict):
        await Starting(house.clerks).start(LI, ticket.id, "traffic_fines", "traffic_fines.title")
    assert (await house.clerks.find(LI, ticket.id)).state == "claimed"


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_the_page_asks_and_says_what_came_of_it(house: House, locale: str) -> None:
    """In every language; then a service is started and the clerk is back at the list."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house, locale=locale)
        async with seated(house, locale=locale) as (chair, _):
            here = f"{QUEUE}/{ticket.reference}"
            page = await chair.get(here)
            assert f'action="{here}/consent"' not in page.text
            await chair.post(f"{here}/claim", of=here)
            await chair.post(f"{here}/document", {"document": "contract"}, of=here)
            again = await chair.post(f"{here}/document", {"document": "contract"}, of=here)
            assert again.status == 422
            await chair.post(f"{here}/consent", {"consent": "call_back"}, of=here)
            [ask] = [one for one in await offered(house, conversation) if one.startswith(ALLOW_CONSENT)]
            await press(house, conversation, ask)
            page = await chair.get(here)
            agreed = {"zh_Hans": "已同意", "zh_Hant": "已同意", "en": "agreed"}[locale]
            assert f">{agreed}</span>" in page.text
            left = await chair.post(f"{here}/start", {"service": "traffic_fines"}, of=here)
            assert (left.path, f'action="{here}/reopen"' in left.text) == (f"{here}?done=ticket_start", True)
            assert await house.scalar("SELECT state FROM tickets") == "handed_back"
            await chair.post(f"{here}/reopen", {"reason": "another service"}, of=here)
            await chair.post(f"{here}/claim", of=here)
            again = await chair.post(f"{here}/start", {"service": "next_bus"}, of=here)
            assert again.path == f"{here}?done=ticket_start"
    assert await house.scalar("SELECT state FROM tickets") == "handed_back"


async def test_what_was_asked_is_given_out_and_erased(house: House) -> None:
    """With the conversation; the consent stays as a receipt."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.clerks.claim(LI, ticket.id)
        await asks_in(house).consent(LI, ticket.id, "call_back")
        await press(house, conversation, (await offered(house, conversation))[0])
        async with transaction(house.engine) as connection:
            given = await service.data_of(connection, conversation.id, house.parts())
        assert [one["state"] for one in given["asked_by_clerks"]] == ["given"]
        async with transaction(house.engine) as connection:
            for part in house.parts():
                await part.erase(connection, conversation.id)
    assert await states(house, ticket) == []
    assert await house.scalar("SELECT count(*) FROM consents WHERE conversation_id IS NULL") == 1


def test_a_press_names_its_ticket_and_its_question() -> None:
    """So that it answers no other."""
    assert consent_payload(ALLOW_CONSENT, "T-1-1", 7) == '/allow_consent{"ticket": "T-1-1", "ask": 7}'
