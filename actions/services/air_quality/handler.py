"""`air_quality` in the dialogue: what is asked, what is fetched, and what is remembered for follow-ups."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from pydantic import JsonValue

from actions.backends.environment import Air, District, Environment, Weather
from actions.dialogue.ports import Claim, Step
from actions.dialogue.reading.carrying_on import carries_on, only_names
from actions.dialogue.reading.intents import ANSWERS
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.services.air_quality import replies
from actions.services.air_quality.asked import Asked, Topic, district_in, read
from actions.services.air_quality.replies import Clock
from actions.transit.naming import plain
from desk.contract.errors import BackendError
from desk.contract.messages import Text
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
_DISTRICT_END, _CITY_END = _WORDS.text("district_end"), _WORDS.text("city_end")

SHORT_TEXT = 14
"""A sentence of at most so many letters continues what was asked ("and tomorrow?", "and in the east?"); a longer one
where it says nothing else."""
ABOUT_AIR = frozenset({Topic.AIR, Topic.MASK, Topic.EXERCISE})
ABOUT_WEATHER = frozenset({Topic.WEATHER, Topic.RAIN, Topic.UV, Topic.WARNINGS, Topic.EXERCISE})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the agencies said. None: it was not wanted, or failed."""

    air: Air | None
    weather: Weather | None


class AirQuality:
    """The air and the weather, today or as forecast, of the city or a district. Asks nothing."""

    def __init__(self, environments: Mapping[str, Environment]) -> None:
        self._environments = environments

    @property
    def service(self) -> str:
        return "air_quality"

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """After an answer another day, district or matter."""
        if turn.intent == self.service:
            return Claim.SURE
        if turn.kind != "text" or not (len(turn.text.strip()) <= SHORT_TEXT or carries_on(turn)):
            return Claim.NO
        known = frame.shown.get("districts")
        names = [name for name in known if isinstance(name, str)] if isinstance(known, list) else []
        if only_names(turn.text, [*names, *turn.values("district")]):
            return Claim.SURE
        if turn.understood and turn.intent not in ANSWERS:
            return Claim.NO
        asked = read(turn.text, Clock(turn.now, turn.city).today)
        named = turn.first("district") is not None or any(
            name.removesuffix(_DISTRICT_END) in turn.text for name in names
        )
        return Claim.SURE if asked.says_anything or named else Claim.NO

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Answer with what was measured and forecast.

        Raises:
            BackendError: nothing of what was asked can be had.
        """
        clock = Clock(turn.now, turn.city)
        asked = _with_remembered(read(turn.text, clock.today), frame)
        about_air, about_weather = _about(asked)
        fetched = await self._fetch(turn.city.slug, air=about_air, weather=about_weather)
        parts = _only_here(turn)
        marked = list(turn.values("district"))
        district, elsewhere = _district(turn, marked, fetched.air, frame)
        if elsewhere is not None:
            parts.append(elsewhere)
        if about_weather:
            parts += _weather(fetched.weather, asked, clock)
        if about_air:
            parts += _air(fetched.air, district, asked, turn, clock)
        buttons = replies.district_buttons(fetched.air) if fetched.air is not None and district is None else []
        values: dict[str, JsonValue] = {"topics": [topic.value for topic in sorted(asked.topics)]}
        if district is not None:
            values["district"] = district.names.zh_Hans
        names: list[JsonValue] = [one.names.zh_Hans for one in fetched.air.districts] if fetched.air else []
        shown: dict[str, JsonValue] = {"districts": names}
        return Step((replies.answer(parts, buttons),), values, shown, finished=True)

    async def _fetch(self, city: str, *, air: bool, weather: bool) -> Fetched:
        """Ask for both at once; one that fails does not take the other with it."""
        environment = self._environments[city]
        failures: list[BackendError] = []

        async def air_or_none() -> Air | None:
            try:
                return await environment.air() if air else None
            except BackendError as exc:
                failures.append(exc)
                return None

        async def weather_or_none() -> Weather | None:
            try:
                return await environment.weather() if weather else None
            except BackendError as exc:
                failures.append(exc)
                return None

        async with asyncio.TaskGroup() as group:
            one, two = group.create_task(air_or_none()), group.create_task(weather_or_none())
        fetched = Fetched(one.result(), two.result())
        if failures and fetched == Fetched(None, None):
            raise failures[0]
        for failure in failures:
            log.warning("environment_in_part", error=type(failure).__name__)
        return fetched


def _with_remembered(asked: Asked, frame: Frame) -> Asked:
    """What was asked, about the same matters as before where it names none."""
    before = frame.values.get("topics")
    known = {topic.value for topic in Topic}
    topics = frozenset(Topic(one) for one in before if one in known) if isinstance(before, list) else frozenset()
    return asked if asked.topics or not frame.finished else Asked(topics, asked.days)


def _about(asked: Asked) -> tuple[bool, bool]:
    """Whether it is about the air, and about the weather: without a word of either, about both."""
    if not asked.topics:
        return True, True
    return bool(asked.topics & ABOUT_AIR), bool(asked.topics & ABOUT_WEATHER)


def _only_here(turn: Turn) -> list[Text]:
    """What is to be said where another city is named: this account has the data of its own."""
    named = {value.casefold().removesuffix(_CITY_END) for value in turn.values("city")}
    others = [city for city in turn.cities.values() if city.slug != turn.city.slug]
    if not any(plain(value) in map(plain, (city.names.zh_Hans, city.names.en)) for city in others for value in named):
        return []
    return [Text(key="air_quality.only_here", args={"place": replies.city_name(turn.city)})]


def _district(turn: Turn, marked: list[str], air: Air | None, frame: Frame) -> tuple[District | None, Text | None]:
    """The district that is meant, and what is to be said if one was named that has no station."""
    if air is None:
        return None, None
    if (named := district_in(turn.text, marked, air.districts)) is not None:
        return named, None
    if marked:
        args: dict[str, JsonValue] = {"said": marked[0], "place": replies.city_name(turn.city)}
        return None, Text(key="air_quality.unknown_district", args=args)
    before = frame.text("district") if frame.finished else None
    return next((one for one in air.districts if one.names.zh_Hans == before), None), None


def _air(air: Air | None, district: District | None, asked: Asked, turn: Turn, clock: Clock) -> list[Text]:
    if air is None:
        return [Text(key="air_quality.air_unavailable")]
    parts = []
    later = [day for day in asked.days if day != clock.today]
    if later:
        parts.append(Text(key="air_quality.no_air_forecast", args={"day": clock.day(later[0])}))
    if Topic.MASK in asked.topics:
        parts.append(Text(key="air_quality.about_masks"))
    return parts + replies.air(air, district, turn.city, clock)


def _weather(weather: Weather | None, asked: Asked, clock: Clock) -> list[Text]:
    if weather is None:
        return [Text(key="air_quality.weather_unavailable")]
    days = asked.days or (clock.today,)
    parts = replies.warnings(weather, clock, asked=Topic.WARNINGS in asked.topics)
    if clock.today in days:
        parts += replies.weather_now(weather, clock)
    for day in days:
        rain, uv = Topic.RAIN in asked.topics, Topic.UV in asked.topics
        parts += replies.day(weather, day, clock, rain=rain, uv=uv)
    return parts + replies.forecast_source(weather, clock)
