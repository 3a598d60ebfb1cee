"""Whether who asked for something has seen what was decided, and that they can be told of it by mail."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COMMENT = "When who asked saw what was decided; null: not yet"


def upgrade() -> None:
    op.add_column("staff_requests", sa.Column("seen_at", sa.DateTime(timezone=True), comment=COMMENT))
    op.execute("UPDATE staff_requests SET seen_at = clock_timestamp() WHERE state <> 'open'")
    op.create_index(
        "ix_staff_requests_unseen", "staff_requests", ["requested_by"], postgresql_where=sa.text("seen_at IS NULL")
    )
    op.execute("ALTER TABLE staff ALTER COLUMN alerts SET DEFAULT '{emergency,escalation,request,decision}'::text[]")
    op.execute("UPDATE staff SET alerts = array_append(alerts, 'decision') WHERE 'request' = ANY (alerts)")


def downgrade() -> None:
    op.execute("UPDATE staff SET alerts = array_remove(alerts, 'decision')")
    op.execute("ALTER TABLE staff ALTER COLUMN alerts SET DEFAULT '{emergency,escalation,request}'::text[]")
    op.execute("DELETE FROM staff_alerts WHERE kind = 'decision'")
    op.drop_index("ix_staff_requests_unseen", "staff_requests")
    op.drop_column("staff_requests", "seen_at")
