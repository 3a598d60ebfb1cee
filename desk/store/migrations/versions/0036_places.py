"""Through which channel a ticket came, and the district that its resident wants to hear of."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

COLUMNS = {
    "channel": "Through which channel its conversation came; empty: unknown",
    "district": "The one district of which the resident wanted notices when it was opened; empty: none, or several",
}


def upgrade() -> None:
    for name, comment in COLUMNS.items():
        op.add_column("tickets", sa.Column(name, sa.Text(), nullable=False, server_default="", comment=comment))
    op.execute(
        "UPDATE tickets SET channel = conversations.channel FROM conversations"
        " WHERE conversations.id = tickets.conversation_id"
    )


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("tickets", name)
