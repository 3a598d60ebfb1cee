"""What is prepared for a call with others is known: who ends before the call has shown it to nobody.

The release before neither sets nor reads the column: what it has in hand is not prepared, and unknown if it ends.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0085"
down_revision: str | None = "0084"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

COMMENT = "In hand for a call with others that has not begun: nobody was shown it"


def upgrade() -> None:
    column = sa.Column("prepared", sa.Boolean, nullable=False, server_default=sa.false(), comment=COMMENT)
    op.add_column("deliveries", column)


def downgrade() -> None:
    op.drop_column("deliveries", "prepared")
