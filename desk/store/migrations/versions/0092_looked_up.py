"""What somebody approved is found by who they are, and what did not arrive by its state.

The key of approvals begins with the announcement, so lists of what one approved read all approvals there ever were; and
whom an announcement reached was counted by the state of each of its messages, though few did not arrive.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0092"
down_revision: str | None = "0091"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

INDEXES: Mapping[str, tuple[str, list[str], str | None]] = {
    "ix_announcement_approvals_approved_by": (
        "announcement_approvals",
        ["approved_by", "announcement_id", "version"],
        None,
    ),
    "ix_deliveries_not_arrived": ("deliveries", ["conversation_id", "seq"], "state IN ('dead', 'dropped')"),
}
"""Of each its table, its columns and its condition."""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (table, columns, where) in INDEXES.items():
            # what a try that was broken off left behind is of no use
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
            condition = None if where is None else sa.text(where)
            op.create_index(name, table, columns, postgresql_where=condition, postgresql_concurrently=True)


def downgrade() -> None:
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table_name=table)
