"""Codes by which a conversation goes on on another device.

The release before neither reads nor writes any of it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision: str = "0096"
down_revision: str | None = "0095"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

TIME = sa.DateTime(timezone=True)
TABLE = (
    "A conversation on its way to another device: a code that one session shows, one device asks by and one answer lets"
    " in. Over, the row is deleted."
)
SESSION = "Hash of the session's token that shows it, and alone answers"
SEED = "What the code follows from, with the secret of the installation"


def upgrade() -> None:
    op.create_table(
        "goings_on",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True)),
        sa.Column("conversation_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("session", sa.LargeBinary, nullable=False, comment=SESSION),
        sa.Column("city", sa.Text, nullable=False, comment="On whose pages it goes on"),
        sa.Column("service", sa.Text, comment="Whose form is left; null: the chat is"),
        sa.Column("seed", sa.Text, nullable=False, comment=SEED),
        sa.Column("code_hash", sa.LargeBinary, nullable=False, comment="SHA-256 of the code"),
        sa.Column("state", sa.Text, nullable=False, comment="shown | asked | allowed | used | refused | void"),
        sa.Column("number", sa.Text, comment="What both screens show; null: no device has asked"),
        sa.Column("claimed_by", sa.LargeBinary, comment="SHA-256 of a secret of the device that asked"),
        sa.Column("good_until", TIME, nullable=False, comment="Of the step that it is in"),
        sa.Column("made_at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_goings_on_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session"], ["access_tokens.hash"], name="fk_goings_on_session_access_tokens", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_goings_on"),
        sa.UniqueConstraint("session", name="uq_goings_on_session"),
        sa.UniqueConstraint("code_hash", name="uq_goings_on_code_hash"),
        sa.UniqueConstraint("claimed_by", name="uq_goings_on_claimed_by"),
        comment=TABLE,
    )
    op.create_index("ix_goings_on_conversation_id", "goings_on", ["conversation_id"])
    op.create_index("ix_goings_on_good_until", "goings_on", ["good_until"])


def downgrade() -> None:
    op.drop_table("goings_on")
