"""The service `next_bus` in a dialogue, over a small feed: what it says, in three languages."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from fixtures.transit import ZONE, message, moment, zipped
from fixtures.turns import turn_of

from actions.dialogue.ports import Claim, Step
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.services.next_bus import NextBus
from actions.transit.buses import CityBuses
from actions.transit.editions import Editions
from actions.transit.live import LiveFeed, LiveFeeds
from desk.city.files import Bounds, City, Names
from desk.contract.messages import Entity, Location
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

CITY = City(
    slug="testville",
    names=Names(zh_Hans="试城", en="Testville"),
    languages=["zh_Hans", "zh_Hant", "en"],
    bounds=Bounds(south=29.5, west=119.5, north=30.5, east=120.5),
    agencies=[],
    accounts=[],
    services={},
)
LATE = (
    'entity { id: "1" trip_update { trip { trip_id: "out1" start_date: "20261124" }'
    " stop_time_update { stop_sequence: 1 departure { delay: 120 } } } }"
)
ALERT = (
    'entity { id: "2" alert { informed_entity { route_id: "R28" } header_text {'
    ' translation { text: "28路绕行" language: "zh" } translation { text: "28 is diverted" language: "en" } } } }'
)


class Talk:
    """A resident who talks about buses, and nothing else."""

    def __init__(self, service: NextBus, catalogs: Catalogs) -> None:
        self._service = service
        self._catalogs = catalogs
        self.frame = Frame("next_bus-1", "next_bus", datetime(2026, 11, 24, 8, 1, tzinfo=ZONE))
        self.step = Step()
        self.buttons: list[str] = []

    def turn(self, text: str, clock: str = "08:01", locale: Locale = "zh_Hans", intent: str = "next_bus") -> Turn:
        now = datetime.fromtimestamp(moment(clock), ZONE)
        return turn_of("c", "text", intent, CITY, locale, now, text=text)

    async def claims(self, turn: Turn) -> Claim:
        return await self._service.claims(turn, self.frame)

    async def say(self, turn: Turn) -> str:
        """Say a turn; gives all that is answered, question included."""
        self.step = await self._service.answer(turn, self.frame)
        self.frame = replace(
            self.frame, values=self.step.values, question=self.step.question, finished=self.step.finished
        )
        replies = [*self.step.replies, *([self.step.question.reply] if self.step.question else [])]
        rendered = [self._catalogs.render(reply, turn.locale) for reply in replies]
        self.buttons = [button.title for one in rendered for button in one.buttons]
        return "\n".join(one.text for one in rendered)

    async def press(self, title: str, clock: str = "08:01") -> str:
        """Press a button of the last answer: its entities and nothing else arrive."""
        replies = [*self.step.replies, *([self.step.question.reply] if self.step.question else [])]
        buttons = [button for reply in replies for button in reply.buttons]
        payload = next(b.payload for b in buttons if self._catalogs.text(b.title, "zh_Hans") == title)
        pairs = json.loads(payload.removeprefix("/next_bus"))
        entities = tuple(Entity(entity=entity, value=value) for entity, value in pairs.items())
        return await self.say(replace(self.turn("", clock), kind="payload", entities=entities))


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """The live feed's file: line 28 is two minutes late at 8:01, and diverted."""
    path = tmp_path / "live.pb"
    path.write_bytes(message(LATE + ALERT, moment("08:01")).SerializeToString())
    return path


@pytest_asyncio.fixture
async def talk(tmp_path: Path, live: Path, catalogs: Catalogs) -> AsyncIterator[Talk]:
    async with aiohttp.ClientSession() as session:
        editions = Editions(str(zipped(tmp_path)), tmp_path / "kept", session)
        await editions.refresh()
        feeds = LiveFeeds([LiveFeed(str(live), session)], [])
        yield Talk(NextBus({"testville": CityBuses("testville", editions, feeds)}), catalogs)
        editions.close()


async def test_line_and_stop_give_the_next_buses_by_direction(talk: Talk) -> None:
    """Minutes, clock, and for each whether live or by timetable; the notice of the line."""
    assert await talk.say(talk.turn("28路到河桥还要几分钟")) == (
        "28路 · 河桥\n开往北园：\n· 11分钟（08:12，实时，还有1站）\n"
        "· 39分钟（08:40，按时刻表）\n· 69分钟（09:10，按时刻表）\n"
        "开往东门：\n· 24分钟（08:25，按时刻表）\n此后暂无班次。\n公告：28路绕行"
    )


