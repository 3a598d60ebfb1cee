"""Accounts of staff, what is asked of a second person, and the audit; tickets belong to an agency."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

NOW = sa.text("clock_timestamp()")

TABLES = {
    "staff": "A member of staff, or a program that acts in their place. Rows stay: a login is never somebody else's.",
    "staff_grants": "A role that somebody holds: of an agency, of a whole city, or everywhere.",
    "staff_sessions": "A login that holds: of a browser or a command line, or the key of a program.",
    "staff_invitations": "A link by which somebody chooses how they log in; good once, for a while.",
    "staff_passkeys": "A passkey (WebAuthn) by which somebody logs in.",
    "staff_requests": "What one member of staff asks for and another has to allow.",
    "audit_records": "What was done or read by whom, in a chain: each record is sealed together with the one before.",
    "audit_chain": "Where the chain of the audit begins and ends: one row. Its lock gives records their order.",
}
COLUMNS = {
    "staff": {
        "login": "Unique, in lower case",
        "name": "As residents and colleagues read it",
        "password": "argon2id; null: none is set",
        "totp": "Sealed: the secret of the authenticator app",
        "totp_step": "The last time step whose code was used: none counts twice",
        "openid_subject": "Who they are there: the first who came with this login",
        "openid_at": "When the identity provider last let them in",
        "failures": "Wrong answers in a row since the last login",
        "locked_until": "Until when no password is looked at",
        "disabled_at": "Since when they may do nothing",
    },
    "staff_grants": {
        "role": "`Role`",
        "city": "Empty: everywhere",
        "agency": "Empty: the whole city",
    },
    "staff_sessions": {
        "hash": "SHA-256 of the token",
        "via": "console | command | key",
        "name": "Of a key: what it is for",
    },
    "staff_invitations": {"hash": "SHA-256 of the token"},
    "staff_passkeys": {"sign_count": "As the authenticator counts; 0: it does not"},
    "staff_requests": {
        "kind": "`Kind` of `desk.staff.requests`",
        "what": "The arguments of what is asked for",
        "state": "open | done | refused | withdrawn | expired",
    },
    "audit_records": {
        "actor": "Login, or the part of the product that acted",
        "via": "console | command | key | system",
        "address": "From where",
        "act": "What was done, as thing.verb",
        "subject": "To what: a reference, a number, a login",
        "reason": "Why, as the actor wrote it",
        "seal": "HMAC-SHA-256 of the seal before and this record",
    },
    "audit_chain": {
        "first_before": "The seal before the first record that is kept",
        "seal": "HMAC-SHA-256 of this row: neither end can be cut off unseen",
    },
    "tickets": {"agency": "Slug of who answers; empty: of before tickets had one"},
}

APPEND_ONLY = """
    CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('desk.audit_retention', true) = 'on' AND TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'audit_records are only appended to';
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("login", sa.Text(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False, server_default="zh_Hans"),
        sa.Column("password", sa.Text()),
        sa.Column("totp", sa.LargeBinary()),
        sa.Column("totp_step", sa.BigInteger()),
        sa.Column("openid_at", sa.DateTime(timezone=True)),
        sa.Column("openid_subject", sa.Text(), unique=True),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "staff_grants",
        sa.Column("staff_id", sa.Uuid(), sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False, server_default=""),
        sa.Column("agency", sa.Text(), nullable=False, server_default=""),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "role", "city", "agency"),
        sa.CheckConstraint("agency = '' OR city <> ''", name="ck_staff_grants_agency_of_city"),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("hash", sa.LargeBinary(), primary_key=True),
        sa.Column("staff_id", sa.Uuid(), sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, server_default=""),
        sa.Column("address", sa.Text(), nullable=False, server_default=""),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_until", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_staff_sessions_staff_id", "staff_sessions", ["staff_id"])
    op.create_table(
        "staff_invitations",
        sa.Column("hash", sa.LargeBinary(), primary_key=True),
        sa.Column("staff_id", sa.Uuid(), sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "staff_passkeys",
        sa.Column("id", sa.LargeBinary(), primary_key=True),
        sa.Column("staff_id", sa.Uuid(), sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("used_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_staff_passkeys_staff_id", "staff_passkeys", ["staff_id"])
    op.create_table(
        "staff_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False, server_default=""),
        sa.Column("agency", sa.Text(), nullable=False, server_default=""),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("what", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="open"),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decision_reason", sa.Text()),
        sa.CheckConstraint("decided_by <> requested_by OR state = 'withdrawn'", name="ck_staff_requests_two_persons"),
    )
    op.create_index(
        "ux_staff_requests_open",
        "staff_requests",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "audit_records",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
    )
    for column in ("at", "actor", "act", "subject"):
        op.create_index(f"ix_audit_records_{column}", "audit_records", [column])
    op.create_table(
        "audit_chain",
        sa.Column("one", sa.Boolean(), primary_key=True, server_default=sa.true()),
        sa.Column("first_number", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("first_before", sa.LargeBinary(), nullable=False, server_default=sa.text("''::bytea")),
        sa.Column("last_number", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("last_seal", sa.LargeBinary(), nullable=False, server_default=sa.text("''::bytea")),
        sa.Column("seal", sa.LargeBinary(), nullable=False, server_default=sa.text("''::bytea")),
        sa.CheckConstraint("one", name="ck_audit_chain_one"),
    )
    op.execute("INSERT INTO audit_chain DEFAULT VALUES")
    op.execute(APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_records"
        " FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit_records"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
    op.add_column("tickets", sa.Column("agency", sa.Text(), nullable=False, server_default=""))
    for table, comment in TABLES.items():
        op.create_table_comment(table, comment)
    for table, columns in COLUMNS.items():
        for column, comment in columns.items():
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")


def downgrade() -> None:
    op.drop_column("tickets", "agency")
    op.drop_table("audit_records")
    op.execute("DROP FUNCTION audit_is_append_only()")
    for table in (
        "audit_chain",
        "staff_requests",
        "staff_passkeys",
        "staff_invitations",
        "staff_sessions",
        "staff_grants",
        "staff",
    ):
        op.drop_table(table)
