"""Teams below an agency: their members, and which tickets come to them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TEXTS = sa.ARRAY(sa.Text())
NONE = sa.text("'{}'::text[]")
NOW = sa.text("clock_timestamp()")
TABLES = {
    "teams": "Part of an agency that answers certain tickets. It bounds no permission.",
    "team_members": "Who belongs to a team; somebody may belong to several.",
}
COLUMNS = {
    "teams": {
        "agency": "Slug",
        "services": "Tickets of these services come to it",
        "reasons": "And those that are opened for these reasons, where no team names their service",
    },
    "team_members": {"login": "Of a member of staff"},
    "tickets": {"team_id": "Null: of no team"},
}


def upgrade() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("services", TEXTS, nullable=False, server_default=NONE),
        sa.Column("reasons", TEXTS, nullable=False, server_default=NONE),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.UniqueConstraint("city", "agency", "name"),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.BigInteger(), sa.ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "login"),
    )
    op.create_index("ix_team_members_login", "team_members", ["login"])
    op.add_column("tickets", sa.Column("team_id", sa.BigInteger(), sa.ForeignKey("teams.id", ondelete="SET NULL")))
    op.create_index("ix_tickets_team_id", "tickets", ["team_id"])
    for table, comment in TABLES.items():
        op.create_table_comment(table, comment)
    for table, columns in COLUMNS.items():
        for column, comment in columns.items():
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")


def downgrade() -> None:
    op.drop_index("ix_tickets_team_id", table_name="tickets")
    op.drop_column("tickets", "team_id")
    op.drop_table("team_members")
    op.drop_table("teams")
