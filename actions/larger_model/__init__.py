"""A larger model of a city's own, over its OpenAI-compatible endpoint. May not know turns, sessions, services."""
