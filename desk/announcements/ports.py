"""What announcements need of rooms above them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.content import Draft
from desk.announcements.rows import AnnouncementRow


@dataclass(frozen=True, slots=True)
class Composed:
    """What is said on one account: `kind` is post or mass."""

    account: str
    channel: str
    kind: str
    text: str


class InPublic(Protocol):
    """Says announcements on public accounts of the agency that makes them."""

    async def check(self, row: AnnouncementRow) -> None:
        """Insist that the accounts can say it.

        Raises:
            Conflict: a platform's rules do not allow it, or no account can do it; the message says what to change.
        """

    async def says(self, city: str, agency: str) -> bool:
        """Whether there is an account on which alerts of an agency can be posted for everybody."""

    async def stands(self, connection: AsyncConnection, number: int) -> bool:
        """Whether something of an announcement stands there, or may."""

    async def composed(self, row: AnnouncementRow) -> Sequence[Composed]:
        """What it would say there.

        Raises:
            Conflict: as `check`.
        """

    async def queue(self, connection: AsyncConnection, row: AnnouncementRow) -> None:
        """Queue what it says there, in the transaction that publishes it."""

    async def take_back(self, connection: AsyncConnection, row: AnnouncementRow, over: Draft) -> None:
        """Queue that it was withdrawn, in the words of `over`, wherever it stands or may; in the same transaction."""


class Nowhere:
    """Where there are no public accounts, as in tests of the room alone: nothing is said in public."""

    async def check(self, row: AnnouncementRow) -> None:
        """Nothing is wrong."""

    async def says(self, city: str, agency: str) -> bool:  # noqa: ARG002 - one shape of both
        """There is none."""
        return False

    async def stands(self, connection: AsyncConnection, number: int) -> bool:  # noqa: ARG002 - as above
        """Nothing does."""
        return False

    async def composed(self, row: AnnouncementRow) -> Sequence[Composed]:  # noqa: ARG002 - as above
        """Nothing is said."""
        return ()

    async def queue(self, connection: AsyncConnection, row: AnnouncementRow) -> None:
        """Queue nothing."""

    async def take_back(self, connection: AsyncConnection, row: AnnouncementRow, over: Draft) -> None:
        """Nothing stands."""
