"""What an announcement says on public accounts, queued in the transaction that publishes it. Knows no platform."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.announcements.content import Draft, Kind, fitted
from desk.announcements.ports import Composed
from desk.announcements.rows import AnnouncementRow
from desk.announcements.words import Notice, headed_in_public, in_zone, written
from desk.city.files import City
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.publicity.pinging import PING
from desk.publicity.ports import Posts, Public, SendsToMany
from desk.store.deferring import UPKEEP, defer

CARRY_OUT = "publicity.carry_out"
ZERO = UUID(int=0)
PAGE = 500
SAID_IN: Locale = "zh_Hans"
"""In public it is said in Simplified Chinese."""
ALERT_TITLE = 60  # characters of what nobody writes for it, so that title and link fit everywhere
ABLE: Mapping[Public, type[Any]] = {"post": Posts, "mass": SendsToMany}

PLAN = text("""
    INSERT INTO public_posts (announcement_id, account_id, kind, beyond, said, withdraws)
    VALUES (:announcement, :account, :kind, :beyond, :said, :withdraws)
    ON CONFLICT DO NOTHING RETURNING id
""")
STANDING = "NOT post.withdraws AND post.state IN ('sending', 'sent', 'unknown')"
"""Stands on an account, or may, in SQL over `post`."""
STANDS = text(f"""
    SELECT EXISTS (SELECT FROM public_posts AS post WHERE post.announcement_id = :announcement AND {STANDING})
""")
STANDS_WHERE = text(f"""
    SELECT DISTINCT post.account_id, post.kind FROM public_posts AS post
    WHERE post.announcement_id = :announcement AND {STANDING} ORDER BY post.account_id, post.kind
""")
OVER = """(
    announcement.withdrawn_at IS NOT NULL OR announcement.state = 'cancelled'
    OR coalesce(announcement.until < :now, false)
    OR EXISTS (SELECT FROM announcements AS correction
               WHERE correction.corrects = announcement.id AND correction.published_at IS NOT NULL)
)"""
"""Whether an announcement is said nowhere any more, in SQL over `announcement`."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What is to be said in public."""

    title: str
    text: str
    link: str


async def accounts_of(register: Register, city: str, agency: str) -> list[AccountRow]:
    """The accounts of an agency that are not stopped, in the order in which they were entered."""
    found: list[AccountRow] = []
    after = 0
    while page := await register.all(city=city, after=after, limit=PAGE):
        after = page[-1].id
        found += [row for row in page if row.agency == agency and row.state != "stopped"]
    return found


