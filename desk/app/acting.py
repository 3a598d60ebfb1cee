"""Who acts with a command: the key in the settings, else whoever logged in on this computer with `desk login`."""

import getpass
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from platformdirs import user_state_path
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app.runtime import Runtime, now
from desk.audit.trail import record
from desk.contract.staff import Actor, NotLoggedIn, Permission
from desk.staff.authentication import Authentication
from desk.staff.sessions import SessionLimits
from desk.store.database import create_engine, transaction


@dataclass(frozen=True, slots=True)
class Acting:
    """A command's database, and who acts with it."""

    engine: AsyncEngine
    actor: Actor

    async def note(
        self,
        permission: Permission,
        act: str,
        *,
        subject: str = "",
        city: str | None = None,
        agency: str | None = None,
        reason: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Insist on a permission, and put into the audit what is about to be done with it, before it is.

        Raises:
            NotPermitted: it is not held there.
        """
        self.actor.require(permission, city, agency)
        async with transaction(self.engine) as connection:
            await record(
                connection, self.actor, act, subject=subject, city=city, agency=agency, reason=reason, details=details
            )


@asynccontextmanager
async def acting(at: Runtime) -> AsyncIterator[Acting]:
    """Open the database for a command in which somebody acts.

    Raises:
        NotLoggedIn: nobody does.
    """
    token = _token(at)
    engine = create_engine(at.database_url, pool_size=1, vault=at.vault())
    try:
        yield Acting(engine, await authentication(at, engine).actor(token, address=here()))
    finally:
        await engine.dispose()


def authentication(at: Runtime, engine: AsyncEngine) -> Authentication:
    """What lets members of staff in."""
    read = at.settings
    limits = SessionLimits(timedelta(hours=read.staff_session_hours), timedelta(minutes=read.staff_idle_minutes))
    return Authentication(engine, at.keys(), now, limits)


def here() -> str:
    """From where a command acts: user and host."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def keep_session(at: Runtime, token: str) -> None:
    """Keep a session for later commands of this user of this computer."""
    path = _file(at)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(token)


def kept_session(at: Runtime) -> str | None:
    """The session that is kept; None: there is none."""
    try:
        return _file(at).read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def forget_session(at: Runtime) -> None:
    """Forget the session that is kept."""
    _file(at).unlink(missing_ok=True)


def _token(at: Runtime) -> str:
    key = at.settings.staff_key
    token = key.get_secret_value() if key else kept_session(at)
    if token is None:
        raise NotLoggedIn
    return token


def _file(at: Runtime) -> Path:
    """One for each installation that this user works with."""
    name = hashlib.sha256(str(at.data_dir.resolve()).encode()).hexdigest()[:16]
    return user_state_path("citydesk") / f"login-{name}"
