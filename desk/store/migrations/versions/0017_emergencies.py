"""Emergencies that residents wrote of, and tickets that come before others."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "emergencies",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("kinds", JSONB(), nullable=False),
        sa.Column("beside", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("steps", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("told_by", sa.BigInteger(), nullable=False),
        sa.Column("kept", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("said", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_as", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_emergencies_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_emergencies"),
    )
    op.create_index(
        "uq_emergencies_open",
        "emergencies",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_emergencies_touched_at", "emergencies", ["touched_at"])
    op.create_index("ix_emergencies_conversation_id", "emergencies", ["conversation_id"])
    op.add_column("tickets", sa.Column("priority", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index(
        "ix_inbound_messages_emergency",
        "inbound_messages",
        ["answered_at"],
        postgresql_where=sa.text("outcome = 'emergency'"),
    )


def downgrade() -> None:
    op.drop_index("ix_inbound_messages_emergency", table_name="inbound_messages")
    op.drop_column("tickets", "priority")
    op.drop_table("emergencies")
