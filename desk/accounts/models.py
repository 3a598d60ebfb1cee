"""Tables of the accounts room."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base


class Agency(Base):
    """An office of a city that speaks through accounts and answers tickets. Written from `cities/*.yml`."""

    __tablename__ = "agencies"
    __table_args__ = (UniqueConstraint("city", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str]
    slug: Mapped[str]
    names: Mapped[dict[str, Any]]  # {"zh_Hans": …, "en": …}


class ChannelAccount(Base):
    """An agency's account on one channel: what residents write to. `slug` is unique everywhere."""

    __tablename__ = "channel_accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey(Agency.id))
    channel: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    city: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
