"""What a correction says was wrong; lines of a list that were no numbers; who is told of being asked to read."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0074"
down_revision: str | None = "0070"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COLUMNS: Mapping[str, Sequence[sa.Column[object]]] = {
    "announcements": (
        sa.Column("mistake", JSONB(), nullable=False, server_default="{}"),
        sa.Column("corrected", JSONB()),
    ),
    "announcement_lists": (
        sa.Column("unreadable", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("unread", JSONB(), nullable=False, server_default="[]"),
        sa.Column("taken_from", sa.SmallInteger(), nullable=False, server_default="1"),
    ),
}
COMMENTS: Mapping[str, str] = {
    "announcements.mistake": "Of a correction what was wrong, and what is right, by language",
    "announcements.corrected": "Of a correction the titles of what it corrects, and when that was published",
    "announcement_lists.unreadable": "Lines that were no numbers",
    "announcement_lists.unread": "The first of these: number of the line and what stood there, masked",
    "announcement_lists.taken_from": "Column of the file that was looked up, from 1",
}

KINDS = "'{emergency,escalation,request,decision,pause}'::text[]"
KINDS_NOW = "'{emergency,escalation,request,decision,pause,review}'::text[]"


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    for name, about in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {name} IS '{about}'")
    op.execute(f"ALTER TABLE staff ALTER COLUMN alerts SET DEFAULT {KINDS_NOW}")
    op.execute("UPDATE staff SET alerts = array_append(alerts, 'review') WHERE 'request' = ANY (alerts)")


def downgrade() -> None:
    op.execute("UPDATE staff SET alerts = array_remove(alerts, 'review')")
    op.execute(f"ALTER TABLE staff ALTER COLUMN alerts SET DEFAULT {KINDS}")
    op.execute("DELETE FROM staff_alerts WHERE kind = 'review'")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column.name)
