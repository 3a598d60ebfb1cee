"""Channels: accounts with sealed secrets, reachable residents, what happened besides messages, and the outbox."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0009"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    of_accounts: tuple[sa.Column[Any], ...] = (
        sa.Column("platform_id", sa.Text()),
        sa.Column("base_url", sa.Text()),
        sa.Column("secrets", sa.LargeBinary()),
        sa.Column("secrets_before", sa.LargeBinary()),
        sa.Column("rotated_at", TIME),
        sa.Column("state", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("probe_at", TIME),
        sa.Column("rate", sa.Float()),
    )
    for column in of_accounts:
        op.add_column("channel_accounts", column)
    op.create_unique_constraint(
        "uq_channel_accounts_channel_platform_id", "channel_accounts", ["channel", "platform_id"]
    )
    op.create_index("ix_channel_accounts_city", "channel_accounts", ["city", "channel", "id"])
    of_residents: tuple[sa.Column[Any], ...] = (
        sa.Column("address", sa.LargeBinary()),
        sa.Column("state", sa.Text(), server_default=sa.text("'reachable'"), nullable=False),
        sa.Column("state_at", TIME),
        sa.Column("heard_at", TIME),
    )
    for column in of_residents:
        op.add_column("residents", column)
    op.add_column("conversations", sa.Column("pushes", sa.Text(), server_default=sa.text("'nothing'"), nullable=False))
    op.add_column("inbound_messages", sa.Column("wished", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "channel_events",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("happened_at", TIME, nullable=False),
        sa.Column("received_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_accounts.id"], name="fk_channel_events_account_id_channel_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_channel_events_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_channel_events"),
        sa.UniqueConstraint("account_id", "external_id", name="uq_channel_events_account_id_external_id"),
    )
    op.create_index("ix_channel_events_conversation_id", "channel_events", ["conversation_id"])
    op.create_table(
        "channel_files",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["inbound_messages.id"],
            name="fk_channel_files_message_id_inbound_messages",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_accounts.id"], name="fk_channel_files_account_id_channel_accounts"
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_channel_files"),
    )
    op.create_table(
        "deliveries",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("pieces", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempt", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("uncertain", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("platform_ids", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id", "seq"],
            ["outbound_messages.conversation_id", "outbound_messages.seq"],
            name="fk_deliveries_conversation_id_outbound_messages",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_accounts.id"], name="fk_deliveries_account_id_channel_accounts"
        ),
        sa.PrimaryKeyConstraint("conversation_id", "seq", name="pk_deliveries"),
        postgresql_with={"fillfactor": 60},
    )
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["lane", "account_id", "due_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_deliveries_sending", "deliveries", ["lease_until"], postgresql_where=sa.text("state = 'sending'")
    )
    op.create_index(
        "ix_deliveries_dead",
        "deliveries",
        ["account_id", "ended_at"],
        postgresql_where=sa.text("state IN ('dead', 'unknown')"),
    )


def downgrade() -> None:
    for table in ("deliveries", "channel_files", "channel_events"):
        op.drop_table(table)
    op.drop_column("inbound_messages", "wished")
    op.drop_column("conversations", "pushes")
    for column in ("heard_at", "state_at", "state", "address"):
        op.drop_column("residents", column)
    op.drop_index("ix_channel_accounts_city", table_name="channel_accounts")
    op.drop_constraint("uq_channel_accounts_channel_platform_id", "channel_accounts")
    for column in (
        "rate",
        "probe_at",
        "reason",
        "state",
        "rotated_at",
        "secrets_before",
        "secrets",
        "base_url",
        "platform_id",
    ):
        op.drop_column("channel_accounts", column)
