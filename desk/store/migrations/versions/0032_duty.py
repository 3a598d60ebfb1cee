"""Sharing tickets out in turn: who is on duty, which languages clerks answer in, and what was given to be opened."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
TABLE = "Whether a clerk takes new tickets, and since when they have had nothing new."
COLUMNS = {
    "state": "on | break | missed: a ticket that was given was not opened in time; empty: nothing was said",
    "since": "When that was said: it holds while a login of before does",
    "busy_at": "When they last got a ticket, or ended one",
}


def upgrade() -> None:
    op.create_table(
        "ticket_duty",
        sa.Column("login", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False, server_default=""),
        sa.Column("since", TIME),
        sa.Column("busy_at", TIME),
    )
    op.create_table_comment("ticket_duty", TABLE)
    for column, comment in COLUMNS.items():
        op.execute(f"COMMENT ON COLUMN ticket_duty.{column} IS '{comment}'")
    op.add_column(
        "staff",
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]")),
    )
    op.execute("COMMENT ON COLUMN staff.languages IS 'In which they answer residents; empty: they have not said'")
    op.add_column("tickets", sa.Column("given_at", TIME))
    op.execute(
        "COMMENT ON COLUMN tickets.given_at IS"
        " 'When it was given in turn to who has not opened it yet; null: it was opened, or taken'"
    )


def downgrade() -> None:
    op.drop_column("tickets", "given_at")
    op.drop_column("staff", "languages")
    op.drop_table("ticket_duty")
