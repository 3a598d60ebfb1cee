"""Entering an account: its secrets are typed by one, allowed by another, and used from then on.

Until it is decided the account stands there stopped, and its secrets apart from where such as hold are: nobody finds
it, nothing comes in or goes out by it, and its name is taken. Refused, withdrawn or decided by nobody, it is gone.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.register import Register
from desk.accounts.replacing import plain_fields
from desk.accounts.rows import NewAccount
from desk.audit.trail import record
from desk.contract.errors import Conflict
from desk.contract.staff import Actor
from desk.contract.text import Text
from desk.staff.requests import After, Kind, Requests, Wish
from desk.staff.rows import RequestRow
from desk.store.database import transaction

IS_ASKED = "slug = :slug AND secrets IS NULL AND secrets_asked IS NOT NULL"
WAITS = text(f"SELECT EXISTS (SELECT FROM channel_accounts WHERE {IS_ASKED})")
USE = text(f"""
    UPDATE channel_accounts SET secrets = secrets_asked, secrets_asked = NULL, state = 'active'
    WHERE {IS_ASKED} RETURNING id
""")
FORGET = text(f"DELETE FROM channel_accounts WHERE {IS_ASKED}")


async def ask(register: Register, requests: Requests, actor: Actor, new: NewAccount, *, reason: str) -> RequestRow:
    """Ask to enter an account. Where one is enough, it is done at once.

    Raises:
        NotFound: there is no such channel, city or agency.
        NotPermitted: the actor does not look after accounts of this agency.
        Conflict: it is asked for already; no reason is given; its name, or the platform's name of it, is taken.
        ConfigurationError: the secrets are not what the channel needs.
    """
    async with transaction(register.engine) as connection:
        if (await connection.execute(WAITS, {"slug": new.slug})).scalar_one():
            raise Conflict(
                f"The account {new.slug!r} is asked for already: desk request list",
                said=Text(key="console.error_asked_already"),
            )
        await register.add_in(
            connection,
            channel=new.channel,
            slug=new.slug,
            city=new.city,
            agency=new.agency,
            secrets=new.secrets,
            platform_id=new.platform_id,
            rate=new.rate,
            is_asked=True,
        )
        what = {"channel": new.channel, "changed": shown(register, new)}
        wish = Wish(Kind.CHANNEL_ACCOUNT, new.slug, what, reason, new.city, new.agency)
        return (await requests.ask_in(connection, actor, wish))[0]


def shown(register: Register, new: NewAccount) -> dict[str, list[str]]:
    """What is no secret of it, by field, as who allows it reads it: nothing, and what it would be."""
    given = {name: new.secrets.get(name) for name in plain_fields(register, new.channel)}
    given["platform_id"] = new.platform_id
    return {name: ["", value] for name, value in given.items() if value}


async def allowed(connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After | None:
    """Have the account that was asked for receive and send."""
    if (await connection.execute(USE, {"slug": asked.subject})).one_or_none() is None:
        raise Conflict(
            f"The account {asked.subject} that was asked for is not there any more: enter it anew.",
            said=Text(key="console.error_account_none_asked"),
        )
    await record(
        connection,
        actor,
        "channel.add",
        subject=asked.subject,
        of=asked,
        reason=asked.reason,
        details={"request": asked.id, "requested_by": asked.requested_by},
    )
    return None


async def declined(connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After | None:  # noqa: ARG001
    """Forget an account that is not to be."""
    await connection.execute(FORGET, {"slug": asked.subject})
    return None
