"""Tables of the payments room. Money is numeric(12, 2), yuan."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.conversations.models import Conversation
from desk.store.database import Base

MONEY = Numeric(12, 2)


class Order(Base):
    """What is to be paid once. Outlives its conversation: it is an account of money.

    `private` holds what is about a person (items, subject), sealed; nothing in it is needed to move money.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("refunded >= 0 AND refunded <= amount", name="refunded"),
        Index("ix_orders_conversation_id", "conversation_id", "created_at"),
        Index("ix_orders_unsettled", "created_at", postgresql_where=text("status IN ('open', 'paid', 'refunding')")),
        Index("ix_orders_paid_at", "paid_at"),
    )

    number: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey(Conversation.id, ondelete="SET NULL"))
    city: Mapped[str]
    service: Mapped[str]
    agency: Mapped[str]
    locale: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(MONEY)
    refunded: Mapped[Decimal] = mapped_column(MONEY, server_default=text("0"))
    status: Mapped[str] = mapped_column(server_default=text("'open'"))  # desk.payments.states.State
    private: Mapped[bytes]
    trade_no: Mapped[str | None] = mapped_column(unique=True)  # the gateway's
    qr_code: Mapped[str | None]  # what the QR code says, once the gateway made one
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    opened_page_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    booked_at: Mapped[datetime | None]
    may_be_booked: Mapped[bool] = mapped_column(
        server_default=text("false")
    )  # the agency may have acted without saying so


class OrderItem(Base):
    """One thing an order pays for. `reference_hash` finds orders of the same thing; the reference itself is sealed."""

    __tablename__ = "order_items"
    __table_args__ = (Index("ix_order_items_reference_hash", "reference_hash"),)

    order_number: Mapped[str] = mapped_column(ForeignKey(Order.number, ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)  # in the order of the sealed items
    reference_hash: Mapped[bytes]
    amount: Mapped[Decimal] = mapped_column(MONEY)
    outcome: Mapped[str | None]  # booked | refused
    code: Mapped[str | None]  # why the agency refused it
    agency_receipt: Mapped[str | None]


class OrderEvent(Base):
    """What happened to an order, appended and never changed."""

    __tablename__ = "order_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey(Order.number, ondelete="CASCADE"), index=True)
    happening: Mapped[str]  # desk.payments.states.Happening
    status: Mapped[str]  # after it
    source: Mapped[str]  # turn | notification | query | bill | job | clerk | erasure | reset
    amount: Mapped[Decimal | None] = mapped_column(MONEY)
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class PaymentNotification(Base):
    """A verified notification of the gateway; each once, however often it came."""

    __tablename__ = "payment_notifications"
    __table_args__ = (
        UniqueConstraint("order_number", "trade_status", "out_biz_no", "kind", name="uq_payment_notifications_once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey(Order.number, ondelete="CASCADE"))
    trade_status: Mapped[str]
    out_biz_no: Mapped[str]  # of a refund; else empty
    kind: Mapped[str]  # notify_type
    trade_no: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Refund(Base):
    """Money on its way back. Its id is the gateway's request number: one request is carried out once."""

    __tablename__ = "refunds"
    __table_args__ = (Index("ix_refunds_pending", "created_at", postgresql_where=text("status = 'pending'")),)

    id: Mapped[str] = mapped_column(primary_key=True)  # order number, hyphen, counter
    order_number: Mapped[str] = mapped_column(ForeignKey(Order.number, ondelete="CASCADE"), index=True)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    reason: Mapped[str]  # not_taken | not_reached | clerk | rule
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))  # pending | done | refused
    code: Mapped[str | None]  # why the gateway refused it
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    tried_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[datetime | None]


class Receipt(Base):
    """One for each booked order."""

    __tablename__ = "receipts"

    serial: Mapped[int] = mapped_column(Identity(start=1000001), primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey(Order.number, ondelete="CASCADE"), unique=True)
    issued_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PaymentDifference(Base):
    """Something in which a day's bill and our orders do not agree."""

    __tablename__ = "payment_differences"
    __table_args__ = (UniqueConstraint("day", "kind", "order_number", "refund"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    kind: Mapped[str]  # desk.payments.reconciliation.Kind
    order_number: Mapped[str]  # as the bill has it; perhaps none of ours
    refund: Mapped[str]  # request number; else empty
    billed: Mapped[Decimal | None] = mapped_column(MONEY)
    ours: Mapped[Decimal | None] = mapped_column(MONEY)
    mended: Mapped[bool] = mapped_column(server_default=text("false"))
    found_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BillDay(Base):
    """A day whose bill was compared with our orders, as it was the last time."""

    __tablename__ = "bill_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    payments: Mapped[int]  # lines of the bill
    refunds: Mapped[int]
    differences: Mapped[int]
    compared_at: Mapped[datetime] = mapped_column(server_default=func.now())
