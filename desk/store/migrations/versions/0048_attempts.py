"""Each attempt on a public account; sends that paused by themselves are told to staff, and watched anew later."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0048"
down_revision: str | None = "0046"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

WATCHED = "What was told up to here does not pause it: somebody has resumed it since; null: all of it counts"
KINDS = "'{emergency,escalation,request,decision}'::text[]"
KINDS_NOW = "'{emergency,escalation,request,decision,pause}'::text[]"
TABLE = "public_post_attempts"
ATTEMPTS = "A call to a platform with a post or part, written before it is called. Earlier versions kept none."
POSTS = (
    "An announcement said by an account on its platform: to everybody, or a part of those who "
    "subscribed there. `sending` is written before the platform is called: what still stands "
    "there when its job is done again was in the hands of somebody who died, and becomes "
    "`unknown`. "
)
NEVER, UNLESS = "It is never sent twice.", "It is never sent again unless somebody asks for it."
ASKED = "How often somebody had it published again"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table_comment("public_posts", POSTS + UNLESS, existing_comment=POSTS + NEVER)
    op.add_column(
        "public_posts", sa.Column("asked", sa.BigInteger(), server_default="0", nullable=False, comment=ASKED)
    )
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column(
            "outcome",
            sa.Text(),
            nullable=False,
            comment="sending | taken | later (not taken for now) | refused | unknown | interrupted",
        ),
        sa.Column("why", sa.Text(), nullable=True, comment="As the platform said"),
        sa.Column("platform_id", sa.Text(), nullable=True, comment="Its number there"),
        sa.ForeignKeyConstraint(["post_id"], ["public_posts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        comment=ATTEMPTS,
    )
    op.create_index("ix_public_post_attempts_post_id", TABLE, ["post_id", "id"])
    op.add_column("announcement_sends", sa.Column("watched_from", sa.Uuid(), nullable=True, comment=WATCHED))
    op.execute(f"ALTER TABLE staff ALTER COLUMN alerts SET DEFAULT {KINDS_NOW}")
    op.execute("UPDATE staff SET alerts = array_append(alerts, 'pause') WHERE 'request' = ANY (alerts)")


def downgrade() -> None:
    op.execute("UPDATE staff SET alerts = array_remove(alerts, 'pause')")
    op.execute(f"ALTER TABLE staff ALTER COLUMN alerts SET DEFAULT {KINDS}")
    op.execute("DELETE FROM staff_alerts WHERE kind = 'pause'")
    op.drop_column("announcement_sends", "watched_from")
    op.drop_table(TABLE)
    op.drop_column("public_posts", "asked")
    op.create_table_comment("public_posts", POSTS + NEVER, existing_comment=POSTS + UNLESS)
