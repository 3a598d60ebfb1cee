"""What is said of air and weather: keys and arguments."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, JsonValue

from actions.backends.environment import Air, Day, District, Weather, WeatherWarning
from actions.services.air_quality.index import AirIndex, Level, air_index
from desk.city.files import City
from desk.contract.messages import Button, Reply, Text

STALE = timedelta(hours=3)
STALE_FORECAST = timedelta(hours=24)
WET = frozenset(
    {"light_rain", "moderate_rain", "heavy_rain", "storm", "thunderstorm", "sleet",
     "light_snow", "moderate_snow", "heavy_snow"}
)  # fmt: skip
LIKELY = 50
"""From this chance of rain on it is said to be forecast."""

LEVELS: Mapping[Level, tuple[str, str]] = {
    Level.EXCELLENT: ("air_quality.level_1", "air_quality.advice_1"),
    Level.GOOD: ("air_quality.level_2", "air_quality.advice_2"),
    Level.LIGHT: ("air_quality.level_3", "air_quality.advice_3"),
    Level.MODERATE: ("air_quality.level_4", "air_quality.advice_4"),
    Level.HEAVY: ("air_quality.level_5", "air_quality.advice_5"),
    Level.SEVERE: ("air_quality.level_6", "air_quality.advice_6"),
}
POLLUTANTS: Mapping[str, str] = {
    "so2": "air_quality.so2", "no2": "air_quality.no2", "pm10": "air_quality.pm10",
    "pm25": "air_quality.pm25", "o3": "air_quality.o3", "co": "air_quality.co",
}  # fmt: skip
CONDITIONS: Mapping[str, str] = {
    "sunny": "air_quality.sunny", "cloudy": "air_quality.cloudy", "overcast": "air_quality.overcast",
    "light_rain": "air_quality.light_rain", "moderate_rain": "air_quality.moderate_rain",
    "heavy_rain": "air_quality.heavy_rain", "storm": "air_quality.storm",
    "thunderstorm": "air_quality.thunderstorm", "sleet": "air_quality.sleet",
    "light_snow": "air_quality.light_snow", "moderate_snow": "air_quality.moderate_snow",
    "heavy_snow": "air_quality.heavy_snow", "fog": "air_quality.fog", "haze": "air_quality.haze",
    "sand": "air_quality.sand",
}  # fmt: skip
COLOURS: Mapping[str, str] = {
    "blue": "air_quality.blue", "yellow": "air_quality.yellow",
    "orange": "air_quality.orange", "red": "air_quality.red",
}  # fmt: skip
UV_LEVELS = ("air_quality.uv_1", "air_quality.uv_2", "air_quality.uv_3", "air_quality.uv_4", "air_quality.uv_5")


class Clock:
    """Moments and days as they are said: of the city, and how far from now."""

    def __init__(self, now: datetime, city: City) -> None:
        self.zone = ZoneInfo(city.timezone)
        self.now = now.astimezone(self.zone)

    @property
    def today(self) -> date:
        return self.now.date()

    def moment(self, at: datetime) -> JsonValue:
        """An argument: clock alone if it is today, else day and clock."""
        local = at.astimezone(self.zone)
        return {"time": f"{local:%H:%M}"} if local.date() == self.today else {"datetime": local.isoformat()}

    def day(self, day: date) -> JsonValue:
        """An argument that names a day, as "today" or "tomorrow" where it is."""
        keys = {0: "air_quality.today", 1: "air_quality.tomorrow", 2: "air_quality.after_tomorrow"}
        key = keys.get((day - self.today).days, "air_quality.other_day")
        return nest(Text(key=key, args={"date": {"date": day.isoformat()}}))

    def hours_since(self, at: datetime) -> int:
        return int((self.now - at) / timedelta(hours=1))


def air(found: Air, district: District | None, city: City, clock: Clock) -> list[Text]:
    """The index, what makes it, the standard's advice, and where and when it was measured."""
    if district is not None:
        place, measured = name(district.names), district.concentrations
    else:
        place, measured = city_name(city), found.concentrations
    index = air_index(measured.model_dump(exclude_none=True))
    if index is None:
        return [Text(key="air_quality.no_reading", args={"place": place})]
    args: dict[str, JsonValue] = {"place": place, "index": index.value, "level": nest(Text(key=LEVELS[index.level][0]))}
    parts = [Text(key="air_quality.index", args=args)]
    if index.primary:
        parts.append(_primary(index, measured.model_dump(exclude_none=True)))
    parts.append(Text(key="air_quality.advice", args={"advice": nest(Text(key=LEVELS[index.level][1]))}))
    source: dict[str, JsonValue] = {"at": clock.moment(found.measured_at), "source": name(found.source)}
    if district is not None:
        parts.append(Text(key="air_quality.measured_at_station", args={**source, "station": name(district.station)}))
    else:
        parts.append(Text(key="air_quality.measured", args=source))
    if clock.now - found.measured_at > STALE:
        parts.append(Text(key="air_quality.stale", args={"count": clock.hours_since(found.measured_at)}))
    return parts


