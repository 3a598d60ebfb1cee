"""Of whom else an announcement is for, and posts that take back what stands on public accounts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0059"
down_revision: str | None = "0058"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ALSO_REACHED = "Earlier announcements: whoever these reached is told of it, too"
WITHDRAWS = "Says that the announcement, which stands there or may, was withdrawn"
NAME = "uq_public_posts_announcement_id_account_id_kind_beyond"
UNIQUE = ["announcement_id", "account_id", "kind", "beyond"]


def upgrade() -> None:
    op.add_column(
        "announcements",
        sa.Column(
            "also_reached",
            sa.ARRAY(sa.BigInteger()),
            nullable=False,
            server_default=sa.text("'{}'::bigint[]"),
            comment=ALSO_REACHED,
        ),
    )
    op.add_column(
        "public_posts",
        sa.Column("withdraws", sa.Boolean(), nullable=False, server_default=sa.false(), comment=WITHDRAWS),
    )
    op.drop_constraint(NAME, "public_posts", type_="unique")
    op.create_unique_constraint(NAME, "public_posts", [*UNIQUE, "withdraws"])
    op.create_index(  # what counting an audience reads of conversations, in their order
        "ix_conversations_account_id",
        "conversations",
        ["account_id", "id"],
        postgresql_include=["city", "locale", "channel"],
    )


def downgrade() -> None:
    op.drop_index("ix_conversations_account_id", table_name="conversations")
    op.execute("DELETE FROM public_posts WHERE withdraws")
    op.drop_constraint(NAME, "public_posts", type_="unique")
    op.create_unique_constraint(NAME, "public_posts", UNIQUE)
    op.drop_column("public_posts", "withdraws")
    op.drop_column("announcements", "also_reached")
