"""Files that are kept back until somebody has looked for malware in them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0062"
down_revision: str | None = "0061"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
HELD = "Whether nobody may open it: it waits for a look for malware"
SCANNED = "When nothing was found in it; null: nobody has looked"
TRIED = "When a look last came to nothing"


def upgrade() -> None:
    op.add_column(
        "media_files", sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false(), comment=HELD)
    )
    op.add_column("media_files", sa.Column("scanned_at", TIME, comment=SCANNED))
    op.add_column("media_files", sa.Column("tried_at", TIME, comment=TRIED))
    op.create_index(
        "ix_media_files_unscanned",
        "media_files",
        [sa.text("tried_at NULLS FIRST"), sa.text("created_at DESC")],
        postgresql_where=sa.text("scanned_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_media_files_unscanned", table_name="media_files")
    for column in ("tried_at", "scanned_at", "held"):
        op.drop_column("media_files", column)
