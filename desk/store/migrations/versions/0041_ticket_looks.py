"""When which member of staff last looked at a ticket: what its resident wrote since is new to them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0041"
down_revision: str | None = "0040"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLE = "When which member of staff last had a ticket's page before them."
COLUMNS = {"login": "Of who looked", "at": "When they did, or their open page was last kept fresh"}


def upgrade() -> None:
    op.create_table(
        "ticket_looks",
        sa.Column("ticket_id", sa.BigInteger(), sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "login", name="pk_ticket_looks"),
    )
    op.create_table_comment("ticket_looks", TABLE)
    for column, comment in COLUMNS.items():
        op.execute(f"COMMENT ON COLUMN ticket_looks.{column} IS '{comment}'")


def downgrade() -> None:
    op.drop_table("ticket_looks")
