"""The queue of tickets, for whoever holds the conversation's row lock: open, find, count, withdraw."""

from dataclasses import dataclass, fields
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.staff import WITHIN
from desk.conversations.rows import ConversationRow
from desk.linking.person import readable
from desk.store.deferring import REPLIES, defer
from desk.tickets.history import RESIDENT, SYSTEM, happened, look_soon, share_soon
from desk.tickets.rows import TicketRow

COLUMNS = ", ".join(field.name for field in fields(TicketRow))
NO_CONTACT = "contact = NULL, contact_kind = NULL, contact_asked_at = NULL"
"""What every statement sets that ends a ticket: what a resident left to be reached by goes with it."""
REMIND = "tickets.remind_waiting"
REMIND_AFTER = timedelta(minutes=10)
INTRODUCE = "tickets.introduce"
MOMENT = timedelta(seconds=3)
"""So long a clerk who has taken a ticket has to say something, before the resident is told that they have it."""

TEAM_OF = """
    (SELECT team.id FROM teams AS team
     WHERE team.city = {city} AND team.agency = {agency}
       AND ({service} = ANY (team.services) OR {reason} = ANY (team.reasons)
            OR (split_part({reason}, '_', 1) = 'emergency' AND 'emergency' = ANY (team.reasons)))
     ORDER BY coalesce({service} = ANY (team.services), false) DESC, team.id LIMIT 1)
"""
"""The team that a ticket comes to: one that names its service, else its reason; the oldest of several."""
OF_NEW = TEAM_OF.format(
    city=":city", agency=":agency", service="CAST(:service AS text)", reason="CAST(:reason AS text)"
)
CHANNEL = "coalesce((SELECT channel FROM conversations WHERE id = CAST(:conversation_id AS uuid)), '')"
DISTRICT = """
    coalesce((SELECT min(district) FROM subscriptions
              WHERE conversation_id = CAST(:conversation_id AS uuid) AND city = :city AND district <> ''
              HAVING count(DISTINCT district) = 1), '')
"""
"""The one district of which the resident wants notices: nothing else is known of where they live, unsealed."""
OPEN = text(f"""
    INSERT INTO tickets
        (conversation_id, city, agency, opened_by, opened_at, reason, service, channel, district, team_id)
    VALUES (:conversation_id, :city, :agency, :opened_by, clock_timestamp(), :reason, :service, {CHANNEL}, {DISTRICT},
            {OF_NEW})
    ON CONFLICT (conversation_id) WHERE state IN ('open', 'claimed') AND matter IS NULL DO NOTHING
    RETURNING {COLUMNS}
""")
OPEN_MATTER = text(f"""
    INSERT INTO tickets
        (conversation_id, city, agency, opened_by, reason, service, matter, priority, urgency, channel, district,
         team_id)
    VALUES (:conversation_id, :city, :agency, 'system', :reason, :service, :matter, :priority,
            CASE WHEN :priority > 0 THEN 'emergency' ELSE 'usual' END, {CHANNEL}, {DISTRICT},
            {OF_NEW})
    ON CONFLICT (matter) WHERE matter IS NOT NULL DO NOTHING
    RETURNING {COLUMNS}
""")
SETTLE = text("""
    UPDATE tickets SET state = 'withdrawn', ended_at = clock_timestamp() WHERE matter = :matter AND state = 'open'
    RETURNING id
""")
RETELL = text("""
    UPDATE tickets
    SET reason = :reason, priority = :priority, urgency = CASE WHEN :priority > 0 THEN 'emergency' ELSE urgency END
    WHERE matter = :matter AND state IN ('open', 'claimed') RETURNING city, agency
""")
LOWER = text("UPDATE tickets SET priority = 0, urgency = 'usual' WHERE matter = :matter AND state = 'open'")
IS_LIVE = "(state = 'claimed' OR (state = 'open' AND matter IS NULL))"
"""A ticket that holds its conversation: what is open beside it does not, until a clerk claims it."""
LIVE = text(f"""
    SELECT {COLUMNS} FROM tickets WHERE conversation_id = :conversation_id AND {IS_LIVE}
    ORDER BY state = 'claimed' DESC, id LIMIT 1
""")
ELSEWHERE = text(f"""
    SELECT {COLUMNS} FROM tickets
    WHERE state = 'claimed' AND conversation_id <> :conversation_id
      AND conversation_id = ANY ({readable("CAST(:conversation_id AS uuid)")})
    ORDER BY claimed_at DESC, id LIMIT 1
""")
ALSO_IN = text(f"""
    UPDATE tickets SET also_in = array_append(also_in, CAST(:conversation_id AS uuid))
    WHERE id = :id AND NOT CAST(:conversation_id AS uuid) = ANY (also_in) RETURNING {COLUMNS}
""")
"""From then on what is said of a ticket is said in that conversation, too."""
WITH_CLERK = text(f"""
    SELECT EXISTS (SELECT FROM tickets WHERE state = 'claimed'
                   AND conversation_id = ANY ({readable("CAST(:conversation_id AS uuid)")}))
""")
SEEN = f"""
    ({WITHIN.format(city="tickets.city", agency="tickets.agency")} OR (
        tickets.backstop IS NOT NULL AND {WITHIN.format(city="tickets.city", agency="tickets.backstop")}))
"""
"""Whether a ticket is of an agency of the actor's, or such an agency is its backstop."""
ORDER = """
    tickets.priority DESC, least(tickets.first_answer_due, tickets.next_answer_due, tickets.resolution_due) NULLS LAST,
    tickets.id
"""
"""In what order tickets are taken: emergencies, then what is due first."""
OF_MY_TEAMS = "tickets.team_id IN (SELECT mine.team_id FROM team_members AS mine WHERE mine.login = :me)"
"""Whether a ticket is of a team that `:me` belongs to."""
PUT_BACK_BY_ME = """
    coalesce(:me = (SELECT put.actor FROM ticket_events AS put
                    WHERE put.ticket_id = tickets.id AND put.kind IN ('claimed', 'returned')
                    ORDER BY put.id DESC LIMIT 1), false)
"""
"""Whether `:me` had an open ticket last, and put it back: its resident was told that somebody else goes on."""
ONE_AFTER_THE_OTHER = text("""
    SELECT pg_advisory_xact_lock(hashtextextended('queue:' || :city || '/' || :agency, 0))
    WHERE NOT EXISTS (SELECT FROM tickets WHERE conversation_id = :conversation_id AND state IN ('open', 'claimed')
                      AND matter IS NULL)
""")
"""Of two who come into one queue at once the second sees the first, and comes after it (`OPEN` reads the clock under
the lock: when its transaction began says nothing of that): each is told another place."""
PLACE = text(f"""
    SELECT place, later FROM (
        SELECT id, row_number() OVER (ORDER BY {ORDER}) AS place,
               count(*) FILTER (WHERE id > :id) OVER (ORDER BY {ORDER}) AS later
        FROM tickets
        WHERE city = :city AND agency = :agency
          AND (id = :id OR (state = 'open' AND conversation_id IS DISTINCT FROM CAST(:conversation_id AS uuid)))
    ) AS line WHERE id = :id
""")
"""Where a ticket stands among those of other residents: what else of its own conversation is urgent is nobody before
it. `later`: so many before it came after it, as more urgent or due earlier."""
MEDIAN_OF, FEWEST = 20, 5
LATELY = text("""
    SELECT CASE WHEN count(*) >= :fewest THEN percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) END
    FROM (SELECT first_answer_seconds AS seconds FROM tickets
          WHERE city = :city AND agency = :agency AND first_answer_seconds > 0 AND reason <> 'bad_grade'
          ORDER BY opened_at DESC LIMIT :of) AS lately
""")
REJOINS = timedelta(minutes=10)
"""So long who left a queue gets their place back."""
REJOIN = text(f"""
    UPDATE tickets SET state = 'open', ended_at = NULL, service = coalesce(CAST(:service AS text), service)
    WHERE id = (
        SELECT max(gone.id) FROM tickets AS gone
        WHERE gone.conversation_id = :conversation_id AND gone.city = :city AND gone.agency = :agency
          AND gone.state = 'withdrawn' AND gone.matter IS NULL AND gone.claimed_at IS NULL
          AND gone.ended_at > clock_timestamp() - CAST(:within AS interval)
    ) AND NOT EXISTS (
        SELECT FROM tickets AS live WHERE live.conversation_id = :conversation_id
          AND live.state IN ('open', 'claimed') AND live.matter IS NULL
    ) RETURNING {COLUMNS}
""")
NOTICED = text("UPDATE tickets SET notices = notices + 1 WHERE id = :id")
END = text(f"""
    UPDATE tickets SET state = :state, ended_at = clock_timestamp(), {NO_CONTACT}
    WHERE id = :id AND state IN ('open', 'claimed')
""")


