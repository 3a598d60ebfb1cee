"""The gate: what a model was measured against, what it said, and what changes in which real messages."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0078"
down_revision: str | None = "0077"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

TABLE = "model_changes"
TIME = sa.DateTime(timezone=True)
SAID = "Messages of residents that a model reads otherwise than the one that answers. Goes with the conversation"
COMMENTS: Mapping[str, str] = {
    "source": "replay: a message of the last month, by the gate; shadow: one that was answered meanwhile",
    "before": "The likeliest command, as the model that answers has it",
    "after": "The likeliest command, as the other has it",
    "content": "Text with values of persons hidden: sealed by the key of the conversation",
}
OF_MODELS: Mapping[str, str] = {
    "gate": "What the gate says: `Verdict` of `desk.teaching.gate`; null: it has not looked yet",
    "gated_at": "When it said so",
}


def upgrade() -> None:
    op.add_column("models", sa.Column("gate", JSONB()))
    op.add_column("models", sa.Column("gated_at", TIME))
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("model_id", sa.BigInteger(), sa.ForeignKey("models.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "message_id", sa.BigInteger(), sa.ForeignKey("inbound_messages.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("conversation_id", sa.Uuid(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("said_at", TIME, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("sure_before", sa.Double(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("sure_after", sa.Double(), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.CheckConstraint("source IN ('replay', 'shadow')", name="ck_model_changes_source"),
        sa.UniqueConstraint("model_id", "source", "message_id", name="uq_model_changes_message_id"),
    )
    op.create_index("ix_model_changes_message_id", TABLE, ["message_id"])
    op.create_index("ix_model_changes_conversation_id", TABLE, ["conversation_id"])
    op.create_table_comment(TABLE, SAID)
    for table, about in ((TABLE, COMMENTS), ("models", OF_MODELS)):
        for column, said in about.items():
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{said}'")


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("models", "gated_at")
    op.drop_column("models", "gate")
