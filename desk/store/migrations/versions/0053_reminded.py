"""Whether those who may decide a request were reminded that it ends soon."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0053"
down_revision: str | None = "0051"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COMMENT = "When those who may decide it were reminded that it ends soon; null: not yet"


def upgrade() -> None:
    op.add_column("staff_requests", sa.Column("reminded_at", sa.DateTime(timezone=True), comment=COMMENT))


def downgrade() -> None:
    op.drop_column("staff_requests", "reminded_at")
