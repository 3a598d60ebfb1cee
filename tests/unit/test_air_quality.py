"""The service `air_quality` in a dialogue: of which day and district it speaks, and when it says that data are old."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fixtures.dialogue import TESTVILLE
from fixtures.turns import turn_of

from actions.backends.environment import Air, Environment, Weather
from actions.dialogue.ports import Claim
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.services.air_quality import AirQuality
from actions.services.air_quality.asked import Topic, read
from desk.city.files import City
from desk.contract.errors import BackendUnavailable
from desk.contract.messages import Entity
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

NOW = datetime(2026, 11, 24, 9, 20, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Tuesday
TODAY = NOW.date()
MEAN = {"pm25": 47, "pm10": 60, "o3": 40}


def air(**changes: object) -> Air:
    """The air of nine o'clock, with two districts."""
    districts = [
        {
            "names": {"zh_Hans": "东湖区", "en": "East Lake District"},
            "station": {"zh_Hans": "东门", "en": "East Gate"},
            "concentrations": {"pm25": 180},
        },
        {
            "names": {"zh_Hans": "南山区", "en": "South Hill District"},
            "station": {"zh_Hans": "南山", "en": "South Hill"},
            "concentrations": {"pm25": 10},
        },
    ]
    given = {
        "source": {"zh_Hans": "试城环境局", "en": "Testville Environment"},
        "measured_at": NOW.replace(minute=0),
        "concentrations": MEAN,
        "districts": districts,
        **changes,
    }
    return Air.model_validate(given)


def weather(**changes: object) -> Weather:
    """Dry today, rain tomorrow, dry after that; five days."""
    days = [
        {
            "date": TODAY + timedelta(days=offset),
            "condition": "moderate_rain" if offset == 1 else "sunny",
            "low": 5,
            "high": 15,
            "rain_chance": 80 if offset == 1 else 10,
            "wind": 2,
            "uv": 4,
        }
        for offset in range(5)
    ]
    given = {
        "source": {"zh_Hans": "试城气象局", "en": "Testville Weather"},
        "issued_at": NOW.replace(hour=8, minute=0),
        "now": {"at": NOW.replace(minute=0), "temperature": 9, "humidity": 60},
        "days": days,
        "warnings": [],
        **changes,
    }
    return Weather.model_validate(given)


@dataclass
class Agencies:
    """Agencies with memory: what they say, or that they fail."""

    air_said: Air | None
    weather_said: Weather | None

    async def air(self) -> Air:
        if self.air_said is None:
            raise BackendUnavailable
        return self.air_said

    async def weather(self) -> Weather:
        if self.weather_said is None:
            raise BackendUnavailable
        return self.weather_said


class Talk:
    """A resident who talks about the air and the weather, and nothing else."""

    def __init__(self, catalogs: Catalogs) -> None:
        self.agencies = Agencies(air(), weather())
        self._catalogs = catalogs
        self.frame: Frame | None = None
        self.buttons: list[str] = []

    @property
    def service(self) -> AirQuality:
        return AirQuality({TESTVILLE.slug: _typed(self.agencies)})

    def turn(self, text: str, locale: Locale = "zh_Hans", intent: str = "air_quality", **entities: str) -> Turn:
        found = tuple(Entity(entity=name, value=value) for name, value in entities.items())
        other = City.model_validate(
            {**TESTVILLE.model_dump(), "slug": "other", "names": {"zh_Hans": "他城", "en": "Other"}}
        )
        cities = {city.slug: city for city in (TESTVILLE, other)}
        return turn_of("c", "text", intent, TESTVILLE, locale, NOW, text=text, entities=found, cities=cities)

    async def say(self, text: str, locale: Locale = "zh_Hans", intent: str = "air_quality", **entities: str) -> str:
        turn = self.turn(text, locale, intent, **entities)
        frame = self.frame or Frame("air_quality-1", "air_quality", NOW)
        step = await self.service.answer(turn, frame)
        assert step.finished
        self.frame = replace(frame, values=step.values, shown=step.shown, finished=True)
        rendered = [self._catalogs.render(reply, locale) for reply in step.replies]
        self.buttons = [button.title for one in rendered for button in one.buttons]
        return "\n".join(one.text for one in rendered)

    async def claims(self, text: str, intent: str = "nlu_fallback") -> Claim:
        assert self.frame is not None
        return await self.service.claims(self.turn(text, intent=intent), self.frame)


