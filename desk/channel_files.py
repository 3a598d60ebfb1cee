"""Finds the channels: every file of `channels/` that has a `CHANNEL`. May not know any one of them.

A file without one is a channel whose residents fetch what was said, by the chat API: nothing is sent there.
"""

import importlib
import pkgutil
from functools import cache

import channels
from desk.channel import Channel
from desk.errors import ConfigurationError


@cache
def load_channels() -> dict[str, Channel]:
    """All channels by name, each the name of its file.

    Raises:
        ConfigurationError: a `CHANNEL` is none.
    """
    found: dict[str, Channel] = {}
    for file in pkgutil.iter_modules(channels.__path__):
        module = importlib.import_module(f"channels.{file.name}")
        channel = getattr(module, "CHANNEL", None)
        if channel is None:
            continue
        if not isinstance(channel, Channel) or channel.name != file.name:
            raise ConfigurationError(
                f"channels/{file.name}.py: CHANNEL must fulfil desk.channel.Channel, and be called {file.name!r}."
            )
        found[file.name] = channel
    return found
