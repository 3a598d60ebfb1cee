"""A contact that a resident leaves while they wait for a clerk."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COLUMNS = {
    "contact": "Sealed: by which the resident wants to be reached; gone when the ticket ends",
    "contact_kind": "phone | mail; null: none was left",
    "contact_asked_at": "Since when it is being asked for; null: it is not",
}


def upgrade() -> None:
    op.add_column("tickets", sa.Column("contact", sa.dialects.postgresql.JSONB()))
    op.add_column("tickets", sa.Column("contact_kind", sa.Text()))
    op.add_column("tickets", sa.Column("contact_asked_at", sa.DateTime(timezone=True)))
    # Whatever ends a ticket gives the contact up: a statement that forgets to is refused.
    op.execute(
        "ALTER TABLE tickets ADD CONSTRAINT ck_tickets_contact_of_live CHECK ("
        " (contact IS NULL) = (contact_kind IS NULL) AND (contact IS NULL OR state IN ('open', 'claimed')))"
    )
    for column, comment in COLUMNS.items():
        op.execute(f"COMMENT ON COLUMN tickets.{column} IS '{comment}'")


def downgrade() -> None:
    op.execute("ALTER TABLE tickets DROP CONSTRAINT ck_tickets_contact_of_live")
    for column in COLUMNS:
        op.drop_column("tickets", column)
