"""A question about notices begins and ends none: it is answered, and what may be wished stands on a button."""

from dataclasses import replace

import pytest
from fixtures import loaded
from fixtures.dialogue import ELSEWHERE, Resident, city
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.inquiry import Inquiry, LikelyFact
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Subscribe, Subscription, Unsubscribe
from desk.texts.catalogs import Catalogs

TOPICS = loaded.topics()
TOWN = city(
    "testville",
    "试城",
    "Testville",
    ["traffic_fines", "next_bus"],
    districts=[{"slug": "xihu", "names": {"zh_Hans": "西湖区", "en": "Xihu District"}}],
)
HOW = LikelyFact("subscribe", "how_to_begin", 0.7)


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    resident = Resident(catalogs, SERVICES, topics=TOPICS, cities={TOWN.slug: TOWN, ELSEWHERE.slug: ELSEWHERE})
    resident.city = TOWN
    return resident


async def hear(
    resident: Resident,
    text: str,
    intent: str,
    *commands: tuple[Command, float],
    asks: float = 0.9,
    facts: tuple[LikelyFact, ...] = (),
    parts: tuple[Part, ...] = (),
    matters: tuple[tuple[str, float], ...] = (),
) -> list[str]:
    turn = turn_of("c", "text", intent, resident.city, resident.locale, resident.now, text=text, parts=parts)
    await resident.take(replace(turn, commands=commands, inquiry=Inquiry(asks, matters, facts=facts)))
    return [reply.key for reply in resident.outcome.replies]


async def test_how_notices_begin_is_told_and_none_begins(resident: Resident) -> None:
    """However sure words and situation are of the wish; the topic and district that were named stand on a button."""
    text = "西湖区停电的通知怎么订阅"
    assert await hear(resident, text, "subscribe", ("subscribe", 0.9), facts=(HOW,)) == ["facts.message"]
    assert resident.effects == ()
    await resident.press("订阅“停电”")
    assert resident.effects == (Subscribe(topic="power", district="xihu"),)


async def test_a_wish_begins_them(resident: Resident) -> None:
    """Though a fact is near it."""
    await hear(resident, "订阅停电通知", "subscribe", ("subscribe", 0.9), asks=0.2, facts=(HOW,))
    assert resident.effects == (Subscribe(topic="power"),)


async def test_how_notices_end_is_told_and_none_ends(resident: Resident) -> None:
    """The button ends those that were named."""
    resident.subscriptions = (Subscription(topic="water"), Subscription(topic="power"))
    facts = (LikelyFact("subscribe", "how_to_end", 0.7),)
    await hear(resident, "停水通知以后怎么退", "unsubscribe", ("unsubscribe", 0.8), facts=facts)
    assert resident.effects == ()
    await resident.press("退订“停水”")
    assert resident.effects == (Unsubscribe(topic="water"),)


@pytest.mark.parametrize(
    ("intent", "command"),
    [("unsubscribe", "status"), ("subscribe", "what_i_have"), ("latest_announcements", "what_i_have")],
)
async def test_whether_they_are_on_is_told(resident: Resident, intent: str, command: Command) -> None:
    """Nothing ends because of a question for it."""
    resident.subscriptions = (Subscription(topic="traffic"),)
    assert await hear(resident, "交通管制订阅成功了吗", intent, (command, 0.6), ("unsubscribe", 0.3)) == ["have.these"]
    assert resident.effects == ()


async def test_a_clause_that_asks_for_them_is_answered(resident: Resident) -> None:
    """Beside what else is said."""
    resident.subscriptions = (Subscription(topic="traffic"),)
    part = Part("我现在订了哪些", "subscribe", 0.8, commands=(("what_i_have", 0.9),))
    other = Part("只是停电的", "inform", 0.8, commands=(("unclear", 0.9),))
    assert await hear(resident, "我现在订了哪些，只是停电的", "subscribe", ("subscribe", 0.4), parts=(part, other)) == [
        "have.these"
    ]


async def test_right_after_notices_what_one_has_is_had_of_them(resident: Resident) -> None:
    """Whatever look-up it sounds like."""
    await hear(resident, "订阅停电通知", "subscribe", ("subscribe", 0.9), asks=0.2)
    resident.subscriptions = (Subscription(topic="power"),)
    assert await hear(resident, "现在是开着的？", "next_bus", ("what_i_have", 0.6)) == ["have.these"]


async def test_what_is_hardly_an_end_ends_nothing(resident: Resident) -> None:
    """What the bot finds to be about having notices, whatever words and situation say; the end is a press away."""
    resident.subscriptions = (Subscription(topic="traffic"),)
    about = (("subscribe", 0.63), ("unsubscribe", 0.05))
    assert await hear(
        resident, "交通管制订阅成功了吗", "unsubscribe", ("unsubscribe", 0.8), asks=0.3, matters=about
    ) == ["have.these"]
    assert resident.effects == ()
    await resident.press("交通管制")
    assert resident.effects == (Unsubscribe(topic="traffic"),)


async def test_an_end_ends_them(resident: Resident) -> None:
    """Where the bot finds it about that, too."""
    resident.subscriptions = (Subscription(topic="traffic"),)
    about = (("subscribe", 0.5), ("unsubscribe", 0.3))
    await hear(resident, "交通管制的不要了", "unsubscribe", ("unsubscribe", 0.8), asks=0.1, matters=about)
    assert resident.effects == (Unsubscribe(topic="traffic"),)


async def test_who_names_no_topic_hears_which_they_have(resident: Resident) -> None:
    """Before it is asked which others they wish."""
    resident.subscriptions = (Subscription(topic="traffic"),)
    keys = await hear(resident, "我的订阅", "subscribe", ("subscribe", 0.65), asks=0.0)
    assert keys == ["have.these", "announcements.subscribe_which"]


async def test_a_list_that_is_surely_wished_is_given_beside_anything(resident: Resident) -> None:
    """Whatever the rest of the message sounds like."""
    resident.subscriptions = (Subscription(topic="power"),)
    wishes = Part("只要停电的", "traffic_fines", 0.5, commands=(("start", 0.4),))
    asks = Part("把我订的列出来", "list_services", 0.9, commands=(("what_i_have", 0.9),))
    keys = await hear(resident, "只要停电的，把我订的列出来", "traffic_fines", ("start", 0.3), parts=(wishes, asks))
    assert keys == ["have.these"]


async def test_a_question_that_sounds_like_the_announcements_is_offered_facts(resident: Resident) -> None:
    """Where the bot finds it about notices themselves, and is not sure of the fact."""
    facts = (LikelyFact("subscribe", "daily_weather", 0.2), LikelyFact("subscribe", "how_early", 0.14))
    keys = await hear(
        resident,
        "天气的通知多久发一次",
        "latest_announcements",
        ("start", 0.6),
        facts=facts,
        matters=(("subscribe", 0.64),),
    )
    assert keys == ["facts.which"]
