"""Whether a city sends text messages: by an account of a channel that goes by telephone, and is served."""

from aiohttp import web

from desk.city.files import City
from desk.web.parts import CHANNELS


async def texts_from(request: web.Request, city: City) -> bool:
    """Whether some account of the city sends text messages now."""
    channels = request.app.get(CHANNELS)
    if channels is None:
        return False
    for name, channel in channels.register.channels.items():
        if channel.abilities.by_telephone and await channels.register.all(
            city=city.slug, channel=name, state="active", limit=1
        ):
            return True
    return False
