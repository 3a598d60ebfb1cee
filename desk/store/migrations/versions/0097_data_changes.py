"""Changes of the project's data that staff propose.

The release before neither reads nor writes any of it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision: str = "0097"
down_revision: str | None = "0096"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
phase = "pre"

TIME = sa.DateTime(timezone=True)
TABLE = "Changes of guides, facts, texts and lines that staff propose; what is allowed waits until it is in the files"
NAME = "Which entry: a guide's slug, folder and name of a fact, key of a text, folder and intent of lines"
AGENCY = "The agency whose guide it is; none: of no single one"
FIELDS = "The fields that it changes, as a form has them; nothing of a resident"


def upgrade() -> None:
    op.create_table(
        "data_changes",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True)),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False, comment=NAME),
        sa.Column("agency", sa.Text, comment=AGENCY),
        sa.Column("before", pg.JSONB, nullable=False, comment=FIELDS),
        sa.Column("after", pg.JSONB, nullable=False, comment=FIELDS),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", TIME, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("state", sa.Text, server_default="waits", nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", TIME),
        sa.Column("remark", sa.Text, server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('guide', 'fact', 'text', 'lines')", name="ck_data_changes_kind"),
        sa.CheckConstraint("state IN ('waits', 'allowed', 'refused', 'withdrawn')", name="ck_data_changes_state"),
        sa.CheckConstraint("(state = 'waits') = (decided_by IS NULL)", name="ck_data_changes_decided"),
        sa.CheckConstraint("state = 'withdrawn' OR decided_by IS DISTINCT FROM by", name="ck_data_changes_two"),
        sa.PrimaryKeyConstraint("id", name="pk_data_changes"),
        comment=TABLE,
    )
    op.create_index("ix_data_changes_state", "data_changes", ["state", "id"])


def downgrade() -> None:
    op.drop_table("data_changes")
