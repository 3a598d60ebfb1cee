"""Sends of corrections to those who still waited for what they correct."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0067"
down_revision: str | None = "0065"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

SENDS = "announcement_sends"
KEY = "pk_announcement_sends"
NOBODY = "00000000-0000-0000-0000-000000000000"
IN_PLACE_OF = "Told to who still waited for this announcement when the other corrected it; 0: to whom that is for"
DECIDED = "ix_announcement_events_decided"
STARTED = "Recipients beyond this conversation are told"


def upgrade() -> None:
    op.add_column(SENDS, sa.Column("in_place_of", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(SENDS, sa.Column("started", sa.Uuid(), server_default=NOBODY, nullable=False))
    op.execute(f"COMMENT ON COLUMN {SENDS}.in_place_of IS '{IN_PLACE_OF}'")
    op.execute(f"COMMENT ON COLUMN {SENDS}.started IS '{STARTED}'")
    op.drop_constraint(KEY, SENDS)
    op.create_primary_key(KEY, SENDS, ["announcement_id", "account_id", "in_place_of"])
    op.create_index("ix_held_notices_announcement_id", "held_notices", ["announcement_id"])
    op.create_index(DECIDED, "announcement_events", ["at"], postgresql_where=sa.text("act IN ('approve', 'reject')"))


def downgrade() -> None:
    op.drop_index(DECIDED, table_name="announcement_events")
    op.drop_index("ix_held_notices_announcement_id", table_name="held_notices")
    op.execute(f"DELETE FROM {SENDS} WHERE in_place_of <> 0")
    op.drop_constraint(KEY, SENDS)
    op.create_primary_key(KEY, SENDS, ["announcement_id", "account_id"])
    op.drop_column(SENDS, "started")
    op.drop_column(SENDS, "in_place_of")
