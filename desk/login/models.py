"""Tables of the entering room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from desk.accounts.models import ChannelAccount
from desk.conversations.models import Conversation
from desk.store.database import Base


class UsedEntry(Base):
    """A word of an entry that was used: it is good for nothing any more. Kept until the entry would be over anyway."""

    __tablename__ = "used_entries"

    account_id: Mapped[int] = mapped_column(ForeignKey(ChannelAccount.id), primary_key=True)
    word: Mapped[bytes] = mapped_column(primary_key=True)  # SHA-256
    good_until: Mapped[datetime] = mapped_column(index=True)


class CertificateOf(Base):
    """Who a platform says that the resident of a conversation is. `sealed` holds name and id number."""

    __tablename__ = "certificates"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes]
    issuer: Mapped[str]  # the channel
    proved_at: Mapped[datetime] = mapped_column(server_default=func.now())
    good_until: Mapped[datetime]
