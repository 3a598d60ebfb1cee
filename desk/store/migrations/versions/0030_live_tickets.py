"""Tickets that are open or claimed are found without reading those that have ended."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_tickets_live", "tickets", ["city", "agency"], postgresql_where=sa.text("state IN ('open', 'claimed')")
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_live", table_name="tickets")
