"""The service `air_quality`: the air and the weather of a city. May not give advice that no standard gives."""

from actions.air_quality.handler import AirQuality

__all__ = ["AirQuality"]
