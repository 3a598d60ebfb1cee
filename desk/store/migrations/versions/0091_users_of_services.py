"""Whose case or paid order is of which service: users are counted by them, in the order of conversations."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0091"
down_revision: str | None = "0090"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

COLUMNS = ["city", "service", "conversation_id"]
INDEXES = {"cases": None, "orders": sa.text("paid_at IS NOT NULL")}
"""Of each table the condition of its index."""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table, where in INDEXES.items():
            # what a try that was broken off left behind is of no use
            op.drop_index(_name(table), table_name=table, postgresql_concurrently=True, if_exists=True)
            op.create_index(_name(table), table, COLUMNS, postgresql_where=where, postgresql_concurrently=True)


def downgrade() -> None:
    for table in INDEXES:
        op.drop_index(_name(table), table_name=table)


def _name(table: str) -> str:
    return f"ix_{table}_users"
