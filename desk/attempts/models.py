"""Tables of the attempts room. All keys are keyed hashes; nothing in them can be read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, false, func
from sqlalchemy.orm import Mapped, mapped_column

from desk.conversations.models import Conversation
from desk.store.database import Base


class Attempt(Base):
    """Something that counts: a wrong proof, a code that was asked for, a booking that was summed up. Kept for a day."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[bytes]  # of what is counted
    about: Mapped[bytes | None]  # of what it was about, where different ones count
    city: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class Proof(Base):
    """That a conversation has proved a subject: strangers who guess at it do not stop it, and it is told of them."""

    __tablename__ = "proofs"

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey(Conversation.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    is_person: Mapped[bool] = mapped_column(server_default=false())  # by a code to a person's telephone
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    warned_at: Mapped[datetime | None]


class Reservation(Base):
    """That something is open for a telephone, an id or a caller: summed up, or made and not over."""

    __tablename__ = "reservations"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    matter: Mapped[bytes] = mapped_column(primary_key=True, index=True)
    city: Mapped[str]
    until: Mapped[datetime] = mapped_column(index=True)


class WishedCode(Base):
    """A one-time code that is still to be sent; sent or given up, the row is gone.

    `private` says for whom, sealed by the conversation's key.
    """

    __tablename__ = "wished_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), index=True)
    private: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class OwnerWarning(Base):
    """What is still to be said to an owner: that somebody guessed at what is theirs. Said, the row is gone."""

    __tablename__ = "attempt_warnings"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), index=True)
    service: Mapped[str]