async def open_ticket(
    connection: AsyncConnection,
    conversation: ConversationRow,
    *,
    agency: str,
    opened_by: str,
    reason: str,
    service: str | None,
) -> tuple[TicketRow, bool]:
    """Open a ticket, or find the one that is open or claimed. Answers the ticket and whether it is new.

    In the same transaction a job is queued that tells the resident again where they stand, ten minutes later.
    """
    values = {
        "conversation_id": conversation.id,
        "city": conversation.city,
        "agency": agency,
        "opened_by": opened_by,
        "reason": reason,
        "service": service,
    }
    await connection.execute(ONE_AFTER_THE_OTHER, values)
    row = (await connection.execute(OPEN, values)).one_or_none()
    if row is None:
        live = await live_ticket(connection, conversation.id)
        if live is None:
            raise RuntimeError("A ticket is neither new nor there: the conversation's lock is not held.")
        return live, False
    ticket = TicketRow(**row._mapping)
    await happened(connection, ticket.id, "opened", actor=opened_by, at=ticket.opened_at)
    await remind_later(connection, ticket)
    return ticket, True


async def rejoin(
    connection: AsyncConnection, conversation: ConversationRow, *, agency: str, service: str | None
) -> TicketRow | None:
    """Let who left a queue minutes ago, and comes back to it, wait on where they stood: their ticket goes on, and its
    clocks as though it had not ended. None: they left none, or another ticket holds the conversation.
    """
    values = {"conversation_id": conversation.id, "city": conversation.city, "agency": agency, "service": service}
    row = (await connection.execute(REJOIN, {**values, "within": REJOINS})).one_or_none()
    if row is None:
        return None
    ticket = TicketRow(**row._mapping)
    await happened(connection, ticket.id, "reopened", actor=RESIDENT, detail={"rejoined": True})
    await remind_later(connection, ticket)
    return ticket


