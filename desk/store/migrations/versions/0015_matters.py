"""Tickets of matters: what a clerk must settle beside a conversation, one each."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

LIVE = "state IN ('open', 'claimed')"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("matter", sa.Text(), nullable=True))
    op.alter_column("tickets", "conversation_id", nullable=True)
    op.drop_index("uq_tickets_live", table_name="tickets")
    op.create_index(
        "uq_tickets_live",
        "tickets",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text(f"{LIVE} AND matter IS NULL"),
    )
    op.create_index(
        "uq_tickets_matter", "tickets", ["matter"], unique=True, postgresql_where=sa.text("matter IS NOT NULL")
    )


def downgrade() -> None:
    op.execute("DELETE FROM tickets WHERE matter IS NOT NULL")
    op.drop_index("uq_tickets_matter", table_name="tickets")
    op.drop_index("uq_tickets_live", table_name="tickets")
    op.create_index("uq_tickets_live", "tickets", ["conversation_id"], unique=True, postgresql_where=sa.text(LIVE))
    op.alter_column("tickets", "conversation_id", nullable=False)
    op.drop_column("tickets", "matter")
