"""The clerk's workbench: what happened to tickets, their clocks, notes, views and canned answers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

NOW = sa.text("clock_timestamp()")
TIME = sa.DateTime(timezone=True)

TABLES = {
    "ticket_events": "What happened to a ticket: its clocks and all figures are read off this.",
    "ticket_notes": "What staff tell each other about a ticket; residents never see it. Erased with the conversation.",
    "ticket_views": "A list of tickets that somebody named: their filters.",
    "canned_answers": "An answer that clerks send often, in the languages it was written in.",
}
COLUMNS = {
    "tickets": {
        "urgency": "emergency | urgent | usual | complex: how soon it must be settled",
        "transfer_to": "Slug of the agency that the resident was asked about; null: nothing is asked",
        "close_reason": "solved | no_answer | duplicate | not_ours | spam",
        "reopens_until": "Until when the resident may reopen it",
        "held_until": "On hold: when it comes back by itself",
        "snoozed_until": "Until when its clerk does not want to see it; its clocks run",
        "first_answer_due": "Null: nobody waits for it",
        "next_answer_due": "Likewise",
        "resolution_due": "Null: on hold, or at its end",
        "escalated": "0 | 50 | 80 | 100: the most of a limit that has passed, in percent, of clocks that run",
        "look_at": "When the next step of a clock is reached: a job looks then",
        "first_answer_seconds": "Office time until a clerk first spoke",
        "resolution_seconds": "Office time until the end, without holds",
        "merged_into": "The ticket in which it is settled",
        "tags": "Words of the staff, for finding",
    },
    "ticket_events": {
        "kind": "`Happening.kind` of `desk.tickets.clocks`, or another act",
        "actor": "A login, or resident, or system",
        "agency": "Slug of who had the ticket from then on",
        "detail": "Nothing of the resident: to whom, why by its code, until when",
    },
    "ticket_notes": {"body": "Sealed", "mentions": "Logins that are to read it"},
    "ticket_views": {"filters": "As the address of the list has them"},
    "canned_answers": {
        "agency": "Slug; empty: of all agencies of the city",
        "name": "By which clerks find it",
        "texts": "By language; {name} in braces is filled in before it is sent",
    },
}
DUES = ("first_answer_due", "next_answer_due", "resolution_due")

HISTORY = """
    INSERT INTO ticket_events (ticket_id, at, kind, actor, agency)
    SELECT id, at, kind, actor, agency FROM (
        SELECT id, opened_at AS at, 'opened' AS kind, opened_by AS actor, agency, 1 AS place FROM tickets
        UNION ALL
        SELECT id, claimed_at, 'claimed', claimed_by, agency, 2 FROM tickets WHERE claimed_at IS NOT NULL
        UNION ALL
        SELECT id, ended_at, state, coalesce(claimed_by, 'system'), agency, 3 FROM tickets WHERE ended_at IS NOT NULL
    ) AS past ORDER BY id, place
"""


def upgrade() -> None:
    op.add_column("tickets", sa.Column("urgency", sa.Text(), nullable=False, server_default="usual"))
    op.execute("UPDATE tickets SET urgency = 'emergency' WHERE priority > 0")
    for name in ("reopens_until", "held_until", "snoozed_until", *DUES, "look_at"):
        op.add_column("tickets", sa.Column(name, TIME))
    op.add_column("tickets", sa.Column("close_reason", sa.Text()))
    op.add_column("tickets", sa.Column("transfer_to", sa.Text()))
    op.add_column("tickets", sa.Column("escalated", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("tickets", sa.Column("first_answer_seconds", sa.BigInteger()))
    op.add_column("tickets", sa.Column("resolution_seconds", sa.BigInteger()))
    op.add_column(
        "tickets", sa.Column("merged_into", sa.BigInteger(), sa.ForeignKey("tickets.id", ondelete="SET NULL"))
    )
    op.add_column(
        "tickets", sa.Column("tags", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]"))
    )
    op.create_index("ix_tickets_claimed_by", "tickets", ["claimed_by"], postgresql_where=sa.text("state = 'claimed'"))
    op.create_index("ix_tickets_agency", "tickets", ["city", "agency", "opened_at"])
    op.create_index("ix_tickets_merged_into", "tickets", ["merged_into"])
    op.create_table(
        "ticket_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("ticket_id", sa.BigInteger(), sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", TIME, nullable=False, server_default=NOW),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("detail", sa.dialects.postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")),
    )
    op.create_index("ix_ticket_events_ticket_id", "ticket_events", ["ticket_id"])
    op.execute(HISTORY)
    op.create_table(
        "ticket_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("ticket_id", sa.BigInteger(), sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False, server_default=NOW),
        sa.Column("body", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("mentions", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]")),
    )
    op.create_index("ix_ticket_notes_ticket_id", "ticket_notes", ["ticket_id"])
    op.create_index("ix_ticket_notes_mentions", "ticket_notes", ["mentions"], postgresql_using="gin")
    op.create_table(
        "ticket_views",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("login", "name"),
    )
    op.create_table(
        "canned_answers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False, server_default=""),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("texts", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False, server_default=NOW),
        sa.UniqueConstraint("city", "agency", "name"),
    )
    for table, said in TABLES.items():
        op.create_table_comment(table, said)
    for table, columns in COLUMNS.items():
        for column, said in columns.items():
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{said}'")


def downgrade() -> None:
    for table in ("canned_answers", "ticket_views", "ticket_notes", "ticket_events"):
        op.drop_table(table)
    op.drop_index("ix_tickets_merged_into", table_name="tickets")
    op.drop_index("ix_tickets_agency", table_name="tickets")
    op.drop_index("ix_tickets_claimed_by", table_name="tickets")
    for name in COLUMNS["tickets"]:
        op.drop_column("tickets", name)
