"""The pretend environment and weather services: air as measured, weather as observed and forecast, warnings.

The contract is `docs/reference/environment.openapi.yaml`. All follows from the clock: the same hour has the same air,
the same day the same weather. `PUT /_sandbox/environment/<city>` sets what is to be otherwise, until it is reset.
"""

import hashlib
import math
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sandbox.seed import Names, Seed, SeedModel
from sandbox.state import State

FILE = "environment.yml"
SCENARIO = "scenario"
ZONE = ZoneInfo("Asia/Shanghai")
ISSUED_AT = (time(17), time(11), time(8))  # of the day, the latest first
DAYS = 8
DRY = ("sunny", "sunny", "cloudy", "cloudy", "overcast")
RAIN = ("light_rain", "light_rain", "moderate_rain", "heavy_rain")
SNOW = ("light_snow", "light_snow", "moderate_snow")
SNOW_BELOW = 1  # °C of the day's mean

type ByMonth[Item] = Annotated[list[Item], Field(min_length=12, max_length=12)]
type Colour = Literal["blue", "yellow", "orange", "red"]


class Usual(SeedModel):
    """Means of the year: µg/m³, of carbon monoxide mg/m³."""

    so2: float
    no2: float
    pm10: float
    pm25: float
    o3: float
    co: float


class DistrictData(SeedModel):
    names: Names
    station: Names
    part: Annotated[float, Field(gt=0.3, lt=2)]


class Climate(SeedModel):
    """`environment.yml`."""

    air_source: Names
    weather_source: Names
    usual: Usual
    lows: ByMonth[int]
    highs: ByMonth[int]
    wet: ByMonth[int]
    districts: list[DistrictData]


