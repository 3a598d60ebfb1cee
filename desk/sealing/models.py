"""Tables of sealing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, func
from sqlalchemy.orm import Mapped, mapped_column

from desk.store.database import Base


class ConversationKey(Base):
    """The key that seals what is kept of a conversation, wrapped. What it sealed cannot be read once it is dropped."""

    __tablename__ = "conversation_keys"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    generation: Mapped[int]  # grows with each erasure
    master: Mapped[str] = mapped_column(index=True)  # the name of the master key that wraps it
    wrapped: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PlainConversation(Base):
    """A conversation of before data were sealed, of which something is still plain."""

    __tablename__ = "plain_conversations"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)


class Opening(Base):
    """That somebody read what a conversation holds: who, when, why; never what. Appended, never changed."""

    __tablename__ = "openings"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)
    conversation_id: Mapped[UUID] = mapped_column(index=True)  # no foreign key: it outlives the conversation
    purpose: Mapped[str]  # desk.sealing.opening.Purpose
    reader: Mapped[str]
