"""The clerk's page: linked conversations that staff may read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COLUMNS = {
    "linked_conversations": {"staff_may_read": "Whether residents were told, when it was linked, that staff read both"},
}


def upgrade() -> None:
    op.add_column(
        "linked_conversations",
        sa.Column("staff_may_read", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    for table, columns in COLUMNS.items():
        for column, comment in columns.items():
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")


def downgrade() -> None:
    op.drop_column("linked_conversations", "staff_may_read")
