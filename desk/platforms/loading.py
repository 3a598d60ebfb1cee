"""Finds the channels: every file of `channels/` that has a `CHANNEL`, and those with an `LOGIN`; and declared ones.

A file without a `CHANNEL` is one whose residents fetch what was said, by the chat API: nothing is sent there.
"""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import channels
from desk.city.places import faults
from desk.city.yaml_files import read_yaml
from desk.contract.channel import Channel
from desk.contract.errors import ConfigurationError
from desk.contract.login import Login
from desk.platforms.declared.declaration import Declaration, as_declared
from desk.platforms.declared.webhook import DeclaredChannel

NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")


@cache
def load_channels(declared: Path | None = None) -> dict[str, Channel]:
    """All channels by name, each the name of its file; with those that the files of a folder declare.

    Raises:
        ConfigurationError: a `CHANNEL` is none, or a declaration is wrong.
    """
    found: dict[str, Channel] = dict(_with_code())
    for path in sorted(declared.glob("*.yml")) if declared is not None else ():
        name = path.stem
        if name in {file.name for file in pkgutil.iter_modules(channels.__path__)}:
            raise ConfigurationError(f"{path}: the product has a channel {name}. Name the file otherwise.")
        if not NAME.fullmatch(name):
            raise ConfigurationError(f"{path}: name it with lower-case letters, digits and underscores.")
        found[name] = DeclaredChannel(name, load_declaration(path))
    return found


def load_declaration(path: Path) -> Declaration:
    """Read the file that declares a channel.

    Raises:
        ConfigurationError: it cannot be read, or says what a declaration cannot; with file and line.
    """
    try:
        return as_declared(read_yaml(path))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(
            f"{faults(path, exc)}. Mend the file; see docs/how-to/connect-a-webhook-channel.md."
        ) from exc


@cache
def _with_code() -> Mapping[str, Channel]:
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