class _Served(Environment):
    """The client's calls, answered by agencies with memory."""

    def __init__(self, agencies: Agencies) -> None:
        self._agencies = agencies

    async def air(self) -> Air:
        return await self._agencies.air()

    async def weather(self) -> Weather:
        return await self._agencies.weather()


def _typed(agencies: Agencies) -> Environment:
    return _Served(agencies)


@pytest.fixture
def talk(catalogs: Catalogs) -> Talk:
    return Talk(catalogs)


async def test_air_names_index_level_advice_time_and_source(talk: Talk) -> None:
    """Everything a resident needs to judge it stands in the answer, and no weather that was not asked for."""
    assert await talk.say("今天空气怎么样") == (
        "试城空气质量指数65，级别为“良”。\n首要污染物：细颗粒物PM2.5（47微克/立方米）。\n"
        "健康建议（国家标准HJ 633—2012）：极少数异常敏感人群应减少户外活动。\n"
        "监测时间：09:00，全市平均。数据来源：试城环境局。"
    )
    assert talk.buttons == ["东湖区", "南山区"]


@pytest.mark.parametrize(
    ("text", "locale", "part"),
    [
        ("東湖區空氣點呀", "zh_Hant", "東湖區空氣質量指數230，級別為「重度污染」"),
        ("air in East Lake", "en", "Air quality index in East Lake District: 230 (heavily polluted)."),
        ("南山空气", "zh_Hans", "南山区空气质量指数15，级别为“优”"),
    ],
)
async def test_a_district_is_answered_by_its_station(talk: Talk, text: str, locale: Locale, part: str) -> None:
    """A district is understood in any script, with or without 区."""
    assert part in await talk.say(text, locale)


async def test_an_unknown_district_is_said(talk: Talk) -> None:
    """The city's air stands in, and that is said; the districts that there are stand under it."""
    said = await talk.say("月亮区空气", district="月亮区")
    assert "没有“月亮区”的空气监测数据" in said
    assert talk.buttons == ["东湖区", "南山区"]


async def test_follow_ups_keep_matter_and_district(talk: Talk) -> None:
    """那东湖区呢 is about the air again; 明天呢 about the same district, of which there is no forecast."""
    await talk.say("空气质量")
    assert await talk.claims("那东湖区呢") is Claim.SURE
    assert "东湖区空气质量指数230" in await talk.say("那东湖区呢", intent="nlu_fallback")
    assert await talk.claims("明天呢") is Claim.SURE
    said = await talk.say("明天呢", intent="nlu_fallback")
    assert "没有明天（2026年11月25日）的预报" in said
    assert "东湖区" in said


@pytest.mark.parametrize(
    "text", ["what about Friday", "and what will it be like on the weekend?", "how about the day after tomorrow then"]
)
async def test_a_longer_sentence_follows_up_where_it_names_nothing_but_a_day(talk: Talk, text: str) -> None:
    """English needs more letters for as little."""
    await talk.say("weather", "en")
    assert await talk.claims(text) is Claim.SURE
    assert await talk.claims(f"{text}, for my wedding registration") is Claim.NO


@pytest.mark.parametrize(
    ("text", "intent"), [("我要交罚款", "traffic_fines"), ("谢谢", "thanks"), ("好的呢", "affirm")]
)
async def test_other_matters_are_not_claimed(talk: Talk, text: str, intent: str) -> None:
    """What says nothing of air, weather or a day belongs to somebody else."""
    await talk.say("空气质量")
    assert await talk.claims(text, intent) is Claim.NO


@pytest.mark.parametrize(
    ("text", "locale", "parts"),
    [
        ("明天会下雨吗", "zh_Hans", ["预报明天（2026年11月25日）有降水，降水概率80%", "中雨", "试城气象局"]),
        ("will it rain today", "en", ["No rain or snow is forecast for today; the chance is 10%", "Testville Weather"]),
        ("聽日使唔使帶遮", "zh_Hant", ["預報明天（2026年11月25日）有降水"]),
        ("紫外线强吗", "zh_Hans", ["今天紫外线强度4级（强）"]),
        ("台风来不来", "zh_Hans", ["目前没有生效的气象预警"]),
        ("下周三天气", "zh_Hans", ["没有2026年12月2日的天气预报，预报到2026年11月28日为止"]),
        ("周四天气怎么样", "zh_Hans", ["后天（2026年11月26日）：晴"]),
    ],
)
async def test_weather_of_a_day(talk: Talk, text: str, locale: Locale, parts: Sequence[str]) -> None:
    """Rain, sun and warnings, of the day that was meant; a day beyond the forecast is said to be."""
    said = await talk.say(text, locale)
    assert [part for part in parts if part not in said] == []
    assert "AQI" not in said


