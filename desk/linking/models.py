"""Tables of the linking room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from desk.conversations.models import Conversation
from desk.store.database import Base


class LinkedPerson(Base):
    """A resident of several channels: the city and the language that all their conversations follow."""

    __tablename__ = "linked_persons"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    city: Mapped[str]
    locale: Mapped[str]


class LinkedConversation(Base):
    """A conversation that belongs to such a resident."""

    __tablename__ = "linked_conversations"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(LinkedPerson.id, ondelete="CASCADE"), index=True)
    linked_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LinkCode(Base):
    """A code that was shown in a conversation and is to be typed in another; one at a time, for some minutes."""

    __tablename__ = "link_codes"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)  # keyed
    good_until: Mapped[datetime]
    claimed_by: Mapped[UUID | None] = mapped_column(  # where it was typed, and a yes is awaited
        ForeignKey(Conversation.id, ondelete="SET NULL"), index=True
    )


class LinkNews(Base):
    """What is still to be said in another conversation: that a channel was linked or parted. Said, the row is gone."""

    __tablename__ = "link_news"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), index=True)
    what: Mapped[str]  # joined | parted
    channel: Mapped[str]
