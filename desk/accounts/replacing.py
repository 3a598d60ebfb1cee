"""Replacing the secrets of an account: entered by one, allowed by another, in force from then on.

Until it is decided they are kept sealed at the account, apart from those that hold, and stand in no request and no
record. Refused, withdrawn or decided by nobody, they are gone.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.register import Register, taken_by_another
from desk.accounts.rows import REFUSED, AccountRow
from desk.audit.trail import record
from desk.contract.errors import ConfigurationError, Conflict
from desk.contract.staff import Actor
from desk.contract.text import Text
from desk.staff.requests import After, Kind, Requests, Wish
from desk.staff.rows import RequestRow
from desk.store.database import transaction

ENTER = text("""
    UPDATE channel_accounts SET secrets_asked = :secrets WHERE slug = :slug AND secrets IS NOT NULL RETURNING id
""")
# One that its platform refused, or that failed, goes on at once; one that was paused by hand stays so.
GOES_ON = "state = 'paused' AND (probe_at IS NOT NULL OR starts_with(reason, :refused))"
REPLACE = text(f"""
    UPDATE channel_accounts
    SET secrets_before = secrets, secrets = secrets_asked, secrets_asked = NULL, rotated_at = :now,
        platform_id = coalesce(CAST(:platform_id AS text), platform_id),
        state = CASE WHEN {GOES_ON} THEN 'active' ELSE state END,
        reason = CASE WHEN {GOES_ON} THEN NULL ELSE reason END,
        probe_at = CASE WHEN {GOES_ON} THEN NULL ELSE probe_at END
    WHERE slug = :slug AND secrets_asked IS NOT NULL
    RETURNING id
""")
FORGET = text("UPDATE channel_accounts SET secrets_asked = NULL WHERE slug = :slug AND secrets_asked IS NOT NULL")


async def ask(
    register: Register,
    requests: Requests,
    actor: Actor,
    account: AccountRow,
    secrets: Mapping[str, str],
    *,
    reason: str,
    platform_id: str | None,
) -> RequestRow:
    """Ask to replace an account's secrets. Where one is enough, it is done at once.

    Raises:
        NotPermitted: the actor does not look after it.
        Conflict: it is asked for already; no reason is given; the platform's name of it is another account's.
        ConfigurationError: the secrets are not what the channel needs.
    """
    sealed = register.seal(account.channel, account.slug, secrets)
    shown = changed(register, account, secrets, platform_id)
    what = {"channel": account.channel, "platform_id": platform_id, "changed": shown}
    wish = Wish(Kind.CHANNEL_SECRETS, account.slug, what, reason, account.city, account.agency)
    async with transaction(register.engine) as connection:
        await connection.execute(ENTER, {"slug": account.slug, "secrets": sealed})
        return (await requests.ask_in(connection, actor, wish))[0]


def changed(
    register: Register, account: AccountRow, secrets: Mapping[str, str], platform_id: str | None
) -> dict[str, list[str]]:
    """What is no secret and would be another, by field: what it is, and what it would be; who allows it reads that."""
    try:
        now = dict(register.opened(account).secrets)
    except ConfigurationError:
        now = {}
    plain = plain_fields(register, account.channel)
    asked = {name: [str(now.get(name) or ""), str(secrets.get(name) or "")] for name in plain}
    if platform_id is not None:
        asked["platform_id"] = [account.platform_id or "", platform_id]
    return {name: pair for name, pair in asked.items() if pair[0] != pair[1]}


def plain_fields(register: Register, channel: str) -> list[str]:
    """Of what an account of a channel is connected with that which is no secret."""
    fields = register.channels[channel].Secrets.model_fields
    return [name for name, one in fields.items() if SecretStr not in (one.annotation, *get_args(one.annotation))]


async def allowed(connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After | None:
    """Put the secrets that were asked for in the place of those that held, which are believed for an hour longer."""
    platform_id = asked.what["platform_id"]
    values = {"slug": asked.subject, "now": datetime.now(UTC), "platform_id": platform_id, "refused": REFUSED}
    try:
        row = (await connection.execute(REPLACE, values)).one_or_none()
    except IntegrityError as exc:
        raise taken_by_another(platform_id, asked.what["channel"]) from exc
    if row is None:
        raise Conflict(
            f"The secrets that were asked for of {asked.subject} are not there any more: enter them anew.",
            said=Text(key="console.error_account_none_asked"),
        )
    await record(
        connection,
        actor,
        "channel.rotate",
        subject=asked.subject,
        of=asked,
        reason=asked.reason,
        details={"request": asked.id, "requested_by": asked.requested_by},
    )
    return None


async def declined(connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After | None:  # noqa: ARG001
    """Forget secrets that are not to be put in place."""
    await connection.execute(FORGET, {"slug": asked.subject})
    return None