@dataclass(frozen=True, slots=True)
class PublicAccounts:
    """Where agencies speak to everybody: `desk.announcements.ports.InPublic`.

    `page_of` answers the address of an announcement's own page, which stands for the link of what has none, and of
    what has documents: there they are fetched.
    """

    register: Register
    cities: Mapping[str, City]
    page_of: Callable[[AnnouncementRow], str]

    async def check(self, row: AnnouncementRow) -> None:
        """Insist that the accounts can say it.

        Raises:
            Unfit: a platform's rules do not allow it; the message says what to change.
            Conflict: no account of the agency can do one of these.
        """
        await self._composed(row)

    async def says(self, city: str, agency: str) -> bool:
        """Whether there is an account on which alerts of an agency can be posted for everybody."""
        accounts = await self._accounts(self.cities[city], agency, Kind.ALERT)
        return any(isinstance(self.register.channel_of(one), Posts) for one in accounts)

    async def composed(self, row: AnnouncementRow) -> Sequence[Composed]:
        """What it would say there.

        Raises:
            Conflict: as `check`.
        """
        found = await self._composed(row)
        return [Composed(account.slug, account.channel, kind, said) for account, kind, said in found]

    async def stands(self, connection: AsyncConnection, number: int) -> bool:
        """Whether something of an announcement stands there, or may."""
        return bool((await connection.execute(STANDS, {"announcement": number})).scalar_one())

    async def queue(self, connection: AsyncConnection, row: AnnouncementRow) -> None:
        """Queue what it says there, and that a hub is told."""
        await defer(connection, PING, lane=UPKEEP, city=row.city)
        for account, kind, said in await self._composed(row):
            await queue(connection, row.id, account.id, kind, ZERO, said)

    async def take_back(self, connection: AsyncConnection, row: AnnouncementRow, over: Draft) -> None:
        """Queue that it was withdrawn, in the words of `over`, wherever it stands or may; and that a hub is told.

        It leads to its own page, which says the same. Nobody is asked to write it anew: it is posted as far as it fits.
        """
        await defer(connection, PING, lane=UPKEEP, city=row.city)
        title = fitted(over.titles[SAID_IN], ALERT_TITLE).replace("#", " ")
        words = over.texts[SAID_IN].replace("#", " ")
        for one in (await connection.execute(STANDS_WHERE, {"announcement": row.id})).all():
            account = await self.register.of(one.account_id)
            if account is None or not isinstance(self.register.channel_of(account), ABLE[one.kind]):
                continue
            channel = self.register.channel_of(account)
            assert isinstance(channel, Posts | SendsToMany)
            said = channel.compose(one.kind, title, words, self.page_of(row))
            await queue(connection, row.id, account.id, one.kind, ZERO, said, withdraws=True)

    async def _accounts(self, city: City, agency: str, kind: Kind) -> list[AccountRow]:
        """The accounts of an agency; of alerts, where it has none that posts, those of the city's first agency."""
        own = await accounts_of(self.register, city.slug, agency)
        if kind is not Kind.ALERT or any(isinstance(self.register.channel_of(one), Posts) for one in own):
            return own
        return await accounts_of(self.register, city.slug, city.agencies[0].slug)

    async def _composed(self, row: AnnouncementRow) -> list[tuple[AccountRow, Public, str]]:
        if not row.public:
            return []
        city, page = self.cities[row.city], self.page_of(row)
        link = page if row.documents else row.link or page
        accounts = await self._accounts(city, row.agency, row.kind)
        notice = in_zone(Notice.of(row, at=row.created_at), ZoneInfo(city.timezone))
        titles, texts = written(notice, city)
        title, is_alert = str(headed_in_public(notice, titles)[SAID_IN]), row.kind is Kind.ALERT
        if is_alert:  # nobody is asked to write it anew: it is posted as far as it fits
            title = fitted(title, ALERT_TITLE).replace("#", " ")
        words = "\n".join([*([notice.mistake[SAID_IN]] if notice.mistake.get(SAID_IN) else []), str(texts[SAID_IN])])
        saying = Saying(title, words.replace("#", " ") if is_alert else words, link)
        composed: list[tuple[AccountRow, Public, str]] = []
        for kind, able in ABLE.items():
            if kind not in row.public:
                continue
            fit = [one for one in accounts if isinstance(self.register.channel_of(one), able)]
            if not fit:
                said = Text(key="console.error_announcement_no_account")
                raise Conflict(
                    f"No account of this agency can do that ({kind}): `desk account list` shows its accounts.",
                    said=said,
                )
            for one in fit:
                channel = self.register.channel_of(one)
                assert isinstance(channel, Posts | SendsToMany)
                composed.append((one, kind, channel.compose(kind, saying.title, saying.text, saying.link)))
        return composed


async def queue(
    connection: AsyncConnection,
    announcement: int,
    account: int,
    kind: Public,
    beyond: UUID,
    said: str,
    *,
    withdraws: bool = False,
) -> None:
    """Queue one post or part, unless it is there. `withdraws`: it says that the announcement was withdrawn."""
    place = {"announcement": announcement, "account": account, "kind": kind, "beyond": beyond}
    values = {**place, "said": said, "withdraws": withdraws}
    post = (await connection.execute(PLAN, values)).scalar_one_or_none()
    if post is not None:
        await defer(connection, CARRY_OUT, lane=UPKEEP, post=post)
