"""Tables of the intake room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from desk.accounts.models import ChannelAccount
from desk.conversations.models import Conversation, InboundMessage
from desk.store.database import Base


class UsedSignature(Base):
    """A platform's signature that does not cover what it brings: good for the one body that it came with first."""

    __tablename__ = "used_signatures"

    account_id: Mapped[int] = mapped_column(ForeignKey(ChannelAccount.id), primary_key=True)
    word: Mapped[bytes] = mapped_column(primary_key=True)  # SHA-256
    body: Mapped[bytes]  # likewise
    good_until: Mapped[datetime] = mapped_column(index=True)


class ChannelEvent(Base):
    """Something that happened on a platform and is no message: an edit, a coming or leaving, a mention."""

    __tablename__ = "channel_events"
    __table_args__ = (UniqueConstraint("account_id", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(ChannelAccount.id))
    external_id: Mapped[str]  # a keyed hash of the platform's
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), index=True)
    kind: Mapped[str]  # edited | came | left | mentioned | erased
    body: Mapped[dict[str, Any]]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    outcome: Mapped[str | None]  # of a mention: sending | sent | …


class ChannelFile(Base):
    """A file that a resident sent and that is still to be loaded; its message waits until then."""

    __tablename__ = "channel_files"

    message_id: Mapped[int] = mapped_column(
        ForeignKey(InboundMessage.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    account_id: Mapped[int] = mapped_column(ForeignKey(ChannelAccount.id))
    reference: Mapped[str]  # the platform's
    kind: Mapped[str]
    size: Mapped[int | None]
