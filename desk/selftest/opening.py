"""Builds the examiner."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from desk.city.files import City
from desk.conversations.bot import BotClient
from desk.kill_switch.service import KillSwitch
from desk.selftest.questions import load_questions
from desk.selftest.service import SelfTest
from desk.texts.catalogs import Catalogs


def open_selftest(
    root: Path,
    bot: BotClient,
    engine: AsyncEngine,
    cities: Mapping[str, City],
    now: Callable[[], datetime],
    *,
    stops_voice: bool,
) -> SelfTest:
    """The examiner of an installation. `root` is the folder with `locales/` and `selftest/`.

    Raises:
        ConfigurationError: the questions are wrong.
    """
    catalogs = Catalogs(root / "locales", strict=True)
    return SelfTest(bot, catalogs, cities, load_questions(root), now, KillSwitch(engine), stops_voice)
