"""The vault that a connection carries (`desk.store.database.create_engine`); what is asked of it here opens nothing."""

from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from desk.sealing.vault import Vault
from desk.store.database import VAULT


def vault_of(connection: AsyncConnection) -> Vault:
    """The vault of a connection.

    Raises:
        RuntimeError: its engine was made without one.
    """
    vault = connection.sync_connection.get_execution_options().get(VAULT) if connection.sync_connection else None
    if vault is None:
        raise RuntimeError("This engine was made without a vault; desk.store.database.create_engine takes one.")
    return cast(Vault, vault)


def audit_key(connection: AsyncConnection) -> bytes:
    """The key that seals the audit's chain; it opens nothing."""
    return vault_of(connection).masters.audit_key
