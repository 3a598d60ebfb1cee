"""What an inspection of an agency's accounts would find: no posts for two weeks, questions that nobody answers in time,
links that lead nowhere. Staff are told once of each state.

The rules: an account that posts nothing for two weeks fails the State Council's inspection (Guoban Mihan 2019 No. 19);
questions are late by the limits that tickets have.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.announcements.feeds.archive import HOLDS
from desk.contract.channel import Channel
from desk.contract.staff import WITHIN, Actor, Permission, system
from desk.publicity.links import BROKEN
from desk.publicity.ports import Posts
from desk.staff.alerts import AlertKind, raise_alert
from desk.store.database import transaction

RULE_DAYS, WARNING_DAYS, ALARM_DAYS = 14, 10, 13
SHOWN = 200  # links

type State = Literal["good", "warning", "alarm"]

WATCHER = system("inspection", Permission.ANNOUNCEMENT_READ)
"""Who looks when nobody does."""

HERE = WITHIN.format(city="account.city", agency="agency.slug")
ACCOUNTS = text(f"""
    SELECT account.slug, account.channel, account.city, agency.slug AS agency, account.created_at,
           (SELECT max(post.ended_at) FROM public_posts AS post
            WHERE post.account_id = account.id AND post.state = 'sent') AS last_at
    FROM channel_accounts AS account JOIN agencies AS agency ON agency.id = account.agency_id
    WHERE account.channel = ANY (:channels) AND account.state <> 'stopped' AND {HERE}
    ORDER BY account.slug
""")
LATE = "least(first_answer_due, next_answer_due)"
QUESTIONS = text(f"""
    SELECT city, agency, count(*) AS late, min({LATE}) AS oldest FROM tickets
    WHERE state IN ('open', 'claimed') AND {LATE} < :now AND {WITHIN.format(city="city", agency="agency")}
    GROUP BY city, agency ORDER BY min({LATE})
""")
LINKS = text(f"""
    SELECT announcements.id AS announcement, city, agency, titles, link, known.why, known.failing_since AS since
    FROM announcements JOIN link_checks AS known ON known.url = announcements.link
    WHERE known.failures >= {BROKEN} AND {HOLDS} AND {WITHIN.format(city="city", agency="agency")}
    ORDER BY known.failing_since, announcements.id LIMIT {SHOWN}
""")
# The fence: whoever changes the state tells of it.
NOTE = text("""
    INSERT INTO inspection_findings AS known (kind, subject, state, since) VALUES (:kind, :subject, :state, :now)
    ON CONFLICT (kind, subject) DO UPDATE SET state = excluded.state, since = excluded.since
    WHERE known.state <> excluded.state RETURNING kind
""")
OVER = text("""
    DELETE FROM inspection_findings
    WHERE kind || ' ' || subject <> ALL (CAST(:found AS text[]))
""")


@dataclass(frozen=True, slots=True)
class Posting:
    """How long an account has posted nothing. `last_at` None: nothing was ever posted from here."""

    account: str
    channel: str
    city: str
    agency: str
    last_at: datetime | None
    days: int

    @property
    def state(self) -> State:
        """How near the rule is."""
        return "alarm" if self.days >= ALARM_DAYS else "warning" if self.days >= WARNING_DAYS else "good"


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions at an agency whose answer is late."""

    city: str
    agency: str
    late: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an announcement in force that leads nowhere. `why` is a status of HTTP, `away` or `timeout`."""

    announcement: int
    city: str
    agency: str
    titles: Mapping[str, str]
    link: str
    why: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found: all accounts, and what is wrong besides."""

    accounts: tuple[Posting, ...]
    questions: tuple[Questions, ...]
    links: tuple[Link, ...]

    @property
    def pressing(self) -> list[Posting]:
        """Accounts that are near the rule, or past it, the longest silent first."""
        return sorted((one for one in self.accounts if one.state != "good"), key=lambda one: -one.days)

    @property
    def count(self) -> int:
        """How many things are wrong."""
        return len(self.pressing) + len(self.questions) + len(self.links)


@dataclass(frozen=True)
class Inspection:
    """Looks as an inspector would. `channels` are those on which accounts post in public; `now` is the clock."""

    engine: AsyncEngine
    channels: Collection[str]
    now: Callable[[], datetime]

    async def look(self, actor: Actor) -> Inspected:
        """What is found at the actor's places."""
        async with self.engine.connect() as connection:
            return await self._look(connection, actor)

    async def tell(self) -> int:
        """Have staff told of each state that is new; how many there were."""
        told = 0
        async with transaction(self.engine) as connection:
            found = await self._look(connection, WATCHER)
            subjects = []
            for kind, subject, state, count, city, agency, to in _findings(found):
                subjects.append(f"{kind} {subject}")
                noted = {"kind": kind, "subject": subject, "state": state, "now": self.now()}
                if (await connection.execute(NOTE, noted)).one_or_none() is None:
                    continue
                detail = f"{kind}_{state} {count}"
                await raise_alert(
                    connection, AlertKind.INSPECTION, subject, to=to, city=city, agency=agency, detail=detail
                )
                told += 1
            await connection.execute(OVER, {"found": subjects})
        return told

    async def _look(self, connection: AsyncConnection, actor: Actor) -> Inspected:
        now = self.now()
        places = actor.places(Permission.ANNOUNCEMENT_READ).values()
        accounts = await connection.execute(ACCOUNTS, {**places, "channels": list(self.channels)})
        questions = await connection.execute(QUESTIONS, {**places, "now": now})
        links = await connection.execute(LINKS, {**places, "now": now})
        return Inspected(
            tuple(
                Posting(
                    one.slug,
                    one.channel,
                    one.city,
                    one.agency,
                    one.last_at,
                    (now - (one.last_at or one.created_at)).days,
                )
                for one in accounts
            ),
            tuple(Questions(**one._mapping) for one in questions),
            tuple(Link(**one._mapping) for one in links),
        )


def posting_channels(channels: Mapping[str, Channel]) -> list[str]:
    """The names of those on which accounts post for everybody to read."""
    return sorted(name for name, channel in channels.items() if isinstance(channel, Posts))


def _findings(found: Inspected) -> list[tuple[str, str, State, int, str, str, Permission]]:
    """What is wrong, as staff are told of it: kind, subject, state, number, place, and who is told."""
    publish, assign = Permission.ANNOUNCEMENT_PUBLISH, Permission.TICKET_ASSIGN
    return [
        *(("account", one.account, one.state, one.days, one.city, one.agency, publish) for one in found.pressing),
        *(
            ("questions", f"{one.city}/{one.agency}", "alarm", one.late, one.city, one.agency, assign)
            for one in found.questions
        ),
        *(("link", str(one.announcement), "alarm", 1, one.city, one.agency, publish) for one in found.links),
    ]