@pytest.mark.parametrize(
    ("text", "locale", "first_lines"),
    [
        pytest.param(
            "28路到河橋要幾耐", "zh_Hant", "28路 · 河橋\n開往北園：\n· 11分鐘（08:12，即時，還有1站）", id="zh_Hant"
        ),
        pytest.param(
            "how long till bus 28 gets to River Bridge",
            "en",
            "Bus 28 at River Bridge\nTowards North Park:\n· 11 minutes (08:12, live, 1 stop away)",
            id="en",
        ),
    ],
)
async def test_the_answer_is_in_the_residents_language(talk: Talk, text: str, locale: Locale, first_lines: str) -> None:
    """Names from data too: derived in Traditional, translated in English where the data have it."""
    assert (await talk.say(talk.turn(text, locale=locale))).startswith(first_lines)


async def test_behind_to_stands_where_it_goes_once_the_stop_is_known(talk: Talk) -> None:
    """Not another stop to wait at."""
    await talk.say(talk.turn("28路到河桥还要几分钟"))
    said = await talk.say(talk.turn("去北园那边的再看看"))
    assert "河桥" in said.splitlines()[0]
    assert "开往东门" not in said


async def test_a_grumble_beside_the_stop_that_is_asked_for_is_no_hand_over(talk: Talk) -> None:
    """The stop is the answer."""
    await talk.say(talk.turn("28路还要几分钟"))
    assert await talk.claims(talk.turn("河桥嘛，头一句就说过", intent="complain_about_bot")) is Claim.SURE


async def test_a_stop_alone_shows_the_next_bus_of_each_line(talk: Talk) -> None:
    """The soonest first, with buttons for the lines."""
    said = await talk.say(talk.turn("河桥有什么车"))
    assert said.splitlines()[:4] == [
        "河桥 · 即将到站的车辆",
        "· 7路（开往湖心）：3分钟（08:04，按时刻表，约每10分钟一班）",
        "· 28路（开往北园）：11分钟（08:12，实时，还有1站）",
        "· B支4路（开往北园）：14分钟（08:15，按时刻表）",
    ]
    assert talk.buttons == ["7路", "28路", "B支4路"]


async def test_nothing_named_asks_for_the_stop(talk: Talk) -> None:
    """And says that a location will do."""
    said = await talk.say(talk.turn("next bus", locale="en"))
    assert (said, talk.step.question and talk.step.question.asks_for) == (
        "Which stop are you at? Please type its name or share your location.",
        "stop",
    )


async def test_a_line_alone_asks_for_the_stop_and_is_kept(talk: Talk) -> None:
    """The bare answer that follows is the stop, whatever it is taken for; the position stays asked for."""
    assert "28路" in await talk.say(talk.turn("28路到哪了"))
    answer = talk.turn("河桥", intent="out_of_scope")
    assert await talk.claims(answer) is Claim.SURE
    assert (await talk.say(answer)).startswith("28路（开往北园）：下一站东门，距河桥还有1站，11分钟（08:12，实时）。")


async def test_an_unknown_stop_gives_the_nearest_names_and_loses_nothing(talk: Talk) -> None:
    """The wrong name is named, and the line is still known when the right one is pressed."""
    await talk.say(talk.turn("28路什么时候到"))
    wrong = talk.turn("河东桥", intent="inform")
    assert await talk.claims(wrong) is Claim.MAYBE
    assert (await talk.say(wrong)).splitlines()[0] == "没有找到站点“河东桥”。名称相近的站点有：河桥。"
    assert (await talk.press("河桥")).startswith("28路 · 河桥\n")


async def test_an_unknown_line_is_named_and_the_stop_kept(talk: Talk) -> None:
    """Pressing a line of that stop answers."""
    said = await talk.say(talk.turn("999路到河桥"))
    assert said.splitlines() == ["没有找到线路“999路”。名称相近的线路有：9路。", "请问您要查询哪一路车？"]
    assert (await talk.press("9路", "23:55")).splitlines()[2] == "· 25分钟（00:20，按时刻表）"


async def test_a_button_under_the_question_answers_it(talk: Talk) -> None:
    """The position that was asked for is not forgotten on the way."""
    await talk.say(talk.turn("28路到哪了"))
    await talk.say(talk.turn("河东桥", intent="inform"))
    pressed = replace(talk.turn(""), kind="payload", entities=(Entity(entity="stop", value="@river1"),))
    assert await talk.claims(pressed) is Claim.SURE
    assert (await talk.say(pressed)).startswith("28路（开往北园）：下一站东门")


