"""The register of accounts: entered, found, opened, rotated, paused.

There may be a hundred thousand: each is found by an index when it is needed, and none is loaded before. Secrets are
sealed by the account's slug, and opened for one use.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts.rows import AccountRow
from desk.contract.channel import Account, Channel
from desk.contract.errors import ConfigurationError, Conflict, NotFound
from desk.contract.text import Text
from desk.store.database import single_statements, transaction
from desk.store.keys import Keys, Unsealable

PURPOSE = "channel account"
OLD_SECRETS = timedelta(hours=1)  # after a rotation requests under the old ones are still believed

COLUMNS = """
    account.id, account.channel, account.slug, account.city, agency.slug AS agency, account.platform_id,
    account.base_url, account.secrets AS sealed, account.secrets_before AS sealed_before, account.rotated_at,
    account.state, account.reason, account.probe_at, account.rate
"""
FROM = "FROM channel_accounts AS account JOIN agencies AS agency ON agency.id = account.agency_id"
BY_SLUG = text(f"SELECT {COLUMNS} {FROM} WHERE account.slug = :slug")
BY_ID = text(f"SELECT {COLUMNS} {FROM} WHERE account.id = :id")
LIST = text(f"""
    SELECT {COLUMNS} {FROM}
    WHERE account.secrets IS NOT NULL AND account.id > :after
      AND (CAST(:city AS text) IS NULL OR account.city = :city)
      AND (CAST(:channel AS text) IS NULL OR account.channel = :channel)
      AND (CAST(:state AS text) IS NULL OR account.state = :state)
    ORDER BY account.id LIMIT :limit
""")
ADD = text("""
    INSERT INTO channel_accounts
        (agency_id, channel, slug, city, platform_id, base_url, secrets, secrets_asked, state, rate)
    SELECT id, :channel, :slug, city, :platform_id, :base_url, CAST(:secrets AS bytea), CAST(:asked AS bytea), :state,
           :rate
    FROM agencies WHERE city = :city AND slug = :agency
    ON CONFLICT (slug) DO NOTHING RETURNING id
""")
REFRESH = text("""
    UPDATE channel_accounts SET base_url = :base_url, platform_id = :platform_id, secrets = :secrets
    WHERE slug = :slug AND base_url IS NOT NULL
""")
ROTATE = text("""
    UPDATE channel_accounts
    SET secrets_before = secrets, secrets = :secrets, rotated_at = :now,
        platform_id = coalesce(:platform_id, platform_id)
    WHERE slug = :slug AND secrets IS NOT NULL
""")
SET_STATE = text("""
    UPDATE channel_accounts SET state = :state, reason = :reason, probe_at = NULL
    WHERE slug = :slug AND secrets IS NOT NULL
