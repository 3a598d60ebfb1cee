"""Reports of which their agencies say nothing for long."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0056"
down_revision: str | None = "0055"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

LATE = "When its agency's clerks got a ticket of it, because nothing was heard of it for long; null: nothing to tell"


def upgrade() -> None:
    op.add_column("cases", sa.Column("late_at", sa.DateTime(timezone=True), comment=LATE))
    op.create_index(
        "ix_cases_silent",
        "cases",
        ["changed_at"],
        postgresql_where=sa.text("kind = 'report' AND NOT over AND late_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_cases_silent", table_name="cases")
    op.drop_column("cases", "late_at")
