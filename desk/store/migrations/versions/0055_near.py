"""Places near which residents want notices, what was read on pages, and which announcements everybody may read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0055"
down_revision: str | None = "0054"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

PLACES = "Where residents want to hear of what happens nearby: squares of a grid, never a point or an address"
CELL = "A square of a hundredth of a degree, about 1 km (`desk.contract.grid`)"
ON_PAGES = "Whether everybody may read it; null: unless it is for users of services or a list"
READ_AT = "When a page showed it, where the channel tells so; null: not yet, or nobody can say"
TELLS = "Of those told, in conversations whose channel tells what was read"
READ = "Of those, read"
# What corrects one that is for those on a list alone is for them alone. What is approved stays as it was approved.
CORRECTIONS = """
    UPDATE announcements SET on_pages = false
    WHERE corrects IS NOT NULL AND state <> 'approved' AND id IN (
        WITH RECURSIVE narrow (id) AS (
            SELECT id FROM announcements WHERE audience ->> 'whom' IN ('users', 'list')
            UNION
            SELECT next.id FROM narrow JOIN announcements AS next ON next.corrects = narrow.id
        )
        SELECT id FROM narrow
    )
"""


def upgrade() -> None:
    op.create_table(
        "notice_places",
        sa.Column("conversation_id", postgresql.UUID(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False, comment=CELL),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id", "city", "cell"),
        comment=PLACES,
    )
    op.create_index("ix_notice_places_cell", "notice_places", ["city", "cell", "conversation_id"])
    op.create_index("ix_notice_places_account_id", "notice_places", ["city", "account_id", "conversation_id", "cell"])
    op.add_column("announcements", sa.Column("on_pages", sa.Boolean(), comment=ON_PAGES))
    op.execute(CORRECTIONS)
    read_at = sa.Column("read_at", sa.DateTime(timezone=True), comment=READ_AT)
    op.add_column("announcement_deliveries", read_at)
    for name, comment in (("tells", TELLS), ("read", READ)):
        column = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0", comment=comment)
        op.add_column("announcement_counts", column)


def downgrade() -> None:
    op.drop_column("announcement_counts", "read")
    op.drop_column("announcement_counts", "tells")
    op.drop_column("announcement_deliveries", "read_at")
    op.drop_column("announcements", "on_pages")
    op.drop_table("notice_places")
