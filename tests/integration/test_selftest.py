"""The self-test over a store and a bot on the wire: alarms, the stop of the voice, and nothing kept of residents."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fixtures.fake_bot import KEYS, FakeBot
from fixtures.house import ROOT, House
from structlog.testing import capture_logs

from desk.conversations.bot import BotClient
from desk.kill_switch.service import KillSwitch
from desk.selftest.questions import Question, load_questions
from desk.selftest.service import SelfTest
from desk.texts.catalogs import Catalogs

GREETING: Sequence[Question] = [one for one in load_questions(ROOT) if one.id == "greeting"]
RIGHT = {
    "replies": [{"key": "common.greeting", "args": {"city": "x", "services": "y"}}],
    "nlu": {"intent": {"name": "greet", "confidence": 0.9}, "entities": [], "ranking": []},
}


@pytest.fixture
def examiner(house: House, catalogs: Catalogs) -> SelfTest:
    bot = BotClient("http://127.0.0.1:9", 1.0, KEYS)
    return SelfTest(bot, catalogs, house.cities, GREETING, lambda: datetime.now(UTC), KillSwitch(house.engine))


async def test_right_answers_alarm_nobody_and_nothing_is_kept(house: House, examiner: SelfTest) -> None:
    """Each language is asked, in the city and on the channel of the account; the store knows nothing of it."""
    async with FakeBot() as bot, BotClient(bot.url, 2.0, KEYS) as client:
        bot.answers = [dict(RIGHT) for _ in range(3)]
        with capture_logs() as logs:
            found = await replace(examiner, bot=client, stops_voice=True).examine("hangzhou")
    assert [one.verdict.value for one in found if one.account == house.account.slug] == ["right"] * 3
    assert logs == []
    assert {one["context"]["channel"] for one in bot.requests} >= {"webchat"}
    assert all(one["state"] is None for one in bot.requests)
    for table in ("conversations", "inbound_messages", "outbound_messages", "tickets", "voice_stops"):
        assert await house.scalar(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize("stops", [False, True])
async def test_wrong_answer_alarms_and_stops_the_voice_if_that_is_wished(
    house: House, examiner: SelfTest, stops: bool
) -> None:
    """An error in the log for each; the account falls silent, by the self-test, with the question as the reason."""
    async with FakeBot() as bot, BotClient(bot.url, 2.0, KEYS) as client:
        bot.answers = [{**RIGHT, "service": "next_bus"} for _ in range(30)]
        with capture_logs() as logs:
            found = await replace(examiner, bot=client, stops_voice=stops).examine("hangzhou")
    alarms = [one for one in logs if one["event"] == "selftest_alarm"]
    assert len(alarms) == len(found) == sum(one.alarms for one in found)
    assert all(one["log_level"] == "error" for one in alarms)
    holding = await KillSwitch(house.engine).holding()
    assert {(one.kind, one.stopped_by) for one in holding} == ({("account", "selftest")} if stops else set())
    assert all("greeting (wrong)" in one.reason for one in holding)


async def test_bot_that_is_away_stops_no_voice(house: House, examiner: SelfTest) -> None:
    """Nothing false was said: no alarm, no stop."""
    async with FakeBot() as bot, BotClient(bot.url, 2.0, KEYS) as client:
        await bot.down()
        found = await replace(examiner, bot=client, stops_voice=True).examine("hangzhou")
        await bot.up()
    assert {one.verdict.value for one in found} == {"unavailable"}
    assert await KillSwitch(house.engine).holding() == []
