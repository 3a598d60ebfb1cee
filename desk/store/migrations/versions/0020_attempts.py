"""Attempts that count, proofs, what is open, codes to be sent, warnings; the caller of a message."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("inbound_messages", sa.Column("caller", sa.LargeBinary(), nullable=True))
    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=True),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_key_at", "attempts", ["key", "at"])
    op.create_index("ix_attempts_at", "attempts", ["at"])
    op.create_table(
        "proofs",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("is_person", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        _of_conversation("proofs"),
        sa.PrimaryKeyConstraint("subject", "conversation_id", name="pk_proofs"),
    )
    op.create_index("ix_proofs_conversation_id", "proofs", ["conversation_id"])
    op.create_table(
        "reservations",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("matter", sa.LargeBinary(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "matter", name="pk_reservations"),
    )
    op.create_index("ix_reservations_matter", "reservations", ["matter"])
    op.create_index("ix_reservations_until", "reservations", ["until"])
    op.create_table(
        "wished_codes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        _of_conversation("wished_codes"),
        sa.PrimaryKeyConstraint("id", name="pk_wished_codes"),
    )
    op.create_index("ix_wished_codes_conversation_id", "wished_codes", ["conversation_id"])
    op.create_table(
        "attempt_warnings",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        _of_conversation("attempt_warnings"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt_warnings"),
    )
    op.create_index("ix_attempt_warnings_conversation_id", "attempt_warnings", ["conversation_id"])
    op.drop_table("wrong_link_codes")


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["conversation_id"],
        ["conversations.id"],
        name=f"fk_{table}_conversation_id_conversations",
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.create_table(
        "wrong_link_codes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _of_conversation("wrong_link_codes"),
        sa.PrimaryKeyConstraint("id", name="pk_wrong_link_codes"),
    )
    op.create_index("ix_wrong_link_codes_conversation_id", "wrong_link_codes", ["conversation_id"])
    op.create_index("ix_wrong_link_codes_account_id", "wrong_link_codes", ["account_id"])
    for table in ("attempt_warnings", "wished_codes", "reservations", "proofs", "attempts"):
        op.drop_table(table)
    op.drop_column("inbound_messages", "caller")
