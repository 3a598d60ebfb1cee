"""What is counted of pages without anybody being known, which scripts sites may have pinned, and what a page is about.

The release before neither reads nor writes any of it.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0090"
down_revision: str | None = "0089"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

CAME_FROM = "What the page is about on which it was opened, as its site wrote it; numbers of persons masked"
SAID: Mapping[str, str] = {
    "site_counts": "What happened to the chat's button on sites, by day: numbers alone, nothing of a resident",
    "guide_votes": "Whether guides helped, by day: numbers alone, nothing of a resident",
    "chat_scripts": "Versions of the chat's script that were served under their own address, for sites that pin them",
}
SHARD = "One of the rows that are counted in, so that many at once do not wait for each other"
SITE_WHAT = "what IN ('viewed', 'opened', 'begun', 'completed')"
ANSWER = "answer IN ('yes', 'no', 'unclear', 'missing', 'outdated')"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("came_from", sa.Text(), comment=CAME_FROM))
    op.create_table(
        "site_counts",
        sa.Column("day", sa.Date(), nullable=False, comment="Of the city"),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("shard", sa.BigInteger(), nullable=False, comment=SHARD),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "city", "origin", "what", "shard"),
        sa.CheckConstraint(SITE_WHAT, name="ck_site_counts_what"),
    )
    op.create_table(
        "guide_votes",
        sa.Column("day", sa.Date(), nullable=False, comment="Of the city"),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("guide", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False, comment="yes, no, or why not"),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "city", "guide", "locale", "answer"),
        sa.CheckConstraint(ANSWER, name="ck_guide_votes_answer"),
    )
    op.create_table(
        "chat_scripts",
        sa.Column("version", sa.Text(), primary_key=True, comment="16 hexadecimal digits of its hash"),
        sa.Column("integrity", sa.Text(), nullable=False, comment="By what a page pins it"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
    )
    for table, said in SAID.items():
        op.create_table_comment(table, said)


def downgrade() -> None:
    for table in SAID:
        op.drop_table(table)
    op.drop_column("conversations", "came_from")
