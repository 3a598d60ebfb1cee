"""Announcements from a draft to the last who is told: versions, approvals, history, audiences, sends by account."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")
OBJECT = sa.text("'{}'::jsonb")
NONE = sa.text("'{}'::text[]")
STATES = ("draft", "pending", "returned", "rejected", "approved", "sending", "done", "cancelled")
FIXED = """
    CREATE FUNCTION announcement_mode_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The mode of an announcement never changes.' USING ERRCODE = 'check_violation';
    END $$
"""
TRIGGER = """
    CREATE TRIGGER announcements_mode BEFORE UPDATE OF mode ON announcements FOR EACH ROW
    WHEN (OLD.mode IS DISTINCT FROM NEW.mode) EXECUTE FUNCTION announcement_mode_is_fixed()
"""
ARMED = """
    INSERT INTO announcement_arming (store, armed_by)
    SELECT system_identifier::text || '/' || timeline_id::text, 'installation'
    FROM pg_control_system(), pg_control_checkpoint()
"""


def text(name: str, default: str | None = None, *, comment: str | None = None, null: bool = False) -> sa.Column[str]:
    shown = None if default is None else sa.text(f"'{default}'")
    return sa.Column(name, sa.Text(), server_default=shown, nullable=null, comment=comment)


def big(name: str, default: str | None = None, *, comment: str | None = None, null: bool = False) -> sa.Column[int]:
    shown = None if default is None else sa.text(default)
    return sa.Column(name, sa.BigInteger(), server_default=shown, nullable=null, comment=comment)


def serial() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def time(name: str, *, comment: str | None = None, null: bool = True) -> sa.Column[object]:
    return sa.Column(name, TIME, server_default=None if null else NOW, nullable=null, comment=comment)


def of_announcement(table: str, column: str = "announcement_id") -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_announcements"
    return sa.ForeignKeyConstraint([column], ["announcements.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    for column in (
        text("kind", "announcement", comment="announcement | alert"),
        text("mode", "live", comment="live | training; never changes"),
        text("state", "done", comment=" | ".join(STATES)),
        text("urgency", "routine", comment="routine | important | urgent"),
        sa.Column("districts", ARRAY(sa.Text()), server_default=NONE, nullable=False, comment="Empty: the whole city"),
        sa.Column("public", ARRAY(sa.Text()), server_default=NONE, nullable=False, comment="On accounts: post | mass"),
        sa.Column("audience", JSONB(), server_default=OBJECT, nullable=False, comment="`Audience`"),
        sa.Column("schedule", JSONB(), server_default=OBJECT, nullable=False, comment="`Schedule`"),
        big("version", "1", comment="Grows with each change"),
        big("corrects", null=True, comment="The announcement whose readers are told what was wrong in it"),
        big("repeats", null=True, comment="The announcement of which this is one more time"),
        time("valid_from", comment="From when what it says holds"),
        text("created_by", ""),
        time("created_at", null=False),
        text("submitted_by", null=True),
        time("submitted_at"),
        time("due_at", comment="When it is to begin; null: not approved"),
        time("stale_at", comment="When it is too late to begin"),
        time("ended_at"),
    ):
        op.add_column("announcements", column)
    op.execute("UPDATE announcements SET districts = ARRAY[district] WHERE district IS NOT NULL")
    op.execute("UPDATE announcements SET created_by = published_by, created_at = published_at, ended_at = published_at")
    op.execute("UPDATE announcements SET state = 'cancelled' WHERE withdrawn_at IS NOT NULL")
    op.alter_column("announcements", "state", server_default=sa.text("'draft'"))
    op.drop_column("announcements", "district")
    op.alter_column("announcements", "published_by", nullable=True)
    op.alter_column("announcements", "published_at", nullable=True)
    op.create_foreign_key(
        "fk_announcements_corrects_announcements", "announcements", "announcements", ["corrects"], ["id"]
    )
    op.create_foreign_key(
        "fk_announcements_repeats_announcements", "announcements", "announcements", ["repeats"], ["id"]
    )
    op.create_index("ix_announcements_corrects", "announcements", ["corrects"])
    op.create_index("ix_announcements_repeats", "announcements", ["repeats"])
    op.create_index("ix_announcements_city_state_id", "announcements", ["city", "state", "id"])
    op.create_index(
        "ix_announcements_due_at", "announcements", ["due_at"], postgresql_where=sa.text("state = 'approved'")
    )
    op.create_index("ix_announcements_sending", "announcements", ["id"], postgresql_where=sa.text("state = 'sending'"))
    op.execute(FIXED)
    op.execute(TRIGGER)

    op.create_table(
        "announcement_versions",
        big("announcement_id"),
        big("version"),
        sa.Column("written", JSONB(), nullable=False, comment="`Draft`, whole"),
        text("saved_by"),
        time("saved_at", null=False),
        of_announcement("announcement_versions"),
        sa.PrimaryKeyConstraint("announcement_id", "version", name="pk_announcement_versions"),
        comment="An announcement as it was saved each time.",
    )
    op.create_table(
        "announcement_approvals",
        big("announcement_id"),
        big("version"),
        text("approved_by"),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of all that was approved"),
        sa.Column("languages", ARRAY(sa.Text()), nullable=False, comment="Which of its texts were read"),
        time("approved_at", null=False),
        of_announcement("announcement_approvals"),
        sa.PrimaryKeyConstraint("announcement_id", "version", "approved_by", name="pk_announcement_approvals"),
        comment="Who approved which version of an announcement, in which languages.",
    )
    op.create_table(
        "announcement_events",
        serial(),
        big("announcement_id"),
        big("version"),
        time("at", null=False),
        text("actor"),
        text("act"),
        text("reason", ""),
        of_announcement("announcement_events"),
        sa.PrimaryKeyConstraint("id", name="pk_announcement_events"),
        comment="What was done with an announcement, by whom and why.",
    )
    op.create_index("ix_announcement_events_announcement_id", "announcement_events", ["announcement_id", "id"])
    op.create_table(
        "announcement_sends",
        big("announcement_id"),
        big("account_id"),
        text("agency", comment="`city/agency`: agencies take turns"),
        sa.Column("urgent", sa.Boolean(), nullable=False, comment="Past quiet hours, before all others"),
        text("state", "going", comment="going | paused | ended"),
        text("why", null=True, comment="Why it is paused"),
        sa.Column("beyond", sa.Uuid(), nullable=False, comment="Recipients up to this conversation are done"),
        big("told", "0"),
        time("next_at", null=False),
        time("last_at", null=False),
        of_announcement("announcement_sends"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["channel_accounts.id"], name="fk_announcement_sends_account_id_channel_accounts"
        ),
        sa.PrimaryKeyConstraint("announcement_id", "account_id", name="pk_announcement_sends"),
        comment="The telling of an announcement to residents of one account, and how far it is.",
    )
    op.create_index("ix_announcement_sends_account_id", "announcement_sends", ["account_id"])
    op.create_index(
        "ix_announcement_sends_next_at", "announcement_sends", ["next_at"], postgresql_where=sa.text("state = 'going'")
    )
    op.create_table(
        "announcement_audiences",
        serial(),
        text("city"),
        text("agency"),
        text("name"),
        sa.Column("audience", JSONB(), nullable=False, comment="`Audience`"),
        text("saved_by"),
        time("saved_at", null=False),
        sa.PrimaryKeyConstraint("id", name="pk_announcement_audiences"),
        sa.UniqueConstraint("city", "agency", "name", name="uq_announcement_audiences_city_agency_name"),
        comment="An audience that an agency keeps, to take it again.",
    )
    op.create_table(
        "announcement_templates",
        serial(),
        text("city"),
        text("agency"),
        text("name"),
        sa.Column("written", JSONB(), nullable=False, comment="`Draft`"),
        text("saved_by"),
        time("saved_at", null=False),
        sa.PrimaryKeyConstraint("id", name="pk_announcement_templates"),
        sa.UniqueConstraint("city", "agency", "name", name="uq_announcement_templates_city_agency_name"),
        comment="Texts that an agency begins announcements from.",
    )
    op.create_table(
        "announcement_arming",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        text("store", comment="Which store it is: its system identifier and timeline"),
        text("armed_by"),
        time("armed_at", null=False),
        sa.PrimaryKeyConstraint("one", name="pk_announcement_arming"),
        sa.CheckConstraint("one", name="ck_announcement_arming_one"),
        comment="In which store announcements may be sent: a backup that is restored elsewhere sends nothing.",
    )

    op.execute(ARMED)

    op.add_column("announcement_deliveries", big("seq", null=True, comment="The message in the conversation's stream"))
    op.add_column("subscriptions", big("account_id", null=True, comment="Of the conversation"))
    op.execute(
        "UPDATE subscriptions SET account_id = conversations.account_id FROM conversations"
        " WHERE conversations.id = subscriptions.conversation_id"
    )
    op.alter_column("subscriptions", "account_id", nullable=False)
    op.drop_index("ix_subscriptions_topic", table_name="subscriptions")
    op.create_index(
        "ix_subscriptions_audience", "subscriptions", ["city", "topic", "account_id", "conversation_id", "district"]
    )
    op.create_index("ix_conversations_audience", "conversations", ["city", "account_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_conversations_audience", table_name="conversations")
    op.drop_index("ix_subscriptions_audience", table_name="subscriptions")
    op.create_index("ix_subscriptions_topic", "subscriptions", ["city", "topic", "conversation_id"])
    op.drop_column("subscriptions", "account_id")
    op.drop_column("announcement_deliveries", "seq")
    for table in (
        "announcement_arming",
        "announcement_templates",
        "announcement_audiences",
        "announcement_sends",
        "announcement_events",
        "announcement_approvals",
        "announcement_versions",
    ):
        op.drop_table(table)
    op.execute("DROP TRIGGER announcements_mode ON announcements")
    op.execute("DROP FUNCTION announcement_mode_is_fixed()")
    op.execute("DELETE FROM announcements WHERE published_at IS NULL")
    op.add_column("announcements", text("district", null=True, comment="Null: the whole city"))
    op.execute("UPDATE announcements SET district = districts[1]")
    op.drop_constraint("fk_announcements_corrects_announcements", "announcements")
    op.drop_constraint("fk_announcements_repeats_announcements", "announcements")
    op.alter_column("announcements", "published_by", nullable=False)
    op.alter_column("announcements", "published_at", nullable=False)
    for name in (
        *("kind", "mode", "state", "urgency", "districts", "public", "audience", "schedule", "version", "corrects"),
        *("repeats", "valid_from", "created_by", "created_at", "submitted_by", "submitted_at", "due_at", "stale_at"),
        "ended_at",
    ):
        op.drop_column("announcements", name)
