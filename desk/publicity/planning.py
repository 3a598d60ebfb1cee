"""What an announcement will say on public accounts, queued in the transaction that publishes it. Knows no platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.contract.errors import Conflict
from desk.publicity.ports import Posts, Public, SendsToMany
from desk.store.jobs import UPKEEP, defer
from desk.texts.catalogs import spoken_name

CARRY_OUT = "publicity.carry_out"
ZERO = UUID(int=0)
PAGE = 500

PLAN = text("""
    INSERT INTO public_posts (announcement_id, account_id, kind, beyond, said)
    VALUES (:announcement, :account, :kind, :beyond, :said)
    ON CONFLICT DO NOTHING RETURNING id
""")
LIST = text("""
    SELECT account.slug AS account, post.kind, post.state, post.residents, post.platform_id, post.why
    FROM public_posts AS post JOIN channel_accounts AS account ON account.id = post.account_id
    WHERE post.announcement_id = :announcement ORDER BY post.id
""")


@dataclass(frozen=True, slots=True)
class Saying:
    """What is to be said in public."""

    title: str
    text: str
    link: str


def saying_of(titles: Mapping[str, str], texts: Mapping[str, str], link: str) -> Saying:
    """What is said of an announcement in public: in Simplified Chinese."""
    return Saying(spoken_name(titles, "zh_Hans"), spoken_name(texts, "zh_Hans"), link)


async def accounts_of(register: Register, city: str, agency: str) -> list[AccountRow]:
    """The accounts of an agency that are not stopped, in the order in which they were entered."""
    found: list[AccountRow] = []
    after = 0
    while page := await register.all(city=city, after=after, limit=PAGE):
        after = page[-1].id
        found += [row for row in page if row.agency == agency and row.state != "stopped"]
    return found


async def plan(
    connection: AsyncConnection,
    register: Register,
    announcement: int,
    saying: Saying,
    accounts: Sequence[AccountRow],
    kinds: Sequence[Public],
) -> list[str]:
    """Queue what an announcement says in public. Answers slugs of accounts, each with the kind.

    Raises:
        Unfit: a platform's rules do not allow it; the message says what to change.
        Conflict: no account of the agency can do one of these.
    """
    planned: list[str] = []
    for kind in kinds:
        able = Posts if kind == "post" else SendsToMany
        fit = [row for row in accounts if isinstance(register.channel_of(row), able)]
        if not fit:
            raise Conflict(
                f"No account of this agency can do that ({kind}): `desk account list` shows its accounts. Leave --post"
                " and --to-subscribers away to tell it in conversations alone."
            )
        for row in fit:
            channel = register.channel_of(row)
            assert isinstance(channel, Posts | SendsToMany)
            said = channel.compose(kind, saying.title, saying.text, saying.link)
            await queue(connection, announcement, row.id, kind, ZERO, said)
            planned.append(f"{row.slug} ({kind})")
    return planned


async def queue(
    connection: AsyncConnection, announcement: int, account: int, kind: Public, beyond: UUID, said: str
) -> None:
    """Queue one post or part, unless it is there."""
    values = {"announcement": announcement, "account": account, "kind": kind, "beyond": beyond, "said": said}
    post = (await connection.execute(PLAN, values)).scalar_one_or_none()
    if post is not None:
        await defer(connection, CARRY_OUT, lane=UPKEEP, post=post)


async def posts_of(connection: AsyncConnection, announcement: int) -> list[dict[str, Any]]:
    """What became of an announcement in public."""
    return [dict(row) for row in (await connection.execute(LIST, {"announcement": announcement})).mappings()]