class WarningData(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Names
    colour: Colour
    advice: Names | None = None


class Scenario(BaseModel):
    """`PUT /_sandbox/environment/<city>`: what is to be otherwise; all may be left out.

    `now` is the moment of everything, `behind_hours` how old the newest measurement, observation and forecast are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    now: AwareDatetime | None = None
    behind_hours: Annotated[int, Field(ge=0, le=1000)] = 0
    concentrations: dict[Literal["so2", "no2", "pm10", "pm25", "o3", "co"], float] | None = None
    rain_chance: Annotated[int, Field(ge=0, le=100)] | None = None
    warnings: list[WarningData] = Field(default_factory=list)


class Environment:
    """The air and weather of every city that has an `environment.yml`."""

    name = "environment"

    def __init__(self, *, seed: Seed, state: State, clock: Callable[[], datetime]) -> None:
        self._seed, self._state, self._clock = seed, state, clock

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.get("/environment/{city}/air", self._air)
        yield web.get("/environment/{city}/weather", self._weather)
        yield web.put("/_sandbox/environment/{city}", self._set)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - nothing that residents need to know beforehand
        return {}

    def _climate(self, city: str) -> Climate:
        return self._seed.load(city, FILE, Climate.model_validate)

    def _scenario(self, city: str) -> tuple[Scenario, datetime]:
        """What is set, and the moment up to which things are known."""
        kept = self._state.get(self.name, city, SCENARIO, SCENARIO)
        scenario = Scenario() if kept is None else Scenario.model_validate(kept)
        moment = (scenario.now or self._clock()).astimezone(ZONE)
        return scenario, moment - timedelta(hours=scenario.behind_hours)

    async def _set(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        self._climate(city)
        scenario = Scenario.model_validate_json(await request.read())
        self._state.put((self.name, city, SCENARIO, SCENARIO, scenario.model_dump(mode="json")))
        return web.json_response(scenario.model_dump(mode="json"))

    async def _air(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        climate, (scenario, moment) = self._climate(city), self._scenario(city)
        hour = moment.replace(minute=0, second=0, microsecond=0)
        mean = scenario.concentrations or _measured(city, climate.usual, hour)
        districts = [
            {
                "names": district.names.model_dump(),
                "station": district.station.model_dump(),
                "concentrations": {name: _rounded(name, value * district.part) for name, value in mean.items()},
            }
            for district in climate.districts
        ]
        return web.json_response(
            {
                "source": climate.air_source.model_dump(),
                "measured_at": hour.isoformat(),
                "concentrations": mean,
                "districts": districts,
            }
        )

    async def _weather(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        climate, (scenario, moment) = self._climate(city), self._scenario(city)
        issued = _issued(moment)
        days = [_day(city, climate, issued.date() + timedelta(days=offset), scenario) for offset in range(DAYS)]
        today = _day(city, climate, moment.date(), scenario)
        warm = math.cos((moment.hour - 14) / 24 * 2 * math.pi) / 2 + 0.5
        observed = moment.replace(minute=0, second=0, microsecond=0)
        return web.json_response(
            {
                "source": climate.weather_source.model_dump(),
                "issued_at": issued.isoformat(),
                "now": {
                    "at": observed.isoformat(),
                    "temperature": round(today["low"] + (today["high"] - today["low"]) * warm),
                    "humidity": min(99, 45 + today["rain_chance"] // 2),
                },
                "days": days,
                "warnings": [
                    {
                        "id": f"{city}-{number}",
                        **warning.model_dump(exclude_none=True),
                        "issued_at": issued.isoformat(),
                    }
                    for number, warning in enumerate(scenario.warnings, 1)
                ],
            }
        )


def _issued(moment: datetime) -> datetime:
    """When the newest forecast was issued."""
    for day in (moment.date(), moment.date() - timedelta(days=1)):
        for at in ISSUED_AT:
            issued = datetime.combine(day, at, ZONE)
            if issued <= moment:
                return issued
    raise AssertionError("yesterday's first forecast lies before every moment of today")


def _measured(city: str, usual: Usual, hour: datetime) -> dict[str, float]:
    """The city's means of an hour: more dust in winter and at night, more ozone in summer and at noon."""
    winter = math.cos((hour.timetuple().tm_yday - 15) / 365 * 2 * math.pi)
    noon = math.cos((hour.hour - 14) / 24 * 2 * math.pi)
    still = 0.5 + 1.1 * _chance(f"{city} air {hour.date()}")
    change = 0.9 + 0.2 * _chance(f"{city} air {hour.astimezone(UTC).isoformat()}")
    dust = still * change * (1 + 0.45 * winter) * (1 - 0.1 * noon)
    ozone = (0.6 + 0.5 * still) * change * (1 - 0.4 * winter) * (1 + 0.6 * noon)
    return {
        name: _rounded(name, value * (ozone if name == "o3" else dust)) for name, value in usual.model_dump().items()
    }


def _rounded(name: str, value: float) -> float:
    return round(value, 1) if name == "co" else float(round(value))


def _day(city: str, climate: Climate, day: date, scenario: Scenario) -> dict[str, Any]:
    """The weather of a day, as the contract's `Day`."""
    month = day.month - 1
    shift = round(7 * _chance(f"{city} warm {day}") - 3.5)
    low, high = climate.lows[month] + shift, climate.highs[month] + shift
    wet = scenario.rain_chance >= 50 if scenario.rain_chance is not None else _wet(city, climate, day)
    pick = _chance(f"{city} sky {day}")
    if not wet:
        condition = DRY[int(pick * len(DRY))]
        chance = int(pick * 40) // 10 * 10
    elif (low + high) / 2 < SNOW_BELOW:
        condition, chance = SNOW[int(pick * len(SNOW))], 60 + int(pick * 40) // 10 * 10
    else:
        condition, chance = RAIN[int(pick * len(RAIN))], 60 + int(pick * 40) // 10 * 10
    bright = {"sunny": 1, "cloudy": 0}.get(condition, -1)
    return {
        "date": day.isoformat(),
        "condition": condition,
        "low": low,
        "high": high,
        "rain_chance": chance if scenario.rain_chance is None else scenario.rain_chance,
        "wind": 1 + int(4 * _chance(f"{city} wind {day}")),
        "uv": max(1, min(5, 3 + bright + (1 if 3 <= month <= 8 else -1))),
    }


def _wet(city: str, climate: Climate, day: date) -> bool:
    return _chance(f"{city} rain {day}") * 100 < climate.wet[day.month - 1]


def _chance(seed: str) -> float:
    """A number from 0 to below 1 that follows from a text."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:6]) / 2**48
