"""Tables of the linking room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from desk.conversations.models import Conversation
from desk.db import Base


class LinkCode(Base):
    """A code that was shown in one conversation and proves, written in another, that both are one resident's."""

    __tablename__ = "link_codes"

    code: Mapped[bytes] = mapped_column(primary_key=True)  # a keyed hash
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), index=True)
    good_until: Mapped[datetime]
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), index=True)
