"""Links to one's own data, and what was deleted when its time was over."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLES = {
    "data_links": "A link by which a resident sees what is kept of them, for a day: one a conversation.",
    "retention_runs": "What the jobs that delete did on a day, for each kind and city; nothing is written down too.",
}
COLUMNS = {
    "data_links": {
        "code_hash": "SHA-256 of the code that alone opens it",
        "made_by": "Login of who had it made",
        "erases": "Whether it erases, too: not what was given out at a counter as a copy",
        "opened_at": "When it was first used; null: not yet",
    },
    "retention_runs": {
        "day": "In Asia/Shanghai",
        "kind": "`desk.store.retention.Category`",
        "length": "Days or years that held, by kind",
        "deleted": "In all runs of the day",
        "held": "Kept beyond their term because a matter is open, at the last run",
        "ran_at": "The last run of the day",
    },
}


def upgrade() -> None:
    op.create_table(
        "data_links",
        sa.Column(
            "conversation_id", sa.Uuid(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("erases", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("code_hash", name="uq_data_links_code_hash"),
    )
    op.create_table(
        "retention_runs",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("city", sa.Text(), primary_key=True),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
    )
    for name, said in TABLES.items():
        op.create_table_comment(name, said)
    for table, columns in COLUMNS.items():
        for column, said in columns.items():
            op.alter_column(table, column, comment=said)


def downgrade() -> None:
    op.drop_table("retention_runs")
    op.drop_table("data_links")
