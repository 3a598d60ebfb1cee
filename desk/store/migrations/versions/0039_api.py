"""What programs asked for with a key of their own making: asked again, nothing new is made."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COMMENT = "What a program made with a request, by its idempotency key. Kept for a week."


def upgrade() -> None:
    op.create_table(
        "api_requests",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of the body"),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name="fk_api_requests_announcement_id_announcements",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("login", "key", name="pk_api_requests"),
        comment=COMMENT,
    )
    op.create_index("ix_api_requests_announcement_id", "api_requests", ["announcement_id"])
    op.create_index("ix_api_requests_at", "api_requests", ["at"])


def downgrade() -> None:
    op.drop_table("api_requests")
