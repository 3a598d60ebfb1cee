"""The pretend Alipay as a platform on which residents write: the mini programs of cities.

Its gateway, members and trades are the one pretend Alipay's (`system.py`); here is how a mini program is known there.
"""

from collections.abc import AsyncIterator, Iterable

from aiohttp import web

from sandbox.alipay.identity import ALIPAY_PUBLIC, APP_PRIVATE, ensure_keys, mini_program
from sandbox.alipay.members import TEMPLATE
from sandbox.platforms import Identity, PlatformAccount, Setting

NAME = "alipay"


def account_of(city: str, identity: Identity) -> PlatformAccount:
    """The mini program of a city: an application of its own, which has the key pair of all at the pretend Alipay."""
    folder, application = ensure_keys(identity.data_dir), mini_program(city)
    return PlatformAccount(
        platform=NAME,
        city=city,
        slug=f"{city}_{NAME}",
        platform_id=application,
        secrets={
            "app_id": application,
            "app_key": (folder / APP_PRIVATE).read_text(encoding="ascii"),
            "alipay_public_key": (folder / ALIPAY_PUBLIC).read_text(encoding="ascii"),
            "news_template": TEMPLATE,
        },
    )


class MiniPrograms:
    """The platform: all of it is the pretend Alipay's already."""

    name = NAME

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return ()

    def reload(self) -> None:
        """Nothing is kept here."""

    async def lifetime(self, _: web.Application) -> AsyncIterator[None]:
        yield


def open_platform(_: Setting) -> MiniPrograms:
    return MiniPrograms()
