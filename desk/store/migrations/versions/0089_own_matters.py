"""Visits to one's own matters, what they are opened by, and the telephone that was proved for a case.

The release before neither reads nor writes any of it: its cases have no holder, and are seen in their chat alone.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision: str = "0089"
down_revision: str | None = "0086"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

INDEX = "ix_cases_holder"
TIME = sa.DateTime(timezone=True)
VISITS = (
    "A browser that may see a resident's own matters for half an hour, by a telephone that was proved in it or by the"
    " session of a chat. Of the token there is a hash. Over, the row is deleted."
)
KEPT = "A chat whose matters are seen wherever a telephone is proved, since its resident wishes it. Nobody reads which."
HOLDER = "Keyed hash of the telephone that was proved for it: who proves that again sees it; null: none was"


def upgrade() -> None:
    op.add_column("cases", sa.Column("holder", sa.LargeBinary, comment=HOLDER))
    op.create_table(
        "visits",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True)),
        sa.Column("hash", sa.LargeBinary, nullable=False, comment="SHA-256 of the token"),
        sa.Column("city", sa.Text, nullable=False, comment="Whose gateway sends codes"),
        sa.Column("conversation_id", pg.UUID(as_uuid=True), comment="The chat in the same browser"),
        sa.Column("opened_by", sa.LargeBinary, comment="Hash of the chat's session: the chat counts as long as that"),
        sa.Column("telephone", sa.LargeBinary, comment="Keyed hash of the one that was proved; null: none was"),
        sa.Column("private", sa.LargeBinary, comment="The telephone as it was typed, sealed"),
        sa.Column("locale", sa.Text, comment="Of the text message"),
        sa.Column("sendings", sa.BigInteger, nullable=False, comment="Codes that were wished"),
        sa.Column("wrong", sa.BigInteger, nullable=False, comment="Wrong tries at the last one"),
        sa.Column("sent_at", TIME, comment="When the last code was wished; null: none is awaited"),
        sa.Column("good_until", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_visits_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.UniqueConstraint("hash", name="uq_visits_hash"),
        comment=VISITS,
    )
    op.create_index("ix_visits_conversation_id", "visits", ["conversation_id"])
    op.create_index("ix_visits_good_until", "visits", ["good_until"])
    op.create_table(
        "kept_conversations",
        sa.Column("conversation_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("telephone", sa.LargeBinary, nullable=False, comment="Keyed hash"),
        sa.Column("kept_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_kept_conversations_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_kept_conversations"),
        comment=KEPT,
    )
    op.create_index("ix_kept_conversations_telephone", "kept_conversations", ["telephone"])
    with op.get_context().autocommit_block():
        # what a run that was cut off left behind is of no use to anybody
        op.drop_index(INDEX, table_name="cases", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            INDEX,
            "cases",
            ["holder"],
            postgresql_where=sa.text("holder IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_table("kept_conversations")
    op.drop_table("visits")
    op.drop_index(INDEX, table_name="cases")
    op.drop_column("cases", "holder")
