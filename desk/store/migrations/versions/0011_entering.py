"""Entering: tokens of lasting conversations, entries that were used, and who residents are proved to be."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("good_until", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_access_tokens_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("hash", name="pk_access_tokens"),
    )
    op.create_index("ix_access_tokens_conversation_id", "access_tokens", ["conversation_id"])
    op.create_index("ix_access_tokens_good_until", "access_tokens", ["good_until"])
    op.create_table(
        "used_entries",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sa.Column("good_until", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_accounts.id"], name="fk_used_entries_account_id_channel_accounts"
        ),
        sa.PrimaryKeyConstraint("account_id", "word", name="pk_used_entries"),
    )
    op.create_index("ix_used_entries_good_until", "used_entries", ["good_until"])
    op.create_table(
        "certificates",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("proved_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("good_until", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_certificates_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_certificates"),
    )


def downgrade() -> None:
    for table in ("certificates", "used_entries", "access_tokens"):
        op.drop_table(table)
