"""Which channels an installation has: those with code, and those that files of a folder of its own declare."""

from desk.app.layers import DECLARED
from desk.app.runtime import Runtime
from desk.contract.channel import Channel
from desk.platforms.loading import load_channels


def channels_of(at: Runtime) -> dict[str, Channel]:
    """All of them, by name. Raises ConfigurationError where a declaration is wrong."""
    own = at.layers.own
    return load_channels(None if own is None else own / DECLARED)
