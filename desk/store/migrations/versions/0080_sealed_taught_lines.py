"""What lines teach is sealed: by the key of their conversation, or by the data key."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0080"
down_revision: str | None = "0079"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

TABLE = "taught_lines"
COMMENTS: Mapping[str, str] = {
    "content": "Sealed: text, spans and situation; by the data key where no conversation is named. Null: not yet",
    "text": "Null: it is sealed. Of before that: values of persons stand as the name of their type in brackets",
    "spans": "Of before lines were sealed: other values in the text, entity, begin and end",
    "situation": "Of before lines were sealed: `Situation` without values; null: nothing was said before",
}
BEFORE: Mapping[str, str] = {
    "text": "Values of persons stand as the name of their type in brackets",
    "spans": "Other values in it: entity, begin and end",
    "situation": "`Situation` without values; null: nothing was said before",
}


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("content", JSONB()))
    op.alter_column(TABLE, "text", nullable=True)
    op.alter_column(TABLE, "spans", server_default="[]")
    for column, about in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {TABLE}.{column} IS '{about}'")


def downgrade() -> None:
    op.execute(f"DELETE FROM {TABLE} WHERE text IS NULL")  # what is sealed cannot be made plain without keys
    op.alter_column(TABLE, "spans", server_default=None)
    op.alter_column(TABLE, "text", nullable=False)
    op.drop_column(TABLE, "content")
    for column, about in BEFORE.items():
        op.execute(f"COMMENT ON COLUMN {TABLE}.{column} IS '{about}'")
