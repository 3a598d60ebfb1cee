"""The service `air_quality`: the air and the weather of a city. May not give advice that no standard gives."""

from actions.backends.environment import Environment
from actions.server.surroundings import Opened, Surroundings, by_city
from actions.services.air_quality.handler import AirQuality

__all__ = ["AirQuality", "open_service"]


def open_service(at: Surroundings, opened: Opened) -> AirQuality:
    """The handler of all cities. Raises ConfigurationError."""
    return AirQuality(by_city("air_quality", "environment", lambda system, _: Environment(system), at, opened))