async def remind_later(connection: AsyncConnection, ticket: TicketRow, after: timedelta = REMIND_AFTER) -> None:
    """Queue the job that tells the resident of a ticket which waits again where they stand.

    It has a lock of its own kind: a job that waits holds up all later jobs of its lock.
    """
    lock = f"remind:{ticket.conversation_id}"
    await defer(connection, REMIND, lane=REPLIES, lock=lock, after=after, ticket_id=ticket.id)


async def introduce_soon(connection: AsyncConnection, ticket_id: int) -> None:
    """Queue the job that tells the resident who has taken their ticket."""
    await defer(connection, INTRODUCE, lane=REPLIES, after=MOMENT, ticket_id=ticket_id)


async def open_matter(
    connection: AsyncConnection,
    conversation_id: UUID | None,
    *,
    city: str,
    agency: str,
    reason: str,
    service: str | None,
    matter: str,
    priority: int = 0,
) -> TicketRow | None:
    """Open the ticket of a matter beside a conversation, which goes on; None: of this matter there was one before."""
    values = {
        "conversation_id": conversation_id,
        "city": city,
        "agency": agency,
        "reason": reason,
        "service": service,
        "matter": matter,
        "priority": priority,
    }
    row = (await connection.execute(OPEN_MATTER, values)).one_or_none()
    if row is None:
        return None
    ticket = TicketRow(**row._mapping)
    await happened(connection, ticket.id, "opened", actor=SYSTEM, at=ticket.opened_at)
    await look_soon(connection, ticket.id)
    if priority > 0:
        await share_soon(connection, city, agency)
    return ticket


