"""Linked conversations in which a clerk's ticket is spoken of, too."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, UUID

revision: str = "0050"
down_revision: str | None = "0049"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "tickets",
        sa.Column(
            "also_in",
            ARRAY(UUID()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Conversations, linked with its own, in which what is said of it is said, too",
        ),
    )


def downgrade() -> None:
    op.drop_column("tickets", "also_in")
