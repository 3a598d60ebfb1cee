"""What staff write on a ticket for finding and ordering: tags, and how soon it must be settled."""

import re
from collections.abc import Iterable

from sqlalchemy import text

from desk.city.answering import Urgency
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.tickets.queue import COLUMNS
from desk.tickets.room import Room
from desk.tickets.rows import TicketRow

MOST_TAGS = 10
LONGEST_TAG = 24  # characters
SEPARATORS = re.compile(r"[,，、;；\s]+")
TAG = text(f"UPDATE tickets SET tags = :tags WHERE id = :id RETURNING {COLUMNS}")
URGE = text(f"UPDATE tickets SET urgency = :urgency WHERE id = :id RETURNING {COLUMNS}")


class Labelling:
    """Tags and urgency."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def tag(self, actor: Actor, ticket_id: int, said: str) -> TicketRow:
        """Have a ticket carry these tags, apart by commas or blanks, and no others.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: they are too many or too long.
        """
        tags = tags_of(SEPARATORS.split(said))
        async with self._room.act(actor, ticket_id) as act:
            await act.change(TAG, tags=tags)
            act.done("tagged", "ticket.tag", count=len(tags))
        return act.ticket

    async def set_urgency(self, actor: Actor, ticket_id: int, urgency: str) -> TicketRow:
        """Say how soon a ticket must be settled (`Urgency`); its clocks follow at once.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: there is no such urgency.
        """
        if urgency not in set(Urgency):
            raise Conflict(f"{urgency!r} is no urgency; there are: {', '.join(Urgency)}.")
        async with self._room.act(actor, ticket_id, Permission.TICKET_ANSWER) as act:
            await act.change(URGE, urgency=urgency)
            act.done("urged", "ticket.urgency", urgency=urgency)
        return act.ticket


def tags_of(said: Iterable[str]) -> list[str]:
    """Tags as they are kept: in lower case, each once.

    Raises:
        Conflict: they are too many or too long.
    """
    tags = list(dict.fromkeys(one.strip().lower() for one in said if one.strip()))
    if len(tags) > MOST_TAGS or any(len(one) > LONGEST_TAG for one in tags):
        raise Conflict(
            f"A ticket has at most {MOST_TAGS} tags of {LONGEST_TAG} characters.",
            said=Text(key="console.error_ticket_tags", args={"most": MOST_TAGS, "longest": LONGEST_TAG}),
        )
    return tags