async def retell(connection: AsyncConnection, matter: str, *, reason: str, priority: int) -> None:
    """Write into the ticket of a matter that nobody has ended what it is about by now."""
    values = {"matter": matter, "reason": reason, "priority": priority}
    row = (await connection.execute(RETELL, values)).one_or_none()
    if row is not None and priority > 0:
        await share_soon(connection, row.city, row.agency)


async def lower(connection: AsyncConnection, matter: str) -> None:
    """Let the ticket of a matter wait like others: it is no longer pressing."""
    await connection.execute(LOWER, {"matter": matter})


async def settle_matter(connection: AsyncConnection, matter: str) -> None:
    """End the ticket of a matter that has settled itself, unless a clerk has it."""
    settled = (await connection.execute(SETTLE, {"matter": matter})).scalar_one_or_none()
    if settled is not None:
        await happened(connection, settled, "withdrawn", actor=SYSTEM)
        await look_soon(connection, settled)


async def live_ticket(connection: AsyncConnection, conversation_id: UUID) -> TicketRow | None:
    """Find the ticket that holds a conversation: it is open, or a clerk has claimed it."""
    row = (await connection.execute(LIVE, {"conversation_id": conversation_id})).one_or_none()
    return None if row is None else TicketRow(**row._mapping)


async def ticket_elsewhere(connection: AsyncConnection, conversation_id: UUID) -> TicketRow | None:
    """Find the ticket of a conversation that is linked with this one and that a clerk has; the last that was taken."""
    row = (await connection.execute(ELSEWHERE, {"conversation_id": conversation_id})).one_or_none()
    return None if row is None else TicketRow(**row._mapping)


async def say_also_in(connection: AsyncConnection, ticket: TicketRow, conversation_id: UUID) -> bool:
    """Have what is said of a ticket be said in a linked conversation, too. Answers whether that is new."""
    values = {"id": ticket.id, "conversation_id": conversation_id}
    return (await connection.execute(ALSO_IN, values)).one_or_none() is not None


async def is_with_clerk(connection: AsyncConnection, conversation_id: UUID) -> bool:
    """Whether a clerk has a conversation, or one that is linked with it."""
    return bool((await connection.execute(WITH_CLERK, {"conversation_id": conversation_id})).scalar_one())


async def minutes_of(connection: AsyncConnection, ticket: TicketRow) -> int | None:
    """In how many minutes of office time the agency lately gave a first answer: the median of the last twenty.

    None: there were fewer than five, which says nothing.
    """
    values = {"city": ticket.city, "agency": ticket.agency, "of": MEDIAN_OF, "fewest": FEWEST}
    seconds = (await connection.execute(LATELY, values)).scalar_one()
    return None if seconds is None else max(1, -(-int(seconds) // 60))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a ticket stands in its queue: `place` 1 is next. `overtaken` of those before it came later than it."""

    place: int
    overtaken: int


async def place_of(connection: AsyncConnection, ticket: TicketRow) -> int:
    """Count the open tickets of its agency up to this one, in the order in which they are taken: 1 is next."""
    return (await standing_of(connection, ticket)).place


async def standing_of(connection: AsyncConnection, ticket: TicketRow) -> Standing:
    """Where a ticket stands, and how many went before it that came later."""
    values = {
        "city": ticket.city,
        "agency": ticket.agency,
        "id": ticket.id,
        "conversation_id": ticket.conversation_id,
    }
    row = (await connection.execute(PLACE, values)).one()
    return Standing(int(row.place), int(row.later))


async def count_notice(connection: AsyncConnection, ticket: TicketRow) -> None:
    """Remember that a notice was given, so that the next one has other words."""
    await connection.execute(NOTICED, {"id": ticket.id})


async def withdraw(connection: AsyncConnection, ticket: TicketRow) -> None:
    """End a ticket because the resident goes on without a clerk, or had everything erased."""
    await connection.execute(END, {"id": ticket.id, "state": "withdrawn"})
    await happened(connection, ticket.id, "withdrawn", actor=RESIDENT)
