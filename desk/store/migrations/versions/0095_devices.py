"""Devices on which residents of the web chat are told that there is news (Web Push).

The release before neither reads nor writes any of it. In conversations of which devices are told it writes deliveries
of announcements alone, which wait for a worker of this one.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision: str = "0095"
down_revision: str | None = "0093"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

TIME = sa.DateTime(timezone=True)
TABLE = (
    "Browsers on which residents of the web chat wish to be told that there is news: one of a session, and gone with it"
)
SESSION = "Hash of the session's token in that browser"
SEALED = "Sealed: where the browser's push service takes messages, and the keys that they are encrypted for"
SERVER = "Public key of ours that the browser admits; messages are signed by the key to it"
WISHED = "Whether announcements are wished there, too"


def upgrade() -> None:
    op.create_table(
        "push_devices",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True)),
        sa.Column("conversation_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("session", sa.LargeBinary, nullable=False, comment=SESSION),
        sa.Column("sealed", pg.JSONB, nullable=False, comment=SEALED),
        sa.Column("server_key", sa.Text, nullable=False, comment=SERVER),
        sa.Column("announcements", sa.Boolean, nullable=False, comment=WISHED),
        sa.Column("made_at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_push_devices_conversation_id_conversations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session"], ["access_tokens.hash"], name="fk_push_devices_session_access_tokens", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_push_devices"),
        sa.UniqueConstraint("session", name="uq_push_devices_session"),
        comment=TABLE,
    )
    op.create_index("ix_push_devices_conversation_id", "push_devices", ["conversation_id"])


def downgrade() -> None:
    op.execute(
        "UPDATE deliveries SET state = 'dropped', reason = 'no device is known any more', lease_until = NULL,"
        " ended_at = clock_timestamp() FROM conversations AS conversation"
        " WHERE conversation.id = deliveries.conversation_id AND conversation.pushes = 'devices'"
        " AND deliveries.state IN ('waiting', 'sending')"
    )
    op.execute("UPDATE conversations SET pushes = 'nothing' WHERE pushes = 'devices'")
    op.drop_table("push_devices")