async def test_a_line_that_does_not_stop_there_is_told(talk: Talk) -> None:
    """Which lines do, and where the line stops nearest."""
    assert await talk.say(talk.turn("7路到南站")) == (
        "7路不停靠南站。停靠南站的线路：28路。7路在附近停靠：河桥和湖心。"
    )
    assert talk.buttons == ["28路", "河桥", "湖心"]


async def test_follow_ups_reuse_stop_and_line(talk: Talk) -> None:
    """Where is it now, the other lines, how long still, and another line at the same stop."""
    await talk.say(talk.turn("28路到河桥还要几分钟"))
    for text, intent, begins in (
        ("现在到哪了", "request_status", "28路（开往北园）：下一站东门，距河桥还有1站"),
        ("另一路呢", "out_of_scope", "河桥 · 即将到站的车辆\n· 7路"),
        ("那B支4呢", "inform", "B支4路 · 河桥\n开往北园：\n· 14分钟"),
        ("还要多久", "out_of_scope", "B支4路 · 河桥\n开往北园：\n· 14分钟"),
        ("东门呢", "inform", "东门 · 即将到站的车辆"),
    ):
        turn = talk.turn(text, intent=intent)
        assert await talk.claims(turn) is Claim.SURE, text
        assert (await talk.say(turn)).startswith(begins), text


async def test_many_lines_have_one_row_each(talk: Talk) -> None:
    """Three lines asked for at once are answered as a stop is; where they are, with those that are on the road."""
    assert (await talk.say(talk.turn("28路、7路和B支4到河桥"))).splitlines()[1].startswith("· 7路（开往湖心）")
    assert (await talk.say(talk.turn("现在到哪了"))).splitlines()[0].startswith("28路（开往北园）：下一站东门")


@pytest.mark.parametrize(
    ("text", "intent", "claim"),
    [
        pytest.param("我要交违章罚款", "traffic_fines", Claim.NO, id="another service"),
        pytest.param("河桥那边停水了怎么回事", "report_problem", Claim.NO, id="another service that names a stop"),
        pytest.param("B支4到河桥还要几分钟", "next_bus", Claim.NO, id="a whole new question begins anew"),
        pytest.param("28路还有多久到", "next_bus", Claim.SURE, id="the stop is missing: the last one"),
    ],
)
async def test_a_finished_look_up_claims_only_what_is_its_own(talk: Talk, text: str, intent: str, claim: Claim) -> None:
    """Other services keep their turns."""
    await talk.say(talk.turn("28路到河桥还要几分钟"))
    assert await talk.claims(talk.turn(text, intent=intent)) is claim


async def test_from_and_to_show_the_buses_that_go_there(talk: Talk) -> None:
    """And say so where none does."""
    assert (await talk.say(talk.turn("从河桥到南站的车"))).splitlines()[:2] == [
        "河桥前往南站的车辆",
        "· 28路（开往北园）：11分钟（08:12，实时，还有1站）",
    ]
    assert await talk.say(talk.turn("从南站到湖心的车")) == "从南站到湖心没有直达车次。"


@pytest.mark.parametrize(
    ("location", "begins"),
    [
        pytest.param(
            Location(lat=30.001, lon=120.01),
            "离您最近的站点：河桥，约80米。\n河桥 · 即将到站的车辆\n· 7路（开往湖心）：3分钟",
            id="near",
        ),
        pytest.param(Location(lat=29.99761, lon=120.01471, datum="gcj02"), "离您最近的站点：河桥，约", id="gcj02"),
        pytest.param(
            Location(lat=30.02, lon=120.01), "您所在位置800米内没有公交站点，最近的站点有：湖心（1110米）", id="far"
        ),
        pytest.param(Location(lat=31.0, lon=120.01), "您发送的位置不在试城范围内，无法查询附近站点。", id="elsewhere"),
    ],
)
async def test_a_shared_location_is_answered_with_the_nearest_stop(talk: Talk, location: Location, begins: str) -> None:
    """With live minutes there, or with the reason why not."""
    turn = replace(talk.turn("", intent="inform"), kind="location", location=location)
    assert await talk.claims(turn) is Claim.SURE
    assert (await talk.say(turn)).startswith(begins)


async def test_a_stale_feed_is_told_and_the_timetable_counts(talk: Talk) -> None:
    """Three minutes after its last news the feed no longer counts."""
    said = await talk.say(talk.turn("28路到河桥还要几分钟", clock="08:04"))
    assert "· 6分钟（08:10，按时刻表）" in said
    assert said.endswith("实时数据暂未更新，以上为时刻表时间，仅供参考。")