""")


@dataclass(frozen=True)
class Register:
    """The register. `public_url` is where platforms reach the desk, without a trailing slash."""

    engine: AsyncEngine
    keys: Keys
    channels: Mapping[str, Channel]
    public_url: str

    async def find(self, slug: str) -> AccountRow:
        """Find an account by its slug.

        Raises:
            NotFound: there is none of a channel that receives or sends by itself.
        """
        async with single_statements(self.engine) as connection:
            row = (await connection.execute(BY_SLUG, {"slug": slug})).one_or_none()
        if row is None or row.sealed is None:
            raise NotFound(
                f"There is no account {slug!r}. `desk account list` shows those that there are.",
                said=Text(key="console.error_no_account"),
            )
        return AccountRow(**row._mapping)

    async def of(self, account_id: int) -> AccountRow | None:
        """Find an account by its number."""
        async with single_statements(self.engine) as connection:
            row = (await connection.execute(BY_ID, {"id": account_id})).one_or_none()
        return None if row is None else AccountRow(**row._mapping)

    async def all(
        self,
        *,
        city: str | None = None,
        channel: str | None = None,
        state: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[AccountRow]:
        """A page of accounts, in the order in which they were entered."""
        wanted = {"city": city, "channel": channel, "state": state, "after": after, "limit": limit}
        async with self.engine.connect() as connection:
            return [AccountRow(**row._mapping) for row in await connection.execute(LIST, wanted)]

    async def add(
        self,
        *,
        channel: str,
        slug: str,
        city: str,
        agency: str,
        secrets: Mapping[str, str],
        platform_id: str | None = None,
        base_url: str | None = None,
        rate: float | None = None,
    ) -> None:
        """Enter an account of an agency.

        Raises:
            NotFound: there is no such channel, city or agency.
            ConfigurationError: the secrets are not what the channel needs; the message names fields, never values.
            Conflict: the slug, or the platform's name of it, is taken.
        """
        async with transaction(self.engine) as connection:
            await self.add_in(
                connection,
                channel=channel,
                slug=slug,
                city=city,
                agency=agency,
                secrets=secrets,
                platform_id=platform_id,
                base_url=base_url,
                rate=rate,
            )

    async def add_in(
        self,
        connection: AsyncConnection,
        *,
        channel: str,
        slug: str,
        city: str,
        agency: str,
        secrets: Mapping[str, str],
        platform_id: str | None = None,
        base_url: str | None = None,
        rate: float | None = None,
        is_asked: bool = False,
    ) -> None:
        """The same in a transaction of the caller.

        Where it is only asked for, the account stands there stopped and without secrets that hold, so that nobody
        finds it; its name and the platform's name of it are taken.
        """
        sealed = self.seal(channel, slug, secrets)
        values = {
            "channel": channel,
            "slug": slug,
            "city": city,
            "agency": agency,
            "platform_id": platform_id,
            "base_url": base_url,
            "secrets": None if is_asked else sealed,
            "asked": sealed if is_asked else None,
            "state": "stopped" if is_asked else "active",
            "rate": rate,
        }
        try:
            if (await connection.execute(ADD, values)).scalar_one_or_none() is None:
                await self._why_not_added(connection, slug, city, agency)
        except IntegrityError as exc:
            raise taken_by_another(platform_id, channel) from exc

    async def ensure(
        self,
        connection: AsyncConnection,
        *,
        channel: str,
        slug: str,
        city: str,
        agency: str,
        secrets: Mapping[str, str],
        platform_id: str,
        base_url: str,
    ) -> None:
        """Enter an account of a pretend platform, or what it is there now.

        Raises:
            NotFound: there is no such channel.
            ConfigurationError: the secrets are not what the channel needs.
        """
        values = {
            "channel": channel,
            "slug": slug,
            "city": city,
            "agency": agency,
            "platform_id": platform_id,
            "base_url": base_url,
            "secrets": self.seal(channel, slug, secrets),
            "asked": None,
            "state": "active",
            "rate": None,
        }
        if (await connection.execute(ADD, values)).scalar_one_or_none() is None:
            await connection.execute(REFRESH, values)

    async def rotate(self, slug: str, secrets: Mapping[str, str], *, platform_id: str | None = None) -> None:
        """Replace an account's secrets. Requests under the old ones are believed for an hour longer.

        Raises:
            NotFound: there is no such account.
            ConfigurationError: the secrets are not what the channel needs.
        """
        account = await self.find(slug)
        sealed = self.seal(account.channel, account.slug, secrets)
        values = {"slug": slug, "secrets": sealed, "now": datetime.now(UTC), "platform_id": platform_id}
        async with transaction(self.engine) as connection:
            await connection.execute(ROTATE, values)

    async def set_state(self, slug: str, state: str, reason: str | None) -> None:
        """Pause, stop or resume an account.

        Raises:
            NotFound: there is no such account.
        """
        async with transaction(self.engine) as connection:
            await self.set_state_in(connection, slug, state, reason)

    async def set_state_in(self, connection: AsyncConnection, slug: str, state: str, reason: str | None) -> None:
        """The same in a transaction of the caller."""
        done = await connection.execute(SET_STATE, {"slug": slug, "state": state, "reason": reason})
        if done.rowcount == 0:
            raise NotFound(f"There is no account {slug!r}.")

    def channel_of(self, account: AccountRow) -> Channel:
        """The channel of an account.

        Raises:
            NotFound: its file is gone.
        """
        if account.channel not in self.channels:
            raise NotFound(f"There is no channel {account.channel!r}: channels/{account.channel}.py is not there.")
        return self.channels[account.channel]

    def opened(self, account: AccountRow, *, before: bool = False) -> Account:
        """Open an account's secrets, or those of before its last rotation, for one use.

        Raises:
            ConfigurationError: they cannot be opened with this installation's key, or are none of this channel.
        """
        sealed = account.sealed_before if before else account.sealed
        try:
            plain = json.loads(self.keys.open(sealed or b"", purpose=PURPOSE, of=account.slug))
            secrets = self.channel_of(account).Secrets.model_validate(plain)
        except (Unsealable, ValidationError) as exc:
            raise ConfigurationError(
                f"The secrets of {account.slug} cannot be opened: DESK_SECRET_KEY has changed, or the channel needs"
                f" others. Enter them anew: desk account rotate {account.slug}"
            ) from exc
        return Account(
            id=account.id,
            channel=account.channel,
            slug=account.slug,
            city=account.city,
            secrets=secrets,
            platform_id=account.platform_id,
            base_url=account.base_url,
            public_url=self.public_url,
        )

    def believes_old(self, account: AccountRow) -> bool:
        """Whether the secrets of before the last rotation are still good for what comes in."""
        return account.rotated_at is not None and datetime.now(UTC) - account.rotated_at < OLD_SECRETS

    def seal(self, channel: str, slug: str, secrets: Mapping[str, str]) -> bytes:
        """Check secrets and seal them.

        Raises:
            NotFound: there is no such channel.
            ConfigurationError: they are not what the channel needs.
        """
        if channel not in self.channels:
            raise NotFound(f"There is no channel {channel!r}; there are {', '.join(self.channels)}.")
        wanted = self.channels[channel].Secrets
        unknown = sorted(set(secrets) - set(wanted.model_fields))
        try:
            read = wanted.model_validate(dict(secrets))
        except ValidationError as exc:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors(include_input=False))
            names = ", ".join(dict.fromkeys(".".join(map(str, e["loc"])) for e in exc.errors(include_input=False)))
            raise ConfigurationError(
                f"The secrets are not what {channel} needs: {faults}.",
                said=Text(key="console.error_account_secrets", args={"fields": names}),
            ) from exc
        if unknown:
            raise ConfigurationError(f"{channel} has no {', '.join(unknown)}; it has {', '.join(wanted.model_fields)}.")
        return self.keys.seal(json.dumps(_plain(read)).encode(), purpose=PURPOSE, of=slug)

    async def _why_not_added(self, connection: AsyncConnection, slug: str, city: str, agency: str) -> None:
        if (await connection.execute(BY_SLUG, {"slug": slug})).one_or_none() is not None:
            raise Conflict(
                f"There is an account {slug!r} already. To replace its secrets: desk account rotate {slug}",
                said=Text(key="console.error_account_taken", args={"account": slug}),
            )
        raise NotFound(
            f"There is no agency {agency!r} of {city!r}: see cities/{city}.yml, then run `desk migrate`.",
            said=Text(key="console.error_no_place"),
        )


def taken_by_another(platform_id: str | None, channel: str) -> Conflict:
    """That another account has this name at the platform."""
    return Conflict(
        f"Another account is {platform_id} on {channel} already.",
        said=Text(key="console.error_account_platform_id"),
    )


def masked(secrets: BaseModel) -> dict[str, str]:
    """Secrets as staff may see them: how long, and the last four characters of long ones. Public fields in full."""
    return {
        name: _mask(value.get_secret_value()) if isinstance(value, SecretStr) else str(value)
        for name, value in secrets
        if value is not None
    }


def _mask(secret: str) -> str:
    return f"…{secret[-4:]} ({len(secret)} characters)" if len(secret) >= 16 else f"({len(secret)} characters)"


def _plain(secrets: BaseModel) -> dict[str, object]:
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in secrets
        if value is not None
    }
