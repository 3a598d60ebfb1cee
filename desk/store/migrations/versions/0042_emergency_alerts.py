"""Emergency alerts: documents that came, what became of each, and how their sources answer."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0042"
down_revision: str | None = "0041"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
TABLES = {
    "alerts": "A CAP document of a source, or a Cancel of our own: what it says of the city, and what became of it.",
    "alert_readings": "A document that was read from a source: what it became, or why it was refused.",
    "alert_polls": "How a source of alerts that is asked for its documents answers.",
}
COLUMNS = {
    "alerts": {
        "source": "Slug of its source in the city file; `here`: a Cancel of our own",
        "identifier": "Of the document, with sender and sent the key by which CAP knows it",
        "number": "Ours, by GB/T 35965.1, once it is let through; null before",
        "done": "`Done`: public | trial | ignored",
        "state": "pending | live | ended | rejected | kept",
        "why": "Why it is in its state",
        "severity": "Of the gravest of what it says of the city",
        "districts": "Slugs; null: the whole city",
        "infos": "What it says of the city, by language and event",
        "refers_to": "Documents that it is about: sender, identifier, sent",
        "content": "The document as it was read: of a signed one what its signature covers; empty: a Cancel of our own",
        "digest": "SHA-256 of the document as it came",
        "via": "poll | push | upload | here",
        "received_by": "Login of who brought it; its source where it came by itself",
        "live_at": "When it was let through; null: it was not",
        "replaced_by": "The Update or Cancel that ended it",
        "issued": "Our own signed document of it, once somebody asked for it",
        "announcement_id": "Of its delivery to subscribers; null: it has none",
    },
    "alert_readings": {
        "address": "From where it was read; empty: it was pushed",
        "digest": "SHA-256 of the document",
        "why": "Why it was refused; empty: it was not",
    },
    "alert_polls": {
        "etag": "Of the last answer",
        "modified": "Last-Modified of the last answer",
        "failures": "In a row",
        "fault": "What was wrong with the last answer; empty: nothing",
    },
}


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sent", TIME, nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False, server_default=""),
        sa.Column("severity", sa.Text(), nullable=False, server_default="Unknown"),
        sa.Column("districts", sa.ARRAY(sa.Text())),
        sa.Column("infos", postgresql.JSONB(), nullable=False),
        sa.Column("refers_to", postgresql.JSONB(), nullable=False),
        sa.Column("effective", TIME, nullable=False),
        sa.Column("expires", TIME, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", TIME),
        sa.Column("live_at", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("replaced_by", sa.BigInteger(), sa.ForeignKey("alerts.id", name="fk_alerts_replaced_by")),
        sa.Column("issued", sa.LargeBinary()),
        sa.Column("announcement_id", sa.BigInteger()),
        sa.UniqueConstraint("city", "sender", "identifier", "sent", name="ux_alerts_document"),
        sa.UniqueConstraint("number", name="ux_alerts_number"),
        sa.CheckConstraint("done IN ('public', 'trial', 'ignored')", name="ck_alerts_done"),
        sa.CheckConstraint("state IN ('pending', 'live', 'ended', 'rejected', 'kept')", name="ck_alerts_state"),
        sa.CheckConstraint(
            "done <> 'public' OR (status = 'Actual' AND scope = 'Public')", name="ck_alerts_public_is_actual"
        ),
    )
    op.create_index(
        "ix_alerts_open", "alerts", ["city", "expires"], postgresql_where=sa.text("state IN ('pending', 'live')")
    )
    op.create_index("ix_alerts_city", "alerts", ["city", "id"])
    op.create_index("ix_alerts_replaced_by", "alerts", ["replaced_by"])
    op.create_index("ix_alerts_announcement_id", "alerts", ["announcement_id"])
    op.create_table(
        "alert_readings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, server_default=""),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), sa.ForeignKey("alerts.id", name="fk_alert_readings_alert_id")),
        sa.Column("why", sa.Text(), nullable=False, server_default=""),
        sa.Column("message", sa.Text(), nullable=False, server_default=""),
        sa.Column("read_at", TIME, nullable=False),
        sa.UniqueConstraint("city", "source", "address", "digest", name="ux_alert_readings_document"),
    )
    op.create_index("ix_alert_readings_read_at", "alert_readings", ["read_at"])
    op.create_index("ix_alert_readings_alert_id", "alert_readings", ["alert_id"])
    op.create_table(
        "alert_polls",
        sa.Column("city", sa.Text(), primary_key=True),
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("etag", sa.Text(), nullable=False, server_default=""),
        sa.Column("modified", sa.Text(), nullable=False, server_default=""),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("next_at", TIME, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("fault", sa.Text(), nullable=False, server_default=""),
    )
    for table, comment in TABLES.items():
        op.create_table_comment(table, comment)
    for table, columns in COLUMNS.items():
        for column, comment in columns.items():
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")


def downgrade() -> None:
    op.drop_table("alert_polls")
    op.drop_table("alert_readings")
    op.drop_table("alerts")
