"""What Alembic runs: the models of every room, on the connection that `desk.store.migrations` holds."""

import importlib
import pkgutil

from alembic import context

import desk
from desk.store.database import Base

for room in pkgutil.iter_modules(desk.__path__):
    if room.ispkg and importlib.util.find_spec(f"desk.{room.name}.models"):
        importlib.import_module(f"desk.{room.name}.models")

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
