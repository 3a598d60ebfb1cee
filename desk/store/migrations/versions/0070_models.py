"""Models: what is asked to be trained, what became of it, and which one answers."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0070"
down_revision: str | None = "0068"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLE = "models"
TIME = sa.DateTime(timezone=True)
STATES = "'queued', 'training', 'ready', 'failed', 'cancelled', 'live', 'earlier'"
FAULTS = "'interrupted', 'files_changed', 'training', 'measuring', 'refused', 'superseded'"
SAID = "Models that were asked to be trained, are being trained, answer, or did"
COMMENTS: Mapping[str, str] = {
    "fingerprint": "Of the files that it is made of: names its file, too",
    "revision": "Commit of those files, and whether they were changed since; empty: they are in no checkout",
    "reason": "Why it was asked for, in their words. Empty: it was found to answer",
    "ended_at": "When training was over, however it ended",
    "live_at": "Since when it answers, or when it did so last",
    "wanted_at": "When it was released, or gone back to; null: it answers, or nobody wants it to",
    "percent": "How far the training is",
    "step": "What it is at",
    "said": "The end of what the training wrote",
    "figures": "What its evaluation on held-out turns told",
    "fault": "Why it failed, or was not taken",
    "path": "Its file, under the models of the data directory; null: it is not kept",
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False, server_default=""),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("started_at", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("live_at", TIME),
        sa.Column("wanted_at", TIME),
        sa.Column("percent", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("step", sa.Text(), nullable=False, server_default=""),
        sa.Column("said", sa.Text(), nullable=False, server_default=""),
        sa.Column("figures", JSONB()),
        sa.Column("fault", sa.Text()),
        sa.Column("path", sa.Text()),
        sa.Column("bytes", sa.BigInteger()),
        sa.CheckConstraint(f"state IN ({STATES})", name="ck_models_state"),
        sa.CheckConstraint(f"fault IN ({FAULTS})", name="ck_models_fault"),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name="ck_models_percent"),
    )
    once = sa.text("state NOT IN ('failed', 'cancelled')")
    op.create_index("uq_models_fingerprint", TABLE, ["fingerprint"], unique=True, postgresql_where=once)
    one = sa.text("state IN ('training', 'live')")
    op.create_index("uq_models_state", TABLE, ["state"], unique=True, postgresql_where=one)
    wanted = sa.text("wanted_at IS NOT NULL")
    op.create_index("uq_models_wanted", TABLE, [sa.text("(true)")], unique=True, postgresql_where=wanted)
    op.create_table_comment(TABLE, SAID)
    for column, about in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN {TABLE}.{column} IS '{about}'")


def downgrade() -> None:
    op.drop_table(TABLE)
