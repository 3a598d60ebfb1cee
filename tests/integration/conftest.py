"""The web and payments over a store, for tests of the chat API, the pages and payments."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from aiohttp import web_app
from fixtures import loaded
from fixtures.desk_command import ROOT, Typed
from fixtures.house import SECRET, House
from fixtures.payments import PayHouse, paying_at
from fixtures.staffed import StaffKeys
from fixtures.visiting import Hall, hall_at
from fixtures.web import Caller, Site, serving

from desk.app.runtime import Runtime, settings
from desk.cli.main import main
from sandbox.alipay.identity import ensure_keys


@pytest.fixture(autouse=True)
def applications_are_let_go() -> Iterator[None]:
    """aiohttp keeps handlers in a cache, and with each a test's whole application: some 20 MB."""
    yield
    web_app._cached_build_middleware.cache_clear()


@pytest_asyncio.fixture
async def site(house: House) -> AsyncIterator[Site]:
    """A running server."""
    async with serving(house) as site:
        yield site


@pytest_asyncio.fixture
async def caller(site: Site) -> Caller:
    """A resident with a session."""
    return await site.open()


@pytest.fixture(scope="session")
def pay_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of the pretend Alipay, made once."""
    return ensure_keys(tmp_path_factory.mktemp("pay-keys"))


@pytest_asyncio.fixture
async def paying(house: House, tmp_path: Path, pay_keys: Path) -> AsyncIterator[PayHouse]:
    """The house with payments and the pretend Alipay."""
    async with paying_at(house, tmp_path, pay_keys) as paying:
        yield paying


@pytest.fixture
def typed(
    house: House,
    tmp_path: Path,
    catalogs_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Typed]:
    """Type a command of the desk, in this process and beside the house: exit code, output, errors.

    Whoever types it does the daily work everywhere; with `who=None` nobody is logged in, with `key` whose it is acts.
    The cities are those of the checkout, which are not read anew for each command.
    """
    (tmp_path / "config.yml").touch()
    (tmp_path / "cities").symlink_to(ROOT / "cities")
    (tmp_path / "locales").symlink_to(catalogs_folder)
    monkeypatch.setenv("DESK_DATABASE_URL", house.database_url)
    monkeypatch.setenv("DESK_REDIS_URL", house.redis_url)
    monkeypatch.setenv("DESK_SECRET_KEY", SECRET)
    monkeypatch.setenv("DESK_ROOT_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))  # not where somebody really is logged in
    monkeypatch.setattr(Runtime, "cities", lambda _: loaded.cities())
    settings.cache_clear()

    def run() -> int:
        try:
            main()
        except SystemExit as exc:
            return int(exc.code or 0)
        return 0

    keys = StaffKeys(house.database_url)

    async def type_it(*words: str, who: str | None = "wang", key: str | None = None) -> tuple[int, str, str]:
        monkeypatch.delenv("DESK_STAFF_KEY", raising=False)
        for name, value in ({"DESK_STAFF_KEY": key} if key else await keys.setting(who)).items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["desk", *words])
        capsys.readouterr()  # what was said before is not the command's
        code = await asyncio.to_thread(run)
        said = capsys.readouterr()
        return code, said.out, said.err

    # What a command says of its logs ends with the test: no logger keeps it, and none writes where errors were read.
    configure, root, level = structlog.configure, logging.getLogger(), logging.getLogger().level
    monkeypatch.setattr(structlog, "configure", lambda **how: configure(**how | {"cache_logger_on_first_use": False}))
    yield type_it
    settings.cache_clear()
    structlog.reset_defaults()
    for handler in [one for one in root.handlers if type(one) is logging.StreamHandler]:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest_asyncio.fixture
async def hall(house: House, tmp_path: Path, pay_keys: Path) -> AsyncIterator[Hall]:
    """Residents who look at their own matters."""
    async with hall_at(house, tmp_path, pay_keys) as hall:
        yield hall
