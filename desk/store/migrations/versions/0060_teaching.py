"""Messages that trainers look at, what they decide, and what is taught by it."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision: str = "0060"
down_revision: str | None = "0059"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
ID = sa.Identity(always=True)
STATES = "'open', 'second', 'third', 'settled', 'passed'"
COMMENTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "teaching_progress": (
        "Up to which message the messages of residents were looked through for trainers. One row",
        {"message_id": "The last one", "one": "Always true: there is one row"},
    ),
    "teaching_weeks": (
        "How many messages that the bot read came in each week: what the random sample stands for",
        {"week": "Its Monday, in Asia/Shanghai"},
    ),
    "teaching_lines": (
        "Messages worth a trainer's look, and those of the random samples. Goes with its message",
        {
            "heard": "The likeliest command, as the bot had it; a start with its service",
            "confidence": "Its probability",
            "place": "Where the conversation stood, without values: service, step, what was asked, what a yes does",
            "signals": "Why it is worth a look; empty: it is only in a sample",
            "sampled_in": "Monday of the week in whose random sample it is; null: in none",
            "chance": "Drawn when it was found, 0 to 1: the smallest of a week are its sample",
            "is_blind": "Whether a second trainer says what it is without seeing what the first said",
            "content": "Text with values of persons hidden, what was said before, likeliest commands: sealed",
            "group_id": "The first line of those of like meaning in a like situation; null: not compared yet",
            "commands": "What it is, once that is settled; the first is what it is learnt as",
        },
    ),
    "teaching_decisions": (
        "What trainers decided, each over one line or many of a group. Nothing of residents",
        {
            "kind": "Labelled, passed over, or brought from a file",
            "commands": "What was said that the lines are",
            "lines": "How many lines it was about",
            "undone_at": "When who decided took it back; null: it holds",
        },
    ),
    "teaching_opinions": (
        "What a trainer said that a line is; several where a second opinion is asked. Goes with the line",
        {
            "round": "1: the first; 2: the second, blind; 3: who settles it",
            "spans": "Values in the text: entity, begin and end. No text",
        },
    ),
    "taught_lines": (
        "Lines with their label, for the data that the model learns from. Without values of persons",
        {
            "line_id": "Null: its message is gone, or it was brought from a file",
            "conversation_id": "Until that is forgotten: erasing it deletes the line, too. Null: nothing tells whose",
            "text": "Values of persons stand as the name of their type in brackets",
            "spans": "Other values in it: entity, begin and end",
            "situation": "`Situation` without values; null: nothing was said before",
            "decision_id": "By which it came",
            "exported_at": "When it was in an export last",
        },
    ),
    "teaching_proposals": (
        "New commands and guides that trainers propose, in their words",
        {
            "kind": "A command or a guide",
            "meaning": "What it is for, as its trainer wrote it",
            "closed_as": "Taken up or dropped; null: it waits",
        },
    ),
}


def upgrade() -> None:
    op.create_table(
        "teaching_progress",
        sa.Column("one", sa.Boolean(), primary_key=True, server_default=sa.true()),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one", name="ck_teaching_progress_one"),
    )
    op.execute("INSERT INTO teaching_progress (message_id) SELECT coalesce(max(id), 0) FROM inbound_messages")
    op.create_table(
        "teaching_weeks",
        sa.Column("week", sa.Date(), primary_key=True),
        sa.Column("messages", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "teaching_lines",
        sa.Column("id", sa.BigInteger(), ID, primary_key=True),
        sa.Column(
            "message_id",
            sa.BigInteger(),
            sa.ForeignKey("inbound_messages.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("conversation_id", sa.Uuid(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("said_at", TIME, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("signals", ARRAY(sa.Text()), nullable=False),
        sa.Column("sampled_in", sa.Date()),
        sa.Column("chance", sa.Double(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("group_id", sa.BigInteger()),
        sa.Column("state", sa.Text(), nullable=False, server_default="open"),
        sa.Column("commands", ARRAY(sa.Text())),
        sa.CheckConstraint(f"state IN ({STATES})", name="ck_teaching_lines_state"),
    )
    op.create_index("ix_teaching_lines_conversation_id", "teaching_lines", ["conversation_id"])
    op.create_index("ix_teaching_lines_group_id", "teaching_lines", ["group_id"])
    op.create_index("ix_teaching_lines_state", "teaching_lines", ["state", "said_at"])
    op.create_index(
        "ix_teaching_lines_sampled_in",
        "teaching_lines",
        ["sampled_in", "chance"],
        postgresql_where=sa.text("sampled_in IS NOT NULL"),
    )
    op.create_table(
        "teaching_decisions",
        sa.Column("id", sa.BigInteger(), ID, primary_key=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("commands", ARRAY(sa.Text()), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", TIME),
        sa.CheckConstraint("kind IN ('label', 'pass', 'file')", name="ck_teaching_decisions_kind"),
    )
    op.create_table(
        "teaching_opinions",
        sa.Column("line_id", sa.BigInteger(), sa.ForeignKey("teaching_lines.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("round", sa.BigInteger(), primary_key=True),
        sa.Column("decision_id", sa.BigInteger(), sa.ForeignKey("teaching_decisions.id"), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("commands", ARRAY(sa.Text()), nullable=False),
        sa.Column("spans", JSONB(), nullable=False),
        sa.UniqueConstraint("line_id", "by", name="uq_teaching_opinions_line_id_by"),
    )
    op.create_index("ix_teaching_opinions_decision_id", "teaching_opinions", ["decision_id"])
    op.create_table(
        "taught_lines",
        sa.Column("id", sa.BigInteger(), ID, primary_key=True),
        sa.Column("line_id", sa.BigInteger(), sa.ForeignKey("teaching_lines.id", ondelete="SET NULL"), unique=True),
        sa.Column("conversation_id", sa.Uuid(), sa.ForeignKey("conversations.id", ondelete="SET NULL")),
        sa.Column("decision_id", sa.BigInteger(), sa.ForeignKey("teaching_decisions.id"), nullable=False),
        sa.Column("city", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("commands", ARRAY(sa.Text()), nullable=False),
        sa.Column("spans", JSONB(), nullable=False),
        sa.Column("situation", JSONB()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("settled_at", TIME, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("exported_at", TIME),
    )
    op.create_index("ix_taught_lines_conversation_id", "taught_lines", ["conversation_id"])
    op.create_index("ix_taught_lines_decision_id", "taught_lines", ["decision_id"])
    op.create_table(
        "teaching_proposals",
        sa.Column("id", sa.BigInteger(), ID, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), sa.ForeignKey("teaching_lines.id", ondelete="SET NULL")),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("closed_as", sa.Text()),
        sa.Column("closed_by", sa.Text()),
        sa.CheckConstraint("kind IN ('command', 'guide')", name="ck_teaching_proposals_kind"),
        sa.CheckConstraint("closed_as IN ('taken', 'dropped')", name="ck_teaching_proposals_closed_as"),
    )
    for table, (said, columns) in COMMENTS.items():
        op.create_table_comment(table, said)
        for column, about in columns.items():
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{about}'")


def downgrade() -> None:
    for table in (
        "teaching_proposals",
        "taught_lines",
        "teaching_opinions",
        "teaching_decisions",
        "teaching_lines",
        "teaching_weeks",
        "teaching_progress",
    ):
        op.drop_table(table)
