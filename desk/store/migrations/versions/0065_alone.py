"""Who let an announcement go without a second person, and how many residents that were."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0065"
down_revision: str | None = "0064"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "announcements",
        sa.Column("alone_by", sa.Text(), comment="Login of who let it go without a second person; null: nobody did"),
    )
    op.add_column(
        "announcements",
        sa.Column("alone_at", sa.DateTime(timezone=True), comment="When it was, or is, to begin so"),
    )
    op.add_column(
        "announcements",
        sa.Column("alone_to", sa.BigInteger(), comment="Residents whom it adds to those told by them alone that day"),
    )
    # what waits for its time and nobody approved was let go by one person; it is counted when it begins
    op.execute("""
        UPDATE announcements AS waits
        SET alone_by = coalesce(submitted_by, created_by), alone_at = coalesce(due_at, created_at), alone_to = 0
        WHERE state = 'approved' AND NOT EXISTS (
            SELECT FROM announcement_approvals WHERE announcement_id = coalesce(waits.repeats, waits.id))
    """)
    op.create_check_constraint(
        "ck_announcements_alone",
        "announcements",
        "(alone_by IS NULL) = (alone_at IS NULL) AND (alone_by IS NULL) = (alone_to IS NULL)",
    )
    op.create_index(
        "ix_announcements_alone",
        "announcements",
        ["alone_by", "city", "alone_at"],
        postgresql_where=sa.text("alone_by IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_announcements_alone", table_name="announcements")
    op.drop_constraint("ck_announcements_alone", "announcements", type_="check")
    for column in ("alone_to", "alone_at", "alone_by"):
        op.drop_column("announcements", column)
