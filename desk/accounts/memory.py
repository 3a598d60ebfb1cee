"""Accounts as they were last known, for as long as the database is away. Their secrets stay sealed in memory too."""

import asyncio
from collections import OrderedDict

from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.store.database import OUTAGES, is_outage

MOST = 10_000  # accounts that are remembered: those that were heard from last
FIND_SECONDS = 1.5  # a database that is there answers long before


class KnownAccounts:
    """Finds accounts in the register, else in memory."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._known: OrderedDict[str, AccountRow] = OrderedDict()

    async def find(self, slug: str, *, away: bool = False) -> AccountRow:
        """Find an account by its slug; `away`: the database need not be asked, it was away a moment ago.

        Raises:
            NotFound: there is none.
            sqlalchemy.exc.DBAPIError, TimeoutError: the database cannot be reached, and the account is not known.
        """
        if away and slug in self._known:
            return self._known[slug]
        try:
            async with asyncio.timeout(FIND_SECONDS):
                found = await self._register.find(slug)
        except OUTAGES as exc:
            if not is_outage(exc) or slug not in self._known:
                raise
            return self._known[slug]
        self._known[slug] = found
        self._known.move_to_end(slug)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return found
