"""Who let an announcement be told in quiet hours that would have held it.

The release before neither sets nor reads the column: its workers hold until the morning what this one lets go.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0086"
down_revision: str | None = "0085"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

COMMENT = "Login of who let it be told in quiet hours that would have held it; null: nobody did"


def upgrade() -> None:
    op.add_column("announcements", sa.Column("hurried_by", sa.Text(), comment=COMMENT))


def downgrade() -> None:
    op.drop_column("announcements", "hurried_by")
