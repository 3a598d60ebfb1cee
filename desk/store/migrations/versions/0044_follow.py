"""Who wants nothing unasked, what platforms charged for messages, and whether they arrived."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0044"
down_revision: str | None = "0043"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

MUTED = "Since when they want nothing that nobody asked for but alerts; null: they do"
PARTS = "What the platform charges for it, as it counts: parts of a text message; 0: it charges nothing"
REPORTS = "What the platform told later of each of `platform_ids`: true, it arrived; false, it did not"
RHYTHMS = "How often announcements come to a resident who chose it: the latest choice of linked channels counts"
HELD = "An announcement that a resident is told later: in a digest, after quiet hours, or the next day"
CONVERSATION = ["conversations.id"]


def upgrade() -> None:
    op.create_table(
        "notice_rhythms",
        sa.Column("conversation_id", postgresql.UUID(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False, comment="at_once | daily | weekly"),
        sa.Column("weekday", sa.BigInteger(), nullable=False, comment="1 Monday to 7; counts for weekly"),
        sa.Column("hour", sa.BigInteger(), nullable=False, comment="By the city's clock"),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], CONVERSATION, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_table_comment("notice_rhythms", RHYTHMS)
    op.create_table(
        "held_notices",
        sa.Column("conversation_id", postgresql.UUID(), nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], CONVERSATION, ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcements.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id", "announcement_id"),
    )
    op.create_table_comment("held_notices", HELD)
    op.create_index("ix_held_notices_due_at", "held_notices", ["due_at", "conversation_id"])
    op.create_index(
        "ix_announcement_deliveries_conversation_id", "announcement_deliveries", ["conversation_id", "said_at"]
    )
    op.add_column("residents", sa.Column("muted_at", sa.DateTime(timezone=True), comment=MUTED))
    parts = sa.Column("parts", sa.BigInteger(), nullable=False, server_default="0", comment=PARTS)
    op.add_column("deliveries", parts)
    reports = sa.Column("reports", postgresql.JSONB(), nullable=False, server_default="{}", comment=REPORTS)
    op.add_column("deliveries", reports)


def downgrade() -> None:
    op.drop_index("ix_announcement_deliveries_conversation_id", "announcement_deliveries")
    op.drop_table("held_notices")
    op.drop_table("notice_rhythms")
    op.drop_column("deliveries", "reports")
    op.drop_column("deliveries", "parts")
    op.drop_column("residents", "muted_at")
