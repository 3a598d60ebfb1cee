"""Programs that hear of each change of their agency's announcements, and lists that agencies bring."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0046"
down_revision: str | None = "0045"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

CALLBACKS = "Addresses of programs that hear of each change of an agency's announcements, signed"
EVENTS = "A change that a program has not taken yet; gone once it has"
LISTS = "Who is known here of a list that an agency brought: the numbers on it are not kept. Ends after 30 days"
MEMBERS = "Conversations to which lines of a list led"
EVENT = "announcement_callback_events"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "announcement_callbacks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("login", sa.Text(), nullable=False, comment="Of the account that registered it"),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False, comment="Slug of the agency that it hears of"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False, comment="Sealed: what its messages are signed with"),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False, server_default="0", comment="In a row that failed"),
        sa.Column("failing_since", TIME, nullable=True, comment="Since when it has taken nothing; null: it takes all"),
        sa.Column("due_at", TIME, nullable=True, comment="It is not tried again before"),
        sa.Column("disabled_at", TIME, nullable=True, comment="From when it is told no more"),
        sa.Column("why", sa.Text(), nullable=True, comment="takes_nothing | not_permitted"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login", "city", "agency", "url", name="uq_announcement_callbacks_login"),
        comment=CALLBACKS,
    )
    op.create_index("ix_announcement_callbacks_agency", "announcement_callbacks", ["city", "agency"])
    op.create_table(
        EVENT,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="The program is told it"),
        sa.Column("callback_id", sa.BigInteger(), nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False, comment="As in announcement_events, and done"),
        sa.Column("state", sa.Text(), nullable=False, comment="Of the announcement after it"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["callback_id"], ["announcement_callbacks.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcements.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        comment=EVENTS,
    )
    op.create_index("ix_announcement_callback_events_callback_id", EVENT, ["callback_id", "id"])
    op.create_index("ix_announcement_callback_events_announcement_id", EVENT, ["announcement_id"])
    op.create_table(
        "announcement_lists",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False, comment="Slug of the agency whose it is, and nobody else's"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="telephones | references"),
        sa.Column("lines", sa.BigInteger(), nullable=False, comment="Different ones that had something"),
        sa.Column("known", sa.BigInteger(), nullable=False, comment="Of them, those that led to somebody"),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("good_until", TIME, nullable=False, comment="When it is deleted"),
        sa.PrimaryKeyConstraint("id"),
        comment=LISTS,
    )
    op.create_index("ix_announcement_lists_good_until", "announcement_lists", ["good_until"])
    op.create_table(
        "announcement_list_members",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False, comment="Of the conversation"),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["announcement_lists.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("list_id", "account_id", "conversation_id"),
        comment=MEMBERS,
    )
    op.create_index("ix_announcement_list_members_conversation_id", "announcement_list_members", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("announcement_list_members")
    op.drop_table("announcement_lists")
    op.drop_table(EVENT)
    op.drop_table("announcement_callbacks")
