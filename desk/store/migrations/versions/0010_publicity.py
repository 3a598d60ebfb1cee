"""Publicity: announcements on public accounts, where a platform was looked at last, how credentials stand."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "public_posts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("beyond", sa.Uuid(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("residents", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("platform_id", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name="fk_public_posts_announcement_id_announcements",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_accounts.id"], name="fk_public_posts_account_id_channel_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_public_posts"),
        sa.UniqueConstraint(
            "announcement_id",
            "account_id",
            "kind",
            "beyond",
            name="uq_public_posts_announcement_id_account_id_kind_beyond",
        ),
    )
    op.create_index("ix_public_posts_account_id", "public_posts", ["account_id"])
    op.create_table(
        "account_watches",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("since", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("looked_at", TIME, nullable=True),
        sa.Column("good", sa.Boolean(), nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("checked_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_accounts.id"], name="fk_account_watches_account_id_channel_accounts"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_account_watches"),
    )


def downgrade() -> None:
    op.drop_table("account_watches")
    op.drop_index("ix_public_posts_account_id", table_name="public_posts")
    op.drop_table("public_posts")