@pytest.mark.parametrize("body", [b"<html>502</html>", None], ids=["nonsense", "gone"])
async def test_a_feed_that_is_down_is_told_and_the_timetable_counts(talk: Talk, live: Path, body: bytes | None) -> None:
    """Whatever stands at its address."""
    live.unlink() if body is None else live.write_bytes(body)
    said = await talk.say(talk.turn("28路到河桥还要几分钟"))
    assert "· 9分钟（08:10，按时刻表）" in said
    assert said.endswith("实时数据暂时没有，以上为时刻表时间，仅供参考。")


async def test_a_cancelled_bus_is_told(talk: Talk, live: Path) -> None:
    """By line, stop and clock."""
    gone = 'entity { id: "1" trip_update { trip { trip_id: "out1" schedule_relationship: CANCELED } } }'
    live.write_bytes(message(gone, moment("08:01")).SerializeToString())
    assert "28路 08:10到河桥的班次已取消。" in await talk.say(talk.turn("28路到河桥还要几分钟"))


async def test_the_last_bus_gone_is_told_with_tomorrows_first(talk: Talk) -> None:
    """With its date."""
    said = await talk.say(talk.turn("B支4到河桥还要几分钟", clock="22:00"))
    assert said.splitlines()[:4] == [
        "B支4路 · 河桥",
        "开往北园：",
        "当前没有车辆运营，下一班为：",
        "· 2026年11月25日 08:15（按时刻表）",
    ]


@pytest.mark.parametrize(
    "text",
    ["🚌🚌🚌", "<script>alert(1)</script>", "/restart", "公" * 4000, "{stop} %s {0}", "\u202e\x00", "站", "路"],
    ids=["emoji", "html", "slash", "long", "placeholders", "control characters", "only a suffix", "only 路"],
)
async def test_odd_answers_to_the_question_are_asked_again(talk: Talk, text: str) -> None:
    """Nothing raises, and the question stays open."""
    await talk.say(talk.turn("next bus"))
    said = await talk.say(talk.turn(text, intent="out_of_scope"))
    assert talk.step.question is not None
    assert "请问您在哪个站等车" in said


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("28路末班车几点", ["28路开往北园：东门首班08:00，末班09:00（今天）。", "28路开往东门：北园首班08:05"]),
        ("河桥28路头班车", ["28路开往北园：河桥首班08:10，末班09:10（今天）。"]),
        ("湖心的末班车", ["7路开往湖心：湖心首班08:00，末班09:50（今天）。"]),
    ],
)
async def test_first_and_last_buses(talk: Talk, text: str, parts: list[str]) -> None:
    """Of a line by direction, at a stop if one is named; of all lines where only the stop is."""
    said = await talk.say(talk.turn(text))
    assert [part for part in parts if part not in said] == []
    assert talk.step.finished


async def test_last_bus_of_nothing_asks_for_the_stop_first(talk: Talk) -> None:
    """The wish is kept until the stop is known."""
    await talk.say(talk.turn("末班车几点"))
    assert talk.step.question is not None
    assert "湖心首班08:00，末班09:50" in await talk.say(talk.turn("湖心", intent="inform"))


# A line that never ends, and the night


async def test_a_line_that_runs_day_and_night_has_no_last_bus(tmp_path: Path, catalogs: Catalogs) -> None:
    """Its first bus of the next day follows the last as soon as any other: no times are told that look absurd."""
    frequencies = "trip_id,start_time,end_time,headway_secs,exact_times\nloop,00:00:00,24:00:00,600,0\n"
    async with aiohttp.ClientSession() as session:
        editions = Editions(str(zipped(tmp_path, {"frequencies.txt": frequencies})), tmp_path / "kept", session)
        await editions.refresh()
        talk = Talk(NextBus({"testville": CityBuses("testville", editions, LiveFeeds([], []))}), catalogs)
        said = await talk.say(talk.turn("河桥7路末班车几点"))
        editions.close()
    assert "7路开往湖心：河桥昼夜有车，没有首末班之分（今天）。" in said
    assert "次日" not in said


async def test_after_midnight_the_last_bus_of_the_night_is_told(talk: Talk) -> None:
    """While it is still to come; afterwards the day that has begun counts."""
    assert "河桥这一夜的末班00:20还没开" in await talk.say(talk.turn("9路河桥末班车", clock="00:10"))
    assert "河桥首班次日00:20" in await talk.say(talk.turn("9路河桥末班车", clock="00:30"))
