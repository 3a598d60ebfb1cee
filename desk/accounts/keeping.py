"""What operators do with accounts: each act with its permission and its record, in the transaction of the act."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desk.accounts import entering, replacing
from desk.accounts.register import Register
from desk.accounts.rows import AccountRow, AccountState, NewAccount
from desk.audit.trail import reason_of, record
from desk.contract.channel import MenuEntry
from desk.contract.errors import Conflict
from desk.contract.staff import Actor, Permission
from desk.contract.text import Text
from desk.staff.requests import Requests
from desk.staff.rows import RequestRow
from desk.store.database import transaction

if TYPE_CHECKING:
    from aiohttp import ClientSession

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{2,60}")
PAGE = 100

type Menus = Callable[[str], Sequence[MenuEntry]]
"""What residents of a city can do, as platforms show it in a menu."""


@dataclass(frozen=True)
class AccountKeeping:
    """The room for pages and commands."""

    register: Register

    async def all(
        self,
        actor: Actor,
        *,
        city: str | None = None,
        channel: str | None = None,
        state: str | None = None,
        after: int = 0,
        limit: int = PAGE,
    ) -> list[AccountRow]:
        """A page of accounts, in the order in which they were entered.

        Raises:
            NotPermitted: the actor looks after no accounts.
        """
        actor.require(Permission.CHANNEL_MANAGE)
        return await self.register.all(city=city, channel=channel, state=state, after=after, limit=limit)

    async def find(self, actor: Actor, slug: str) -> AccountRow:
        """An account, with its secrets still sealed.

        Raises:
            NotFound: there is none of a channel that receives or sends by itself.
            NotPermitted: the actor does not look after it.
        """
        found = await self.register.find(slug)
        actor.require(Permission.CHANNEL_MANAGE, found.city, found.agency)
        return found

    async def read(self, actor: Actor, slug: str) -> AccountRow:
        """The same for who is shown something of its secrets: that stands in the audit."""
        return await self._noted(actor, slug, "channel.read")

    async def poll(self, actor: Actor, slug: str) -> AccountRow:
        """The same for who asks its platform for what happens."""
        return await self._noted(actor, slug, "channel.poll")

    async def ask_to_add(self, actor: Actor, new: NewAccount, *, reason: str, requests: Requests) -> RequestRow:
        """Ask to enter an account of an agency; another has to allow it. Done at once where one is enough.

        Raises:
            NotFound: there is no such channel, city or agency.
            NotPermitted: the actor does not look after accounts of this agency.
            Conflict: its name cannot be in an address, or is taken or asked for; the platform's name of it is taken;
                no reason is given.
            ConfigurationError: the secrets are not what the channel needs; the message names fields, never values.
        """
        actor.require(Permission.CHANNEL_MANAGE, new.city, new.agency)
        insist_slug(new.slug, like=f"{new.city}_{new.channel}")
        return await entering.ask(self.register, requests, actor, new, reason=reason)

    async def ask_to_rotate(
        self,
        actor: Actor,
        slug: str,
        secrets: Mapping[str, str],
        *,
        reason: str,
        requests: Requests,
        platform_id: str | None = None,
    ) -> RequestRow:
        """Ask to replace an account's secrets; another has to allow it. Done at once where one is enough.

        Raises:
            NotFound: there is no such account.
            NotPermitted: the actor does not look after it.
            Conflict: it is asked for already; no reason is given.
            ConfigurationError: the secrets are not what the channel needs.
        """
        found = await self.find(actor, slug)
        return await replacing.ask(
            self.register, requests, actor, found, secrets, reason=reason, platform_id=platform_id
        )

    async def set_state(self, actor: Actor, slug: str, state: AccountState, reason: str = "") -> AccountRow:
        """Pause, stop or resume an account; who pauses or stops says why.

        Raises:
            NotFound: there is no such account.
            NotPermitted: the actor does not look after it.
            Conflict: no reason is given.
        """
        found = await self.find(actor, slug)
        why = None if state == "active" else reason_of(reason)
        async with transaction(self.register.engine) as connection:
            await self.register.set_state_in(connection, slug, state, why)
            await record(
                connection,
                actor,
                f"channel.{state}",
                subject=slug,
                city=found.city,
                agency=found.agency,
                reason=why or "",
            )
        return await self.register.find(slug)

    async def connect(self, actor: Actor, slug: str, http: "ClientSession", menus: Menus) -> Sequence[str]:
        """Set an account up at its platform, as far as the platform lets programs do it. Answers what was done.

        Raises:
            NotFound: there is no such account.
            NotPermitted: the actor does not look after it.
            BackendError: the platform did not do it.
            ConfigurationError: its secrets cannot be opened.
        """
        found = await self._noted(actor, slug, "channel.connect")
        channel = self.register.channel_of(found)
        return await channel.connect(http, self.register.opened(found), menus(found.city))

    async def _noted(self, actor: Actor, slug: str, act: str) -> AccountRow:
        """An account, once it is in the audit what is about to be done with it."""
        found = await self.find(actor, slug)
        async with transaction(self.register.engine) as connection:
            await record(connection, actor, act, subject=slug, city=found.city, agency=found.agency)
        return found


def insist_slug(slug: str, *, like: str) -> None:
    """Insist that the name of an account can stand in an address; `like` is one that can.

    Raises:
        Conflict: it cannot.
    """
    if SLUG.fullmatch(slug) is None:
        raise Conflict(
            f"{slug!r} cannot be in an address: take a-z, 0-9, _ and -, like {like}.",
            said=Text(key="console.error_account_slug"),
        )
