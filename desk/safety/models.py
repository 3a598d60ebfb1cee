"""Tables of the safety room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from desk.conversations.models import Conversation
from desk.store.database import Base


class Emergency(Base):
    """One emergency of a conversation, from the message that told of it until it is over. At most one is open."""

    __tablename__ = "emergencies"
    __table_args__ = (
        Index("uq_emergencies_open", "conversation_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_emergencies_touched_at", "touched_at"),
        Index("ix_emergencies_conversation_id", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"))
    city: Mapped[str]
    kind: Mapped[str]  # a folder of nlu/safety: the one told of last
    kinds: Mapped[list[str]]  # all that were told of, in order
    beside: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))  # kinds that were nearly as likely
    steps: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))  # <kind>:<place>, as they were said
    told_by: Mapped[int]  # the message that told of it first
    kept: Mapped[list[int]] = mapped_column(JSONB, server_default=text("'[]'"))  # messages that are a place or a file
    said: Mapped[int] = mapped_column(server_default=text("0"))  # answers given: chooses the next one
    opened_at: Mapped[datetime] = mapped_column(server_default=func.now())
    touched_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]  # over | wish | silence | none
