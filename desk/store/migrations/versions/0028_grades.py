"""Grades that residents give the work of an agency, and what was done about bad ones."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
GRADES = "'very_satisfied', 'satisfied', 'fairly_satisfied', 'dissatisfied', 'very_dissatisfied'"

TABLE = "A ticket whose resident was asked for a grade, the grade, and how a bad one was mended. Stays for figures."
COLUMNS = {
    "ticket_id": "Null: the conversation was forgotten",
    "agency": "Slug of who is graded",
    "clerk": "Login of whom the grade is about; they neither see nor mend it. Null: forgotten",
    "asked_at": "When the ticket ended, with which the resident was asked first",
    "invited_at": "When the resident was asked once more",
    "is_open": "Whether a grade may be given or changed: not once it is mended, or everything was erased",
    "grade": "very_satisfied | satisfied | fairly_satisfied | dissatisfied | very_dissatisfied",
    "words": "Sealed: what the resident wrote with a bad grade",
    "words_until": "Until when the next message is taken for it",
    "mending_id": "The ticket in which it is mended",
    "mend_by": "When the time to mend it runs out, as its clock said at the end",
    "mended_at": "When that ticket was closed as solved",
    "called_back_at": "When the resident was told what was done",
    "second_grade": "What the resident gave after that",
}


def upgrade() -> None:
    op.create_table(
        "ticket_grades",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("ticket_id", sa.BigInteger(), sa.ForeignKey("tickets.id", ondelete="SET NULL"), unique=True),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("clerk", sa.Text()),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("invited_at", TIME),
        sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("grade", sa.Text()),
        sa.Column("graded_at", TIME),
        sa.Column("words", sa.dialects.postgresql.JSONB()),
        sa.Column("words_until", TIME),
        sa.Column("mending_id", sa.BigInteger(), sa.ForeignKey("tickets.id", ondelete="SET NULL"), unique=True),
        sa.Column("mend_by", TIME),
        sa.Column("mended_at", TIME),
        sa.Column("called_back_at", TIME),
        sa.Column("second_grade", sa.Text()),
        sa.Column("second_at", TIME),
        sa.CheckConstraint(f"grade IN ({GRADES})", name="ck_ticket_grades_grade"),
        sa.CheckConstraint(f"second_grade IN ({GRADES})", name="ck_ticket_grades_second_grade"),
    )
    op.create_index("ix_ticket_grades_agency", "ticket_grades", ["city", "agency", "asked_at"])
    op.create_table_comment("ticket_grades", TABLE)
    for column, said in COLUMNS.items():
        op.execute(f"COMMENT ON COLUMN ticket_grades.{column} IS '{said}'")


def downgrade() -> None:
    op.execute("DELETE FROM tickets WHERE matter LIKE 'grade:%'")
    op.drop_table("ticket_grades")
