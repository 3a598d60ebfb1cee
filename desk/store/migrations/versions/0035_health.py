"""When members of staff last logged in, and until when their last invitation holds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
COLUMNS = {
    "logged_in_at": "When they last proved who they are; null: never",
    "invited_until": "Until when the last invitation holds, or held; null: there was none",
}
LOGGED_IN = """
    UPDATE staff SET logged_in_at = greatest(
        (SELECT max(session.opened_at) FROM staff_sessions AS session
         WHERE session.staff_id = staff.id AND session.via <> 'key'),
        (SELECT max(record.at) FROM audit_records AS record
         WHERE record.actor = staff.login AND record.act IN ('staff.log_in', 'staff.join'))
    )
"""
INVITED = """
    UPDATE staff SET invited_until = invitation.good_until
    FROM staff_invitations AS invitation WHERE invitation.staff_id = staff.id
"""


def upgrade() -> None:
    for column, comment in COLUMNS.items():
        op.add_column("staff", sa.Column(column, TIME))
        op.execute(f"COMMENT ON COLUMN staff.{column} IS '{comment}'")
    op.execute(LOGGED_IN)
    op.execute(INVITED)


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("staff", column)
