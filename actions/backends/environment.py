"""Client of a city's air and weather, whose contract is docs/reference/environment.openapi.yaml."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from actions.backends.http import Endpoint
from actions.backends.wire import Contract, Names

type Micrograms = Annotated[float, Field(ge=0, le=10_000)]
type Celsius = Annotated[int, Field(ge=-60, le=60)]
type Percent = Annotated[int, Field(ge=0, le=100)]
type Condition = Literal[
    "sunny", "cloudy", "overcast", "light_rain", "moderate_rain", "heavy_rain", "storm", "thunderstorm", "sleet",
    "light_snow", "moderate_snow", "heavy_snow", "fog", "haze", "sand",
]  # fmt: skip
type Colour = Literal["blue", "yellow", "orange", "red"]


class Concentrations(Contract):
    """Means of one hour, in µg/m³, of carbon monoxide in mg/m³. None: not measured."""

    so2: Micrograms | None = None
    no2: Micrograms | None = None
    pm10: Micrograms | None = None
    pm25: Micrograms | None = None
    o3: Micrograms | None = None
    co: Annotated[float, Field(ge=0, le=1000)] | None = None


class District(Contract):
    """The air of a district, measured at a station."""

    names: Names
    station: Names
    concentrations: Concentrations


class Air(Contract):
    """The air as it was measured last: the city's mean, and each district's."""

    source: Names
    measured_at: AwareDatetime
    concentrations: Concentrations
    districts: Annotated[tuple[District, ...], Field(max_length=100)]


class Observation(Contract):
    at: AwareDatetime
    temperature: Celsius
    humidity: Percent


class Day(Contract):
    """The forecast of one day of the city. `wind` after Beaufort; `uv` 1 (weakest) to 5."""

    date: date
    condition: Condition
    low: Celsius
    high: Celsius
    rain_chance: Percent
    wind: Annotated[int, Field(ge=0, le=17)]
    uv: Annotated[int, Field(ge=1, le=5)]


class WeatherWarning(Contract):
    """A warning signal in force, in one of the colours of the China Meteorological Administration."""

    id: Annotated[str, Field(min_length=1, max_length=100)]
    kind: Names
    colour: Colour
    issued_at: AwareDatetime
    advice: Names | None = None


class Weather(Contract):
    """The weather now, the forecast as issued last, and the warnings in force."""

    source: Names
    issued_at: AwareDatetime
    now: Observation
    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=15)]
    warnings: Annotated[tuple[WeatherWarning, ...], Field(max_length=50)]


class Environment:
    """The air and weather of one city. All calls raise the `BackendError`s of `Endpoint.call`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def air(self) -> Air:
        """Give the air as it was measured last."""
        return await self._endpoint.call("GET", "/air", Air)

    async def weather(self) -> Weather:
        """Give the weather, its forecast and warnings."""
        return await self._endpoint.call("GET", "/weather", Weather)
