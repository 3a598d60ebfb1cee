"""The tables and functions of procrastinate 3.10, as it ships them.

A later procrastinate brings migrations of its own (`procrastinate/sql/migrations`): each becomes a revision here.
"""

from collections.abc import Sequence
from typing import Any

from alembic import op
from procrastinate.schema import SchemaManager

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

REMOVE = r"""
DO $$
DECLARE thing record;
BEGIN
    FOR thing IN SELECT tablename FROM pg_tables
                 WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate\_%' LOOP
        EXECUTE format('DROP TABLE %I CASCADE', thing.tablename);
    END LOOP;
    FOR thing IN SELECT oid::regprocedure AS signature FROM pg_proc
                 WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\_%' LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', thing.signature);
    END LOOP;
    FOR thing IN SELECT typname FROM pg_type
                 WHERE typnamespace = current_schema()::regnamespace AND typname LIKE 'procrastinate\_%' LOOP
        EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', thing.typname);
    END LOOP;
END
$$
"""


def upgrade() -> None:
    _run(SchemaManager.get_schema())


def downgrade() -> None:
    _run(REMOVE)


def _run(script: str) -> None:
    """Run several statements as they are: the driver itself takes them, without looking for parameters."""
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(script)
