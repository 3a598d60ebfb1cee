"""How many files are held is asked each minute; secrets that are asked for may be of a new account, too."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0068"
down_revision: str | None = "0067"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

BEFORE = "Sealed: those that are to replace `secrets` once another person allows it; null: none are asked for"
AFTER = (
    "Sealed: those that are to be `secrets` once another person allows it, of a new account too, which has none"
    " until then; null: none are asked for"
)


def upgrade() -> None:
    op.create_index("ix_media_files_held", "media_files", ["created_at"], postgresql_where=sa.text("held"))
    op.execute(f"COMMENT ON COLUMN channel_accounts.secrets_asked IS '{AFTER}'")


def downgrade() -> None:
    op.execute(f"COMMENT ON COLUMN channel_accounts.secrets_asked IS '{BEFORE}'")
    op.drop_index("ix_media_files_held", table_name="media_files")
