"""Secrets of accounts that somebody asks to put in the place of those that hold, until another allows it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0064"
down_revision: str | None = "0063"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ASKED = "Sealed: those that are to replace `secrets` once another person allows it; null: none are asked for"


def upgrade() -> None:
    op.add_column("channel_accounts", sa.Column("secrets_asked", sa.LargeBinary(), comment=ASKED))


def downgrade() -> None:
    op.drop_column("channel_accounts", "secrets_asked")
