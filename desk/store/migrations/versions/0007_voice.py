"""Stops of the voice, and the manner in which a conversation is held."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "voice_stops",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stopped_by", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=True),
        sa.Column("started_reason", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["channel_accounts.id"], name="fk_voice_stops_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_voice_stops"),
    )
    op.create_index(
        "uq_voice_stops_holding",
        "voice_stops",
        ["scope", "subject"],
        unique=True,
        postgresql_where=sa.text("started_at IS NULL"),
    )
    op.add_column("conversations", sa.Column("manner", sa.Text(), server_default=sa.text("'standard'"), nullable=False))


def downgrade() -> None:
    op.drop_column("conversations", "manner")
    op.drop_index("uq_voice_stops_holding", table_name="voice_stops")
    op.drop_table("voice_stops")
