"""What became of an announcement: how far its telling is, and of its messages how many arrived and were read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

TELLING = ("webchat",)
"""Channels on which a page says what it showed. Platforms keep to themselves what was read."""
NOTE = text("""
    UPDATE announcement_deliveries SET read_at = :now
    WHERE conversation_id = :id AND seq = ANY (:seqs) AND read_at IS NULL
""")
# A correction is told on an account to those who know what was wrong, and apart from them in place of what others wait
# for; where both stand alike they are one line, with the latest reason.
SENDS = text("""
    SELECT account.slug AS account, account.channel, send.state, sum(send.told)::bigint AS told,
           max(send.last_at) AS last_at,
           (array_agg(send.why ORDER BY send.last_at DESC) FILTER (WHERE send.why IS NOT NULL))[1] AS why
    FROM announcement_sends AS send JOIN channel_accounts AS account ON account.id = send.account_id
    WHERE send.announcement_id = :announcement
    GROUP BY account.slug, account.channel, send.state ORDER BY account.slug, send.state
""")
LATER, UNTOLD = "later", "untold"
"""Not told yet: in a digest, after quiet hours, or the next day; and not told after all."""
# What is held of one that was cancelled or withdrawn is not told when it is due.
NOT_SAID = f"""
    SELECT held.announcement_id AS number, held.conversation_id,
           CASE WHEN one.state = 'cancelled' OR one.withdrawn_at IS NOT NULL THEN '{UNTOLD}' ELSE '{LATER}' END AS state
    FROM held_notices AS held JOIN announcements AS one ON one.id = held.announcement_id
    WHERE held.announcement_id = ANY (:numbers)
    UNION ALL
    SELECT untold.announcement_id, untold.conversation_id, '{UNTOLD}' FROM untold_notices AS untold
    WHERE untold.announcement_id = ANY (:numbers)
      AND NOT EXISTS (SELECT FROM announcement_deliveries AS told
                      WHERE told.announcement_id = untold.announcement_id
                        AND told.conversation_id = untold.conversation_id)
      AND NOT EXISTS (SELECT FROM held_notices AS held
                      WHERE held.announcement_id = untold.announcement_id
                        AND held.conversation_id = untold.conversation_id)
"""
# Whom announcements were for, each in one state. What nothing is sent for is read where it is said: on the page, in the
# mini program.
STATES = f"""
    SELECT told.announcement_id AS number, told.conversation_id,
           CASE sent.state WHEN 'sending' THEN 'waiting' ELSE coalesce(sent.state, 'shown') END AS state
    FROM announcement_deliveries AS told
    LEFT JOIN deliveries AS sent ON sent.conversation_id = told.conversation_id AND sent.seq = told.seq
    WHERE told.announcement_id = ANY (:numbers)
    UNION ALL {NOT_SAID}
"""
OUTCOMES = text(f"""
    SELECT conversation.channel, each.state, count(*) AS residents
    FROM ({STATES}) AS each JOIN conversations AS conversation ON conversation.id = each.conversation_id
    GROUP BY conversation.channel, each.state ORDER BY conversation.channel, each.state
""")
READ = text("""
    SELECT count(*) AS tells, count(told.read_at) AS read FROM announcement_deliveries AS told
    JOIN conversations AS conversation ON conversation.id = told.conversation_id
    WHERE told.announcement_id = :announcement AND told.seq IS NOT NULL
      AND conversation.channel = ANY (CAST(:telling AS text[]))
""")
ANSWERS = text("""
    SELECT count(DISTINCT told.conversation_id) FROM announcement_deliveries AS told
    JOIN inbound_messages AS answer ON answer.conversation_id = told.conversation_id
    WHERE told.announcement_id = :announcement
      AND answer.received_at BETWEEN told.said_at AND told.said_at + interval '24 hours'
      AND answer.outcome IS DISTINCT FROM 'looked_up'
""")
REASONS = text("""
    SELECT account.slug AS account, coalesce(sent.reason, '') AS reason, count(*) AS messages
    FROM announcement_deliveries AS told
    JOIN deliveries AS sent ON sent.conversation_id = told.conversation_id AND sent.seq = told.seq
    JOIN channel_accounts AS account ON account.id = sent.account_id
    WHERE told.announcement_id = :announcement AND sent.state IN ('dead', 'unknown')
    GROUP BY account.slug, coalesce(sent.reason, '') ORDER BY count(*) DESC, 1, 2 LIMIT 10
""")


@dataclass(frozen=True, slots=True)
class Send:
    """The tellings on one account that stand alike: in how many conversations it was said so far."""

    account: str
    channel: str
    state: str
    why: str | None
    told: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many residents of a channel are in a state: `shown` where nothing is sent, else as in the outbox.

    `later` and `untold` are those in whose conversations it was not said: not yet, or not at all.
    """

    channel: str
    state: str
    residents: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why so many messages of an account did not arrive, as its platform said; empty: it said nothing."""

    account: str
    reason: str
    messages: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an announcement. `answered`: who wrote anything within 24 hours of being told,
    other than to look up announcements.

    `read`: by how many of the `tells` whose channel tells what was read.

    `reasons` are the ten most frequent ones for which messages did not arrive, or may not have.
    """

    sends: Sequence[Send]
    outcomes: Sequence[Outcome]
    answered: int
    reasons: Sequence[Reason] = ()
    tells: int = 0
    read: int = 0

    @property
    def told(self) -> int:
        """In how many conversations it was said."""
        return sum(one.residents for one in self.outcomes if one.state not in (LATER, UNTOLD))

    @property
    def later(self) -> int:
        """How many are still to be told: in a digest, after quiet hours, or the next day."""
        return self.in_state(LATER)

    def in_state(self, *states: str) -> int:
        """How many messages are in one of some states."""
        return sum(one.residents for one in self.outcomes if one.state in states)


async def result_of(connection: AsyncConnection, announcement: int) -> Result:
    """What became of an announcement until now."""
    about = {"announcement": announcement}
    sends = [Send(**row._mapping) for row in await connection.execute(SENDS, about)]
    outcomes = [Outcome(**row._mapping) for row in await connection.execute(OUTCOMES, {"numbers": [announcement]})]
    answered = int((await connection.execute(ANSWERS, about)).scalar_one())
    reasons = [Reason(**row._mapping) for row in await connection.execute(REASONS, about)]
    read = (await connection.execute(READ, {**about, "telling": list(TELLING)})).one()
    return Result(sends, outcomes, answered, reasons, read.tells, read.read)


async def note_read(connection: AsyncConnection, conversation: UUID, seqs: Sequence[int], now: datetime) -> None:
    """A page showed some messages; what was no announcement, or was read before, is left as it is."""
    await connection.execute(NOTE, {"id": conversation, "seqs": list(seqs), "now": now})
