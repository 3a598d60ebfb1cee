"""How announcements fared, counted by channel; links that lead nowhere; what an inspection would find."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0045"
down_revision: str | None = "0044"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
COUNTS = {
    "told": "Conversations in which it was said; the next seven add up to it",
    "shown": "Where nothing is sent: it is read on the page",
    "delivered": "The platform took it, and has not told that it did not arrive",
    "waiting": "In the outbox",
    "failed": "Refused, or told not to have arrived",
    "unknown": "Nobody knows whether it arrived",
    "withheld": "Not sent: the resident was not there any more, or wants nothing unasked",
    "digested": "Said in one message with others",
    "replied": "Who wrote or pressed something within 24 hours",
    "unsubscribed": "Who unsubscribed from its topic, or from all, within 24 hours",
}
UNSUBSCRIBED = "When the resident unsubscribed from its topic, if that was within 24 hours of being told"
COUNT_AT = "When what became of it is counted next; null: never again"
COUNTED_AT = "When what became of it was counted last"


def upgrade() -> None:
    op.add_column("announcement_deliveries", sa.Column("unsubscribed_at", TIME, comment=UNSUBSCRIBED))
    op.add_column("announcements", sa.Column("count_at", TIME, server_default="epoch", comment=COUNT_AT))
    op.add_column("announcements", sa.Column("counted_at", TIME, comment=COUNTED_AT))
    op.create_index(
        "ix_announcements_count_at",
        "announcements",
        ["count_at"],
        postgresql_where=sa.text("published_at IS NOT NULL AND mode = 'live'"),
    )
    op.create_table(
        "announcement_counts",
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False, comment=comment) for name, comment in COUNTS.items()),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name="fk_announcement_counts_announcement_id_announcements",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("announcement_id", "channel", name="pk_announcement_counts"),
        comment="What became of an announcement on a channel, as it was counted last: bare numbers.",
    )
    op.create_index(
        "ix_public_posts_sent", "public_posts", ["account_id", "ended_at"], postgresql_where=sa.text("state = 'sent'")
    )
    op.create_table(
        "link_checks",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("checked_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False, comment="When it is looked at again"),
        sa.Column("failures", sa.BigInteger(), nullable=False, comment="In a row"),
        sa.Column("failing_since", TIME, comment="Null: it leads somewhere"),
        sa.Column("why", sa.Text(), server_default="", nullable=False, comment="A status of HTTP, away or timeout"),
        sa.PrimaryKeyConstraint("url", name="pk_link_checks"),
        comment="Whether links of announcements in force lead somewhere.",
    )
    op.create_table(
        "inspection_findings",
        sa.Column("kind", sa.Text(), nullable=False, comment="account | questions | link"),
        sa.Column("subject", sa.Text(), nullable=False, comment="Account, `city/agency`, or number of an announcement"),
        sa.Column("state", sa.Text(), nullable=False, comment="warning | alarm"),
        sa.Column("since", TIME, nullable=False, comment="When staff were told of this state"),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_inspection_findings"),
        comment="What an inspection would find, and staff were told of: once in each state.",
    )


def downgrade() -> None:
    op.drop_table("inspection_findings")
    op.drop_table("link_checks")
    op.drop_index("ix_public_posts_sent", table_name="public_posts")
    op.drop_table("announcement_counts")
    op.drop_index("ix_announcements_count_at", table_name="announcements")
    op.drop_column("announcements", "counted_at")
    op.drop_column("announcements", "count_at")
    op.drop_column("announcement_deliveries", "unsubscribed_at")
