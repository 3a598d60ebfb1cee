"""What a conversation stands at after its last turn, given back with the next one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("dialogue_states", sa.Column("situation", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("dialogue_states", "situation")
