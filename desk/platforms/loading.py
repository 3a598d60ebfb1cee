"""Finds the channels: every file of `channels/` that has a `CHANNEL`, and those with an `ENTRANCE`.

A file without a `CHANNEL` is one whose residents fetch what was said, by the chat API: nothing is sent there.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import channels
from desk.contract.channel import Channel
from desk.contract.errors import ConfigurationError
from desk.contract.login import Entrance


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
                f"channels/{file.name}.py: CHANNEL must fulfil desk.contract.channel.Channel, "
                f"and be called {file.name!r}."
            )
        found[file.name] = channel
    return found


@cache
def load_entrances() -> Mapping[str, Entrance]:
    """All entrances by channel.

    Raises:
        ConfigurationError: an `ENTRANCE` is none.
    """
    found: dict[str, Entrance] = {}
    for file in pkgutil.iter_modules(channels.__path__):
        entrance = getattr(importlib.import_module(f"channels.{file.name}"), "ENTRANCE", None)
        if entrance is None:
            continue
        if not isinstance(entrance, Entrance):
            raise ConfigurationError(f"channels/{file.name}.py: ENTRANCE must fulfil desk.contract.login.Entrance.")
        found[file.name] = entrance
    return found
