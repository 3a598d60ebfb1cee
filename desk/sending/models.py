"""Tables of the sending room."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.accounts.models import ChannelAccount
from desk.conversations.models import OutboundMessage
from desk.store.database import Base


class Delivery(Base):
    """The sending of one message of a conversation's stream, written in the transaction that wrote the message.

    `sending` is written before the platform is called: it is the fence. What still stands there when its lease is over
    was in the hands of somebody who died, and becomes `unknown`.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["conversation_id", "seq"], [OutboundMessage.conversation_id, OutboundMessage.seq], ondelete="CASCADE"
        ),
        Index("ix_deliveries_waiting", "lane", "account_id", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_deliveries_sending", "lease_until", postgresql_where=text("state = 'sending'")),
        Index("ix_deliveries_dead", "account_id", "ended_at", postgresql_where=text("state IN ('dead', 'unknown')")),
        {"postgresql_with": {"fillfactor": 60}},  # room for the versions of its states
    )

    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey(ChannelAccount.id))
    lane: Mapped[int]  # 0 replies | 1 bulk
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))  # desk.sending.states
    pieces: Mapped[int] = mapped_column(server_default=text("0"))  # that were sent
    due_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    attempt: Mapped[int] = mapped_column(server_default=text("0"))  # the fence of whoever has it in hand
    lease_until: Mapped[datetime | None]
    uncertain: Mapped[bool] = mapped_column(server_default=false())  # of a piece that was sent nothing is known
    platform_ids: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]
