"""Tables of the tickets room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.conversations.models import Conversation
from desk.store.database import Base


class Ticket(Base):
    """A conversation in a person's hands, or a matter that a person must settle beside it.

    A conversation has at most one ticket that is open or claimed, besides those of matters: these hold nobody up until
    they are claimed. Of one matter there is one ticket, ever; it outlives what the resident erases.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index(
            "uq_tickets_live",
            "conversation_id",
            unique=True,
            postgresql_where=text("state IN ('open', 'claimed') AND matter IS NULL"),
        ),
        Index("uq_tickets_matter", "matter", unique=True, postgresql_where=text("matter IS NOT NULL")),
        Index("ix_tickets_queue", "city", "id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(Identity(start=1001), primary_key=True)  # short references from the first
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(Conversation.id, ondelete="CASCADE"), index=True
    )  # None: of a matter whose resident had everything erased
    city: Mapped[str]
    state: Mapped[str] = mapped_column(
        server_default=text("'open'")
    )  # open | claimed | handed_back | closed | withdrawn
    opened_by: Mapped[str]  # resident | bot | system
    reason: Mapped[str]  # asked | not_understood | anger | failed | refund | voice_stopped, or the kind of a matter
    service: Mapped[str | None]
    matter: Mapped[str | None]  # what must be settled, as its room names it: kind, colon, number
    claimed_by: Mapped[str | None]
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    claimed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]  # when the resident was told again where in the queue they stand
    priority: Mapped[int] = mapped_column(server_default=text("0"))  # higher ones come first: 1 is an emergency
    notices: Mapped[int] = mapped_column(server_default=text("0"))  # short notices given while it waited