async def test_masks_get_the_standards_advice_and_no_other(talk: Talk) -> None:
    """The standard says nothing of masks; that is said, with the air and the advice that it gives."""
    said = await talk.say("要不要戴口罩")
    assert "国家标准没有规定什么时候要戴口罩" in said
    assert "极少数异常敏感人群应减少户外活动" in said


async def test_exercise_is_answered_with_air_and_weather(talk: Talk) -> None:
    """Both count for somebody who wants to go out."""
    said = await talk.say("今天适合晨练吗")
    assert "空气质量指数65" in said
    assert "今天：晴" in said


async def test_warnings_in_force_come_first(talk: Talk) -> None:
    """A warning stands before the forecast, with its colour, also when it was not asked for."""
    kind, advice = {"zh_Hans": "暴雨", "en": "Rainstorm"}, {"zh_Hans": "请减少外出。", "en": "Please stay in."}
    warning = {"id": "1", "kind": kind, "colour": "orange", "issued_at": NOW.replace(hour=7), "advice": advice}
    talk.agencies.weather_said = weather(warnings=[warning])
    assert (await talk.say("今天天气")).startswith("暴雨橙色预警正在生效（07:20发布）。请减少外出。")


@pytest.mark.parametrize(("hours", "old"), [(2, False), (3, True), (7, True)])
async def test_old_data_are_said_to_be_old(talk: Talk, hours: int, old: bool) -> None:
    """A measurement of more than three hours ago is not passed off as now."""
    talk.agencies.air_said = air(measured_at=NOW - timedelta(hours=hours, minutes=20))
    said = await talk.say("空气质量")
    assert (f"这是{hours}小时前的数据" in said) is old


async def test_one_agency_that_fails_does_not_silence_the_other(talk: Talk) -> None:
    """Half an answer says which half is missing; nothing at all is an error that the dialogue explains."""
    talk.agencies.air_said = None
    said = await talk.say("今天适合跑步吗")
    assert "空气质量数据暂时无法取得" in said
    assert "今天：晴" in said
    talk.agencies.weather_said = None
    with pytest.raises(BackendUnavailable):
        await talk.say("今天适合跑步吗")


async def test_no_reading_is_said(talk: Talk) -> None:
    """Where nothing was measured no index is invented."""
    talk.agencies.air_said = air(concentrations={"so2": 900})
    assert "目前没有空气质量监测数据" in await talk.say("空气质量")


async def test_another_city_is_not_answered_for(talk: Talk) -> None:
    """The account says that it knows its own city only."""
    assert (await talk.say("他城气温多少", city="他城")).startswith("这里只提供试城的空气和天气情况。")
    assert "这里只提供" not in await talk.say("试城气温多少", city="试城")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("今天", [0]),
        ("明早跑步", [1]),
        ("后天天气", [2]),
        ("大后天", [3]),
        ("周末天气", [4, 5]),
        ("星期二", [0]),
        ("下周一", [6]),
        ("day after tomorrow", [2]),
        ("weather on Friday", [3]),
        ("next few days", [0, 1, 2]),
        ("空气", []),
    ],
)
def test_days_are_read(text: str, days: list[int]) -> None:
    """Days are those of the city; none means none was named."""
    assert read(text, TODAY).days == tuple(TODAY + timedelta(days=offset) for offset in days)


def test_matters_are_read() -> None:
    """Words in all languages say what is asked about."""
    assert read("今日打唔打風", date(2026, 8, 1)).topics == {Topic.WARNINGS}
    assert read("do I need an umbrella", date(2026, 8, 1)).topics == {Topic.RAIN}
    assert read("PM2.5多少", date(2026, 8, 1)).topics == {Topic.AIR}


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("那东湖区呢", Claim.SURE),
        ("南山区怎么样", Claim.SURE),
        ("去东湖区坐几路车", Claim.NO),
        ("那下一班呢", Claim.NO),
    ],
)
async def test_a_district_alone_is_claimed_whatever_it_sounds_like(talk: Talk, text: str, claim: Claim) -> None:
    """那东湖区呢 after the air is about the air, though it may be understood as a bus."""
    await talk.say("空气质量")
    assert await talk.claims(text, "next_bus") is claim
