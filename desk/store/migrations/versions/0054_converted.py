"""Whether the Traditional Chinese of an announcement was converted and read by nobody before it was sent."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0054"
down_revision: str | None = "0053"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

CONVERTED = (
    "Its Traditional Chinese is converted from Simplified and nobody read it before: residents read that. "
    "Of what was approved earlier that is not known, and false"
)


def upgrade() -> None:
    op.add_column(
        "announcements",
        sa.Column("converted", sa.Boolean(), server_default=sa.false(), nullable=False, comment=CONVERTED),
    )


def downgrade() -> None:
    op.drop_column("announcements", "converted")
