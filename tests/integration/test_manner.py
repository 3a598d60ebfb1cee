"""The manner of a conversation: kept with it, told to the page, known to the bot, and spoken by everybody."""

from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.web import Site

GREETING = {"key": "common.thanks_3", "args": {}}


async def test_manner_is_kept_told_and_spoken_until_it_is_changed(house: House) -> None:
    """The turn that changes it is the first to speak so; notices of tickets follow; the bot knows of it."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        bot.answers = [
            {"replies": [GREETING], "effects": [{"type": "change_manner", "manner": "elderly"}]},
            {"replies": [GREETING]},
            {"replies": [GREETING], "effects": [{"type": "change_manner", "manner": "standard"}]},
        ]
        for said in ("one", "two", "three"):
            await house.say(conversation, said)
        await house.settle(conversation)
        await house.say(conversation, "ticket")
        await house.settle(conversation)
    short, long = "不客气，有事再说。", "不客气，有需要随时告诉我们。"
    assert (await house.texts(conversation))[:3] == [short, short, long]
    told = [event.body["manner"] for event in await house.events(conversation) if event.type == "manner"]
    assert told == ["elderly", "standard"]
    assert [one["context"]["manner"] for one in bot.requests][:4] == ["standard", "elderly", "elderly", "standard"]


async def test_session_may_begin_in_the_elderly_manner(house: House, site: Site) -> None:
    """A client that knows opens it so: the greeting is short already, and another manner there is not."""
    status, opened, _ = await site.ask("POST", "/chat/v1/sessions", json={"city": "hangzhou", "manner": "elderly"})
    assert status == 201, opened
    manner = await house.scalar("SELECT manner FROM conversations WHERE id = :id", id=opened["session"])
    assert manner == "elderly"
    status, _, _ = await site.ask("POST", "/chat/v1/sessions", json={"city": "hangzhou", "manner": "rude"})
    assert status == 422
