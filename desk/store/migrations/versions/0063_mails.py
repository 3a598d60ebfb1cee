"""What tells residents of answers may go by mail, too, and says where it could not be delivered."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0063"
down_revision: str | None = "0062"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLE = "Text messages and mails that tell a resident who has left of an answer of a clerk; never what was said"
TABLE_BEFORE = "Text messages that tell a resident who has left the page that a clerk has answered; never what was said"
CONTACT = "Sealed: the telephone or address, as it was left; null once nothing is to be sent any more"
CONTACT_BEFORE = "Sealed: the telephone, as it was left; null once nothing is to be sent any more"
PERSON = "Keyed hash of the telephone, as of residents, or of the address; null until it was to be sent"
PERSON_BEFORE = "Keyed hash of the telephone, as of residents; null until it was to be sent"
STATE = "waiting | sending | sent | unknown | dropped: not wanted any more | failed: could not be delivered"
STATE_BEFORE = "waiting | sending | sent | unknown | dropped"
NAME = "ck_contact_texts_ck_contact_texts_state"  # as 0058 made it
STATES = ("waiting", "sending", "sent", "unknown", "dropped")


def upgrade() -> None:
    op.add_column(
        "contact_texts",
        sa.Column("kind", sa.Text(), server_default="phone", nullable=False, comment="phone | mail: by which way"),
    )
    op.create_check_constraint(op.f("ck_contact_texts_kind"), "contact_texts", "kind IN ('phone', 'mail')")
    _states(*STATES, "failed")
    _comments(TABLE, contact=CONTACT, person=PERSON, state=STATE)
    # Operators count what could not be delivered lately.
    op.create_index(
        "ix_contact_texts_failed", "contact_texts", ["ended_at"], postgresql_where=sa.text("state = 'failed'")
    )


def downgrade() -> None:
    op.drop_index("ix_contact_texts_failed", table_name="contact_texts")
    op.execute("DELETE FROM contact_texts WHERE kind = 'mail'")
    op.execute("UPDATE contact_texts SET state = 'dropped' WHERE state = 'failed'")
    _comments(TABLE_BEFORE, contact=CONTACT_BEFORE, person=PERSON_BEFORE, state=STATE_BEFORE)
    _states(*STATES)
    op.drop_column("contact_texts", "kind")


def _states(*states: str) -> None:
    listed = ", ".join(f"'{one}'" for one in states)
    op.drop_constraint(NAME, "contact_texts")
    op.create_check_constraint(op.f(NAME), "contact_texts", f"state IN ({listed})")


def _comments(table: str, **columns: str) -> None:
    op.execute(f"COMMENT ON TABLE contact_texts IS '{table}'")
    for name, said in columns.items():
        op.execute(f"COMMENT ON COLUMN contact_texts.{name} IS '{said}'")
