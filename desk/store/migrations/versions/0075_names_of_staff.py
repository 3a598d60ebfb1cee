"""Members of staff are found by their names, in whatever case."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0075"
down_revision: str | None = "0074"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_staff_name", "staff", [sa.text("lower(name)")])


def downgrade() -> None:
    op.drop_index("ix_staff_name", table_name="staff")
