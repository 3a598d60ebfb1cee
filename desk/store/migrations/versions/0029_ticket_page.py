"""The clerk's page: linked conversations that staff may read, past answers, and what residents are asked for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")
TABLES = {
    "past_answers": "An answer that a clerk kept for others; nothing of a resident. Erased with its conversation.",
    "ticket_asks": "A document or a consent that a clerk asked a resident for by one press.",
}
COLUMNS = {
    "ticket_asks": {
        "agency": "Slug of who asked: what it asks for ends when another has the ticket",
        "what": "document | consent",
        "name": "Its slug in cities/shared/asking.yml",
        "said": "What it was called to the resident",
        "state": "asked | received | given | refused",
        "asked_by": "A login",
    },
    "past_answers": {
        "agency": "Slug of whose clerks are shown it",
        "locale": "The language of both texts",
        "question": "In general words: what it is found by",
        "conversation_id": "Where it was given; null: forgotten since",
        "kept_by": "A login",
    },
    "linked_conversations": {"staff_may_read": "Whether residents were told, when it was linked, that staff read both"},
}


def upgrade() -> None:
    op.add_column(
        "linked_conversations",
        sa.Column("staff_may_read", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "past_answers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), sa.ForeignKey("conversations.id", ondelete="SET NULL")),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("kept_at", TIME, nullable=False, server_default=NOW),
    )
    op.create_index("ix_past_answers_agency", "past_answers", ["city", "agency", "locale", "id"])
    op.create_index("ix_past_answers_conversation_id", "past_answers", ["conversation_id"])
    op.execute("CREATE UNIQUE INDEX ux_past_answers ON past_answers (city, agency, md5(question || answer))")
    op.create_table(
        "ticket_asks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("ticket_id", sa.BigInteger(), sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("service", sa.Text()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="asked"),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False, server_default=NOW),
        sa.Column("answered_at", TIME),
    )
    op.create_index("ix_ticket_asks_ticket_id", "ticket_asks", ["ticket_id"])
    op.create_index(
        "ux_ticket_asks_asked",
        "ticket_asks",
        ["ticket_id", "agency", "what", "name"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    for table, comment in TABLES.items():
        op.create_table_comment(table, comment)
    for table, columns in COLUMNS.items():
        for column, comment in columns.items():
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")


def downgrade() -> None:
    op.drop_table("ticket_asks")
    op.drop_table("past_answers")
    op.drop_column("linked_conversations", "staff_may_read")
