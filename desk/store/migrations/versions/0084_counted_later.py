"""Daily figures count whom an announcement is told later, and who is not told, as its own page does."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0084"
down_revision: str | None = "0082"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

TABLE = "announcement_counts"
COUNTS = {
    "later": "To be told in a digest, after quiet hours or the next day; not among those told",
    "untold": "Whom it was for and who is not told after all; not among those told",
}


def upgrade() -> None:
    for name, comment in COUNTS.items():
        column = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0", comment=comment)
        op.add_column(TABLE, column)


def downgrade() -> None:
    for name in reversed(COUNTS):
        op.drop_column(TABLE, name)
