"""Sessions that end: all tokens in one table, with an idle end; signatures of webhooks that were used."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("access_tokens", sa.Column("idle_until", TIME, nullable=True))
    op.execute("UPDATE access_tokens SET idle_until = good_until")
    op.execute("""
        INSERT INTO access_tokens (hash, conversation_id, good_until, idle_until)
        SELECT token_hash, id, now() + interval '30 days', now() + interval '7 days'
        FROM conversations WHERE token_hash IS NOT NULL
    """)
    op.alter_column("access_tokens", "idle_until", nullable=False)
    op.create_index("ix_access_tokens_idle_until", "access_tokens", ["idle_until"])
    op.drop_column("conversations", "token_hash")
    op.create_table(
        "used_signatures",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("good_until", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_accounts.id"], name="fk_used_signatures_account_id_channel_accounts"
        ),
        sa.PrimaryKeyConstraint("account_id", "word", name="pk_used_signatures"),
    )
    op.create_index("ix_used_signatures_good_until", "used_signatures", ["good_until"])


def downgrade() -> None:
    op.drop_table("used_signatures")
    op.add_column("conversations", sa.Column("token_hash", sa.LargeBinary(), nullable=True))
    op.execute("""
        UPDATE conversations SET token_hash = (
            SELECT hash FROM access_tokens WHERE conversation_id = conversations.id ORDER BY good_until DESC LIMIT 1
        )
    """)
    op.create_unique_constraint("uq_conversations_token_hash", "conversations", ["token_hash"])
    op.drop_index("ix_access_tokens_idle_until", table_name="access_tokens")
    op.drop_column("access_tokens", "idle_until")
