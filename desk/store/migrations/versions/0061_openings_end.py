"""Traces of who read what are let go of in the end, by a function that no young one is within reach of."""

from collections.abc import Sequence

from alembic import op

revision: str = "0061"
down_revision: str | None = "0060"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

BEFORE = "That somebody read what a conversation holds: who, when, why; never what. Appended, never changed."
AFTER = (
    "That somebody read what a conversation holds: who, when, why; never what. Appended, never changed; let go of with"
    " the audit (DESK_AUDIT_DAYS), by let_go_of_openings()"
)
# It runs with the rights of the schema's owner: roles that work with the table may be denied to delete from it.
LET_GO = """
    CREATE FUNCTION let_go_of_openings(before timestamptz) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        WITH gone AS (
            DELETE FROM openings WHERE at < least(before, clock_timestamp() - interval '180 days') RETURNING id
        )
        SELECT count(*) FROM gone
    $$
"""
# Nobody but who writes traces may let go of old ones: not who only reads them.
GRANT = """
    DO $$ DECLARE one record; BEGIN
        REVOKE ALL ON FUNCTION let_go_of_openings(timestamptz) FROM PUBLIC;
        FOR one IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
            WHERE table_schema = 'public' AND table_name = 'openings' AND privilege_type = 'INSERT'
                AND grantee <> 'PUBLIC'
        LOOP
            EXECUTE format('GRANT EXECUTE ON FUNCTION let_go_of_openings(timestamptz) TO %I', one.grantee);
        END LOOP;
    END $$
"""
ABOUT = "Deletes traces of before a time, of the last 180 days none; answers how many"


def upgrade() -> None:
    op.execute(LET_GO)
    op.execute(GRANT)
    op.execute(f"COMMENT ON FUNCTION let_go_of_openings(timestamptz) IS '{ABOUT}'")
    op.create_table_comment("openings", AFTER)


def downgrade() -> None:
    op.create_table_comment("openings", BEFORE)
    op.execute("DROP FUNCTION let_go_of_openings(timestamptz)")
