"""Tables of the announcements room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from desk.conversations.models import Conversation
from desk.store.database import Base


class Announcement(Base):
    """Something that an agency made known. `titles` and `texts` are names as data have them, by language."""

    __tablename__ = "announcements"
    __table_args__ = (Index("ix_announcements_city", "city", "published_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str]
    agency: Mapped[str]
    topic: Mapped[str]
    district: Mapped[str | None]  # None: the whole city
    titles: Mapped[dict[str, str]] = mapped_column(JSONB)
    texts: Mapped[dict[str, str]] = mapped_column(JSONB)
    link: Mapped[str | None]
    published_by: Mapped[str]
    published_at: Mapped[datetime]
    until: Mapped[datetime | None]  # when it is out of date
    withdrawn_at: Mapped[datetime | None]


class SubscriptionRow(Base):
    """A conversation that wants to hear of a topic. `district` is empty for the whole city."""

    __tablename__ = "subscriptions"
    __table_args__ = (Index("ix_subscriptions_topic", "city", "topic", "conversation_id"),)

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), primary_key=True)
    city: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    district: Mapped[str] = mapped_column(primary_key=True, server_default=text("''"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AnnouncementDelivery(Base):
    """An announcement that was said in a conversation: each once."""

    __tablename__ = "announcement_deliveries"

    announcement_id: Mapped[int] = mapped_column(ForeignKey(Announcement.id, ondelete="CASCADE"), primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id, ondelete="CASCADE"), primary_key=True)
    said_at: Mapped[datetime] = mapped_column(server_default=func.now())
