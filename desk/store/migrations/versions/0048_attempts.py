"""Sends that were paused by themselves are told to staff, and are watched anew once somebody resumed them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0048"
down_revision: str | None = "0046"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

WATCHED = "What was told up to here does not pause it: somebody has resumed it since; null: all of it counts"
KINDS = "'{emergency,escalation,request,decision}'::text[]"
KINDS_NOW = "'{emergency,escalation,request,decision,pause}'::text[]"


def upgrade() -> None:
    op.add_column("announcement_sends", sa.Column("watched_from", sa.Uuid(), nullable=True, comment=WATCHED))
    op.execute(f"ALTER TABLE staff ALTER COLUMN alerts SET DEFAULT {KINDS_NOW}")
    op.execute("UPDATE staff SET alerts = array_append(alerts, 'pause') WHERE 'request' = ANY (alerts)")


def downgrade() -> None:
    op.execute("UPDATE staff SET alerts = array_remove(alerts, 'pause')")
    op.execute(f"ALTER TABLE staff ALTER COLUMN alerts SET DEFAULT {KINDS}")
    op.execute("DELETE FROM staff_alerts WHERE kind = 'pause'")
    op.drop_column("announcement_sends", "watched_from")
