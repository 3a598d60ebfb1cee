"""What an announcement says of an earlier one that was not wrong: that it has changed, or is over."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0051"
down_revision: str | None = "0050"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

EARLIER = "What became of the one before it, where that was not wrong: changed or over"


def upgrade() -> None:
    op.add_column("announcements", sa.Column("earlier", sa.Text(), comment=EARLIER))
    op.execute(
        "UPDATE announcements SET earlier = 'over' "
        "WHERE kind = 'alert' AND corrects IS NOT NULL AND created_by LIKE 'alerts:%'"
    )
    op.create_check_constraint(op.f("ck_announcements_earlier"), "announcements", "earlier IN ('changed', 'over')")
    op.create_index(
        "ux_announcements_over",
        "announcements",
        ["corrects"],
        unique=True,
        postgresql_where=sa.text("earlier = 'over' AND kind = 'announcement'"),
    )


def downgrade() -> None:
    op.drop_index("ux_announcements_over", table_name="announcements")
    op.drop_constraint(op.f("ck_announcements_earlier"), "announcements")
    op.drop_column("announcements", "earlier")
