"""Residents who are told nothing, found without all the others: so many are taken off the count of an audience."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0082"
down_revision: str | None = "0081"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

INDEX, TABLE = "ix_residents_in_vain", "residents"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # what a try that was broken off left behind is of no use
        op.drop_index(INDEX, table_name=TABLE, postgresql_concurrently=True, if_exists=True)
        op.create_index(
            INDEX,
            TABLE,
            ["id"],
            postgresql_where=sa.text("state = 'left' OR muted_at IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index(INDEX, table_name=TABLE)
