"""Announcements for everybody to read: found by their words, and hubs that are told when feeds change."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision: str = "0043"
down_revision: str | None = "0042"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)

# Words of Latin letters and digits as they are; of Chinese text each two characters that stand side by side, and the
# last one alone, so that one character is found as a beginning. `desk.announcements.feeds.terms` writes what is
# looked for in the same way.
TERMS = r"""
    CREATE FUNCTION announcement_terms(titles jsonb, texts jsonb) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce(array_to_tsvector(array_agg(DISTINCT term)), CAST('' AS tsvector))
        FROM (SELECT value FROM jsonb_each_text(titles) UNION ALL SELECT value FROM jsonb_each_text(texts)) AS said
        CROSS JOIN LATERAL regexp_matches(
            lower(normalize(said.value, NFKC)), '[a-z0-9]+|[\u3400-\u9fff\U00020000-\U0003ffff]+', 'g') AS run (found)
        CROSS JOIN LATERAL (
            SELECT left(found[1], 40) AS term WHERE found[1] ~ '^[a-z0-9]'
            UNION ALL
            SELECT substr(found[1], at, 2) FROM generate_series(1, length(found[1])) AS at
            WHERE found[1] !~ '^[a-z0-9]') AS cut
    $$
"""
COMMENTS = {
    "announcements.terms": "What it is found by: words, and of Chinese text each two characters side by side",
    "feed_pings": "What a WebSub hub was told: one row a city",
    "feed_pings.city": "City, by its slug",
    "feed_pings.told_to": "All that changed until then was told",
    "feed_pings.due_at": "Before that the hub is not told again",
    "feed_pings.tries": "Times in a row that the hub did not take it",
    "feed_pings.why": "Why it did not take it the last time",
}


def upgrade() -> None:
    op.execute(TERMS)
    op.add_column(
        "announcements",
        sa.Column(
            "terms",
            TSVECTOR(),
            sa.Computed("announcement_terms(titles, texts)", persisted=True),
            comment=COMMENTS["announcements.terms"],
        ),
    )
    op.create_index("ix_announcements_terms", "announcements", ["terms"], postgresql_using="gin")
    op.create_index("ix_announcements_topic", "announcements", ["city", "topic", "published_at"])
    op.create_index(
        "ix_announcements_changed", "announcements", ["city", sa.text("coalesce(withdrawn_at, published_at)")]
    )
    op.create_table(
        "feed_pings",
        sa.Column("city", sa.Text(), nullable=False, comment=COMMENTS["feed_pings.city"]),
        sa.Column("told_to", TIME, nullable=False, comment=COMMENTS["feed_pings.told_to"]),
        sa.Column("due_at", TIME, nullable=True, comment=COMMENTS["feed_pings.due_at"]),
        sa.Column(
            "tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment=COMMENTS["feed_pings.tries"]
        ),
        sa.Column("why", sa.Text(), nullable=True, comment=COMMENTS["feed_pings.why"]),
        sa.PrimaryKeyConstraint("city", name="pk_feed_pings"),
        comment=COMMENTS["feed_pings"],
    )


def downgrade() -> None:
    op.drop_table("feed_pings")
    op.drop_index("ix_announcements_changed", table_name="announcements")
    op.drop_index("ix_announcements_topic", table_name="announcements")
    op.drop_index("ix_announcements_terms", table_name="announcements")
    op.drop_column("announcements", "terms")
    op.execute("DROP FUNCTION announcement_terms(jsonb, jsonb)")
