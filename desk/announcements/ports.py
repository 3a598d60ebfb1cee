"""What announcements need of rooms above them."""

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.rows import AnnouncementRow


class InPublic(Protocol):
    """Says announcements on public accounts of the agency that makes them."""

    async def check(self, row: AnnouncementRow) -> None:
        """Insist that the accounts can say it.

        Raises:
            Conflict: a platform's rules do not allow it, or no account can do it; the message says what to change.
        """

    async def queue(self, connection: AsyncConnection, row: AnnouncementRow) -> None:
        """Queue what it says there, in the transaction that publishes it."""


class Nowhere:
    """Where there are no public accounts, as in tests of the room alone: nothing is said in public."""

    async def check(self, row: AnnouncementRow) -> None:
        """Nothing is wrong."""

    async def queue(self, connection: AsyncConnection, row: AnnouncementRow) -> None:
        """Queue nothing."""
