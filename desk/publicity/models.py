"""Tables of the publicity room."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.accounts.models import ChannelAccount
from desk.announcements.models import Announcement
from desk.store.database import Base


class PublicPost(Base):
    """An announcement said by an account on its platform: to everybody, or a part of those who subscribed there.

    `sending` is written before the platform is called: what still stands there when its job is done again was in the
    hands of somebody who died, and becomes `unknown`. It is never sent twice.
    """

    __tablename__ = "public_posts"
    __table_args__ = (
        UniqueConstraint("announcement_id", "account_id", "kind", "beyond"),
        Index("ix_public_posts_account_id", "account_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey(Announcement.id, ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey(ChannelAccount.id))
    kind: Mapped[str]  # post | mass
    beyond: Mapped[UUID]  # the resident after whom this part begins; zero for a post and the first part
    said: Mapped[str]
    state: Mapped[str] = mapped_column(
        server_default=text("'waiting'")
    )  # waiting | sending | sent | rejected | unknown
    residents: Mapped[int | None]  # how many a part was for
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    platform_id: Mapped[str | None]
    why: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


class AccountWatch(Base):
    """What is known of an account by asking its platform: where it was looked last, and how its credentials stand."""

    __tablename__ = "account_watches"

    account_id: Mapped[int] = mapped_column(ForeignKey(ChannelAccount.id), primary_key=True, autoincrement=False)
    since: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))  # the channel's own
    looked_at: Mapped[datetime | None]
    good: Mapped[bool | None]
    expires_at: Mapped[datetime | None]
    why: Mapped[str | None]
    checked_at: Mapped[datetime | None]
