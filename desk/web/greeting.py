"""The first words of a conversation: who speaks, and the city's services as buttons."""

from collections.abc import Mapping

from desk.cities import City
from desk.messages import Button, Reply, Text
from desk.web.parts import ServiceWords


def greeting(city: City, services: Mapping[str, ServiceWords]) -> Reply:
    """Greet in the city's name and offer its services."""
    offered = [(name, Text(key=services[name].title)) for name in city.services if name in services]
    names = city.greeting_names or city.names
    return Reply(
        key="common.greeting",
        args={
            "city": {"name": names.model_dump(exclude_none=True)},
            "services": {"items": [title.model_dump() for _, title in offered], "join": "and"},
        },
        buttons=[Button(title=title, payload=f"/{name}") for name, title in offered],
    )
