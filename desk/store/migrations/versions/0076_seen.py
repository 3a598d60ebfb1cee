"""When the armed store was last seen at work: by this a failover is told from a backup that was restored."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision: str = "0076"
down_revision: str | None = "0075"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

SEEN = "When a worker last saw this store at work, and armed"
TABLE = "From which store anything may be sent: a backup that is restored sends nothing until somebody arms it."
BEFORE = "In which store announcements may be sent: a backup that is restored elsewhere sends nothing."


def upgrade() -> None:
    op.add_column("announcement_arming", sa.Column("seen_at", TIMESTAMP(timezone=True), nullable=True, comment=SEEN))
    op.execute(f"COMMENT ON TABLE announcement_arming IS '{TABLE}'")


def downgrade() -> None:
    op.execute(f"COMMENT ON TABLE announcement_arming IS '{BEFORE}'")
    op.drop_column("announcement_arming", "seen_at")
