"""The payments room: orders with their items and events, notifications, refunds, receipts, differences."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "payment_differences",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("refund", sa.Text(), nullable=False),
        sa.Column("billed", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("ours", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("mended", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payment_differences"),
        sa.UniqueConstraint(
            "day", "kind", "order_number", "refund", name="uq_payment_differences_day_kind_order_number_refund"
        ),
    )
    op.create_table(
        "orders",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("refunded", sa.Numeric(precision=12, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=True),
        sa.Column("qr_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_page_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("may_be_booked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("refunded >= 0 AND refunded <= amount", name="ck_orders_refunded"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_orders_conversation_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_orders"),
        sa.UniqueConstraint("trade_no", name="uq_orders_trade_no"),
    )
    op.create_index("ix_orders_conversation_id", "orders", ["conversation_id", "created_at"], unique=False)
    op.create_index("ix_orders_paid_at", "orders", ["paid_at"], unique=False)
    op.create_index(
        "ix_orders_unsettled",
        "orders",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('open', 'paid', 'refunding')"),
    )
    op.create_table(
        "order_events",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("happening", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_number"], ["orders.number"], name="fk_order_events_order_number", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_events"),
    )
    op.create_index("ix_order_events_order_number", "order_events", ["order_number"], unique=False)
    op.create_table(
        "order_items",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("reference_hash", sa.LargeBinary(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("agency_receipt", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_number"], ["orders.number"], name="fk_order_items_order_number", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_number", "place", name="pk_order_items"),
    )
    op.create_index("ix_order_items_reference_hash", "order_items", ["reference_hash"], unique=False)
    op.create_table(
        "payment_notifications",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("trade_status", sa.Text(), nullable=False),
        sa.Column("out_biz_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("trade_no", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_number"], ["orders.number"], name="fk_payment_notifications_order_number", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_notifications"),
        sa.UniqueConstraint(
            "order_number",
            "trade_status",
            "out_biz_no",
            "kind",
            name="uq_payment_notifications_once",
        ),
    )
    op.create_table(
        "receipts",
        sa.Column("serial", sa.BigInteger(), sa.Identity(always=False, start=1000001), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_number"], ["orders.number"], name="fk_receipts_order_number", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("serial", name="pk_receipts"),
        sa.UniqueConstraint("order_number", name="uq_receipts_order_number"),
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_number"], ["orders.number"], name="fk_refunds_order_number", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
    )
    op.create_index("ix_refunds_order_number", "refunds", ["order_number"], unique=False)
    op.create_index(
        "ix_refunds_pending", "refunds", ["created_at"], unique=False, postgresql_where=sa.text("status = 'pending'")
    )


def downgrade() -> None:
    op.drop_index("ix_refunds_pending", table_name="refunds", postgresql_where=sa.text("status = 'pending'"))
    op.drop_index("ix_refunds_order_number", table_name="refunds")
    op.drop_table("refunds")
    op.drop_table("receipts")
    op.drop_table("payment_notifications")
    op.drop_index("ix_order_items_reference_hash", table_name="order_items")
    op.drop_table("order_items")
    op.drop_index("ix_order_events_order_number", table_name="order_events")
    op.drop_table("order_events")
    op.drop_index(
        "ix_orders_unsettled", table_name="orders", postgresql_where=sa.text("status IN ('open', 'paid', 'refunding')")
    )
    op.drop_index("ix_orders_paid_at", table_name="orders")
    op.drop_index("ix_orders_conversation_id", table_name="orders")
    op.drop_table("orders")
    op.drop_table("payment_differences")