def weather_now(found: Weather, clock: Clock) -> list[Text]:
    """Temperature and humidity as observed, and if that is long ago."""
    now = found.now
    args: dict[str, JsonValue] = {
        "temperature": now.temperature,
        "humidity": now.humidity,
        "at": clock.moment(now.at),
    }
    parts = [Text(key="air_quality.now", args=args)]
    if clock.now - now.at > STALE:
        parts.append(Text(key="air_quality.stale", args={"count": clock.hours_since(now.at)}))
    return parts


def day(found: Weather, wanted: date, clock: Clock, *, rain: bool, uv: bool) -> list[Text]:
    """The forecast of a day; first whether it rains or what the sun does, if that was asked."""
    forecast = next((one for one in found.days if one.date == wanted), None)
    if forecast is None:
        args = {"day": clock.day(wanted), "last": {"date": max(one.date for one in found.days).isoformat()}}
        return [Text(key="air_quality.no_forecast", args=args)]
    parts = []
    if rain:
        parts.append(_rain(forecast, clock))
    parts.append(
        Text(
            key="air_quality.day",
            args={
                "day": clock.day(wanted),
                "condition": nest(Text(key=CONDITIONS[forecast.condition])),
                "low": forecast.low,
                "high": forecast.high,
                "chance": forecast.rain_chance,
                "wind": forecast.wind,
            },
        )
    )
    if uv:
        level = nest(Text(key=UV_LEVELS[forecast.uv - 1]))
        parts.append(Text(key="air_quality.uv", args={"day": clock.day(wanted), "number": forecast.uv, "level": level}))
    return parts


def forecast_source(found: Weather, clock: Clock) -> list[Text]:
    """Who made the forecast and when."""
    args: dict[str, JsonValue] = {"source": name(found.source), "at": clock.moment(found.issued_at)}
    parts = [Text(key="air_quality.forecast_source", args=args)]
    if clock.now - found.issued_at > STALE_FORECAST:
        parts.append(Text(key="air_quality.stale_forecast", args={"count": clock.hours_since(found.issued_at)}))
    return parts


def warnings(found: Weather, clock: Clock, *, asked: bool) -> list[Text]:
    """The warnings in force; that there is none only if they were asked about."""
    if not found.warnings and asked:
        return [Text(key="air_quality.no_warning")]
    return [_warning(one, clock) for one in found.warnings]


def district_buttons(found: Air) -> list[Button]:
    """A choice of each district, eight at most."""
    return [
        Button(
            title=Text(key="air_quality.name", args={"name": name(one.names)}),
            payload=f'/air_quality{{"district": "{one.names.zh_Hans}"}}',
        )
        for one in found.districts[:8]
    ]


def answer(parts: Sequence[Text], buttons: Sequence[Button]) -> Reply:
    """One message of several lines."""
    return Reply(
        key="air_quality.answer",
        args={"parts": {"items": [part.model_dump() for part in parts], "join": "lines"}},
        buttons=list(buttons),
    )


def nest(text: Text) -> JsonValue:
    return {"text": text.model_dump()}


def name(names: BaseModel) -> JsonValue:
    """An argument that is a name of the data."""
    return {"name": names.model_dump(exclude_none=True)}


def city_name(city: City) -> JsonValue:
    return {"name": city.names.model_dump(exclude_none=True)}


def _primary(index: AirIndex, measured: Mapping[str, float]) -> Text:
    items: list[JsonValue] = []
    for pollutant in index.primary:
        amount = f"{measured[pollutant]:.1f}" if pollutant == "co" else f"{measured[pollutant]:.0f}"
        items.append(Text(key=POLLUTANTS[pollutant], args={"amount": amount}).model_dump())
    return Text(key="air_quality.primary", args={"pollutants": {"items": items, "join": "and"}})


def _rain(forecast: Day, clock: Clock) -> Text:
    wet = forecast.condition in WET or forecast.rain_chance >= LIKELY
    args: dict[str, JsonValue] = {"day": clock.day(forecast.date), "chance": forecast.rain_chance}
    return Text(key="air_quality.rain" if wet else "air_quality.no_rain", args=args)


def _warning(one: WeatherWarning, clock: Clock) -> Text:
    args: dict[str, JsonValue] = {
        "kind": name(one.kind),
        "colour": nest(Text(key=COLOURS[one.colour])),
        "at": clock.moment(one.issued_at),
    }
    if one.advice is None:
        return Text(key="air_quality.warning", args=args)
    return Text(key="air_quality.warning_with_advice", args={**args, "advice": name(one.advice)})
