"""Text messages that tell who has left the page of an answer, and who wants none of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0058"
down_revision: str | None = "0056"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TEXTS = "Text messages that tell a resident who has left the page that a clerk has answered; never what was said"
CONTACT = "Sealed: the telephone, as it was left; null once nothing is to be sent any more"
PERSON = "Keyed hash of the telephone, as of residents; null until it was to be sent"
STATE = "waiting | sending | sent | unknown | dropped"
STOPS = "Telephones, as keyed hashes, from which it was written that no text messages of answers are wanted"


def upgrade() -> None:
    op.create_table(
        "contact_texts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", postgresql.UUID(), nullable=False),
        sa.Column("contact", postgresql.JSONB(), comment=CONTACT),
        sa.Column("person", sa.Text(), comment=PERSON),
        sa.Column("account_id", sa.BigInteger(), comment="By which account it went; null: not yet"),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False, comment=STATE),
        sa.Column("reason", sa.Text(), comment="Why it was not sent, or is not yet"),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parts", sa.BigInteger(), server_default="0", nullable=False, comment="Parts that were charged"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'unknown', 'dropped')", name="ck_contact_texts_state"
        ),
        sa.CheckConstraint(
            "(contact IS NOT NULL) = (state IN ('waiting', 'sending'))", name="ck_contact_texts_contact_of_live"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        comment=TEXTS,
    )
    op.create_index("ix_contact_texts_ticket_id", "contact_texts", ["ticket_id"])
    op.create_index("ix_contact_texts_conversation_id", "contact_texts", ["conversation_id"])
    op.create_index("ix_contact_texts_person", "contact_texts", ["person"])
    op.create_table(
        "text_stops",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column(
            "stopped_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("person"),
        comment=STOPS,
    )
    # Lists of orders begin with the newest.
    op.create_index("ix_orders_created_at_number", "orders", ["created_at", "number"])


def downgrade() -> None:
    op.drop_index("ix_orders_created_at_number", table_name="orders")
    op.drop_table("text_stops")
    op.drop_table("contact_texts")
