"""Who was not told an announcement, and why: the states of its recipients add up."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0081"
down_revision: str | None = "0080"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

TABLE = "untold_notices"
SAID = "Whom an announcement was for who was not told of it after all"
WHY = (
    "muted: they want nothing unasked; unfollowed: it was held, and they left what it is about;"
    " over: it was held, and held no more when it was due"
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False, comment=WHY),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcements.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id", "announcement_id"),
        sa.CheckConstraint("why IN ('muted', 'unfollowed', 'over')", name="ck_untold_notices_why"),
    )
    op.create_index("ix_untold_notices_announcement_id", TABLE, ["announcement_id"])
    op.create_table_comment(TABLE, SAID)


def downgrade() -> None:
    op.drop_table(TABLE)
