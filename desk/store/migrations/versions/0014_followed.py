"""Who follows accounts of several cities: one person of a platform, by a keyed hash."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("residents", sa.Column("person", sa.Text(), nullable=True))
    op.create_index("ix_residents_person", "residents", ["person"])


def downgrade() -> None:
    op.drop_index("ix_residents_person", table_name="residents")
    op.drop_column("residents", "person")
