"""The kill switch: a stop holds from its commit on, in all workers; notices and tickets instead of answers."""

import asyncio
import json

import pytest
from fixtures.desk_command import Typed
from fixtures.fake_bot import FakeBot
from fixtures.house import House, assert_sound, until
from fixtures.staffed import actor, start_voice
from fixtures.web import Site

from desk.conversations.rows import ConversationRow
from desk.kill_switch.service import KillSwitch, Scope
from desk.tickets.contact import LEAVE

HANGZHOU = Scope("city", "hangzhou")


@pytest.fixture
def voice(house: House) -> KillSwitch:
    return KillSwitch(house.engine)


async def said(house: House, conversation: ConversationRow, *words: str) -> list[str]:
    """Say something, wait for the answers, and give all that was answered so far."""
    for one in words:
        await house.say(conversation, one)
    await house.settle(conversation)
    return await house.texts(conversation)


@pytest.mark.parametrize("kind", ["city", "account", "everything"])
async def test_stopped_voice_says_a_notice_and_opens_a_ticket(house: House, voice: KillSwitch, kind: str) -> None:
    """The bot is not asked; the resident hears that a person will answer, with a ticket; what the bot knows stays."""
    subject = {"city": "hangzhou", "account": house.account.slug, "everything": ""}[kind]
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        assert await said(house, conversation, "one") == ["1:one"]
        scope = Scope(kind, subject)  # type: ignore[arg-type]
        assert await voice.stop(scope, reason="wrong fees", actor=actor("op"))
        texts = await said(house, conversation, "two", "three")
        [ticket] = await house.clerks.waiting(actor("li"))
        assert (ticket.reason, ticket.opened_by) == ("voice_stopped", "system")
        assert "智能客服已暂停服务" in texts[1]
        assert ticket.reference in texts[1]
        assert ticket.reference in texts[2]
        events = await house.events(conversation)
        buttons = [one for event in events[2:] if event.type == "message" for one in event.body["message"]["buttons"]]
        assert {one["payload"] for one in buttons} == {LEAVE}, "nothing to go on with; a contact can be left"
        assert events[-1].body["handed_over"] is True
        assert len(bot.asked) == 1
        await start_voice(house.engine, scope, reason="mended")
        await house.clerks.claim(actor("c"), ticket.id)
        await house.clerks.hand_back(actor("c"), ticket.id)
        assert (await said(house, conversation, "four"))[-1] == "2:four"


async def test_a_stop_is_of_its_city_and_account_only(house: House, voice: KillSwitch) -> None:
    """Stopping another city, or an account of another, silences nobody here."""
    conversation = await house.open()
    await voice.stop(Scope("city", "ningbo"), reason="r", actor=actor("op"))
    other = await house.scalar("SELECT slug FROM channel_accounts WHERE city = 'ningbo' LIMIT 1")
    await voice.stop(Scope("account", other), reason="r", actor=actor("op"))
    async with FakeBot() as bot, house.worker(bot.url):
        assert await said(house, conversation, "one") == ["1:one"]


async def test_a_stop_while_the_bot_thinks_withholds_its_answer(house: House, voice: KillSwitch) -> None:
    """What the bot says after the stop is not said: the message gets the notice, once, in its place."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        message = await house.say(conversation, "hold")

        async def asked() -> int:
            return len(bot.asked)

        await until(asked, becomes=1)
        await voice.stop(HANGZHOU, reason="r", actor=actor("op"))
        bot.let_go.set()
        await house.settle(conversation)
    assert_sound(await house.events(conversation), [message])
    [notice] = await house.texts(conversation)
    assert "智能客服已暂停服务" in notice


async def test_all_workers_fall_silent_within_a_second(house: House, voice: KillSwitch) -> None:
    """Two worker processes, twenty conversations: after the stop nobody is answered by the bot."""
    conversations = [await house.open() for _ in range(20)]
    async with FakeBot() as bot, house.worker_process(bot.url), house.worker_process(bot.url):
        await asyncio.gather(*(house.say(one, "one") for one in conversations))
        await house.settle(*conversations)
        await voice.stop(HANGZHOU, reason="r", actor=actor("op"))
        asked = len(bot.asked)
        await asyncio.gather(*(house.say(one, "two") for one in conversations))
        await house.settle(*conversations)
        assert len(bot.asked) == asked
    assert len(await house.clerks.waiting(actor("li"))) == 20


async def test_a_new_session_is_greeted_by_the_notice(voice: KillSwitch, site: Site) -> None:
    """Who comes while the voice is stopped reads that a person will answer, and is offered no service."""
    await voice.stop(HANGZHOU, reason="r", actor=actor("op"))
    caller = await site.open()
    [greeting] = await caller.page(after=0)
    assert "智能客服已暂停服务" in greeting["message"]["text"]
    assert greeting["message"]["buttons"] == []


async def test_command_stops_shows_and_starts_and_keeps_the_record(typed: Typed) -> None:
    """Who stopped what, when and why, and which two let it speak again: all of it stays."""
    code, out, errors = await typed("voice", "stop", "--city", "hangzhou", "--reason", "wrong fees", "--json")
    assert (code, json.loads(out)["stopped"]) == (0, True), errors
    _, out, _ = await typed("voice", "status", "--json")
    [stop] = json.loads(out)["stops"]
    assert (stop["scope"], stop["subject"], stop["reason"], stop["stopped_by"]) == (
        *("city", "hangzhou"),
        *("wrong fees", "wang"),
    )
    code, out, _ = await typed("doctor", "--json")
    [finding] = [one for one in json.loads(out)["findings"] if one["subject"] == "voice"]
    assert "wrong fees" in finding["saw"]
    assert "desk voice start --city hangzhou" in finding["mend"]
    code, out, errors = await typed("voice", "start", "--city", "hangzhou", "--reason", "mended", "--json")
    assert (code, json.loads(out)["state"]) == (0, "open"), errors
    request = str(json.loads(out)["request"])
    assert len(json.loads((await typed("voice", "status", "--json"))[1])["stops"]) == 1
    code, _, errors = await typed("request", "allow", request)
    assert (code, errors) == (1, "wang asked for this: another person has to allow it.\n")
    code, _, errors = await typed("request", "allow", request, who="li")
    assert code == 0, errors
    assert json.loads((await typed("voice", "status", "--json"))[1])["stops"] == []
    [stop] = json.loads((await typed("voice", "status", "--history", "--json"))[1])["stops"]
    assert (stop["started_by"], stop["started_reason"]) == ("wang, li", "mended")


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["stop", "--reason", "r"], "--everything"),
        (["stop", "--reason", "r", "--city", "atlantis"], "no city"),
        (["stop", "--reason", "r", "--account", "nobody"], "no account"),
        (["stop", "--reason", " ", "--city", "hangzhou"], "reason"),
        (["start", "--reason", "r", "--city", "hangzhou"], "not stopped"),
    ],
)
async def test_command_says_what_is_wrong(typed: Typed, words: list[str], mend: str) -> None:
    """A stop of nothing, of what there is not, or without a reason is refused with what to do."""
    code, _, errors = await typed("voice", *words)
    assert code == 1
    assert mend in errors
