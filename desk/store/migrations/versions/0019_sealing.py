"""Keys of conversations, wrapped; conversations that hold something plain yet; who read what a conversation holds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "conversation_keys",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("master", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_conversation_keys_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_conversation_keys"),
    )
    op.create_index("ix_conversation_keys_master", "conversation_keys", ["master"], unique=False)
    op.create_table(
        "plain_conversations",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_plain_conversations_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_plain_conversations"),
    )
    op.execute("INSERT INTO plain_conversations (conversation_id) SELECT id FROM conversations")
    op.create_table(
        "openings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_openings"),
    )
    op.create_index("ix_openings_at", "openings", ["at"], unique=False)
    op.create_index("ix_openings_conversation_id", "openings", ["conversation_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_openings_conversation_id", table_name="openings")
    op.drop_index("ix_openings_at", table_name="openings")
    op.drop_table("openings")
    op.drop_table("plain_conversations")
    op.drop_index("ix_conversation_keys_master", table_name="conversation_keys")
    op.drop_table("conversation_keys")
