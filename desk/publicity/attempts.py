"""What was tried of an announcement on public accounts, and having it tried again what failed or is unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.history import note
from desk.announcements.room import refused
from desk.announcements.service import Announcements
from desk.contract.errors import NotFound
from desk.contract.staff import Actor, Permission
from desk.publicity.planning import CARRY_OUT, OVER
from desk.publicity.ports import Public
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer

MOST = 20  # attempts of a post that are shown, the latest

POSTS = text("""
    SELECT post.id, account.slug AS account, account.channel, post.kind, post.state, post.residents, post.platform_id,
           post.why, post.asked, post.withdraws
    FROM public_posts AS post JOIN channel_accounts AS account ON account.id = post.account_id
    WHERE post.announcement_id = :announcement ORDER BY account.slug, post.id
""")
ATTEMPTS = text("""
    SELECT one.post_id, one.began_at, one.ended_at, one.outcome, one.why, one.platform_id
    FROM public_posts AS post
    CROSS JOIN LATERAL (SELECT attempt.* FROM public_post_attempts AS attempt WHERE attempt.post_id = post.id
                        ORDER BY attempt.id DESC LIMIT :most) AS one
    WHERE post.announcement_id = :announcement ORDER BY one.id
""")
HOLD = text("""
    SELECT post.id, post.state, post.asked, post.withdraws
    FROM public_posts AS post JOIN channel_accounts AS account ON account.id = post.account_id
    WHERE post.announcement_id = :announcement AND account.slug = :account ORDER BY post.id FOR UPDATE OF post
""")
IS_OVER = text(f"SELECT {OVER} FROM announcements AS announcement WHERE id = :announcement")
AGAIN = text("""
    UPDATE public_posts SET state = 'waiting', asked = asked + 1, tries = 0, why = NULL, ended_at = NULL
    WHERE id = ANY (:ids)
""")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call to a platform. `outcome`: sending, taken, later (not for now), refused, unknown or interrupted."""

    began_at: datetime
    ended_at: datetime | None
    outcome: str
    why: str | None
    platform_id: str | None


@dataclass(frozen=True, slots=True)
class Post:
    """A post, or a part of those who subscribed at the platform, with the latest attempts, the first first.

    `withdraws`: it says that the announcement was withdrawn. `state`: waiting, sending, sent, rejected or unknown.
    `asked`: how often somebody had it published again.
    """

    id: int
    account: str
    channel: str
    kind: Public
    state: str
    residents: int | None
    platform_id: str | None
    why: str | None
    asked: int
    withdraws: bool
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class OnAccount:
    """All that an announcement says on one public account.

    `is_over`: it is said nowhere any more; what takes it back is.
    """

    account: str
    channel: str
    posts: Sequence[Post]
    is_over: bool

    @property
    def may_be_again(self) -> bool:
        """Whether something failed, or nobody knows of it, that is still to be said."""
        return bool(self._failed)

    @property
    def is_unknown(self) -> bool:
        """Whether something of that may stand there already."""
        return any(one.state == "unknown" for one in self._failed)

    @property
    def stands(self) -> bool:
        """Whether the announcement stands there, or may."""
        return any(one.state in {"sending", "sent", "unknown"} and not one.withdraws for one in self.posts)

    @property
    def _failed(self) -> Sequence[Post]:
        return [one for one in self.posts if may_be_again(one.state, withdraws=one.withdraws, is_over=self.is_over)]

    @property
    def seen(self) -> int:
        """What `Republishing.again` is given by who has seen this."""
        return sum(one.asked for one in self.posts)


@dataclass(frozen=True, slots=True)
class Republishing:
    """Publishes again what failed on public accounts; `room` is where announcements live."""

    room: Announcements

    async def on_accounts(self, actor: Actor, number: int) -> list[OnAccount]:
        """What became of an announcement on each account.

        Raises:
            NotFound: there is none that the actor may see.
        """
        async with self.room.engine.connect() as connection:
            await self.room.find_in(connection, actor, number)
            posts = await posts_of(connection, number)
            over = await self._is_over(connection, number)
        found: dict[tuple[str, str], list[Post]] = {}
        for one in posts:
            found.setdefault((one.account, one.channel), []).append(one)
        return [OnAccount(slug, channel, said, over) for (slug, channel), said in found.items()]

    async def again(
        self, actor: Actor, number: int, account: str, *, looked: bool = False, seen: int | None = None
    ) -> int:
        """Publish again, in the words that were approved, what failed or is unknown on an account.

        Args:
            actor: somebody who may approve for this agency.
            number: of the announcement.
            account: slug of the account.
            looked: somebody looked at the account, and what is unknown does not stand there.
            seen: `OnAccount.seen` of what they looked at; had it been published again since, nothing is done.

        Returns:
            How many posts and parts are published again; 0: somebody was faster.

        Raises:
            Conflict: nothing failed there, the announcement is over, or something is unknown and nobody looked.
            NotFound: there is no such announcement, or nothing of it on this account.
            NotPermitted: the actor does not approve for this agency.
        """
        about, now = {"announcement": number, "account": account}, self.room.now()
        async with transaction(self.room.engine) as connection:
            row = await self.room.hold(connection, actor, number, Permission.ANNOUNCEMENT_APPROVE)
            posts = (await connection.execute(HOLD, about)).all()
            if not posts:
                raise NotFound(f"Announcement {number} was not to be published on {account}.")
            if seen is not None and seen != sum(one.asked for one in posts):
                return 0
            over = await self._is_over(connection, number)
            failed = [one for one in posts if may_be_again(one.state, withdraws=one.withdraws, is_over=over)]
            if over and not failed:
                raise refused("error_republish_over", "It is withdrawn, cancelled, corrected or out of date.")
            if not failed:
                raise refused("error_republish_nothing", f"Nothing of it failed on {account}.")
            if not looked and any(one.state == "unknown" for one in failed):
                said = "It may stand there already. Look at the account first; if it does not, say so (--looked)."
                raise refused("error_republish_look", said)
            await connection.execute(AGAIN, {"ids": [one.id for one in failed]})
            for one in failed:
                await defer(connection, CARRY_OUT, lane=UPKEEP, post=one.id)
            await note(connection, actor, row, "republish", at=now, reason=account)
        return len(failed)

    async def _is_over(self, connection: AsyncConnection, number: int) -> bool:
        """Whether it is said nowhere any more: withdrawn, cancelled, corrected, or out of date."""
        values = {"announcement": number, "now": self.room.now()}
        return bool((await connection.execute(IS_OVER, values)).scalar_one())


def may_be_again(state: str, *, withdraws: bool, is_over: bool) -> bool:
    """Whether a post failed, or nobody knows of it; of an announcement that is over what takes it back alone."""
    return state in {"rejected", "unknown"} and (withdraws or not is_over)


async def posts_of(connection: AsyncConnection, announcement: int) -> list[Post]:
    """What became of an announcement in public, by account."""
    about = {"announcement": announcement}
    attempts: dict[int, list[Attempt]] = {}
    for row in await connection.execute(ATTEMPTS, {**about, "most": MOST}):
        tried = Attempt(row.began_at, row.ended_at, row.outcome, row.why, row.platform_id)
        attempts.setdefault(row.post_id, []).append(tried)
    found = await connection.execute(POSTS, about)
    return [Post(**row._mapping, attempts=attempts.get(row.id, ())) for row in found]
