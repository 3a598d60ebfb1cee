"""Alerts to staff: what is to be told, to whom, and whether it was."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLES = {
    "staff_alerts": "Something that staff are told of: an emergency, a limit that passes, a request.",
    "staff_alert_deliveries": "An alert to one recipient: a member of staff by mail, or the webhook.",
}
COLUMNS = {
    "staff": {"mail": "Sealed: the address that alerts go to", "alerts": "Kinds of alerts that are wanted by mail"},
    "staff_alerts": {
        "kind": "`AlertKind`",
        "subject": "A reference, a number: nothing of residents",
        "detail": "What else is said",
        "permission": "Who holds it for this place is told",
    },
    "staff_alert_deliveries": {
        "staff_id": "Null: the webhook",
        "state": "waiting | sent | dead",
    },
}


def upgrade() -> None:
    op.add_column("staff", sa.Column("mail", sa.LargeBinary()))
    op.add_column(
        "staff",
        sa.Column(
            "alerts",
            sa.ARRAY(sa.Text()),
            nullable=False,
            server_default=sa.text("'{emergency,escalation,request}'::text[]"),
        ),
    )
    op.create_table(
        "staff_alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
        sa.Column("city", sa.Text(), nullable=False, server_default=""),
        sa.Column("agency", sa.Text(), nullable=False, server_default=""),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("but_not", sa.Text(), nullable=False, server_default=""),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")),
    )
    op.create_index("ix_staff_alerts_at", "staff_alerts", ["at"])
    op.create_table(
        "staff_alert_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("alert_id", sa.BigInteger(), sa.ForeignKey("staff_alerts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("staff_id", sa.Uuid(), sa.ForeignKey("staff.id", ondelete="CASCADE")),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "ux_staff_alert_deliveries",
        "staff_alert_deliveries",
        ["alert_id", "staff_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_staff_alert_deliveries_waiting",
        "staff_alert_deliveries",
        ["staff_id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    for table, comment in TABLES.items():
        op.create_table_comment(table, comment)
    for table, columns in COLUMNS.items():
        for column, comment in columns.items():
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")


def downgrade() -> None:
    op.drop_table("staff_alert_deliveries")
    op.drop_table("staff_alerts")
    op.drop_column("staff", "alerts")
    op.drop_column("staff", "mail")
