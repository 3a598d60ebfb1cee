"""What Alembic runs, on the connection that `desk.store.migrations` holds."""

from alembic import context
from sqlalchemy import MetaData

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints and indexes are named whose migration gives no name."""

_CONFIGURED = context.config.attributes["connected"]
"""Where they run: on a connection, or nowhere (their statements are printed)."""
context.configure(**_CONFIGURED, target_metadata=MetaData(naming_convention=NAMING), transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
