"""Beside the shape of the database: from which shape on roles bear it, so that two releases work on it at a time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0077"
down_revision: str | None = "0076"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

SERVES_FROM = "The oldest shape whose roles bear this one"


def upgrade() -> None:
    op.add_column("alembic_version", sa.Column("serves_from", sa.Text(), nullable=True, comment=SERVES_FROM))


def downgrade() -> None:
    op.drop_column("alembic_version", "serves_from")
