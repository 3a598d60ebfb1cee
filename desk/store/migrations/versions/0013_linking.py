"""Linking: residents of several channels, the codes they link them with, and what is to be said of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)


def _conversation(table: str, column: str = "conversation_id", *, gone: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["conversations.id"], name=f"fk_{table}_{column}_conversations", ondelete=gone
    )


def upgrade() -> None:
    op.create_table(
        "linked_persons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_linked_persons"),
    )
    op.create_table(
        "linked_conversations",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", TIME, server_default=sa.text("now()"), nullable=False),
        _conversation("linked_conversations"),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["linked_persons.id"],
            name="fk_linked_conversations_person_id_linked_persons",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_linked_conversations"),
    )
    op.create_index("ix_linked_conversations_person_id", "linked_conversations", ["person_id"])
    op.create_table(
        "link_codes",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("good_until", TIME, nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        _conversation("link_codes"),
        _conversation("link_codes", "claimed_by", gone="SET NULL"),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_link_codes"),
        sa.UniqueConstraint("code_hash", name="uq_link_codes_code_hash"),
    )
    op.create_index("ix_link_codes_claimed_by", "link_codes", ["claimed_by"])
    op.create_table(
        "wrong_link_codes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        _conversation("wrong_link_codes"),
        sa.PrimaryKeyConstraint("id", name="pk_wrong_link_codes"),
    )
    op.create_index("ix_wrong_link_codes_conversation_id", "wrong_link_codes", ["conversation_id"])
    op.create_index("ix_wrong_link_codes_account_id", "wrong_link_codes", ["account_id"])
    op.create_table(
        "link_news",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        _conversation("link_news"),
        sa.PrimaryKeyConstraint("id", name="pk_link_news"),
    )
    op.create_index("ix_link_news_conversation_id", "link_news", ["conversation_id"])


def downgrade() -> None:
    for table in ("link_news", "wrong_link_codes", "link_codes", "linked_conversations", "linked_persons"):
        op.drop_table(table)
