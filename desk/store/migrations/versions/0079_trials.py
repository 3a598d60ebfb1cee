"""Trials of models: one reads beside the one that answers, or answers some of the residents."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision: str = "0079"
down_revision: str | None = "0078"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

TABLE = "model_trials"
TIME = sa.DateTime(timezone=True)
SAID = "Trials of models beside the one that answers, running and over. Nothing of residents"
COMMENTS: Mapping[str, str] = {
    "stage": "shadow: it reads and answers nothing; canary: it answers some",
    "cities": "Whose residents it answers; empty: those of all cities",
    "percent": "It answers so many of a hundred conversations there",
    "reason": "Why it was begun, in their words",
    "ended_by": "Who ended it; null: it runs",
    "ended_why": "Why, in their words, or a key of `console.trial_ended_<key>` where nobody did",
    "read_to": "The last message that was looked at",
    "counts": "How many messages were read, and what came of them",
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("model_id", sa.BigInteger(), sa.ForeignKey("models.id", ondelete="CASCADE"), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("cities", ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("percent", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_at", TIME, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("ended_at", TIME),
        sa.Column("ended_by", sa.Text()),
        sa.Column("ended_why", sa.Text(), nullable=False, server_default=""),
        sa.Column("read_to", sa.BigInteger(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False, server_default="{}"),
        sa.CheckConstraint("stage IN ('shadow', 'canary')", name="ck_model_trials_stage"),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name="ck_model_trials_percent"),
    )
    op.create_index("ix_model_trials_model_id", TABLE, ["model_id"])
    runs = sa.text("ended_at IS NULL")
    op.create_index("uq_model_trials_running", TABLE, [sa.text("(true)")], unique=True, postgresql_where=runs)
    op.create_table_comment(TABLE, SAID)
    for column, about in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {TABLE}.{column} IS '{about}'")


def downgrade() -> None:
    op.drop_table(TABLE)
