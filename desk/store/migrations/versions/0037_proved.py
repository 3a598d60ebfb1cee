"""When somebody proved who they are, where that was not when their session began."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0037"
down_revision: str | None = "0036"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COMMENT = "When the identity provider last asked who it is; null: at the beginning of the session, here"


def upgrade() -> None:
    op.add_column("staff_sessions", sa.Column("proved_at", sa.DateTime(timezone=True), comment=COMMENT))


def downgrade() -> None:
    op.drop_column("staff_sessions", "proved_at")
