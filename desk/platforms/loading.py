"""Finds the channels: every file of `channels/` that has a `CHANNEL`, and those with an `LOGIN`.

A file without a `CHANNEL` is one whose residents fetch what was said, by the chat API: nothing is sent there.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import channels
from desk.contract.channel import Channel
from desk.contract.errors import ConfigurationError
from desk.contract.login import Login


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
def load_logins() -> Mapping[str, Login]:
    """All logins by channel.

    Raises:
        ConfigurationError: an `LOGIN` is none.
    """
    found: dict[str, Login] = {}
    for file in pkgutil.iter_modules(channels.__path__):
        login = getattr(importlib.import_module(f"channels.{file.name}"), "LOGIN", None)
        if login is None:
            continue
        if not isinstance(login, Login):
            raise ConfigurationError(f"channels/{file.name}.py: LOGIN must fulfil desk.contract.login.Login.")
        found[file.name] = login
    return found
