"""Tables of the accounts room."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.store.database import Base


class Agency(Base):
    """An office of a city that speaks through accounts and answers tickets. Written from `cities/*.yml`."""

    __tablename__ = "agencies"
    __table_args__ = (UniqueConstraint("city", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str]
    slug: Mapped[str]
    names: Mapped[dict[str, Any]]  # {"zh_Hans": …, "en": …}


class ChannelAccount(Base):
    """An agency's account on one channel: what residents write to. `slug` is unique everywhere, and stays."""

    __tablename__ = "channel_accounts"
    __table_args__ = (
        UniqueConstraint("channel", "platform_id"),
        Index("ix_channel_accounts_city", "city", "channel", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey(Agency.id))
    channel: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    city: Mapped[str]
    platform_id: Mapped[str | None]  # what the platform calls it; public
    base_url: Mapped[str | None]  # of the platform, where it is not the usual one
    secrets: Mapped[bytes | None]  # sealed JSON of the channel's `Secrets`
    secrets_before: Mapped[bytes | None]  # those that were replaced at `rotated_at`: good for a while longer
    rotated_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default=text("'active'"))  # active | paused | stopped
    reason: Mapped[str | None]  # why it is not active
    probe_at: Mapped[datetime | None]  # paused by an outage: when one message is tried
    rate: Mapped[float | None]  # calls a second, where they are fewer than the channel's
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
