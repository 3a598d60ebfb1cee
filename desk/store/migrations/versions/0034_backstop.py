"""An agency that helps where the first receiver of a ticket has not taken it up in its time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COLUMNS = {
    "backstop": "Slug of an agency that may take it up as well; `agency` stays responsible",
    "backstop_asked": "Slug of the agency of which the resident is asked whether it may; null: nothing is asked",
}


def upgrade() -> None:
    for column, comment in COLUMNS.items():
        op.add_column("tickets", sa.Column(column, sa.Text()))
        op.execute(f"COMMENT ON COLUMN tickets.{column} IS '{comment}'")
    op.create_index(
        "ix_tickets_backstop", "tickets", ["city", "backstop"], postgresql_where=sa.text("backstop IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_backstop", table_name="tickets")
    for column in COLUMNS:
        op.drop_column("tickets", column)
