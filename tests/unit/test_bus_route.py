"""The service `bus_route` in a dialogue, over a small feed: what it asks, what it says, in three languages."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from fixtures.dialogue import BOUNDS, HALL
from fixtures.services import SERVICES
from fixtures.transit import TABLES, ZONE, moment, zipped
from fixtures.turns import turn_of

from actions.dialogue.answers.offer import Offer
from actions.dialogue.manager import Dialogue
from actions.dialogue.ports import Claim, Step
from actions.dialogue.state.session import Frame, Session
from actions.dialogue.state.turn import Turn
from actions.services.bus_route import BusRoute
from actions.services.next_bus import NextBus
from actions.transit.buses import CityBuses
from actions.transit.editions import Editions
from actions.transit.live import LiveFeeds
from desk.city.files import City
from desk.contract.messages import Entity, Location
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
CITY = City.model_validate(
    {
        "slug": "testville",
        "names": {"zh_Hans": "试城", "en": "Testville"},
        "languages": ["zh_Hans", "zh_Hant", "en"],
        "bounds": BOUNDS,
        "agencies": [HALL],
        "accounts": [{"channel": "webchat", "slug": "web", "agency": "hall"}],
        "services": {"bus_route": {"agency": "hall"}, "next_bus": {"agency": "hall"}},
    }
)
# Line 5 runs 花园 → 湖心, from which line 7 goes to 河桥; 古塔 lies 290 m from 南站 and is on line 6 to 码头 only.
CHANGES = {
    "stops.txt": TABLES["stops.txt"]
    + "garden,花园,30.0300,120.0100\ntower,古塔,30.0026,120.0200\nquay,码头,30.0300,120.0400\n",
    "routes.txt": TABLES["routes.txt"] + "R5,bus,5,,3\nR6,bus,6,,3\n",
    "trips.txt": TABLES["trips.txt"] + "R5,daily,g1,,0\nR6,daily,t1,,0\n",
    "stop_times.txt": TABLES["stop_times.txt"]
    + "g1,08:20:00,08:20:00,garden,1\ng1,08:30:00,08:30:00,lake,2\n"
    + "t1,08:20:00,08:20:00,tower,1\nt1,08:30:00,08:30:00,quay,2\n",
    "translations.txt": TABLES["translations.txt"] + "stops,stop_name,en,Old Tower,tower,\n",
}


class Talk:
    """A resident who talks about ways, and nothing else."""

    def __init__(self, service: BusRoute, catalogs: Catalogs) -> None:
        self.service = service
        self._catalogs = catalogs
        self.frame = Frame("bus_route-1", "bus_route", datetime.fromtimestamp(moment("08:01"), ZONE))
        self.step = Step()
        self.buttons: list[str] = []

    def turn(self, text: str, locale: Locale = "zh_Hans", intent: str = "bus_route", **marked: str) -> Turn:
        """A turn at 8:01; `marked` are entities by role (`to`) or name."""
        found = tuple(
            Entity(entity="place", value=value, role=name if name != "start" else "from")
            if name in ("start", "to")
            else Entity(entity=name, value=value)
            for name, value in marked.items()
        )
        now = datetime.fromtimestamp(moment("08:01"), ZONE)
        return turn_of("c", "text", intent, CITY, locale, now, text=text, entities=found)

    async def say(self, text: str, locale: Locale = "zh_Hans", intent: str = "bus_route", **marked: str) -> str:
        return await self.take(self.turn(text, locale, intent, **marked))

    async def share(self, lat: float, lon: float, datum: str = "wgs84") -> str:
        location = Location.model_validate({"lat": lat, "lon": lon, "datum": datum})
        return await self.take(replace(self.turn(""), kind="location", location=location))

    async def press(self, title: str) -> str:
        """Press a button of the last answer: what it carries and nothing else arrives."""
        replies = [*self.step.replies, *([self.step.question.reply] if self.step.question else [])]
        buttons = [button for reply in replies for button in reply.buttons]
        payload = next(b.payload for b in buttons if self._catalogs.text(b.title, "zh_Hans") == title)
        intent, _, rest = payload.removeprefix("/").partition("{")
        found = tuple(Entity(entity=name, value=value) for name, value in json.loads("{" + rest).items())
        return await self.take(replace(self.turn("", intent=intent), kind="payload", entities=found))

    async def take(self, turn: Turn) -> str:
        """Take a turn; gives all that is answered, question included."""
        self.step = await self.service.answer(turn, self.frame)
        self.frame = replace(
            self.frame,
            values=self.step.values,
            shown=self.step.shown,
            question=self.step.question,
            finished=self.step.finished,
        )
        replies = [*self.step.replies, *([self.step.question.reply] if self.step.question else [])]
        rendered = [self._catalogs.render(reply, turn.locale) for reply in replies]
        self.buttons = [button.title for one in rendered for button in one.buttons]
        return "\n".join(one.text for one in rendered)

    async def claims(self, text: str, intent: str = "inform") -> Claim:
        return await self.service.claims(self.turn(text, intent=intent), self.frame)

    @property
    def asks_for(self) -> str | None:
        return self.step.question.asks_for if self.step.question else None


@pytest_asyncio.fixture
async def buses(tmp_path: Path) -> AsyncIterator[Mapping[str, CityBuses]]:
    async with aiohttp.ClientSession() as session:
        editions = Editions(str(zipped(tmp_path, CHANGES)), tmp_path / "kept", session)
        await editions.refresh()
        yield {CITY.slug: CityBuses(CITY.slug, editions, LiveFeeds([], []))}
        editions.close()


@pytest.fixture
def talk(buses: Mapping[str, CityBuses], catalogs: Catalogs) -> Talk:
    return Talk(BusRoute(buses), catalogs)


DIRECT = (
    "从东门到南站：\n28路直达，全程约20分钟（不含候车）。\n"
    "在东门乘28路（开往北园），坐2站，约20分钟，在南站下车。\n28路下一班到东门：29分钟（08:30，按时刻表）。"
)


@pytest.mark.parametrize(
    "text",
    ["从东门到南站怎么坐车", "東門去南站搭咩車", "我在东门，去南站坐几路", "东门到南站", "坐车去南站，从东门出发"],
)
async def test_both_ends_in_one_message(talk: Talk, text: str) -> None:
    """Line, where to get on and off, towards where, stops, minutes, and the next bus; whatever the order."""
    assert await talk.say(text) == DIRECT
    assert talk.buttons == ["28路何时到站", "返程怎么坐"]


async def test_answer_is_in_the_residents_language(talk: Talk) -> None:
    """English names where the data have them."""
    said = await talk.say("how do I get from East Gate to the South Station by bus", "en")
    assert said == (
        "From East Gate to South Station:\nLine 28, direct, about 20 minutes in all (not counting the wait).\n"
        "At East Gate take line 28 towards North Park; ride 2 stops, about 20 min, and get off at South Station.\n"
        "Next 28 at East Gate: 29 minutes (08:30, by timetable)."
    )


async def test_ends_are_asked_for_one_at_a_time(talk: Talk) -> None:
    """What was given stays; a bare name answers the question."""
    assert await talk.say("坐公交去南站") == "去南站，请问您从哪里出发？请输入站名，或发送您的位置。"
    assert talk.asks_for == "from"
    assert await talk.claims("东门") is Claim.SURE
    assert await talk.say("东门", intent="inform") == DIRECT


@pytest.mark.parametrize(
    ("text", "locale", "asked"),
    [
        ("从天安门", "zh_Hans", "请问您从哪里出发？请输入站名，或发送您的位置。"),
        ("由天安門", "zh_Hant", "請問您從哪裏出發？請輸入站名，或傳送您的位置。"),
        (
            "from Trafalgar",
            "en",
            "Where are you starting from? Please type the name of a stop, or share your location.",
        ),
    ],
)
async def test_name_called_the_beginning_is_no_answer_to_where_to(
    talk: Talk, text: str, locale: Locale, asked: str
) -> None:
    """An unknown stop after "from" is asked for again as what it is, though the end was asked for."""
    await talk.say("查公交路线")
    await talk.say("我在东门", intent="inform")
    assert talk.asks_for == "to"
    assert (await talk.say(text, locale, intent="inform")).endswith(asked)
    assert talk.asks_for == "from"


@pytest.mark.parametrize("text", ["南站咋走", "南站怎么去啊", "南站點去", "南站坐几路车"])
async def test_place_whose_way_is_asked_is_the_end(talk: Talk, text: str) -> None:
    """Whatever the model marked: who asks the way to a place wants to go there."""
    assert (await talk.say(text, start="南站")).startswith("去南站，请问您从哪里出发")


@pytest.mark.parametrize(
    ("text", "word"), [("from there to 南站", "there"), ("从那里到南站怎么坐", "那里"), ("由嗰度去南站", "嗰度")]
)
async def test_a_word_that_points_somewhere_is_no_stop(talk: Talk, text: str, word: str) -> None:
    """Where from is asked; no stop like it is offered, though it was marked as one."""
    said = await talk.say(text, start=word)
    assert word not in said.replace("南站", "")
    assert talk.asks_for == "from"
    assert talk.buttons == []


async def test_nothing_named_asks_where_from_then_where_to(talk: Talk) -> None:
    """First the beginning, then the end."""
    await talk.say("查公交路线")
    assert talk.asks_for == "from"
    await talk.say("我在东门", intent="inform")
    assert talk.asks_for == "to"
    assert await talk.say("去南站", intent="inform") == DIRECT


async def test_shared_location_is_where_the_way_begins(talk: Talk) -> None:
    """The stop is walked to, and the walk is told; a shifted datum is understood."""
    await talk.say("坐公交去南站")
    said = await talk.share(30.0030, 120.0)
    assert said.startswith("从您的位置到南站：\n28路直达")
    assert "步行约300米到东门。" in said


async def test_location_far_from_all_stops_names_the_nearest(talk: Talk) -> None:
    """Nobody is sent over fields; the question stays, with the nearest stops as buttons."""
    await talk.say("坐公交去南站")
    assert "您所在位置600米内没有公交站点" in await talk.share(30.05, 120.05)
    assert talk.asks_for == "from"
    assert talk.buttons


async def test_location_outside_of_the_city_is_refused(talk: Talk) -> None:
    """The question stays open."""
    await talk.say("坐公交去南站")
    assert "不在试城范围内" in await talk.share(39.9, 116.4)
    assert talk.asks_for == "from"


async def test_last_steps_are_walked(talk: Talk) -> None:
    """The line does not stop at the goal: where to get off, and how far to walk."""
    said = await talk.say("从东门到古塔")
    assert "在南站下车。\n步行约290米到古塔。" in said


async def test_one_change(talk: Talk) -> None:
    """Both lines, where to change, and the time without waits."""
    assert await talk.say("从花园到南站怎么坐车") == (
        "没有查到从花园到南站直达或换乘一次可到的公交线路。您可以换一个附近的站名再查，或致电试城政务中心，电话0000-12345。"
    )
    assert await talk.say("从花园到河桥") == (
        "从花园到河桥：\n先乘5路，再换乘7路，全程约14分钟（不含候车）。\n"
        "在花园乘5路（开往湖心），坐1站，约10分钟，在湖心下车。\n"
        "在湖心乘7路（开往湖心），坐1站，约4分钟，在河桥下车。\n5路下一班到花园：19分钟（08:20，按时刻表）。"
    )


async def test_same_place_twice_is_said(talk: Talk) -> None:
    """The goal is asked for again; the beginning stays."""
    assert (await talk.say("从东门到东门")).startswith("出发地和目的地都是东门")
    assert talk.asks_for == "to"
    assert await talk.say("南站", intent="inform") == DIRECT


async def test_near_goal_is_walked_to(talk: Talk) -> None:
    """A way of some hundred metres is said to be walked."""
    assert await talk.say("从南站到古塔") == "南站到古塔相距约290米，步行约5分钟即可到达。"


async def test_unknown_place_gets_the_nearest_names(talk: Talk) -> None:
    """What was given stays; a press of the right name goes on."""
    said = await talk.say("从东门到南塔怎么走", to="南塔", start="东门")
    assert "没有找到站点“南塔”" in said
    assert talk.asks_for == "to"
    assert "古塔" in talk.buttons
    assert "在南站下车" in await talk.press("古塔")


async def test_part_of_a_name_is_asked_about(talk: Talk) -> None:
    """园 may be 北园 or 花园; 园 alone is not taken for either."""
    await talk.say("从东门到公园", to="公园", start="东门")
    assert talk.asks_for == "to"


@pytest.mark.parametrize(
    ("text", "start", "goal"),
    [
        ("不对，是去河桥", "东门", "河桥"),
        ("从河桥出发", "河桥", "南站"),
        ("那去北园呢", "东门", "北园"),
        ("不是东门，是河桥", "河桥", "南站"),
    ],
)
async def test_corrections_change_the_end_that_is_meant(talk: Talk, text: str, start: str, goal: str) -> None:
    """The other end stays as it was."""
    await talk.say("从东门到南站")
    assert await talk.claims(text, "correct") is Claim.SURE
    assert (await talk.say(text, intent="correct")).startswith(f"从{start}到{goal}：")


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("回来呢", "zh_Hans"),
        ("返程怎么坐", "zh_Hans"),
        ("點返嚟", "zh_Hant"),
        ("and back?", "en"),
        ("how do we return later", "en"),
    ],
)
async def test_the_way_back(talk: Talk, text: str, locale: Locale) -> None:
    """The ends change places."""
    await talk.say("从东门到河桥")
    assert await talk.claims(text, "nlu_fallback") is Claim.SURE
    said = await talk.say(text, locale)
    assert said.startswith(
        {"zh_Hans": "从河桥到东门", "zh_Hant": "從河橋到東門", "en": "From River Bridge to East Gate"}[locale]
    )


@pytest.mark.parametrize(("text", "intent"), [("最后一班车是几点", "next_bus"), ("尾班車呢", "bus_route")])
async def test_the_last_bus_of_the_way_that_was_shown(talk: Talk, text: str, intent: str) -> None:
    """Without a line the first one of the way is meant, whichever service the words sound like."""
    await talk.say("从东门到河桥")
    assert await talk.claims(text, intent) is Claim.SURE
    assert "末班" in await talk.say(text)


async def test_the_way_back_by_button(talk: Talk) -> None:
    """The button does the same."""
    await talk.say("从东门到河桥")
    assert (await talk.press("返程怎么坐")).startswith("从河桥到东门")


@pytest.mark.parametrize("text", ["另一路呢", "还有别的走法吗", "any other way"])
async def test_no_other_way_is_said(talk: Talk, text: str) -> None:
    """When all ways have been named, that is said and nothing is forgotten."""
    await talk.say("从东门到南站")
    assert await talk.claims(text, "nlu_fallback") is Claim.SURE
    assert await talk.say(text) == "从东门到南站没有其他直达或换乘一次的走法了。"
    assert (await talk.say("什么时候来", intent="next_bus")).startswith("28路 · 东门，前往南站")


async def test_line_that_is_wished_comes_first(talk: Talk) -> None:
    """From 河桥 to 北园 go 28 and B支4; the one that is named is named first."""
    first = await talk.say("从河桥到北园")
    assert "方案1：28路直达" in first
    second = await talk.say("从河桥到北园坐B支4路")
    assert "方案1：B支4路直达" in second


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "28路都停哪些站",
            ["28路，东门开往北园，共4站：东门、河桥、南站和北园。", "共3站：北园、河桥和东门", "首班08:00"],
        ),
        ("28路的末班车几点", ["28路开往北园：东门首班08:00，末班09:00（今天）。"]),
        ("28路在河桥的首班车", ["28路开往北园：河桥首班08:10，末班09:10（今天）。"]),
        ("9路末班车几点", ["9路开往北园：东门首班23:50，末班23:50（今天）。"]),
        ("9路河桥末班车", ["河桥首班次日00:20"]),
        ("28路经过南站吗", ["28路停靠南站。"]),
        ("28路停湖心吗", ["28路不停靠湖心。停靠湖心的线路：5路和7路。"]),
        ("河桥有哪些车经过", ["停靠河桥的线路共4条：", "· 28路：东门至北园"]),
        ("99路停哪些站", ["没有找到线路“99路”。"]),
        ("7路首末班车时间", ["7路开往湖心：湖心首班08:00，末班09:50（今天）。"]),
    ],
)
async def test_questions_about_lines_and_stops(talk: Talk, text: str, parts: list[str]) -> None:
    """Stops in order, hours by direction, whether a line stops somewhere, the lines of a stop."""
    said = await talk.say(text)
    assert [part for part in parts if part not in said] == []
    assert talk.step.finished


async def test_question_about_a_line_in_the_middle_keeps_the_open_question(talk: Talk) -> None:
    """The stops are told, and the beginning is still asked for."""
    await talk.say("坐公交去南站")
    assert (await talk.say("28路停哪些站")).endswith("请问您从哪里出发？请输入站名，或发送您的位置。")
    assert await talk.say("东门", intent="inform") == DIRECT


@pytest.mark.parametrize(
    ("text", "intent", "claim"),
    [
        ("谢谢", "thanks", Claim.NO),
        ("我要交罚款", "traffic_fines", Claim.NO),
        ("28路还有多久", "next_bus", Claim.SURE),
        ("9路还有多久到河桥", "next_bus", Claim.NO),
        ("什么时候来", "next_bus", Claim.SURE),
        ("车到哪了", "nlu_fallback", Claim.SURE),
        ("南站在哪条街上有个坑要修一下请你们尽快处理", "report_problem", Claim.NO),
    ],
)
async def test_what_is_claimed_after_a_way(talk: Talk, text: str, intent: str, claim: Claim) -> None:
    """Follow-ups, and nothing that belongs to another service."""
    await talk.say("从东门到南站")
    assert await talk.claims(text, intent) is claim


@pytest.mark.parametrize("intent", ["next_bus", "request_status", "nlu_fallback", "inform"])
async def test_when_the_bus_comes_is_asked_after_the_way(
    buses: Mapping[str, CityBuses], catalogs: Catalogs, intent: str
) -> None:
    """In the whole dialogue: whatever it is understood as, answered with stop and line of the way, nothing asked."""
    services = {name: one for name, one in SERVICES.items() if name in ("bus_route", "next_bus")}
    dialogue = Dialogue({"bus_route": BusRoute(buses), "next_bus": NextBus(buses)}, Offer(services, {CITY.slug: CITY}))
    now = datetime.fromtimestamp(moment("08:01"), ZONE)
    turn = turn_of("c", "text", "bus_route", CITY, "zh_Hans", now, text="从东门到南站怎么坐车")
    first = await dialogue.answer(turn, Session(touched_at=now))
    second = await dialogue.answer(replace(turn, intent=intent, text="什么时候来"), first.session)
    said = "\n".join(catalogs.render(reply, "zh_Hans").text for reply in second.replies)
    assert (second.service, second.asks_for) == (None, None)
    assert said.startswith("28路 · 东门，前往南站")


async def test_the_stop_whose_bus_was_shown_is_where_a_way_begins(
    buses: Mapping[str, CityBuses], catalogs: Catalogs
) -> None:
    """Who asks whether that bus goes somewhere is not asked where they are; another start that is named counts."""
    services = {name: one for name, one in SERVICES.items() if name in ("bus_route", "next_bus")}
    dialogue = Dialogue({"bus_route": BusRoute(buses), "next_bus": NextBus(buses)}, Offer(services, {CITY.slug: CITY}))
    now = datetime.fromtimestamp(moment("08:01"), ZONE)
    stop = (Entity(entity="stop", value="东门"),)
    turn = turn_of("c", "text", "next_bus", CITY, "zh_Hans", now, text="东门下一班", entities=stop)
    shown = await dialogue.answer(turn, Session(touched_at=now))
    place = (Entity(entity="place", value="南站", role="to"),)
    way = replace(turn, intent="bus_route", text="这车到不到南站", entities=place)
    second = await dialogue.answer(way, shown.session)
    said = "\n".join(catalogs.render(reply, "zh_Hans").text for reply in second.replies)
    assert second.asks_for is None
    assert said.startswith("从东门到南站")
