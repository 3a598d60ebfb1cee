"""Tables of the voice."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.accounts.models import ChannelAccount
from desk.store.database import Base


class VoiceStop(Base):
    """A time in which the bot said nothing, of everything, a city or an account. Rows are never changed but to end.

    `subject` is the slug of the city or account, empty for everything. What is not ended holds.
    """

    __tablename__ = "voice_stops"
    __table_args__ = (
        Index("uq_voice_stops_holding", "scope", "subject", unique=True, postgresql_where=text("started_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str]  # everything | city | account
    subject: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey(ChannelAccount.id))
    reason: Mapped[str]
    stopped_by: Mapped[str]
    stopped_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_by: Mapped[str | None]
    started_reason: Mapped[str | None]
    started_at: Mapped[datetime | None]
